// Physical page of an access, and which ways of the data cache hold its line.
//
// Which column of the TLB has the page is known as late as the tags are, so every column's page is compared with them, and the
// column only selects the outcome.  It is mapped by itself (keep_hierarchy; see load_forward.sv), and whether a load misses is
// part of it.

(* keep_hierarchy *)
module way_hit #(
  parameter int unsigned Columns = 4,
  parameter int unsigned Ways = 2
) (
  input  logic [Columns-1:0][19:0] phys_i,       // of the TLB's columns
  input  logic [Columns-1:0]       select_i,     // which of them has the page, if any and if it is wanted
  input  logic                     translate_i,  // low: page_i is the physical page
  input  logic [19:0]              page_i,       // linear page
  input  logic [Ways-1:0][20:0]    tag_i,        // valid, page
  input  logic                     load_i,       // a miss would be a load's
  output logic [19:0]              phys_o,
  output logic [Ways-1:0]          hit_o,
  output logic                     miss_o
);

  always_comb begin
    phys_o = page_i & {20{~translate_i}};
    for (int unsigned c = 0; c < Columns; c++) phys_o = phys_o | (phys_i[c] & {20{select_i[c]}});
    for (int unsigned w = 0; w < Ways; w++) begin
      hit_o[w] = ~translate_i & (tag_i[w] == {1'b1, page_i});
      for (int unsigned c = 0; c < Columns; c++) hit_o[w] = hit_o[w] | (select_i[c] & (tag_i[w] == {1'b1, phys_i[c]}));
    end
    miss_o = load_i & ~|hit_o;
  end

endmodule
