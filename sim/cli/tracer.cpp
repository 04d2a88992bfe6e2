#include "sim/cli/tracer.h"

#include <fmt/format.h>

#include <array>

#include "sim/loader/error.h"
#include "sim/lockstep/faithful.h"
#include "sim/trace/guest_code.h"
#include "sim/trace/text.h"
#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::cli {
namespace {

constexpr std::array<const char*, 8> kNames = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
constexpr size_t kLongest = 15;  // bytes of a guest instruction

// in and out, as far as one line can say it.
struct PortAccess {
  bool out = false;
  bool string = false;  // ins, outs: the value is in memory
  bool in_dx = true;    // otherwise `port`
  uint8_t port = 0;
  unsigned bytes = 1;
};

std::optional<PortAccess> port_instruction(std::span<const uint8_t> code) {
  bool word = false;
  for (size_t i = 0; i < code.size(); ++i) {
    const uint8_t byte = code[i];
    if (byte == 0x66) {
      word = true;
    } else if ((byte & 0xfc) == 0xe4 || (byte & 0xfc) == 0xec || (byte & 0xfc) == 0x6c) {
      PortAccess access;
      access.string = (byte & 0xfc) == 0x6c;
      access.out = (byte & 2) != 0;
      access.bytes = (byte & 1) == 0 ? 1 : word ? 2 : 4;
      access.in_dx = (byte & 0xfc) != 0xe4;
      if (!access.in_dx && i + 1 < code.size()) access.port = code[i + 1];
      return access;
    } else if (byte != 0xf2 && byte != 0xf3 && byte != 0x67 && (byte & 0xe7) != 0x26 && (byte & 0xfe) != 0x64) {
      return std::nullopt;  // neither a prefix nor an access
    }
  }
  return std::nullopt;
}

}  // namespace

Tracer::Tracer(const RunOptions& options, const sim::Shadow& shadow, const sim::Translations& translations,
               sim::Pipeline* pipeline)
    : window_(options.window), shadow_(shadow), translations_(translations) {
  const bool resumed = shadow.word(platform::boot_block_address + platform::boot_block::resume).value_or(0) != 0;
  const auto entry = shadow.word(resumed ? platform::guest_state_address + platform::guest_state::eip
                                         : platform::boot_block_address + platform::boot_block::entry_eip);
  eip_known_ = entry.has_value();
  eip_ = entry.value_or(0);
  for (const TraceRequest& request : options.traces) {
    if (!request.wants(TraceKind::pipeline)) {
      files_.push_back({request, std::make_unique<OutputFile>(request.file, OutputFile::Kind::stream)});
      continue;
    }
    if (pipeline == nullptr) {
      throw loader::Error(platform::ExitStatus::usage,
                          "--trace pipeline: only the core has one (--engine rtl or lockstep)");
    }
    konata_file_.emplace(request.file, OutputFile::Kind::stream);
    pipeline->listen(&konata_.emplace(konata_file_->stream(), shadow));
  }
}

void Tracer::finish() {
  for (const Output& output : files_) output.file->finish();
  if (konata_) konata_->finish();
  if (konata_file_) konata_file_->finish();
}

// In a file of several traces each line begins with its kind. What the file does not take is said at the end.
void Tracer::write(const Output& output, const char* kind, const std::string& text) const {
  if (text.empty()) return;
  std::string lines;
  if (!output.request.several()) {
    lines = text + "\n";
  } else {
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      lines += fmt::format("{:<7} {}\n", kind, std::string_view(text).substr(at, end - at));
      at = end + 1;
    }
  }
  std::fwrite(lines.data(), 1, lines.size(), output.file->stream());
}

