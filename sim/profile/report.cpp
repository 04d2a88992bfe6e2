#include "sim/profile/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::sim {
namespace {

double ratio(uint64_t a, uint64_t b) { return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b); }

std::string grouped(uint64_t value) {
  std::string text = std::to_string(value);
  for (size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

// What several rows add up to.
struct Sum {
  std::string name;
  uint64_t guest_instructions = 0;
  Spent spent;
  std::array<uint64_t, isa::kTierCount> tiers{};  // cycles

  void add(const ProfileRow& row) {
    guest_instructions += row.guest_instructions;
    spent += row.spent;
    tiers[row.tier] += row.spent.cycles;
  }
};

bool more_cycles(const Sum& a, const Sum& b) {
  return a.spent.cycles != b.spent.cycles ? a.spent.cycles > b.spent.cycles : a.name < b.name;
}

std::vector<Sum> by_tier(const std::vector<ProfileRow>& rows) {
  std::vector<Sum> sums(isa::kTierCount);
  for (unsigned i = 0; i < isa::kTierCount; ++i) sums[i].name = isa::kTierNames[i];
  for (const ProfileRow& row : rows) sums[row.tier].add(row);
  std::erase_if(sums, [](const Sum& sum) { return sum.spent.cycles == 0 && sum.guest_instructions == 0; });
  return sums;
}

// The firmware's own business, which serves no function in particular, is a line of its own.
std::vector<Sum> by_function(const std::vector<ProfileRow>& rows, const loader::Symbols& symbols) {
  std::map<std::string, Sum> sums;
  for (const ProfileRow& row : rows) {
    const loader::Symbol* symbol = row.has_block ? symbols.at(row.eip) : nullptr;
    const std::string name = !row.has_block      ? std::string("(firmware: no block)")
                             : symbol == nullptr ? std::string("(no symbol)")
                                                 : symbol->name;
    sums[name].add(row);
  }
  std::vector<Sum> sorted;
  for (auto& [name, sum] : sums) {
    sum.name = name;
    sorted.push_back(std::move(sum));
  }
  std::sort(sorted.begin(), sorted.end(), more_cycles);
  return sorted;
}

// Functions of the firmware by tier: "tier function".
std::vector<Sum> by_firmware(const Profile& profile, const loader::Symbols& symbols) {
  std::map<std::string, Sum> sums;
  for (unsigned tier = 0; tier < isa::kTierCount; ++tier) {
    const auto words = profile.firmware(tier);
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == 0) continue;
      const loader::Symbol* symbol = symbols.at(platform::concealed_window + static_cast<uint32_t>(4 * i));
      Sum& sum = sums[symbol == nullptr ? std::string("(no symbol)") : symbol->name];
      sum.spent.cycles += words[i];
      sum.tiers[tier] += words[i];
    }
  }
  std::vector<Sum> sorted;
  for (auto& [name, sum] : sums) {
    sum.name = name;
    sorted.push_back(std::move(sum));
  }
  std::sort(sorted.begin(), sorted.end(), more_cycles);
  return sorted;
}

// Percent of `total`, and of the columns of causes: percent of the row's own cycles.
std::string percent(uint64_t part, uint64_t total) { return fmt::format("{:>6.1f}", 100 * ratio(part, total)); }

std::string cause_columns(const Spent& spent) {
  std::string text;
  for (const uint64_t cycles : spent.causes) {
    text += cycles == 0 ? fmt::format("{:>9}", ".") : fmt::format("{:>9.1f}", 100 * ratio(cycles, spent.cycles));
  }
  return text;
}

std::string cause_titles() {
  std::string text;
  for (const char* name : kCauseNames) text += fmt::format("{:>9}", name);
  return text;
}

std::string rate(uint64_t instructions, uint64_t cycles) {
  return instructions == 0 ? fmt::format("{:>8}", ".") : fmt::format("{:>8.3f}", ratio(instructions, cycles));
}

