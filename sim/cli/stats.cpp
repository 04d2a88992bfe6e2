#include "sim/cli/stats.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace veil::cli {
namespace {

double ratio(uint64_t a, uint64_t b) { return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b); }

// 1234567 -> "1,234,567"
std::string grouped(uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace

std::string engine_name(EngineKind engine) {
  switch (engine) {
    case EngineKind::iss:
      return "iss";
    case EngineKind::rtl:
      return "rtl";
    case EngineKind::lockstep:
      return "lockstep";
  }
  return "?";
}

Figures difference(const Figures& later, const Figures& earlier) {
  Figures out = later;
  out.guest_instructions -= earlier.guest_instructions;
  out.cycles -= earlier.cycles;
  out.groups -= earlier.groups;
  out.operations -= earlier.operations;
  for (size_t i = 0; i < out.tiers.size(); ++i) {
    out.tiers[i].cycles -= earlier.tiers[i].cycles;
    out.tiers[i].guest_instructions -= earlier.tiers[i].guest_instructions;
  }
  for (size_t c = 0; c < out.events.size(); ++c) {
    if (c == static_cast<size_t>(isa::Counter::store_buffer_high)) continue;
    out.events[c] -= earlier.events[c];
    for (size_t i = 0; i < out.tiers.size(); ++i) out.tier_events[i][c] -= earlier.tier_events[i][c];
  }
  return out;
}

namespace {

// native, tiers, events: the same members for the whole run and for the measured part.
void put_figures(nlohmann::ordered_json& out, const Figures& figures) {
  out["native"] = {{"cycles", figures.cycles}, {"groups", figures.groups}, {"operations", figures.operations}};
  for (size_t i = 0; i < figures.tiers.size(); ++i) {
    out["tiers"][isa::kTierNames[i]] = {{"cycles", figures.tiers[i].cycles},
                                        {"guest_instructions", figures.tiers[i].guest_instructions}};
    for (size_t c = 0; c < isa::kCounterCount; ++c) {
      if (const uint64_t n = figures.tier_events[i][c]; n != 0) {
        out["tiers"][isa::kTierNames[i]]["events"][isa::kCounterNames[c]] = n;
      }
    }
  }
  for (size_t i = 0; i < figures.events.size(); ++i) out["events"][isa::kCounterNames[i]] = figures.events[i];
}

}  // namespace

void write_stats(std::FILE* file, const RunOptions& options, const RunResult& result) {
  nlohmann::ordered_json out;
  out["schema"] = kStatsSchema;
  out["veil"] = VEIL_VERSION;
  out["engine"] = engine_name(options.engine);
  out["config"] = options.config;
  out["image"] = options.image;
  for (const platform::Knob& knob : platform::kKnobs) out["knobs"][knob.name] = options.knobs.*knob.value;
  out["exit"] = {{"reason", result.reason}, {"status", result.status}};
  out["guest"] = {{"instructions", result.guest_instructions},
                  {"state_hash", result.state_hash},
                  {"eip_known", result.guest.eip_known}};
  put_figures(out, result);
  if (result.mark) {
    const Figures measured = difference(result, *result.mark);
    out["measured"]["guest"] = {{"instructions", measured.guest_instructions}};
    put_figures(out["measured"], measured);
  }
  out["translations"] = {{"made", result.translations_made},
                         {"dropped", result.translations_dropped},
                         {"instructions", result.translated_instructions},
                         {"optimized", result.translations_optimized},
                         {"optimized_instructions", result.optimized_instructions}};
  out["checks"]["native_groups"] = result.checked_native ? result.groups : 0;
  out["checks"]["guest_commits"] = result.guest_checks.commits;
  out["checks"]["guest_instructions"] = result.guest_checks.instructions;
  out["checks"]["guest_taken_over"] = result.guest_checks.taken_over;
  out["checks"]["guest_events"] = result.guest_checks.events;
  out["checks"]["guest_exceptions"] = result.guest_checks.exceptions;
  out["checks"]["guest_segments"] = result.guest_checks.segments;
  out["checks"]["guest_accessed"] = result.guest_checks.accessed;
  out["checks"]["guest_unchecked"] = result.guest_checks.unchecked;
  out["host"]["seconds"] = result.seconds;
  const std::string text = out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), file);
}

std::string table(const RunOptions& options, const RunResult& result) {
  std::string out = fmt::format(
      "\n{:-^74}\n", fmt::format(" {} on {}, {:.1f} s ", options.config, engine_name(options.engine), result.seconds));
  const auto line = [&](const char* what, const std::string& value) {
    out += fmt::format("{:<34}{:>18}\n", what, value);
  };
  line("guest instructions", grouped(result.guest_instructions));
  line("native cycles", grouped(result.cycles));
  line("guest instructions per cycle", fmt::format("{:.3f}", ratio(result.guest_instructions, result.cycles)));
  line("operations per group", fmt::format("{:.2f}", ratio(result.operations, result.groups)));
  line("translations made", grouped(result.translations_made));
  if (result.checked_native) line("groups compared with the ISS", grouped(result.groups));
  if (result.checked_guest) {
    line("guest instructions compared", grouped(result.guest_checks.instructions));
    line("  taken over (I/O, system)", grouped(result.guest_checks.taken_over));
    if (result.guest_checks.events != 0) {
      line("interrupts and exceptions taken over", grouped(result.guest_checks.events));
      line("  exceptions that the reference raised too", grouped(result.guest_checks.exceptions));
    }
    if (result.guest_checks.unchecked != 0) line("  not comparable", grouped(result.guest_checks.unchecked));
  }
  out += fmt::format("\n{:<12}{:>18}{:>8}{:>22}{:>8}\n", "tier", "cycles", "%", "guest instructions", "%");
  for (size_t i = 0; i < result.tiers.size(); ++i) {
    const TierCounts& tier = result.tiers[i];
    if (tier.cycles == 0 && tier.guest_instructions == 0) continue;
    out += fmt::format("{:<12}{:>18}{:>8.1f}{:>22}{:>8.1f}\n", isa::kTierNames[i], grouped(tier.cycles),
                       100 * ratio(tier.cycles, result.cycles), grouped(tier.guest_instructions),
                       100 * ratio(tier.guest_instructions, result.guest_instructions));
  }
  if (result.reason != "guest") out += fmt::format("\nstopped: {} (status {})\n", result.reason, result.status);
  return out;
}

}  // namespace veil::cli
