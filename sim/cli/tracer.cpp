#include "sim/cli/tracer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "sim/loader/error.h"
#include "sim/lockstep/faithful.h"
#include "sim/trace/text.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::cli {

Tracer::Tracer(const std::vector<TraceRequest>& requests, const sim::Shadow& shadow,
               const sim::Translations& translations)
    : shadow_(shadow), translations_(translations) {
  const auto entry = shadow.word(platform::boot_block_address + platform::boot_block::entry_eip);
  eip_known_ = entry.has_value();
  eip_ = entry.value_or(0);
  for (const TraceRequest& request : requests) {
    std::FILE* file = std::fopen(request.file.c_str(), "we");
    if (file == nullptr) {
      throw loader::Error(platform::ExitStatus::usage,
                          fmt::format("{}: cannot write: {}", request.file, std::strerror(errno)));
    }
    files_.push_back({request.what, file});
  }
}

Tracer::~Tracer() {
  for (const Output& output : files_) std::fclose(output.file);
}

void Tracer::retired(const sim::GroupRecord& record) {
  const bool commits = record.committed && record.commit_count != 0 && !record.trap.taken;
  for (const Output& output : files_) {
    if (output.what == "native") {
      fmt::print(output.file, "{} {:08x} {} {:<48} ; {}\n", shadow_.groups(), record.pc, record.speculative ? 's' : 'm',
                 sim::disassemble_group(record, shadow_), sim::describe_effects(record));
    } else if (output.what == "trap") {
      if (record.trap.taken) {
        fmt::print(output.file, "{} {} tier {}\n", shadow_.groups(), sim::describe_trap(record.trap),
                   isa::kTierNames[record.tier]);
      }
    } else if (commits) {
      commit(record, output);
    }
  }
  if (!commits) return;
  const sim::GuestState now = shadow_.guest();
  const sim::Translation* next = translations_.at_entry(record.next_pc);
  eip_known_ = now.eip_known || next != nullptr;
  eip_ = now.eip_known ? now.eip : (next != nullptr ? next->guest_eip : 0);
}

void Tracer::commit(const sim::GroupRecord& record, const Output& output) {
  const std::string eip = eip_known_ ? fmt::format("{:08x}", eip_) : std::string("????????");
  fmt::print(output.file, "{} {} {} x{}", shadow_.guest_instructions() - record.commit_count, eip,
             isa::kTierNames[record.tier], record.commit_count);
  if (output.what == "commit") {
    const sim::GuestState now = shadow_.guest();
    static constexpr const char* kNames[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    for (size_t i = 0; i < now.gpr.size(); ++i) fmt::print(output.file, " {}={:08x}", kNames[i], now.gpr[i]);
    fmt::print(output.file, " eflags={:08x}\n", now.eflags);
    return;
  }
  fmt::print(output.file, "\n");
  if (!eip_known_ || eip_ >= shadow_.guest_bytes()) return;
  // Code behind a branch inside the commit is not what ran: the lines show the straight path from EIP.
  fmt::print(output.file, "{}",
             lockstep::disassemble_guest(shadow_.dram().first(shadow_.guest_bytes()).subspan(eip_), eip_,
                                         record.commit_count));
}

}  // namespace veil::cli
