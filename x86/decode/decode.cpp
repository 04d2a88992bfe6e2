// The decoder: prefixes, opcode, the way through the table's tree, ModRM and SIB, immediates. SDM vol. 2, chapter 2.
#include "veil/x86/decode.h"

#include <new>

#include "x86/decode/table.h"

namespace veil::x86 {
namespace {

using table::Form;
using table::Size;

// Reads the instruction's bytes one after the other. Past their end it reads zeros, and remembers that.
class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes)
      : at_(bytes.data()),
        begin_(bytes.data()),
        end_(bytes.data() + (bytes.size() < kMaxInsnBytes ? bytes.size() : kMaxInsnBytes)) {}

  uint8_t byte() {
    if (at_ == end_) [[unlikely]] {
      fail(end_ - begin_ == kMaxInsnBytes ? DecodeStatus::too_long : DecodeStatus::truncated);
      return 0;
    }
    return *at_++;
  }
  uint32_t word() {
    const uint32_t low = byte();
    return low | static_cast<uint32_t>(byte()) << 8;
  }
  uint32_t dword() {
    const uint32_t low = word();
    return low | word() << 16;
  }
  uint32_t value(Width w) { return w == Width::b ? byte() : w == Width::w ? word() : dword(); }

  void fail(DecodeStatus s) {
    if (status_ == DecodeStatus::ok) status_ = s;
  }
  [[nodiscard]] DecodeStatus status() const { return status_; }
  [[nodiscard]] uint8_t position() const { return static_cast<uint8_t>(at_ - begin_); }

 private:
  const uint8_t* at_;
  const uint8_t* begin_;
  const uint8_t* end_;
  DecodeStatus status_ = DecodeStatus::ok;
};

// 26 2e 36 3e, 64..67, f0 f2 f3: cheap to rule out.
constexpr bool may_be_prefix(uint8_t b) { return (b & 0xe7) == 0x26 || (b & 0xfc) == 0x64 || (b & 0xfc) == 0xf0; }
constexpr uint32_t sign_extend_byte(uint32_t v) { return (v ^ 0x80) - 0x80; }
constexpr uint32_t sign_extend_word(uint32_t v) { return (v ^ 0x8000) - 0x8000; }

constexpr uint8_t kEbx = 3, kEsp = 4, kEbp = 5, kEsi = 6, kEdi = 7;

class Decoder {
 public:
  // `insn` is as initialised.
  Decoder(std::span<const uint8_t> bytes, Mode mode, Insn& insn) : in_(bytes), mode_(mode), insn_(insn) {}

  DecodeStatus run() {
    prefixes();
    uint16_t entry = opcode();
    entry = walk(entry);
    if (in_.status() == DecodeStatus::ok) finish(entry);
    insn_.length = in_.position();
    return in_.status();
  }

 private:
  void prefixes() {
    insn_.operand_size = insn_.address_size = mode_.code32 ? Width::d : Width::w;
    insn_.stack_size = mode_.stack32 ? Width::d : Width::w;
    const Width other = mode_.code32 ? Width::w : Width::d;
    prefixed_ = !mode_.code32 || !mode_.stack32;
    for (;;) {
      opcode_ = in_.byte();
      if (!may_be_prefix(opcode_)) return;
      prefixed_ = true;
      switch (opcode_) {
        case 0x26:
          override_segment(Seg::es);
          break;
        case 0x2e:
          override_segment(Seg::cs);
          break;
        case 0x36:
          override_segment(Seg::ss);
          break;
        case 0x3e:
          override_segment(Seg::ds);
          break;
        case 0x64:
          override_segment(Seg::fs);
          break;
        case 0x65:
          override_segment(Seg::gs);
          break;
        case 0x66:
          insn_.operand_size = other;
          break;
        case 0x67:
          insn_.address_size = other;
          break;
        case 0xf0:
          insn_.lock = true;
          break;
        case 0xf2:
          insn_.rep = Rep::repne;
          break;
        case 0xf3:
          insn_.rep = Rep::rep;
          break;
        default:
          return;
      }
    }
  }

  void override_segment(Seg s) {
    insn_.segment = s;
    overridden_ = true;
  }

  uint16_t opcode() {
    unsigned map = 0;
    if (opcode_ == 0x0f) {
      map = 1;
      opcode_ = in_.byte();
    }
    insn_.opcode = opcode_;
    return table::root(map, opcode_);
  }

