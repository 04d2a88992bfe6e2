// veil: understands the command line and starts a subcommand. One line on stderr and status 64 for whatever is wrong
// with it.
#include <fcntl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "sim/cli/commands.h"
#include "sim/loader/error.h"
#include "sim/loader/load.h"
#include "veil/isa/platform.h"

namespace {

using veil::cli::BoardOptions;
using veil::cli::EngineKind;
using veil::cli::kTraceKinds;
using veil::cli::RunOptions;
using veil::cli::TraceKind;
using veil::cli::TracePoint;
using veil::cli::TraceRequest;
using veil::cli::TranslateOptions;
using veil::platform::ExitStatus;

int complain(const std::string& text, ExitStatus status) {
  std::fflush(stdout);
  std::fputs(fmt::format("veil: {}\n", text).c_str(), stderr);
  return static_cast<int>(status);
}

// A file that is opened must not become a standard stream that the caller has closed. What is written to a closed
// standard output is an error, as to any output; what is said on a closed standard error is lost.
void keep_standard_streams() {
  for (const auto& [fd, mode] : {std::pair{0, O_RDONLY}, {1, O_RDONLY}, {2, O_WRONLY}}) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) (void)open("/dev/null", mode);  // takes the lowest free number
  }
}

// Decimal, or hexadecimal with 0x: digits and nothing else. Empty: it is none, or does not fit.
std::optional<uint64_t> parse_number(std::string_view text) {
  const bool hex = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, hex ? 16 : 10);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

constexpr uint64_t kAny32 = UINT32_MAX, kAny64 = UINT64_MAX;

// For CLI::Option::check
auto in_range(uint64_t low, uint64_t high) {
  return [low, high](const std::string& text) {
    const auto value = parse_number(text);
    if (value && *value >= low && *value <= high) return std::string();
    return fmt::format("not a number from {} to {}: {}", low, high, text);
  };
}

// "32M", "8192K", "1G" or bytes.
std::string parse_size(const std::string& text, uint64_t& value) {
  const size_t used = std::min(text.find_last_of("0123456789abcdefABCDEF") + 1, text.size());
  const auto number = parse_number(std::string_view(text).substr(0, used));
  if (!number) return "not a size: " + text;
  value = *number;
  const std::string unit = text.substr(used);
  static const std::map<std::string, unsigned> kShift = {{"", 0},   {"K", 10}, {"k", 10}, {"M", 20},
                                                         {"m", 20}, {"G", 30}, {"g", 30}};
  const auto found = kShift.find(unit);
  if (found == kShift.end() || value > (UINT64_MAX >> found->second)) return "not a size: " + text;
  value <<= found->second;
  return {};
}

std::string check_memory(const std::string& text) {
  uint64_t bytes = 0;
  if (auto error = parse_size(text, bytes); !error.empty()) return error;
  namespace platform = veil::platform;
  if (bytes < platform::dram_min || bytes > platform::dram_max || bytes % (1u << 20) != 0) {
    return fmt::format("memory must be a whole number of MiB from {} to {}", platform::dram_min >> 20,
                       platform::dram_max >> 20);
  }
  return {};
}

// "guest,trap:FILE"
std::string parse_trace(const std::string& text, TraceRequest& request) {
  const size_t colon = text.find(':');
  request = {};
  if (colon == std::string::npos || colon + 1 == text.size()) return "not a trace (KIND,...:FILE): " + text;
  request.file = text.substr(colon + 1);
  for (size_t at = 0; at <= colon;) {
    const size_t end = std::min(text.find(',', at), colon);
    const std::string kind = text.substr(at, end - at);
    const auto found = std::find(kTraceKinds.begin(), kTraceKinds.end(), kind);
    if (found == kTraceKinds.end()) {
      return fmt::format("no trace '{}' (there are: {})", kind, fmt::join(kTraceKinds, ", "));
    }
    request.kinds |= 1u << (found - kTraceKinds.begin());
    at = end + 1;
  }
  if (request.wants(TraceKind::pipeline) && request.several()) return "the pipeline trace needs a file of its own";
  return {};
}

std::string check_trace(const std::string& text) {
  TraceRequest request;
  return parse_trace(text, request);
}

