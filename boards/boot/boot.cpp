// The boot ROM's program: takes frames (protocol.h) from an SD card that begins with one, else from the serial line,
// until one says go. Nothing here is concealed or locked yet: the firmware's own boot does that.
//
// LEDs 7 to 4 say what it is doing (kWaiting and so on), 2 to 0 count; a fault lights all of them (start.S).
#include <cstdint>

#include "boards/boot/receiver.h"
#include "veil/isa/intrinsics.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

extern "C" const uint8_t boot_leave[];
extern "C" const uint8_t boot_leave_end[];

namespace {

using namespace veil;
using boards::Received;
namespace host = platform::host;

constexpr uint32_t kSilence = 20'000;  // microseconds after which the rest of a frame will not come
constexpr uint32_t kHello = 500'000;   // between two calls for a host
constexpr uint32_t kSectorBytes = 512;
constexpr int kCardTries = 3;
// LEDs. While no host answers, kWaiting goes on and off with each call.
constexpr uint32_t kWaiting = 0x80, kCard = 0x40, kCardBad = 0x20, kStarted = 0x10;

volatile uint32_t& port(uint32_t offset) { return *reinterpret_cast<volatile uint32_t*>(platform::mmio + offset); }
uint32_t now() { return port(host::time_low); }
void send(uint8_t byte) {
  while ((port(host::boot_tx) & 1) == 0) {
  }
  port(host::boot_tx) = byte;
}
void say(uint8_t kind, uint8_t byte) {
  send(boards::protocol::kEscape);
  send(kind);
  send(byte);
}
void leds(uint32_t state, uint32_t count) { port(host::leds) = state | (count & 7); }

// All of DRAM but what this program itself is using.
struct Memory {
  uint32_t size = port(host::dram_size);