void Tracer::retired(const sim::GroupRecord& record, uint64_t cycles) {
  const bool commits = record.committed && record.commit_count != 0 && !record.trap.taken;
  const bool wanted = window_.holds(before_, cycles);
  before_ = shadow_.guest_instructions();
  if (konata_) konata_->retired(record, wanted);
  // Back from a translation: the interpreter's EIP is in the state block.
  if (!eip_known_ && record.tier == static_cast<uint8_t>(isa::Tier::interpret) && !record.committed) {
    eip_ = shadow_.word(platform::guest_state_address + platform::guest_state::eip).value_or(0);
    eip_known_ = true;
  }
  sim::GuestState now;
  if (commits) {
    now = shadow_.guest();
    // A translation that commits all of its instructions at once began at its own EIP.
    const sim::Translation* own = eip_known_ ? nullptr : translations_.holding(record.pc);
    if (own != nullptr && own->instructions == record.commit_count) {
      eip_ = own->guest_eip;
      eip_known_ = true;
    }
  }
  const std::string happened = files_.empty() ? std::string() : event(record);
  if (wanted) {
    for (const Output& output : files_) {
      const TraceRequest& request = output.request;
      if (request.wants(TraceKind::guest)) {
        write(output, "guest", happened);
      } else if (request.wants(TraceKind::device)) {
        write(output, "device", happened);
      }
      if (request.wants(TraceKind::native)) write(output, "native", group(record));
      if (request.wants(TraceKind::trap) && record.trap.taken) {
        write(output, "trap",
              fmt::format("{} {} tier {}", shadow_.groups(), sim::describe_trap(record.trap),
                          isa::kTierNames[record.tier]));
      }
      if (!commits) continue;
      if (request.wants(TraceKind::commit)) write(output, "commit", commit_line(record, now, true));
      if (request.wants(TraceKind::guest)) {
        write(output, "guest", commit_line(record, now, false));
        write(output, "guest", code(record, now));
      }
      if (request.wants(TraceKind::device)) write(output, "device", port_access(now));
    }
  }
  if (!commits) {
    // An event that was delivered, or a part of a repeated instruction: the guest may be elsewhere now.
    if (record.committed && !record.trap.taken && !sim::is_run_tier(record.tier)) {
      eip_ = shadow_.guest().eip;
      eip_known_ = true;
    }
    return;
  }
  const sim::Translation* next = translations_.at_entry(record.next_pc);
  eip_known_ = now.eip_known || next != nullptr;
  eip_ = now.eip_known ? now.eip : (next != nullptr ? next->guest_eip : 0);
  last_ = now;
  last_known_ = true;
}

// What the firmware announces before it delivers it.
std::string Tracer::event(const sim::GroupRecord& record) const {
  if (!record.csr.valid || record.csr.csr != static_cast<uint16_t>(isa::Csr::xlog) || record.trap.taken) return {};
  const auto what = static_cast<platform::Log>(record.csr.value >> 28);
  const bool fault = what == platform::Log::guest_fault;
  if (!fault && what != platform::Log::guest_interrupt) return {};
  const uint32_t eip = shadow_.word(platform::guest_state_address + platform::guest_state::eip).value_or(0);
  return fmt::format("{} {:08x} {} {:02x}", shadow_.guest_instructions(), eip, fault ? "fault" : "interrupt",
                     record.csr.value & 0xff);
}

std::string Tracer::group(const sim::GroupRecord& record) const {
  return fmt::format("{} {:08x} {} {:<48} ; {}", shadow_.groups(), record.pc, record.speculative ? 's' : 'm',
                     sim::disassemble_group(record, shadow_), sim::describe_effects(record));
}

std::string Tracer::commit_line(const sim::GroupRecord& record, const sim::GuestState& now, bool registers) const {
  std::string text = fmt::format("{} {} {} x{}", shadow_.guest_instructions() - record.commit_count,
                                 eip_known_ ? fmt::format("{:08x}", eip_) : std::string("????????"),
                                 isa::kTierNames[record.tier], record.commit_count);
  for (size_t i = 0; i < now.gpr.size(); ++i) {
    if (registers || !last_known_ || now.gpr[i] != last_.gpr[i]) {
      text += fmt::format(" {}={:08x}", kNames[i], now.gpr[i]);
    }
  }
  if (registers || !last_known_ || now.eflags != last_.eflags) text += fmt::format(" eflags={:08x}", now.eflags);
  for (size_t i = 0; i < now.system.size(); ++i) {
    if (now.system[i] != last_.system[i]) text += fmt::format(" {}={:x}", sim::GuestState::name(i), now.system[i]);
  }
  return text;
}

// Code after a branch inside the commit is not what ran: the lines show the straight path from EIP.
std::string Tracer::code(const sim::GroupRecord& record, const sim::GuestState&) const {
  if (!eip_known_) return {};
  std::vector<uint8_t> bytes(kLongest * record.commit_count);
  bytes.resize(sim::read_guest_code(shadow_, eip_, bytes));
  std::string text = lockstep::disassemble_guest(bytes, eip_, record.commit_count);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string Tracer::port_access(const sim::GuestState& now) const {
  if (!eip_known_) return {};
  std::array<uint8_t, kLongest> bytes = {};
  const size_t there = sim::read_guest_code(shadow_, eip_, bytes);
  const auto access = port_instruction(std::span(bytes).first(there));
  if (!access) return {};
  const uint32_t eax = now.gpr[0], edx = now.gpr[2];
  const uint32_t value = access->bytes == 4 ? eax : eax & ((1u << 8 * access->bytes) - 1);
  const std::string shown = access->string ? std::string("(memory)") : fmt::format("{:0{}x}", value, 2 * access->bytes);
  return fmt::format("{} {:08x} {} {:04x} {}", shadow_.guest_instructions() - 1, eip_, access->out ? "out" : "in ",
                     access->in_dx ? edx & 0xffff : access->port, shown);
}

}  // namespace veil::cli
