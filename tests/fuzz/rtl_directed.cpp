// Verilated core against ISS on the programs of directed_programs.h: rtl_directed --config w4 [--only NAME].
//
// Programs to which it matters run with quick and slow memory. Exit status 1 if core and ISS differ, or the traps are
// not the expected.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "directed_programs.h"
#include "sim/lockstep/native_checker.h"
#include "sim/rtl/rtl_core.h"
#include "veil/isa/configs.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;

constexpr uint64_t kCycleLimit = 200'000;
constexpr sim::rtl::MemoryTiming kTimings[] = {{.first_word = 1, .write = 1},
                                               {.first_word = 2, .write = 1},
                                               {.first_word = 8, .write = 2},
                                               {.first_word = 3, .write = 60}};

class LinesHost final : public sim::rtl::Host {
 public:
  uint32_t read(uint32_t) override { return 0; }
  void write(uint32_t offset, uint32_t value) override {
    if (offset == platform::host::exit) done = true;
    if (offset == fuzz::kInterruptLines) lines = value;
  }
  bool done = false;
  uint32_t lines = 0;
};

std::string join(const std::vector<uint32_t>& values) {
  std::string text;
  for (const uint32_t v : values) {
    char piece[16];
    std::snprintf(piece, sizeof piece, " %x", v);
    text += piece;
  }
  return text;
}

// Nothing, or what went wrong. With an assertion to expect nothing is compared: empty once it has failed.
std::string run(const std::string& name, const fuzz::DirectedProgram& directed, const sim::rtl::MemoryTiming& timing,
                const std::string& expect) {
  const isa::Config* config = isa::find_config(name.data(), static_cast<unsigned>(name.size()));
  const std::vector<uint8_t> dram = fuzz::memory_of(directed.program);
  LinesHost host;
  const auto core = sim::rtl::make(name, dram, host, timing);
  if (!core) return "no model in this build";
  lockstep::NativeChecker checker(*config, dram);
  std::vector<uint32_t> traps;
  sim::GroupRecord record;
  const auto over = [&] { return host.done || (directed.endless && traps.size() == directed.traps.size()); };
  while (!expect.empty() && !host.done && core->cycles() < kCycleLimit / 4) {
    core->set_interrupts(host.lines);
    core->clock(record);
    for (const sim::rtl::Failure& failure : core->failures()) {
      if (is(failure, expect)) return {};
    }
  }
  if (!expect.empty()) return "does not fail";
  while (!over() && core->cycles() < kCycleLimit) {
    core->set_interrupts(host.lines);
    const bool retired = core->clock(record);
    if (!core->failures().empty()) return describe(core->failures().front());
    if (!retired) continue;
    if (record.trap.taken) traps.push_back(record.trap.cause);
    if (const auto difference = checker.retired(record)) return difference->summary;
  }
  if (!over()) return "no end";
  if (directed.cycles != 0 && &timing == kTimings && core->cycles() > directed.cycles) {
    return std::to_string(core->cycles()) + " cycles, expected " + std::to_string(directed.cycles) + " at most";
  }
  if (traps != directed.traps) return "traps" + join(traps) + ", expected" + join(directed.traps);
  std::vector<uint8_t> memory(dram.size());
  core->read_dram(0, memory);
  if (const auto difference = checker.compare_memory(memory)) return difference->summary;
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string config = "w4", only, expect;
  CLI::App app{"Verilated core against ISS on programs written by hand"};
  app.add_option("--config", config);
  app.add_option("--only", only, "the programs whose name has this in it");
  app.add_option("--expect", expect, "an assertion of the RTL, file.Name, that must fail in one of them");
  CLI11_PARSE(app, argc, argv);

  const isa::Config* found = isa::find_config(config.data(), static_cast<unsigned>(config.size()));
  if (found == nullptr) {
    std::fprintf(stderr, "no configuration %s\n", config.c_str());
    return 1;
  }
  unsigned programs = 0, failures = 0;
  for (const auto& directed : fuzz::directed_programs(found->width)) {
    if (directed.name.find(only) == std::string::npos) continue;
    programs++;
    for (const auto& timing : kTimings) {
      const std::string problem = run(config, directed, timing, expect);
      if (!expect.empty()) {
        if (problem.empty()) return 0;
        continue;
      }
      if (problem.empty() && directed.timed) continue;
      if (problem.empty()) break;
      std::printf("%s %s (reads %u, writes %u): %s\n", config.c_str(), directed.name.c_str(), timing.first_word,
                  timing.write, problem.c_str());
      failures++;
      break;
    }
  }
  if (!expect.empty()) return 1;
  std::printf("%s: %u programs, %u failed\n", config.c_str(), programs, failures);
  return failures == 0 && programs != 0 ? 0 : 1;
}
