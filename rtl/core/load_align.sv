// A load's value from the word that holds it, for both ways of the data cache.  The words come late: every byte of the value is
// an and-or with selects that are there early.  (An access across two words is the slow path's: its value here is nobody's.)

module load_align
  import veil_core_pkg::*;
(
  input  mem_ctl_t         ctl_i,
  input  logic [1:0]       at_i,      // address bits 1:0
  input  logic [1:0][31:0] word_i,
  output logic [1:0][31:0] value_o
);

  logic is_word, is_byte;
  assign is_word = ctl_i.size == SizeWord;
  assign is_byte = ctl_i.size == SizeByte;
  logic unused_ctl;
  assign unused_ctl = ^ctl_i;

  logic [3:0] first, second, sign_at;  // where bytes 0 and 1 of the value, and its sign, come from
  always_comb begin
    for (int unsigned b = 0; b < 4; b++) begin
      first[b] = is_word ? (b == 0) : (at_i == 2'(b));
      second[b] = is_word ? (b == 1) : ((b != 0) & (at_i == 2'(b - 1)) & ~is_byte);
      sign_at[b] = ~is_word & ~ctl_i.zero_ext & (is_byte ? first[b] : second[b]);
    end
  end

  always_comb begin
    logic sign;
    for (int unsigned w = 0; w < 2; w++) begin
      sign = 1'b0;
      value_o[w] = '0;
      for (int unsigned b = 0; b < 4; b++) begin
        sign = sign | (word_i[w][8*b+7] & sign_at[b]);
        value_o[w][7:0] = value_o[w][7:0] | (word_i[w][8*b+:8] & {8{first[b]}});
        value_o[w][15:8] = value_o[w][15:8] | (word_i[w][8*b+:8] & {8{second[b]}});
      end
      value_o[w][15:8] = value_o[w][15:8] | {8{sign & is_byte}};
      value_o[w][31:16] = (word_i[w][31:16] & {16{is_word}}) | {16{sign}};
    end
  end

endmodule
