// What the user asked for, after the command line has been understood and checked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "veil/isa/platform.h"

namespace veil::cli {

enum class EngineKind : uint8_t { iss, rtl, lockstep };

enum class TraceKind : uint8_t { guest, commit, device, native, trap, pipeline };
inline constexpr std::array<const char*, 6> kTraceKinds = {"guest", "commit", "device", "native", "trap", "pipeline"};

struct TraceRequest {
  uint32_t kinds = 0;  // bit: TraceKind
  std::string file;

  bool wants(TraceKind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1) != 0; }
  bool several() const { return (kinds & (kinds - 1)) != 0; }
};

// A place in a run: a number of guest instructions, or of cycles.
struct TracePoint {
  uint64_t value = 0;
  bool cycles = false;
};

struct TraceWindow {
  std::optional<TracePoint> from, to;

  // `instructions`: retired before; `cycles`: passed.
  bool holds(uint64_t instructions, uint64_t cycles) const {
    const auto reached = [&](const TracePoint& point) { return (point.cycles ? cycles : instructions) >= point.value; };
    return (!from || reached(*from)) && (!to || !reached(*to));
  }
};

struct ProfileOptions {
  bool wanted = false;
  unsigned top = 20;
  std::string output;  // the tables; empty: standard error
  std::string json;
  bool firmware_functions = false;
};

struct RunOptions {
  std::string image;
  EngineKind engine = EngineKind::iss;
  std::string config = "w4";
  uint32_t memory_bytes = 32u << 20;
  std::string append;
  std::vector<std::string> modules;  // FILE or "FILE arguments"
  std::string firmware;
  platform::Knobs knobs;
  uint32_t interrupt_at = 0;  // tests: an interrupt is requested once, after so many guest instructions; 0: none
  uint32_t interrupt_vector = 0x27;
  std::string clock = "guest";           // guest: committed instructions; real: the host's
  bool check = false;                    // iss: compare the guest with the reference x86 as lockstep does
  uint64_t limit = 0;                    // guest instructions; 0: none
  std::optional<uint64_t> measure_from;  // guest instructions: a second set of figures, and the profile, begin there
  std::string stats;
  std::string report = "veil-report";
  std::vector<TraceRequest> traces;
  TraceWindow window;
  bool assertions = true;
  std::string save;      // file for the saved machine
  uint64_t save_at = 0;  // when so many guest instructions have been committed
  std::string restore;   // file of a saved machine, instead of an image
  std::string wave;
  uint64_t wave_from = 0;
  uint64_t wave_for = 0;
  uint64_t spoil = 0;  // tests: the first gated store from this group on reaches the checkers with a wrong bit
  bool quiet = false;  // no table
  bool demo = false;   // the image is the demonstration's
  bool live = false;   // on a terminal: how the tiers share the cycles, while the guest runs
  ProfileOptions profile;
};

struct TranslateOptions {
  std::string image;
  std::string config = "w4";
  std::string at;  // address or symbol; empty: the entry point
  uint32_t count = 1;
  uint32_t block_limit = platform::Knobs().block_limit;
  uint32_t gear = 3;
  bool ir = false;  // the intermediate representation as well
};

struct BoardOptions {
  std::string image;
  std::string port;
  unsigned baud = 1'000'000;
  unsigned patience = 2;  // seconds
  std::string config;     // of the bitstream: translations are made for its width; empty: the board says it
  uint32_t memory_bytes = 32u << 20;
  std::string append;
  std::vector<std::string> modules;
  std::string firmware;
  std::string output;  // of the card's image
  platform::Knobs knobs;
  bool memory_is_clear = false;  // a simulated board
  bool no_console = false;
};

}  // namespace veil::cli
