#include "sim/cli/runner.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

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
  return "guest";
}

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
}

RunResult run_loop(const Parts& parts, const RunOptions& options) {
  RunResult result;
  lockstep::History history;
  uint64_t last_cycles = 0;
  uint64_t interrupted_at = 0;
  while (result.reason.empty()) {
    const sim::GroupRecord record = parts.engine.step();
    if (const std::string stuck = parts.engine.stuck(); !stuck.empty()) {
      parts.console.flush();
      fmt::print(stderr, "veil: the core cannot go on: {}\n", stuck);
      end(result, "internal", ExitStatus::internal);
      break;
    }
    const uint64_t cycles = parts.engine.cycles();
    TierCounts& tier = result.tiers[record.tier];
    tier.cycles += cycles - last_cycles;
    last_cycles = cycles;
    result.operations += record.operations;
    const bool commits = record.committed && record.commit_count != 0 && !record.trap.taken;
    if (commits) tier.guest_instructions += record.commit_count;

    parts.shadow.apply(record);
    parts.translations.apply(record, parts.shadow);
    if (parts.tracer.active()) parts.tracer.retired(record);
    if (!parts.checkers.empty()) history.push(cycles, record);
    for (lockstep::Checker* checker : parts.checkers) {
      const auto difference = checker->retired(record);
      if (!difference) continue;
      report(parts, options, *checker, *difference, history, record);
      end(result, "lockstep", ExitStatus::lockstep);
      break;
    }
    if (!result.reason.empty()) break;

    if (const auto exit = parts.console.exit()) {
      result.reason = reason_of(*exit);
      result.status = static_cast<int>(*exit & 0xff);
      break;
    }
    if (parts.checkers.empty()) parts.shadow.drop_stores();
    if (commits && options.limit != 0 && parts.shadow.guest_instructions() >= options.limit) {
      end(result, "limit", ExitStatus::limit);
    }
    if (g_interrupted != 0) {
      if (interrupted_at == 0) interrupted_at = parts.shadow.groups();
      if (commits || parts.shadow.groups() - interrupted_at > kPatience)
        end(result, "interrupted", ExitStatus::interrupted);
    }
    if (parts.shadow.groups() % kFlushEvery == 0) parts.console.flush();
  }
  parts.console.flush();
  result.cycles = parts.engine.cycles();
  result.groups = parts.shadow.groups();
  result.guest_instructions = parts.shadow.guest_instructions();
  for (unsigned i = 0; i < isa::kCounterCount; ++i) result.events[i] = parts.engine.counter(i);
  result.translations_made = parts.translations.made();
  result.translations_dropped = parts.translations.dropped();
  result.guest = parts.shadow.guest();
  return result;
}

}  // namespace veil::cli
