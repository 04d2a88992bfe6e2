// Finishes a lane's flags, in the stage after the ALU (docs/internals/native-machine.md, "Arithmetic").
//
// Output: the value for the flag register and which of its bits change; the others keep the register's old value.

module flag_unit
  import veil_core_pkg::*;
(
  input  flag_op_e   op_i,
  input  logic [1:0] width_i,
  input  flag_raw_t  raw_i,
  output flags_t     value_o,
  output flags_t     mask_o
);

  logic is_byte, is_half;
  assign is_byte = width_i == 2'd0 | width_i == 2'd3;
  assign is_half = width_i == 2'd1;

  logic carry, over, msb, next_msb, zero, last_out;
  always_comb begin
    carry = is_byte ? raw_i.carry8 : is_half ? raw_i.carry16 : raw_i.carry32;
    over = is_byte ? raw_i.over8 : is_half ? raw_i.over16 : raw_i.over32;
    msb = is_byte ? raw_i.result[7] : is_half ? raw_i.result[15] : raw_i.result[31];
    next_msb = is_byte ? raw_i.result[6] : is_half ? raw_i.result[14] : raw_i.result[30];
    zero = ~|raw_i.result[7:0] & (is_byte | ~|raw_i.result[15:8]) & (is_byte | is_half | ~|raw_i.result[31:16]);
    last_out = raw_i.bit_valid & raw_i.shift_in[raw_i.bit_index];
  end

  logic subtracts;
  assign subtracts = op_i == FlagsSub | op_i == FlagsDec;

  always_comb begin
    value_o.zf = zero;
    value_o.sf = msb;
    value_o.pf = ~^raw_i.result[7:0];
    value_o.af = 1'b0;
    value_o.cf = 1'b0;
    value_o.of = 1'b0;
    mask_o = '1;
    unique case (op_i)
      FlagsAdd, FlagsSub, FlagsInc, FlagsDec: begin
        value_o.cf = carry ^ subtracts;
        value_o.af = raw_i.carry4 ^ subtracts;
        value_o.of = over;
        mask_o.cf = op_i == FlagsAdd | op_i == FlagsSub;
      end
      FlagsLogic: ;
      FlagsShl: begin
        value_o.cf = last_out;
        value_o.of = msb ^ last_out;
      end
      FlagsShr: begin
        value_o.cf = last_out;
        value_o.of = is_byte ? raw_i.shift_in[7] : is_half ? raw_i.shift_in[15] : raw_i.shift_in[31];
      end
      FlagsSar: value_o.cf = last_out;
      FlagsRol: begin
        value_o.cf = raw_i.result[0];
        value_o.of = msb ^ raw_i.result[0];
      end
      FlagsRor: begin
        value_o.cf = msb;
        value_o.of = msb ^ next_msb;
      end
      FlagsAll: begin
        value_o.cf = raw_i.result[0];
        value_o.pf = raw_i.result[2];
        value_o.af = raw_i.result[4];
        value_o.zf = raw_i.result[6];
        value_o.sf = raw_i.result[7];
        value_o.of = raw_i.result[11];
      end
      FlagsCarry, FlagsCarryO: begin
        value_o.cf = raw_i.direct;
        value_o.of = raw_i.direct;
        mask_o = '0;
        mask_o.cf = 1'b1;
        mask_o.of = op_i == FlagsCarryO;
      end
      default: mask_o = '0;
    endcase
    if (op_i == FlagsRol | op_i == FlagsRor) begin
      mask_o.zf = 1'b0;
      mask_o.sf = 1'b0;
      mask_o.pf = 1'b0;
      mask_o.af = 1'b0;
    end
    if (raw_i.shift_zero & (op_i inside {FlagsShl, FlagsShr, FlagsSar, FlagsRol, FlagsRor})) mask_o = '0;
  end

endmodule