  [[nodiscard]] static uint32_t width() {
    const uint32_t machine = isa::native::csr_read<isa::Csr::xconfig>();
    return machine >> isa::xconfig::width_shift & ((1u << isa::xconfig::width_bits) - 1);
  }
  [[nodiscard]] bool allowed(uint32_t address, uint32_t bytes) const {
    const uint32_t own = size - platform::concealed_size + platform::window::translation_cache;
    return bytes <= size && address <= size - bytes && address + bytes <= own;
  }
  static void write(uint32_t address, uint8_t byte) { *reinterpret_cast<volatile uint8_t*>(address) = byte; }
  static void clear(uint32_t address, uint32_t bytes) {
    for (; (address & 3) != 0 && bytes != 0; ++address, --bytes) write(address, 0);
    for (; bytes >= 4; address += 4, bytes -= 4) *reinterpret_cast<volatile uint32_t*>(address) = 0;
    for (; bytes != 0; ++address, --bytes) write(address, 0);
  }
};

[[noreturn]] void leave() {
  leds(kStarted, 0);
  // Where the firmware's translation cache will be: fetched from DRAM, the ROM covers only the window's first 8 KiB.
  auto* copy = reinterpret_cast<volatile uint8_t*>(platform::concealed_window + platform::window::translation_cache);
  uint32_t i = 0;
  for (const uint8_t* from = boot_leave; from != boot_leave_end; ++from) copy[i++] = *from;
  asm volatile("fence.i" ::: "memory");
  reinterpret_cast<void (*)()>(platform::concealed_window + platform::window::translation_cache)();
  __builtin_unreachable();
}

// ---------------------------------------------------------------- SD card (SD specifications, part 1, chapter 7: SPI
// mode)
class Card {
 public:
  // False: no card, or not one that answers.
  bool start() {
    select(false, kSlow);
    for (int i = 0; i < 10; ++i) (void)exchange(0xff);  // 74 clocks
    select(true, kSlow);
    if (command(0, 0, 0x95) != 1) return false;
    const bool version2 = command(8, 0x1aa, 0x87) == 1;
    if (version2) skip(4);
    for (int tries = 0; tries < 2000; ++tries) {
      (void)command(55, 0, 0xff);
      if (command(41, version2 ? 0x40000000 : 0, 0xff) == 0) {
        if (version2 && command(58, 0, 0xff) == 0) {
          by_block_ = (exchange(0xff) & 0x40) != 0;
          skip(3);
        }
        (void)command(16, kSectorBytes, 0xff);
        select(true, kFast);
        return true;
      }
    }
    return false;
  }
  bool read(uint32_t sector, uint8_t* to) {
    if (command(17, by_block_ ? sector : sector * kSectorBytes, 0xff) != 0) return false;
    uint8_t token = 0xff;
    for (int tries = 0; tries < 100'000 && token == 0xff; ++tries) token = exchange(0xff);
    if (token != 0xfe) return false;
    for (uint32_t i = 0; i < kSectorBytes; ++i) to[i] = exchange(0xff);
    skip(2);  // CRC: the frames have their own
    return true;
  }

 private:
  static constexpr uint32_t kSlow = 99, kFast = 3;  // dividers: 250 kHz and 6 MHz at 50 MHz

  static void select(bool on, uint32_t divider) { port(host::spi_control) = (on ? 0x100u : 0u) | divider; }
  static uint8_t exchange(uint8_t byte) {
    port(host::spi_data) = byte;
    uint32_t answer = 0;
    do {
      answer = port(host::spi_data);
    } while ((answer >> 31) != 0);
    return static_cast<uint8_t>(answer);
  }
  static void skip(int bytes) {
    while (bytes-- > 0) (void)exchange(0xff);
  }
  static uint8_t command(uint8_t number, uint32_t argument, uint8_t crc) {
    (void)exchange(0xff);
    (void)exchange(static_cast<uint8_t>(0x40 | number));
    for (int shift = 24; shift >= 0; shift -= 8) (void)exchange(static_cast<uint8_t>(argument >> shift));
    (void)exchange(crc);
    for (int tries = 0; tries < 10; ++tries) {
      const uint8_t answer = exchange(0xff);
      if ((answer & 0x80) == 0) return answer;
    }
    return 0xff;
  }

  bool by_block_ = false;
};

using Receiver = boards::Receiver<Memory>;

// One pass over the card. True: what is on it is spoiled; no card, or not one of ours, is no fault.
bool spoiled_card(Receiver& receiver) {
  uint8_t sector_bytes[kSectorBytes];
  Card card;
  if (!card.start()) return false;
  for (uint32_t sector = 0;; ++sector) {
    if (!card.read(sector, sector_bytes)) return true;
    if (sector == 0 && sector_bytes[0] != boards::protocol::kStart) return false;
    leds(kCard, sector >> 6);
    for (const uint8_t byte : sector_bytes) {
      const Received what = receiver.take(byte);
      if (what == Received::go) leave();
      if (what == Received::bad) return true;
    }
  }
}

// Comes back with the LEDs' state if nothing on a card could be started.
uint32_t from_card(Receiver& receiver) {
  for (int i = 0; i < kCardTries; ++i) {
    if (!spoiled_card(receiver)) return 0;
    receiver.drop();
  }
  return kCardBad;
}

[[noreturn]] void from_line(Receiver& receiver, uint32_t state) {
  namespace protocol = boards::protocol;
  const uint8_t hello = protocol::hello(Memory::width());
  uint32_t last = now() - kHello;
  uint32_t frames = 0;
  for (;;) {
    const uint32_t in = port(host::console_rx);
    if ((in >> 31) == 0) {
      const uint32_t quiet = now() - last;
      if (receiver.inside() && quiet > kSilence) {
        receiver.drop();
        say(protocol::kBad, 0);
        last = now();
      } else if (!receiver.inside() && quiet > kHello) {
        state ^= kWaiting;
        leds(state, frames >> 3);
        say(frames == 0 ? protocol::kHello : protocol::kAgain, hello);
        last = now();
      }
      continue;
    }
    last = now();
    const Received what = receiver.take(static_cast<uint8_t>(in));
    if (what == Received::more) continue;
    if (what != Received::bad) ++frames;
    state |= kWaiting;
    leds(state, frames >> 3);
    say(what == Received::bad ? protocol::kBad : protocol::kGood, receiver.tag());
    if (what == Received::go) {
      say(protocol::kGood, receiver.tag());  // the host cannot ask again if the first one is lost
      leave();
    }
  }
}

}  // namespace

extern "C" [[noreturn]] void boot_main() {
  // No static objects: their constructors are not run, and initialised data would be in the ROM.
  Memory memory;
  Receiver receiver(memory);
  const uint32_t state = from_card(receiver);
  from_line(receiver, state);
}
