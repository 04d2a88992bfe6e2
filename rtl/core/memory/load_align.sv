// A load's value from the word that holds it, or from several of which the load's is one.  The words come late: every byte of the
// value is an and-or with selects that are there early.  The value of an or of words is the or of their values.  (An access
// across two words is done by the slow path: its value here is not used.)

module load_align
  import veil_core_pkg::*;
#(
  parameter int unsigned Words = 2
) (
  input  mem_ctl_t               ctl_i,
  input  logic [1:0]             at_i,      // address bits 1:0
  input  logic                   enable_i,  // low: the values are zero, so that another one can be joined by an or
  input  logic [Words-1:0][31:0] word_i,
  output logic [Words-1:0][31:0] value_o
);

  logic is_word, is_byte;
  assign is_word = enable_i & (ctl_i.size == SizeWord);
  assign is_byte = ctl_i.size == SizeByte;
  logic unused_ctl;
  assign unused_ctl = ^ctl_i;

  logic [3:0] first, second, sign_at;  // where bytes 0 and 1 of the value, and its sign, come from
  always_comb begin
    for (int unsigned b = 0; b < 4; b++) begin
      first[b] = enable_i & (is_word ? (b == 0) : (at_i == 2'(b)));
      second[b] = enable_i & (is_word ? (b == 1) : ((b != 0) & (at_i == 2'(b - 1)) & ~is_byte));
      sign_at[b] = ~is_word & ~ctl_i.zero_ext & (is_byte ? first[b] : second[b]);
    end
  end

  always_comb begin
    logic [3:0][7:0] bytes;
    logic sign;
    for (int unsigned w = 0; w < Words; w++) begin
      bytes = word_i[w];
      sign = |({bytes[3][7], bytes[2][7], bytes[1][7], bytes[0][7]} & sign_at);
      value_o[w][7:0] = ((bytes[0] & {8{first[0]}}) | (bytes[1] & {8{first[1]}})) |
                        ((bytes[2] & {8{first[2]}}) | (bytes[3] & {8{first[3]}}));
      value_o[w][15:8] = ((bytes[1] & {8{second[1]}}) | (bytes[2] & {8{second[2]}})) |
                         ((bytes[3] & {8{second[3]}}) | {8{sign & is_byte}});
      value_o[w][31:16] = (word_i[w][31:16] & {16{is_word}}) | {16{sign}};
    end
  end

endmodule