  void fetch_modrm() {
    if (have_modrm_) return;
    have_modrm_ = true;
    modrm_ = in_.byte();
    insn_.modrm_reg = reg();
  }
  [[nodiscard]] uint8_t mod() const { return modrm_ >> 6; }
  [[nodiscard]] uint8_t reg() const { return (modrm_ >> 3) & 7; }
  [[nodiscard]] uint8_t rm() const { return modrm_ & 7; }

  // Follows the nodes from a map's entry to a row's.
  uint16_t walk(uint16_t entry) {
    while ((entry & table::kNodeBit) != 0) {
      const table::Node& node = table::node(entry);
      unsigned which = 0;
      if (node.kind == table::Node::prefix) {
        which = insn_.rep == Rep::rep ? 1 : 0;
      } else {
        fetch_modrm();
        if (node.kind == table::Node::mod) which = mod() == 3 ? 1 : 0;
        if (node.kind == table::Node::reg) which = reg();
        if (node.kind == table::Node::rm) which = rm();
      }
      entry = table::child(node, which);
    }
    return entry;
  }

  [[gnu::always_inline]] void finish(uint16_t entry) {
    if (entry == 0) return in_.fail(DecodeStatus::invalid);
    insn_.row = static_cast<uint16_t>(entry - 1);
    const table::Row& row = table::row(insn_.row);
    insn_.exec = row.info.exec;
    // Memory first: its bytes come before the immediates'.
    if ((row.flags & table::kModrm) != 0) {
      fetch_modrm();
      if (mod() != 3 && row.op[0].form != Form::rm_reg && row.op[1].form != Form::rm_reg) memory();
    }
    for (unsigned n = 0; n < 3 && row.op[n].form != Form::none; ++n) operand(insn_.op[n], row.op[n]);
    if (insn_.lock && !(row.info.lockable && insn_.op[0].kind == OperandKind::mem)) in_.fail(DecodeStatus::invalid);
    classify(row.info);
  }

  // What the translators go by. Stores through CS fault, in the interpreter (Place::write).
  [[gnu::always_inline]] void classify(const RowInfo& row) {
    insn_.interpret = row.interpret;
    if (prefixed_) [[unlikely]] {
      const bool code_segment = insn_.mem.seg == Seg::cs && insn_.has_mem() && insn_.exec != Exec::nop;
      const bool repeated = insn_.rep != Rep::none && row.family == Family::string;
      insn_.interpret = row.interpret || code_segment || repeated;
      return;
    }
    const auto narrow = [](const Operand& op) {
      return (op.bytes & 3) != 0 && (op.kind == OperandKind::reg || op.kind == OperandKind::mem);
    };
    if (insn_.interpret || narrow(insn_.op[0])) return;
    insn_.plain = !narrow(insn_.op[1]) || insn_.exec == Exec::movzx || insn_.exec == Exec::movsx;
  }

  [[nodiscard]] uint8_t bytes_of(Size s) const {
    const uint8_t v = insn_.operand_size == Width::d ? 4 : 2;
    switch (s) {
      case Size::none:
        return 0;
      case Size::b:
        return 1;
      case Size::w:
        return 2;
      case Size::d:
        return 4;
      case Size::v:
        return v;
      case Size::q:
        return 8;
      case Size::p:
        return static_cast<uint8_t>(v + 2);
      case Size::a:
        return static_cast<uint8_t>(2 * v);
      case Size::s:
        return 6;
      case Size::t:
        return 10;
    }
    return 0;
  }

  static void general(Operand& op, uint8_t number) {
    op.kind = OperandKind::reg;
    op.high = op.bytes == 1 && number >= 4;
    op.reg = op.high ? number - 4 : number;
  }

