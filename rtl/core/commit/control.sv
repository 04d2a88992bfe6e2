// The machine's control beside the pipeline: slow path, CSRs, counters.  Nothing but the wires between them is here.

module control
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  localparam int unsigned LineWidth = $clog2(Cfg.icache_bytes / 32)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // W's group and what becomes of it (slow_path.sv)
  input  logic                 frozen_i,
  input  logic                 trapped_i,
  input  group_t               group_i,
  input  logic                 mem_i,
  input  logic                 jt_hit_i,
  input  logic                 misaligned_i,
  input  logic [31:1]          target_i,
  input  logic [31:0]          a_i,
  input  logic [31:0]          b_i,
  output logic                 unfreeze_o,
  output logic                 fault_o,
  output trap_t                trap_cause_o,
  output logic                 flush_o,
  output logic [31:2]          flush_pc_o,
  output logic                 force_commit_o,
  output logic                 rollback_o,
  output logic [31:0]          result_o,
  output logic                 csr_written_o,
  output logic [11:0]          csr_o,
  output logic [31:0]          csr_value_o,
  // memory unit
  output logic                 mem_start_o,
  output logic                 mem_forbid_o,
  input  logic                 mem_done_i,
  input  logic                 mem_fault_i,
  input  trap_t                mem_trap_i,
  input  logic [31:0]          mem_data_i,
  input  logic                 drained_i,
  // traps and retirement
  input  logic                 trap_i,
  input  trap_t                w_cause_i,
  input  logic                 retire_i,
  input  logic                 w_csr_written_i,
  input  logic                 xcommit_i,
  // interrupts
  input  logic                 irq_timer_i,
  input  logic                 irq_external_i,
  output logic                 irq_o,
  output trap_t                irq_cause_o,
  // state
  output logic                 spec_o,
  output logic                 hold_o,
  output logic                 user_o,
  output logic [31:2]          mtvec_o,
  output logic [31:12]         xbound_o,
  output logic [3:0]           tier_o,
  output logic                 deadline_near_o,
  // segment registers, for register read
  input  seg_e                 seg_i,
  output logic [31:0]          seg_base_o,
  output logic [31:0]          seg_limit_o,
  output logic [3:0]           seg_attr_o,
  // what CSRs fill, drop and sweep
  output tlb_request_t         tlb_o,
  input  logic                 tlb_busy_i,
  output logic [31:0]          tlb_pa_o,
  output logic [63:0]          tlb_granules_o,
  output logic                 tlb_flat_o,
  output logic [7:0]           jt_tag_o,
  output logic                 jt_we_o,
  output logic                 jt_valid_o,
  output logic [31:0]          jt_eip_o,
  output logic [31:2]          jt_target_o,
  output logic                 icache_inv_o,
  output logic [LineWidth-1:0] icache_index_o,
  output logic                 dcache_sweep_o,
  output logic [6:0]           dcache_index_o,
  output logic                 running_o,
  // what the counters count
  input  events_t              events_i
);

  logic pspec;
  logic [31:2] mepc;
  logic [31:0] deadline_gap, jt_key;
  logic csr_write, csr_latch_high, csr_exists, mret, leave_hold;
  logic [31:0] csr_wdata, csr_rdata;
  slow_path #(
    .Cfg(Cfg)
  ) u_slow_path (
    .clk_i,
    .rst_ni,
    .frozen_i        (frozen_i),
    .trapped_i       (trapped_i),
    .trap_cause_i    (w_cause_i),
    .group_i         (group_i),
    .mem_i           (mem_i),
    .jt_hit_i        (jt_hit_i),
    .misaligned_i    (misaligned_i),
    .target_i        (target_i),
    .a_i             (a_i),
    .b_i             (b_i),
    .unfreeze_o      (unfreeze_o),
    .fault_o         (fault_o),
    .trap_o          (trap_cause_o),
    .flush_o         (flush_o),
    .flush_pc_o      (flush_pc_o),
    .commit_o        (force_commit_o),
    .rollback_o      (rollback_o),
    .result_o        (result_o),
    .csr_written_o   (csr_written_o),
    .csr_value_o     (csr_value_o),
    .mem_start_o     (mem_start_o),
    .mem_forbid_o    (mem_forbid_o),
    .mem_done_i      (mem_done_i),
    .mem_fault_i     (mem_fault_i),
    .mem_trap_i      (mem_trap_i),
    .mem_data_i      (mem_data_i),
    .drained_i       (drained_i),
    .csr_addr_o      (csr_o),
    .csr_write_o     (csr_write),
    .csr_wdata_o     (csr_wdata),
    .csr_latch_high_o(csr_latch_high),
    .csr_exists_i    (csr_exists),
    .csr_rdata_i     (csr_rdata),
    .mret_o          (mret),
    .leave_hold_o    (leave_hold),
    .spec_i          (spec_o),
    .pspec_i         (pspec),
    .hold_i          (hold_o),
    .mepc_i          (mepc),
    .deadline_gap_i  (deadline_gap),
    .tlb_o,
    .tlb_busy_i,
    .jt_we_o         (jt_we_o),
    .jt_valid_o      (jt_valid_o),
    .jt_eip_o        (jt_eip_o),
    .jt_key_i        (jt_key),
    .jt_target_o     (jt_target_o),
    .icache_inv_o    (icache_inv_o),
    .icache_index_o  (icache_index_o),
    .dcache_sweep_o  (dcache_sweep_o),
    .dcache_index_o  (dcache_index_o),
    .running_o       (running_o)
  );

  logic [63:0] counter_value;
  logic [4:0] counter_select;
  logic minstret_written;
  assign minstret_written = w_csr_written_i & (csr_o inside {CsrMinstret, CsrMinstreth});
  csr_file #(
    .Cfg(Cfg)
  ) u_csr_file (
    .clk_i,
    .rst_ni,
    .addr_i          (csr_o),
    .exists_o        (csr_exists),
    .rdata_o         (csr_rdata),
    .write_i         (csr_write),
    .wdata_i         (csr_wdata),
    .latch_high_i    (csr_latch_high),
    .counter_i       (counter_value),
    .counter_select_o(counter_select),
    .trap_i          (trap_i),
    .trap_cause_i    (w_cause_i),
    .trap_pc_i       (group_i.pc),
    .mret_i          (mret),
    .leave_hold_i    (leave_hold),
    .retired_ops_i   ((retire_i & ~minstret_written) ? group_i.ops : 3'd0),
    .xcommit_i       (xcommit_i),
    .xcommit_spec_i  (group_i.spec),
    .xcommit_count_i (group_i.count),
    .xcommit_pc_i    (group_i.commit_pc),
    .irq_timer_i,
    .irq_external_i,
    .irq_o           (irq_o),
    .irq_cause_o     (irq_cause_o),
    .spec_o          (spec_o),
    .pspec_o         (pspec),
    .hold_o          (hold_o),
    .user_o          (user_o),
    .mtvec_o         (mtvec_o),
    .mepc_o          (mepc),
    .xbound_o        (xbound_o),
    .tier_o,
    .deadline_near_o (deadline_near_o),
    .deadline_gap_o  (deadline_gap),
    .tlb_pa_o        (tlb_pa_o),
    .tlb_granules_o  (tlb_granules_o),
    .tlb_flat_o,
    .jt_key_o        (jt_key),
    .jt_tag_o,
    .seg_i           (seg_i),
    .seg_base_o      (seg_base_o),
    .seg_limit_o     (seg_limit_o),
    .seg_attr_o      (seg_attr_o)
  );

  if (Cfg.counters) begin : g_counters
    counters u_counters (
      .clk_i,
      .rst_ni,
      .events_i(events_i),
      .select_i(counter_select),
      .value_o (counter_value)
    );
  end else begin : g_no_counters
    assign counter_value = '0;
    logic unused_select;
    assign unused_select = ^counter_select;
  end

endmodule
