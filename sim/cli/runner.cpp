#include "sim/cli/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include "veil/isa/platform.h"

namespace veil::cli {
namespace {

using platform::ExitStatus;

volatile std::sig_atomic_t g_interrupted = 0;

void on_signal(int) { g_interrupted = 1; }

// Groups after an interrupt until a run is stopped even in the middle of a guest instruction.
constexpr uint64_t kPatience = 1u << 20;
constexpr uint64_t kFlushEvery = 1u << 16;

void end(RunResult& result, const char* reason, ExitStatus status) {
  result.reason = reason;
  result.status = static_cast<int>(status);
}

const char* reason_of(uint32_t exit) {
  if (exit == static_cast<uint32_t>(ExitStatus::triple_fault)) return "triple_fault";
  if (exit == static_cast<uint32_t>(ExitStatus::internal)) return "internal";
  if (exit == static_cast<uint32_t>(ExitStatus::halted)) return "halted";
  return "guest";
}

bool is_stuck(const sim::Engine& engine, Console& console, RunResult& result) {
  const std::string why = engine.stuck();
  if (why.empty()) return false;
  console.flush();
  fmt::print(stderr, "veil: the core cannot go on: {}\n", why);
  end(result, "internal", ExitStatus::internal);
  return true;
}

// The guest's console takes no more. Its reader has left: the run ends as if it were interrupted. Otherwise output is
// lost, and that is said.
bool has_lost_output(const Console& console, RunResult& result) {
  const int why = console.output_error();
  if (why == 0) return false;
  if (why == EPIPE) {
    end(result, "interrupted", ExitStatus::interrupted);
    return true;
  }
  fmt::print(stderr, "veil: standard output: cannot write: {}\n", std::strerror(why));
  end(result, "output", ExitStatus::usage);
  return true;
}

bool has_exited(const Console& console, RunResult& result) {
  const auto exit = console.exit();
  if (!exit) return false;
  result.reason = reason_of(*exit);
  result.status = static_cast<int>(*exit & 0xff);
  return true;
}

void read_counters(const sim::Engine& engine, Figures& result) {
  result.cycles = engine.cycles();
  for (unsigned i = 0; i < isa::kCounterCount; ++i) result.events[i] = engine.counter(static_cast<isa::Counter>(i));
}

// The engine's counters by tier know better than the records, which show the tier at the group's beginning.
void read_tiers(const sim::Engine& engine, Figures& result) {
  for (unsigned i = 0; i < result.tiers.size(); ++i) {
    for (unsigned c = 0; c < isa::kCounterCount; ++c) {
      result.tier_events[i][c] = engine.counter(static_cast<isa::Counter>(c), i);
    }
    result.tiers[i] = {engine.counter(isa::Counter::cycles, i), engine.counter(isa::Counter::guest_instructions, i)};
  }
}

// What the cycles since the last call were spent on.
class Spending {
 public:
  explicit Spending(sim::Engine& engine) : pipeline_(engine.watch()) {}

  sim::Spent since_last(uint64_t cycles) {
    sim::Spent now;
    if (pipeline_ != nullptr) {
      const sim::Spent& known = pipeline_->spent();
      now = known;
      now.cycles -= last_.cycles;
      for (size_t i = 0; i < now.causes.size(); ++i) now.causes[i] -= last_.causes[i];
      last_ = known;
    } else {
      now.add(sim::Cause::issue, cycles);
    }
    return now;
  }