// Names of C++ without what takes the room: parameters, our namespace, nameless ones.
std::string brief(std::string name) {
  for (const std::string part : {"(anonymous namespace)::", "veil::"}) {
    for (size_t at = 0; (at = name.find(part)) != std::string::npos;) name.erase(at, part.size());
  }
  const size_t parameters = name.find('(');
  return parameters == std::string::npos || parameters == 0 ? name : name.substr(0, parameters);
}

std::string limited(const std::string& full, size_t most) {
  const std::string name = brief(full);
  return name.size() <= most ? name : name.substr(0, most - 2) + "..";
}

nlohmann::ordered_json causes_json(const Spent& spent) {
  nlohmann::ordered_json out;
  for (size_t i = 0; i < kCauses; ++i) out[kCauseNames[i]] = spent.causes[i];
  return out;
}

}  // namespace

std::string ProfileReport::text() const {
  const std::vector<ProfileRow> rows = profile.rows();
  Sum total;
  for (const ProfileRow& row : rows) total.add(row);
  const uint64_t all = total.spent.cycles;
  std::string out =
      fmt::format("{}: {} guest instructions, {} cycles\n", title, grouped(total.guest_instructions), grouped(all));
  const std::string titles = causes ? cause_titles() : std::string();
  const auto extra = [&](const Spent& spent) { return causes ? cause_columns(spent) : std::string(); };
  if (causes) out += "columns after `per cyc`: what the line's cycles were spent on, in percent of them\n";

  out += fmt::format("\n{:<12}{:>16}{:>6}{:>14}{:>8}{}\n", "tier", "cycles", "%", "guest instr.", "per cyc", titles);
  for (const Sum& sum : by_tier(rows)) {
    out +=
        fmt::format("{:<12}{:>16}{}{:>14}{}{}\n", sum.name, grouped(sum.spent.cycles), percent(sum.spent.cycles, all),
                    grouped(sum.guest_instructions), rate(sum.guest_instructions, sum.spent.cycles), extra(sum.spent));
  }

  constexpr auto kOf = [](const Sum& sum, isa::Tier tier) { return sum.tiers[static_cast<unsigned>(tier)]; };
  out += fmt::format("\n{:<28}{:>16}{:>6}{:>14}{:>8}{:>10}{:>10}{:>10}\n", "function", "cycles", "%", "guest instr.",
                     "per cyc", "run%", "interp.%", "transl.%");
  const std::vector<Sum> functions = by_function(rows, guest);
  for (size_t i = 0; i < std::min<size_t>(top, functions.size()); ++i) {
    const Sum& sum = functions[i];
    const uint64_t cycles = sum.spent.cycles;
    out += fmt::format("{:<28}{:>16}{}{:>14}{}{:>10.1f}{:>10.1f}{:>10.1f}\n", limited(sum.name, 27), grouped(cycles),
                       percent(cycles, all), grouped(sum.guest_instructions), rate(sum.guest_instructions, cycles),
                       100 * ratio(kOf(sum, isa::Tier::run_cold) + kOf(sum, isa::Tier::run_hot), cycles),
                       100 * ratio(kOf(sum, isa::Tier::interpret) + kOf(sum, isa::Tier::device), cycles),
                       100 * ratio(kOf(sum, isa::Tier::translate) + kOf(sum, isa::Tier::optimize), cycles));
  }

  if (firmware != nullptr) {
    out += fmt::format("\n{:<44}{:>16}{:>6}  tiers\n", "function of the firmware", "cycles", "%");
    const std::vector<Sum> inside = by_firmware(profile, *firmware);
    for (size_t i = 0; i < std::min<size_t>(top, inside.size()); ++i) {
      std::string tiers;
      for (unsigned t = 0; t < isa::kTierCount; ++t) {
        if (inside[i].tiers[t] != 0) tiers += fmt::format(" {}", isa::kTierNames[t]);
      }
      out += fmt::format("{:<44}{:>16}{} {}\n", limited(inside[i].name, 43), grouped(inside[i].spent.cycles),
                         percent(inside[i].spent.cycles, all), tiers);
    }
  }

  out += fmt::format("\n{:<10}{:>14}{:>6}{:>6}  {:<10}{:>11}{:>13}{:>8}{}  {}\n", "block", "cycles", "%", "sum%",
                     "tier", "times", "guest instr.", "per cyc", titles, "where");
  uint64_t so_far = 0;
  for (size_t i = 0; i < std::min<size_t>(top, rows.size()); ++i) {
    const ProfileRow& row = rows[i];
    so_far += row.spent.cycles;
    out += fmt::format("{:<10}{:>14}{}{}  {:<10}{:>11}{:>13}{}{}  {}\n",
                       row.has_block ? fmt::format("{:08x}", row.eip) : std::string("."), grouped(row.spent.cycles),
                       percent(row.spent.cycles, all), percent(so_far, all), isa::kTierNames[row.tier],
                       grouped(row.executions), grouped(row.guest_instructions),
                       rate(row.guest_instructions, row.spent.cycles), extra(row.spent),
                       row.has_block ? guest.name(row.eip) : std::string("(no block)"));
  }
  if (rows.size() > top) out += fmt::format("{} more lines (--top, --json)\n", rows.size() - top);
  return out;
}

