// One function for each micro-operation. Fields of MicroOp that a family uses are said above it.
#include "handlers.h"

#include <utility>

#include "base_alu.h"
#include "core.h"
#include "veil/iss/alu.h"

namespace veil::iss {

using isa::AluFn;
using isa::Cause;
using isa::Counter;
using isa::Csr;
using isa::Op;
using isa::Width;

namespace {

// ---------------------------------------------------------------- RV32 arithmetic: second operand x[rs2] + imm

using Binary = uint32_t (*)(uint32_t, uint32_t);

template <Binary fn>
bool binary(Core& m, const MicroOp& u) {
  m.x[u.rd] = fn(m.x[u.rs1], m.x[u.rs2] + u.imm);
  return true;
}

bool constant(Core& m, const MicroOp& u) {  // lui, auipc
  m.x[u.rd] = u.imm;
  return true;
}

bool nothing(Core&, const MicroOp&) { return true; }

// ---------------------------------------------------------------- narrow arithmetic
// second operand (x[rs2] >> a & imm2) + imm; b: flag register that lends the carry; fd: flags, 0 none.

template <AluFn fn, Width width, bool flags>
bool narrow(Core& m, const MicroOp& u) {
  const uint32_t second = (m.x[u.rs2] >> u.a & u.imm2) + u.imm;
  const AluResult r =
      x_alu(fn, width, m.x[u.rs1], second, flags ? m.s.f[u.fd] : uint8_t{0}, (m.s.f[u.b] & isa::flag::cf) != 0);
  m.x[u.rd] = r.value;
  if constexpr (flags) m.s.f[u.fd] = r.flags;
  return true;
}

template <size_t... index>
constexpr std::array<Handler, sizeof...(index)> narrow_table(std::index_sequence<index...>) {
  return {narrow<static_cast<AluFn>(index >> 3), static_cast<Width>(index >> 1 & 3), (index & 1) != 0>...};
}
constexpr auto kNarrow = narrow_table(std::make_index_sequence<16 * 4 * 2>{});

// ---------------------------------------------------------------- conditional data and flag file. a: cond, b: high

bool cmov(Core& m, const MicroOp& u) {
  m.x[u.rd] = condition(static_cast<isa::Cond>(u.a), m.s.f[u.fd]) ? m.x[u.rs2] : m.x[u.rs1];
  return true;
}
bool set(Core& m, const MicroOp& u) {
  const uint32_t bit = condition(static_cast<isa::Cond>(u.a), m.s.f[u.fd]) ? 1 : 0;
  const unsigned shift = u.b != 0 ? 8 : 0;
  m.x[u.rd] = (m.x[u.rs1] & ~(0xffu << shift)) | bit << shift;
  return true;
}
bool getf(Core& m, const MicroOp& u) {
  m.x[u.rd] = eflags_of(m.s.f[u.fd]);
  return true;
}
bool setf(Core& m, const MicroOp& u) {
  m.s.f[u.fd] = flags_of_eflags(m.x[u.rs1]);
  return true;
}
template <uint8_t bits>
bool set_carry(Core& m, const MicroOp& u) {
  const uint8_t kept = static_cast<uint8_t>(m.s.f[u.fd] & ~bits);
  m.s.f[u.fd] = static_cast<uint8_t>(kept | ((m.x[u.rs1] & 1) != 0 ? bits : 0));
  return true;
}

// ---------------------------------------------------------------- memory. fd: scale, a: segment, b: 1 = guard

template <uint32_t bytes, bool extend>
uint32_t extended(uint32_t value) {
  if constexpr (!extend) return value;
  return base::u(base::s(value << (32 - bytes * 8)) >> (32 - bytes * 8));
}

template <uint32_t bytes, bool extend>
bool load(Core& m, const MicroOp& u) {
  const uint32_t address = m.x[u.rs1] + u.imm;
  uint32_t value = 0;
  const uint8_t* p = (address & (bytes - 1)) == 0 && m.plain() ? m.memory(address) : nullptr;
  if (p != nullptr) {
    std::memcpy(&value, p, bytes);
  } else if (!m.native_load(address, bytes, value)) {
    return false;
  }
  m.x[u.rd] = extended<bytes, extend>(value);
  return true;
}
template <uint32_t bytes>
bool store(Core& m, const MicroOp& u) {
  const uint32_t address = m.x[u.rs1] + u.imm;
  uint8_t* p = (address & (bytes - 1)) == 0 && m.record == nullptr ? m.memory(address) : nullptr;
  if (p == nullptr) return m.native_store(address, bytes, m.x[u.rs2]);
  std::memcpy(p, &m.x[u.rs2], bytes);
  return true;
}
template <uint32_t bytes, bool extend>
bool guest_load(Core& m, const MicroOp& u) {
  uint32_t value = 0;
  if (!m.gated_load(u.a, m.x[u.rs1] + (m.x[u.rs2] << u.fd) + u.imm, bytes, u.b != 0, value)) return false;
  m.x[u.rd] = extended<bytes, extend>(value);
  return true;
}
template <uint32_t bytes>
bool guest_store(Core& m, const MicroOp& u) {
  return m.gated_store(u.a, m.x[u.rs1] + u.imm, bytes, u.b != 0, m.x[u.rs2]);
}

// ---------------------------------------------------------------- control. imm: target

bool go(Core& m, uint32_t target) {
  m.next_pc = target;
  m.count(Counter::branches_taken)++;
  return true;
}
template <bool (*fn)(uint32_t, uint32_t)>
bool branch(Core& m, const MicroOp& u) {
  if (!fn(m.x[u.rs1], m.x[u.rs2])) return true;
  if ((u.imm & 2) != 0) return m.trap(Cause::fetch_misaligned, u.imm);
  return go(m, u.imm);
}
bool jal(Core& m, const MicroOp& u) {
  if ((u.imm & 2) != 0) return m.trap(Cause::fetch_misaligned, u.imm);
  m.x[u.rd] = u.pc + 4;
  return go(m, u.imm);
}
bool jalr(Core& m, const MicroOp& u) {
  const uint32_t target = (m.x[u.rs1] + u.imm) & ~1u;
  if ((target & 2) != 0) return m.trap(Cause::fetch_misaligned, target);
  m.x[u.rd] = u.pc + 4;
  return go(m, target);
}
bool jump(Core& m, const MicroOp& u) { return go(m, u.imm); }
bool branch_condition(Core& m, const MicroOp& u) {  // a: cond, fd: flag register
  return condition(static_cast<isa::Cond>(u.a), m.s.f[u.fd]) ? go(m, u.imm) : true;
}
bool jump_table(Core& m, const MicroOp& u) {  // a: count
  m.count(Counter::jump_table_lookups)++;
  if (m.config.jump_table == 0) return true;
  const uint32_t eip = m.x[u.rs1];
  const JumpEntry entry = m.s.jump_table[jump_index(eip, m.config.jump_table)];
  if (!entry.valid || entry.eip != eip || entry.tag != m.s.xjttag) return true;
  if (u.a != 0 && !m.commit(u.a, u.pc)) return false;
  m.count(Counter::jump_table_hits)++;
  return go(m, entry.target);
}

// ---------------------------------------------------------------- system

bool ecall(Core& m, const MicroOp&) { return m.trap(Cause::ecall, 0); }
bool ebreak(Core& m, const MicroOp&) { return m.trap(Cause::breakpoint, 0); }
bool mret(Core& m, const MicroOp&) {
  m.return_from_trap();
  return true;
}
bool fence_i(Core& m, const MicroOp&) {
  m.cache.drop_all();
  return true;
}
bool rollback(Core& m, const MicroOp&) {
  if (m.monitor()) return true;
  m.roll_back();
  if (!m.spec()) m.s.xstatus &= ~isa::xstatus::hold;
  if (m.record != nullptr) m.record->rolled_back = true;
  return true;
}

// Registers that read 0 and act when written: a record shows what was written.
bool acts_only(Csr csr) {
  return csr == Csr::xlog || csr == Csr::xtlbva || csr == Csr::xtlbflush || csr == Csr::xtlbmark ||
         csr == Csr::xjtval || csr == Csr::xjtflush || csr == Csr::xsync || csr == Csr::mcycle || csr == Csr::mcycleh;
}

enum class CsrFn { write, set, clear };

// imm2: csr; a: the source is a number (imm), not x[rs1]; b: does not write.
template <CsrFn fn>
bool csr(Core& m, const MicroOp& u) {
  const uint32_t source = u.a != 0 ? u.imm : m.x[u.rs1];
  uint32_t old = 0;
  if (fn != CsrFn::write || u.rd != kSink) m.csr_read(u.imm2, old);
  m.x[u.rd] = old;
  if (u.b != 0) return true;
  uint32_t value = fn == CsrFn::write ? source : fn == CsrFn::set ? old | source : old & ~source;
  m.csr_write(u.imm2, value);
  if (m.record != nullptr) {
    if (!acts_only(static_cast<Csr>(u.imm2))) m.csr_read(u.imm2, value);
    m.record->csr = {true, static_cast<uint16_t>(u.imm2), value};
  }
  return true;
}

bool base_condition(Op op, uint32_t a, uint32_t b) {
  switch (op) {
    case Op::beq:
      return base::beq(a, b);
    case Op::bne:
      return base::bne(a, b);
    case Op::blt:
      return base::blt(a, b);
    case Op::bge:
      return base::bge(a, b);
    case Op::bltu:
      return base::bltu(a, b);
    case Op::bgeu:
      return base::bgeu(a, b);
    default:
      return true;  // jal
  }
}

}  // namespace

bool run_commit(Core& m, const MicroOp& u) { return m.commit(u.imm, u.pc); }
bool run_illegal(Core& m, const MicroOp& u) { return m.trap(Cause::illegal, u.imm); }
bool run_no_memory(Core& m, const MicroOp&) { return m.trap(Cause::load_access, m.s.pc); }
bool run_move(Core& m, const MicroOp& u) {
  m.x[u.rd] = m.x[u.rs1];
  return true;
}

bool run_precheck(Core& m, const MicroOp& u) {
  const MicroOp& mem = (&u)[1];
  if ((u.a & Precheck::mem_follows) != 0) {
    // fd of the precheck: bytes of the access, rd: 1 = store, rs1: 1 = ordinary.
    const uint32_t address = m.x[mem.rs1] + (u.rd != 0 ? 0 : m.x[mem.rs2] << mem.fd) + mem.imm;
    Access access;
    const Fault f = u.rs1 != 0 ? m.check_native(address, u.fd, u.rd != 0)
                               : m.check_gated(mem.a, address, u.fd, u.rd != 0, mem.b != 0, access);
    if (f) return true;  // it will trap by itself
  }
  if ((u.a & Precheck::commits) != 0 && m.spec() && m.deadline_passes(u.imm)) return m.trap(Cause::deadline, 0);
  if ((u.a & Precheck::target) != 0) {
    const MicroOp& jump_op = (&u)[u.b];
    if (static_cast<Op>(jump_op.a) == Op::jalr) {
      const uint32_t target = (m.x[jump_op.rs1] + jump_op.imm) & ~1u;
      if ((target & 2) != 0) return m.trap(Cause::fetch_misaligned, target);
    } else if ((jump_op.imm & 2) != 0 &&
               base_condition(static_cast<Op>(jump_op.a), m.x[jump_op.rs1], m.x[jump_op.rs2])) {
      return m.trap(Cause::fetch_misaligned, jump_op.imm);
    }
  }
  return true;
}

Handler handler_of(const isa::Decoded& d) {
  switch (d.op) {
    case Op::lui:
    case Op::auipc:
      return constant;
    case Op::jal:
      return jal;
    case Op::jalr:
      return jalr;
    case Op::beq:
      return branch<base::beq>;
    case Op::bne:
      return branch<base::bne>;
    case Op::blt:
      return branch<base::blt>;
    case Op::bge:
      return branch<base::bge>;
    case Op::bltu:
      return branch<base::bltu>;
    case Op::bgeu:
      return branch<base::bgeu>;
    case Op::lb:
      return load<1, true>;
    case Op::lh:
      return load<2, true>;
    case Op::lw:
      return load<4, false>;
    case Op::lbu:
      return load<1, false>;
    case Op::lhu:
      return load<2, false>;
    case Op::sb:
      return store<1>;
    case Op::sh:
      return store<2>;
    case Op::sw:
      return store<4>;
    case Op::addi:
    case Op::add:
      return binary<base::add>;
    case Op::slti:
    case Op::slt:
      return binary<base::slt>;
    case Op::sltiu:
    case Op::sltu:
      return binary<base::sltu>;
    case Op::xori:
    case Op::xor_:
      return binary<base::xor_>;
    case Op::ori:
    case Op::or_:
      return binary<base::or_>;
    case Op::andi:
    case Op::and_:
      return binary<base::and_>;
    case Op::slli:
    case Op::sll:
      return binary<base::sll>;
    case Op::srli:
    case Op::srl:
      return binary<base::srl>;
    case Op::srai:
    case Op::sra:
      return binary<base::sra>;
    case Op::sub:
      return binary<base::sub>;
    case Op::fence:
    case Op::wfi:
      return nothing;
    case Op::fence_i:
      return fence_i;
    case Op::ecall:
      return ecall;
    case Op::ebreak:
      return ebreak;
    case Op::mret:
      return mret;
    case Op::csrrw:
    case Op::csrrwi:
      return csr<CsrFn::write>;
    case Op::csrrs:
    case Op::csrrsi:
      return csr<CsrFn::set>;
    case Op::csrrc:
    case Op::csrrci:
      return csr<CsrFn::clear>;
    case Op::mul:
      return binary<base::mul>;
    case Op::mulh:
      return binary<base::mulh>;
    case Op::mulhsu:
      return binary<base::mulhsu>;
    case Op::mulhu:
      return binary<base::mulhu>;
    case Op::div:
      return binary<base::div>;
    case Op::divu:
      return binary<base::divu>;
    case Op::rem:
      return binary<base::rem>;
    case Op::remu:
      return binary<base::remu>;
    case Op::sh1add:
      return binary<base::sh1add>;
    case Op::sh2add:
      return binary<base::sh2add>;
    case Op::sh3add:
      return binary<base::sh3add>;
    case Op::andn:
      return binary<base::andn>;
    case Op::orn:
      return binary<base::orn>;
    case Op::xnor:
      return binary<base::xnor>;
    case Op::clz:
      return binary<base::clz>;
    case Op::ctz:
      return binary<base::ctz>;
    case Op::cpop:
      return binary<base::cpop>;
    case Op::sext_b:
      return binary<base::sext_b>;
    case Op::sext_h:
      return binary<base::sext_h>;
    case Op::zext_h:
      return binary<base::zext_h>;
    case Op::min:
      return binary<base::min>;
    case Op::minu:
      return binary<base::minu>;
    case Op::max:
      return binary<base::max>;
    case Op::maxu:
      return binary<base::maxu>;
    case Op::rol:
      return binary<base::rol>;
    case Op::ror:
    case Op::rori:
      return binary<base::ror>;
    case Op::orc_b:
      return binary<base::orc_b>;
    case Op::rev8:
      return binary<base::rev8>;
    case Op::bclr:
    case Op::bclri:
      return binary<base::bclr>;
    case Op::bext:
    case Op::bexti:
      return binary<base::bext>;
    case Op::binv:
    case Op::binvi:
      return binary<base::binv>;
    case Op::bset:
    case Op::bseti:
      return binary<base::bset>;
    case Op::x_cmov:
      return cmov;
    case Op::x_set:
      return set;
    case Op::x_getf:
      return getf;
    case Op::x_setf:
      return setf;
    case Op::x_setc:
      return set_carry<isa::flag::cf>;
    case Op::x_setco:
      return set_carry<isa::flag::cf | isa::flag::of>;
    case Op::x_j:
      return jump;
    case Op::x_b:
      return branch_condition;
    case Op::x_jt:
      return jump_table;
    case Op::x_rollback:
      return rollback;
    case Op::g_lb:
    case Op::gx_lb:
      return guest_load<1, true>;
    case Op::g_lh:
    case Op::gx_lh:
      return guest_load<2, true>;
    case Op::g_lw:
    case Op::gx_lw:
      return guest_load<4, false>;
    case Op::g_lbu:
    case Op::gx_lbu:
      return guest_load<1, false>;
    case Op::g_lhu:
    case Op::gx_lhu:
      return guest_load<2, false>;
    case Op::g_sb:
    case Op::gx_sb:
      return guest_store<1>;
    case Op::g_sh:
    case Op::gx_sh:
      return guest_store<2>;
    case Op::g_sw:
    case Op::gx_sw:
      return guest_store<4>;
    case Op::x_commit:
    case Op::illegal:
      return nullptr;
    default:
      break;
  }
  // The rest is custom-0: the function number is the enumerator's distance from x.add.
  const unsigned fn = static_cast<unsigned>(d.op) - static_cast<unsigned>(Op::x_add);
  return kNarrow[fn << 3 | static_cast<unsigned>(d.width) << 1 | (d.fd != 0 ? 1u : 0u)];
}

}  // namespace veil::iss