  void operand(Operand& op, const table::OperandForm& form) {
    op.bytes = bytes_of(form.size);
    switch (form.form) {
      case Form::none:
        break;
      case Form::rm:
        if (mod() == 3) {
          general(op, rm());
        } else {
          op.kind = OperandKind::mem;
        }
        break;
      case Form::reg:
        general(op, reg());
        break;
      case Form::mem:
        op.kind = OperandKind::mem;
        break;
      case Form::rm_reg:
        general(op, rm());
        break;
      case Form::sreg:
        segment_register(op);
        break;
      case Form::creg:
        numbered(op, OperandKind::creg, reg());
        if (op.reg == 1 || op.reg > 4) in_.fail(DecodeStatus::invalid);
        break;
      case Form::dreg:
        numbered(op, OperandKind::dreg, reg());
        break;
      case Form::imm:
        immediate(op);
        break;
      case Form::imm_signed:
        op.kind = OperandKind::imm;
        insn_.imm = sign_extend_byte(in_.byte());
        op.bytes = bytes_of(Size::v);
        break;
      case Form::rel:
        op.kind = OperandKind::rel;
        insn_.imm = in_.value(op.width());
        if (op.bytes == 1) insn_.imm = sign_extend_byte(insn_.imm);
        if (op.bytes == 2) insn_.imm = sign_extend_word(insn_.imm);
        break;
      case Form::far:
        op.kind = OperandKind::far;
        insn_.imm = in_.value(insn_.operand_size);
        insn_.imm2 = in_.word();
        break;
      case Form::moffs:
        op.kind = OperandKind::mem;
        insn_.mem.seg = insn_.segment;
        insn_.mem.disp = in_.value(insn_.address_size);
        break;
      case Form::string_src:
        op.kind = OperandKind::string_src;
        break;
      case Form::string_dst:
        op.kind = OperandKind::string_dst;
        break;
      case Form::opcode_reg:
        general(op, opcode_ & 7);
        break;
      case Form::st:
        if (mod() == 3) {
          numbered(op, OperandKind::st, rm());
        } else {
          op.kind = OperandKind::mem;
        }
        break;
      case Form::gpr:
        general(op, form.reg);
        break;
      case Form::fixed_sreg:
        numbered(op, OperandKind::sreg, form.reg);
        break;
      case Form::one:
        op.kind = OperandKind::imm;
        insn_.imm = 1;
        break;
    }
  }

  static void numbered(Operand& op, OperandKind kind, uint8_t number) {
    op.kind = kind;
    op.reg = number;
  }

  void segment_register(Operand& op) {
    numbered(op, OperandKind::sreg, reg());
    const bool load = insn_.opcode == 0x8e;
    if (op.reg > 5 || (load && op.reg == static_cast<uint8_t>(Seg::cs))) in_.fail(DecodeStatus::invalid);
  }

  void immediate(Operand& op) {
    const bool second = insn_.op[0].kind == OperandKind::imm && &op != &insn_.op[0];
    const uint32_t v = in_.value(op.width());
    op.kind = second ? OperandKind::imm2 : OperandKind::imm;
    (second ? insn_.imm2 : insn_.imm) = v;
  }

  void memory() {
    if (insn_.address_size == Width::d) {
      memory32();
    } else {
      memory16();
    }
  }

  void address(uint8_t base, uint8_t index, bool stack) {
    insn_.mem.base = base;
    insn_.mem.index = index;
    insn_.mem.seg = overridden_ ? insn_.segment : stack ? Seg::ss : Seg::ds;
  }

  void memory32() {
    uint8_t base = rm();
    uint8_t index = kNoRegister;
    if (base == kEsp) {  // SIB
      const uint8_t sib = in_.byte();
      base = sib & 7;
      index = (sib >> 3) & 7;
      insn_.mem.scale = sib >> 6;
      if (index == kEsp) {
        index = kNoRegister;
        insn_.mem.scale = 0;
      }
    }
    if (mod() == 0 && base == kEbp) base = kNoRegister;
    address(base, index, base == kEsp || base == kEbp);
    if (mod() == 1) insn_.mem.disp = sign_extend_byte(in_.byte());
    if (mod() == 2 || (mod() == 0 && base == kNoRegister)) insn_.mem.disp = in_.dword();
  }

  void memory16() {
    static constexpr uint8_t kBase[8] = {kEbx, kEbx, kEbp, kEbp, kEsi, kEdi, kEbp, kEbx};
    static constexpr uint8_t kIndex[8] = {kEsi, kEdi, kEsi, kEdi, kNoRegister, kNoRegister, kNoRegister, kNoRegister};
    uint8_t base = kBase[rm()];
    if (mod() == 0 && rm() == 6) base = kNoRegister;
    address(base, kIndex[rm()], base == kEbp);
    if (mod() == 1) insn_.mem.disp = sign_extend_byte(in_.byte());
    if (mod() == 2 || base == kNoRegister) insn_.mem.disp = sign_extend_word(in_.word());
  }

  Cursor in_;
  Mode mode_;
  Insn& insn_;
  uint8_t opcode_ = 0;
  uint8_t modrm_ = 0;
  bool have_modrm_ = false;
  bool overridden_ = false;
  bool prefixed_ = false;  // or not 32-bit code
};

}  // namespace

DecodeStatus decode(std::span<const uint8_t> bytes, Mode mode, Insn& insn) {
  new (&insn) Insn;  // in place
  return Decoder(bytes, mode, insn).run();
}

DecodeResult decode(std::span<const uint8_t> bytes, Mode mode) {
  DecodeResult r;
  r.status = Decoder(bytes, mode, r.insn).run();
  return r;
}

}  // namespace veil::x86
