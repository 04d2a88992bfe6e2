// Constant folding and propagation, copies, identities, common subexpressions. One forward walk: operands have been
// simplified before their users are looked at. A node never moves; it may become a copy of an earlier one, a constant,
// or cheaper.
#include "ir/passes.h"

namespace veil::ir {

namespace {

using x86::FlagFn;

class Simplifier {
 public:
  explicit Simplifier(Block& block) : block_(block) {}
  void run();

 private:
  [[nodiscard]] Ref resolve(Ref ref) const {
    while (block_[ref].op == Op::copy) ref = block_[ref].a;
    return ref;
  }
  // As an operand, `xor eax, eax` is zero even where its flags are wanted.
  [[nodiscard]] Ref resolve_operand(Ref ref) const {
    ref = resolve(ref);
    const Node& node = block_[ref];
    const bool zero = node.op == Op::alu && node.width == Width::d && node.a == kZero && node.b == kZero &&
                      (node.flag_fn() == FlagFn::xor_ || node.flag_fn() == FlagFn::sub);
    return zero ? kZero : ref;
  }
  [[nodiscard]] bool imm(Ref ref) const { return block_.is_imm(ref); }
  [[nodiscard]] uint32_t value(Ref ref) const { return block_[ref].imm; }
  [[nodiscard]] bool fits(Ref ref, uint32_t mask) const;  // no bit outside the mask can be set

  static void make_copy(Node& node, Ref of) { node = Node{.op = Op::copy, .a = of}; }
  static void make_imm(Node& node, uint32_t v) { node = Node{.op = Op::imm, .imm = v}; }
  void alu(Node& node);
  void alu_to_plain(Node& node);
  bool merge_set(Ref ref, Node& node);
  void unary(Node& node);
  void extend_merged(Node& node);
  void find_common(Ref ref, Node& node);
  void binary(Node& node);
  void binary_identity(Node& node);
  void add_constant(Node& node);

