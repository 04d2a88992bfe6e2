// Second level of the TLB: four ways in block RAM, filled and dropped by CSR writes, and what is known of flat pages.
//
// The slow path of an access asks it (look_i) when the first level has no entry.  The ways are read one after another, one a
// cycle; a page that no way has is flat if the machine says so (flat_i), if it is below the bound and not marked.  Marks are
// a bit for every page, modulo 64 MiB: the firmware marks pages that it must be asked for.
//
// Entries carry the epoch in which they were written, so that all are dropped at once; epoch 0 is none.
//
// Invariants:
// - One operation at a time: busy_o from the cycle after its start until it is through; page_i does not change meanwhile.
// - hit_o and what belongs to it are valid while busy_o is low after a look-up, until the next start.
// - At most one way has a page.
// - What comes from here is not trusted: a flat page is below the bound for the sake of its cause, not for safety.

module tlb_second
  import veil_core_pkg::*;
#(
  parameter int unsigned Entries = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [19:0]  page_i,      // linear page
  // start of an operation
  input  logic         look_i,
  input  logic         fill_i,
  input  logic         drop_i,
  input  logic         mark_i,      // drops, too
  input  logic         clear_i,     // all entries
  output logic         busy_o,
  // what is filled
  input  logic [19:0]  phys_i,
  input  tlb_rights_t  rights_i,
  input  logic [63:0]  granules_i,
  input  logic         marked_i,
  // flat pages
  input  logic         flat_i,
  input  logic [31:12] xbound_i,
  // what has been found
  output logic         hit_o,
  output logic [19:0]  phys_o,
  output tlb_rights_t  rights_o,
  output logic [63:0]  granules_o
);

  localparam int unsigned Ways = 4;
  localparam int unsigned RowWidth = $clog2(Entries / Ways);
  localparam int unsigned IndexWidth = RowWidth + 2;
  localparam int unsigned TagWidth = 20 - RowWidth;
  localparam int unsigned EpochWidth = 6;
  localparam int unsigned MarkWidth = 16;      // bits of a word of marks
  localparam int unsigned MarkIndexWidth = 10;
  localparam int unsigned ClearWidth = (IndexWidth > MarkIndexWidth) ? IndexWidth : MarkIndexWidth;

  typedef struct packed {
    logic [EpochWidth-1:0] epoch;
    logic [TagWidth-1:0]   tag;
    logic [19:0]           phys;
    tlb_rights_t           rights;
    logic [63:0]           granules;
  } entry_t;

  typedef enum logic [1:0] {
    StIdle,
    StProbe,  // way_q's entry is there
    StWrite,
    StClear   // entries, and after a reset marks, one a cycle
  } state_e;
  state_e state_q;
  logic fill_q, drop_q, mark_q, found_q, flat_q, free_q, fresh_q;
  logic [1:0] way_q, free_way_q;
  logic [EpochWidth-1:0] epoch_q;
  logic [ClearWidth-1:0] clear_q;
  logic [15:0] random_q;
  entry_t entry_q;

  // Every bit of the page number is in the row; the tag is all but the lowest field.
  logic [RowWidth-1:0] row;
  always_comb begin
    row = '0;
    for (int unsigned b = 0; b < 20; b++) row[b%RowWidth] = row[b%RowWidth] ^ page_i[b];
  end

  logic start, we, mark_we;
  logic [1:0] way_next;
  logic [IndexWidth-1:0] waddr;
  entry_t read, wentry;
  logic [MarkWidth-1:0] marks, wmarks, mark_bit;
  logic [MarkIndexWidth-1:0] mark_waddr;
  assign start = look_i | fill_i | drop_i | mark_i;
  assign way_next = start ? 2'd0 : way_q + 2'd1;
  blockram #(
    .Depth(Entries),
    .Width($bits(entry_t))
  ) u_entries (
    .clk_i,
    .we_i   (we),
    .waddr_i(waddr),
    .wdata_i(wentry),
    .re_i   (1'b1),
    .raddr_i({row, way_next}),
    .rdata_o(read)
  );
  blockram #(
    .Depth(1 << MarkIndexWidth),
    .Width(MarkWidth)
  ) u_marks (
    .clk_i,
    .we_i   (mark_we),
    .waddr_i(mark_waddr),
    .wdata_i(wmarks),
    .re_i   (1'b1),
    .raddr_i(page_i[13:4]),
    .rdata_o(marks)
  );

  logic current, match, last;
  always_comb begin
    current = read.epoch == epoch_q;
    match = current & (read.tag == page_i[19:RowWidth]);
    last = match | (&way_q);
    mark_bit = MarkWidth'(1) << page_i[3:0];
  end

  // An entry goes where the page's is, else to the first free way, else to a random one.
  logic [1:0] target;
  always_comb begin
    target = found_q ? way_q : free_q ? free_way_q : {random_q[9], random_q[0]};
    we = (state_q == StClear) | ((state_q == StWrite) & (fill_q | found_q));
    waddr = (state_q == StClear) ? clear_q[IndexWidth-1:0] : {row, target};
    wentry = '{
        epoch: (state_q == StWrite & fill_q) ? epoch_q : '0,
        tag: page_i[19:RowWidth],
        phys: phys_i,
        rights: rights_i,
        granules: granules_i
    };
    mark_we = (state_q == StClear & fresh_q) | ((state_q == StWrite) & mark_q);
    mark_waddr = (state_q == StClear) ? clear_q[MarkIndexWidth-1:0] : page_i[13:4];
    wmarks = (state_q == StClear) ? '0 : marked_i ? marks | mark_bit : marks & ~mark_bit;
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        if (clear_i) begin
          epoch_q <= epoch_q + 1'b1;
          if (&epoch_q) state_q <= StClear;
        end
      end
      StProbe: begin
        way_q <= way_q + 2'd1;
        if (~current & ~free_q) begin
          free_q <= 1'b1;
          free_way_q <= way_q;
        end
        if (last) begin
          way_q <= way_q;
          found_q <= match;
          flat_q <= flat_i & (page_i < xbound_i) & ((marks & mark_bit) == '0);
          entry_q <= read;
          state_q <= (fill_q | drop_q) ? StWrite : StIdle;
        end
      end
      StWrite: begin
        if (fill_q) random_q <= tlb_random_next(random_q);
        state_q <= StIdle;
      end
      default: begin  // StClear
        clear_q <= clear_q + 1'b1;
        if (&clear_q) begin
          state_q <= StIdle;
          epoch_q <= EpochWidth'(1);
          fresh_q <= 1'b0;
        end
      end
    endcase
    if (start & (state_q inside {StIdle, StProbe})) begin
      state_q <= StProbe;
      way_q <= '0;
      free_q <= 1'b0;
      found_q <= 1'b0;
      flat_q <= 1'b0;
      fill_q <= fill_i;
      drop_q <= drop_i | mark_i;
      mark_q <= mark_i;
    end
    if (!rst_ni) begin
      state_q <= StClear;
      clear_q <= '0;
      epoch_q <= '0;
      fresh_q <= 1'b1;
      random_q <= 16'd1;
      found_q <= 1'b0;
      flat_q <= 1'b0;
    end
  end

  assign busy_o = state_q != StIdle;
  assign hit_o = found_q | flat_q;
  assign phys_o = found_q ? entry_q.phys : page_i;
  assign rights_o = found_q ? entry_q.rights : '{io: 1'b0, user: 1'b1, write: 1'b1};
  assign granules_o = entry_q.granules & {64{found_q}};
  logic unused_entry;
  assign unused_entry = ^{entry_q.epoch, entry_q.tag};

endmodule
