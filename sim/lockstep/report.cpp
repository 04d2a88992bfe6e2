#include "sim/lockstep/report.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "sim/lockstep/faithful.h"
#include "sim/trace/text.h"
#include "veil/isa/disasm.h"
#include "veil/isa/native.h"

namespace veil::lockstep {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kWaveBefore = 2000;  // cycles of waveform before and after the difference
constexpr uint64_t kWaveAfter = 50;

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                          "-_./:=,+") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string replay(const ReportInput& input, const fs::path& directory) {
  std::string text = "#!/bin/sh\n# Runs into the same difference again, with a waveform of the cycles around it.\n";
  text += "cd " + quoted(fs::current_path().string()) + "\nexec";
  for (const std::string& word : input.command) text += " " + quoted(word);
  const uint64_t from = input.cycle > kWaveBefore ? input.cycle - kWaveBefore : 0;
  text += fmt::format(" --wave {} --wave-from {} --wave-for {}\n", quoted((directory / "wave.vcd").string()), from,
                      input.cycle - from + kWaveAfter);
  return text;
}

std::string show_translation(const ReportInput& input) {
  const sim::Translation* found = input.translations.holding(input.last.pc);
  if (found == nullptr) return fmt::format("The group at {:08x} belongs to no translation.\n", input.last.pc);
  std::string text = fmt::format("Guest {:08x}, {} instructions, native {:08x}, {} words\n\n", found->guest_eip,
                                 found->instructions, found->native, found->words);
  const auto memory = input.shadow.dram().first(input.shadow.guest_bytes());
  if (found->guest_physical < memory.size()) {
    text += disassemble_guest(memory.subspan(found->guest_physical), found->guest_eip, found->instructions) + "\n";
  }
  std::vector<uint32_t> words;
  for (uint32_t i = 0; i < found->words; ++i) words.push_back(input.shadow.word(found->native + 4 * i).value_or(0));
  return text + isa::disassemble_groups(words, found->native);
}

bool put(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.good();
}

}  // namespace

void History::push(uint64_t cycle, const sim::GroupRecord& record) {
  if (groups_.size() == kMost) groups_.pop_front();
  groups_.push_back({cycle, record});
}

std::string History::text(const sim::Shadow& shadow) const {
  std::string out;
  for (const Entry& entry : groups_) {
    out += fmt::format("{:>10} {:08x} {} {:<9} {:<48} ; {}\n", entry.cycle, entry.record.pc,
                       entry.record.speculative ? 's' : 'm', isa::kTierNames[entry.record.tier],
                       sim::disassemble_group(entry.record, shadow), sim::describe_effects(entry.record));
  }
  return out;
}

std::string describe(const Difference& difference) {
  std::string text = fmt::format("{} checker: {} (group {}, after {} guest instructions", difference.checker,
                                 difference.summary, difference.group, difference.guest_instructions);
  if (difference.guest_eip_known) text += fmt::format(", guest last agreed at eip {:08x}", difference.guest_eip);
  text += ")\n";
  for (const Mismatch& mismatch : difference.mismatches) {
    text += fmt::format("  {:<24} core {:<20} expected {}\n", mismatch.what, mismatch.core, mismatch.expected);
  }
  return text;
}

std::string write_report(const ReportInput& input, const std::string& wanted) {
  std::error_code error;
  fs::path directory = fs::absolute(wanted, error);
  for (int i = 2; fs::exists(directory, error); ++i) directory = fs::absolute(fmt::format("{}-{}", wanted, i), error);
  if (!fs::create_directories(directory, error)) return {};
  bool good = put(directory / "difference.txt", describe(input.difference));
  good &= put(directory / "native-groups.txt", input.history.text(input.shadow));
  good &= put(directory / "translation.txt", show_translation(input));
  good &= put(directory / "replay.sh", replay(input, directory));
  for (const auto& [name, text] : input.checker.report()) good &= put(directory / name, text);
  fs::permissions(directory / "replay.sh", fs::perms::owner_exec, fs::perm_options::add, error);
  return good ? directory.string() : std::string();
}

}  // namespace veil::lockstep
