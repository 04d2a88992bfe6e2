#include "sim/lockstep/reference_x86.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace veil::lockstep {
namespace {

constexpr std::array<int, 10> kRegisters = {UC_X86_REG_EAX, UC_X86_REG_ECX,   UC_X86_REG_EDX, UC_X86_REG_EBX,
                                            UC_X86_REG_ESP, UC_X86_REG_EBP,   UC_X86_REG_ESI, UC_X86_REG_EDI,
                                            UC_X86_REG_EIP, UC_X86_REG_EFLAGS};

void must(uc_err error, const char* what) {
  if (error != UC_ERR_OK) throw std::runtime_error(fmt::format("Unicorn: {}: {}", what, uc_strerror(error)));
}

// A repeated string instruction ends by itself; this bounds a reference that has lost its way.
constexpr uint64_t kMostRepeats = uint64_t{1} << 32;

}  // namespace

ReferenceX86::ReferenceX86(std::span<const uint8_t> memory) : memory_(memory.begin(), memory.end()) {
  must(uc_open(UC_ARCH_X86, UC_MODE_32, &engine_), "open");
  must(uc_mem_map_ptr(engine_, 0, memory_.size(), UC_PROT_ALL, memory_.data()), "map memory");
  uc_hook hook = 0;
  // The C interface of hooks is untyped.
  must(uc_hook_add(engine_, &hook, UC_HOOK_MEM_WRITE, reinterpret_cast<void*>(&ReferenceX86::on_write), this, 1, 0),
       "hook");
}

ReferenceX86::~ReferenceX86() { uc_close(engine_); }

void ReferenceX86::on_write(uc_engine*, uc_mem_type, uint64_t address, int size, int64_t, void* self) {
  static_cast<ReferenceX86*>(self)->stores_.push_back({static_cast<uint32_t>(address), static_cast<uint8_t>(size)});
}

void ReferenceX86::set(const sim::GuestState& state) {
  std::array<uint32_t, 10> values = {};
  std::array<void*, 10> pointers = {};
  for (size_t i = 0; i < 8; ++i) values[i] = state.gpr[i];
  values[8] = state.eip;
  values[9] = state.eflags;
  for (size_t i = 0; i < values.size(); ++i) pointers[i] = &values[i];
  std::array<int, 10> registers = kRegisters;
  must(uc_reg_write_batch(engine_, registers.data(), pointers.data(), static_cast<int>(values.size())),
       "set registers");
}

sim::GuestState ReferenceX86::get() const {
  std::array<uint32_t, 10> values = {};
  std::array<void*, 10> pointers = {};
  for (size_t i = 0; i < values.size(); ++i) pointers[i] = &values[i];
  std::array<int, 10> registers = kRegisters;
  must(uc_reg_read_batch(engine_, registers.data(), pointers.data(), static_cast<int>(values.size())), "get registers");
  sim::GuestState state;
  for (size_t i = 0; i < 8; ++i) state.gpr[i] = values[i];
  state.eip = values[8];
  state.eflags = values[9];
  state.eip_known = true;
  return state;
}

std::string ReferenceX86::step(uint32_t eip, unsigned length, bool repeats, bool jumps) {
  uint32_t ecx = 0;
  must(uc_reg_read(engine_, UC_X86_REG_ECX, &ecx), "get ecx");
  for (uint64_t i = 0; i < kMostRepeats; ++i) {
    const uc_err error = uc_emu_start(engine_, eip, ~uint64_t{0}, 0, 1);
    if (error != UC_ERR_OK) return uc_strerror(error);
    if (jumps) return {};
    uint32_t now = 0, left = 0;
    must(uc_reg_read(engine_, UC_X86_REG_EIP, &now), "get eip");
    if (now != eip) return {};
    must(uc_reg_read(engine_, UC_X86_REG_ECX, &left), "get ecx");
    if (repeats && left != ecx) {  // one iteration
      ecx = left;
      continue;
    }
    // A store into the translated block that it is part of: Unicorn begins the instruction anew and counts it twice, so
    // it stops before it. Without a count, up to the next address, it gets through.
    const uc_err again = uc_emu_start(engine_, eip, uint64_t{eip} + length, 0, 0);
    return again == UC_ERR_OK ? std::string() : std::string(uc_strerror(again));
  }
  return "a repeated string instruction does not end";
}

void ReferenceX86::changed(uint32_t address, uint32_t bytes) {
  must(uc_ctl_remove_cache(engine_, uint64_t{address}, uint64_t{address} + bytes), "remove cache");
}

std::vector<sim::FinalStore> ReferenceX86::take_stores() { return std::exchange(stores_, {}); }

}  // namespace veil::lockstep
