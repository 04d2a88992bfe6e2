// veil run: loads the machine, joins engine, console, checkers, traces and statistics, and runs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "sim/cli/commands.h"
#include "sim/cli/output_file.h"
#include "sim/cli/runner.h"
#include "sim/cli/stats.h"
#include "sim/engine/factory.h"
#include "sim/loader/constants.h"
#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/load.h"
#include "sim/loader/symbols.h"
#include "sim/lockstep/faithful.h"
#include "sim/profile/profile.h"
#include "sim/profile/report.h"
#include "sim/trace/guest_code.h"
#include "sim/trace/state_hash.h"
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
  request.knobs = options.knobs;
  request.interrupt_at = options.interrupt_at;
  request.interrupt_vector = options.interrupt_vector;
  request.width = config.width;
  request.save_at = options.save_at;
  constexpr uint32_t kTraceTranslations = 1, kHostClock = 2;  // [boot_block] of platform.toml
  // Translations are announced on xlog in every kind of run: the machine must not depend on who looks.
  request.flags = kTraceTranslations | (options.clock == "real" ? kHostClock : 0);
  if (options.clock == "real") request.rtc_start = static_cast<uint32_t>(std::time(nullptr));
  return request;
}

void check_combination(const RunOptions& options) {
  if (!options.wave.empty() && options.engine == EngineKind::iss) {
    throw Error(ExitStatus::usage, "--wave: only the RTL has waveforms (--engine rtl or lockstep)");
  }
  if (!options.assertions && (options.engine != EngineKind::rtl || !options.wave.empty())) {
    throw Error(ExitStatus::usage, "--no-assertions: only with --engine rtl, without waveforms");
  }
  if (options.save.empty() != (options.save_at == 0)) {
    throw Error(ExitStatus::usage, "--save needs --save-at, and --save-at needs --save");
  }
  if (options.check && options.engine == EngineKind::rtl) {
    throw Error(ExitStatus::usage, "--check: with the RTL this is --engine lockstep");
  }
}

void check_files(const RunOptions& options) {
  std::vector<NamedFile> outputs, inputs = {{"the image", options.image}};
  const auto add = [](std::vector<NamedFile>& files, const char* option, const std::string& path) {
    if (!path.empty()) files.push_back({option, path});
  };
  for (const std::string& text : options.modules) add(inputs, "a module", text.substr(0, text.find(' ')));
  add(inputs, "the firmware", loader::find_firmware(options.firmware));
  add(outputs, "--stats", options.stats);
  for (const TraceRequest& trace : options.traces) add(outputs, "--trace", trace.file);
  add(outputs, "--wave", options.wave);
  add(outputs, "--output", options.profile.output);
  add(outputs, "--json", options.profile.json);
  check_distinct(outputs, inputs);
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
    throw Error(ExitStatus::usage,
                fmt::format("--wave: no model with waveforms for {} (build the target veil_rtl_{}_waves)",
                            options.config, options.config));
  }
}

// Whether the guest's instruction at an address ends a block: a transfer of control, or the end of what can be decoded.
// Code may change: an answer holds for the bytes it was given for.
class BlockEnds {
 public:
  explicit BlockEnds(const sim::Shadow& shadow) : shadow_(shadow) {}

  bool operator()(uint32_t eip) {
    std::array<uint8_t, 15> bytes = {};
    if (sim::read_guest_code(shadow_, eip, bytes) == 0) return true;
    Known& known = known_[eip];
    if (!known.valid || known.bytes != bytes) {
      const lockstep::GuestInstruction instruction = lockstep::decode_guest(bytes);
      known = {bytes, !instruction.valid || instruction.jumps, true};
    }
    return known.ends;
  }

 private:
  struct Known {
    std::array<uint8_t, 15> bytes{};
    bool ends = false;
    bool valid = false;
  };
  const sim::Shadow& shadow_;
  std::unordered_map<uint32_t, Known> known_;
};

// Files of a profile, opened before the run: what cannot be written is said at once.
class ProfileFiles {
 public:
  explicit ProfileFiles(const RunOptions& options) : options_(options) {
    if (!options.profile.output.empty()) text_.emplace(options.profile.output);
    if (!options.profile.json.empty()) json_.emplace(options.profile.json);
    const auto read = [](const std::string& path, ExitStatus status) {
      return loader::Symbols(loader::read_file(path, platform::dram_max, status));
    };
    guest_ = read(options.image, ExitStatus::image);
    if (options.profile.firmware_functions) {
      firmware_ = read(loader::find_firmware(options.firmware), ExitStatus::internal);
    }
  }

  void write(const sim::Profile& profile, bool causes) {
    const sim::ProfileReport report = {
        fmt::format("{} on {} {}", options_.image, engine_name(options_.engine), options_.config),
        profile,
        guest_,
        firmware_ ? &*firmware_ : nullptr,
        causes,
        options_.profile.top};
    const std::string text = report.text();
    if (text_) {
      std::fwrite(text.data(), 1, text.size(), text_->stream());
      text_->finish();
    } else {
      std::fputs(("\n" + text).c_str(), stderr);
    }
    if (json_) {
      const std::string json = report.json().dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
      std::fwrite(json.data(), 1, json.size(), json_->stream());
      json_->finish();
    }
  }

