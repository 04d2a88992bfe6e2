// What the flags need from the ALU's stage (X): which bits they will come from, decoded once, and the bits themselves as far
// as they are known.  flag_unit.sv finishes them a stage later, with few levels of logic between these registers and a condition.
//
// The last bit shifted out is always at one of four places of the rotator's output (shifter.sv): bit 31 to the right; to the
// left the first bit above the operand's width, in 32 bits that is bit 0.

module flag_prepare
  import veil_core_pkg::*;
(
  input  flag_op_e    op_i,
  input  logic        is_byte_i,
  input  logic        is_half_i,
  input  logic [31:0] result_i,      // in the low bits of the width
  input  logic [31:0] a_i,           // first operand, whole register
  input  logic [3:0]  carry_i,       // into bits 4, 8, 16, out of 31
  input  logic [2:0]  over_i,        // signed overflow of bytes, halves, words
  input  logic [3:0]  shift_out_i,   // bits 31, 16, 8, 0 of the rotator's output
  input  logic        shift_zero_i,  // shift count & 31 = 0
  output flag_raw_t   raw_o
);

  logic adds, subtracts, keeps_carry, right, rotates, unless_zero, is_word;
  assign adds = op_i inside {FlagsAdd, FlagsInc};
  assign subtracts = op_i inside {FlagsSub, FlagsDec};
  assign keeps_carry = op_i inside {FlagsInc, FlagsDec};
  assign right = op_i inside {FlagsShr, FlagsSar};
  assign rotates = op_i inside {FlagsRol, FlagsRor};
  assign unless_zero = (op_i == FlagsShl) | right | rotates;
  assign is_word = ~(is_byte_i | is_half_i);

  logic carry, over;
  always_comb begin
    carry = (carry_i[1] & is_byte_i) | (carry_i[2] & is_half_i) | (carry_i[3] & is_word);
    over = (over_i[0] & is_byte_i) | (over_i[1] & is_half_i) | (over_i[2] & is_word);
  end

  always_comb begin
    raw_o = '0;
    raw_o.result = result_i;
    raw_o.is_byte = is_byte_i;
    raw_o.is_half = is_half_i;
    raw_o.shift_out = shift_out_i;
    raw_o.shift_place[3] = right;
    raw_o.shift_place[2] = (op_i == FlagsShl) & is_half_i;
    raw_o.shift_place[1] = (op_i == FlagsShl) & is_byte_i;
    raw_o.shift_place[0] = (op_i == FlagsShl) & is_word;
    raw_o.shl = op_i == FlagsShl;
    raw_o.rol = op_i == FlagsRol;
    // Of shr, too: the highest bit of its result is 0, so that OF is the bit below and CF is not touched.
    raw_o.ror = op_i inside {FlagsRor, FlagsShr};
    raw_o.direct = op_i == FlagsAll;

    if (adds | subtracts) begin
      raw_o.known.cf = carry ^ subtracts;
      raw_o.known.af = carry_i[0] ^ subtracts;
      raw_o.known.of = over;
    end
    if (op_i == FlagsAll) begin
      raw_o.known = '{of: a_i[11], sf: a_i[7], zf: a_i[6], af: a_i[4], pf: a_i[2], cf: a_i[0]};
    end
    if (op_i inside {FlagsCarry, FlagsCarryO}) begin
      raw_o.known.cf = a_i[0];
      raw_o.known.of = a_i[0];
    end

    raw_o.write_rest = adds | subtracts | (op_i inside {FlagsLogic, FlagsAll});
    raw_o.write_cf = raw_o.write_rest & ~keeps_carry;
    raw_o.write_of = raw_o.write_rest;
    if (op_i inside {FlagsCarry, FlagsCarryO}) raw_o.write_cf = 1'b1;
    if (op_i == FlagsCarryO) raw_o.write_of = 1'b1;
    if (unless_zero & ~shift_zero_i) begin
      raw_o.write_cf = 1'b1;
      raw_o.write_of = 1'b1;
      raw_o.write_rest = ~rotates;
    end
  end

  logic unused_a;
  assign unused_a = ^a_i;

endmodule
