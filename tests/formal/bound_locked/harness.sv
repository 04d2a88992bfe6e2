// Property 2: xbound cannot change after the lock, but by reset.  README.md says what is assumed and why.

module harness
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input logic         clk_i,
  input logic         rst_ni,
  input logic [11:0]  addr_i,
  input logic         write_i,
  input logic [31:0]  wdata_i,
  input logic         latch_high_i,
  input logic [63:0]  counter_i,
  input logic         trap_i,
  input trap_t        trap_cause_i,
  input logic [31:2]  trap_pc_i,
  input logic         mret_i,
  input logic         leave_hold_i,
  input logic [2:0]   retired_ops_i,
  input logic         xcommit_i,
  input logic         xcommit_spec_i,
  input logic [4:0]   xcommit_count_i,
  input logic [31:2]  xcommit_pc_i,
  input logic         irq_timer_i,
  input logic         irq_external_i,
  input seg_e         seg_i
);

  // Reset comes first, and again whenever it likes.
  logic started = 1'b0;
  logic rst_n;
  always_ff @(posedge clk_i) started <= 1'b1;
  assign rst_n = rst_ni & started;

  logic [31:12] xbound;
  csr_file #(
    .Cfg(formal_pkg::SmallConfig)
  ) u_csr_file (
    .clk_i,
    .rst_ni          (rst_n),
    .addr_i,
    .exists_o        (),
    .rdata_o         (),
    .write_i,
    .wdata_i,
    .latch_high_i,
    .counter_i,
    .counter_select_o(),
    .trap_i,
    .trap_cause_i,
    .trap_pc_i,
    .mret_i,
    .leave_hold_i,
    .retired_ops_i,
    .xcommit_i,
    .xcommit_spec_i,
    .xcommit_count_i,
    .xcommit_pc_i,
    .irq_timer_i,
    .irq_external_i,
    .irq_o           (),
    .irq_cause_o     (),
    .spec_o          (),
    .pspec_o         (),
    .hold_o          (),
    .user_o          (),
    .mtvec_o         (),
    .mepc_o          (),
    .xbound_o        (xbound),
    .tier_o          (),
    .deadline_near_o (),
    .deadline_gap_o  (),
    .tlb_pa_o        (),
    .tlb_granules_o  (),
    .jt_key_o        (),
    .jt_tag_o        (),
    .seg_i,
    .seg_base_o      (),
    .seg_limit_o     (),
    .seg_attr_o      ()
  );

  // The lock as software sees it: a 1 has been written to xlock since the last reset.
  logic locked_q;
  logic [31:12] bound_q;
  always_ff @(posedge clk_i) begin
    if (write_i && (addr_i == CsrXlock) && wdata_i[0]) locked_q <= 1'b1;
    if (!rst_n) locked_q <= 1'b0;
    bound_q <= xbound;
  end
  logic was_locked_q;
  always_ff @(posedge clk_i) was_locked_q <= locked_q & rst_n;

  always_comb begin
    if (started) begin
      constant : assert (!(was_locked_q && (xbound != bound_q)));
`ifndef CLAIMS_ONLY
      // Carries the induction: the register is what software believes.
      lock : assert (u_csr_file.lock_q == locked_q);
      remembered : assert (!was_locked_q || locked_q);
`endif
    end
  end

endmodule