 private:
  const RunOptions& options_;
  std::optional<OutputFile> text_, json_;
  loader::Symbols guest_;
  std::optional<loader::Symbols> firmware_;
};

// The pipeline is followed from outside (sim/trace/pipeline.h); a core that has become another one shows here.
void warn_if_lost(const sim::Pipeline* pipeline) {
  if (pipeline == nullptr || pipeline->surprises() == 0) return;
  fmt::print(stderr, "veil: the pipeline was not where it should have been {} times: causes and stages are not exact\n",
             pipeline->surprises());
}

// With a record of every group: checkers, traces, profile.
RunResult run_observed(sim::Engine& engine, Console& console, const isa::Config& config, std::vector<uint8_t> dram,
                       Saver& saver, const RunOptions& options) {
  const bool lockstep = options.engine == EngineKind::lockstep;
  const auto native = lockstep ? sim::make_native_checker(config, dram) : nullptr;
  sim::Shadow shadow(std::move(dram));
  sim::Translations translations;
  const bool stages = std::any_of(options.traces.begin(), options.traces.end(),
                                  [](const TraceRequest& request) { return request.wants(TraceKind::pipeline); });
  Tracer tracer(options, shadow, translations, stages ? engine.watch() : nullptr);
  std::optional<lockstep::GuestChecker> guest;
  if (lockstep || options.check) guest.emplace(shadow, translations);
  Parts parts = {engine, console, shadow, translations, tracer, {}, own_command(), nullptr, saver};
  if (native != nullptr) parts.checkers.push_back(native.get());
  if (guest) parts.checkers.push_back(&*guest);
  std::optional<ProfileFiles> files;
  std::optional<sim::Profile> profile;
  if (options.profile.wanted) {
    files.emplace(options);
    parts.profile = &profile.emplace(shadow, translations, BlockEnds(shadow));
  }
  RunResult result = run_loop(parts, options);
  const auto complete = [&result](auto&& write) {
    try {
      write();
    } catch (const Error&) {
      result.problem = std::current_exception();
    }
  };
  complete([&] { tracer.finish(); });
  if (profile) complete([&] { files->write(*profile, engine.watch() != nullptr); });
  if (profile || stages) warn_if_lost(engine.watch());
  result.checked_native = native != nullptr;
  result.checked_guest = guest.has_value();
  if (guest) result.guest_checks = guest->counts();
  return result;
}

}  // namespace

int run(const RunOptions& asked) {
  RunOptions options = asked;
  check_combination(options);
  check_files(options);
  const isa::Config& config = find_config(options.config);
  loader::Request request = make_request(options, config);
  loader::Machine machine;
  uint64_t begin = 0;
  if (options.restore.empty()) {
    machine = loader::load(request);
  } else {
    loader::Snapshot snapshot = loader::read_snapshot(options.restore);
    begin = snapshot.guest_instructions;
    if (request.save_at != 0) request.save_at += begin;
    machine = loader::load(request, std::move(snapshot));
    options.memory_bytes = static_cast<uint32_t>(machine.dram.size());
    if (options.image.empty()) options.image = options.restore;
  }
  Saver saver(options, machine, request.firmware, config.width, begin);
  std::optional<OutputFile> stats;
  if (!options.stats.empty()) stats.emplace(options.stats);

  const loader::Constants constants(machine);
  Console console(options.memory_bytes);
  const bool is_iss = options.engine == EngineKind::iss;
  const auto engine = is_iss ? sim::make_iss(config, machine.dram, console)
                             : sim::make_rtl(config, machine.dram, console, options.assertions);
  if (engine == nullptr) {
    throw Error(
        ExitStatus::usage,
        fmt::format("--config: no Verilated core of configuration {} in this build (build the target veil_rtl_{}{})",
                    options.config, options.config, options.assertions ? "" : "_fast"));
  }
  if (!options.wave.empty()) start_wave(*engine, options);
  catch_interrupts();
  const auto start = std::chrono::steady_clock::now();
  RunResult result;
  if (engine->fast() != nullptr && options.traces.empty() && !options.check && !options.profile.wanted) {
    result = run_fast(*engine, console, saver, options);
  } else {
    result = run_observed(*engine, console, config, std::move(machine.dram), saver, options);
  }
  console.hide();
  saver.finish();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::vector<uint8_t> memory(machine.guest_bytes);
  engine->read_dram(0, memory);
  result.state_hash = sim::state_hash(result.guest, memory);
  std::vector<uint8_t> concealed(platform::concealed_size);
  engine->read_dram(machine.guest_bytes, concealed);
  if (const auto address = constants.changed(concealed)) {
    fmt::print(stderr, "veil: the firmware's own code or data at {:#010x} has changed\n", *address);
    result.reason = "internal";
    result.status = static_cast<int>(ExitStatus::internal);
  }
  if (stats) {
    write_stats(stats->stream(), options, result);
    stats->finish();
  }
  if (result.problem) std::rethrow_exception(result.problem);
  if (!options.quiet) std::fputs(table(options, result).c_str(), stderr);
  return result.status;
}

}  // namespace veil::cli
