// The slow path: everything that keeps a group in W for more than one cycle, one state machine.
//
// The pipeline is frozen with the group in W, so it is the oldest in the machine and nothing younger has had an effect:
// system operations, divisions, memory operations that the fast path gave up (lsu.sv does those), and commits that may
// pass the deadline are simply done here, in order.  At the end the group retires, traps, or retires and restarts
// fetching after itself (`flush`), because what follows may have been read under an old state.
//
// It also sweeps caches, TLB and jump table empty after reset and for the "drop all" CSRs.

`include "veil_assert.svh"

module slow_path
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  localparam int unsigned Lines = Cfg.icache_bytes / 32,
  localparam int unsigned LineWidth = $clog2(Lines)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 frozen_i,
  input  logic                 trapped_i,        // the group traps: there is nothing to do for it
  input  trap_t                trap_cause_i,
  input  group_t               group_i,
  input  logic                 mem_i,            // the group has a memory operation
  input  logic                 jt_hit_i,
  input  logic                 misaligned_i,     // the group jumps to target_i, which has bit 1 set
  input  logic [31:1]          target_i,
  input  logic [31:0]          a_i,              // operands of the unit
  input  logic [31:0]          b_i,
  // outcome, valid with unfreeze_o
  output logic                 unfreeze_o,       // last frozen cycle
  output logic                 fault_o,
  output trap_t                trap_o,
  output logic                 flush_o,
  output logic [31:2]          flush_pc_o,
  output logic                 commit_o,         // the working state becomes committed, whatever the mode was
  output logic                 rollback_o,
  output logic [31:0]          result_o,
  output logic                 csr_written_o,    // for the retirement record
  output logic [31:0]          csr_value_o,
  // memory
  output logic                 mem_start_o,
  output logic                 mem_forbid_o,     // the group traps after its memory operation: check, but do nothing
  input  logic                 mem_done_i,
  input  logic                 mem_fault_i,
  input  trap_t                mem_trap_i,
  input  logic [31:0]          mem_data_i,
  input  logic                 drained_i,
  // CSRs
  output logic [11:0]          csr_addr_o,
  output logic                 csr_write_o,
  output logic [31:0]          csr_wdata_o,
  output logic                 csr_latch_high_o,
  input  logic                 csr_exists_i,
  input  logic [31:0]          csr_rdata_i,
  output logic                 mret_o,
  output logic                 leave_hold_o,
  input  logic                 spec_i,
  input  logic                 pspec_i,
  input  logic                 hold_i,
  input  logic [31:2]          mepc_i,
  input  logic [31:0]          deadline_gap_i,
  // structures that CSRs fill and drop
  output tlb_request_t         tlb_o,
  input  logic                 tlb_busy_i,
  output logic                 jt_we_o,
  output logic                 jt_valid_o,
  output logic [31:0]          jt_eip_o,
  input  logic [31:0]          jt_key_i,
  output logic [31:2]          jt_target_o,
  output logic                 icache_inv_o,
  output logic [LineWidth-1:0] icache_index_o,
  output logic                 dcache_sweep_o,
  output logic [6:0]           dcache_index_o,
  output logic                 running_o         // the sweep after reset is over
);

  typedef enum logic [3:0] {
    StReset,
    StIdle,
    StMem,
    StDivStart,
    StDiv,
    StCsrAddr,
    StCsrRead,
    StCsrDecide,
    StCsrWrite,
    StEffect,
    StTlb,       // its second level is at work
    StDrain,
    StSweep,
    StSystem,
    StEnd
  } state_e;
  state_e state_q;

  typedef enum logic [1:0] {
    SweepAll,
    SweepIcache,
    SweepTlb,
    SweepJt
  } sweep_e;
  sweep_e sweep_q;
  localparam int unsigned SweepWidth = 12;
  logic [SweepWidth-1:0] count_q;

  logic unused_group;
  assign unused_group = ^group_i;
  logic [11:0] csr;
  logic [31:0] op;
  assign op = group_i.op;
  assign csr = op[31:20];

  // Deadline: only a commit in speculative mode can pass it; x.jt commits only when it jumps.
  logic passes;
  logic [31:0] gap_after;
  assign gap_after = deadline_gap_i + 32'(group_i.count);
  assign passes = spec_i & group_i.xcommit & (~group_i.jt | jt_hit_i) & ~gap_after[31] & (gap_after != '0);
  assign mem_forbid_o = passes | misaligned_i;
  assign mem_start_o = state_q == StIdle & frozen_i & ~trapped_i & group_i.slow == SlowNone & mem_i;

  // Traps that come after those of the memory operation, in their order.
  logic late_fault;
  trap_t late_trap;
  assign late_fault = passes | misaligned_i;
  assign late_trap = passes ? '{is_irq: 1'b0, cause: CauseDeadline, tval: '0} :
                              '{is_irq: 1'b0, cause: CauseFetchMisaligned, tval: {target_i, 1'b0}};

  logic div_done;
  logic [31:0] div_result;
  divider u_divider (
    .clk_i,
    .rst_ni,
    .start_i    (state_q == StDivStart),
    .is_signed_i(~op[12]),
    .want_rem_i (op[13]),
    .dividend_i (a_i),
    .divisor_i  (b_i),
    .done_o     (div_done),
    .result_o   (div_result)
  );

  // CSR operation: funct3[1:0] 1 write, 2 set, 3 clear; set and clear with a zero source field do not write.
  // Nothing that is in the pipeline already has seen the registers of which `unseen` is true: no flush after a write.
  // (The deadline is new in M when the group retires.)
  logic writes_csr, illegal_csr, unseen;
  logic [31:0] new_value;
  always_comb begin
    unseen = csr inside {CsrMscratch, CsrXtier, CsrXdeadline, CsrXtlbpa, CsrXtlbg0, CsrXtlbg1, CsrXjtkey, CsrXlog};
    writes_csr = (op[13:12] == 2'd1) | (op[19:15] != '0);
    illegal_csr = ~csr_exists_i | (writes_csr & (csr[11:10] == 2'b11));
    unique case (op[13:12])
      2'd1: new_value = a_i;
      2'd2: new_value = csr_rdata_i | a_i;
      default: new_value = csr_rdata_i & ~a_i;
    endcase
  end

  logic sweep_done;
  always_comb begin
    unique case (sweep_q)
      SweepIcache: sweep_done = count_q == SweepWidth'(Lines - 1);
      SweepTlb: sweep_done = count_q == SweepWidth'(Cfg.tlb_entries / TlbColumns - 1);
      SweepJt: sweep_done = count_q == SweepWidth'(((Cfg.jump_table != 0) ? Cfg.jump_table : 1) - 1);
      default: sweep_done = &count_q;
    endcase
  end

  always_ff @(posedge clk_i) begin
    csr_write_o <= 1'b0;
    mret_o <= 1'b0;
    leave_hold_o <= 1'b0;
    unique case (state_q)
      StReset: begin
        count_q <= count_q + 1'b1;
        if (sweep_done) state_q <= StIdle;
      end
      StIdle: begin
        fault_o <= 1'b0;
        flush_o <= 1'b0;
        commit_o <= 1'b0;
        rollback_o <= 1'b0;
        csr_written_o <= 1'b0;
        flush_pc_o <= group_i.npc;
        trap_o <= '0;
        count_q <= '0;
        if (frozen_i & trapped_i) begin
          fault_o <= 1'b1;
          trap_o <= trap_cause_i;
          state_q <= StEnd;
        end else if (frozen_i) begin
          unique case (group_i.slow)
            SlowNone: begin
              state_q <= StMem;
              if (!mem_i) begin
                state_q <= StEnd;
                fault_o <= late_fault;
                trap_o <= late_trap;
              end
            end
            SlowDiv: state_q <= StDivStart;
            // The counters have a memory of their own before the register of read data.
            SlowCsr: state_q <= (csr inside {CsrXctrlo, CsrXctrhi}) ? StCsrAddr : StCsrDecide;
            SlowFence, SlowFenceI: state_q <= StDrain;
            default: state_q <= StSystem;
          endcase
        end
      end
      StMem: begin
        if (mem_done_i) begin
          fault_o <= mem_fault_i | late_fault;
          trap_o <= mem_fault_i ? mem_trap_i : late_trap;
          result_o <= mem_data_i;
          state_q <= StEnd;
        end
      end
      StDivStart: state_q <= StDiv;
      StDiv: begin
        result_o <= div_result;
        if (div_done) state_q <= StEnd;
      end
      StCsrAddr: state_q <= StCsrRead;
      StCsrRead: state_q <= StCsrDecide;
      StCsrDecide: begin
        result_o <= csr_rdata_i;
        csr_wdata_o <= new_value;
        flush_o <= writes_csr & ~unseen;
        if (illegal_csr) begin
          fault_o <= 1'b1;
          trap_o.cause <= CauseIllegal;
          trap_o.tval <= op;
          flush_o <= 1'b0;
          state_q <= StEnd;
        end else begin
          csr_write_o <= writes_csr;
          csr_written_o <= writes_csr;
          state_q <= writes_csr ? StCsrWrite : StEnd;
          // Leaving speculative mode or hold by hand keeps the working state.
          commit_o <= writes_csr & (csr == CsrXstatus) &
                      (spec_i ? ~new_value[XstatusSpecBit] : hold_i & ~new_value[XstatusHoldBit]);
        end
      end
      StCsrWrite: state_q <= StEffect;  // the register takes the value
      StEffect: begin
        state_q <= StEnd;
        count_q <= '0;
        unique case (csr)
          CsrXtlbflush: begin
            sweep_q <= SweepTlb;
            state_q <= csr_wdata_o[0] ? StSweep : StTlb;
          end
          CsrXtlbva, CsrXtlbmark: state_q <= StTlb;
          CsrXjtflush: begin
            sweep_q <= SweepJt;
            if (&csr_wdata_o) state_q <= StSweep;
          end
          CsrXsync: state_q <= StDrain;
          default: ;
        endcase
      end
      StTlb: if (~tlb_busy_i) state_q <= StEnd;
      StDrain: begin
        flush_o <= group_i.slow != SlowFence;
        sweep_q <= SweepIcache;
        if (drained_i) state_q <= (group_i.slow == SlowFenceI) ? StSweep : StEnd;
      end
      StSweep: begin
        count_q <= count_q + 1'b1;
        if (sweep_done) state_q <= (sweep_q == SweepTlb) ? StTlb : StEnd;
      end
      StSystem: begin
        state_q <= StEnd;
        unique case (group_i.slow)
          SlowEcall, SlowEbreak: begin
            fault_o <= 1'b1;
            trap_o.cause <= (group_i.slow == SlowEcall) ? CauseEcall : CauseBreakpoint;
          end
          SlowMret: begin
            mret_o <= 1'b1;
            flush_o <= 1'b1;
            flush_pc_o <= mepc_i;
            commit_o <= ~pspec_i;  // what was held is kept if the machine goes on in monitor mode
          end
          SlowRollback: begin
            flush_o <= 1'b1;
            rollback_o <= spec_i | hold_i;
            leave_hold_o <= hold_i & ~spec_i;
          end
          default: ;  // wfi
        endcase
      end
      default: state_q <= StIdle;  // StEnd
    endcase
    if (!rst_ni) begin
      state_q <= StReset;
      count_q <= '0;
      sweep_q <= SweepAll;
    end
  end

  assign unfreeze_o = state_q == StEnd;
  assign running_o = state_q != StReset;

  assign csr_addr_o = csr;
  // For the record: at retirement the read path shows the register after the write; those that only act show the value.
  assign csr_value_o = (csr inside {CsrXlog, CsrXtlbva, CsrXtlbflush, CsrXtlbmark, CsrXjtval, CsrXjtflush, CsrXsync,
                                    CsrMcycle, CsrMcycleh}) ? csr_wdata_o : csr_rdata_i;
  assign csr_latch_high_o = state_q == StCsrRead & (csr == CsrXctrlo);

  logic sweep_all, effect;
  assign sweep_all = state_q == StReset;
  assign effect = state_q == StEffect;
  always_comb begin
    tlb_o = '0;
    tlb_o.borrow = (state_q inside {StCsrWrite, StEffect, StSweep, StTlb}) &
                   (csr inside {CsrXtlbva, CsrXtlbflush, CsrXtlbmark});
    tlb_o.fill = effect & (csr == CsrXtlbva);
    tlb_o.drop = effect & (csr == CsrXtlbflush) & ~csr_wdata_o[0];
    tlb_o.mark = effect & (csr == CsrXtlbmark);
    tlb_o.marked = csr_wdata_o[0];
    tlb_o.clear = effect & (csr == CsrXtlbflush) & csr_wdata_o[0];
    tlb_o.sweep = sweep_all | (state_q == StSweep & sweep_q == SweepTlb);
    tlb_o.row = count_q[7:0];
    tlb_o.page = csr_wdata_o[31:12];
    jt_we_o = sweep_all | (state_q == StSweep & sweep_q == SweepJt) | (effect & (csr inside {CsrXjtval, CsrXjtflush}));
    jt_valid_o = effect & (csr == CsrXjtval);
    jt_eip_o = effect ? ((csr == CsrXjtval) ? jt_key_i : csr_wdata_o) : 32'(count_q);
    jt_target_o = csr_wdata_o[31:2];
    icache_inv_o = sweep_all | (state_q == StSweep & sweep_q == SweepIcache) |
                   (state_q == StDrain & drained_i & group_i.slow == SlowCsr);
    icache_index_o = (state_q == StDrain) ? csr_wdata_o[LineWidth+4:5] : LineWidth'(count_q);
    dcache_sweep_o = sweep_all;
    dcache_index_o = 7'(count_q);
  end

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic changed_q;  // the group has changed what younger ones may have read
  always_ff @(posedge clk_i) begin
    changed_q <= (changed_q | tlb_o.fill | tlb_o.drop | tlb_o.mark | tlb_o.sweep | jt_we_o | icache_inv_o) &
                 running_o & ~unfreeze_o & rst_ni;
  end
`endif
  `VEIL_ASSERT(FrozenWhileBusy, (state_q inside {StReset, StIdle}) | frozen_i)
  `VEIL_ASSERT(ChangesAreFlushed, !(unfreeze_o & changed_q) | flush_o)
  `VEIL_ASSERT(FaultsWithoutEffect, !(unfreeze_o & fault_o & (flush_o | commit_o | rollback_o | csr_written_o)))

endmodule
