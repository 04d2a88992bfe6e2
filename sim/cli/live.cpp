#include "sim/cli/live.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace veil::cli {
namespace {

constexpr unsigned kLongestBar = 40;  // characters
constexpr auto kPeriod = std::chrono::milliseconds(250);
constexpr std::array<char, isa::kTierCount> kLetters = {'b', 'i', 't', 'o', 'r', 'R', 'v', '_', 'd'};  // by Tier
static_assert(kLetters.back() != '\0', "a letter for each tier");

unsigned terminal_columns() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string live_line(const TierArray& before, const TierArray& now, unsigned columns) {
  uint64_t cycles = 0, instructions = 0;
  for (size_t i = 0; i < now.size(); ++i) {
    cycles += now[i].cycles - before[i].cycles;
    instructions += now[i].guest_instructions - before[i].guest_instructions;
  }
  if (cycles == 0) return {};
  const unsigned length = std::min(columns / 3, kLongestBar);
  std::string bar, shares;
  uint64_t passed = 0;
  for (size_t i = 0; i < now.size(); ++i) {
    const uint64_t mine = now[i].cycles - before[i].cycles;
    passed += mine;
    // Where the tier's part ends, rounded: so the parts fill the bar whatever their number.
    bar.resize(static_cast<size_t>((passed * length + cycles / 2) / cycles), kLetters[i]);
    if (mine * 100 >= cycles) shares += fmt::format("{} {}  ", isa::kTierNames[i], (mine * 100 + cycles / 2) / cycles);
  }
  std::string line = fmt::format("[{}] {}%  {:.2f} per cycle", bar, shares,
                                 static_cast<double>(instructions) / static_cast<double>(cycles));
  if (line.size() >= columns) line.resize(columns - 1);  // a full line would move the terminal on
  return line;
}

Live::Live(bool wanted) : on_(wanted && isatty(STDOUT_FILENO) != 0 && isatty(STDERR_FILENO) != 0) {}

bool Live::due() const { return on_ && std::chrono::steady_clock::now() >= next_; }

std::string Live::line(const TierArray& tiers) {
  next_ = std::chrono::steady_clock::now() + kPeriod;
  std::string text = live_line(last_, tiers, terminal_columns());
  last_ = tiers;
  return text;
}

}  // namespace veil::cli
