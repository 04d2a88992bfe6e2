#include "firmware/devices/pc.h"

namespace veil::fw {
namespace {

// Numbers of the devices, in the order of Pc::devices_.
enum : uint8_t { kPics, kPit, kKeyboard, kRtc, kUart, kDebugConsole, kDebugExit, kResetPort };

constexpr Traits kPlain{};
constexpr Traits kWhole{.whole = true};
constexpr Traits kActs{.read_acts = true, .write_acts = true};
constexpr Traits kWritesAct{.write_acts = true};
constexpr Traits kController{.catch_up = true, .read_acts = true, .write_acts = true};

// ---------------------------------------------------------------- the wiring
// Not in the table: 0x80, where programs write how far they have come, which nobody shows.
constexpr PortRange kPorts[] = {
    {0x020, 2, kPics, PicPair::kFirst, kController},
    {0x040, 4, kPit, Pit::kCounters, kWritesAct},
    {0x060, 1, kKeyboard, Keyboard::kDataPort, kActs},
    {0x061, 1, kPit, Pit::kSpeaker, kPlain},
    {0x064, 1, kKeyboard, Keyboard::kCommandPort, kWritesAct},
    {0x070, 2, kRtc, 0, kActs},
    {0x092, 1, kKeyboard, Keyboard::kSystemPort, kPlain},
    {0x0a0, 2, kPics, PicPair::kSecond, kController},
    {0x0e9, 1, kDebugConsole, 0, kPlain},
    {0x0f4, 4, kDebugExit, 0, kWhole},
    {0x3f8, 8, kUart, 0, kActs},  // COM1
    {0x4d0, 2, kPics, PicPair::kEdgeLevel, kController},
    {0xcf9, 1, kResetPort, 0, kPlain},
};
constexpr LineWire kLines[] = {{0, kPit}, {1, kKeyboard}, {4, kUart}, {8, kRtc}};
// Nothing is mapped into memory yet.
constexpr std::span<const MemoryRange> kMemory;

constexpr auto kPortIndex = index_ports<0xcf9 + 1>(kPorts);

}  // namespace

void Pc::reset(Console& console, const Settings& settings) {
  end_ = RunEnd();
  pics_.reset();
  pit_.reset();
  keyboard_.reset(end_);
  rtc_.reset(settings.guest_bytes, settings.rtc_start);
  uart_.reset(console);
  debug_console_.reset(console);
  debug_exit_.reset(end_);
  reset_port_.reset(end_);
  devices_ = {&pics_, &pit_, &keyboard_, &rtc_, &uart_, &debug_console_, &debug_exit_, &reset_port_};
  Bus::reset({.ports = kPorts, .port_index = kPortIndex, .memory = kMemory, .lines = kLines}, devices_, pics_);
}

}  // namespace veil::fw