nlohmann::ordered_json ProfileReport::json() const {
  const std::vector<ProfileRow> rows = profile.rows();
  Sum total;
  for (const ProfileRow& row : rows) total.add(row);
  nlohmann::ordered_json out;
  out["schema"] = kProfileSchema;
  out["title"] = title;
  out["cycles"] = total.spent.cycles;
  out["guest_instructions"] = total.guest_instructions;
  const auto sum_json = [&](const Sum& sum) {
    nlohmann::ordered_json each = {{"cycles", sum.spent.cycles}, {"guest_instructions", sum.guest_instructions}};
    if (causes) each["causes"] = causes_json(sum.spent);
    return each;
  };
  for (const Sum& sum : by_tier(rows)) out["tiers"][sum.name] = sum_json(sum);
  out["functions"] = nlohmann::ordered_json::array();
  for (const Sum& sum : by_function(rows, guest)) {
    nlohmann::ordered_json each = {{"name", sum.name}};
    each.update(sum_json(sum));
    for (unsigned t = 0; t < isa::kTierCount; ++t) {
      if (sum.tiers[t] != 0) each["tiers"][isa::kTierNames[t]] = sum.tiers[t];
    }
    out["functions"].push_back(each);
  }
  out["blocks"] = nlohmann::ordered_json::array();
  for (const ProfileRow& row : rows) {
    nlohmann::ordered_json each = {{"tier", isa::kTierNames[row.tier]}};
    if (row.has_block) {
      each["eip"] = row.eip;
      each["where"] = guest.name(row.eip);
      each["guest_bytes"] = row.guest_bytes;
    }
    each["cycles"] = row.spent.cycles;
    each["times"] = row.executions;
    each["guest_instructions"] = row.guest_instructions;
    if (row.translated_instructions != 0) each["translated_instructions"] = row.translated_instructions;
    each["groups"] = row.groups;
    each["operations"] = row.operations;
    each["traps"] = row.traps;
    if (causes) each["causes"] = causes_json(row.spent);
    out["blocks"].push_back(each);
  }
  if (firmware != nullptr) {
    out["firmware"] = nlohmann::ordered_json::array();
    for (const Sum& sum : by_firmware(profile, *firmware)) {
      nlohmann::ordered_json each = {{"name", sum.name}, {"cycles", sum.spent.cycles}};
      for (unsigned t = 0; t < isa::kTierCount; ++t) {
        if (sum.tiers[t] != 0) each["tiers"][isa::kTierNames[t]] = sum.tiers[t];
      }
      out["firmware"].push_back(each);
    }
  }
  return out;
}

}  // namespace veil::sim
