// Whether the granules that an access touches are marked: one bit of a TLB entry's 64, or two.
//
// The bits come late out of block RAM, of which the mapping to LUTs knows nothing: it would put them at the start of a long
// chain. So this is mapped by itself (keep_hierarchy), and as an and-or with selects that are there early.

(* keep_hierarchy *)
module granule_mark (
  input  logic [63:0] granules_i,
  input  logic [5:0]  at_i,
  input  logic        second_i,   // at2_i counts, too
  input  logic [5:0]  at2_i,
  output logic        marked_o
);

  function automatic logic one(logic [7:0][7:0] granules, logic [5:0] at);
    logic [7:0] row, column, some;
    for (int unsigned i = 0; i < 8; i++) begin
      row[i] = at[5:3] == 3'(i);
      column[i] = at[2:0] == 3'(i);
    end
    for (int unsigned i = 0; i < 8; i++) some[i] = |(granules[i] & column);
    return |(some & row);
  endfunction

  assign marked_o = one(granules_i, at_i) | (second_i & one(granules_i, at2_i));

endmodule
