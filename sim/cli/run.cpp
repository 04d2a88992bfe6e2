// veil run: loads the machine, joins engine, console, checkers, traces and statistics, and runs.
#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "sim/cli/commands.h"
#include "sim/cli/output_file.h"
#include "sim/cli/runner.h"
#include "sim/cli/stats.h"
#include "sim/engine/factory.h"
#include "sim/loader/error.h"
#include "sim/loader/load.h"
#include "veil/isa/configs.h"

namespace veil::cli {
namespace {

using loader::Error;
using platform::ExitStatus;

const isa::Config& find_config(const std::string& name) {
  const isa::Config* config = isa::find_config(name.data(), static_cast<unsigned>(name.size()));
  if (config != nullptr) return *config;
  std::string names;
  for (const isa::Config& each : isa::kConfigs) names += std::string(names.empty() ? "" : ", ") + each.name;
  throw Error(ExitStatus::usage, fmt::format("--config: no configuration '{}' (there are: {})", name, names));
}

loader::Request make_request(const RunOptions& options, const isa::Config& config) {
  loader::Request request;
  request.image = options.image;
  request.append = options.append;
  for (const std::string& text : options.modules) {
    const size_t space = text.find(' ');
    request.modules.push_back({text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)});
  }
  request.firmware = loader::find_firmware(options.firmware);
  request.memory_bytes = options.memory_bytes;
  request.gears = options.gears;
  request.hot_threshold = options.hot_threshold;
  request.block_limit = options.block_limit;
  request.cache_bytes = options.cache_bytes;
  request.rollback_every = options.rollback_every;
  request.width = config.width;
  request.flags =
      1;  // translations are announced on xlog, in every kind of run: the machine must not depend on who looks
  return request;
}

void check_combination(const RunOptions& options) {
  if (!options.wave.empty() && options.engine == EngineKind::iss) {
    throw Error(ExitStatus::usage, "--wave: only the RTL has waveforms (--engine rtl or lockstep)");
  }
  if (options.check && options.engine == EngineKind::rtl) {
    throw Error(ExitStatus::usage, "--check: with the RTL this is --engine lockstep");
  }
}

// What was typed, for the report of a difference.
std::vector<std::string> own_command() {
  std::vector<std::string> words;
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

// The model opens the file only when the window begins: whether it can is found out here.
void start_wave(sim::Engine& engine, const RunOptions& options) {
  std::FILE* file = std::fopen(options.wave.c_str(), "we");
  if (file == nullptr) {
    throw Error(ExitStatus::usage, fmt::format("{}: cannot write: {}", options.wave, std::strerror(errno)));
  }
  std::fclose(file);
  if (!engine.set_wave(options.wave, options.wave_from, options.wave_for)) {
    throw Error(ExitStatus::usage, "--wave: this build has no waveforms");
  }
}

// With a record of every group: checkers, traces.
RunResult run_observed(sim::Engine& engine, Console& console, const isa::Config& config, std::vector<uint8_t> dram,
                       const RunOptions& options) {
  const bool lockstep = options.engine == EngineKind::lockstep;
  const auto native = lockstep ? sim::make_native_checker(config, dram) : nullptr;
  sim::Shadow shadow(std::move(dram));
  sim::Translations translations;
  Tracer tracer(options.traces, shadow, translations);
  std::optional<lockstep::GuestChecker> guest;
  if (lockstep || options.check) guest.emplace(shadow, translations);
  Parts parts = {engine, console, shadow, translations, tracer, {}, own_command()};
  if (native != nullptr) parts.checkers.push_back(native.get());
  if (guest) parts.checkers.push_back(&*guest);
  RunResult result = run_loop(parts, options);
  result.checked_native = native != nullptr;
  result.checked_guest = guest.has_value();
  if (guest) result.guest_checks = guest->counts();
  return result;
}

}  // namespace

int run(const RunOptions& options) {
  check_combination(options);
  const isa::Config& config = find_config(options.config);
  loader::Machine machine = loader::load(make_request(options, config));
  std::optional<OutputFile> stats;
  if (!options.stats.empty()) stats.emplace(options.stats);

  Console console(options.memory_bytes);
  const bool is_iss = options.engine == EngineKind::iss;
  const auto engine =
      is_iss ? sim::make_iss(config, machine.dram, console) : sim::make_rtl(config, machine.dram, console);
  if (engine == nullptr) {
    throw Error(ExitStatus::usage,
                fmt::format("--config: no Verilated core of configuration {} in this build", options.config));
  }
  if (!options.wave.empty()) start_wave(*engine, options);
  catch_interrupts();
  const auto start = std::chrono::steady_clock::now();
  RunResult result;
  if (engine->fast() != nullptr && options.traces.empty() && !options.check) {
    result = run_fast(*engine, console, options);
  } else {
    result = run_observed(*engine, console, config, std::move(machine.dram), options);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::vector<uint8_t> memory(machine.guest_bytes);
  engine->read_dram(0, memory);
  result.state_hash = state_hash(result.guest, memory);
  if (stats) {
    write_stats(stats->stream(), options, result);
    stats->finish();
  }
  if (!options.quiet) fmt::print(stderr, "{}", table(options, result));
  return result.status;
}

}  // namespace veil::cli
