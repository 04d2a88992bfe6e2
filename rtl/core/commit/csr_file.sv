// Control and status registers: machine-mode trap registers, modes, guest-time counters, staging registers.
//
// Written only by the slow path with the writing operation the oldest in the machine, by traps and by commits.
// Registers with an effect elsewhere (TLB, jump table, xsync) only keep their value here; slow_path.sv does the rest.

`include "veil_assert.svh"

module csr_file
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // access by the slow path; read data a cycle after the address
  input  logic [11:0] addr_i,
  output logic        exists_o,
  output logic [31:0] rdata_o,
  input  logic        write_i,
  input  logic [31:0] wdata_i,
  input  logic        latch_high_i,    // xctrlo is being read: xctrhi keeps the other half
  input  logic [63:0] counter_i,
  output logic [4:0]  counter_select_o,
  // traps and returns
  input  logic        trap_i,
  input  trap_t       trap_cause_i,
  input  logic [31:2] trap_pc_i,
  input  logic        mret_i,
  input  logic        leave_hold_i,
  // retirement
  input  logic [2:0]  retired_ops_i,
  input  logic        xcommit_i,
  input  logic        xcommit_spec_i,
  input  logic [4:0]  xcommit_count_i,
  input  logic [31:2] xcommit_pc_i,
  // interrupts
  input  logic        irq_timer_i,
  input  logic        irq_external_i,
  output logic        irq_o,
  output trap_t       irq_cause_o,
  // state
  output logic        spec_o,
  output logic        pspec_o,
  output logic        hold_o,
  output logic        user_o,
  output logic [31:2] mtvec_o,
  output logic [31:2] mepc_o,
  output logic [31:12] xbound_o,
  output logic [3:0]  tier_o,
  output logic        deadline_near_o, // a commit might pass the deadline: ask the slow path
  output logic [31:0] deadline_gap_o,  // xgic - xdeadline
  output logic [31:0] tlb_pa_o,
  output logic [63:0] tlb_granules_o,
  output logic        tlb_flat_o,
  output logic [31:0] jt_key_o,
  output logic [7:0]  jt_tag_o,
  // segment registers, read in register read
  input  seg_e        seg_i,
  output logic [31:0] seg_base_o,
  output logic [31:0] seg_limit_o,
  output logic [3:0]  seg_attr_o
);

  logic mie_q, mpie_q, irq_timer_en_q, irq_external_en_q;
  logic spec_q, pspec_q, hold_q, user_q, lock_q, flat_q;
  logic [31:2] mtvec_q, mepc_q;
  logic [31:0] mscratch_q, mcause_q, mtval_q, xcpc_q, xdeadline_q;
  logic [63:0] granules_q, xgic_q, mcycle_q, minstret_q;
  logic [31:0] tlbpa_q, jtkey_q, counter_high_q;
  logic [31:12] xbound_q;
  logic [3:0] tier_q;
  logic [4:0] counter_select_q;
  logic [7:0] jttag_q;

  // ------------------------------------------------------------------------------------------------ segments
  logic seg_group, seg_we_base, seg_we_limit, seg_we_attr;
  logic [2:0] seg_index;
  logic [1:0][31:0] base_read, limit_read;
  logic [1:0][3:0] attr_read;
  assign seg_index = addr_i[2:0];
  assign seg_group = (addr_i inside {[CsrXsegbase0 : CsrXsegbase5], [CsrXseglim0 : CsrXseglim5],
                                     [CsrXsegattr0 : CsrXsegattr5]});
  assign seg_we_base = write_i & (addr_i inside {[CsrXsegbase0 : CsrXsegbase5]});
  assign seg_we_limit = write_i & (addr_i inside {[CsrXseglim0 : CsrXseglim5]});
  assign seg_we_attr = write_i & (addr_i inside {[CsrXsegattr0 : CsrXsegattr5]});
  lutram #(
    .Depth(8),
    .Width(32),
    .NumRead(2)
  ) u_base (
    .clk_i,
    .we_i   (seg_we_base),
    .waddr_i(seg_index),
    .wdata_i(wdata_i),
    .raddr_i({seg_index, seg_i}),
    .rdata_o(base_read)
  );
  lutram #(
    .Depth(8),
    .Width(32),
    .NumRead(2)
  ) u_limit (
    .clk_i,
    .we_i   (seg_we_limit),
    .waddr_i(seg_index),
    .wdata_i(wdata_i),
    .raddr_i({seg_index, seg_i}),
    .rdata_o(limit_read)
  );
  lutram #(
    .Depth(8),
    .Width(4),
    .NumRead(2)
  ) u_attr (
    .clk_i,
    .we_i   (seg_we_attr),
    .waddr_i(seg_index),
    .wdata_i(wdata_i[3:0]),
    .raddr_i({seg_index, seg_i}),
    .rdata_o(attr_read)
  );
  assign seg_base_o = (seg_i inside {SegFlat, SegMon}) ? '0 : base_read[0];
  assign seg_limit_o = limit_read[0];
  assign seg_attr_o = attr_read[0];

  // ------------------------------------------------------------------------------------------------ read
  logic [31:0] config_value, read, seg_value;
  always_comb begin
    config_value = '0;
    config_value[XconfigWidthLsb+:XconfigWidthBits] = XconfigWidthBits'(Cfg.width);
    config_value[XconfigJumpTableLsb] = Cfg.jump_table != 0;
    config_value[XconfigAliasLsb] = Cfg.alias_entries != 0;
    config_value[XconfigCountersLsb] = Cfg.counters;
    config_value[XconfigTlbLog2Lsb+:XconfigTlbLog2Bits] = XconfigTlbLog2Bits'($clog2(Cfg.tlb_entries));
    config_value[XconfigStoreBufferLsb+:XconfigStoreBufferBits] = XconfigStoreBufferBits'(Cfg.store_buffer);
    config_value[XconfigAliasEntriesLsb+:XconfigAliasEntriesBits] = XconfigAliasEntriesBits'(Cfg.alias_entries);
    seg_value = seg_we_or_read(addr_i);
  end
  function automatic logic [31:0] seg_we_or_read(logic [11:0] addr);
    if (addr inside {[CsrXsegbase0 : CsrXsegbase5]}) return base_read[1];
    if (addr inside {[CsrXseglim0 : CsrXseglim5]}) return limit_read[1];
    return {28'b0, attr_read[1]};
  endfunction

  logic known;
  // MXL = 1 (RV32), extensions B, I, M, X.
  localparam logic [31:0] MisaValue = 32'h4080_1102;
  always_comb begin
    known = 1'b1;
    read = '0;
    unique case (addr_i)
      CsrMstatus: read = {19'b0, 2'b11, 3'b0, mpie_q, 3'b0, mie_q, 3'b0};
      CsrMisa: read = MisaValue;
      CsrMie: read = (32'(irq_timer_en_q) << IrqTimer) | (32'(irq_external_en_q) << IrqExternal);
      CsrMtvec: read = {mtvec_q, 2'b0};
      CsrMscratch: read = mscratch_q;
      CsrMepc: read = {mepc_q, 2'b0};
      CsrMcause: read = mcause_q;
      CsrMtval: read = mtval_q;
      CsrMip: read = (32'(irq_timer_i) << IrqTimer) | (32'(irq_external_i) << IrqExternal);
      CsrXstatus: begin
        read[XstatusSpecBit] = spec_q;
        read[XstatusPspecBit] = pspec_q;
        read[XstatusHoldBit] = hold_q;
        read[XstatusUserBit] = user_q;
      end
      CsrXcpc: read = xcpc_q;
      CsrXtier: read = {28'b0, tier_q};
      CsrXbound: read = {xbound_q, 12'b0};
      CsrXlock: read = {31'b0, lock_q};
      CsrXgic: read = xgic_q[31:0];
      CsrXgich: read = xgic_q[63:32];
      CsrXdeadline: read = xdeadline_q;
      CsrXtlbg0: read = granules_q[31:0];
      CsrXtlbg1: read = granules_q[63:32];
      CsrXtlbpa: read = tlbpa_q;
      CsrXtlbflat: read = {31'b0, flat_q};
      CsrXjtkey: read = jtkey_q;
      CsrXjttag: read = {24'b0, jttag_q};
      CsrXlog, CsrXtlbva, CsrXtlbflush, CsrXtlbmark, CsrXjtval, CsrXjtflush, CsrXsync: read = '0;
      CsrXctrsel: read = {27'b0, counter_select_q};
      CsrXctrlo: read = counter_i[31:0];
      CsrXctrhi: read = counter_high_q;
      CsrXconfig: read = config_value;
      CsrMcycle: read = mcycle_q[31:0];
      CsrMcycleh: read = mcycle_q[63:32];
      CsrMinstret: read = minstret_q[31:0];
      CsrMinstreth: read = minstret_q[63:32];
      CsrMvendorid, CsrMarchid, CsrMhartid: read = '0;
      CsrMimpid: read = IsaVersion;
      default: known = seg_group;
    endcase
  end

  always_ff @(posedge clk_i) begin
    rdata_o <= seg_group ? seg_value : read;
    exists_o <= known;
  end

  // ------------------------------------------------------------------------------------------------ write
  logic tlb_miss;
  assign tlb_miss = ~trap_cause_i.is_irq & (trap_cause_i.cause inside {CauseTlbLoad, CauseTlbStore});

  always_ff @(posedge clk_i) begin
    mcycle_q <= mcycle_q + 64'd1;
    minstret_q <= minstret_q + 64'(retired_ops_i);
    if (xcommit_i) begin
      xgic_q <= xgic_q + 64'(xcommit_count_i);
      if (xcommit_spec_i) xcpc_q <= {xcommit_pc_i, 2'b0};
    end
    if (latch_high_i) counter_high_q <= counter_i[63:32];

    if (write_i) begin
      unique case (addr_i)
        CsrMstatus: begin
          mie_q <= wdata_i[3];
          mpie_q <= wdata_i[7];
        end
        CsrMie: begin
          irq_timer_en_q <= wdata_i[IrqTimer];
          irq_external_en_q <= wdata_i[IrqExternal];
        end
        CsrMtvec: mtvec_q <= wdata_i[31:2];
        CsrMscratch: mscratch_q <= wdata_i;
        CsrMepc: mepc_q <= wdata_i[31:2];
        CsrMcause: mcause_q <= {wdata_i[31], 25'b0, wdata_i[5:0]};
        CsrMtval: mtval_q <= wdata_i;
        CsrXstatus: begin
          spec_q <= wdata_i[XstatusSpecBit];
          pspec_q <= wdata_i[XstatusPspecBit];
          hold_q <= wdata_i[XstatusHoldBit];
          user_q <= wdata_i[XstatusUserBit];
        end
        CsrXcpc: xcpc_q <= wdata_i;
        CsrXtier: tier_q <= wdata_i[3:0];
        CsrXbound: if (~lock_q) xbound_q <= wdata_i[31:12];
        CsrXlock: lock_q <= lock_q | wdata_i[0];
        CsrXgic: xgic_q[31:0] <= wdata_i;
        CsrXgich: xgic_q[63:32] <= wdata_i;
        CsrXdeadline: xdeadline_q <= wdata_i;
        CsrXtlbg0: granules_q[31:0] <= wdata_i;
        CsrXtlbg1: granules_q[63:32] <= wdata_i;
        CsrXtlbpa: tlbpa_q <= {wdata_i[31:12], 9'b0, wdata_i[TlbIoBit], wdata_i[TlbUserBit], wdata_i[TlbWriteBit]};
        CsrXtlbflat: flat_q <= wdata_i[0];
        CsrXjtkey: jtkey_q <= wdata_i;
        CsrXjttag: jttag_q <= wdata_i[7:0];
        CsrXctrsel: counter_select_q <= wdata_i[4:0];
        CsrMcycle: mcycle_q[31:0] <= wdata_i;
        CsrMcycleh: mcycle_q[63:32] <= wdata_i;
        CsrMinstret: minstret_q[31:0] <= wdata_i;
        CsrMinstreth: minstret_q[63:32] <= wdata_i;
        default: ;
      endcase
    end

    if (trap_i) begin
      mepc_q <= trap_pc_i;
      mcause_q <= {trap_cause_i.is_irq, 25'b0, trap_cause_i.cause};
      mtval_q <= trap_cause_i.tval;
      mpie_q <= mie_q;
      mie_q <= 1'b0;
      pspec_q <= spec_q;
      spec_q <= 1'b0;
      if (spec_q) hold_q <= tlb_miss;
    end
    if (mret_i) begin
      spec_q <= pspec_q;
      hold_q <= 1'b0;
      mie_q <= mpie_q;
      mpie_q <= 1'b1;
    end
    if (leave_hold_i) hold_q <= 1'b0;

    if (!rst_ni) begin
      {mie_q, mpie_q, irq_timer_en_q, irq_external_en_q} <= '0;
      {spec_q, pspec_q, hold_q, user_q, lock_q, flat_q} <= '0;
      mtvec_q <= '0;
      mepc_q <= '0;
      mscratch_q <= '0;
      mcause_q <= '0;
      mtval_q <= '0;
      xcpc_q <= '0;
      xbound_q <= '0;
      xgic_q <= '0;
      xdeadline_q <= 32'h7fff_ffff;
      tier_q <= '0;
      granules_q <= '0;
      tlbpa_q <= '0;
      jtkey_q <= '0;
      jttag_q <= '0;
      mcycle_q <= '0;
      minstret_q <= '0;
      counter_select_q <= '0;
      counter_high_q <= '0;
    end
  end

  // ------------------------------------------------------------------------------------------------ deadline
  // Two cycles old here, and up to three commits of at most 31 are on their way: a margin of 256 covers them.
  logic [31:0] left_q;
  always_ff @(posedge clk_i) begin
    left_q <= xdeadline_q - xgic_q[31:0];
    deadline_near_o <= spec_q & ($signed(left_q) < $signed(32'd256));
    if (!rst_ni) deadline_near_o <= 1'b0;
  end
  assign deadline_gap_o = xgic_q[31:0] - xdeadline_q;

  // ------------------------------------------------------------------------------------------------ interrupts
  logic timer_q, external_q;
  always_ff @(posedge clk_i) begin
    timer_q <= irq_timer_i & irq_timer_en_q;
    external_q <= irq_external_i & irq_external_en_q;
  end
  assign irq_o = spec_q & (timer_q | external_q);
  assign irq_cause_o = '{is_irq: 1'b1, cause: external_q ? 6'(IrqExternal) : 6'(IrqTimer), tval: '0};

  assign spec_o = spec_q;
  assign pspec_o = pspec_q;
  assign hold_o = hold_q;
  assign user_o = user_q;
  assign mtvec_o = mtvec_q;
  assign mepc_o = mepc_q;
  assign xbound_o = xbound_q;
  assign tier_o = tier_q;
  assign tlb_pa_o = tlbpa_q;
  assign tlb_granules_o = granules_q;
  assign tlb_flat_o = flat_q;
  assign jt_key_o = jtkey_q;
  assign jt_tag_o = jttag_q;
  assign counter_select_o = counter_select_q;

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic [31:0] gap_after;
  assign gap_after = deadline_gap_o + 32'(xcommit_count_i);
`endif
  `VEIL_ASSERT_STABLE(BoundStaysLocked, lock_q, {lock_q, xbound_q})
  `VEIL_ASSERT(WritesAlone, !(write_i & (trap_i | xcommit_i | (retired_ops_i != '0))))
  `VEIL_ASSERT_NEXT(TrapsIntoMonitorMode, trap_i, !spec_q)
  `VEIL_ASSERT(InterruptsOnlySpeculation, !(trap_i & trap_cause_i.is_irq) | spec_q)
  `VEIL_ASSERT(DeadlineIsKept, !(xcommit_i & xcommit_spec_i) | gap_after[31] | (gap_after == '0))

endmodule
