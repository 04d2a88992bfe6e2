#include "sim/trace/konata.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/trace/text.h"
#include "veil/isa/native.h"

namespace veil::sim {

Konata::Konata(std::FILE* file, const Shadow& shadow) : file_(file), shadow_(shadow) {
  std::fputs("Kanata\t0004\n", file_);
}

void Konata::left(const PipeGroup& group, uint64_t oldest) {
  Waiting waiting;
  waiting.group = group;
  GroupRecord place;
  place.pc = group.pc;
  waiting.text = fmt::format("{:08x}: {}", group.pc, disassemble_group(place, shadow_));
  waiting_.insert_or_assign(group.number, std::move(waiting));
  oldest_ = oldest;
}

void Konata::retired(const GroupRecord& record, bool wanted) {
  for (auto& [number, waiting] : waiting_) {
    if (waiting.decided) continue;
    waiting.decided = true;
    waiting.wanted = wanted;
    if ((waiting.group.retired || waiting.group.trapped) && waiting.group.pc == record.pc) {
      waiting.details = fmt::format("{} {} {}", isa::kTierNames[record.tier],
                                    record.speculative ? "speculative" : "monitor", describe_effects(record));
    }
  }
  while (!waiting_.empty() && waiting_.begin()->first <= next_) {
    const auto first = waiting_.begin();
    next_ = first->first + 1;
    if (first->second.wanted) show(first->second);
    waiting_.erase(first);
  }
  uint64_t until = oldest_;
  if (!waiting_.empty()) until = std::min(until, waiting_.begin()->second.group.enters[stage_f]);
  write_until(until);
}

void Konata::show(const Waiting& waiting) {
  const PipeGroup& group = waiting.group;
  const uint64_t id = identities_++;
  const auto line = [&](uint64_t cycle, const std::string& text) { lines_[cycle] += text + "\n"; };
  for (unsigned stage = 0; stage <= group.last; ++stage) {
    const uint64_t cycle = group.enters[stage];
    if (stage == 0) {
      line(cycle, fmt::format("I\t{}\t{}\t0", id, group.number));
      line(cycle, fmt::format("L\t{}\t0\t{}", id, waiting.text));
      if (!waiting.details.empty()) line(cycle, fmt::format("L\t{}\t1\t{}", id, waiting.details));
    }
    line(cycle, fmt::format("S\t{}\t0\t{}", id, kStageNames[stage]));
  }
  for (const PipeStall& stall : group.stalls) {
    const char* name = kCauseNames[static_cast<size_t>(stall.cause)];
    line(stall.from, fmt::format("S\t{}\t1\t{}", id, name));
    line(stall.to, fmt::format("E\t{}\t1\t{}", id, name));
  }
  line(group.ends, fmt::format("E\t{}\t0\t{}", id, kStageNames[group.last]));
  line(group.ends, fmt::format("R\t{}\t{}\t{}", id, group.retired ? retirements_ : 0, group.retired ? 0 : 1));
  if (group.retired) ++retirements_;
}

// Lines of the cycles before `cycle`.
void Konata::write_until(uint64_t cycle) {
  while (!lines_.empty() && lines_.begin()->first < cycle) {
    const auto first = lines_.begin();
    if (!begun_) {
      std::fputs(fmt::format("C=\t{}\n", first->first).c_str(), file_);
    } else {
      std::fputs(fmt::format("C\t{}\n", first->first - written_).c_str(), file_);
    }
    begun_ = true;
    written_ = first->first;
    std::fputs(first->second.c_str(), file_);
    lines_.erase(first);
  }
}

void Konata::finish() {
  for (const auto& [number, waiting] : waiting_) {
    if (waiting.decided && waiting.wanted) show(waiting);
  }
  waiting_.clear();
  write_until(~uint64_t{0});
}

}  // namespace veil::sim
