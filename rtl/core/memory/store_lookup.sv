// The bytes of a word that a queue of stores has: an and-or over the entries, of which at most one serves a byte.
//
// The address is late, so its comparison is in two parts: eight bits take two levels of logic, two bits and what is in registers
// take two as well.  The or over the entries is a tree of words: quick to simulate, and no chain in hardware.

module store_lookup #(
  parameter int unsigned Depth = 16  // a power of two: the tree halves it
) (
  input  logic [9:0]             offset_i,  // address bits 11:2
  // entries
  input  logic [Depth-1:0][9:0]  entry_offset_i,
  input  logic [Depth-1:0][3:0]  entry_serves_i,
  input  logic [Depth-1:0][31:0] entry_data_i,
  output logic [3:0]             found_o,
  output logic [31:0]            data_o
);

  always_comb begin
    logic same_low, same_high;
    logic [Depth-1:0][3:0] select;
    logic [Depth-1:0][31:0] data;
    select = '0;  // whole before its parts, for Verilator (docs/internals/core.md)
    data = '0;
    for (int unsigned i = 0; i < Depth; i++) begin
      same_low = entry_offset_i[i][7:0] == offset_i[7:0];
      same_high = entry_offset_i[i][9:8] == offset_i[9:8];
      select[i] = {4{same_low}} & ({4{same_high}} & entry_serves_i[i]);
      data[i] = entry_data_i[i] & {{8{select[i][3]}}, {8{select[i][2]}}, {8{select[i][1]}}, {8{select[i][0]}}};
    end
    for (int unsigned half = Depth / 2; half > 0; half = half / 2) begin
      for (int unsigned i = 0; i < half; i++) begin
        select[i] = select[i] | select[i+half];
        data[i] = data[i] | data[i+half];
      end
    end
    found_o = select[0];
    data_o = data[0];
  end

endmodule
