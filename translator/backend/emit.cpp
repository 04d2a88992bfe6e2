// Exit stubs: a0 = guest EIP, a1 = native address of the stub, then to the dispatcher. One operation per group: they
// run once per chain that is not made yet, and groups of one are legal at every width and address.
//
// The first word of a direct exit's stub is `auipc a1, 0`; a chain replaces it by a jump (link.cpp).
#include "backend/emit.h"

#include "backend/link.h"

namespace veil::translator {

namespace {

namespace enc = isa::enc;
using isa::convention::exit_eip;
using isa::convention::exit_info;

constexpr uint32_t kMaxStubs = kMaxExits;
constexpr uint32_t kMaxStubWords = 8;  // the gate's as well

class Emitter {
 public:
  Emitter(const Code& code, const Body& body, const ScheduleScratch& scratch, const Request& request,
          std::span<uint32_t> out, std::span<Exit> exits)
      : code_(code), body_(body), scratch_(scratch), request_(request), out_(out), exits_(exits), pos_(body.words) {}
  Emitted run();

 private:
  void put(uint32_t word);
  void load_eip(uint32_t eip);
  void leave(uint32_t to);
  uint32_t indirect_exit() const;
  void add_exit(const Exit& exit);
  void direct(ExitKind kind, uint32_t eip, uint32_t branch);
  void indirect();
  void rollback();
  void gate();

  const Code& code_;
  const Body& body_;
  const ScheduleScratch& scratch_;
  const Request& request_;
  std::span<uint32_t> out_;
  std::span<Exit> exits_;
  uint32_t pos_;
  uint32_t exit_count_ = 0;
  bool ok_ = true;
};

// There is room: run() has made sure.
inline void Emitter::put(uint32_t word) { out_[pos_++] = word; }
inline void Emitter::add_exit(const Exit& exit) { exits_[exit_count_++] = exit; }

inline void Emitter::load_eip(uint32_t eip) {
  const int32_t low = static_cast<int32_t>(eip << 20) >> 20;
  const uint32_t high = (eip - static_cast<uint32_t>(low)) >> 12;
  if (high != 0) put(enc::lui(exit_eip, high));
  if (low != 0 || high == 0) put(enc::addi(exit_eip, high != 0 ? exit_eip : 0, low));
}

// Everything is part of run(), which has one place for direct exits: the emitter then lives in registers.
[[gnu::always_inline]] inline void Emitter::leave(uint32_t to) {
  const uint32_t here = request_.native_base + 4 * pos_;
  const auto distance = static_cast<int32_t>(to - here);
  if (isa::fits_joff(distance)) return put(enc::jal(0, distance));
  constexpr unsigned kScratch = isa::convention::temporaries[0];
  const int32_t low = static_cast<int32_t>(to << 20) >> 20;
  put(enc::lui(kScratch, (to - static_cast<uint32_t>(low)) >> 12));
  put(enc::jalr(0, kScratch, low));
}

inline uint32_t Emitter::indirect_exit() const {
  return request_.indirect_exit != 0 ? request_.indirect_exit : request_.dispatcher_exit;
}

[[gnu::always_inline]] inline void Emitter::direct(ExitKind kind, uint32_t eip, uint32_t branch) {
  constexpr unsigned kPageShift = 12;
  const bool look_up =
      request_.paging && kind == ExitKind::direct && eip >> kPageShift != code_.start_eip >> kPageShift;
  if (look_up) kind = ExitKind::indirect;
  add_exit({.kind = kind, .target_eip = eip, .stub = pos_, .branch = branch});
  if (branch != ~0u) out_[branch] = with_offset(body_.end_operation, static_cast<int32_t>(pos_ - branch));
  put(enc::auipc(exit_info, 0));
  load_eip(eip);
  if (look_up) put(enc::x_jt(exit_eip, 0));
  const bool interpret = kind == ExitKind::interpret && request_.interpret_exit != 0;
  leave(look_up ? indirect_exit() : interpret ? request_.interpret_exit : request_.dispatcher_exit);
}

// x.jt has missed, and so has not committed.
[[gnu::always_inline]] inline void Emitter::indirect() {
  add_exit({.kind = ExitKind::indirect, .stub = pos_});
  if (body_.end_register == exit_info) {
    put(enc::addi(exit_eip, exit_info, 0));
    put(enc::auipc(exit_info, 0));
    put(enc::addi(exit_info, exit_info, -4));
  } else {
    put(enc::auipc(exit_info, 0));
    if (body_.end_register != exit_eip) put(enc::addi(exit_eip, body_.end_register, 0));
  }
  put(enc::x_commit(code_.instructions));
  leave(indirect_exit());
}

[[gnu::always_inline]] inline void Emitter::rollback() {
  const uint32_t stub = pos_;
  add_exit({.kind = ExitKind::interpret, .target_eip = code_.start_eip, .stub = stub});
  for (unsigned i = 0; i < scratch_.rollback_branch_count; ++i) {
    const uint32_t at = scratch_.rollback_branches[i];
    const auto distance = static_cast<int32_t>(4 * (stub - at));
    if (!isa::fits_boff(distance)) ok_ = false;
    out_[at] |= enc::bne(0, 0, distance, false) ^ enc::bne(0, 0, 0, false);
  }
  put(enc::x_rollback());
  put(enc::auipc(exit_info, 0));
  put(enc::addi(exit_info, exit_info, -4));
  load_eip(code_.start_eip);
  leave(request_.dispatcher_exit);
}

// On the way in: the translation's own EIP is looked up, and found as long as no page may have moved since it was
// entered there.
void Emitter::gate() {
  load_eip(code_.start_eip);
  put(enc::x_jt(exit_eip, 0));
  add_exit({.kind = ExitKind::indirect, .stub = pos_});
  put(enc::auipc(exit_info, 0));
  leave(indirect_exit());
}

Emitted Emitter::run() {
  if (out_.size() < pos_ + kMaxStubs * kMaxStubWords || exits_.size() < kMaxStubs) return {};
  if (code_.end == EndKind::jump_to) {
    indirect();
  } else {
    bool falls = code_.end == EndKind::branch;  // the branch's other way comes first
    const ExitKind kind = !falls && code_.interpret ? ExitKind::interpret : ExitKind::direct;
    for (;;) {
      direct(kind, falls ? code_.fall : code_.target, falls ? ~0u : body_.end_word);
      if (!falls) break;
      falls = false;
    }
  }
  if (code_.has_rollback_exit) rollback();
  const uint32_t gate_at = code_.gate ? pos_ : 0;
  if (code_.gate) [[unlikely]]
    gate();
  return {.ok = ok_, .words = pos_, .exits = exit_count_, .gate = gate_at};
}

}  // namespace

Emitted emit_exits(const Code& code, const Body& body, const ScheduleScratch& scratch, const Request& request,
                   std::span<uint32_t> out, std::span<Exit> exits) {
  return Emitter(code, body, scratch, request, out, exits).run();
}

}  // namespace veil::translator
