// The order of lowering. A guest register's value on entry and its final value live in one native register; whatever
// reads the entry value must come before the final value is made, or the entry value must be copied away. So a final
// value whose register is still read after it, and that does not touch flags or pass a store, is moved down past the
// last of these readers: `push` updates ESP after the store that uses the old one, and no copy is needed.
#include "backend/code.h"

namespace veil::translator {

using ir::Block;
using ir::Node;
using ir::Op;
using ir::Ref;

namespace {

constexpr Ref kFirstNode = ir::kFirstIn + ir::kGuestRegisters;

bool entry_value(Op op) { return op == Op::in || op == Op::imm; }

class Orderer {
 public:
  Orderer(Block& block, Order& order) : block_(block), order_(order) {}
  void run();

 private:
  void find_homes();
  [[nodiscard]] bool listed(Ref ref) const;
  [[nodiscard]] bool sinkable(Ref ref) const;
  void use(Ref value, Ref by);
  void count_users();
  void place(Ref ref);
  void release(Ref ref);
  void wait(Ref ref);

  Block& block_;
  Order& order_;
  Ref last_store_ = 0;
  std::array<Ref, ir::kGuestRegisters> last_read_{};  // of each entry value, in program order
  Ref end_ = 0;  // the last node in program order, not counting the copies appended here
  std::array<bool, ir::kGuestRegisters> passed_{};  // that reader is in the list
  std::array<Ref, ir::kGuestRegisters> waiting_{};  // final value that goes in front of it
};

// Gives every guest register that changes a node of its own. A constant, an entry value of another register or
// a node that is already another register's gets a copy.
void Orderer::find_homes() {
  end_ = block_.count;
  for (unsigned ref = 0; ref < end_ + unsigned{ir::kGuestRegisters}; ++ref) {
    order_.home[ref] = kNoHome;
    order_.state[ref] = {};
  }
  for (unsigned r = 0; r < ir::kGuestRegisters; ++r) {
    Ref ref = block_.final[r];
    while (block_[ref].op == Op::copy) ref = block_[ref].a;
    if (ref == ir::kFirstIn + r) continue;
    if (entry_value(block_[ref].op) || order_.home[ref] != kNoHome) {
      const Ref copy = block_.count++;  // kReserve has room for eight
      block_[copy] = Node{.op = Op::copy, .a = ref};
      ref = copy;
    }
    order_.home[ref] = static_cast<uint8_t>(r);
  }
}

// Constants are made where they are needed; a copy without a home has no users.
bool Orderer::listed(Ref ref) const {
  const Op op = block_[ref].op;
  if (op == Op::none || entry_value(op)) return false;
  return op != Op::copy || order_.home[ref] != kNoHome;
}

bool Orderer::sinkable(Ref ref) const {
  const Node& node = block_[ref];
  const uint8_t home = order_.home[ref];
  if (home == kNoHome) return false;
  if (last_read_[home] <= ref) return false;
  if (node.op == Op::load) return ref > last_store_;  // it would pass no store
  if (ir::info(node.op).kind != ir::Kind::pure) return false;
  switch (node.op) {
    case Op::set:
    case Op::cmov:
    case Op::getf:
    case Op::in:
      return false;
    case Op::alu:
      return node.fd == 0 && node.flag_fn() != x86::FlagFn::adc && node.flag_fn() != x86::FlagFn::sbb;
    default:
      return true;
  }
}

void Orderer::use(Ref value, Ref by) {
  ++order_.state[value].users;
  if (block_[value].op == Op::in) last_read_[block_[value].fn] = by;
}

void Orderer::count_users() {
  for (Ref ref = kFirstNode; ref < block_.count; ++ref) {
    if (!listed(ref)) continue;
    const Node& node = block_[ref];
    if (node.op == Op::store) last_store_ = ref;
    const unsigned operands = ir::info(node.op).operands;
    if (operands >= 1) use(node.a, ref);
    if (operands >= 2) use(node.b, ref);
  }
}

// The list is filled from its end. In front of (here: before) the last reader of an entry value, the final value that
// has waited for it goes in.
void Orderer::place(Ref ref) {
  Order::State& state = order_.state[ref];
  if (state.placed) return;
  state.placed = true;
  for (unsigned homes = state.reader_of; homes != 0; homes &= homes - 1) {
    const unsigned home = static_cast<unsigned>(__builtin_ctz(homes));
    passed_[home] = true;
    if (waiting_[home] != 0) place(waiting_[home]);
  }
  order_.list[--order_.first] = ref;
  const Node& node = block_[ref];
  const unsigned operands = ir::info(node.op).operands;
  if (operands >= 2) release(node.b);
  if (operands >= 1) release(node.a);
}

// One user less. A sinkable node whose users are all listed waits for the last reader of its register, or goes in now.
void Orderer::release(Ref ref) {
  if (--order_.state[ref].users == 0 && listed(ref) && sinkable(ref)) wait(ref);
}

void Orderer::wait(Ref ref) {
  const uint8_t home = order_.home[ref];
  if (passed_[home]) return place(ref);
  waiting_[home] = ref;
}

void Orderer::run() {
  find_homes();
  count_users();
  for (unsigned r = 0; r < ir::kGuestRegisters; ++r) {
    if (last_read_[r] != 0) order_.state[last_read_[r]].reader_of |= static_cast<uint8_t>(1u << r);
  }
  order_.first = ir::kMaxNodes;
  Ref control = end_;
  while (!listed(--control)) {
  }
  for (Ref ref = kFirstNode; ref < control; ++ref) {
    if (order_.state[ref].users == 0 && listed(ref) && sinkable(ref)) wait(ref);
  }
  place(control);
  for (Ref ref = block_.count; ref-- > end_;) place(ref);
  for (Ref ref = control; ref-- > kFirstNode;) {
    if (listed(ref)) place(ref);
  }
}

}  // namespace

void make_order(Block& block, Order& order) { Orderer(block, order).run(); }

}  // namespace veil::translator
