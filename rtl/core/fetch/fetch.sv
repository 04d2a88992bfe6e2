// Fetch and the front of decode: I-cache with predecoded blocks, groups taken from a block one by one, direct jumps.
//
//   F  the block at fetch_pc leaves the block RAM; its tag is compared; if D cannot take it, it goes to the waiting block
//   D  block register: where its next group ends is marked at the group's first slot; a direct jump, a branch predicted
//      taken or a return redirects from here as soon as it is seen, whether or not its group moves on (one bubble if it
//      does at once)
// Whether the group in D moves on is known too late for the block RAM's address, which therefore depends on flip-flops
// only: fetch runs one block ahead, and stops (reads the same block again) while the waiting block is there.
// A miss refills a 32-byte line; each word is decoded as it comes and each block predecoded before it is written.
// The cache is direct-mapped and virtual addresses do not exist here, so a line has one place.
//
// Invariants: d_valid_o is low while a miss is pending; a line's tag is invalid while it is being refilled; a line that
// is invalidated during its own refill stays invalid. The next block for D is the waiting block, if there is one, else the
// one at fetch_pc: the one after D's block, or (jumped_q) the target of D's group. Whoever changes where fetch goes on
// (redirect, jump, the end of a refill) drops the waiting block. That the next block is not in the cache is no
// business until D takes it. An invalidation is always followed by a redirect, so no block outlives it.

