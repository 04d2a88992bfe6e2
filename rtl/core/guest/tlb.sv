// First level of the TLB: four columns of LUT RAM, each with a hash of the page number of its own.
//
// A page may be in one row of each column, and two pages that share a row in one column seldom share it in another. What
// comes in takes the first free of its four places, else a random one: so up to four pages always end up side by side, and
// many more mostly do. An entry comes from the second level (tlb_second.sv) while the pipeline is frozen; until then the
// access waits.
//
// Which column has the page is known late (select_o). So everything that is compared with the physical page is compared for
// every column, beside the tags: way_hit.sv, and the checks of lsu.sv.  That nothing is translated is one more leg there.
//
// Invariants:
// - At most one column has a page: a page that a column has is not filled (proved: tests/formal/one_column).
// - The physical page is not compared with the bound here.  Whoever uses an entry does that, at every access.
// - The validity bit is part of the RAM: the slow path sweeps all rows at reset and for a full flush.

`include "veil_assert.svh"

module tlb
  import veil_core_pkg::*;
#(
  parameter int unsigned Entries = 64,
  localparam int unsigned Rows = Entries / TlbColumns,
  localparam int unsigned RowWidth = $clog2(Rows)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // look-up, combinational
  input  logic [19:0]                   page_i,       // linear page
  input  logic                          translate_i,  // otherwise nothing is selected
  output logic [TlbColumns-1:0]         select_o,     // the column that has the page
  output logic [TlbColumns-1:0][19:0]   phys_o,       // of each column
  output tlb_rights_t [TlbColumns-1:0]  rights_o,
  output logic [TlbColumns-1:0][63:0]   granules_o,
  // page_i's entry comes in (no column has it), or is dropped
  input  logic                          fill_i,
  input  logic [TlbColumns-1:0]         keep_i,       // a column that is not to lose its entry, or none
  input  logic                          drop_i,
  input  logic [19:0]                   phys_i,
  input  tlb_rights_t                   rights_i,
  input  logic [63:0]                   granules_i,
  // a row loses its entries
  input  logic                          sweep_i,
  input  logic [RowWidth-1:0]           sweep_row_i
);

  localparam int unsigned TagWidth = 20 - RowWidth;

  typedef struct packed {
    logic                valid;
    logic [TagWidth-1:0] tag;
    logic [19:0]         phys;
    tlb_rights_t         rights;
    logic [63:0]         granules;
  } entry_t;

  // By how many bits a column's hash rotates each field of the page number; 7: it leaves the field out.  Field 0 is in all of
  // them as it is, so that row and tag together are the page.
  localparam logic [TlbColumns-1:0][4:0][2:0] Rotate = {
    {3'd7, 3'd2, 3'd3, 3'd3, 3'd0},
    {3'd3, 3'd1, 3'd7, 3'd2, 3'd0},
    {3'd0, 3'd7, 3'd2, 3'd1, 3'd0},
    {3'd7, 3'd0, 3'd0, 3'd0, 3'd0}
  };

  logic [TlbColumns-1:0][RowWidth-1:0] row;
  always_comb begin
    row = '0;
    for (int unsigned c = 0; c < TlbColumns; c++) begin
      for (int unsigned b = 0; b < 20; b++) begin
        if ((b / RowWidth < 5) && (Rotate[c][3'(b / RowWidth)] != 3'd7)) begin
          row[c][(b + 32'(Rotate[c][3'(b / RowWidth)])) % RowWidth] =
              row[c][(b + 32'(Rotate[c][3'(b / RowWidth)])) % RowWidth] ^ page_i[b];
        end
      end
    end
  end

  entry_t entry;
  assign entry = '{
      valid: fill_i & ~sweep_i & ~drop_i,
      tag: page_i[19:RowWidth],
      phys: phys_i,
      rights: rights_i,
      granules: granules_i
  };

  entry_t [TlbColumns-1:0] read;
  logic [TlbColumns-1:0] found, we, victim;
  for (genvar c = 0; c < TlbColumns; c++) begin : g_column
    lutram #(
      .Depth(Rows),
      .Width($bits(entry_t)),
      .NumRead(1)
    ) u_rows (
      .clk_i,
      .we_i   (we[c]),
      .waddr_i(sweep_i ? sweep_row_i : row[c]),
      .wdata_i(entry),
      .raddr_i(row[c]),
      .rdata_o(read[c])
    );
    assign found[c] = read[c].valid & (read[c].tag == page_i[19:RowWidth]);
    assign select_o[c] = found[c] & translate_i;
    assign phys_o[c] = read[c].phys;
    assign rights_o[c] = read[c].rights;
    assign granules_o[c] = read[c].granules;
  end

  // What is replaced: the first free place, else a random one.
  logic [15:0] random_q;
  logic [1:0] chosen;
  always_comb begin
    chosen = {random_q[9], random_q[0]};
    if (keep_i[chosen]) chosen[0] = ~chosen[0];
    victim = TlbColumns'(1) << chosen;
    for (int unsigned c = TlbColumns; c > 0; c--) begin
      if (~read[c-1].valid) victim = TlbColumns'(1) << (c - 1);
    end
    we = {TlbColumns{sweep_i}} | (victim & {TlbColumns{fill_i & ~|found}}) | (found & {TlbColumns{drop_i}});
  end
  always_ff @(posedge clk_i) begin
    if (fill_i) random_q <= tlb_random_next(random_q);
    if (!rst_ni) random_q <= 16'd1;
  end

  `VEIL_ASSERT(FilledOnlyOnce, !fill_i | (found == '0))
  `VEIL_ASSERT(OneCauseToWrite, $onehot0({fill_i, drop_i, sweep_i}))

endmodule
