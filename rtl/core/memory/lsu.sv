// Load/store unit: the memory stage (M), its tables and queues.
//
// Fast path, one cycle: TLB, D-cache tags, both store queues and the checks work side by side on the address that X
// computed.  Both cache ways are aligned and handed on; the tag comparison only says which one the consumer takes.
// Faults and "slow" leave as flops (in veil_core.sv), so nothing waits for them within the cycle.  What changes a table (stores
// into their queues, guarded loads into the alias table) does so from W, when the group retires; a load or a check right
// after it, in M, looks at W beside the tables.
//
// Slow path: whatever the fast path cannot do freezes the pipeline with the operation in W, the oldest of all:
//   misses, accesses across a word or a page, full queues, ambiguous queue look-ups, expand-down segments, marked
//   granules, alias hits, the host port, and groups that must pass the commit deadline first (defer).
// access_sequencer.sv does it.  It borrows M's address register for its look-ups (seq_addr, muxed in at the end of X); before the
// pipeline moves again M's own address is put back and its cache words are read again.
//
// Order of memory: final stores wait in the write queue, gated ones in the store buffer; both drain through
// store_drain.sv, which updates the D-cache on a hit and writes through to the bus.  The two queues never hold final bytes of
// the same word with the wrong order: an ordinary store waits while the store buffer holds a final entry at its
// page offset.  Loads prefer the store buffer (its pending stores win) to the write queue to the cache.