  Block& block_;
  Ref last_flags_[3] = {0, 0, 0};  // newest node that wrote the flag register
  static constexpr unsigned kSeen = 32;
  alignas(8) Ref seen_[kSeen] = {};  // nodes by hash of their contents
};

bool Simplifier::fits(Ref ref, uint32_t mask) const {
  const Node& node = block_[ref];
  switch (node.op) {
    case Op::imm:
      return (node.imm & ~mask) == 0;
    case Op::load:
      if ((node.bits & kSigned) != 0) return false;
      return node.width == Width::b ? (0xffu & ~mask) == 0 : node.width == Width::w && (0xffffu & ~mask) == 0;
    case Op::set:
      return node.a == kZero && (node.bits & kHigh) == 0 && (1u & ~mask) == 0;
    case Op::seq:
    case Op::sne:
    case Op::slt:
    case Op::sltu:
      return (1u & ~mask) == 0;
    case Op::byte1:
      return (0xffu & ~mask) == 0;
    case Op::zexth:
      return (0xffffu & ~mask) == 0;
    case Op::and_:
      return imm(node.b) && (value(node.b) & ~mask) == 0;
    default:
      return false;
  }
}

uint32_t fold(Op op, uint32_t a, uint32_t b) {
  const auto sa = static_cast<int32_t>(a);
  const auto sb = static_cast<int32_t>(b);
  const uint32_t n = b & 31;
  switch (op) {
    case Op::add:
      return a + b;
    case Op::sub:
      return a - b;
    case Op::and_:
      return a & b;
    case Op::or_:
      return a | b;
    case Op::xor_:
      return a ^ b;
    case Op::shl:
      return a << n;
    case Op::shr:
      return a >> n;
    case Op::sar:
      return static_cast<uint32_t>(sa >> n);
    case Op::rol:
      return n == 0 ? a : a << n | a >> (32 - n);
    case Op::ror:
      return n == 0 ? a : a >> n | a << (32 - n);
    case Op::mul:
      return a * b;
    case Op::seq:
      return a == b;
    case Op::sne:
      return a != b;
    case Op::slt:
      return sa < sb;
    default:
      return a < b;  // sltu
  }
}

bool folds(Op op) {
  return (op >= Op::add && op <= Op::mul) || op == Op::seq || op == Op::sne || op == Op::slt || op == Op::sltu;
}

bool commutes(Op op) {
  return op == Op::add || op == Op::and_ || op == Op::or_ || op == Op::xor_ || op == Op::mul || op == Op::seq ||
         op == Op::sne;
}

// add and sub of a constant: the constant goes into the node, and chains of them become one.
void Simplifier::add_constant(Node& node) {
  node.imm += node.op == Op::sub ? 0u - value(node.b) : value(node.b);
  node.op = Op::add;
  node.b = kZero;
  const Node& inner = block_[node.a];
  if (inner.op == Op::imm) return make_imm(node, inner.imm + node.imm);
  if (inner.op == Op::add && inner.b == kZero) {
    node.imm += inner.imm;
    node.a = inner.a;
  }
  if (node.imm == 0) make_copy(node, node.a);
}

void Simplifier::binary_identity(Node& node) {
  const Ref a = node.a;
  const Ref b = node.b;
  if (a == b) {
    if (node.op == Op::and_ || node.op == Op::or_) return make_copy(node, a);
    if (node.op == Op::sub || node.op == Op::xor_ || node.op == Op::sne || node.op == Op::slt || node.op == Op::sltu) {
      return make_imm(node, 0);
    }
    if (node.op == Op::seq) return make_imm(node, 1);
  }
  if (!imm(b)) return;
  const uint32_t v = value(b);
  switch (node.op) {
    case Op::or_:
    case Op::xor_:
      if (v == 0) make_copy(node, a);
      return;
    case Op::shl:
    case Op::shr:
    case Op::sar:
    case Op::rol:
    case Op::ror:
      if ((v & 31) == 0) make_copy(node, a);
      return;
    case Op::and_:
      if (v == 0) return make_imm(node, 0);
      if (fits(a, v)) make_copy(node, a);
      return;
    case Op::mul:
      if (v == 0) return make_imm(node, 0);
      if (v == 1) make_copy(node, a);
      return;
    default:
      return;
  }
}

void Simplifier::binary(Node& node) {
  if (commutes(node.op) && imm(node.a)) {
    const Ref a = node.a;
    node.a = node.b;
    node.b = a;
  }
  if (folds(node.op) && imm(node.a) && imm(node.b)) return make_imm(node, fold(node.op, value(node.a), value(node.b)));
  if (imm(node.b) && (node.op == Op::add || node.op == Op::sub)) return add_constant(node);
  if (node.op == Op::and_ && block_.is_imm(node.b, 0xff)) extend_merged(node);
  if (info(node.op).operands == 2) binary_identity(node);
}

// Extension of a byte that has just been merged into a register: the register does not matter.
void Simplifier::extend_merged(Node& node) {
  const Node& merged = block_[node.a];
  if (merged.width != Width::b && merged.op == Op::alu) return;
  if (merged.op == Op::alu && merged.flag_fn() == FlagFn::mov && (merged.bits & kHighB) == 0) {
    node.a = merged.b;
  } else if (merged.op == Op::set && merged.a != kZero && (merged.bits & kHigh) == 0 && node.op == Op::and_ &&
             last_flags_[merged.fd] < node.a) {
    node = Node{.op = Op::set, .fn = merged.fn, .a = kZero, .fd = merged.fd};
  }
}

// A pure node without flags that equals an earlier one becomes a copy of it.
void Simplifier::find_common(Ref ref, Node& node) {
  if (info(node.op).kind != Kind::pure || node.op == Op::copy || node.op == Op::getf || node.fd != 0) return;
  if (node.op == Op::alu && (node.flag_fn() == FlagFn::adc || node.flag_fn() == FlagFn::sbb)) return;
  const uint32_t mix =
      static_cast<uint32_t>(node.op) * 7 + node.a * 3 + node.b * 5 + node.imm + (node.imm >> 12) + node.fn;
  Ref& seen = seen_[mix % kSeen];
  const Node& other = block_[seen];
  if (seen != kZero && other.op == node.op && other.a == node.a && other.b == node.b && other.imm == node.imm &&
      other.fn == node.fn && other.width == node.width && other.bits == node.bits && other.scale == node.scale &&
      other.fd == 0) {
    make_copy(node, seen);
  } else {
    seen = ref;
  }
}

void Simplifier::unary(Node& node) {
  if (node.op == Op::sextb) extend_merged(node);
  if (node.op == Op::zexth && fits(node.a, 0xffff)) return make_copy(node, node.a);
  if (!imm(node.a)) return;
  const uint32_t v = value(node.a);
  switch (node.op) {
    case Op::zexth:
      return make_imm(node, v & 0xffff);
    case Op::sextb:
      return make_imm(node, static_cast<uint32_t>(static_cast<int8_t>(v)));
    case Op::sexth:
      return make_imm(node, static_cast<uint32_t>(static_cast<int16_t>(v)));
    case Op::byte1:
      return make_imm(node, v >> 8 & 0xff);
    case Op::bswap:
      return make_imm(node, v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24);
    default:
      return;
  }
}

// Full width and no flags: the plain operation (which later steps and the address pass understand).
void Simplifier::alu_to_plain(Node& node) {
  if ((node.bits & kHighB) != 0) return;
  const Ref a = node.a;
  const Ref b = node.b;
  switch (node.flag_fn()) {
    case FlagFn::add:
    case FlagFn::inc:
      node = Node{.op = Op::add, .a = a, .b = b};
      break;
    case FlagFn::sub:
    case FlagFn::dec:
      node = Node{.op = Op::sub, .a = a, .b = b};
      break;
    case FlagFn::rsb:
      node = Node{.op = Op::sub, .a = b, .b = a};
      break;
    case FlagFn::and_:
      node = Node{.op = Op::and_, .a = a, .b = b};
      break;
    case FlagFn::or_:
      node = Node{.op = Op::or_, .a = a, .b = b};
      break;
    case FlagFn::xor_:
      node = Node{.op = Op::xor_, .a = a, .b = b};
      break;
    case FlagFn::mov:
      return make_copy(node, b);
    case FlagFn::shl:
      node = Node{.op = Op::shl, .a = a, .b = b};
      break;
    case FlagFn::shr:
      node = Node{.op = Op::shr, .a = a, .b = b};
      break;
    case FlagFn::sar:
      node = Node{.op = Op::sar, .a = a, .b = b};
      break;
    case FlagFn::rol:
      node = Node{.op = Op::rol, .a = a, .b = b};
      break;
    case FlagFn::ror:
      node = Node{.op = Op::ror, .a = a, .b = b};
      break;
    default:
      return;  // adc, sbb need the carry
  }
  binary(node);
}

// setcc into a byte register: let the condition merge into the register itself.
bool Simplifier::merge_set(Ref ref, Node& node) {
  const Node& source = block_[node.b];
  if (node.flag_fn() != FlagFn::mov || (node.bits & kHighB) != 0 || node.fd != 0) return false;
  if (node.width != Width::b && node.width != Width::h) return false;
  if (source.op != Op::set || source.a != kZero || (source.bits & kHigh) != 0) return false;
  if (last_flags_[source.fd] > node.b || ref <= node.b) return false;
  const Ref base = node.a;
  const uint8_t bits = node.width == Width::h ? kHigh : uint8_t{0};
  node = Node{.op = Op::set, .fn = source.fn, .bits = bits, .a = base, .fd = source.fd};
  return true;
}

void Simplifier::alu(Node& node) {
  const FlagFn fn = node.flag_fn();
  const bool shift = fn >= FlagFn::shl && fn <= FlagFn::ror;
  if (shift && imm(node.b) && (value(node.b) & 31) == 0) return make_copy(node, node.a);  // keeps the flags too
  if (node.width == Width::d && node.a == node.b && node.bits == 0 && (fn == FlagFn::xor_ || fn == FlagFn::sub)) {
    node.a = node.b = kZero;  // zero, whatever the register holds
  }
  if (node.width == Width::d && node.fd == 0) alu_to_plain(node);
}

void Simplifier::run() {
  for (Ref ref = kFirstIn + kGuestRegisters; ref < block_.count; ++ref) {
    Node& node = block_[ref];
    const OpInfo& op = info(node.op);
    if (op.operands >= 1) node.a = resolve_operand(node.a);
    if (op.operands >= 2) node.b = resolve_operand(node.b);
    if (node.op == Op::alu) {
      if (!merge_set(ref, node)) alu(node);
    } else if (node.op == Op::cmov && node.a == node.b) {
      make_copy(node, node.a);
    } else if (node.op == Op::exit_nz && node.a == kZero) {
      node = Node{};
    } else if (node.op == Op::jump_to && imm(node.a)) {
      node = Node{.op = Op::jump, .imm = value(node.a)};
    } else if (op.kind == Kind::pure && op.operands == 2 && node.op != Op::cmov && node.op != Op::shadd) {
      binary(node);
    } else if (op.kind == Kind::pure && op.operands == 1 && node.op != Op::set) {
      unary(node);
    }
    find_common(ref, node);
    if (node.fd != 0 && (node.op == Op::alu || info(node.op).kind == Kind::flags)) last_flags_[node.fd] = ref;
  }
  for (Ref& ref : block_.final) ref = resolve(ref);
}

}  // namespace

void simplify(Block& block) { Simplifier(block).run(); }

}  // namespace veil::ir
