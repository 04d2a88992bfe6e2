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
// (`frozen`); that and `trap` are flip-flops set at the end of M, so no stage waits for a late signal.
// Redirects: D (fetch only), M (kills X R D), W (kills M X R D).

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
  logic frozen_q, redirect_m, redirect_w, kill_xrd;
  logic [31:2] redirect_pc;
  logic r_valid_q, x_valid_q, m_valid_q, w_valid_q;
  group_t r_group, x_group_q, m_group_q, w_group_q;
  lane_ctl_t [Width-1:0] r_ctl, x_ctl_q, m_ctl_q, w_ctl_q;
  logic [Width-1:0] x_version_q, m_version_q, w_version_q;
  logic [Width-1:0][31:0] m_result_q, w_result_q, w_result;
  logic w_retire, w_trap_q, w_flush_q, w_rollback_q, w_commit, w_xcommit;
  trap_t w_trap_cause_q;
  logic hazard, hazard_load, advance_r, w_rolls_back;

  // state from the CSRs
  logic spec, pspec, hold, user, deadline_near, irq;
  logic [31:2] mtvec, mepc;
  logic [31:12] xbound;
  logic [31:0] deadline_gap, tlb_pa, jt_key;
  logic [63:0] tlb_granules;
  trap_t irq_cause;

  assign kill_xrd = redirect_m | redirect_w;
  assign advance_r = ~frozen_q & ~hazard;

  // ------------------------------------------------------------------------------------------------ F, D
  logic d_valid, d_fault, d_taken, running, icache_inv, refilling, ev_icache_miss;
  logic [31:2] d_pc, d_npc;
  logic [Width-1:0] d_active;
  predecode_t [Width-1:0] d_pd;
  logic [Width-1:0][31:0] d_word;
  localparam int unsigned LineWidth = $clog2(Cfg.icache_bytes / 32);
  logic [LineWidth-1:0] icache_index;

  fetch #(
    .Cfg(Cfg)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .enable_i     (running),
    .redirect_i   (kill_xrd),
    .redirect_pc_i(redirect_pc),
    .advance_i    (advance_r),
    .d_valid_o    (d_valid),
    .d_fault_o    (d_fault),
    .d_pc_o       (d_pc),
    .d_npc_o      (d_npc),
    .d_taken_o    (d_taken),
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

  logic [Width-1:0] dl_valid, du_lane;
  op_e [Width-1:0] dl_op;
  op_e du_op;
  logic [Width-1:0][31:0] dl_word, dl_wide;
  logic [Width-1:0][1:0] dl_slot, dl_version;
  logic [31:0] du_word, du_wide;
  logic [2:0] d_count;
  logic [31:0] working_now;

  dispatch #(
    .Width(Width)
  ) u_dispatch (
    .active_i   (d_active & {Width{~d_fault}}),
    .pd_i       (d_pd),
    .word_i     (d_word),
    .working_i  (working_now),
    .valid_o    (dl_valid),
    .op_o       (dl_op),
    .word_o     (dl_word),
    .wide_o     (dl_wide),
    .slot_o     (dl_slot),
    .version_o  (dl_version),
    .unit_lane_o(du_lane),
    .unit_op_o  (du_op),
    .unit_word_o(du_word),
    .unit_wide_o(du_wide),
    .count_o    (d_count)
  );

  // ------------------------------------------------------------------------------------------------ R
  logic r_fault_q, r_taken_q;
  logic [31:2] r_pc_q, r_npc_q;
  logic [2:0] r_count_q;
  logic [Width-1:0] rl_valid_q, ru_lane_q;
  op_e [Width-1:0] rl_op_q;
  op_e ru_op_q;
  logic [Width-1:0][31:0] rl_word_q, rl_wide_q;
  logic [Width-1:0][1:0] rl_slot_q, rl_version_q;
  logic [31:0] ru_word_q, ru_wide_q;

  always_ff @(posedge clk_i) begin
    if (advance_r) begin
      r_valid_q <= d_valid;
      r_fault_q <= d_fault;
      r_taken_q <= d_taken;
      r_pc_q <= d_pc;
      r_npc_q <= d_npc;
      r_count_q <= d_count;
      rl_valid_q <= dl_valid;
      rl_op_q <= dl_op;
      rl_word_q <= dl_word;
      rl_wide_q <= dl_wide;
      rl_slot_q <= dl_slot;
      rl_version_q <= dl_version;
      ru_lane_q <= du_lane;
      ru_op_q <= du_op;
      ru_word_q <= du_word;
      ru_wide_q <= du_wide;
    end
    if (kill_xrd | ~rst_ni) r_valid_q <= 1'b0;
  end

  // Lanes.
  logic [Width-1:0] imm_b, pc_a, link_a, zero_a, wide_b;
  logic [Width-1:0][31:0] imm;
  for (genvar l = 0; l < Width; l++) begin : g_decode
    decode u_decode (
      .valid_i (rl_valid_q[l]),
      .op_i    (rl_op_q[l]),
      .word_i  (rl_word_q[l]),
      .slot_i  (rl_slot_q[l]),
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
  logic ru_indexed, ru_data, ru_base, ru_jalr, ru_jt;
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
    .data_o   (ru_data),
    .base_o   (ru_base),
    .slow_o   (ru_slow),
    .jalr_o   (ru_jalr),
    .jt_o     (ru_jt)
  );

  // Operands.
  logic [Ops-1:0][4:0] rs;
  logic [Ops-1:0] rs_version, rs_use;
  logic [Ops-1:0][31:0] rs_value;
  logic [Ops-1:0][Width-1:0] rs_from_m;
  logic [Ops-1:0] rs_from_load;
  logic raw_hazard;
  always_comb begin
    for (int unsigned l = 0; l < Width; l++) begin
      rs[2*l] = rl_word_q[l][Rs1Lsb+:5];
      rs[2*l+1] = rl_word_q[l][Rs2Lsb+:5];
      rs_version[2*l+:2] = rl_version_q[l];
      rs_use[2*l] = rl_valid_q[l] & r_ctl[l].use_a;
      rs_use[2*l+1] = rl_valid_q[l] & r_ctl[l].use_b;
    end
  end
  operand_read #(
    .Width(Width)
  ) u_operand_read (
    .clk_i,
    .rs_i           (rs),
    .version_i      (rs_version),
    .use_i          (rs_use),
    .value_o        (rs_value),
    .from_m_o       (rs_from_m),
    .from_load_o    (rs_from_load),
    .hazard_o       (raw_hazard),
    .hazard_load_o  (hazard_load),
    .x_valid_i      (x_valid_q),
    .x_ctl_i        (x_ctl_q),
    .m_valid_i      (m_valid_q),
    .m_ctl_i        (m_ctl_q),
    .m_result_i     (m_result_q),
    .w_valid_i      (w_valid_q),
    .w_ctl_i        (w_ctl_q),
    .w_result_i     (w_result),
    .write_i        (w_retire),
    .write_version_i(w_version_q)
  );
  assign hazard = r_valid_q & raw_hazard;

  // Operands of the lanes as X takes them, and of the memory unit.
  logic [Ops-1:0][31:0] r_value;
  logic [Ops-1:0][Width-1:0] r_from_m;
  logic [Ops-1:0] r_from_load;
  logic [1:0][31:0] ru_value;
  logic [1:0][Width-1:0] ru_from_m;
  logic [1:0] ru_from_load, ru_wanted;
  assign ru_wanted = {ru_indexed | ru_data, ru_base};
  always_comb begin
    r_value = rs_value;
    r_from_m = rs_from_m;
    r_from_load = rs_from_load;
    for (int unsigned l = 0; l < Width; l++) begin
      if (pc_a[l] | link_a[l] | zero_a[l]) begin
        r_from_m[2*l] = '0;
        r_from_load[2*l] = 1'b0;
        r_value[2*l] = '0;
        if (link_a[l]) r_value[2*l] = {r_npc_q, 2'b00};
        if (pc_a[l]) r_value[2*l] = {(r_pc_q & ~30'(Width - 1)) | 30'(rl_slot_q[l]), 2'b00};
      end
      if (imm_b[l]) begin
        r_from_m[2*l+1] = '0;
        r_from_load[2*l+1] = 1'b0;
        r_value[2*l+1] = wide_b[l] ? rl_wide_q[l] : imm[l];
      end
    end
    ru_value = '0;
    ru_from_m = '0;
    ru_from_load = '0;
    for (int unsigned p = 0; p < 2; p++) begin
      for (int unsigned l = 0; l < Width; l++) begin
        if (ru_lane_q[l] & ru_wanted[p]) begin
          ru_value[p] = ru_value[p] | rs_value[2*l+p];
          ru_from_m[p] = ru_from_m[p] | rs_from_m[2*l+p];
          ru_from_load[p] = ru_from_load[p] | rs_from_load[2*l+p];
        end
      end
    end
  end

  // The group as a whole.
  logic [31:0] r_writes, r_branch_word;
  logic r_commit, r_has_branch, r_jal, r_xj;
  logic [31:1] r_target;
  always_comb begin
    r_group = '0;
    r_group.pc = r_pc_q;
    r_group.npc = r_npc_q;
    r_group.ops = r_count_q;
    r_group.spec = spec;
    r_group.fetch_fault = r_fault_q;
    r_group.op = ru_word_q;
    r_group.slow = ru_slow;
    r_group.jalr = ru_jalr;
    r_group.jt = ru_jt;
    r_writes = '0;
    r_branch_word = '0;
    r_has_branch = 1'b0;
    r_jal = 1'b0;
    r_xj = 1'b0;
    for (int unsigned l = 0; l < Width; l++) begin
      for (int unsigned i = 1; i < 32; i++) begin
        if (r_ctl[l].writes && r_ctl[l].rd == 5'(i)) r_writes[i] = 1'b1;
      end
      if (r_ctl[l].commit) begin
        r_group.xcommit = 1'b1;
        r_group.count = r_group.count | r_ctl[l].count;
        r_group.commit_pc = r_group.commit_pc | ((r_pc_q & ~30'(Width - 1)) | 30'(r_ctl[l].slot));
      end
      if (r_ctl[l].rv_branch | r_ctl[l].flag_branch) begin
        r_has_branch = 1'b1;
        r_branch_word = r_branch_word | rl_word_q[l];
      end
      if (rl_valid_q[l] & (rl_op_q[l] inside {OpJal, OpXJ})) begin
        r_jal = r_jal | (rl_op_q[l] == OpJal);
        r_xj = r_xj | (rl_op_q[l] == OpXJ);
        r_branch_word = r_branch_word | rl_word_q[l];
      end
    end
    // The first illegal operation in program order is the one that mtval shows.
    for (int signed j = int'(Width) - 1; j >= 0; j--) begin
      for (int unsigned l = 0; l < Width; l++) begin
        if (r_ctl[l].illegal && (rl_slot_q[l] == 2'(j))) begin
          r_group.illegal = 1'b1;
          r_group.op = rl_word_q[l];
        end
      end
    end
    r_commit = (~spec & ~hold) | (r_group.xcommit & ~ru_jt);
    r_group.commit = r_commit;
  end

  // Branch target: a branch is its group's last operation, one word before the next group.
  logic r_xb;
  logic [31:0] r_reach;
  always_comb begin
    r_xb = 1'b0;
    for (int unsigned l = 0; l < Width; l++) r_xb = r_xb | r_ctl[l].flag_branch;
    r_reach = r_jal ? imm_joff(r_branch_word) :
              r_xj ? {imm_jump17(r_branch_word)[29:0], 2'b00} :
              r_xb ? {imm_br13(r_branch_word)[29:0], 2'b00} : imm_boff(r_branch_word);
    r_target = {r_npc_q, 1'b0} + r_reach[31:1] - 31'd2;
  end
  logic unused_reach;
  assign unused_reach = r_reach[0];

  logic r_issue;
  assign r_issue = r_valid_q & advance_r & ~kill_xrd;
  logic [31:0] after_r, committed_bits, working_bits;
  versions u_versions (
    .clk_i,
    .rst_ni,
    .frozen_i    (frozen_q),
    .r_issue_i   (r_issue),
    .r_writes_i  (r_writes),
    .r_commit_i  (r_commit),
    .r_after_o   (after_r),
    .committed_o (committed_bits),
    .working_o   (working_bits),
    .redirect_m_i(redirect_m),
    .redirect_w_i(redirect_w),
    .w_retire_i  (w_retire),
    .w_commit_i  (w_commit),
    .w_undo_i    (w_trap_q | w_rollback_q),
    .w_rollback_i((w_trap_q & w_rolls_back) | w_rollback_q)
  );
  assign working_now = r_valid_q ? after_r : working_bits;

  // ------------------------------------------------------------------------------------------------ X
  logic [Ops-1:0][31:0] x_value_q, operand;
  logic [Ops-1:0][Width-1:0] x_from_m_q;
  logic [Ops-1:0] x_load0_q, x_load1_q, x_own_q;
  logic [1:0][31:0] xu_value_q, xu_operand;
  logic [1:0][Width-1:0] xu_from_m_q;
  logic [1:0] xu_load0_q, xu_load1_q, xu_own_q;
  mem_ctl_t x_mem_q;
  logic [31:0] x_disp_q, x_seg_disp_q, x_limit_q;
  logic [3:0] x_attr_q, x_scale_q;
  logic x_taken_q, x_has_branch_q, x_jal_q;
  logic [31:1] x_target_q;
  logic m_way1;
  logic unfreeze;

  always_ff @(posedge clk_i) begin
    if (!frozen_q) begin
      x_valid_q <= r_issue;
      x_group_q <= r_group;
      x_ctl_q <= r_ctl;
      for (int unsigned l = 0; l < Width; l++) x_version_q[l] <= ~committed_bits[r_ctl[l].rd];
      x_value_q <= r_value;
      x_from_m_q <= r_from_m;
      x_load0_q <= r_from_load & ~{Ops{m_way1}};
      x_load1_q <= r_from_load & {Ops{m_way1}};
      for (int unsigned k = 0; k < Ops; k++) x_own_q[k] <= ~(|r_from_m[k] | r_from_load[k]);
      xu_value_q <= ru_value;
      xu_from_m_q <= ru_from_m;
      xu_load0_q <= ru_from_load & ~{2{m_way1}};
      xu_load1_q <= ru_from_load & {2{m_way1}};
      for (int unsigned p = 0; p < 2; p++) xu_own_q[p] <= ~(|ru_from_m[p] | ru_from_load[p]);
      x_mem_q <= ru_mem;
      x_disp_q <= ru_disp;
      x_seg_disp_q <= ru_disp + seg_base;
      x_limit_q <= seg_limit;
      x_attr_q <= seg_attr;
      for (int unsigned i = 0; i < 4; i++) x_scale_q[i] <= ru_indexed & (ru_scale == 2'(i));
      x_taken_q <= r_taken_q;
      x_has_branch_q <= r_has_branch;
      x_jal_q <= r_jal;
      x_target_q <= r_target;
    end else if (unfreeze) begin
      // The slow path's result is in way 0's place.
      x_load0_q <= x_load0_q | x_load1_q;
      x_load1_q <= '0;
      xu_load0_q <= xu_load0_q | xu_load1_q;
      xu_load1_q <= '0;
    end
    // When frozen, X waits, but a redirect from M has already been taken before the freeze began.
    if (!rst_ni) x_valid_q <= 1'b0;
  end

  logic [31:0] load0_q, load1_q;
  logic load_way1_q;
  always_comb begin
    for (int unsigned k = 0; k < Ops; k++) begin
      operand[k] = (x_value_q[k] & {32{x_own_q[k]}}) | (load0_q & {32{x_load0_q[k]}}) | (load1_q & {32{x_load1_q[k]}});
      for (int unsigned b = 0; b < Width; b++) operand[k] = operand[k] | (m_result_q[b] & {32{x_from_m_q[k][b]}});
    end
    for (int unsigned p = 0; p < 2; p++) begin
      xu_operand[p] = (xu_value_q[p] & {32{xu_own_q[p]}}) | (load0_q & {32{xu_load0_q[p]}}) |
                      (load1_q & {32{xu_load1_q[p]}});
      for (int unsigned b = 0; b < Width; b++) begin
        xu_operand[p] = xu_operand[p] | (m_result_q[b] & {32{xu_from_m_q[p][b]}});
      end
    end
  end

  flag_file_t x_flags;
  logic [Width-1:0][31:0] x_result;
  flag_raw_t [Width-1:0] x_raw, m_raw_q;
  logic [Width-1:0] x_equal, x_less, x_takes;
  for (genvar l = 0; l < Width; l++) begin : g_lane
    flags_t seen;
    always_comb begin
      unique case (x_ctl_q[l].fs)
        2'd2: seen = x_flags[1];
        2'd3: seen = x_flags[2];
        default: seen = x_flags[0];
      endcase
    end
    alu u_alu (
      .ctl_i    (x_ctl_q[l].alu),
      .flag_op_i(x_ctl_q[l].flag_op),
      .a_i      (operand[2*l]),
      .b_i      (operand[2*l+1]),
      .flags_i  (seen),
      .result_o (x_result[l]),
      .flags_o  (x_raw[l]),
      .equal_o  (x_equal[l]),
      .less_o   (x_less[l])
    );
    assign x_takes[l] = (x_ctl_q[l].rv_branch &
                         ((x_ctl_q[l].branch_op[2] ? x_less[l] : x_equal[l]) ^ x_ctl_q[l].branch_op[0])) |
                        (x_ctl_q[l].flag_branch & condition(x_ctl_q[l].alu.cond, seen));
  end
  logic x_taken;
  assign x_taken = |x_takes;

  // Addresses: carry-save, then one adder each for the linear address and the offset in the segment.
  function automatic logic [31:0] add3(logic [31:0] a, logic [31:0] b, logic [31:0] c);
    logic [31:0] s;
    logic [30:0] m;
    s = a ^ b ^ c;
    m = (a[30:0] & b[30:0]) | (a[30:0] & c[30:0]) | (b[30:0] & c[30:0]);
    return s + {m, 1'b0};
  endfunction
  logic [31:0] x_index, x_address, x_offset;
  always_comb begin
    x_index = (xu_operand[1] & {32{x_scale_q[0]}}) | ({xu_operand[1][30:0], 1'b0} & {32{x_scale_q[1]}}) |
              ({xu_operand[1][29:0], 2'b0} & {32{x_scale_q[2]}}) | ({xu_operand[1][28:0], 3'b0} & {32{x_scale_q[3]}});
    x_address = add3(xu_operand[0], x_index, x_seg_disp_q);
    x_offset = add3(xu_operand[0], x_index, x_disp_q);
  end

  logic [31:0] product;
  multiplier u_multiplier (
    .clk_i,
    .hold_i    (frozen_q),
    .function_i(x_group_q.op[13:12]),
    .a_i       (xu_operand[0]),
    .b_i       (xu_operand[1]),
    .result_o  (product)
  );

  // ------------------------------------------------------------------------------------------------ M
  logic m_wrong_q, m_taken_q, m_jump_misaligned_q;
  logic [31:1] m_target_q;
  logic m_trace_taken_q;
  always_ff @(posedge clk_i) begin
    if (!frozen_q) begin
      m_valid_q <= x_valid_q & ~kill_xrd;
      m_group_q <= x_group_q;
      m_ctl_q <= x_ctl_q;
      m_version_q <= x_version_q;
      m_result_q <= x_result;
      m_raw_q <= x_raw;
      m_taken_q <= x_taken;
      m_wrong_q <= x_has_branch_q & (x_taken ^ x_taken_q);
      m_target_q <= x_target_q;
      m_jump_misaligned_q <= (x_taken | x_jal_q) & x_target_q[1];
      m_trace_taken_q <= x_taken_q & ~x_has_branch_q;
    end
    if (!rst_ni) m_valid_q <= 1'b0;
  end

  flags_t [Width-1:0] m_flags, m_mask;
  logic [Width-1:0] m_flag_write;
  logic [Width-1:0][1:0] m_fd;
  for (genvar l = 0; l < Width; l++) begin : g_flags
    flag_unit u_flag_unit (
      .op_i   (m_ctl_q[l].flag_op),
      .width_i(m_ctl_q[l].alu.width),
      .raw_i  (m_raw_q[l]),
      .value_o(m_flags[l]),
      .mask_o (m_mask[l])
    );
    assign m_flag_write[l] = m_valid_q & (m_ctl_q[l].flag_op != FlagsNone);
    assign m_fd[l] = m_ctl_q[l].fd;
  end

  logic m_alive;          // M's group is there and W does not kill it
  logic m_other_fault, m_fault, m_defer, m_slow, m_misaligned;
  logic lsu_fault, lsu_slow, lsu_plain_miss;
  trap_t lsu_trap, m_trap;
  logic [31:0] m_address, m_address_next;
  assign m_alive = m_valid_q & ~redirect_w;
  assign m_other_fault = irq | m_group_q.fetch_fault | m_group_q.illegal;
  assign m_misaligned = m_jump_misaligned_q | (m_group_q.jalr & m_address[1]);
  assign m_defer = (m_group_q.xcommit & deadline_near) | m_misaligned;
  assign m_fault = m_other_fault | lsu_fault;
  assign m_slow = ~m_fault & (lsu_slow | (m_group_q.slow != SlowNone) | m_defer);
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
  if (Cfg.jump_table != 0) begin : g_jump_table
    localparam int unsigned JtLog2 = $clog2(Cfg.jump_table);
    jump_table #(
      .Entries(Cfg.jump_table)
    ) u_jump_table (
      .clk_i,
      .index_i  (m_address_next[JtLog2-1:0]),
      .eip_i    (m_address),
      .hit_o    (jt_hit),
      .target_o (jt_target),
      .we_i     (jt_we),
      .wvalid_i (jt_valid),
      .weip_i   (jt_eip),
      .wtarget_i(jt_wtarget)
    );
  end else begin : g_no_jump_table
    assign jt_hit = 1'b0;
    assign jt_target = '0;
    logic unused_jt;
    assign unused_jt = ^{jt_we, jt_valid, jt_eip, jt_wtarget};
  end

  // ------------------------------------------------------------------------------------------------ W
  logic w_jt_hit_q, w_mem_plain_q, w_misaligned_q;
  logic [31:2] w_jt_target_q, w_flush_pc_q, w_next_q;
  logic [31:0] w_a_q, w_b_q;
  logic [31:1] w_target_q;
  logic w_taken_q, w_force_commit_q, w_csr_written_q;
  logic slow_fault, slow_flush, slow_commit, slow_rollback, slow_csr_written;
  trap_t slow_trap;
  logic [31:2] slow_flush_pc;
  logic [31:0] slow_result, csr_value, m_load0, m_load1;
  mem_ctl_t w_mem;
  logic [31:0] w_phys, w_phys2, w_store_data;
  logic unused_mem;
  assign unused_mem = ^w_mem;

  logic unused_next;
  assign unused_next = ^m_address_next;
  logic [31:2] m_next;
  assign m_next = m_group_q.jalr ? m_address[31:2] : (m_taken_q | m_trace_taken_q) ? m_target_q[31:2] : m_group_q.npc;

  always_ff @(posedge clk_i) begin
    if (!frozen_q) begin
      w_valid_q <= m_alive;
      w_group_q <= m_group_q;
      w_ctl_q <= m_ctl_q;
      w_version_q <= m_version_q;
      for (int unsigned l = 0; l < Width; l++) w_result_q[l] <= m_ctl_q[l].mul ? product : m_result_q[l];
      w_trap_q <= m_alive & m_fault;
      w_trap_cause_q <= m_trap;
      w_mem_plain_q <= lsu_plain_miss;
      w_misaligned_q <= m_misaligned;
      w_target_q <= m_group_q.jalr ? m_address[31:1] : m_target_q;
      w_jt_hit_q <= m_group_q.jt & jt_hit & ~m_fault;
      w_jt_target_q <= jt_target;
      w_next_q <= m_next;
      w_taken_q <= m_taken_q | m_trace_taken_q | m_group_q.jalr;
      w_a_q <= m_address;
      w_flush_q <= 1'b0;
      w_rollback_q <= 1'b0;
      w_force_commit_q <= 1'b0;
      w_csr_written_q <= 1'b0;
      frozen_q <= m_alive & m_slow;
      load0_q <= m_load0;
      load1_q <= m_load1;
      load_way1_q <= m_way1;
    end else if (unfreeze) begin
      frozen_q <= 1'b0;
      w_trap_q <= slow_fault;
      w_trap_cause_q <= slow_trap;
      w_flush_q <= slow_flush & ~slow_fault;
      w_flush_pc_q <= slow_flush_pc;
      w_rollback_q <= slow_rollback & ~slow_fault;
      w_force_commit_q <= slow_commit;
      w_csr_written_q <= slow_csr_written;
      load0_q <= slow_result;
      load_way1_q <= 1'b0;
    end
    if (!rst_ni) begin
      frozen_q <= 1'b0;
      w_valid_q <= 1'b0;
      w_trap_q <= 1'b0;
      w_flush_q <= 1'b0;
      w_rollback_q <= 1'b0;
      w_jt_hit_q <= 1'b0;
    end
  end

  always_comb begin
    for (int unsigned l = 0; l < Width; l++) begin
      w_result[l] = (w_ctl_q[l].late & ~w_ctl_q[l].mul) ? (load_way1_q ? load1_q : load0_q) : w_result_q[l];
    end
  end
  assign w_b_q = w_store_data;

  logic w_tlb_trap;
  assign w_tlb_trap = ~w_trap_cause_q.is_irq & (w_trap_cause_q.cause inside {CauseTlbLoad, CauseTlbStore});
  assign w_rolls_back = w_group_q.spec & ~w_tlb_trap;
  assign w_retire = w_valid_q & ~frozen_q & ~w_trap_q;
  assign w_xcommit = w_retire & w_group_q.xcommit & (~w_group_q.jt | w_jt_hit_q);
  assign w_commit = w_retire & (w_group_q.commit | w_xcommit | w_force_commit_q) & ~w_rollback_q;
  assign redirect_w = w_valid_q & ~frozen_q & (w_trap_q | w_flush_q | w_jt_hit_q);
  assign redirect_m = m_alive & ~frozen_q & (m_wrong_q | m_group_q.jalr);
  always_comb begin
    if (redirect_w) redirect_pc = w_trap_q ? mtvec : w_flush_q ? w_flush_pc_q : w_jt_target_q;
    else if (m_group_q.jalr) redirect_pc = m_address[31:2];
    else redirect_pc = m_taken_q ? m_target_q[31:2] : m_group_q.npc;
  end

  logic w_trap_now, w_undo_all;
  assign w_trap_now = w_valid_q & ~frozen_q & w_trap_q;
  assign w_undo_all = (w_trap_now & w_rolls_back) | (w_retire & w_rollback_q);

  flag_file_t w_flags;
  logic [2:0] w_flags_written;
  flag_file #(
    .Width(Width)
  ) u_flag_file (
    .clk_i,
    .rst_ni,
    .frozen_i    (frozen_q),
    .m_valid_i   (m_alive),
    .m_write_i   (m_flag_write),
    .m_fd_i      (m_fd),
    .m_value_i   (m_flags),
    .m_mask_i    (m_mask),
    .x_flags_o   (x_flags),
    .w_commit_i  (w_commit),
    .w_undo_i    (w_trap_now),
    .w_rollback_i(w_undo_all),
    .w_flags_o   (w_flags),
    .w_written_o (w_flags_written)
  );

  // Memory.
  logic mem_start, mem_forbid, mem_done, mem_fault, drained, tlb_we, tlb_valid, dcache_sweep;
  trap_t mem_trap;
  logic [31:0] mem_data;
  logic [19:0] tlb_page;
  logic [6:0] dcache_index;
  logic ev_dcache_miss, ev_stall_store;
  logic [4:0] ev_depth;
  mem_ctl_t x_mem;
  always_comb begin
    x_mem = x_mem_q;
    x_mem.valid = x_mem_q.valid & x_valid_q & ~kill_xrd;
  end

  lsu #(
    .Cfg(Cfg)
  ) u_lsu (
    .clk_i,
    .rst_ni,
    .frozen_i        (frozen_q),
    .unfreeze_i      (unfreeze),
    .m_go_i          (m_alive & ~m_other_fault & ~m_defer),
    .m_defer_i       (m_defer),
    .x_port_i        (x_mem_q.valid & x_valid_q),
    .x_ctl_i         (x_mem),
    .x_addr_i        (x_address),
    .x_offset_i      (x_offset),
    .x_limit_i       (x_limit_q),
    .x_attr_i        (x_attr_q),
    .x_data_i        (xu_operand[1]),
    .m_addr_o        (m_address),
    .m_addr_next_o   (m_address_next),
    .m_fault_o       (lsu_fault),
    .m_trap_o        (lsu_trap),
    .m_slow_o        (lsu_slow),
    .m_load0_o       (m_load0),
    .m_load1_o       (m_load1),
    .m_way1_o        (m_way1),
    .w_start_i       (mem_start),
    .w_forbid_i      (mem_forbid),
    .w_plain_miss_i  (w_mem_plain_q),
    .m_plain_miss_o  (lsu_plain_miss),
    .done_o          (mem_done),
    .done_fault_o    (mem_fault),
    .done_trap_o     (mem_trap),
    .done_data_o     (mem_data),
    .commit_i        (w_commit),
    .rollback_i      (w_undo_all),
    .alias_clear_i   (w_commit | w_undo_all),
    .drained_o       (drained),
    .xbound_i        (xbound),
    .user_i          (user),
    .dram_pages_i,
    .tlb_we_i        (tlb_we),
    .tlb_wvalid_i    (tlb_valid),
    .tlb_wpage_i     (tlb_page),
    .tlb_wpa_i       (tlb_pa),
    .tlb_wgranules_i (tlb_granules),
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
    .ev_depth_o      (ev_depth)
  );

  // Slow path and CSRs.
  logic [11:0] csr_addr;
  logic csr_write, csr_latch_high, csr_exists, mret, leave_hold;
  logic [31:0] csr_wdata, csr_rdata;
  slow_path #(
    .Cfg(Cfg)
  ) u_slow_path (
    .clk_i,
    .rst_ni,
    .frozen_i        (frozen_q),
    .group_i         (w_group_q),
    .mem_i           (w_mem.valid),
    .jt_hit_i        (w_jt_hit_q),
    .misaligned_i    (w_misaligned_q),
    .target_i        (w_target_q),
    .a_i             (w_a_q),
    .b_i             (w_b_q),
    .unfreeze_o      (unfreeze),
    .fault_o         (slow_fault),
    .trap_o          (slow_trap),
    .flush_o         (slow_flush),
    .flush_pc_o      (slow_flush_pc),
    .commit_o        (slow_commit),
    .rollback_o      (slow_rollback),
    .result_o        (slow_result),
    .csr_written_o   (slow_csr_written),
    .csr_value_o     (csr_value),
    .mem_start_o     (mem_start),
    .mem_forbid_o    (mem_forbid),
    .mem_done_i      (mem_done),
    .mem_fault_i     (mem_fault),
    .mem_trap_i      (mem_trap),
    .mem_data_i      (mem_data),
    .drained_i       (drained),
    .csr_addr_o      (csr_addr),
    .csr_write_o     (csr_write),
    .csr_wdata_o     (csr_wdata),
    .csr_latch_high_o(csr_latch_high),
    .csr_exists_i    (csr_exists),
    .csr_rdata_i     (csr_rdata),
    .mret_o          (mret),
    .leave_hold_o    (leave_hold),
    .spec_i          (spec),
    .pspec_i         (pspec),
    .hold_i          (hold),
    .mepc_i          (mepc),
    .deadline_gap_i  (deadline_gap),
    .tlb_we_o        (tlb_we),
    .tlb_valid_o     (tlb_valid),
    .tlb_page_o      (tlb_page),
    .jt_we_o         (jt_we),
    .jt_valid_o      (jt_valid),
    .jt_eip_o        (jt_eip),
    .jt_key_i        (jt_key),
    .jt_target_o     (jt_wtarget),
    .icache_inv_o    (icache_inv),
    .icache_index_o  (icache_index),
    .dcache_sweep_o  (dcache_sweep),
    .dcache_index_o  (dcache_index),
    .running_o       (running)
  );

  logic [63:0] counter_value;
  logic [4:0] counter_select;
  logic minstret_written;
  assign minstret_written = w_csr_written_q & (csr_addr inside {CsrMinstret, CsrMinstreth});
  csr_file #(
    .Cfg(Cfg)
  ) u_csr_file (
    .clk_i,
    .rst_ni,
    .addr_i          (csr_addr),
    .exists_o        (csr_exists),
    .rdata_o         (csr_rdata),
    .write_i         (csr_write),
    .wdata_i         (csr_wdata),
    .latch_high_i    (csr_latch_high),
    .counter_i       (counter_value),
    .counter_select_o(counter_select),
    .trap_i          (w_trap_now),
    .trap_cause_i    (w_trap_cause_q),
    .trap_pc_i       (w_group_q.pc),
    .mret_i          (mret),
    .leave_hold_i    (leave_hold),
    .retired_ops_i   ((w_retire & ~minstret_written) ? w_group_q.ops : 3'd0),
    .xcommit_i       (w_xcommit),
    .xcommit_spec_i  (w_group_q.spec),
    .xcommit_count_i (w_group_q.count),
    .xcommit_pc_i    (w_group_q.commit_pc),
    .irq_timer_i,
    .irq_external_i,
    .irq_o           (irq),
    .irq_cause_o     (irq_cause),
    .spec_o          (spec),
    .pspec_o         (pspec),
    .hold_o          (hold),
    .user_o          (user),
    .mtvec_o         (mtvec),
    .mepc_o          (mepc),
    .xbound_o        (xbound),
    .tier_o,
    .deadline_near_o (deadline_near),
    .deadline_gap_o  (deadline_gap),
    .tlb_pa_o        (tlb_pa),
    .tlb_granules_o  (tlb_granules),
    .jt_key_o        (jt_key),
    .seg_i           (ru_seg),
    .seg_base_o      (seg_base),
    .seg_limit_o     (seg_limit),
    .seg_attr_o      (seg_attr)
  );

  // ------------------------------------------------------------------------------------------------ events
  logic trap_spec;
  assign trap_spec = w_trap_now & ~w_trap_cause_q.is_irq;
  always_comb begin
    events_o = '0;
    events_o.group = w_retire;
    events_o.operations = w_retire ? w_group_q.ops : 3'd0;
    events_o.guest_instructions = w_xcommit ? w_group_q.count : 5'd0;
    events_o.commit = w_xcommit & w_group_q.spec;
    events_o.rollback = w_trap_now & w_rolls_back;
    events_o.stall_fetch = ~d_valid & ~frozen_q & ~hazard;
    events_o.stall_icache = ~d_valid & ~frozen_q & ~hazard & refilling;
    events_o.stall_hazard = hazard & ~frozen_q;
    events_o.stall_load = hazard & hazard_load & ~frozen_q;
    events_o.stall_dcache = frozen_q & w_mem.valid & (w_group_q.slow == SlowNone);
    events_o.stall_store = ev_stall_store;
    events_o.branch_taken = w_retire & (w_taken_q | w_jt_hit_q);
    events_o.redirect = redirect_m | redirect_w;
    events_o.load = w_retire & w_mem.valid & ~w_mem.store;
    events_o.store = w_retire & w_mem.valid & w_mem.store;
    events_o.icache_miss = ev_icache_miss;
    events_o.dcache_miss = ev_dcache_miss;
    events_o.tlb_miss = trap_spec & w_tlb_trap;
    events_o.trap = w_trap_now;
    events_o.trap_alias = trap_spec & (w_trap_cause_q.cause == CauseAlias);
    events_o.trap_code_write = trap_spec & (w_trap_cause_q.cause == CauseCodeWrite);
    events_o.trap_overflow = trap_spec & (w_trap_cause_q.cause == CauseStoreOverflow);
    events_o.trap_deadline = trap_spec & (w_trap_cause_q.cause == CauseDeadline);
    events_o.jt_lookup = w_retire & w_group_q.jt;
    events_o.jt_hit = w_retire & w_jt_hit_q;
    events_o.bus_read = ev_icache_miss | ev_dcache_miss;
    events_o.bus_write = write_req_o & write_gnt_i;
    events_o.store_depth = ev_depth;
  end

  if (Cfg.counters) begin : g_counters
    counters u_counters (
      .clk_i,
      .rst_ni,
      .events_i(events_o),
      .select_i(counter_select),
      .value_o (counter_value)
    );
  end else begin : g_no_counters
    assign counter_value = '0;
    logic unused_select;
    assign unused_select = ^counter_select;
  end

  // ------------------------------------------------------------------------------------------------ retirement record
  assign trace_valid_o = w_valid_q & ~frozen_q;
  always_comb begin
    trace_o.pc = {w_group_q.pc, 2'b0};
    trace_o.next_pc = {w_trap_q ? mtvec : w_flush_q ? w_flush_pc_q : w_jt_hit_q ? w_jt_target_q : w_next_q, 2'b0};
    trace_o.ops = w_retire ? w_group_q.ops : 3'd0;
    trace_o.spec = w_group_q.spec;
    trace_o.xcommit = w_xcommit;
    trace_o.count = w_xcommit ? w_group_q.count : 5'd0;
    trace_o.rollback = w_retire & w_rollback_q;
    trace_o.committed = w_commit;
    trace_o.undone = w_undo_all;
    trace_o.trap = w_trap_now;
    trace_o.trap_rolls_back = w_trap_now & w_rolls_back;
    trace_o.trap_interrupt = w_trap_cause_q.is_irq;
    trace_o.trap_cause = w_trap_cause_q.cause;
    trace_o.trap_tval = w_trap_cause_q.tval;
    trace_o.flags_written = w_retire ? w_flags_written : 3'd0;
    trace_o.flags = w_flags;
    trace_o.mem_valid = w_retire & w_mem.valid;
    trace_o.mem_store = w_mem.store;
    trace_o.mem_gated = w_mem.access != AccessOrdinary;
    trace_o.mem_size = w_mem.size;
    trace_o.mem_phys = w_phys;
    trace_o.mem_phys2 = w_phys2;
    trace_o.mem_data = w_store_data;
    trace_o.csr_written = w_retire & w_csr_written_q;
    trace_o.csr = csr_addr;
    trace_o.csr_value = csr_value;
    for (int unsigned l = 0; l < Width; l++) begin
      trace_reg_we_o[l] = w_retire & w_ctl_q[l].writes;
      trace_reg_o[l] = w_ctl_q[l].rd;
      trace_value_o[l] = w_result[l];
    end
  end

endmodule
