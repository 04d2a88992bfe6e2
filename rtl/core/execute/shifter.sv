// One 32-bit barrel shifter for every shift and rotate of a lane, plain or narrow.
//
// Everything is a rotation to the right followed by a mask.  A narrow shift works on the operand extended to 32 bits with
// zeros; a narrow rotation on the operand repeated over the word: rotating the repetition by n rotates each copy by n
// modulo its width, so the low copy is the result.  Signs come in beside the rotator, where the operand has ended.

module shifter
  import veil_core_pkg::*;
(
  input  logic   [31:0] a_i,       // operand, extended or repeated
  input  logic   [ 4:0] amount_i,
  input  logic          left_i,
  input  logic          is_byte_i,
  input  logic          is_half_i,
  input  logic          sign_i,    // shift this in from the left
  input  logic          rotate_i,
  // the result is rotated_o & keep_o | fill_o
  output logic   [31:0] rotated_o,
  output logic   [31:0] keep_o,
  output logic   [31:0] fill_o,
  output logic          out_o      // a sign was the last bit to leave on the right, which rotated_o does not have
);

  localparam logic [31:0] Ones = '1;
  logic [4:1] right;
  logic [31:0] t;

  always_comb begin
    // Rotating left by n is rotating right by -n; bit 0 of both counts is the same.  (No carry chain: it is slower.)
    for (int unsigned k = 1; k < 5; k++) right[k] = amount_i[k] ^ (left_i & |(amount_i & 5'((1 << k) - 1)));
    t = amount_i[0] ? {a_i[0], a_i[31:1]} : a_i;
    t = right[1] ? {t[1:0], t[31:2]} : t;
    t = right[2] ? {t[3:0], t[31:4]} : t;
    t = right[3] ? {t[7:0], t[31:8]} : t;
    t = right[4] ? {t[15:0], t[31:16]} : t;
    rotated_o = t;
    keep_o = {32{rotate_i}} | (left_i ? Ones << amount_i : Ones >> amount_i);
    fill_o = {32{sign_i}} & ~(is_byte_i ? 32'hff >> amount_i : is_half_i ? 32'hffff >> amount_i : Ones >> amount_i);
    out_o = sign_i & ((is_byte_i & (amount_i > 5'd8)) | (is_half_i & (amount_i > 5'd16)));
  end

endmodule
