// Verilated core against ISS on random native programs: rtl_lockstep --config w4 --seed 1 --programs 50.
//
// With --expect ASSERTION (file.Name) nothing is compared: the programs run until that assertion of the RTL has failed,
// whatever else fails. Exit status 1 if it never does. Exit status 1 at the first difference, with the last groups, the
// reference's state and the command that repeats it.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "native_program.h"
#include "sim/lockstep/native_checker.h"
#include "sim/rtl/rtl_core.h"
#include "sim/trace/text.h"
#include "veil/isa/configs.h"
#include "veil/isa/platform.h"

namespace {

using namespace veil;

class ExitHost final : public sim::rtl::Host {
 public:
  uint32_t read(uint32_t offset) override { return offset * 0x01010101u + ++reads_; }
  void write(uint32_t offset, uint32_t) override { done = done || offset == platform::host::exit; }
  bool done = false;

 private:
  uint32_t reads_ = 0;
};

struct Options {
  std::string config = "w4";
  uint64_t seed = 1;
  unsigned programs = 20;
  unsigned seconds = 0;
  unsigned chunks = 40, groups = 30;
  bool guest = true, speculative = true, wild = true, code_writes = true, verbose = false;
  std::string expect;
  std::string wave;
  uint64_t wave_from = 0, wave_for = 2000;
  uint64_t cycle_limit = 300'000;  // some programs may never end: no fault of the core
};

struct Totals {
  uint64_t groups = 0, operations = 0, cycles = 0, traps = 0;
};

// For a core with a fault in it. True: the assertion has failed in this program.
bool expect_failure(const Options& options, sim::rtl::RtlCore& core, const ExitHost& host) {
  sim::GroupRecord record;
  size_t seen = 0;
  uint64_t last_group = 0;
  while (!host.done && core.cycles() < options.cycle_limit && core.cycles() - last_group <= 20000) {
    if (core.clock(record)) last_group = core.cycles();
    for (; seen < core.failures().size(); seen++) {
      const sim::rtl::Failure& failure = core.failures()[seen];
      std::printf("%s\n", describe(failure).c_str());
      if (is(failure, options.expect)) return true;
    }
  }
  return false;
}

// True: the program ran to its end without a difference.
bool run_program(const Options& options, uint64_t seed, Totals& totals) {
  const isa::Config* config = isa::find_config(options.config.data(), static_cast<unsigned>(options.config.size()));
  fuzz::NativeProgramOptions wanted;
  wanted.seed = seed;
  wanted.width = config->width;
  wanted.chunks = options.chunks;
  wanted.groups = options.groups;
  wanted.guest_memory = options.guest;
  wanted.speculative = options.speculative;
  wanted.wild = options.wild;
  wanted.code_writes = options.code_writes;
  const std::vector<uint8_t> dram = fuzz::memory_of(fuzz::native_program(wanted));
  ExitHost host;
  // Slow and fast memory by turns.
  const sim::rtl::MemoryTiming timing = {.first_word = static_cast<unsigned>(1 + seed % 11),
                                         .write = static_cast<unsigned>(1 + seed % 5)};
  const bool waves = !options.wave.empty();
  const auto core = (waves ? sim::rtl::make_with_waves : sim::rtl::make)(options.config, dram, host, timing);
  if (!core) {
    std::fprintf(stderr, "no model of %s in this build\n", options.config.c_str());
    return false;
  }
  if (!options.wave.empty()) core->set_wave(options.wave, options.wave_from, options.wave_for);
  if (!options.expect.empty()) return !expect_failure(options, *core, host);
  lockstep::NativeChecker checker(*config, dram);
  sim::GroupRecord record;
  uint64_t last_group = 0;
  while (!host.done && core->cycles() < options.cycle_limit) {
    const bool retired = core->clock(record);
    if (!core->failures().empty()) {
      std::printf("%s seed %lu: %s\n", options.config.c_str(), seed, describe(core->failures().front()).c_str());
      return false;
    }
    if (!retired) {
      if (core->cycles() - last_group > 10000) break;
      continue;
    }
    last_group = core->cycles();
    totals.groups++;
    totals.operations += record.operations;
    totals.traps += record.trap.taken ? 1 : 0;
    if (options.verbose) {
      const std::string text = record.trap.taken ? sim::describe_trap(record.trap) : sim::describe_effects(record);
      std::printf("%8lu %08x %s\n", core->cycles(), record.pc, text.c_str());
    }
    const auto difference = checker.retired(record);
    if (!difference) continue;
    std::printf("%s seed %lu cycle %lu: %s\n", options.config.c_str(), seed, core->cycles(),
                difference->summary.c_str());
    for (const auto& m : difference->mismatches) {
      std::printf("  %-12s core %s, expected %s\n", m.what.c_str(), m.core.c_str(), m.expected.c_str());
    }
    for (const auto& [name, text] : checker.report()) std::printf("--- %s\n%s", name.c_str(), text.c_str());
    return false;
  }
  totals.cycles += core->cycles();
  if (!host.done && core->cycles() < options.cycle_limit) {
    std::printf("%s seed %lu: makes no progress at cycle %lu (last group at %lu)\n", options.config.c_str(), seed,
                core->cycles(), last_group);
    for (const auto& [name, text] : checker.report()) std::printf("--- %s\n%s", name.c_str(), text.c_str());
    return false;
  }
  std::vector<uint8_t> memory(dram.size());
  core->read_dram(0, memory);
  if (const auto difference = host.done ? checker.compare_memory(memory) : std::nullopt) {
    std::printf("%s seed %lu: %s\n", options.config.c_str(), seed, difference->summary.c_str());
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Verilated core against ISS on random native programs"};
  app.add_option("--config", options.config);
  app.add_option("--seed", options.seed);
  app.add_option("--programs", options.programs);
  app.add_option("--seconds", options.seconds, "stop after that time (0: never)");
  app.add_option("--chunks", options.chunks);
  app.add_option("--groups", options.groups);
  app.add_flag("--verbose", options.verbose);
  app.add_flag("!--no-guest", options.guest);
  app.add_flag("!--no-spec", options.speculative);
  app.add_flag("!--no-wild", options.wild);
  app.add_flag("!--no-code-writes", options.code_writes);
  app.add_option("--expect", options.expect);
  app.add_option("--wave", options.wave);
  app.add_option("--wave-from", options.wave_from);
  app.add_option("--wave-for", options.wave_for);
  CLI11_PARSE(app, argc, argv);

  Totals totals;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  unsigned done = 0;
  for (; done < options.programs; done++) {
    if (options.seconds != 0 && elapsed() > options.seconds) break;
    const uint64_t seed = options.seed + done;
    if (!run_program(options, seed, totals)) {
      if (!options.expect.empty()) return 0;
      std::printf("again: rtl_lockstep --config %s --seed %lu --programs 1 --chunks %u --groups %u%s%s%s%s\n",
                  options.config.c_str(), seed, options.chunks, options.groups, options.guest ? "" : " --no-guest",
                  options.speculative ? "" : " --no-spec", options.wild ? "" : " --no-wild",
                  options.code_writes ? "" : " --no-code-writes");
      return 1;
    }
  }
  if (!options.expect.empty()) return 1;
  std::printf("%s: %u programs, %lu groups, %lu operations, %lu traps, %lu cycles, %.0f cycles/s\n",
              options.config.c_str(), done, totals.groups, totals.operations, totals.traps, totals.cycles,
              static_cast<double>(totals.cycles) / elapsed());
  return 0;
}
