// From a checked group to its micro-operations: operands resolved to numbers, the trapping ones first.
#include "core.h"
#include "handlers.h"

namespace veil::iss {

using isa::Op;
using isa::Unit;

namespace {

bool ordinary(Op op) {
  switch (op) {
    case Op::lb:
    case Op::lh:
    case Op::lw:
    case Op::lbu:
    case Op::lhu:
    case Op::sb:
    case Op::sh:
    case Op::sw:
      return true;
    default:
      return false;
  }
}

uint8_t access_bytes(Op op) {
  switch (op) {
    case Op::lw:
    case Op::sw:
    case Op::g_lw:
    case Op::g_sw:
    case Op::gx_lw:
    case Op::gx_sw:
      return 4;
    case Op::lh:
    case Op::lhu:
    case Op::sh:
    case Op::g_lh:
    case Op::g_lhu:
    case Op::g_sh:
    case Op::gx_lh:
    case Op::gx_lhu:
    case Op::gx_sh:
      return 2;
    default:
      return 1;
  }
}

bool is_load(const isa::Decoded& d) { return isa::info(d.op).has_rd; }  // of the unit mem

bool is_narrow(Op op) { return op >= Op::x_add && op <= Op::x_rsb; }
static_assert(static_cast<unsigned>(Op::x_rsb) - static_cast<unsigned>(Op::x_add) == 15);

MicroOp memory_op(const GroupOp& op) {
  const isa::Decoded& d = op.d;
  MicroOp u;
  u.rs1 = d.rs1;
  u.rs2 = d.rs2;
  u.imm = d.wide ? op.wide : static_cast<uint32_t>(d.imm);
  if (ordinary(d.op)) return u;
  // The flat forms have no seg field.
  const bool flat = d.op >= Op::g_lb && d.op <= Op::g_lhu;
  const bool flat_store = d.op >= Op::g_sb && d.op <= Op::g_sw;
  u.a = static_cast<uint8_t>(flat || flat_store ? isa::Seg::flat : d.seg);
  u.b = d.guard ? 1 : 0;
  u.fd = d.scale;
  return u;
}

MicroOp narrow_op(const GroupOp& op) {
  const isa::Decoded& d = op.d;
  MicroOp u;
  u.rs1 = d.rs1;
  u.fd = d.fd;
  u.b = d.fd != 0 ? d.fd : 1;
  if (d.src2 == isa::Src2::imm5) {
    u.imm = static_cast<uint32_t>(static_cast<int32_t>(static_cast<uint32_t>(d.rs2) << 27) >> 27);
  } else if (d.src2 == isa::Src2::wide) {
    u.imm = op.wide;
  } else {
    u.rs2 = d.rs2;
    u.a = d.src2 == isa::Src2::high ? 8 : 0;
    u.imm2 = d.src2 == isa::Src2::high ? 0xff : 0xffffffff;
  }
  return u;
}

MicroOp csr_op(const GroupOp& op) {
  const isa::Decoded& d = op.d;
  const bool number = d.op == Op::csrrwi || d.op == Op::csrrsi || d.op == Op::csrrci;
  const bool always = d.op == Op::csrrw || d.op == Op::csrrwi;
  MicroOp u;
  u.rs1 = d.rs1;
  u.imm = static_cast<uint32_t>(d.imm);
  u.imm2 = d.csr;
  u.a = number ? 1 : 0;
  u.b = !always && (number ? d.imm == 0 : d.rs1 == 0) ? 1 : 0;
  const bool read_only = d.csr >= 0xc00;
  if (isa::csr_name(d.csr) == nullptr || (read_only && u.b == 0)) {
    u.run = run_illegal;
    u.imm = op.word;
  }
  return u;
}

MicroOp control_op(const GroupOp& op) {
  const isa::Decoded& d = op.d;
  MicroOp u;
  u.rs1 = d.rs1;
  u.rs2 = d.rs2;
  u.a = static_cast<uint8_t>(d.op);  // for the precheck
  switch (d.op) {
    case Op::jalr:
      u.imm = static_cast<uint32_t>(d.imm);
      break;
    case Op::x_jt:
      u.a = d.count;
      break;
    case Op::x_b:
      u.a = static_cast<uint8_t>(d.cond);
      u.fd = static_cast<uint8_t>(d.fbit + 1);
      u.imm = op.pc + static_cast<uint32_t>(d.imm) * 4;
      break;
    case Op::x_j:
      u.imm = op.pc + static_cast<uint32_t>(d.imm) * 4;
      break;
    default:
      u.imm = op.pc + static_cast<uint32_t>(d.imm);
      break;
  }
  return u;
}

MicroOp plain_op(const GroupOp& op) {
  const isa::Decoded& d = op.d;
  MicroOp u;
  u.rs1 = d.rs1;
  u.rs2 = d.rs2;
  u.fd = d.fd;
  u.a = static_cast<uint8_t>(d.cond);
  u.b = d.high ? 1 : 0;
  u.imm = static_cast<uint32_t>(d.imm);
  if (d.op == Op::lui) u.imm = static_cast<uint32_t>(d.imm) << 12;
  if (d.op == Op::auipc) u.imm = op.pc + (static_cast<uint32_t>(d.imm) << 12);
  return u;
}

MicroOp micro_op(const GroupOp& op) {
  const Unit unit = isa::info(op.d.op).unit;
  MicroOp u;
  if (unit == Unit::mem) {
    u = memory_op(op);
  } else if (is_narrow(op.d.op)) {
    u = narrow_op(op);
  } else if (op.d.op >= Op::csrrw && op.d.op <= Op::csrrci) {
    u = csr_op(op);
  } else if (unit == Unit::branch || unit == Unit::jump) {
    u = control_op(op);
  } else {
    u = plain_op(op);
  }
  if (u.run == nullptr) u.run = handler_of(op.d);
  u.rd = op.d.rd == 0 ? kSink : op.d.rd;
  u.pc = op.pc;
  return u;
}

// Does an operation before number `index` read x[reg]?
bool read_before(const GroupText& text, unsigned index, uint8_t reg) {
  for (unsigned i = 0; i < index; i++) {
    if ((isa::uses(text.ops[i].d).reads >> reg & 1) != 0) return true;
  }
  return false;
}

}  // namespace

void translate(const GroupText& text, uint32_t pc, Group& group) {
  group.pc = pc;
  if (!text.legal) {
    group.next_pc = pc;
    group.ops[0].run = run_illegal;
    group.ops[0].imm = text.illegal_word;
    group.ops[0].last = true;
    return;
  }
  group.next_pc = text.next_pc;
  group.count = static_cast<uint8_t>(text.count);
  unsigned mem = sim::kMaxSlots, committer = sim::kMaxSlots;
  for (unsigned i = 0; i < text.count; i++) {
    const isa::Decoded& d = text.ops[i].d;
    const isa::Uses uses = isa::uses(d);
    group.writes |= uses.writes;
    if (uses.writes != 0) group.regs[group.reg_count++] = d.rd;
    if (uses.flag_writes != 0) group.flags[group.flag_count++] = d.fd;
    if (isa::info(d.op).unit == Unit::mem) mem = i;
    if (isa::commits(d) && d.op != Op::x_jt) committer = i;
  }
  const bool has_mem = mem < text.count, has_commit = committer < text.count;
  const GroupOp& final_op = text.ops[text.count - 1];
  const bool may_misalign = final_op.d.op == Op::jalr ||
                            ((final_op.d.op == Op::jal || (final_op.d.op >= Op::beq && final_op.d.op <= Op::bgeu)) &&
                             (final_op.d.imm & 2) != 0);

  unsigned n = 0;
  MicroOp* precheck = nullptr;
  if ((has_commit && has_mem && ordinary(text.ops[mem].d.op)) || (may_misalign && text.count > 1)) {
    precheck = &group.ops[n++];
    precheck->run = run_precheck;
    precheck->pc = pc;
    precheck->a = static_cast<uint8_t>((has_commit ? Precheck::commits : 0) | (has_mem ? Precheck::mem_follows : 0) |
                                       (may_misalign ? Precheck::target : 0));
    precheck->rd = 0;
    if (has_commit) precheck->imm = text.ops[committer].d.count;
    if (has_mem) {
      precheck->fd = access_bytes(text.ops[mem].d.op);
      precheck->rd = is_load(text.ops[mem].d) ? 0 : 1;
      precheck->rs1 = ordinary(text.ops[mem].d.op) ? 1 : 0;
    }
  }
  bool load_waits = false;
  if (has_mem) {
    MicroOp u = micro_op(text.ops[mem]);
    const isa::Decoded& d = text.ops[mem].d;
    if (is_load(d)) {
      group.loads = 1;
      load_waits = d.rd != 0 && read_before(text, mem, d.rd);
      if (load_waits) u.rd = kLoadTemp;
    } else {
      group.stores = 1;
    }
    group.ops[n++] = u;
  }
  for (unsigned i = 0; i < text.count; i++) {
    const GroupOp& op = text.ops[i];
    if (i == mem) {
      if (!load_waits) continue;
      MicroOp move;
      move.run = run_move;
      move.rd = op.d.rd;
      move.rs1 = kLoadTemp;
      group.ops[n++] = move;
      continue;
    }
    if (op.d.op == Op::x_commit) continue;
    if (precheck != nullptr && i == text.count - 1) precheck->b = static_cast<uint8_t>(&group.ops[n] - precheck);
    group.ops[n++] = micro_op(op);
  }
  if (has_commit) {
    MicroOp u;
    u.run = run_commit;
    u.imm = text.ops[committer].d.count;
    u.pc = text.ops[committer].pc;
    group.ops[n++] = u;
  }
  group.ops[n - 1].last = true;
}

}  // namespace veil::iss
