// Slow path of memory operations: the access in W, done part by part while the pipeline is frozen.
//
// It borrows M's address register and look-ups (seq_addr_o; lsu.sv) and works in two passes:
//   check    every page touched, low part first: all faults are known before anything happens;
//            a page that the TLB's first level lacks comes from the second now, or is the firmware's to find: a fault;
//   perform  each part: refill and merge (loads), insert (stores).
// An access whose checks M has completed (plain_i) begins with the second pass, a plain load that missed with its refill.
//
// Invariants:
// - It leaves StIdle only with W's operation the oldest in the machine, and the pipeline stays frozen until done_o.
// - A fault ends the access; nothing has been performed then.
// - page_o[part] is the physical page that the check pass (or M) has found good; the perform pass does not change it.
// - The first part's page keeps its entry in the TLB while the second's comes in, so that both are there in the perform pass.
// - While locked_o is set no store drains into the data cache, because a line of it is being replaced.

`include "veil_assert.svh"

module access_sequencer
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  parameter int unsigned Ways = 2,
  parameter int unsigned WordWidth = 10,     // address of a word in a way of the data cache
  localparam int unsigned CountWidth = $clog2(Cfg.store_buffer) + 1,
  localparam int unsigned AliasLog2 = (Cfg.alias_entries != 0) ? $clog2(Cfg.alias_entries) : 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // pipeline control
  input  logic                  frozen_i,
  input  logic                  unfreeze_i,      // last frozen cycle
  input  logic                  start_i,         // W's operation wants the slow path
  input  logic                  forbid_i,        // W's group traps after its memory operation: check, but do nothing
  // W's operation
  input  mem_ctl_t              ctl_i,
  input  logic [31:0]           addr_i,
  input  logic [31:0]           addr2_i,         // of the word after it
  input  logic [31:0]           offset_i,        // inside the segment
  input  logic [31:0]           limit_i,
  input  logic [3:0]            attr_i,
  input  logic [31:0]           data_i,
  input  logic                  cross_i,         // it crosses a word
  input  logic                  page_cross_i,
  input  logic [3:0]            be_i,            // of the part
  input  logic                  plain_i,         // its checks are complete
  input  logic                  miss_i,          // and it is a load that missed
  // M's address register: what it is, and what it shall be in a frozen cycle
  input  logic [31:0]           m_addr_i,
  output logic [31:0]           seq_addr_o,
  input  logic                  borrow_i,        // somebody else wants it in an idle cycle: borrow_page_i
  input  logic [19:0]           borrow_page_i,
  // look-ups at M's address
  input  logic [19:0]           look_page_i,     // physical page
  input  logic                  look_fault_i,
  input  page_why_t             look_why_i,
  input  logic [Ways-1:0]       look_hit_i,
  input  logic [Ways-1:0][31:0] look_word_i,
  input  logic                  look_room_i,     // in the queue that W's store goes to
  input  logic                  look_alias_i,    // the alias table may have the part
  input  logic [3:0]            gated_found_i,
  input  logic [31:0]           gated_data_i,
  input  logic [3:0]            queue_found_i,
  input  logic [31:0]           queue_data_i,
  // TLB: the page is asked for in the second level, and comes into the first
  input  logic [TlbColumns-1:0] look_select_i,
  output logic                  tlb_look_o,
  input  logic                  tlb_busy_i,
  input  logic                  tlb_hit_i,
  output logic                  tlb_fill_o,
  output logic [TlbColumns-1:0] tlb_keep_o,      // the first page's entry, while the second's comes in
  // alias table and store buffer
  output logic [AliasLog2-1:0]  alias_walk_o,
  input  logic                  alias_match_i,
  input  logic [AliasLog2:0]    alias_count_i,
  input  logic [CountWidth-1:0] gated_pending_i,
  // what it does
  output logic                  part_o,          // second part of an access that crosses a word
  output logic [1:0][19:0]      page_o,          // physical pages of the parts; without a crossing both are the first's
  output logic                  insert_gated_o,
  output logic                  insert_queue_o,
  output logic                  insert_alias_o,
  output logic                  done_o,
  output logic                  fault_o,
  output trap_t                 trap_o,
  output logic [31:0]           data_o,
  // refill
  output logic                  locked_o,
  input  logic                  drain_idle_i,
  input  logic                  write_idle_i,
  output logic                  read_req_o,
  output logic [31:5]           read_addr_o,
  input  logic                  read_gnt_i,
  input  logic                  read_valid_i,
  input  logic [31:0]           read_data_i,
  output logic [Ways-1:0]       fill_o,          // read_data_i goes into this way
  output logic                  fill_last_o,     // with the line's tag
  output logic [WordWidth-1:0]  fill_word_o,
  // host port
  input  logic                  drained_i,
  output logic                  host_req_o,
  output logic                  host_we_o,
  output logic [11:0]           host_addr_o,
  output logic [31:0]           host_wdata_o,
  input  logic                  host_ack_i,
  input  logic [31:0]           host_rdata_i,
  // events
  output logic                  ev_dcache_miss_o,
  output logic                  ev_stall_store_o
);

  typedef enum logic [3:0] {
    StIdle,
    StPresent,   // the part's address is on its way to the cache and to M's address register
    StUse,       // look-ups run; what they find is registered
    StDecide,
    StWalk,      // no entry in the first level of the TLB: the second is at work
    StAlias,     // walk of the alias table
    StRoom,      // room for this part in the tables whose shortage is a trap
    StCommit,    // every check is through
    StRefillReq,
    StRefill,
    StFilled,    // the line's tag is on its way to the cache: a look-up would not find it yet
    StHost,
    StResult,
    StDone
  } state_e;
  state_e state_q;
  logic perform_q;   // second pass
  logic part_q;
  logic [TlbColumns-1:0] first_select_q;

  logic hit_q, covered_q, room_q, page_fault_q, maybe_q, waiting_q, use_way1_q, fault_q, victim_q;
  page_why_t page_why_q;
  trap_t trap_q;
  logic [Ways-1:0][31:0] use_word_q;
  logic [1:0][31:0] word_q;
  logic [1:0][19:0] page_q;
  logic [2:0] beat_q;
  logic [AliasLog2-1:0] walk_q;
  logic [31:0] saved_addr_q;

  logic unused_valid;
  assign unused_valid = ctl_i.valid;

  // ------------------------------------------------------------------------------------------------ queues' bytes
  // A cycle after the look-up: what the gated queue has comes first.
  logic [3:0] gated_found_q, queue_found_q;
  logic [31:0] gated_data_q, queue_data_q;
  always_ff @(posedge clk_i) begin
    gated_found_q <= gated_found_i;
    queue_found_q <= queue_found_i;
    gated_data_q <= gated_data_i;
    queue_data_q <= queue_data_i;
  end
  function automatic logic [31:0] merged(logic [31:0] cache);
    for (int unsigned b = 0; b < 4; b++) begin
      merged[8*b+:8] = gated_found_q[b] ? gated_data_q[8*b+:8] :
                       queue_found_q[b] ? queue_data_q[8*b+:8] : cache[8*b+:8];
    end
  endfunction

  // ------------------------------------------------------------------------------------------------ decisions
  logic gated, ready, deciding, last_part;
  logic [2:0] cur_word;
  logic [31:0] line_word;
  always_comb begin
    gated = ctl_i.access != AccessOrdinary;
    ready = ctl_i.store ? room_q : hit_q | covered_q;
    cur_word = part_q ? addr2_i[4:2] : addr_i[4:2];
    deciding = state_q == StDecide & perform_q;
    last_part = part_q | ~cross_i;
    line_word = (beat_q == cur_word) ? read_data_i : word_q[part_q];
    insert_gated_o = deciding & room_q & ctl_i.store & gated;
    insert_queue_o = deciding & room_q & ctl_i.store & ~gated;
    insert_alias_o = deciding & (hit_q | covered_q) & ~ctl_i.store & ctl_i.guard;
  end

  // Expand-down segments (SDM volume 3, 5.3): valid offsets are above the limit, up to 0xffff or 0xffffffff.
  logic down_fault;
  logic [31:0] down_top;
  logic [1:0] size_less_1;
  always_comb begin
    size_less_1 = (ctl_i.size == SizeWord) ? 2'd3 : (ctl_i.size == SizeHalf) ? 2'd1 : 2'd0;
    down_top = (attr_i[SegattrBigBit] ? 32'hffff_ffff : 32'h0000_ffff) - {30'b0, size_less_1};
    down_fault = ctl_i.check & attr_i[SegattrDownBit] &
                 ((offset_i <= limit_i) | (offset_i > down_top) |
                  ~(ctl_i.store ? attr_i[SegattrWriteBit] : attr_i[SegattrReadBit]));
  end

  // Room in tables whose shortage is a trap.  An access that crosses a page needs its entries page by page (the low
  // part's shortage comes before the high part's faults); one that crosses a word of one page needs both at once.
  logic overflow, alias_overflow, room_now;
  logic [1:0] entries_needed;
  logic [31:0] part_start;
  always_comb begin
    part_start = (part_q & page_cross_i) ? addr2_i : addr_i;
    room_now = page_cross_i | last_part;
    entries_needed = part_q ? 2'd2 : 2'd1;
    overflow = room_now & ctl_i.store & gated &
               (32'(gated_pending_i) + 32'(entries_needed) > 32'(Cfg.store_buffer));
    alias_overflow = room_now & ~ctl_i.store & ctl_i.guard &
                     (32'(alias_count_i) + 32'(entries_needed) > Cfg.alias_entries);
  end

  // ------------------------------------------------------------------------------------------------ states
  always_ff @(posedge clk_i) begin
    if (frozen_i & (state_q == StIdle) & ~unfreeze_i & ~borrow_i) saved_addr_q <= m_addr_i;
    if (!frozen_i) page_q <= {look_page_i, look_page_i};

    unique case (state_q)
      StIdle: begin
        fault_q <= 1'b0;
        part_q <= 1'b0;
        perform_q <= 1'b0;
        walk_q <= '0;
        waiting_q <= 1'b0;
        if (start_i) begin
          perform_q <= plain_i;
          state_q <= miss_i ? StRefillReq : StPresent;
          if (down_fault) begin
            fault_q <= 1'b1;
            trap_q <= '{is_irq: 1'b0, cause: CauseSegment, tval: addr_i};
            state_q <= StDone;
          end
        end
      end
      StPresent: state_q <= StUse;
      StUse: begin
        room_q <= look_room_i;
        hit_q <= |look_hit_i;
        covered_q <= (be_i & ~(gated_found_i | queue_found_i)) == '0;
        page_fault_q <= look_fault_i | (look_why_i.guest & look_why_i.marked);
        page_why_q <= look_why_i;
        maybe_q <= look_alias_i;
        use_word_q <= look_word_i;
        use_way1_q <= look_hit_i[1];
        if (!perform_q) page_q[part_q] <= look_page_i;
        if (!part_q) first_select_q <= look_select_i;
        state_q <= StDecide;
      end
      StDecide: begin
        word_q[part_q] <= merged(use_way1_q ? use_word_q[1] : use_word_q[0]);
        waiting_q <= perform_q & ~ready;
        if (!perform_q) begin
          // tval: the first byte of the page's part; a second part in the same page cannot fail here any more
          trap_q <= '{is_irq: 1'b0, cause: page_cause(page_why_q), tval: m_addr_i};
          if (page_why_q.guest & page_why_q.missing) begin
            state_q <= StWalk;
          end else if (page_fault_q) begin
            fault_q <= 1'b1;
            state_q <= StDone;
          end else if (ctl_i.store & ctl_i.guard & maybe_q) begin
            state_q <= StAlias;
          end else begin
            state_q <= StRoom;
          end
        end else if (ctl_i.store) begin
          if (ready) begin
            part_q <= ~last_part;
            state_q <= last_part ? StDone : StPresent;
          end else begin
            state_q <= StUse;
          end
        end else if (ready) begin
          part_q <= ~last_part;
          state_q <= last_part ? StResult : StPresent;
        end else begin
          state_q <= StRefillReq;
        end
      end
      StWalk: begin
        // The part's address is still in M's register.
        if (~tlb_busy_i) begin
          fault_q <= ~tlb_hit_i;
          state_q <= tlb_hit_i ? StUse : StDone;
        end
      end
      StAlias: begin
        walk_q <= walk_q + 1'b1;
        trap_q.cause <= CauseAlias;
        trap_q.tval <= part_start;
        if (alias_match_i) begin
          fault_q <= 1'b1;
          state_q <= StDone;
        end else if (&walk_q) begin
          state_q <= StRoom;
        end
      end
      StRoom: begin
        trap_q.cause <= overflow ? CauseStoreOverflow : CauseAlias;
        trap_q.tval <= part_start;
        if (overflow | alias_overflow) begin
          fault_q <= 1'b1;
          state_q <= StDone;
        end else begin
          part_q <= ~last_part;
          state_q <= last_part ? StCommit : StPresent;
        end
      end
      StCommit: begin
        part_q <= 1'b0;
        perform_q <= 1'b1;
        if (forbid_i) begin
          state_q <= StDone;
        end else begin
          state_q <= (ctl_i.access == AccessOrdinary & addr_i[31:12] == Mmio[31:12]) ? StHost : StPresent;
        end
      end
      StRefillReq: begin
        beat_q <= '0;
        if (read_gnt_i) state_q <= StRefill;
      end
      StRefill: begin
        if (read_valid_i) begin
          beat_q <= beat_q + 1'b1;
          word_q[part_q] <= (&beat_q) ? merged(line_word) : line_word;
          if (&beat_q) begin
            victim_q <= ~victim_q;
            // The word has been caught as it came by; only guarded loads look once more, to enter the alias table.
            state_q <= (~ctl_i.guard & last_part) ? StResult : StFilled;
            if (~ctl_i.guard) part_q <= ~last_part;
          end
        end
      end
      StFilled: state_q <= StPresent;
      StHost: begin
        if (host_ack_i) begin
          word_q[0] <= host_rdata_i;
          state_q <= StResult;
        end
      end
      default: state_q <= StIdle;  // StResult, StDone
    endcase
    if (!rst_ni) begin
      state_q <= StIdle;
      victim_q <= 1'b0;
    end
  end

  assign seq_addr_o = borrow_i ? {borrow_page_i, 12'b0} :
                      (state_q == StIdle & ~unfreeze_i) ? m_addr_i :
                      unfreeze_i ? saved_addr_q :
                      part_q ? addr2_i : addr_i;
  assign tlb_look_o = (state_q == StUse) & ~perform_q;
  assign tlb_fill_o = (state_q == StWalk) & ~tlb_busy_i & tlb_hit_i;
  assign tlb_keep_o = first_select_q & {TlbColumns{part_q}};
  assign part_o = part_q;
  assign page_o = page_q;
  assign alias_walk_o = walk_q;

  assign done_o = state_q inside {StResult, StDone};
  assign fault_o = fault_q;
  assign trap_o = trap_q;

  function automatic logic [31:0] extended(logic [31:0] d, size_e size, logic zero_ext);
    unique case (size)
      SizeByte: return {{24{d[7] & ~zero_ext}}, d[7:0]};
      SizeHalf: return {{16{d[15] & ~zero_ext}}, d[15:0]};
      default: return d;
    endcase
  endfunction
  // Both words of a crossing access side by side, shifted down.
  logic [31:0] pair_low;
  assign pair_low = 32'({word_q[1], word_q[0]} >> {addr_i[1:0], 3'b0});
  assign data_o = extended(pair_low, ctl_i.size, ctl_i.zero_ext);

  // ------------------------------------------------------------------------------------------------ refill, host port
  assign locked_o = state_q inside {StRefillReq, StRefill};
  assign read_req_o = state_q == StRefillReq & drain_idle_i & write_idle_i;
  assign read_addr_o = {page_q[part_q], part_q ? addr2_i[11:5] : addr_i[11:5]};
  always_comb begin
    for (int unsigned w = 0; w < Ways; w++) fill_o[w] = (state_q == StRefill) & read_valid_i & (victim_q == 1'(w));
  end
  assign fill_last_o = &beat_q;
  assign fill_word_o = {read_addr_o[WordWidth+1:5], beat_q};

  assign host_req_o = state_q == StHost & drained_i;
  assign host_we_o = ctl_i.store;
  assign host_addr_o = addr_i[11:0];
  assign host_wdata_o = data_i;

  // ------------------------------------------------------------------------------------------------ events
  assign ev_dcache_miss_o = state_q == StRefillReq & read_gnt_i;
  assign ev_stall_store_o = ctl_i.store & (state_q == StDecide ? perform_q & ~ready : state_q == StUse & waiting_q);

  // ------------------------------------------------------------------------------------------------ assertions
  `VEIL_ASSERT(FrozenUntilDone, (state_q == StIdle) | frozen_i)
  `VEIL_ASSERT(FaultPerformsNothing, !(fault_q & perform_q))
  `VEIL_ASSERT_STABLE(PerformsOnCheckedPages, perform_q & (state_q != StIdle), page_q)
  `VEIL_ASSERT(RefillsWithoutDrain, (state_q != StRefill) | drain_idle_i)

endmodule