`include "veil_assert.svh"

module lsu
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // pipeline control
  input  logic               frozen_i,      // W's group is in the slow path
  input  logic               unfreeze_i,    // last frozen cycle
  input  logic               m_alive_i,     // M's group is there and W does not kill it
  input  logic               m_defer_i,     // M's group goes to the slow path for another reason
  // X
  input  mem_ctl_t           x_ctl_i,
  input  logic [31:0]        x_addr_i,      // linear address; other units use M's copy as operand
  input  logic [31:0]        x_offset_i,    // inside the segment
  input  logic [31:0]        x_limit_i,
  input  logic [3:0]         x_attr_i,
  input  logic [31:0]        x_data_i,
  // M
  output logic [31:0]        m_addr_o,
  output logic               m_fault_o,
  output trap_t              m_trap_o,
  output logic               m_of_page_o,   // the cause is not m_trap_o's but that of
  output page_why_t          m_page_why_o,
  output logic               m_slow_o,
  output logic [2:0]         m_slow_late_o, // the same, and alive: no hit, queues in the way, granule or alias
  output logic [31:0]        m_load0_o,     // load result if way 0 (or a queue) has it; in a frozen cycle slow_result_i
  output logic [31:0]        m_load1_o,
  output logic               m_way1_o,
  // W
  input  logic               w_valid_i,
  input  logic               w_retire_i,
  // W: slow path
  input  logic               w_start_i,     // W's memory operation wants the slow path
  input  logic [31:0]        slow_result_i, // of the slow path, whatever it did
  input  logic               w_forbid_i,    // W's group traps after its memory operation: check, but do nothing
  output logic               done_o,
  output logic               done_fault_o,
  output trap_t              done_trap_o,
  output logic [31:0]        done_data_o,
  // W: what retirement does to the queues
  input  logic               commit_i,
  input  logic               may_commit_i,  // known earlier: W's group commits, if it is not frozen and retires
  input  logic               rollback_i,
  input  logic               alias_clear_i,
  output logic               drained_o,     // all final stores are in memory
  // machine state
  input  logic [31:12]       xbound_i,
  input  logic               user_i,
  input  logic [31:12]       dram_pages_i,
  // TLB: what CSR writes do to it
  input  tlb_request_t       tlb_i,
  input  logic [31:0]        tlb_wpa_i,
  input  logic [63:0]        tlb_wgranules_i,
  input  logic               tlb_flat_i,
  output logic               tlb_busy_o,
  // D-cache tags are swept invalid at reset
  input  logic               sweep_i,
  input  logic [6:0]         sweep_index_i,
  // bus
  output logic               read_req_o,
  output logic [31:5]        read_addr_o,
  input  logic               read_gnt_i,
  input  logic               read_valid_i,
  input  logic [31:0]        read_data_i,
  output logic               write_req_o,
  output logic [31:2]        write_addr_o,
  output logic [31:0]        write_data_o,
  output logic [3:0]         write_be_o,
  input  logic               write_gnt_i,
  input  logic               write_idle_i,
  // host port
  output logic               host_req_o,
  output logic               host_we_o,
  output logic [11:0]        host_addr_o,
  output logic [31:0]        host_wdata_o,
  input  logic               host_ack_i,
  input  logic [31:0]        host_rdata_i,
  // what W's access did (valid at retirement)
  output mem_ctl_t           w_ctl_o,
  output logic [31:0]        w_phys_o,
  output logic [31:0]        w_phys2_o,
  output logic [31:0]        w_data_o,
  // events
  output logic               ev_dcache_miss_o,
  output logic               ev_stall_store_o,
  output logic               ev_tlb_walk_o,
  output logic [4:0]         ev_depth_o
);

  localparam int unsigned Depth = Cfg.store_buffer;
  localparam int unsigned DepthLog2 = $clog2(Depth);
  localparam int unsigned QueueDepth = 8;
  localparam int unsigned Ways = 2;
  localparam int unsigned SetWords = Cfg.dcache_bytes / 4 / Ways;  // words of a way
  localparam int unsigned WordWidth = $clog2(SetWords);
  localparam int unsigned SetWidth = WordWidth - 3;
  localparam bit HasAlias = Cfg.alias_entries != 0;
  localparam int unsigned AliasEntries = HasAlias ? Cfg.alias_entries : 2;
  localparam int unsigned AliasLog2 = $clog2(AliasEntries);
  localparam int unsigned TlbRowWidth = $clog2(Cfg.tlb_entries / TlbColumns);

  // ------------------------------------------------------------------------------------------------ M registers
  logic [31:0] m_addr_q, m_offset_q, m_limit_q, m_limit_adj_q, m_data_q;
  // Copies of m_addr_q[31:2] for the store queues: their resets differ, so that synthesis does not merge them.
  logic [31:2] m_addr_copy_q;
  logic [11:2] m_offset_copy_q;
  logic m_limit_none_q;  // limit smaller than the access
  logic [3:0] m_attr_q;
  mem_ctl_t m_ctl_q;
  logic [31:0] seq_addr, addr_d;
  assign addr_d = frozen_i ? seq_addr : x_addr_i;

  logic [1:0] x_size_less_1;
  assign x_size_less_1 = (x_ctl_i.size == SizeWord) ? 2'd3 : (x_ctl_i.size == SizeHalf) ? 2'd1 : 2'd0;

  always_ff @(posedge clk_i) begin
    m_addr_q <= addr_d;
    m_addr_copy_q <= addr_d[31:2];
    m_offset_copy_q <= addr_d[11:2];
    if (!rst_ni) begin
      m_addr_copy_q <= '1;
      m_offset_copy_q <= '0;
    end
    if (!frozen_i) begin
      m_ctl_q <= x_ctl_i;
      m_offset_q <= x_offset_i;
      m_limit_q <= x_limit_i;
      {m_limit_none_q, m_limit_adj_q} <= {1'b0, x_limit_i} - {31'b0, x_size_less_1};
      m_attr_q <= x_attr_i;
      m_data_q <= x_data_i;
    end
  end
  assign m_addr_o = m_addr_q;

  // ------------------------------------------------------------------------------------------------ TLB and page
  logic tlb_hit, guest, tlb_look, tlb_fill, tlb_drop, second_hit;
  logic [19:0] page, second_phys;
  logic [63:0] second_granules;
  tlb_rights_t second_rights;
  logic [TlbColumns-1:0][19:0] tlb_phys;
  logic [TlbColumns-1:0][63:0] tlb_granules;
  tlb_rights_t [TlbColumns-1:0] tlb_rights;
  logic [TlbColumns-1:0] tlb_select, tlb_keep;
  assign tlb_drop = tlb_i.fill | tlb_i.drop | tlb_i.mark;
  assign tlb_hit = |tlb_select;
  assign ev_tlb_walk_o = tlb_fill;
  tlb #(
    .Entries(Cfg.tlb_entries)
  ) u_tlb (
    .clk_i,
    .rst_ni,
    .page_i     (m_addr_q[31:12]),
    .translate_i(guest),
    .select_o   (tlb_select),
    .phys_o     (tlb_phys),
    .rights_o   (tlb_rights),
    .granules_o (tlb_granules),
    .fill_i     (tlb_fill),
    .keep_i     (tlb_keep),
    .drop_i     (tlb_drop),
    .phys_i     (second_phys),
    .rights_i   (second_rights),
    .granules_i (second_granules),
    .sweep_i    (tlb_i.sweep),
    .sweep_row_i(tlb_i.row[TlbRowWidth-1:0])
  );
  tlb_second #(
    .Entries(Cfg.tlb2_entries)
  ) u_tlb_second (
    .clk_i,
    .rst_ni,
    .page_i    (m_addr_q[31:12]),
    .look_i    (tlb_look),
    .fill_i    (tlb_i.fill),
    .drop_i    (tlb_i.drop),
    .mark_i    (tlb_i.mark),
    .clear_i   (tlb_i.clear),
    .busy_o    (tlb_busy_o),
    .phys_i    (tlb_wpa_i[31:12]),
    .rights_i  ('{io: tlb_wpa_i[TlbIoBit], user: tlb_wpa_i[TlbUserBit], write: tlb_wpa_i[TlbWriteBit]}),
    .granules_i(tlb_wgranules_i),
    .marked_i  (tlb_i.marked),
    .flat_i    (tlb_flat_i),
    .xbound_i,
    .hit_o     (second_hit),
    .phys_o    (second_phys),
    .rights_o  (second_rights),
    .granules_o(second_granules)
  );
  logic tlb_forget;  // the first level changes
  assign tlb_forget = tlb_fill | tlb_drop | tlb_i.sweep;
  logic unused_row;
  assign unused_row = ^tlb_i.row;
  logic unused_pa;
  assign unused_pa = ^tlb_wpa_i[11:3];

  // In the slow path the look-up belongs to W's operation (from the second frozen cycle on).
  mem_ctl_t w_ctl_q;
  access_e look_access_q;
  size_e look_size_q;
  logic look_store_q;
  always_ff @(posedge clk_i) begin
    look_access_q <= frozen_i ? (unfreeze_i ? m_ctl_q.access : w_ctl_q.access) : x_ctl_i.access;
    look_size_q <= frozen_i ? (unfreeze_i ? m_ctl_q.size : w_ctl_q.size) : x_ctl_i.size;
    look_store_q <= frozen_i ? (unfreeze_i ? m_ctl_q.store : w_ctl_q.store) : x_ctl_i.store;
  end

  assign guest = look_access_q == AccessGuest;

  // ------------------------------------------------------------------------------------------------ checks
  // Of a whole access in M (fast path), or of one part of it (slow path).
  logic page_fault;  // any check of the page but for a missing entry and marked granules: the slow path finds those
  page_why_t page_why;
  logic over_bound, denied, io, absent, granule_marked, in_memory;
  // Of the page as it is, for accesses that are not translated; for the others, of every column's.
  logic [TlbColumns-1:0] column_beyond, column_denied, column_io, column_absent;
  function automatic logic is_memory(logic [19:0] p);
    return (p < dram_pages_i) | (p[19:10] == ConcealedWindow[31:22]);
  endfunction
  always_comb begin
    for (int unsigned c = 0; c < TlbColumns; c++) begin
      column_beyond[c] = tlb_phys[c] >= xbound_i;
      column_denied[c] = (look_store_q & ~tlb_rights[c].write) | (user_i & ~tlb_rights[c].user);
      column_io[c] = tlb_rights[c].io;
      column_absent[c] = ~is_memory(tlb_phys[c]);
    end
    over_bound = |(column_beyond & tlb_select);
    denied = |(column_denied & tlb_select);
    io = |(column_io & tlb_select);
    absent = |(column_absent & tlb_select);
  end
  assign in_memory = is_memory(m_addr_q[31:12]);
  logic host_area;
  assign host_area = m_addr_q[31:12] == Mmio[31:12];

  // In the first part of an access across two granules of one page, the second granule counts too.
  logic slow_look;  // the next cycle's look-up is the slow path's
  logic part;       // the part of W's access that the slow path is at
  logic [31:0] w_addr2;
  logic w_cross_q, w_page_cross_q, second_q, w_fast_q;
  logic [3:0] w_be, w_be_q;  // of a part; the look-up is in StUse, a cycle after the part has been chosen
  logic [5:0] granule2_q;
  assign slow_look = frozen_i & ~unfreeze_i;
  always_ff @(posedge clk_i) begin
    w_be_q <= w_be;
    w_fast_q <= ~frozen_i;
    second_q <= slow_look & ~part & w_cross_q & ~w_page_cross_q;
    granule2_q <= w_addr2[11:6];
  end

  always_comb begin
    page_why = '{
        guest: guest,
        store: look_store_q,
        missing: guest & ~tlb_hit,
        denied: denied,
        io: io,
        beyond: over_bound,
        marked: look_store_q & granule_marked
    };
    if (guest) begin
      page_fault = page_why.denied | page_why.io | page_why.beyond | absent;
    end else page_fault = ~in_memory & ~(host_area & look_access_q == AccessOrdinary & look_size_q == SizeWord);
  end

  logic crosses_word, misaligned, seg_fault, is_host;
  always_comb begin
    crosses_word = (m_ctl_q.size == SizeHalf & m_addr_q[1:0] == 2'd3) |
                   (m_ctl_q.size == SizeWord & m_addr_q[1:0] != 2'd0);
    misaligned = m_ctl_q.access != AccessGuest &
                 ((m_ctl_q.size == SizeHalf & m_addr_q[0]) | (m_ctl_q.size == SizeWord & m_addr_q[1:0] != 2'd0));
    seg_fault = m_ctl_q.check & ~m_attr_q[SegattrDownBit] &
                (m_limit_none_q | (m_offset_q > m_limit_adj_q) |
                 ~(m_ctl_q.store ? m_attr_q[SegattrWriteBit] : m_attr_q[SegattrReadBit]));
    is_host = m_ctl_q.access == AccessOrdinary & host_area;
  end

  // ------------------------------------------------------------------------------------------------ byte lanes
  function automatic logic [7:0] byte_mask(size_e size, logic [1:0] at);
    logic [7:0] m;
    m = (size == SizeWord) ? 8'h0f : (size == SizeHalf) ? 8'h03 : 8'h01;
    return m << at;
  endfunction
  logic [3:0] m_be;
  assign m_be = 4'(byte_mask(m_ctl_q.size, m_addr_q[1:0]));

  logic [31:0] w_addr_q, w_offset_q, w_limit_q, w_data_q;
  logic [3:0] w_attr_q;
  logic [1:0][19:0] w_pages;  // physical, of both parts
  logic [7:0] w_mask;
  logic [63:0] w_data64;
  logic [31:0] w_word;
  assign w_addr2 = {w_addr_q[31:2] + 30'd1, 2'b00};
  assign w_mask = byte_mask(w_ctl_q.size, w_addr_q[1:0]);
  assign w_data64 = {32'b0, w_data_q} << {w_addr_q[1:0], 3'b0};
  assign w_be = part ? w_mask[7:4] : w_mask[3:0];
  assign w_word = part ? w_data64[63:32] : w_data64[31:0];
  assign w_cross_q = |w_mask[7:4];
  assign w_page_cross_q = w_cross_q & (&w_addr_q[11:2]);

  // ------------------------------------------------------------------------------------------------ store queues
  logic [3:0] gated_found, queue_found;
  logic [31:0] gated_data, queue_data;
  logic [Depth-1:0][9:0] gated_entry_offset;
  logic [Depth-1:0][3:0] gated_entry_serves;
  logic [Depth-1:0][31:0] gated_entry_data;
  logic [QueueDepth-1:0][9:0] queue_entry_offset;
  logic [QueueDepth-1:0][3:0] queue_entry_serves;
  logic [QueueDepth-1:0][31:0] queue_entry_data;
  logic gated_conflict, queue_conflict;
  logic gated_insert, queue_insert, gated_send, queue_send, gated_pop, queue_pop;
  logic [DepthLog2:0] gated_count, gated_pending;
  logic [$clog2(QueueDepth):0] queue_count, queue_pending;
  logic gated_head_valid, queue_head_valid;
  logic [31:2] gated_head_addr, queue_head_addr;
  logic [31:0] gated_head_data, queue_head_data;
  logic [3:0] gated_head_be, queue_head_be;
  logic gated_blocks, queue_blocks;

  // Names of pages (store_buffer.sv).
  logic [20:0] m_name, w_name, w_fast_name;
  logic [31:2] w_part_addr;
  logic [19:0] w_page;
  assign w_part_addr = part ? w_addr2[31:2] : w_addr_q[31:2];
  assign w_page = w_pages[part];
  assign m_name = {m_ctl_q.access == AccessGuest, m_addr_copy_q[31:12]};
  assign w_name = {w_ctl_q.access == AccessGuest, w_part_addr[31:12]};
  assign w_fast_name = {w_ctl_q.access == AccessGuest, w_addr_q[31:12]};  // of an operation that is not in parts

  // W's operation when it did not need the slow path: it changes the tables in this cycle if its group retires.
  logic w_fast, w_store, w_gated, w_same_offset;
  assign w_fast = w_fast_q & w_valid_i & w_ctl_q.valid;
  assign w_store = w_fast & w_ctl_q.store;
  assign w_gated = w_ctl_q.access != AccessOrdinary;
  assign w_same_offset = w_addr_q[11:2] == m_addr_q[11:2];

  store_buffer #(
    .Depth(Depth),
    .Gated(1'b1)
  ) u_gated (
    .clk_i,
    .rst_ni,
    .offset_i       (m_addr_copy_q[11:2]),
    .name_i         (m_name),
    .exact_i        (slow_look),
    .entry_offset_o (gated_entry_offset),
    .entry_serves_o (gated_entry_serves),
    .entry_data_o   (gated_entry_data),
    .conflict_o     (gated_conflict),
    .blocks_o       (gated_blocks),
    .may_commit_i   (may_commit_i & ~frozen_i),
    .insert_i       (gated_insert),
    .insert_offset_i(w_part_addr[11:2]),
    .insert_name_i  (w_name),
    .page_i         (w_page),
    .be_i           (w_be),
    .data_i         (w_word),
    .forget_i       (tlb_forget),
    .commit_i,
    .rollback_i,
    .count_o        (gated_count),
    .pending_o      (gated_pending),
    .head_valid_o   (gated_head_valid),
    .head_addr_o    (gated_head_addr),
    .head_data_o    (gated_head_data),
    .head_be_o      (gated_head_be),
    .send_i         (gated_send),
    .pop_i          (gated_pop)
  );

  store_buffer #(
    .Depth(QueueDepth),
    .Gated(1'b0)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .offset_i       (m_offset_copy_q),
    .name_i         (m_name),
    .exact_i        (slow_look),
    .entry_offset_o (queue_entry_offset),
    .entry_serves_o (queue_entry_serves),
    .entry_data_o   (queue_entry_data),
    .conflict_o     (queue_conflict),
    .blocks_o       (queue_blocks),
    .may_commit_i   (1'b0),
    .insert_i       (queue_insert),
    .insert_offset_i(w_part_addr[11:2]),
    .insert_name_i  (w_name),
    .page_i         (w_page),
    .be_i           (w_be),
    .data_i         (w_word),
    .forget_i       (tlb_forget),
    .commit_i       (1'b0),
    .rollback_i     (1'b0),
    .count_o        (queue_count),
    .pending_o      (queue_pending),
    .head_valid_o   (queue_head_valid),
    .head_addr_o    (queue_head_addr),
    .head_data_o    (queue_head_data),
    .head_be_o      (queue_head_be),
    .send_i         (queue_send),
    .pop_i          (queue_pop)
  );
  logic unused_queue;
  assign unused_queue = ^{queue_pending, queue_blocks};

  // Room.  Pending entries of the store buffer that fill it are a trap, final ones a wait: the slow path knows which.
  logic gated_room, queue_room, m_gated_room, m_queue_room, no_final_gated;
  assign gated_room = gated_count != (DepthLog2 + 1)'(Depth);
  assign queue_room = queue_count != ($clog2(QueueDepth) + 1)'(QueueDepth);
  // For M's store, which W's goes in before.
  assign m_gated_room = gated_room & ~(w_store & w_gated & (gated_count == (DepthLog2 + 1)'(Depth - 1)));
  assign m_queue_room = queue_room & ~(w_store & ~w_gated & (queue_count == ($clog2(QueueDepth) + 1)'(QueueDepth - 1)));
  assign no_final_gated = gated_count == gated_pending;

  // ------------------------------------------------------------------------------------------------ alias table
  logic alias_maybe, alias_insert, alias_match;
  logic [AliasLog2:0] alias_count;
  logic [AliasLog2-1:0] alias_walk;
  if (HasAlias) begin : g_alias
    alias_table #(
      .Entries(AliasEntries)
    ) u_alias (
      .clk_i,
      .rst_ni,
      .offset_i    (m_addr_q[11:2]),
      .be_i        (frozen_i ? w_be_q : m_be),
      .insert_i    (alias_insert),
      .insert_offset_i(w_part_addr[11:2]),
      .insert_be_i (w_be),
      .page_i      (w_page),
      .clear_i     (alias_clear_i),
      .maybe_o     (alias_maybe),
      .count_o     (alias_count),
      .walk_i      (alias_walk),
      .walk_match_o(alias_match)
    );
  end else begin : g_no_alias
    // Without a table a guarded load cannot be remembered: it traps (alias), as with a full table.
    assign alias_maybe = 1'b0;
    assign alias_match = 1'b0;
    assign alias_count = (AliasLog2 + 1)'(AliasEntries);  // always full
    logic unused_alias;
    assign unused_alias = ^{alias_insert, alias_clear_i, alias_walk};
  end

  // ------------------------------------------------------------------------------------------------ D-cache
  logic [WordWidth-1:0] dcache_raddr, dcache_waddr_q;
  logic [Ways-1:0][31:0] way_data;
  logic [Ways-1:0][20:0] way_tag, drain_tag;
  logic [31:2] drain_addr;
  logic [Ways-1:0][3:0] dcache_be_q;
  logic [Ways-1:0] tag_we_q, hit;
  logic [31:0] dcache_wdata_q;
  logic [20:0] tag_wdata_q;
  for (genvar w = 0; w < Ways; w++) begin : g_way
    blockram_be #(
      .Depth(SetWords)
    ) u_data (
      .clk_i,
      .be_i   (dcache_be_q[w]),
      .waddr_i(dcache_waddr_q),
      .wdata_i(dcache_wdata_q),
      .raddr_i(dcache_raddr),
      .rdata_o(way_data[w])
    );
    blockram #(
      .Depth(SetWords / 8),
      .Width(21)
    ) u_tag (
      .clk_i,
      .we_i   (tag_we_q[w]),
      .waddr_i(dcache_waddr_q[WordWidth-1:3]),
      .wdata_i(tag_wdata_q),
      .re_i   (1'b1),
      .raddr_i(dcache_raddr[WordWidth-1:3]),
      .rdata_o(way_tag[w])
    );
    // The drain has tags of its own: nothing but X's address reads the others, as long as the pipeline moves.
    blockram #(
      .Depth(SetWords / 8),
      .Width(21)
    ) u_drain_tag (
      .clk_i,
      .we_i   (tag_we_q[w]),
      .waddr_i(dcache_waddr_q[WordWidth-1:3]),
      .wdata_i(tag_wdata_q),
      .re_i   (1'b1),
      .raddr_i(drain_addr[WordWidth+1:5]),
      .rdata_o(drain_tag[w])
    );
  end

  logic m_looks, load_miss, tlb_missing;
  assign tlb_missing = guest & ~tlb_hit;  // a load is a miss then anyway: no column, no hit
  assign m_looks = m_ctl_q.valid & m_alive_i & ~frozen_i;
  way_hit #(
    .Columns(TlbColumns),
    .Ways(Ways)
  ) u_way_hit (
    .phys_i     (tlb_phys),
    .select_i   (tlb_select),
    .translate_i(guest),
    .page_i     (m_addr_q[31:12]),
    .tag_i      (way_tag),
    .load_i     (m_looks & ~m_ctl_q.store),
    .phys_o     (page),
    .hit_o      (hit),
    .miss_o     (load_miss)
  );

  // ------------------------------------------------------------------------------------------------ fast load
  load_forward #(
    .Gated(Depth),
    .Final(QueueDepth)
  ) u_forward (
    .gated_offset_i      (m_addr_copy_q[11:2]),
    .queue_offset_i      (m_offset_copy_q),
    .gated_entry_offset_i(gated_entry_offset),
    .gated_entry_serves_i(gated_entry_serves),
    .gated_entry_data_i  (gated_entry_data),
    .queue_entry_offset_i(queue_entry_offset),
    .queue_entry_serves_i(queue_entry_serves),
    .queue_entry_data_i  (queue_entry_data),
    .w_store_i           (w_store),
    .w_offset_i          (w_addr_q[11:2]),
    .w_be_i              (w_mask[3:0]),
    .w_data_i            (w_data64[31:0]),
    .way_i               (way_data),
    .ctl_i               (m_ctl_q),
    .at_i                (m_addr_q[1:0]),
    .enable_i            (~frozen_i),
    .other_i             (slow_result_i & {32{frozen_i}}),
    .value_o             ({m_load1_o, m_load0_o}),
    .gated_found_o       (gated_found),
    .gated_data_o        (gated_data),
    .queue_found_o       (queue_found),
    .queue_data_o        (queue_data)
  );
  assign m_way1_o = hit[1];

  // ------------------------------------------------------------------------------------------------ fast decisions
  logic w_conflict, w_alias_maybe, w_blocks, conflict, alias_full, queue_slow, alias_slow, mark_slow;
  logic m_plain, w_plain_q, w_miss_q, w_conflict_q;
  always_comb begin
    // W's store in the way of its own: another page, or a final store in front of pending ones that loads prefer.
    w_conflict = w_store & w_same_offset & ((w_fast_name != m_name) | (~w_gated & (gated_count != '0)));
    conflict = gated_conflict | queue_conflict | w_conflict | (|(gated_found & queue_found));
    // A commit in W is about to empty the table, so "full" is too careful then; the slow path finds out.
    w_alias_maybe = w_fast & w_ctl_q.guard & w_same_offset;
    w_blocks = w_store & w_gated & w_same_offset;
    alias_full = (alias_count == (AliasLog2 + 1)'(AliasEntries)) |
                 (w_fast & w_ctl_q.guard & (alias_count == (AliasLog2 + 1)'(AliasEntries - 1)));

    m_fault_o = m_ctl_q.valid & (misaligned | seg_fault | (page_fault & ~(m_ctl_q.check & m_attr_q[SegattrDownBit])));
    m_of_page_o = ~seg_fault & ~misaligned;
    m_page_why_o = page_why;
    m_trap_o.is_irq = 1'b0;
    m_trap_o.tval = m_addr_q;
    m_trap_o.cause = CauseSegment;
    if (misaligned) m_trap_o.cause = m_ctl_q.store ? CauseStoreMisaligned : CauseLoadMisaligned;

    m_slow_o = m_defer_i | is_host | crosses_word | (m_ctl_q.check & m_attr_q[SegattrDownBit]);
    if (~m_ctl_q.store) m_slow_o = m_slow_o | (m_ctl_q.guard & alias_full);
    else m_slow_o = m_slow_o | ((m_ctl_q.access == AccessOrdinary) ? ~m_queue_room : ~m_gated_room);
    // Look-ups. A load that only the queues could answer is a miss.
    queue_slow = m_looks & (m_ctl_q.store ? (m_ctl_q.access == AccessOrdinary) & (gated_blocks | w_blocks) : conflict);
    alias_slow = m_looks & m_ctl_q.store & m_ctl_q.guard & (alias_maybe | w_alias_maybe);
    m_slow_o = m_slow_o & m_ctl_q.valid;
    // Slow, but the checks in M were complete: the slow path may perform at once.  (Gated stores must look at the room
    // for pending entries, guarded accesses at the alias table, accesses across a page at the second page.)
    m_plain = ~m_ctl_q.guard & ~m_defer_i & ~tlb_missing & ~is_host & ~(m_ctl_q.check & m_attr_q[SegattrDownBit]) &
              (m_ctl_q.store ? m_ctl_q.access == AccessOrdinary : ~(crosses_word & (&m_addr_q[11:2])));
    // An access that faults may be slow too (a misaligned ordinary one crosses a word): the slow path lets it trap.
  end

  granule_mark #(
    .Columns(TlbColumns)
  ) u_granule_mark (
    .granules_i(tlb_granules),
    .at_i      (m_addr_q[11:6]),
    .select_i   (tlb_select),
    .write_i   (m_looks & m_ctl_q.store),
    .other_i   (alias_slow | (m_looks & m_ctl_q.store & tlb_missing)),
    .slow_o    (mark_slow),
    .second_i  (second_q),
    .at2_i     (granule2_q),
    .marked_o  (granule_marked)
  );
  assign m_slow_late_o = {load_miss, queue_slow, mark_slow};

  // ------------------------------------------------------------------------------------------------ slow path
  logic w_perform, slow_insert_gated, slow_insert_queue, slow_insert_alias, drain_idle, locked, fill_last;
  logic [Ways-1:0] fill;
  logic [WordWidth-1:0] fill_word;
  always_comb begin
    w_perform = w_retire_i & w_fast;
    gated_insert = slow_insert_gated | (w_perform & w_ctl_q.store & w_gated);
    queue_insert = slow_insert_queue | (w_perform & w_ctl_q.store & ~w_gated);
    alias_insert = slow_insert_alias | (w_perform & ~w_ctl_q.store & w_ctl_q.guard);
  end

  always_ff @(posedge clk_i) begin
    if (!frozen_i) begin
      w_ctl_q <= m_ctl_q;
      w_addr_q <= m_addr_q;
      w_offset_q <= m_offset_q;
      w_limit_q <= m_limit_q;
      w_attr_q <= m_attr_q;
      w_data_q <= m_data_q;
      w_plain_q <= m_plain;
      w_miss_q <= m_plain & ~m_ctl_q.store & ~crosses_word;
      w_conflict_q <= conflict;
    end
  end

  access_sequencer #(
    .Cfg(Cfg),
    .Ways(Ways),
    .WordWidth(WordWidth)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .frozen_i,
    .unfreeze_i,
    .start_i         (w_start_i),
    .forbid_i        (w_forbid_i),
    .ctl_i           (w_ctl_q),
    .addr_i          (w_addr_q),
    .addr2_i         (w_addr2),
    .offset_i        (w_offset_q),
    .limit_i         (w_limit_q),
    .attr_i          (w_attr_q),
    .data_i          (w_data_q),
    .cross_i         (w_cross_q),
    .page_cross_i    (w_page_cross_q),
    .be_i            (w_be),
    .plain_i         (w_plain_q),
    .miss_i          (w_miss_q & ~w_conflict_q),
    .m_addr_i        (m_addr_q),
    .seq_addr_o      (seq_addr),
    .borrow_i        (tlb_i.borrow),
    .borrow_page_i   (tlb_i.page),
    .look_page_i     (page),
    .look_fault_i    (page_fault),
    .look_why_i      (page_why),
    .look_hit_i      (hit),
    .look_word_i     (way_data),
    .look_room_i     (w_gated ? gated_room : queue_room & ~gated_blocks),
    .look_alias_i    (alias_maybe),
    .gated_found_i   (gated_found),
    .gated_data_i    (gated_data),
    .queue_found_i   (queue_found),
    .queue_data_i    (queue_data),
    .look_select_i   (tlb_select),
    .tlb_look_o      (tlb_look),
    .tlb_busy_i      (tlb_busy_o),
    .tlb_hit_i       (second_hit),
    .tlb_fill_o      (tlb_fill),
    .tlb_keep_o      (tlb_keep),
    .alias_walk_o    (alias_walk),
    .alias_match_i   (alias_match),
    .alias_count_i   (alias_count),
    .gated_pending_i (gated_pending),
    .part_o          (part),
    .page_o          (w_pages),
    .insert_gated_o  (slow_insert_gated),
    .insert_queue_o  (slow_insert_queue),
    .insert_alias_o  (slow_insert_alias),
    .done_o,
    .fault_o         (done_fault_o),
    .trap_o          (done_trap_o),
    .data_o          (done_data_o),
    .locked_o        (locked),
    .drain_idle_i    (drain_idle),
    .write_idle_i,
    .read_req_o,
    .read_addr_o,
    .read_gnt_i,
    .read_valid_i,
    .read_data_i,
    .fill_o          (fill),
    .fill_last_o     (fill_last),
    .fill_word_o     (fill_word),
    .drained_i       (drained_o),
    .host_req_o,
    .host_we_o,
    .host_addr_o,
    .host_wdata_o,
    .host_ack_i,
    .host_rdata_i,
    .ev_dcache_miss_o,
    .ev_stall_store_o
  );

  // ------------------------------------------------------------------------------------------------ drain
  logic [Ways-1:0][3:0] drain_way_be;
  logic unused_drain;
  assign unused_drain = ^{drain_addr[31:WordWidth+2], drain_addr[4:2]};
  store_drain #(
    .Ways(Ways)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .locked_i      (locked),
    .queue_valid_i (queue_head_valid),
    .queue_addr_i  (queue_head_addr),
    .queue_data_i  (queue_head_data),
    .queue_be_i    (queue_head_be),
    .queue_send_o  (queue_send),
    .queue_pop_o   (queue_pop),
    .gated_valid_i (gated_head_valid),
    .gated_addr_i  (gated_head_addr),
    .gated_data_i  (gated_head_data),
    .gated_be_i    (gated_head_be),
    .gated_send_o  (gated_send),
    .gated_pop_o   (gated_pop),
    .look_addr_o   (drain_addr),
    .way_tag_i     (drain_tag),
    .write_way_be_o(drain_way_be),
    .write_req_o,
    .write_addr_o,
    .write_data_o,
    .write_be_o,
    .write_gnt_i,
    .idle_o        (drain_idle)
  );
  assign dcache_raddr = addr_d[WordWidth+1:2];
  assign drained_o = drain_idle & (queue_count == '0) & no_final_gated & write_idle_i;

  // Write port of the D-cache, registered.
  always_ff @(posedge clk_i) begin
    dcache_be_q <= drain_way_be;
    tag_we_q <= '0;
    tag_wdata_q <= {1'b1, w_page};
    dcache_waddr_q <= write_addr_o[WordWidth+1:2];
    dcache_wdata_q <= write_data_o;
    if (|fill) begin
      dcache_waddr_q <= fill_word;
      dcache_wdata_q <= read_data_i;
    end
    for (int unsigned w = 0; w < Ways; w++) begin
      if (fill[w]) dcache_be_q[w] <= '1;
      if (fill[w] & fill_last) tag_we_q[w] <= 1'b1;
    end
    if (sweep_i) begin
      tag_we_q <= '1;
      tag_wdata_q <= '0;
      dcache_waddr_q <= {SetWidth'(sweep_index_i), 3'b0};
    end
  end

  // ------------------------------------------------------------------------------------------------ reports
  assign w_ctl_o = w_ctl_q;
  assign w_phys_o = {w_pages[0], w_addr_q[11:0]};
  assign w_phys2_o = w_page_cross_q ? {w_pages[1], 12'b0} : 32'b0;
  assign w_data_o = w_data_q;
  assign ev_depth_o = 5'(gated_count);

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic w_guest;
  assign w_guest = w_ctl_q.access == AccessGuest;
`endif
  `VEIL_ASSERT(GuestStoresBelowBound, !(gated_insert & w_guest) | (w_page < xbound_i))
  `VEIL_ASSERT(GuestLoadsBelowBound, !(w_retire_i & w_ctl_q.valid & w_guest) |
                                     ((w_pages[0] < xbound_i) & (~w_page_cross_q | (w_pages[1] < xbound_i))))
  `VEIL_ASSERT(GuestRefillsBelowBound, !(read_req_o & w_guest) | (read_addr_o[31:12] < xbound_i))
  // An ordinary store is younger than every committed gated one: none of those to its word may still wait.
  `VEIL_ASSERT(OrdinaryAfterFinal, !queue_insert | ((u_gated.same_word & u_gated.valid_q & u_gated.final_q) == '0))
  `VEIL_ASSERT(LineInOneWay, !m_looks | $onehot0(hit))

endmodule