// "12000" guest instructions, "c12000" cycles.
std::string parse_point(const std::string& text, TracePoint& point) {
  point.cycles = !text.empty() && text.front() == 'c';
  const std::string digits = text.substr(point.cycles ? 1 : 0);
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, point.value);
  if (digits.empty() || error != std::errc() || stopped != end) {
    return "neither a number of guest instructions nor c and a number of cycles: " + text;
  }
  return {};
}

std::string check_point(const std::string& text) {
  TracePoint point;
  return parse_point(text, point);
}

const std::map<std::string, EngineKind>& engines() {
  static const std::map<std::string, EngineKind> names = {
      {"iss", EngineKind::iss}, {"rtl", EngineKind::rtl}, {"lockstep", EngineKind::lockstep}};
  return names;
}

// [knobs] of isa/platform.toml
void add_knobs(CLI::App& app, veil::platform::Knobs& knobs) {
  for (const veil::platform::Knob& knob : veil::platform::kKnobs) {
    app.add_option(knob.option, knobs.*knob.value, fmt::format("{} (default {})", knob.help, knobs.*knob.value))
        ->check(in_range(knob.least, knob.most))
        ->type_name("N");
  }
}

void add_run(CLI::App& app, RunOptions& options) {
  auto* image = app.add_option("IMAGE", options.image, "multiboot image (32-bit ELF)");
  if (options.profile.wanted) {
    image->required();
  } else {
    image->description("multiboot image (32-bit ELF); without one the demonstration runs");
    app.add_flag("--demo", options.demo, "the demonstration, in lockstep unless --engine says otherwise")
        ->excludes(image);
    app.add_option("--restore", options.restore, "go on with a saved machine instead of starting an image")
        ->type_name("FILE")
        ->excludes(image);
    app.add_flag("--live", options.live, "on a terminal: show how the tiers share the cycles while the guest runs");
  }
  app.add_option_function<std::string>(
         "--engine", [&options](const std::string& name) { options.engine = engines().at(name); },
         "iss (default), rtl, or lockstep (rtl checked by iss and an independent x86)")
      ->check([](const std::string& name) {
        return engines().count(name) != 0 ? std::string() : "no engine '" + name + "' (there are: iss, rtl, lockstep)";
      })
      ->type_name("NAME");
  app.add_option("--config", options.config, "configuration of the core: w1, w2, w4 (default)")->type_name("NAME");
  app.add_option_function<std::string>(
         "--memory",
         [&options](const std::string& text) {
           uint64_t bytes = 0;
           parse_size(text, bytes);
           options.memory_bytes = static_cast<uint32_t>(bytes);
         },
         "DRAM with K, M or G (default 32M); its top 4M are concealed")
      ->check(check_memory)
      ->type_name("SIZE");
  app.add_option("--append", options.append, "guest command line, after the image's name")->type_name("TEXT");
  app.add_option("--module", options.modules, "multiboot module: FILE, or \"FILE arguments\"; may be repeated")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  add_knobs(app, options.knobs);
  app.add_option(
         "--clock", options.clock,
         "what the guest's time is counted in: guest (committed instructions, the same run every time; default), "
         "or real (the host's clock)")
      ->check(CLI::IsMember({"guest", "real"}))
      ->type_name("NAME");
  app.add_flag("--check", options.check, "with iss: compare the guest with an independent x86 at every commit");
  app.add_option("--limit", options.limit, "stop after N guest instructions (status 124)")
      ->check(in_range(0, kAny64))
      ->type_name("N");
  app.add_option("--measure-from", options.measure_from,
                 "count once more from guest instruction N on (`measured` of the statistics; the whole profile)")
      ->check(in_range(0, kAny64))
      ->type_name("N");
  app.add_option("--stats", options.stats, "write statistics (JSON) to FILE")->type_name("FILE");
  app.add_option("--trace",
                 "trace, one or several of guest, commit, device, native, trap; or pipeline (Konata's format); "
                 "may be repeated")
      ->type_name("KIND,...:FILE")
      ->check(check_trace)
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all()
      ->each([&options](const std::string& text) {
        TraceRequest request;
        parse_trace(text, request);
        options.traces.push_back(request);
      });
  const auto point = [&app](const char* name, const char* what, std::optional<TracePoint>& value) {
    app.add_option_function<std::string>(
           name,
           [&value](const std::string& text) {
             value.emplace();
             parse_point(text, *value);
           },
           what)
        ->check(check_point)
        ->type_name("WHERE");
  };
  point("--trace-from", "begin traces at this guest instruction, or cycle (c and a number)", options.window.from);
  point("--trace-to", "end them before this one", options.window.to);
  app.add_option("--save", options.save, "save the machine to FILE when the guest has executed --save-at instructions")
      ->type_name("FILE");
  app.add_option("--save-at", options.save_at, "guest instructions until the machine is saved")
      ->check(in_range(1, kAny64))
      ->type_name("N");
  auto* wave = app.add_option("--wave", options.wave, "waveform of the RTL")->type_name("FILE");
  app.add_option("--wave-from", options.wave_from, "first cycle of the waveform")
      ->check(in_range(0, kAny64))
      ->type_name("C")
      ->needs(wave);
  app.add_option("--wave-for", options.wave_for, "cycles of the waveform (default: to the end)")
      ->check(in_range(0, kAny64))
      ->type_name("N")
      ->needs(wave);
  app.add_flag("!--no-assertions", options.assertions,
               "a model of the RTL without its assertions, for measuring host time");
  app.add_option("--report", options.report, "directory for the report of a lockstep difference")->type_name("DIR");
  app.add_option("--firmware", options.firmware, "firmware image (default: beside the command, or $VEIL_FIRMWARE)")
      ->type_name("FILE");
  app.add_option("--interrupt-at", options.interrupt_at, "")
      ->group("")
      ->check(in_range(0, kAny32));  // hidden: an interrupt at any point, in tests
  app.add_option("--interrupt-vector", options.interrupt_vector, "")->group("")->check(in_range(0, 255));
  app.add_option("--spoil", options.spoil, "")
      ->group("")
      ->check(in_range(0, kAny64));  // hidden: shows that a difference is found and reported
  if (!options.profile.wanted) app.add_flag("--quiet", options.quiet, "no table at the end");
}