`include "veil_assert.svh"

module fetch
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  localparam int unsigned Width = Cfg.width,
  localparam int unsigned Lines = Cfg.icache_bytes / 32,
  localparam int unsigned LineWidth = $clog2(Lines)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         enable_i,        // low during the sweep after reset
  // redirect from execution
  input  logic                         redirect_i,
  input  logic [31:2]                  redirect_pc_i,
  input  predict_t                     redirect_predict_i, // of the group that redirects
  // a branch retires: see branch_history.sv
  input  logic                         branch_i,
  input  logic                         branch_wrong_i,
  input  logic [31:2]                  branch_behind_i,
  input  predict_t                     branch_predict_i,
  // decode
  input  logic                         advance_i,       // the group in D moves on
  output logic                         d_valid_o,
  output logic                         d_fault_o,       // there is no memory at d_pc_o
  output logic [31:2]                  d_pc_o,
  output logic [31:2]                  d_npc_o,
  output logic                         d_taken_o,       // redirected from here
  output logic [31:1]                  d_target_o,      // of the branch, direct jump or return at the group's end
  output predict_t                     d_predict_o,
  output logic [Width-1:0]             d_active_o,      // slots that are operations of the group
  output predecode_t [Width-1:0]       d_pd_o,
  output logic [Width-1:0][31:0]       d_word_o,
  // invalidation (reset sweep, fence.i, xsync)
  input  logic                         inv_i,
  input  logic [LineWidth-1:0]         inv_index_i,
  // memory
  input  logic [31:12]                 dram_pages_i,
  output logic                         read_req_o,
  output logic [31:5]                  read_addr_o,
  input  logic                         read_gnt_i,
  input  logic                         read_valid_i,
  input  logic [31:0]                  read_data_i,
  // events
  output logic                         ev_miss_o,
  output logic                         refilling_o
);

  localparam int unsigned SlotWidth = $clog2(Width);
  localparam int unsigned Blocks = Cfg.icache_bytes / 4 / Width;
  localparam int unsigned BlockWidth = $clog2(Blocks);
  localparam int unsigned EntryBits = $bits(predecode_t) + 32;
  localparam int unsigned TagBits = 32 - 5 - LineWidth;
  localparam logic [1:0] SlotMask = 2'(Width - 1);

  // ------------------------------------------------------------------------------------------------ F
  logic [31:2] fetch_pc_q, fetch_pc_d;
  logic [Width-1:0][EntryBits-1:0] block;
  logic [TagBits:0] tag;
  logic hit;

  logic block_we_q, tag_we_q;
  logic [BlockWidth-1:0] block_waddr_q;
  logic [LineWidth-1:0] tag_waddr_q;
  logic [Width-1:0][EntryBits-1:0] block_wdata_q;
  logic [TagBits:0] tag_wdata_q;

  blockram #(
    .Depth(Blocks),
    .Width(Width * EntryBits)
  ) u_blocks (
    .clk_i,
    .we_i   (block_we_q),
    .waddr_i(block_waddr_q),
    .wdata_i(block_wdata_q),
    .re_i   (1'b1),
    .raddr_i(fetch_pc_d[BlockWidth+SlotWidth+1:SlotWidth+2]),
    .rdata_o(block)
  );
  blockram #(
    .Depth(Lines),
    .Width(TagBits + 1)
  ) u_tags (
    .clk_i,
    .we_i   (tag_we_q),
    .waddr_i(tag_waddr_q),
    .wdata_i(tag_wdata_q),
    .re_i   (1'b1),
    .raddr_i(fetch_pc_d[LineWidth+4:5]),
    .rdata_o(tag)
  );
  assign hit = tag == {1'b1, fetch_pc_q[31:LineWidth+5]};

  logic [Width-1:0][1:0] counters;
  if (Cfg.branch_history != 0) begin : g_history
    localparam int unsigned RowWidth = $clog2(Cfg.branch_history / Width);
    branch_history #(
      .Width  (Width),
      .Entries(Cfg.branch_history)
    ) u_history (
      .clk_i, .rst_ni,
      .row_i      (fetch_pc_d[RowWidth+SlotWidth+1:SlotWidth+2]),
      .counters_o (counters),
      .retire_i   (branch_i),
      .wrong_i    (branch_wrong_i),
      .behind_i   (branch_behind_i),
      .counter_i  (branch_predict_i.history)
    );
  end else begin : g_no_history
    assign counters = '0;
  end

  // The waiting block.
  logic waiting_q, wait_hit_q;
  logic [31:2] wait_pc_q;
  logic [Width-1:0][EntryBits-1:0] wait_block_q;
  logic [Width-1:0][1:0] wait_counters_q;
  always_ff @(posedge clk_i) begin
    if (!waiting_q) begin
      wait_hit_q <= hit;
      wait_pc_q <= fetch_pc_q;
      wait_block_q <= block;
      wait_counters_q <= counters;
    end
  end

  // The next block for D.
  predecode_t [Width-1:0] coming;
  logic [Width-1:0][31:0] coming_word;
  logic [Width-1:0][1:0] coming_counters;
  always_comb begin
    for (int unsigned j = 0; j < Width; j++) {coming[j], coming_word[j]} = waiting_q ? wait_block_q[j] : block[j];
    coming_counters = waiting_q ? wait_counters_q : counters;
  end

  // ------------------------------------------------------------------------------------------------ D
  logic valid_q, miss_q, fault_q, stopped_q;
  logic reparse_q;              // the miss is an entry that the block's parse does not allow
  logic [31:2] pc_q;
  predecode_t [Width-1:0] pd_q;
  logic [Width-1:0][31:0] word_q;
  logic [Width-1:0][1:0] counters_q;
  logic [Width-1:0] takes_q;    // redirects from here, if it is its group's last slot

  logic [1:0] first, last_slot; // slots of the group's first and last operations
  logic [Width-1:0] in_group, last;
  logic block_done, bad_entry;
  assign first = pc_q[3:2] & SlotMask;

  always_comb begin
    last_slot = '0;
    bad_entry = 1'b0;
    for (int unsigned j = 0; j < Width; j++) begin
      last_slot = last_slot | (pd_q[j].last & {2{first == 2'(j)}});
      bad_entry = bad_entry | (valid_q & pd_q[j].data & (first == 2'(j)));
    end
    in_group = Width'(4'hf << first) & ~Width'(5'h1e << last_slot);
    for (int unsigned j = 0; j < Width; j++) begin
      last[j] = last_slot == 2'(j);
      d_active_o[j] = in_group[j] & ~pd_q[j].data;
    end
    block_done = last[Width-1];
  end

  // The group's last slot: displacement of a jump, address of the next group.
  // Every slot has its own adder: which slot is the last comes late.
  logic take, is_call, is_return;
  logic [31:2] return_top;
  logic [1:0] counter;
  logic [31:2] next_block, npc;
  logic [31:1] jump_target;
  function automatic logic [31:1] displacement(logic [31:0] word, logic [1:0] reach);
    unique case (reach)
      ReachJal: return 31'(imm_joff(word) >> 1);
      ReachBranch: return 31'(imm_boff(word) >> 1);
      ReachXj: return {imm_jump17(word)[29:0], 1'b0};
      default: return {imm_br13(word)[29:0], 1'b0};
    endcase
  endfunction
  always_comb begin
    take = 1'b0;
    jump_target = '0;
    counter = '0;
    is_call = 1'b0;
    is_return = 1'b0;
    for (int unsigned j = 0; j < Width; j++) begin
      is_call = is_call | (last[j] & (pd_q[j].flow == FlowCall));
      is_return = is_return | (last[j] & (pd_q[j].flow == FlowReturn));
      counter = counter | (counters_q[j] & {2{last[j]}});
      take = take | (last[j] & takes_q[j]);
      jump_target = jump_target | (({(pc_q & ~30'(SlotMask)) | 30'(j), 1'b0} + displacement(word_q[j], pd_q[j].reach)) &
                                   {31{last[j]}});
    end
    if (Cfg.return_stack != 0 && is_return) jump_target = {return_top, 1'b0};
    next_block = ((pc_q >> SlotWidth) + 30'd1) << SlotWidth;
    npc = block_done ? next_block : ((pc_q & ~30'(SlotMask)) | 30'(last_slot + 2'd1));
  end

  logic [7:0] top_behind;
  if (Cfg.return_stack != 0) begin : g_return_stack
    localparam int unsigned TopWidth = $clog2(Cfg.return_stack);
    logic [TopWidth-1:0] after;
    return_stack #(
      .Entries(Cfg.return_stack)
    ) u_return_stack (
      .clk_i, .rst_ni,
      .clear_i       (~enable_i & inv_i),
      .clear_index_i (TopWidth'(inv_index_i)),
      .advance_i     (advance_i & valid_q & ~bad_entry),
      .call_i        (is_call),
      .return_i      (is_return),
      .link_i        (npc),
      .top_o         (return_top),
      .behind_o      (after),
      .redirect_i,
      .redirect_top_i(redirect_predict_i.top[TopWidth-1:0])
    );
    assign top_behind = 8'(after);
  end else begin : g_no_return_stack
    assign return_top = '0;
    assign top_behind = '0;
  end
  assign d_predict_o = '{top: top_behind, history: counter};
  logic unused_predict;
  assign unused_predict = ^{redirect_predict_i, branch_i, branch_wrong_i, branch_behind_i, branch_predict_i};

  assign d_valid_o = (valid_q & ~bad_entry) | fault_q;
  assign d_fault_o = fault_q;
  assign d_pc_o = pc_q;
  assign d_npc_o = npc;
  assign d_taken_o = take & ~fault_q;
  assign d_target_o = jump_target;
  assign d_pd_o = pd_q;
  assign d_word_o = word_q;

  logic jump, load_block, can_load, refill_done;
  logic jumped_q;               // fetch has followed the jump of the group in D
  assign jump = valid_q & ~bad_entry & take & ~jumped_q;
  assign can_load = ~miss_q & ~fault_q & ~stopped_q & ~bad_entry & enable_i;
  assign load_block = (~valid_q | (advance_i & (block_done | jumped_q))) & can_load;

  // No advance_i in here.
  logic [31:2] following;
  assign following = ((fetch_pc_q >> SlotWidth) + 30'd1) << SlotWidth;
  always_comb begin
    if (redirect_i) fetch_pc_d = redirect_pc_i;
    else if (jump) fetch_pc_d = jump_target[31:2];
    else if (refill_done & miss_q) fetch_pc_d = pc_q;
    else if (waiting_q | ~enable_i) fetch_pc_d = fetch_pc_q;
    else fetch_pc_d = following;
  end

  logic in_memory;
  assign in_memory = (pc_q[31:12] < dram_pages_i) | (pc_q[31:22] == ConcealedWindow[31:22]);

  always_ff @(posedge clk_i) begin
    fetch_pc_q <= fetch_pc_d;
    // Either the waiting block has left or there was none and the one at fetch_pc has.
    waiting_q <= ~load_block & ~(redirect_i | jump | (refill_done & miss_q));
    jumped_q <= (jumped_q | jump) & ~advance_i & ~redirect_i;
    if (load_block) begin
      pc_q <= waiting_q ? wait_pc_q : fetch_pc_q;
      valid_q <= waiting_q ? wait_hit_q : hit;
      miss_q <= ~(waiting_q ? wait_hit_q : hit);
      reparse_q <= 1'b0;
      for (int unsigned j = 0; j < Width; j++) begin
        {pd_q[j], word_q[j]} <= {coming[j], coming_word[j]};
        counters_q[j] <= coming_counters[j];
        takes_q[j] <= (coming[j].take ^ ((coming[j].flow == FlowBranch) & coming_counters[j][1])) |
                      ((coming[j].flow == FlowReturn) & (Cfg.return_stack != 0));
      end
    end else if (advance_i & valid_q & ~bad_entry) begin
      pc_q <= npc;
    end
    if (refill_done & miss_q) miss_q <= 1'b0;
    if (bad_entry) begin
      valid_q <= 1'b0;
      miss_q <= 1'b1;
      reparse_q <= 1'b1;
    end
    if (miss_q & ~in_memory) begin
      fault_q <= 1'b1;
      miss_q <= 1'b0;
    end
    if (fault_q & advance_i) fault_q <= 1'b0;
    if (redirect_i | (jump & advance_i)) begin
      valid_q <= 1'b0;
      miss_q <= 1'b0;
      fault_q <= 1'b0;
    end
    // After a fault has been handed on nothing more is fetched until its trap redirects.
    if (fault_q & advance_i) stopped_q <= 1'b1;
    if (redirect_i) stopped_q <= 1'b0;
    if (!rst_ni | !enable_i) begin
      fetch_pc_q <= ResetPc[31:2];
      pc_q <= ResetPc[31:2];
      valid_q <= 1'b0;
      miss_q <= 1'b0;
      fault_q <= 1'b0;
      stopped_q <= 1'b0;
      waiting_q <= 1'b0;
      jumped_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------------------------------------ refill
  typedef enum logic [2:0] {
    RefillIdle,
    RefillReq,
    RefillFill,
    RefillWrite,  // the last block goes through predecode into the RAM
    RefillDone
  } refill_e;
  refill_e refill_q;
  logic [31:5] line_q;
  logic [2:0] beat_q, entry_q;   // entry_q: word of the line where the parse of its block starts
  logic killed_q;

  logic in_valid_q;
  logic [2:0] in_beat_q;
  logic [31:0] in_word_q;
  logic full_q;
  logic [2:0] full_beat_q;
  op_e [Width-1:0] gather_op_q;
  logic [Width-1:0][31:0] gather_word_q;
  predecode_t [Width-1:0] pd;
  logic [Width-1:0][31:0] pd_word;
  logic parsed_q;
  logic [2:0] parsed_beat_q;
  logic [1:0] start_slot;

  assign start_slot = ((full_beat_q >> SlotWidth) == (entry_q >> SlotWidth)) ? entry_q[1:0] & SlotMask : 2'd0;
  predecode #(
    .Width(Width)
  ) u_predecode (
    .clk_i,
    .op_i   (gather_op_q),
    .word_i (gather_word_q),
    .start_i(start_slot),
    .pd_o   (pd),
    .word_o (pd_word)
  );

  assign refill_done = refill_q == RefillDone;
  assign read_req_o = refill_q == RefillReq;
  assign read_addr_o = line_q;
  assign ev_miss_o = read_req_o & read_gnt_i;
  assign refilling_o = miss_q;

  always_ff @(posedge clk_i) begin
    unique case (refill_q)
      RefillIdle: begin
        if (miss_q & in_memory & ~redirect_i) begin
          refill_q <= RefillReq;
          line_q <= pc_q[31:5];
          entry_q <= reparse_q ? pc_q[4:2] : '0;
          killed_q <= 1'b0;
        end
        beat_q <= '0;
      end
      RefillReq: if (read_gnt_i) refill_q <= RefillFill;
      RefillFill:
      if (read_valid_i) begin
        beat_q <= beat_q + 1'b1;
        if (&beat_q) refill_q <= RefillWrite;
      end
      RefillWrite: begin
        beat_q <= beat_q + 1'b1;
        if (beat_q == 3'd5) refill_q <= RefillDone;
      end
      default: refill_q <= RefillIdle;
    endcase
    if (inv_i) killed_q <= 1'b1;

    // word -> operation -> block -> predecode -> RAM, a stage each
    in_valid_q <= refill_q == RefillFill & read_valid_i;
    in_beat_q <= beat_q;
    in_word_q <= read_data_i;
    for (int unsigned j = 0; j < Width; j++) begin
      if (in_valid_q & ((in_beat_q & 3'(SlotMask)) == 3'(j))) begin
        gather_op_q[j] <= in_word_q[1] ? decode_op(in_word_q) : OpIllegal;
        gather_word_q[j] <= in_word_q;
      end
    end
    full_q <= in_valid_q & ((in_beat_q & 3'(SlotMask)) == 3'(SlotMask));
    full_beat_q <= in_beat_q;
    parsed_q <= full_q;
    parsed_beat_q <= full_beat_q;
    block_we_q <= parsed_q;
    block_waddr_q <= BlockWidth'({line_q, parsed_beat_q} >> SlotWidth);
    for (int unsigned j = 0; j < Width; j++) block_wdata_q[j] <= {pd[j], pd_word[j]};

    // tags: invalid from the start of a refill, valid at its end unless invalidated meanwhile
    tag_we_q <= 1'b0;
    tag_waddr_q <= line_q[LineWidth+4:5];
    tag_wdata_q <= {1'b0, line_q[31:LineWidth+5]};
    if (refill_q == RefillReq) tag_we_q <= 1'b1;
    if (refill_q == RefillWrite & beat_q == 3'd4) begin
      tag_we_q <= 1'b1;
      tag_wdata_q[TagBits] <= ~killed_q & ~inv_i;
    end
    if (inv_i) begin
      tag_we_q <= 1'b1;
      tag_waddr_q <= inv_index_i;
      tag_wdata_q <= '0;
    end
    if (!rst_ni) refill_q <= RefillIdle;
  end

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic stale_q;  // something has been invalidated and fetch has not been redirected since
  always_ff @(posedge clk_i) begin
    stale_q <= (stale_q | (inv_i & enable_i)) & ~redirect_i & rst_ni;
  end
`endif
  `VEIL_ASSERT(NoGroupDuringMiss, !(miss_q & d_valid_o))
  `VEIL_ASSERT(NothingAfterFault, !(stopped_q & d_valid_o))
  `VEIL_ASSERT(RefilledLineIsInvalid, !((refill_q == RefillWrite) & hit &
                                        (fetch_pc_q[LineWidth+4:5] == line_q[LineWidth+4:5])))
  `VEIL_ASSERT_NEXT(KilledStaysInvalid, (refill_q == RefillWrite) & (killed_q | inv_i),
                    !(tag_we_q & tag_wdata_q[TagBits]))
  `VEIL_ASSERT_NEXT(ElsewhereDropsWaiting, redirect_i | jump | (refill_done & miss_q), !waiting_q)
  `VEIL_ASSERT(TakesNextBlock, !(load_block & valid_q & ~jump & ~redirect_i) |
                               ((waiting_q ? wait_pc_q : fetch_pc_q) == (jumped_q ? jump_target[31:2] : next_block)))
  `VEIL_ASSERT(NoBlockOutlivesInvalidation, !(stale_q & advance_i & d_valid_o & ~redirect_i))

endmodule
