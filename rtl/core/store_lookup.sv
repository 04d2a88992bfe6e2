// The bytes of a word that a queue of stores has: an and-or over the entries, of which at most one serves a byte.
//
// The address is late, so its comparison is in two parts: eight bits take two levels of logic, two bits and what is in registers
// take two as well.  (Reductions of whole vectors: synthesis makes trees of them, and chains of a loop that collects bit by bit.)

module store_lookup #(
  parameter int unsigned Depth = 16
) (
  input  logic [9:0]             offset_i,  // address bits 11:2
  // entries
  input  logic [Depth-1:0][9:0]  entry_offset_i,
  input  logic [Depth-1:0][3:0]  entry_serves_i,
  input  logic [Depth-1:0][31:0] entry_data_i,
  output logic [3:0]             found_o,
  output logic [31:0]            data_o
);

  logic [Depth-1:0] same_low, same_high;
  always_comb begin
    logic [Depth-1:0] select, column;
    for (int unsigned i = 0; i < Depth; i++) begin
      same_low[i] = entry_offset_i[i][7:0] == offset_i[7:0];
      same_high[i] = entry_offset_i[i][9:8] == offset_i[9:8];
    end
    for (int unsigned b = 0; b < 4; b++) begin
      for (int unsigned i = 0; i < Depth; i++) select[i] = same_low[i] & (same_high[i] & entry_serves_i[i][b]);
      found_o[b] = |select;
      for (int unsigned k = 8 * b; k < 8 * b + 8; k++) begin
        for (int unsigned i = 0; i < Depth; i++) column[i] = entry_data_i[i][k];
        data_o[k] = |(column & select);
      end
    end
  end

endmodule