void add_profile(CLI::App& app, RunOptions& options) {
  options.profile.wanted = true;
  options.quiet = true;
  add_run(app, options);
  auto& profile = options.profile;
  app.add_option("--top", profile.top, "lines of each table, at most (default 20)")
      ->check(in_range(1, 1000000))
      ->type_name("N");
  app.add_option("--output", profile.output, "write the tables to FILE instead of standard error")->type_name("FILE");
  app.add_option("--json", profile.json, "write the whole profile to FILE as JSON")->type_name("FILE");
  app.add_flag("--firmware-functions", profile.firmware_functions, "show the firmware's own functions as well");
}

void add_translate(CLI::App& app, TranslateOptions& options) {
  app.add_option("IMAGE", options.image, "multiboot image (32-bit ELF)")->required();
  app.add_option("--at", options.at, "guest address or symbol (default: the entry point)")->type_name("ADDR");
  app.add_option("--count", options.count, "consecutive blocks to translate")
      ->check(in_range(1, 100000))
      ->type_name("N");
  app.add_option("--config", options.config, "configuration of the core: w1, w2, w4 (default)")->type_name("NAME");
  app.add_option("--gear", options.gear, "2: as translated quickly; 3 (default): as optimized")->check(in_range(2, 3));
  app.add_flag("--ir", options.ir, "show the intermediate representation after each block as well (gear 3's)");
  app.add_option("--block-limit", options.block_limit, "guest instructions in a translation, at most (1..31)")
      ->check(in_range(1, 31))
      ->type_name("N");
}

