// Alias table: the bytes that guarded loads have read since the last commit.  A guarded store that overlaps one traps.
//
// An entry is a word and its byte mask.  The pipeline asks with the page offset only (`maybe_o`); on "maybe" the slow
// path walks the entries and compares the physical page, one entry a cycle.  False offset hits only cost time.

`include "veil_assert.svh"

module alias_table #(
  parameter int unsigned Entries = 16,
  localparam int unsigned IndexWidth = $clog2(Entries)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // look-up
  input  logic [9:0]            offset_i,
  input  logic [3:0]            be_i,
  // insertion, and the page of a walk
  input  logic                  insert_i,
  input  logic [9:0]            insert_offset_i,
  input  logic [3:0]            insert_be_i,
  input  logic [19:0]           page_i,
  input  logic                  clear_i,       // commit, rollback; an insertion in the same cycle is the same group's
  output logic                  maybe_o,
  output logic [IndexWidth:0]   count_o,
  // walk
  input  logic [IndexWidth-1:0] walk_i,
  output logic                  walk_match_o   // entry walk_i overlaps offset_i, page_i, be_i
);

  logic [Entries-1:0][9:0] offset_q;
  logic [Entries-1:0][3:0] be_q;
  logic [IndexWidth:0] count_q;
  logic [Entries-1:0] overlap;
  logic [IndexWidth-1:0] slot;
  logic [19:0] walk_page;

  always_comb begin
    for (int unsigned i = 0; i < Entries; i++) begin
      overlap[i] = ((IndexWidth + 1)'(i) < count_q) & (offset_q[i] == offset_i) & |(be_q[i] & be_i);
    end
    maybe_o = |overlap;
    slot = count_q[IndexWidth-1:0];
  end

  lutram #(
    .Depth(Entries),
    .Width(20),
    .NumRead(1)
  ) u_pages (
    .clk_i,
    .we_i   (insert_i),
    .waddr_i(slot),
    .wdata_i(page_i),
    .raddr_i(walk_i),
    .rdata_o(walk_page)
  );

  logic [Entries-1:0] overlap_q;  // a walk is later than the look-up, with the same address
  always_ff @(posedge clk_i) overlap_q <= overlap;
  assign walk_match_o = overlap_q[walk_i] & (walk_page == page_i);
  assign count_o = count_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Entries; i++) begin
      if (insert_i & (slot == IndexWidth'(i))) begin
        offset_q[i] <= insert_offset_i;
        be_q[i] <= insert_be_i;
      end
    end
    count_q <= clear_i ? '0 : count_q + (IndexWidth + 1)'(insert_i);
    if (!rst_ni) count_q <= '0;
  end

  `VEIL_ASSERT(RoomForInsertion, !(insert_i & (count_q == (IndexWidth + 1)'(Entries))))

endmodule
