// Finishes a lane's flags, in the stage after the ALU (docs/internals/native-machine.md, "Arithmetic"): what depends on the
// whole result.  flag_prepare.sv has done the rest.
//
// Output: the value for the flag register and which of its bits change; the others keep the register's old value.

module flag_unit
  import veil_core_pkg::*;
(
  input  flag_raw_t  raw_i,
  output flags_t     value_o,
  output flags_t     mask_o
);

  logic msb, next_msb, zero, last_out;
  always_comb begin
    msb = raw_i.is_byte ? raw_i.result[7] : raw_i.is_half ? raw_i.result[15] : raw_i.result[31];
    next_msb = raw_i.is_byte ? raw_i.result[6] : raw_i.is_half ? raw_i.result[14] : raw_i.result[30];
    zero = ~|raw_i.result[7:0] & (raw_i.is_byte | ~|raw_i.result[15:8]) &
           (raw_i.is_byte | raw_i.is_half | ~|raw_i.result[31:16]);
    last_out = |(raw_i.shift_out & raw_i.shift_place);
  end

  always_comb begin
    value_o.zf = raw_i.direct ? raw_i.known.zf : zero;
    value_o.sf = raw_i.direct ? raw_i.known.sf : msb;
    value_o.pf = raw_i.direct ? raw_i.known.pf : ~^raw_i.result[7:0];
    value_o.af = raw_i.known.af;
    value_o.cf = raw_i.known.cf | last_out | (raw_i.result[0] & raw_i.rol) | (msb & raw_i.ror);
    value_o.of = raw_i.known.of | ((msb ^ last_out) & raw_i.shl) | ((msb ^ raw_i.result[0]) & raw_i.rol) |
                 ((msb ^ next_msb) & raw_i.ror);
    mask_o = {6{raw_i.write_rest}};
    mask_o.cf = raw_i.write_cf;
    mask_o.of = raw_i.write_of;
  end

endmodule
