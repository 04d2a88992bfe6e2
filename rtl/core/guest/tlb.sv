// TLB: direct-mapped by linear page number, filled and flushed by CSR writes.
//
// Kept as columns of 16-deep LUT RAM joined by one-hot and-or; the physical page is joined where it is wanted (way_hit.sv), and
// that nothing is translated is one more leg there.  The validity bit is part of the RAM: the slow path sweeps all entries at
// reset and for a full flush.  The marks of the granules are two thirds of an entry and in block RAM, whose address is there a
// cycle earlier.  (Entries are written while the pipeline is frozen, which is flushed then: no entry is read while it is
// written.)

module tlb
  import veil_core_pkg::*;
#(
  parameter int unsigned Entries = 64,
  localparam int unsigned IndexWidth = $clog2(Entries),
  localparam int unsigned TagWidth = 20 - IndexWidth,
  localparam int unsigned Columns = tlb_columns(Entries)
) (
  input  logic                  clk_i,
  // look-up, combinational
  input  logic [19:0]           page_i,       // linear page
  input  logic [19:0]           page_next_i,  // what page_i will be in the next cycle
  input  logic                  translate_i,  // otherwise nothing is selected, and the rest means nothing
  output logic                  hit_o,
  output logic [Columns-1:0][19:0] phys_o,    // of each column
  output logic [Columns-1:0]    select_o,     // the one that has the page
  output logic                  write_o,
  output logic                  user_o,
  output logic                  io_o,
  output logic [63:0]           granules_o,
  // one entry is written, or invalidated
  input  logic                  we_i,
  input  logic                  wvalid_i,
  input  logic [19:0]           wpage_i,
  input  logic [19:0]           wphys_i,
  input  logic                  wwrite_i,
  input  logic                  wuser_i,
  input  logic                  wio_i,
  input  logic [63:0]           wgranules_i
);

  typedef struct packed {
    logic                valid;
    logic [TagWidth-1:0] tag;
    logic [19:0]         phys;
    logic                write;
    logic                user;
    logic                io;
  } entry_t;

  localparam int unsigned Rows = Entries / Columns;
  localparam int unsigned RowWidth = $clog2(Rows);

  entry_t wentry;
  assign wentry = '{
      valid: wvalid_i,
      tag: wpage_i[19:IndexWidth],
      phys: wphys_i,
      write: wwrite_i,
      user: wuser_i,
      io: wio_i
  };

  blockram #(
    .Depth(Entries),
    .Width(64)
  ) u_granules (
    .clk_i,
    .we_i,
    .waddr_i(wpage_i[IndexWidth-1:0]),
    .wdata_i(wgranules_i),
    .re_i   (1'b1),
    .raddr_i(page_next_i[IndexWidth-1:0]),
    .rdata_o(granules_o)
  );
  logic unused_page;
  assign unused_page = ^page_next_i[19:IndexWidth];

  entry_t [Columns-1:0] read;
  logic [Columns-1:0] wselect, rselect;

  for (genvar c = 0; c < Columns; c++) begin : g_column
    if (Columns > 1) begin : g_select
      assign rselect[c] = page_i[IndexWidth-1:RowWidth] == (IndexWidth - RowWidth)'(c);
      assign wselect[c] = wpage_i[IndexWidth-1:RowWidth] == (IndexWidth - RowWidth)'(c);
    end else begin : g_only
      assign rselect[c] = 1'b1;
      assign wselect[c] = 1'b1;
    end
    lutram #(
      .Depth(Rows),
      .Width($bits(entry_t)),
      .NumRead(1)
    ) u_rows (
      .clk_i,
      .we_i   (we_i & wselect[c]),
      .waddr_i(wpage_i[RowWidth-1:0]),
      .wdata_i(wentry),
      .raddr_i(page_i[RowWidth-1:0]),
      .rdata_o(read[c])
    );
  end

  entry_t entry;
  always_comb begin
    entry = '0;
    for (int unsigned c = 0; c < Columns; c++) entry = entry | (read[c] & {$bits(entry_t){rselect[c]}});
  end

  assign hit_o = entry.valid & (entry.tag == page_i[19:IndexWidth]);
  always_comb begin
    for (int unsigned c = 0; c < Columns; c++) phys_o[c] = read[c].phys;
    select_o = rselect & {Columns{translate_i}};
  end
  assign write_o = entry.write;
  assign user_o = entry.user;
  assign io_o = entry.io;

endmodule
