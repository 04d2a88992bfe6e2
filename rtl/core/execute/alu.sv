// One lane's arithmetic: RV32I, Zba, Zbb, Zbs, narrow merging arithmetic, conditional data.
//
// The result is built by and-or from one selected source; narrow results are then merged into rs1 by bytes.
// Flags are only prepared here: flag_unit.sv finishes them one stage later, so that the adder and the bypass have the
// cycle for themselves.

module alu
  import veil_core_pkg::*;
(
  input  alu_ctl_t    ctl_i,
  input  flag_op_e    flag_op_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  flags_t      flags_i,     // flag register that the operation reads
  output logic [31:0] result_o,
  output flag_raw_t   flags_o,
  output logic        equal_o,     // for RV branches
  output logic        less_o
);

  logic unused_ctl;
  assign unused_ctl = ^ctl_i;

  logic high;
  assign high = ctl_i.narrow & (ctl_i.width == 2'd3);
  logic is_byte, is_half;
  assign is_byte = ctl_i.narrow & (ctl_i.width == 2'd0 | ctl_i.width == 2'd3);
  assign is_half = ctl_i.narrow & (ctl_i.width == 2'd1);

  // First operand in place: byte 1 moved down for width h.  Second operand: byte 1 alone for kind "high".
  logic [31:0] a, b;
  always_comb begin
    a = a_i;
    if (high) a[7:0] = a_i[15:8];
    b = ctl_i.b_high ? {24'b0, b_i[15:8]} : b_i;
  end

  // Adder.  Bits above the width may hold anything: carries are taken where the width ends.
  logic [31:0] x, y, sum;
  logic cin, cout;
  always_comb begin
    x = (a << ctl_i.shift_add) ^ {32{ctl_i.invert_a}};
    y = b ^ {32{ctl_i.invert_b}};
    cin = ctl_i.carry_in ^ (ctl_i.carry_flag & flags_i.cf);
  end
  logic [33:0] wide_sum;
  assign wide_sum = {1'b0, x, 1'b1} + {1'b0, y, cin};
  assign {cout, sum} = wide_sum[33:1];

  // Comparison on a carry chain of its own: it does not wait for the operand selection above.
  logic [33:0] diff;
  assign diff = {1'b0, a_i[31] ^ ~ctl_i.is_unsigned, a_i[30:0], 1'b1} +
                {1'b0, ~(b_i[31] ^ ~ctl_i.is_unsigned), ~b_i[30:0], 1'b1};
  assign less_o = ~diff[33];
  logic unused_diff;
  assign unused_diff = ^diff[32:0];

  logic [15:0] pair_differs;
  logic [17:0] equal_chain;
  always_comb begin
    for (int unsigned i = 0; i < 16; i++) pair_differs[i] = a_i[2*i+:2] != b_i[2*i+:2];
  end
  assign equal_chain = {1'b0, pair_differs, 1'b1} + {1'b0, 16'hffff, 1'b0};
  assign equal_o = ~equal_chain[17];
  logic unused_equal;
  assign unused_equal = ^{equal_chain[16:0], wide_sum[0]};

  // Logic.
  logic [31:0] lb, logic_result;
  always_comb begin
    lb = (ctl_i.b_onehot ? 32'd1 << b_i[4:0] : b) ^ {32{ctl_i.logic_inv_b}};
    unique case (ctl_i.logic_op)
      2'd0: logic_result = a & lb;
      2'd1: logic_result = a | lb;
      2'd2: logic_result = a ^ lb;
      default: logic_result = lb;
    endcase
  end

  // Shifter's operand: extended for shifts, repeated for rotations.
  logic [31:0] shift_in, rotated, shift_keep, shift_fill;
  logic sign, sign_out;
  always_comb begin
    sign = ctl_i.arith & (is_byte ? a[7] : is_half ? a[15] : a[31]);
    shift_in = a;
    if (is_byte) shift_in = {{3{a[7:0] & {8{ctl_i.rotate}}}}, a[7:0]};
    if (is_half) shift_in = {a[15:0] & {16{ctl_i.rotate}}, a[15:0]};
  end
  logic [4:0] amount;
  assign amount = b[4:0];
  shifter u_shifter (
    .a_i      (shift_in),
    .amount_i (amount),
    .left_i   (ctl_i.left),
    .is_byte_i(is_byte),
    .is_half_i(is_half),
    .sign_i   (sign),
    .rotate_i (ctl_i.rotate),
    .rotated_o(rotated),
    .keep_o   (shift_keep),
    .fill_o   (shift_fill),
    .out_o    (sign_out)
  );

  // Bytes.
  logic [31:0] bytes_result;
  always_comb begin
    unique case (ctl_i.bytes_op)
      3'd0: bytes_result = {{24{a_i[7]}}, a_i[7:0]};
      3'd1: bytes_result = {{16{a_i[15]}}, a_i[15:0]};
      3'd2: bytes_result = {16'b0, a_i[15:0]};
      3'd3: for (int unsigned k = 0; k < 4; k++) bytes_result[8*k+:8] = {8{|a_i[8*k+:8]}};
      default: bytes_result = {a_i[7:0], a_i[15:8], a_i[23:16], a_i[31:24]};
    endcase
  end

  // Conditional data.
  logic holds;
  assign holds = condition(ctl_i.cond, flags_i);
  logic [31:0] cond_result;
  always_comb begin
    cond_result = holds ? b_i : a_i;  // cmov, min, max
    if (ctl_i.sel_minmax) cond_result = (less_o ^ ctl_i.want_max) ? a_i : b_i;
    if (ctl_i.sel_set) begin
      cond_result = a_i;
      if (ctl_i.set_high) cond_result[15:8] = {7'b0, holds};
      else cond_result[7:0] = {7'b0, holds};
    end
  end
  // EFLAGS positions (SDM volume 1, 3.4.3): CF 0, PF 2, AF 4, ZF 6, SF 7, OF 11.
  logic [31:0] getf_result;
  assign getf_result = {20'b0, flags_i.of, 3'b0, flags_i.sf, flags_i.zf, 1'b0, flags_i.af, 1'b0, flags_i.pf, 1'b0,
                        flags_i.cf};

  // The result: a narrow one is merged into rs1 by bytes.  Sum and rotator come last, so each is selected by one mask that
  // says all: the operation, what of a shift is kept, and where the byte goes.
  logic to_low, to_second, to_upper;  // where the operation's bytes 0, 1 and 3:2 go; for width h byte 0 goes to byte 1
  logic [31:0] early, keep, raw;
  always_comb begin
    to_low = ~high;
    to_second = ~is_byte;
    to_upper = ~(is_byte | is_half);

    early = logic_result & {32{ctl_i.sel_logic}};
    early = early | (cond_result & {32{ctl_i.sel_cmov | ctl_i.sel_set | ctl_i.sel_minmax}});
    early = early | (getf_result & {32{ctl_i.sel_getf}});
    early[0] = early[0] | (ctl_i.sel_less & less_o);
    early = early | (a_i & {32{ctl_i.sel_count}});  // counted in M
    early = early | (bytes_result & {32{ctl_i.sel_bytes}});
    early = early | (shift_fill & {32{ctl_i.sel_shift & ~ctl_i.bit_extract}});
    keep = shift_keep & {{31{ctl_i.sel_shift & ~ctl_i.bit_extract}}, ctl_i.sel_shift};
    raw = early | (rotated & keep) | (sum & {32{ctl_i.sel_sum}});

    result_o[7:0] = (rotated[7:0] & (keep[7:0] & {8{to_low}})) | (sum[7:0] & {8{ctl_i.sel_sum & to_low}}) |
                    (to_low ? early[7:0] : a_i[7:0]);
    result_o[15:8] = (rotated[15:8] & (keep[15:8] & {8{to_second}})) | (sum[15:8] & {8{ctl_i.sel_sum & to_second}}) |
                     (rotated[7:0] & (keep[7:0] & {8{high}})) | (sum[7:0] & {8{ctl_i.sel_sum & high}}) |
                     (high ? early[7:0] : to_second ? early[15:8] : a_i[15:8]);
    result_o[31:16] = (rotated[31:16] & (keep[31:16] & {16{to_upper}})) |
                      (sum[31:16] & {16{ctl_i.sel_sum & to_upper}}) | (to_upper ? early[31:16] : a_i[31:16]);
  end

  // Raw material of the flags.
  flag_prepare u_flags (
    .op_i        (flag_op_i),
    .is_byte_i   (is_byte),
    .is_half_i   (is_half),
    .result_i    (raw),
    .a_i         (a_i),
    .carry_i     ({cout, sum[16] ^ x[16] ^ y[16], sum[8] ^ x[8] ^ y[8], sum[4] ^ x[4] ^ y[4]}),
    .over_i      ({(x[31] ~^ y[31]) & (x[31] ^ sum[31]), (x[15] ~^ y[15]) & (x[15] ^ sum[15]),
                   (x[7] ~^ y[7]) & (x[7] ^ sum[7])}),
    .shift_out_i ({rotated[31] | sign_out, rotated[16], rotated[8], rotated[0]}),
    .shift_zero_i(amount == '0),
    .raw_o       (flags_o)
  );

endmodule
