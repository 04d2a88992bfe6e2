// Whether the granules that an access touches are marked: one bit of a TLB entry's 64, or two.
//
// Which column of the TLB has the entry is known late. So this is mapped by itself (keep_hierarchy; see load_forward.sv): an
// and-or for every column with selects that are there early, joined by the late ones up to the bit that goes into a register.

(* keep_hierarchy *)
module granule_mark #(
  parameter int unsigned Columns = 4
) (
  input  logic [Columns-1:0][63:0] granules_i,
  input  logic [Columns-1:0]       select_i,
  input  logic [5:0]               at_i,
  // in M: an access that is slow, for this reason or another
  input  logic                     write_i,    // it would write
  input  logic                     other_i,
  output logic                     slow_o,
  // in the slow path
  input  logic                     second_i,   // at2_i counts, too
  input  logic [5:0]               at2_i,
  output logic                     marked_o
);

  logic [Columns-1:0] first, second;
  always_comb begin
    for (int unsigned c = 0; c < Columns; c++) begin
      first[c] = |(granules_i[c] & (64'd1 << at_i));
      second[c] = |(granules_i[c] & (64'(second_i) << at2_i));
    end
  end
  assign slow_o = (|(first & select_i) & write_i) | other_i;
  assign marked_o = |((first | second) & select_i);

endmodule
