// The core: six stages F D R X M W, Width lanes, one memory operation a group.
//
//   F  fetch.sv          block from the I-cache
//   D  fetch.sv, dispatch.sv  next group of the block, direct jumps, slots to lanes, version look-up
//   R  decode.sv, operand_read.sv  control, registers, bypass from M and W, hazards; versions change here
//   X  alu.sv            results, branches, addresses (one three-operand adder for address and segment offset)
//   M  lsu.sv, flag_unit.sv   cache, TLB, checks; flags are finished; wrong branches and jalr redirect
//   W  slow_path.sv      retirement, traps, everything slow; the only place where anything becomes final
//
// A group retires in W, or traps there.  Whatever cannot be done in one cycle freezes X, M and W with the group in W
// (`frozen`); what that is made of and `trap` are flip-flops set at the end of M, so no stage waits for a late signal.
// Redirects: D (fetch only), M (kills X R D), W (kills M X R D).

`include "veil_assert.svh"

module veil_core
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  localparam int unsigned Width = Cfg.width
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [31:12] dram_pages_i,    // size of DRAM in 4 KiB pages; constant after reset
  input  logic         irq_timer_i,
  input  logic         irq_external_i,
  // instruction lines
  output logic         iread_req_o,
  output logic [31:5]  iread_addr_o,
  input  logic         iread_gnt_i,
  input  logic         iread_valid_i,
  // data lines
  output logic         dread_req_o,
  output logic [31:5]  dread_addr_o,
  input  logic         dread_gnt_i,
  input  logic         dread_valid_i,
  input  logic [31:0]  read_data_i,
  // data words
  output logic         write_req_o,
  output logic [31:2]  write_addr_o,
  output logic [31:0]  write_data_o,
  output logic [3:0]   write_be_o,
  input  logic         write_gnt_i,
  input  logic         write_idle_i,
  // host port
  output logic         host_req_o,
  output logic         host_we_o,
  output logic [11:0]  host_addr_o,
  output logic [31:0]  host_wdata_o,
  input  logic         host_ack_i,
  input  logic [31:0]  host_rdata_i,
  // observation
  output events_t      events_o,
  output logic [3:0]   tier_o,
  output logic         trace_valid_o,   // a group retires or traps in this cycle
  output trace_t       trace_o,
  output logic [Width-1:0]       trace_reg_we_o,
  output logic [Width-1:0][4:0]  trace_reg_o,
  output logic [Width-1:0][31:0] trace_value_o
);

  localparam int unsigned Ops = 2 * Width;

  // ------------------------------------------------------------------------------------------------ signals of all stages
  logic frozen, redirect_m, redirect_w, kill_xrd;
  logic [3:0] slow_q;     // why: what look-ups find in M comes too late there to meet the other reasons
  logic free;             // ~frozen, from a copy of slow_q for the front: frozen reaches every register of X, M and W
  logic [3:0] front_slow_q;
  logic w_moves, w_sure_q;  // W's group is there and not frozen: it retires or traps in this cycle
  logic m_redirects_q;    // M's group is there and goes on elsewhere than fetch thinks
  logic w_wrong_q, w_has_branch_q;  // W's did; W's has a branch
  logic [31:2] redirect_pc;
  logic r_valid_q, x_valid_q, m_valid_q, w_valid_q;
  group_t r_group, x_group_q, m_group_q, w_group_q;
  lane_ctl_t [Width-1:0] r_ctl, x_ctl_q, m_ctl_q, w_ctl_q;
  logic [Width-1:0] x_version_q, m_version_q, w_version_q;
  logic [Width-1:0][31:0] m_result_q, w_result_q, w_result;
  logic w_retire, w_trap_q, w_flush_q, w_rollback_q, w_commit, w_xcommit;
  trap_t w_trap_cause_q, w_trap_cause;  // cause as registered; with that of a page
  logic w_of_page_q, w_tlb_miss_q;
  page_why_t w_page_why_q;
  logic hazard, hazard_load, advance_r, w_rolls_back;

  // state from the CSRs
  logic spec, hold, user, deadline_near, irq;
  logic [31:2] mtvec;
  logic [31:12] xbound;
  logic [31:0] tlb_pa;
  logic [63:0] tlb_granules;
  logic tlb_flat;
  trap_t irq_cause;

  assign frozen = |slow_q;
  assign free = ~|front_slow_q;
  assign w_moves = w_sure_q & ~|slow_q[3:1];
  assign kill_xrd = (m_redirects_q & free) | redirect_w;
  assign advance_r = free & ~hazard;

  // ------------------------------------------------------------------------------------------------ F, D
  logic d_valid, d_fault, d_taken, running, icache_inv, refilling, ev_icache_miss;
  logic [31:2] d_pc, d_npc;
  logic [31:1] d_target;
  predict_t d_predict, r_predict_q;
  logic [Width-1:0] d_active;
  predecode_t [Width-1:0] d_pd;
  logic [Width-1:0][31:0] d_word;
  localparam int unsigned LineWidth = $clog2(Cfg.icache_bytes / 32);
  logic [LineWidth-1:0] icache_index;

  fetch #(.Cfg(Cfg)) u_fetch (
    .clk_i, .rst_ni,
    .enable_i     (running),
    .redirect_i   (kill_xrd),
    .redirect_pc_i(redirect_pc),
    .redirect_predict_i(redirect_w ? w_group_q.predict : m_group_q.predict),
    .branch_i(w_retire & w_has_branch_q), .branch_wrong_i(w_wrong_q), .branch_behind_i(w_group_q.npc),
    .branch_predict_i(w_group_q.predict),
    .advance_i    (advance_r),
    .d_valid_o    (d_valid),
    .d_fault_o    (d_fault),
    .d_pc_o       (d_pc),
    .d_npc_o      (d_npc),
    .d_taken_o    (d_taken),
    .d_target_o   (d_target),
    .d_predict_o  (d_predict),
    .d_active_o   (d_active),
    .d_pd_o       (d_pd),
    .d_word_o     (d_word),
    .inv_i        (icache_inv),
    .inv_index_i  (icache_index),
    .dram_pages_i,
    .read_req_o   (iread_req_o),
    .read_addr_o  (iread_addr_o),
    .read_gnt_i   (iread_gnt_i),
    .read_valid_i (iread_valid_i),
    .read_data_i,
    .ev_miss_o    (ev_icache_miss),
    .refilling_o  (refilling)
  );

  // ------------------------------------------------------------------------------------------------ R
  logic r_fault_q, r_taken_q;
  logic [31:2] r_pc_q, r_npc_q;
  logic [31:1] r_target_q;
  logic [2:0] r_count_q;
  logic [Width-1:0] rl_valid_q, rl_writes_q, rl_use_a_q, rl_use_b_q, ru_lane_q;
  logic [Width-1:0][4:0] r_rd;
  op_e [Width-1:0] rl_op_q;
  op_e ru_op_q;
  logic [Width-1:0][31:0] rl_word_q, rl_wide_q;
  logic [Width-1:0][1:0] rl_slot_q, rl_version_q;
  logic [31:0] ru_word_q, ru_wide_q, committed_bits, working_bits;

  dispatch #(.Width(Width)) u_dispatch (
    .clk_i,
    .advance_i  (advance_r),
    .active_i   (d_active & {Width{~d_fault}}),
    .pd_i       (d_pd),
    .word_i     (d_word),
    .working_i  (working_bits),
    .committed_i(committed_bits),
    .r_writes_i (rl_writes_q & rl_valid_q & {Width{r_valid_q}}),
    .r_rd_i     (r_rd),
    .valid_o    (rl_valid_q),
    .writes_o   (rl_writes_q),
    .use_a_o    (rl_use_a_q),
    .use_b_o    (rl_use_b_q),
    .op_o       (rl_op_q),
    .word_o     (rl_word_q),
    .wide_o     (rl_wide_q),
    .slot_o     (rl_slot_q),
    .version_o  (rl_version_q),
    .unit_lane_o(ru_lane_q),
    .unit_op_o  (ru_op_q),
    .unit_word_o(ru_word_q),
    .unit_wide_o(ru_wide_q),
    .count_o    (r_count_q)
  );

  always_ff @(posedge clk_i) begin
    if (advance_r) begin
      r_valid_q <= d_valid;
      r_fault_q <= d_fault;
      r_taken_q <= d_taken;
      r_pc_q <= d_pc;
      r_npc_q <= d_npc;
      r_target_q <= d_target;
      r_predict_q <= d_predict;
    end
    if (kill_xrd | ~rst_ni) r_valid_q <= 1'b0;
  end

  // Lanes.
  logic [Width-1:0] imm_b, pc_a, link_a, zero_a, wide_b;
  logic [Width-1:0][31:0] imm;
  for (genvar l = 0; l < Width; l++) begin : g_decode
    assign r_rd[l] = rl_word_q[l][RdLsb+:5];
    decode u_decode (
      .valid_i (rl_valid_q[l]),
      .op_i    (rl_op_q[l]),
      .word_i  (rl_word_q[l]),
      .slot_i  (rl_slot_q[l]),
      .writes_i(rl_writes_q[l]),
      .use_a_i (rl_use_a_q[l]),
      .use_b_i (rl_use_b_q[l]),
      .ctl_o   (r_ctl[l]),
      .imm_b_o (imm_b[l]),
      .pc_a_o  (pc_a[l]),
      .link_a_o(link_a[l]),
      .zero_a_o(zero_a[l]),
      .wide_o  (wide_b[l]),
      .imm_o   (imm[l])
    );
  end

  // The memory unit's operation.
  mem_ctl_t ru_mem;
  seg_e ru_seg;
  logic [31:0] ru_disp, seg_base, seg_limit;
  logic [3:0] seg_attr;
  logic ru_indexed, ru_jalr, ru_jt;
  logic [1:0] ru_scale;
  slow_e ru_slow;
  unit_decode u_unit_decode (
    .valid_i  (|ru_lane_q),
    .op_i     (ru_op_q),
    .word_i   (ru_word_q),
    .wide_i   (ru_wide_q),
    .mem_o    (ru_mem),
    .seg_o    (ru_seg),
    .disp_o   (ru_disp),
    .indexed_o(ru_indexed),
    .scale_o  (ru_scale),
    .slow_o   (ru_slow),
    .jalr_o   (ru_jalr),
    .jt_o     (ru_jt)
  );

  // Operands.
  logic [Ops-1:0][31:0] rs_value;
  logic [Ops-1:0][Width-1:0] rs_from_m;
  logic [Ops-1:0] rs_from_load;
  logic raw_hazard;
  operand_read #(.Width(Width)) u_operand_read (
    .clk_i,
    .word_i         (rl_word_q),
    .version_i      (rl_version_q),
    .ctl_i          (r_ctl),
    .value_o        (rs_value),
    .from_m_o       (rs_from_m),
    .from_load_o    (rs_from_load),
    .hazard_o       (raw_hazard),
    .hazard_load_o  (hazard_load),
    .x_ctl_i        (x_ctl_q),
    .m_ctl_i        (m_ctl_q),
    .m_result_i     (m_result_q),
    .w_ctl_i        (w_ctl_q),
    .w_result_i     (w_result),
    .write_i        (w_retire),
    .write_version_i(w_version_q)
  );
  assign hazard = r_valid_q & raw_hazard;

  logic [Ops-1:0][31:0] r_value;
  logic [Ops-1:0][Width-1:0] r_from_m;
  logic [Ops-1:0] r_from_load;
  logic [1:0][31:0] ru_value;
  logic [1:0][Width-1:0] ru_from_m;
  logic [1:0] ru_from_load;
  operand_select #(.Width(Width)) u_operand_select (
    .read_i          (rs_value),
    .read_from_m_i   (rs_from_m),
    .read_from_load_i(rs_from_load),
    .pc_a_i          (pc_a),
    .link_a_i        (link_a),
    .zero_a_i        (zero_a),
    .imm_b_i         (imm_b),
    .wide_b_i        (wide_b),
    .imm_i           (imm),
    .wide_i          (rl_wide_q),
    .slot_i          (rl_slot_q),
    .pc_i            (r_pc_q),
    .npc_i           (r_npc_q),
    .unit_lane_i     (ru_lane_q),
    .use_a_i         (rl_use_a_q),
    .use_b_i         (rl_use_b_q),
    .value_o         (r_value),
    .from_m_o        (r_from_m),
    .from_load_o     (r_from_load),
    .unit_value_o    (ru_value),
    .unit_from_m_o   (ru_from_m),
    .unit_from_load_o(ru_from_load)
  );

  // The group as a whole.
  logic [31:0] r_writes;
  logic r_has_branch, r_jal;
  group_decode #(.Width(Width)) u_group_decode (
    .ctl_i       (r_ctl),
    .op_i        (rl_op_q),
    .word_i      (rl_word_q),
    .slot_i      (rl_slot_q),
    .unit_word_i (ru_word_q),
    .slow_i      (ru_slow),
    .jalr_i      (ru_jalr),
    .jt_i        (ru_jt),
    .fault_i     (r_fault_q),
    .pc_i        (r_pc_q),
    .npc_i       (r_npc_q),
    .count_i     (r_count_q),
    .spec_i      (spec),
    .hold_i      (hold),
    .predict_i   (r_predict_q),
    .group_o     (r_group),
    .writes_o    (r_writes),
    .has_branch_o(r_has_branch),
    .jal_o       (r_jal)
  );

  logic r_issue;
  assign r_issue = r_valid_q & advance_r & ~kill_xrd;
  versions u_versions (
    .clk_i, .rst_ni,
    .frozen_i    (frozen),
    .r_issue_i   (r_issue),
    .r_writes_i  (r_writes),
    .r_commit_i  (r_group.commit),
    .committed_o (committed_bits),
    .working_o   (working_bits),
    .redirect_m_i(redirect_m),
    .redirect_w_i(redirect_w),
    .w_retire_i  (w_retire),
    .w_commit_i  (w_commit),
    .w_undo_i    (w_trap_q | w_rollback_q),
    .w_rollback_i((w_trap_q & w_rolls_back) | w_rollback_q)
  );

  // ------------------------------------------------------------------------------------------------ X
  mem_ctl_t x_mem_q;
  logic [31:0] x_disp_q, x_seg_disp_q, x_limit_q;
  logic [3:0] x_attr_q, x_scale_q;
  logic x_taken_q, x_has_branch_q, x_jal_q, m_way1, unfreeze;
  logic [31:1] x_target_q;

  // When frozen, X waits; a redirect from M has been taken before the freeze began.
  always_ff @(posedge clk_i) begin
    if (!frozen) begin
      x_valid_q <= r_issue;
      x_group_q <= r_group;
      x_ctl_q <= r_ctl;
      for (int unsigned l = 0; l < Width; l++) begin
        x_ctl_q[l].writes <= r_ctl[l].writes & r_issue;
        x_ctl_q[l].late <= r_ctl[l].late & r_ctl[l].writes & r_issue;
        x_ctl_q[l].mul <= r_ctl[l].mul & r_ctl[l].writes & r_issue;
        x_version_q[l] <= ~committed_bits[r_ctl[l].rd];
      end
      x_mem_q <= ru_mem;
      x_disp_q <= ru_disp;
      x_seg_disp_q <= ru_disp + seg_base;
      x_limit_q <= seg_limit;
      x_attr_q <= seg_attr;
      for (int unsigned i = 0; i < 4; i++) x_scale_q[i] <= ru_indexed & (ru_scale == 2'(i));
      x_taken_q <= r_taken_q;
      x_has_branch_q <= r_has_branch;
      x_jal_q <= r_jal;
      x_target_q <= r_target_q;
    end
    if (!rst_ni) begin
      x_valid_q <= 1'b0;
      for (int unsigned l = 0; l < Width; l++) begin
        x_ctl_q[l].writes <= 1'b0;
        x_ctl_q[l].late <= 1'b0;
        x_ctl_q[l].mul <= 1'b0;
      end
    end
  end

  logic [31:0] load0, load1, w_load;
  logic way1, address_way1;
  logic [Ops-1:0][31:0] operand, x_load, x_other;
  logic [1:0][31:0] xu_operand, xu_load, xu_other;
  assign operand = x_load | x_other;
  assign xu_operand = xu_load | xu_other;
  operand_bypass #(.Width(Width), .NumOps(Ops)) u_lane_operands (
    .clk_i, .frozen_i(frozen), .value_i(r_value), .from_m_i(r_from_m), .from_load_i(r_from_load),
    .m_result_i(m_result_q), .load0_i(load0), .load1_i(load1), .way1_i(way1), .load_o(x_load), .other_o(x_other)
  );
  operand_bypass #(.Width(Width), .NumOps(2)) u_unit_operands (
    .clk_i, .frozen_i(frozen), .value_i(ru_value), .from_m_i(ru_from_m), .from_load_i(ru_from_load),
    .m_result_i(m_result_q), .load0_i(load0), .load1_i(load1), .way1_i(address_way1),
    .load_o(xu_load), .other_o(xu_other)
  );

  flags_t [Width-1:0] x_seen;
  logic [Width-1:0][1:0] x_fs;
  logic [Width-1:0][31:0] x_result;
  flag_raw_t [Width-1:0] x_raw, m_raw_q;
  logic [Width-1:0] x_equal, x_less, x_takes;
  for (genvar l = 0; l < Width; l++) begin : g_lane
    assign x_fs[l] = x_ctl_q[l].fs;
    alu u_alu (
      .ctl_i    (x_ctl_q[l].alu),
      .flag_op_i(x_ctl_q[l].flag_op),
      .a_i      (operand[2*l]),
      .b_i      (operand[2*l+1]),
      .flags_i  (x_seen[l]),
      .result_o (x_result[l]),
      .flags_o  (x_raw[l]),
      .equal_o  (x_equal[l]),
      .less_o   (x_less[l])
    );
    assign x_takes[l] = (x_ctl_q[l].rv_branch &
                         ((x_ctl_q[l].branch_op[2] ? x_less[l] : x_equal[l]) ^ x_ctl_q[l].branch_op[0])) |
                        (x_ctl_q[l].flag_branch & condition(x_ctl_q[l].alu.cond, x_seen[l]));
  end
  logic x_taken;
  assign x_taken = |x_takes;

  // A jalr that fetch has followed is a return, whose displacement is 0.
  logic x_returns;
  assign x_returns = x_taken_q & (xu_operand[0][31:2] == x_target_q[31:2]);

  logic [31:0] x_address, x_offset;
  address_unit u_address_unit (
    .base_i       (xu_operand[0]),
    .index_load_i (xu_load[1]),
    .index_other_i(xu_other[1]),
    .scale_i      (x_scale_q),
    .disp_i       (x_disp_q),
    .seg_disp_i   (x_seg_disp_q),
    .address_o    (x_address),
    .offset_o     (x_offset)
  );

  logic [31:0] product;
  multiplier u_multiplier (
    .clk_i,
    .hold_i    (frozen),
    .function_i(x_group_q.op[13:12]),
    .a_i       (xu_operand[0]),
    .b_i       (xu_operand[1]),
    .result_o  (product)
  );

  // ------------------------------------------------------------------------------------------------ M
  logic m_taken_q, m_jump_misaligned_q, m_has_branch_q;
  logic [31:1] m_target_q;
  logic m_trace_taken_q;
  always_ff @(posedge clk_i) begin
    if (!frozen) begin
      m_valid_q <= x_valid_q & ~kill_xrd;
      m_group_q <= x_group_q;
      m_ctl_q <= x_ctl_q;
      for (int unsigned l = 0; l < Width; l++) begin
        m_ctl_q[l].writes <= x_ctl_q[l].writes & ~kill_xrd;
        m_ctl_q[l].mul <= x_ctl_q[l].mul & ~kill_xrd;
      end
      m_version_q <= x_version_q;
      m_result_q <= x_result;
      m_raw_q <= x_raw;
      m_taken_q <= x_taken;
      m_redirects_q <= x_valid_q & ~kill_xrd & ((x_has_branch_q & (x_taken ^ x_taken_q)) |
                                                (x_group_q.jalr & ~x_returns));
      m_has_branch_q <= x_has_branch_q;
      m_target_q <= x_target_q;
      m_jump_misaligned_q <= (x_taken | x_jal_q) & x_target_q[1];
      m_trace_taken_q <= x_taken_q & ~x_has_branch_q;
    end
    if (!rst_ni) begin
      m_valid_q <= 1'b0;
      m_redirects_q <= 1'b0;
    end
  end

  logic [Width-1:0][31:0] m_count;
  for (genvar l = 0; l < Width; l++) begin : g_count
    bit_count u_bit_count (
      .op_i    (m_ctl_q[l].alu.count_op),
      .a_i     (m_result_q[l]),
      .result_o(m_count[l])
    );
  end

  logic m_alive;          // M's group is there and W does not kill it
  logic m_other_fault, m_fault, m_defer, m_slow, m_misaligned;
  logic lsu_fault, lsu_slow;
  logic [2:0] lsu_late;
  trap_t lsu_trap, m_trap;
  logic lsu_of_page, m_of_page;
  page_why_t lsu_page_why;
  logic [31:0] m_address;
  assign m_alive = m_valid_q & ~redirect_w;
  assign m_other_fault = irq | m_group_q.fetch_fault | m_group_q.illegal;
  assign m_misaligned = m_jump_misaligned_q | (m_group_q.jalr & m_address[1]);
  assign m_defer = (m_group_q.xcommit & deadline_near) | m_misaligned;
  assign m_fault = m_other_fault | lsu_fault;
  assign m_slow = lsu_slow | (m_group_q.slow != SlowNone) | m_defer;  // also if it faults: the slow path sees it
  assign m_of_page = lsu_of_page & ~m_other_fault;
  always_comb begin
    m_trap = lsu_trap;
    if (m_group_q.illegal) m_trap = '{is_irq: 1'b0, cause: CauseIllegal, tval: m_group_q.op};
    if (m_group_q.fetch_fault) m_trap = '{is_irq: 1'b0, cause: CauseLoadAccess, tval: {m_group_q.pc, 2'b0}};
    if (irq) m_trap = irq_cause;
  end

  // Indirect jump through the table: look-up in X, answer in M, redirect from W.
  logic jt_hit, jt_we, jt_valid;
  logic [31:2] jt_target, jt_wtarget;
  logic [31:0] jt_eip;
  logic [7:0] jt_tag;
  jump_table #(
    .Entries(Cfg.jump_table)
  ) u_jump_table (
    .clk_i,
    .tag_i     (jt_tag),
    .hold_i    (frozen),
    .eip_next_i(xu_operand[0]),  // x_address, without the adder: x.jt has no displacement
    .eip_i     (m_address),
    .hit_o     (jt_hit),
    .target_o  (jt_target),
    .we_i      (jt_we),
    .wvalid_i  (jt_valid),
    .weip_i    (jt_eip),
    .wtarget_i (jt_wtarget)
  );

  // ------------------------------------------------------------------------------------------------ W
  logic w_jt_hit_q, w_misaligned_q;
  logic [31:2] w_jt_target_q, w_flush_pc_q, w_next_q;
  logic [31:0] w_a_q, w_b_q;
  logic [31:1] w_target_q;
  logic w_taken_q, w_force_commit_q, w_csr_written_q;
  logic slow_fault, slow_flush, slow_commit, slow_rollback, slow_csr_written;
  trap_t slow_trap;
  logic [31:2] slow_flush_pc;
  logic [11:0] csr_addr;
  logic [31:0] slow_result, csr_value, m_load0, m_load1;
  mem_ctl_t w_mem;
  logic [31:0] w_phys, w_phys2, w_store_data;
  logic unused_mem;
  assign unused_mem = ^w_mem;

  load_result u_load_result (
    .clk_i,
    .rst_ni,
    .frozen_i       (frozen),
    .unfreeze_i     (unfreeze),
    .load0_i        (m_load0),
    .load1_i        (m_load1),
    .way1_i         (m_way1),
    .load0_o        (load0),
    .load1_o        (load1),
    .way1_o         (way1),
    .address_way1_o (address_way1),
    .result_o       (w_load)
  );

  logic [31:2] m_next;
  assign m_next = m_group_q.jalr ? m_address[31:2] : (m_taken_q | m_trace_taken_q) ? m_target_q[31:2] : m_group_q.npc;

  always_ff @(posedge clk_i) begin
    if (!frozen) begin
      w_valid_q <= m_alive;
      w_group_q <= m_group_q;
      w_ctl_q <= m_ctl_q;
      for (int unsigned l = 0; l < Width; l++) w_ctl_q[l].writes <= m_ctl_q[l].writes & ~redirect_w;
      w_version_q <= m_version_q;
      for (int unsigned l = 0; l < Width; l++) begin
        w_result_q[l] <= m_ctl_q[l].alu.sel_count ? m_count[l] : m_ctl_q[l].mul ? product : m_result_q[l];
      end
      w_trap_q <= m_alive & m_fault;
      w_trap_cause_q <= m_trap;
      w_of_page_q <= m_of_page;
      w_page_why_q <= lsu_page_why;
      w_tlb_miss_q <= 1'b0;  // the slow path finds them
      w_misaligned_q <= m_misaligned;
      w_target_q <= m_group_q.jalr ? m_address[31:1] : m_target_q;
      w_jt_hit_q <= m_group_q.jt & jt_hit;
      w_jt_target_q <= jt_target;
      w_next_q <= m_next;
      w_taken_q <= m_taken_q | m_trace_taken_q | m_group_q.jalr;
      w_has_branch_q <= m_has_branch_q;
      w_wrong_q <= m_redirects_q;
      w_a_q <= m_address;
      w_flush_q <= 1'b0;
      w_rollback_q <= 1'b0;
      w_force_commit_q <= 1'b0;
      w_csr_written_q <= 1'b0;
      slow_q[0] <= m_slow & m_alive;
      front_slow_q[0] <= m_slow & m_alive;
      w_sure_q <= m_alive & ~m_slow;
    end else if (unfreeze) begin
      slow_q[0] <= 1'b0;
      front_slow_q[0] <= 1'b0;
      w_sure_q <= w_valid_q;
      w_trap_q <= slow_fault;
      w_trap_cause_q <= slow_trap;
      w_of_page_q <= 1'b0;
      w_tlb_miss_q <= ~slow_trap.is_irq & (slow_trap.cause inside {CauseTlbLoad, CauseTlbStore});
      w_flush_q <= slow_flush & ~slow_fault;
      w_flush_pc_q <= slow_flush_pc;
      w_rollback_q <= slow_rollback & ~slow_fault;
      w_force_commit_q <= slow_commit;
      w_csr_written_q <= slow_csr_written;
    end
    // The late ones are low in frozen cycles.
    if (!frozen | unfreeze) begin
      slow_q[3:1] <= lsu_late;
      front_slow_q[3:1] <= lsu_late;
    end
    if (!rst_ni) begin
      slow_q <= '0;
      // front_slow_q has none, so that synthesis does not merge the two: it is low when m_valid_q has been for a cycle.
      w_sure_q <= 1'b0;
      w_valid_q <= 1'b0;
      w_trap_q <= 1'b0;
      w_flush_q <= 1'b0;
      w_rollback_q <= 1'b0;
      w_jt_hit_q <= 1'b0;
    end
  end

  always_comb begin
    for (int unsigned l = 0; l < Width; l++) begin
      w_result[l] = (w_ctl_q[l].late & ~w_ctl_q[l].mul) ? w_load : w_result_q[l];
    end
  end
  assign w_b_q = w_store_data;

  always_comb begin
    w_trap_cause = w_trap_cause_q;
    if (w_of_page_q) w_trap_cause.cause = page_cause(w_page_why_q);
  end
  assign w_rolls_back = w_group_q.spec & ~w_tlb_miss_q;
  assign w_retire = w_moves & ~w_trap_q;
  assign w_xcommit = w_retire & w_group_q.xcommit & (~w_group_q.jt | w_jt_hit_q);
  assign w_commit = w_retire & (w_group_q.commit | w_xcommit | w_force_commit_q) & ~w_rollback_q;
  assign redirect_w = w_moves & (w_trap_q | w_flush_q | w_jt_hit_q);
  assign redirect_m = m_redirects_q & ~redirect_w & free;
  always_comb begin
    if (redirect_w) redirect_pc = w_trap_q ? mtvec : w_flush_q ? w_flush_pc_q : w_jt_target_q;
    else if (m_group_q.jalr) redirect_pc = m_address[31:2];
    else redirect_pc = m_taken_q ? m_target_q[31:2] : m_group_q.npc;
  end

  logic w_trap_now, w_undo_all;
  assign w_trap_now = w_moves & w_trap_q;
  assign w_undo_all = (w_trap_now & w_rolls_back) | (w_retire & w_rollback_q);

  flag_file_t w_flags;
  logic [2:0] w_flags_written;
  flag_file #(.Width(Width)) u_flag_file (
    .clk_i, .rst_ni,
    .frozen_i    (frozen),
    .m_valid_i   (m_alive),
    .m_present_i (m_valid_q),
    .m_ctl_i     (m_ctl_q),
    .m_raw_i     (m_raw_q),
    .x_fs_i      (x_fs),
    .x_seen_o    (x_seen),
    .w_commit_i  (w_commit),
    .w_undo_i    (w_trap_now),
    .w_rollback_i(w_undo_all),
    .w_flags_o   (w_flags),
    .w_written_o (w_flags_written)
  );

  // Memory.
  logic mem_start, mem_forbid, mem_done, mem_fault, drained, tlb_busy, dcache_sweep;
  trap_t mem_trap;
  logic [31:0] mem_data;
  tlb_request_t tlb_request;
  logic [6:0] dcache_index;
  logic ev_dcache_miss, ev_stall_store, ev_tlb_walk;
  logic [4:0] ev_depth;
  mem_ctl_t x_mem;
  always_comb begin
    x_mem = x_mem_q;
    x_mem.valid = x_mem_q.valid & x_valid_q & ~kill_xrd;
  end

  lsu #(.Cfg(Cfg)) u_lsu (
    .clk_i, .rst_ni,
    .frozen_i        (frozen),
    .unfreeze_i      (unfreeze),
    .m_alive_i       (m_alive),
    .m_defer_i       (m_defer),
    .x_ctl_i         (x_mem),
    .x_addr_i        (x_address),
    .x_offset_i      (x_offset),
    .x_limit_i       (x_limit_q),
    .x_attr_i        (x_attr_q),
    .x_data_i        (xu_operand[1]),
    .m_addr_o        (m_address),
    .m_fault_o       (lsu_fault),
    .m_trap_o        (lsu_trap),
    .m_of_page_o     (lsu_of_page),
    .m_page_why_o    (lsu_page_why),
    .m_slow_o        (lsu_slow),
    .m_slow_late_o   (lsu_late),
    .m_load0_o       (m_load0),
    .m_load1_o       (m_load1),
    .m_way1_o        (m_way1),
    .w_valid_i       (w_valid_q),
    .w_retire_i      (w_retire),
    .w_start_i       (mem_start),
    .w_forbid_i      (mem_forbid),
    .slow_result_i   (slow_result),
    .done_o          (mem_done),
    .done_fault_o    (mem_fault),
    .done_trap_o     (mem_trap),
    .done_data_o     (mem_data),
    .commit_i        (w_commit),
    .may_commit_i    (w_sure_q & (w_group_q.commit | w_group_q.xcommit | w_force_commit_q)),
    .rollback_i      (w_undo_all),
    .alias_clear_i   (w_commit | w_undo_all),
    .drained_o       (drained),
    .xbound_i        (xbound),
    .user_i          (user),
    .dram_pages_i,
    .tlb_i           (tlb_request),
    .tlb_wpa_i       (tlb_pa),
    .tlb_wgranules_i (tlb_granules),
    .tlb_flat_i      (tlb_flat),
    .tlb_busy_o      (tlb_busy),
    .sweep_i         (dcache_sweep),
    .sweep_index_i   (dcache_index),
    .read_req_o      (dread_req_o),
    .read_addr_o     (dread_addr_o),
    .read_gnt_i      (dread_gnt_i),
    .read_valid_i    (dread_valid_i),
    .read_data_i,
    .write_req_o,
    .write_addr_o,
    .write_data_o,
    .write_be_o,
    .write_gnt_i,
    .write_idle_i,
    .host_req_o,
    .host_we_o,
    .host_addr_o,
    .host_wdata_o,
    .host_ack_i,
    .host_rdata_i,
    .w_ctl_o         (w_mem),
    .w_phys_o        (w_phys),
    .w_phys2_o       (w_phys2),
    .w_data_o        (w_store_data),
    .ev_dcache_miss_o(ev_dcache_miss),
    .ev_stall_store_o(ev_stall_store),
    .ev_tlb_walk_o   (ev_tlb_walk),
    .ev_depth_o      (ev_depth)
  );

  // Slow path, CSRs, counters.
  control #(.Cfg(Cfg)) u_control (
    .clk_i, .rst_ni, .frozen_i(frozen), .trapped_i(w_trap_q), .group_i(w_group_q), .mem_i(w_mem.valid),
    .jt_hit_i(w_jt_hit_q), .misaligned_i(w_misaligned_q), .target_i(w_target_q), .a_i(w_a_q), .b_i(w_b_q),
    .unfreeze_o(unfreeze), .fault_o(slow_fault), .trap_cause_o(slow_trap), .flush_o(slow_flush),
    .flush_pc_o(slow_flush_pc), .force_commit_o(slow_commit), .rollback_o(slow_rollback),
    .result_o(slow_result), .csr_written_o(slow_csr_written), .csr_o(csr_addr), .csr_value_o(csr_value),
    .mem_start_o(mem_start), .mem_forbid_o(mem_forbid), .mem_done_i(mem_done), .mem_fault_i(mem_fault),
    .mem_trap_i(mem_trap), .mem_data_i(mem_data), .drained_i(drained), .trap_i(w_trap_now),
    .w_cause_i(w_trap_cause), .retire_i(w_retire), .w_csr_written_i(w_csr_written_q), .xcommit_i(w_xcommit),
    .irq_timer_i, .irq_external_i, .irq_o(irq), .irq_cause_o(irq_cause), .spec_o(spec), .hold_o(hold),
    .user_o(user), .mtvec_o(mtvec), .xbound_o(xbound), .tier_o, .deadline_near_o(deadline_near), .seg_i(ru_seg),
    .seg_base_o(seg_base), .seg_limit_o(seg_limit), .seg_attr_o(seg_attr), .tlb_o(tlb_request),
    .tlb_busy_i(tlb_busy), .tlb_pa_o(tlb_pa), .tlb_granules_o(tlb_granules), .tlb_flat_o(tlb_flat),
    .jt_tag_o(jt_tag), .jt_we_o(jt_we), .jt_valid_o(jt_valid), .jt_eip_o(jt_eip), .jt_target_o(jt_wtarget),
    .icache_inv_o(icache_inv), .icache_index_o(icache_index), .dcache_sweep_o(dcache_sweep),
    .dcache_index_o(dcache_index), .running_o(running), .events_i(events_o)
  );

  // ------------------------------------------------------------------------------------------------ reports
  report u_report (
    .group_i(w_group_q), .retire_i(w_retire), .trap_i(w_trap_now), .rolls_back_i(w_rolls_back),
    .cause_i(w_trap_cause), .tlb_trap_i(w_tlb_miss_q), .mtvec_i(mtvec), .flush_i(w_flush_q),
    .flush_pc_i(w_flush_pc_q), .jt_hit_i(w_jt_hit_q), .jt_target_i(w_jt_target_q), .next_i(w_next_q),
    .taken_i(w_taken_q), .commit_i(w_commit), .xcommit_i(w_xcommit), .rollback_i(w_rollback_q),
    .undo_i(w_undo_all), .flags_written_i(w_flags_written), .flags_i(w_flags), .mem_i(w_mem), .phys_i(w_phys),
    .phys2_i(w_phys2), .store_data_i(w_store_data), .csr_written_i(w_csr_written_q), .csr_i(csr_addr),
    .csr_value_i(csr_value), .frozen_i(frozen), .d_valid_i(d_valid), .hazard_i(hazard),
    .hazard_load_i(hazard_load), .refilling_i(refilling), .redirect_i(redirect_m | redirect_w),
    .icache_miss_i(ev_icache_miss), .dcache_miss_i(ev_dcache_miss), .tlb_walk_i(ev_tlb_walk),
    .stall_store_i(ev_stall_store),
    .depth_i(ev_depth), .bus_write_i(write_req_o & write_gnt_i), .events_o, .trace_o
  );
  assign trace_valid_o = w_moves;
  always_comb begin
    for (int unsigned l = 0; l < Width; l++) begin
      trace_reg_we_o[l] = w_retire & w_ctl_q[l].writes;
      trace_reg_o[l] = w_ctl_q[l].rd;
      trace_value_o[l] = w_result[l];
    end
  end

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  group_rules #(.Width(Width)) u_group_rules (
    .clk_i, .rst_ni, .advance_i(advance_r), .active_i(d_active & {Width{~d_fault}}), .pd_i(d_pd), .word_i(d_word),
    .frozen_i(frozen), .ctl_i(r_ctl), .r_word_i(rl_word_q), .retire_i(w_retire)
  );

  logic [31:2] expected_q;  // where the next group begins that retires or traps
  always_ff @(posedge clk_i) begin
    if (w_moves) expected_q <= trace_o.next_pc[31:2];
    if (!rst_ni) expected_q <= ResetPc[31:2];
  end
`endif
  `VEIL_ASSERT(ProgramOrder, !w_moves | (w_group_q.pc == expected_q))
  `VEIL_ASSERT(FrozenTwice, free == ~frozen)
  `VEIL_ASSERT(MovesWhatIsThere, !w_moves | (w_valid_q & ~frozen))
  `VEIL_ASSERT(TrapsWhatIsThere, !w_trap_q | w_valid_q)
  `VEIL_ASSERT_STABLE(FrozenHolds, frozen,
                      {x_valid_q, x_group_q.pc, m_valid_q, m_group_q.pc, m_redirects_q, w_valid_q, w_group_q.pc})
  `VEIL_ASSERT(OneScale, $onehot0(x_scale_q))
  for (genvar l = 0; l < Width; l++) begin : g_assert
    `VEIL_ASSERT(OneResult, !x_valid_q | $onehot0({
        x_ctl_q[l].alu.sel_sum, x_ctl_q[l].alu.sel_logic, x_ctl_q[l].alu.sel_shift, x_ctl_q[l].alu.sel_less,
        x_ctl_q[l].alu.sel_minmax, x_ctl_q[l].alu.sel_cmov, x_ctl_q[l].alu.sel_set, x_ctl_q[l].alu.sel_getf,
        x_ctl_q[l].alu.sel_count, x_ctl_q[l].alu.sel_bytes}))
    `VEIL_ASSERT(LateOnlyIfItWrites, !(x_ctl_q[l].late | x_ctl_q[l].mul) | x_ctl_q[l].writes)
    `VEIL_ASSERT(WritesOnlyIfThere, !(x_ctl_q[l].writes & ~x_valid_q) & !(w_ctl_q[l].writes & ~w_valid_q))
    `VEIL_ASSERT(WritesWorkingVersion, !(w_retire & w_ctl_q[l].writes) |
                                       (w_version_q[l] == u_versions.after_w_q[w_ctl_q[l].rd]))
  end

endmodule