 private:
  sim::Pipeline* pipeline_;
  sim::Spent last_;
};

void report(const Parts& parts, const RunOptions& options, const lockstep::Checker& checker,
            const lockstep::Difference& difference, const lockstep::History& history, const sim::GroupRecord& record) {
  parts.console.flush();
  fmt::print(stderr, "\nveil: lockstep difference: {}", lockstep::describe(difference));
  const lockstep::ReportInput input = {
      difference, checker, history, parts.shadow, parts.translations, record, parts.engine.cycles(), parts.command};
  const std::string directory = lockstep::write_report(input, options.report);
  if (directory.empty()) {
    fmt::print(stderr, "veil: the report could not be written to {}\n", options.report);
  } else {
    fmt::print(stderr, "veil: report in {} (replay.sh runs into it again, with a waveform)\n", directory);
  }
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // seen where it is written
}

RunResult run_loop(const Parts& parts, const RunOptions& options) {
  RunResult result;
  lockstep::History history;
  uint64_t last_cycles = 0;
  uint64_t interrupted_at = 0;
  uint64_t to_spoil = options.spoil;
  bool measuring = !options.measure_from;
  Live live(options.live);
  std::optional<Spending> spending;
  if (parts.profile != nullptr) spending.emplace(parts.engine);
  while (result.reason.empty()) {
    sim::GroupRecord record = parts.engine.step();
    if (to_spoil != 0 && parts.shadow.groups() >= to_spoil && record.mem.kind == sim::MemKind::store &&
        record.mem.gated) {
      record.mem.data ^= 1;
      to_spoil = 0;
    }
    if (is_stuck(parts.engine, parts.console, result)) break;
    const uint64_t cycles = parts.engine.cycles();
    TierCounts& tier = result.tiers[record.tier];
    const uint64_t passed = cycles - last_cycles;
    tier.cycles += passed;
    last_cycles = cycles;
    result.operations += record.operations;
    result.groups += record.trap.taken ? 0 : 1;
    const bool commits = record.committed && record.commit_count != 0 && !record.trap.taken;
    if (commits) tier.guest_instructions += record.commit_count;

    parts.shadow.apply(record);
    parts.translations.apply(record, parts.shadow);
    if (parts.profile != nullptr) {
      const sim::Spent spent = spending->since_last(passed);
      if (measuring) parts.profile->retired(record, spent);
    }
    if (!measuring && commits && parts.shadow.guest_instructions() >= *options.measure_from) {
      measuring = true;
      result.guest_instructions = parts.shadow.guest_instructions();
      read_counters(parts.engine, result);
      result.mark = result;
      read_tiers(parts.engine, *result.mark);
    }
    if (parts.tracer.active()) parts.tracer.retired(record, cycles);
    if (!parts.checkers.empty()) history.push(cycles, record);
    for (lockstep::Checker* checker : parts.checkers) {
      const auto difference = checker->retired(record);
      if (!difference) continue;
      report(parts, options, *checker, *difference, history, record);
      end(result, "lockstep", ExitStatus::lockstep);
      break;
    }
    if (!result.reason.empty()) break;

    if (parts.console.exit()) parts.console.flush();
    if (has_lost_output(parts.console, result) || has_exited(parts.console, result)) break;
    parts.saver.look(parts.engine, parts.console, parts.shadow.guest_instructions());
    if (parts.checkers.empty()) parts.shadow.drop_stores();
    if (commits && options.limit != 0 && parts.shadow.guest_instructions() >= options.limit) {
      end(result, "limit", ExitStatus::limit);
    }
    if (g_interrupted != 0) {
      if (interrupted_at == 0) interrupted_at = parts.shadow.groups();
      if (commits || parts.shadow.groups() - interrupted_at > kPatience)
        end(result, "interrupted", ExitStatus::interrupted);
    }
    if (parts.shadow.groups() % kFlushEvery == 0) {
      parts.console.flush();
      if (live.due()) parts.console.show(live.line(result.tiers));
    }
  }
  if (parts.profile != nullptr) parts.profile->finish();
  parts.console.flush();
  read_counters(parts.engine, result);
  result.guest_instructions = parts.shadow.guest_instructions();
  result.translations_made = parts.translations.made();
  result.translations_dropped = parts.translations.dropped();
  result.translated_instructions = parts.translations.instructions();
  result.translations_optimized = parts.translations.optimized();
  result.optimized_instructions = parts.translations.optimized_instructions();
  result.guest = parts.shadow.guest();
  read_tiers(parts.engine, result);
  return result;
}

RunResult run_fast(sim::Engine& engine, Console& console, Saver& saver, const RunOptions& options) {
  sim::FastRun& fast = *engine.fast();
  RunResult result;
  const uint64_t limit = options.limit != 0 ? options.limit : ~uint64_t{0};
  const auto read_all = [&](Figures& figures) {
    read_counters(engine, figures);
    figures.groups = engine.counter(isa::Counter::groups);
    figures.operations = engine.counter(isa::Counter::operations);
    figures.guest_instructions = engine.counter(isa::Counter::guest_instructions);
    read_tiers(engine, figures);
  };
  uint64_t patience = kPatience / kFlushEvery;
  Live live(options.live);
  while (result.reason.empty()) {
    const bool interrupted = g_interrupted != 0;
    const bool marked = !options.measure_from || result.mark;
    const uint64_t until = marked ? limit : std::min(limit, *options.measure_from);
    fast.run(kFlushEvery, until + std::min(saver.begin(), ~uint64_t{0} - until), interrupted);
    if (!marked && engine.counter(isa::Counter::guest_instructions) >= *options.measure_from) {
      read_all(result.mark.emplace());
    }
    console.flush();
    if (has_lost_output(console, result) || has_exited(console, result) || is_stuck(engine, console, result)) break;
    saver.look(engine, console, engine.counter(isa::Counter::guest_instructions));
    if (live.due()) {
      Figures now;
      read_tiers(engine, now);
      console.show(live.line(now.tiers));
    }
    if (engine.counter(isa::Counter::guest_instructions) >= limit) {
      end(result, "limit", ExitStatus::limit);
    } else if (interrupted && (fast.at_commit() || --patience == 0)) {
      end(result, "interrupted", ExitStatus::interrupted);
    }
  }
  read_all(result);
  result.translations_made = fast.translations_made();
  result.translations_dropped = fast.translations_dropped();
  result.translated_instructions = fast.translated_instructions();
  result.translations_optimized = fast.translations_optimized();
  result.optimized_instructions = fast.optimized_instructions();
  result.guest = fast.guest();
  return result;
}

}  // namespace veil::cli