void add_board_image(CLI::App& app, BoardOptions& options) {
  app.add_option("IMAGE", options.image, "multiboot image (32-bit ELF)")->required();
  app.add_option("--append", options.append, "guest command line, after the image's name")->type_name("TEXT");
  app.add_option("--module", options.modules, "multiboot module; may be repeated")
      ->type_name("FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  add_knobs(app, options.knobs);
  app.add_option("--firmware", options.firmware, "firmware image (default: beside the command, or $VEIL_FIRMWARE)")
      ->type_name("FILE");
  app.add_flag("--memory-is-clear", options.memory_is_clear,
               "do not clear the board's memory first (simulated boards)");
}

void add_board_load(CLI::App& app, BoardOptions& options) {
  add_board_image(app, options);
  app.add_option("--port", options.port, "serial device of the board")->required()->type_name("DEVICE");
  app.add_option("--baud", options.baud, "rate of the serial line (default 1000000)")
      ->type_name("N")
      ->check(in_range(1, kAny32));
  app.add_option("--patience", options.patience, "seconds without an answer before a frame is sent again (default 2)")
      ->type_name("S")
      ->check(in_range(1, 3600));
  app.add_option("--config", options.config, "configuration to translate for (default: what the board says it has)")
      ->type_name("NAME");
  app.add_flag("--no-console", options.no_console, "leave when the guest has started");
}

void add_board_card(CLI::App& app, BoardOptions& options) {
  add_board_image(app, options);
  app.add_option("-o,--output", options.output, "file to write, or the card's device")->required()->type_name("FILE");
  app.add_option("--config", options.config, "configuration of the board's bitstream")->required()->type_name("NAME");
}

int main_checked(int argc, char** argv) {
  CLI::App app("Veil: an x86 PC on a small RISC-V VLIW core, by translation in firmware", "veil");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("veil ") + VEIL_VERSION);
  RunOptions run_options;
  RunOptions profile_options;
  TranslateOptions translate_options;
  CLI::App* run = app.add_subcommand("run", "run a guest; the guest's console is on standard input and output");
  add_run(*run, run_options);
  CLI::App* profile = app.add_subcommand("profile", "run a guest and show where its cycles went");
  add_profile(*profile, profile_options);
  CLI::App* translate = app.add_subcommand("translate", "show guest code and its native groups side by side");
  add_translate(*translate, translate_options);
  BoardOptions board_options;
  CLI::App* board = app.add_subcommand("board", "real (or simulated) boards");
  board->require_subcommand(1);
  CLI::App* board_load = board->add_subcommand("load", "send a guest over the serial line and open its console");
  add_board_load(*board_load, board_options);
  CLI::App* board_card = board->add_subcommand("card", "write a guest for a board's SD card");
  add_board_card(*board_card, board_options);
  CLI::App* doctor = app.add_subcommand("doctor", "what is installed, and the command that brings what is missing");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, --version
    return app.exit(wish);
  } catch (const CLI::ParseError& error) {
    std::string text = error.what();
    for (char& c : text) c = c == '\n' ? ' ' : c;
    return complain(text + " (see veil --help)", ExitStatus::usage);
  }
  if (run->parsed()) {
    if (run_options.demo || (run_options.image.empty() && run_options.restore.empty())) {
      run_options.image = veil::loader::beside_command("bench/demo.elf");
      run_options.live = true;
      if (run->count("--engine") == 0) run_options.engine = EngineKind::lockstep;
    }
    return veil::cli::run(run_options);
  }
  if (profile->parsed()) return veil::cli::run(profile_options);
  if (translate->parsed()) return veil::cli::translate(translate_options);
  if (board_load->parsed()) return veil::cli::board_load(board_options);
  if (board_card->parsed()) return veil::cli::board_card(board_options);
  if (doctor->parsed()) return veil::cli::doctor();
  return complain("nothing to do (see veil --help)", ExitStatus::usage);
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  try {
    const int status = main_checked(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return complain(fmt::format("standard output: cannot write: {}", std::strerror(errno)), ExitStatus::usage);
  } catch (const std::system_error& error) {  // a stream that takes no more
    return complain(error.what(), ExitStatus::usage);
  } catch (const veil::loader::Error& error) {
    return complain(error.what(), static_cast<ExitStatus>(error.status()));
  } catch (const std::bad_alloc&) {
    return complain("out of memory", ExitStatus::internal);
  } catch (const std::exception& error) {
    return complain(fmt::format("internal fault: {}", error.what()), ExitStatus::internal);
  }
}
