// The simulated board with its serial line on a pseudo-terminal, for what thinks that it speaks to a real one:
// board_on_pty [--spoil N] [--drop N] [--card FILE] [--dram FILE] prints the terminal's name and runs until the guest
// ends, or the other end closes.
// --spoil: every N-th byte to the board has a wrong bit; --drop: every N-th is lost; --card: what is on the SD card in
// its slot; --dram FILE: gets what the SDRAM holds at the end. Status 1: SDRAM or card were misused.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "boards/sim/board.h"

int main(int argc, char** argv) {
  unsigned long spoil = 0;
  unsigned long drop = 0;
  const char* dram = nullptr;
  const char* card = nullptr;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char** const file = std::strcmp(argv[i], "--dram") == 0   ? &dram
                              : std::strcmp(argv[i], "--card") == 0 ? &card
                                                                    : nullptr;
    if (file != nullptr) {
      *file = argv[i + 1];
      continue;
    }
    unsigned long& value = std::strcmp(argv[i], "--spoil") == 0 ? spoil : drop;
    value = std::strtoul(argv[i + 1], nullptr, 0);
  }
  const int fd = posix_openpt(O_RDWR | O_NOCTTY);
  if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0) {
    std::perror("board_on_pty");
    return 1;
  }
  termios settings = {};
  tcgetattr(fd, &settings);
  cfmakeraw(&settings);
  tcsetattr(fd, TCSANOW, &settings);
  const int keep = open(ptsname(fd), O_RDWR | O_NOCTTY);  // the line stays up while the other end is closed
  std::printf("%s\n", ptsname(fd));
  std::fflush(stdout);

  veil::boards::Board board(1);
  if (card != nullptr) {
    std::ifstream file(card, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "board_on_pty: %s: cannot be read\n", card);
      return 1;
    }
    board.insert({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
  }
  unsigned long count = 0;
  uint64_t ended_at = 0;
  while (board.violation().empty() && (ended_at == 0 || board.cycles() - ended_at < 100'000)) {
    for (int i = 0; i < 2000; ++i) board.cycle();
    if (board.ended() && ended_at == 0) ended_at = board.cycles();
    pollfd wait = {fd, POLLIN, 0};
    if (board.line.to_send.empty() && poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN) != 0) {
      unsigned char bytes[256];
      const ssize_t n = read(fd, bytes, sizeof bytes);
      for (ssize_t i = 0; i < n; ++i) {
        ++count;
        if (drop != 0 && count % drop == 0) continue;
        const bool bad = spoil != 0 && count % spoil == 0;
        board.line.to_send.push_back(static_cast<unsigned char>(bytes[i] ^ (bad ? 0x20 : 0)));
      }
    }
    std::vector<unsigned char> out(board.line.received.begin(), board.line.received.end());
    board.line.received.clear();
    if (!out.empty() && write(fd, out.data(), out.size()) < 0) break;
  }
  close(keep);
  if (dram != nullptr) {
    const std::vector<uint8_t>& bytes = board.dram();
    std::ofstream(dram, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  if (board.violation().empty()) return 0;
  std::fprintf(stderr, "board_on_pty: %s\n", board.violation().c_str());
  return 1;
}
