// Emission of IR nodes for what the x86 semantics ask of their machine.
#include "lift/ir_machine.h"

#include "lift/segment.h"

namespace veil::translator {

using ir::Node;
using ir::Op;
using ir::Ref;

namespace {

constexpr uint8_t kGuestFlags = 1;  // f1
constexpr uint8_t kOwnFlags = 2;    // f2: conditions on values

constexpr Op kFnOp[] = {Op::add, Op::sub,   Op::and_,  Op::or_, Op::xor_, Op::shl, Op::shr,  Op::sar,
                        Op::mul, Op::mulh,  Op::mulhu, Op::seq, Op::sne,  Op::slt, Op::sltu, Op::clz,
                        Op::ctz, Op::bswap, Op::divu,  Op::div, Op::remu, Op::rem};
static_assert(kFnOp[static_cast<unsigned>(x86::Fn::bswap)] == Op::bswap);
static_assert(kFnOp[static_cast<unsigned>(x86::Fn::rem)] == Op::rem);
static_assert(std::size(kFnOp) == static_cast<unsigned>(x86::Fn::rem) + 1);

}  // namespace

void IrMachine::take_back() {
  block_.count = before_.count;
  block_.final = before_.final;
  block_.overflow = false;
  store_entries_ = before_.store_entries;
  guard_ = before_.guard;
  ended_ = false;
}

Ref IrMachine::low(Value value) { return value.high ? block_.append({.op = Op::byte1, .a = value.ref}) : value.ref; }

// Whether `ref` equals `base` outside the part that (width, high) names.
bool IrMachine::carries(Ref ref, Ref base, Width width, bool high) const {
  while (ref != base) {
    const Node& node = block_[ref];
    if (node.op != Op::alu) return false;
    const bool inside = node.width == ir::Width::b   ? !high
                        : node.width == ir::Width::h ? high || width == Width::w
                        : node.width == ir::Width::w ? width == Width::w
                                                     : false;
    if (!inside) return false;
    ref = node.a;
  }
  return true;
}

void IrMachine::set_gpr(Gpr reg, Width width, bool high, Value value) {
  Ref& current = block_.final[static_cast<unsigned>(reg)];
  if (width == Width::d) {
    current = low(value);
    return;
  }
  if (value.high == high && carries(value.ref, current, width, high)) {
    current = value.ref;
    return;
  }
  Ref source = value.ref;
  if (value.high && width != Width::b) source = low(value);
  const bool view = value.high && source == value.ref;
  current = block_.append({.op = Op::alu,
                           .width = high ? ir::Width::h : ir::width_of(width),
                           .fn = static_cast<uint8_t>(FlagFn::mov),
                           .bits = view ? ir::kHighB : uint8_t{0},
                           .a = current,
                           .b = source});
}

IrValue IrMachine::load(Seg seg, Value offset, Width width) {
  const Ref base = low(offset);
  return {block_.append(
      {.op = Op::load, .width = ir::width_of(width), .a = base, .seg = native_segment(flat_, seg, false)})};
}

IrValue IrMachine::native_word(uint32_t address) {
  const Ref at = block_.imm(address);
  return {block_.append({.op = Op::load, .width = ir::Width::d, .a = at, .seg = static_cast<uint8_t>(isa::Seg::mon)})};
}

void IrMachine::store(Seg seg, Value offset, Width width, Value value) {
  const Ref base = low(offset);
  const Ref data = low(value);
  block_.append(
      {.op = Op::store, .width = ir::width_of(width), .a = base, .b = data, .seg = native_segment(flat_, seg, true)});
  // A store that crosses a word boundary takes two entries (native-machine.md, "Memory").
  store_entries_ += width == Width::b ? 1 : 2;
}

IrValue IrMachine::load_linear(Value address) {
  return {block_.append({.op = Op::load, .a = low(address), .seg = static_cast<uint8_t>(isa::Seg::flat)})};
}

void IrMachine::set_state(uint32_t offset, Value value) {
  const Ref data = low(value);
  block_.append({.op = Op::set_state, .a = data, .imm = offset});
  ++store_entries_;
}

// The instructions committed before this block, which has one only, and what has been passed over.
IrMachine::Time IrMachine::time() {
  const Value count = csr(isa::Csr::xgic);
  const Value count_high = csr(isa::Csr::xgich);
  const Value low_word = op(Fn::add, count, state(kFirmwareState + platform::firmware_state::time_passed_low));
  const Value high_word = op(Fn::add, count_high, state(kFirmwareState + platform::firmware_state::time_passed_high));
  return {low_word, op(Fn::add, high_word, op(Fn::sltu, low_word, count))};
}

IrValue IrMachine::op(Fn fn, Value a, Value b) {
  const Ref first = low(a);
  const Op op = kFnOp[static_cast<unsigned>(fn)];
  const Ref second = ir::info(op).operands == 2 ? low(b) : ir::kZero;
  return {block_.append({.op = op, .a = first, .b = second})};
}

IrValue IrMachine::zext(Value value, Width width) {
  if (width == Width::d || (width == Width::b && value.high)) return {low(value)};
  const Ref source = low(value);
  if (width == Width::w) return {block_.append({.op = Op::zexth, .a = source})};
  return {block_.append({.op = Op::and_, .a = source, .b = block_.imm(0xff)})};
}

IrValue IrMachine::sext(Value value, Width width) {
  const Ref source = low(value);
  if (width == Width::d) return {source};
  Node& node = block_[source];
  // The newest node has no user yet: a load can still become the sign-extending one.
  if (source + 1 == block_.count && node.op == Op::load && node.width == ir::width_of(width)) {
    node.bits |= ir::kSigned;
    return {source};
  }
  return {block_.append({.op = width == Width::b ? Op::sextb : Op::sexth, .a = source})};
}

IrValue IrMachine::alu(FlagFn fn, Width width, Value a, Value b) {
  if (width != Width::b) {
    a = {low(a)};
    b = {low(b)};
  }
  if (fn == FlagFn::mov && width == Width::d) return b;
  const Ref node = block_.append({.op = Op::alu,
                                  .width = a.high ? ir::Width::h : ir::width_of(width),
                                  .fn = static_cast<uint8_t>(fn),
                                  .bits = b.high ? ir::kHighB : uint8_t{0},
                                  .a = a.ref,
                                  .b = b.ref,
                                  .fd = fn == FlagFn::mov ? uint8_t{0} : kGuestFlags});
  return {node, a.high};
}

IrValue IrMachine::cond(Cond cond) {
  return {block_.append({.op = Op::set, .fn = static_cast<uint8_t>(cond), .a = ir::kZero, .fd = kGuestFlags})};
}

IrValue IrMachine::select(Cond cond, Value a, Value b) {
  const Ref yes = low(a);
  const Ref no = low(b);
  return {block_.append({.op = Op::cmov, .fn = static_cast<uint8_t>(cond), .a = no, .b = yes, .fd = kGuestFlags})};
}

IrValue IrMachine::flags() { return {block_.append({.op = Op::getf, .fd = kGuestFlags})}; }

void IrMachine::set_flags(Value value) {
  const Ref source = low(value);
  block_.append({.op = Op::setf, .a = source, .fd = kGuestFlags});
}

void IrMachine::set_cf(Value value) {
  const Ref source = low(value);
  block_.append({.op = Op::setc, .a = source, .fd = kGuestFlags});
}

void IrMachine::set_cf_of(Value value) {
  const Ref source = low(value);
  block_.append({.op = Op::setco, .a = source, .fd = kGuestFlags});
}

void IrMachine::test(Ref value) {
  block_.append({.op = Op::alu,
                 .width = ir::Width::d,
                 .fn = static_cast<uint8_t>(FlagFn::or_),
                 .a = value,
                 .b = ir::kZero,
                 .fd = kOwnFlags});
}

IrValue IrMachine::select_value(Value condition, Value a, Value b) {
  const Ref yes = low(a);
  const Ref no = low(b);
  const Ref which = low(condition);
  if (block_.is_imm(which)) return {block_.is_imm(which, 0) ? no : yes};
  test(which);
  return {block_.append({.op = Op::cmov, .fn = static_cast<uint8_t>(Cond::nz), .a = no, .b = yes, .fd = kOwnFlags})};
}

void IrMachine::jump(Value target) {
  const Ref to = low(target);
  end();
  if (block_.is_imm(to)) {
    block_.append({.op = Op::jump, .imm = block_[to].imm});
  } else {
    block_.append({.op = Op::jump_to, .a = to});
  }
}

void IrMachine::branch(Cond cond, uint32_t target) {
  end();
  block_.append({.op = Op::branch, .fn = static_cast<uint8_t>(cond), .imm = target, .fd = kGuestFlags});
}

void IrMachine::branch_value(Value condition, uint32_t target) {
  const Ref value = low(condition);
  end();
  test(value);
  block_.append({.op = Op::branch, .fn = static_cast<uint8_t>(Cond::nz), .imm = target, .fd = kOwnFlags});
}

// A rollback goes to the start of the block, wherever its reason is: one test for all is enough.
void IrMachine::require_zero(Value value) {
  const Ref source = low(value);
  guard_ = guard_ == ir::kZero ? source : block_.append({.op = Op::or_, .a = guard_, .b = source});
}

bool IrMachine::known_zero(Value value) const {
  const Node& node = block_[value.ref];
  if (node.op == Op::imm) return node.imm == 0;
  return node.op == Op::alu && node.width == ir::Width::d && node.a == node.b && node.bits == 0 &&
         (node.flag_fn() == FlagFn::xor_ || node.flag_fn() == FlagFn::sub);
}

void IrMachine::end() {
  ended_ = true;
  if (guard_ != ir::kZero) block_.append({.op = Op::exit_nz, .a = guard_});
}

}  // namespace veil::translator
