// Simulation top: the SoC with its reports as plain vectors, which a C++ harness can read without knowing structs.
//
// VEIL_CONFIG names the configuration (a constant of veil_config_pkg).

module veil_sim_top
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [31:12] dram_pages_i,
  input  logic         irq_timer_i,
  input  logic         irq_external_i,
  output logic         wb_stb_o,
  output logic         wb_we_o,
  output logic [31:2]  wb_adr_o,
  output logic [31:0]  wb_dat_o,
  output logic [3:0]   wb_sel_o,
  input  logic         wb_stall_i,
  input  logic         wb_ack_i,
  input  logic [31:0]  wb_dat_i,
  output logic         host_req_o,
  output logic         host_we_o,
  output logic [11:0]  host_addr_o,
  output logic [31:0]  host_wdata_o,
  input  logic         host_ack_i,
  input  logic [31:0]  host_rdata_i,
  // one-bit events, bit = number of the counter
  output logic [31:0]  events_o,
  output logic [4:0]   store_depth_o,
  output logic [3:0]   tier_o,
  // retirement
  output logic         trace_valid_o,
  output logic [31:0]  trace_pc_o,
  output logic [31:0]  trace_next_pc_o,
  output logic [31:0]  trace_status_o,      // see below
  output logic [31:0]  trace_tval_o,
  output logic [17:0]  trace_flags_o,       // f3 f2 f1
  output logic [31:0]  trace_mem_phys_o,
  output logic [31:0]  trace_mem_phys2_o,
  output logic [31:0]  trace_mem_data_o,
  output logic [11:0]  trace_csr_o,
  output logic [31:0]  trace_csr_value_o,
  output logic [3:0]   trace_reg_we_o,
  output logic [31:0]  trace_reg_o,         // a byte each
  output logic [31:0]  trace_value0_o,
  output logic [31:0]  trace_value1_o,
  output logic [31:0]  trace_value2_o,
  output logic [31:0]  trace_value3_o,
  // pipeline, as it is in this cycle
  output logic [15:0]  pipe_o,              // see below
  output logic [31:0]  pipe_pc_o            // of the group in D
);

  localparam veil_config_pkg::config_t Cfg = veil_config_pkg::`VEIL_CONFIG;
  localparam int unsigned Width = Cfg.width;

  events_t events;
  trace_t trace;
  logic wb_cyc;
  logic [Width-1:0] reg_we;
  logic [Width-1:0][4:0] reg_number;
  logic [Width-1:0][31:0] value;

  veil_soc #(
    .Cfg(Cfg)
  ) u_soc (
    .clk_i,
    .rst_ni,
    .dram_pages_i,
    .irq_timer_i,
    .irq_external_i,
    .wb_cyc_o      (wb_cyc),
    .wb_stb_o,
    .wb_we_o,
    .wb_adr_o,
    .wb_dat_o,
    .wb_sel_o,
    .wb_stall_i,
    .wb_ack_i,
    .wb_dat_i,
    .host_req_o,
    .host_we_o,
    .host_addr_o,
    .host_wdata_o,
    .host_ack_i,
    .host_rdata_i,
    .events_o      (events),
    .tier_o,
    .trace_valid_o,
    .trace_o       (trace),
    .trace_reg_we_o(reg_we),
    .trace_reg_o   (reg_number),
    .trace_value_o (value)
  );
  logic unused_cyc;
  assign unused_cyc = ^{wb_cyc, events.operations, events.guest_instructions};

  always_comb begin
    events_o = '0;
    events_o[CounterGroups] = events.group;
    events_o[CounterCommits] = events.commit;
    events_o[CounterRollbacks] = events.rollback;
    events_o[CounterStallFetch] = events.stall_fetch;
    events_o[CounterStallIcache] = events.stall_icache;
    events_o[CounterStallHazard] = events.stall_hazard;
    events_o[CounterStallLoad] = events.stall_load;
    events_o[CounterStallDcache] = events.stall_dcache;
    events_o[CounterStallStore] = events.stall_store;
    events_o[CounterBranchesTaken] = events.branch_taken;
    events_o[CounterRedirects] = events.redirect;
    events_o[CounterLoads] = events.load;
    events_o[CounterStores] = events.store;
    events_o[CounterIcacheMisses] = events.icache_miss;
    events_o[CounterDcacheMisses] = events.dcache_miss;
    events_o[CounterTlbMisses] = events.tlb_miss;
    events_o[CounterTlbWalks] = events.tlb_walk;
    events_o[CounterTraps] = events.trap;
    events_o[CounterAliasTraps] = events.trap_alias;
    events_o[CounterCodeWriteTraps] = events.trap_code_write;
    events_o[CounterOverflowTraps] = events.trap_overflow;
    events_o[CounterDeadlineTraps] = events.trap_deadline;
    events_o[CounterJumpTableLookups] = events.jt_lookup;
    events_o[CounterJumpTableHits] = events.jt_hit;
    events_o[CounterBusReads] = events.bus_read;
    events_o[CounterBusWrites] = events.bus_write;
    store_depth_o = events.store_depth;
  end

  assign trace_pc_o = trace.pc;
  assign trace_next_pc_o = trace.next_pc;
  // ops 2:0, spec 3, xcommit 4, count 9:5, rollback 10, trap 11, trap rolls back 12, interrupt 13, cause 19:14,
  // flags written 22:20, memory 23, store 24, gated 25, size 27:26, csr 28, state committed 29, state undone 30
  assign trace_status_o = {1'b0, trace.undone, trace.committed, trace.csr_written, trace.mem_size, trace.mem_gated,
                           trace.mem_store, trace.mem_valid, trace.flags_written, trace.trap_cause,
                           trace.trap_interrupt, trace.trap_rolls_back, trace.trap, trace.rollback, trace.count,
                           trace.xcommit, trace.spec, trace.ops};
  assign trace_tval_o = trace.trap_tval;
  assign trace_flags_o = trace.flags;
  assign trace_mem_phys_o = trace.mem_phys;
  assign trace_mem_phys2_o = trace.mem_phys2;
  assign trace_mem_data_o = trace.mem_data;
  assign trace_csr_o = trace.csr;
  assign trace_csr_value_o = trace.csr_value;

  logic [3:0][31:0] value4;
  always_comb begin
    trace_reg_we_o = 4'(reg_we);
    trace_reg_o = '0;
    value4 = '0;
    for (int unsigned l = 0; l < Width; l++) begin
      trace_reg_o[8*l+:8] = {3'b0, reg_number[l]};
      value4[l] = value[l];
    end
  end
  assign trace_value0_o = value4[0];
  assign trace_value1_o = value4[1];
  assign trace_value2_o = value4[2];
  assign trace_value3_o = value4[3];

  // The pipeline from inside: for simulation only, so it looks instead of asking for ports.  Bits as in
  // sim/trace/pipeline.h: stages D R X M W 4:0, frozen 5, hazard 6 (of a load 7), redirects from M 8 and W 9, refill 10,
  // a block goes to D 11, trap 12, frozen for memory 13 (room for a store 14), D is followed by its target 15.
  logic w_waits_for_memory;
  assign w_waits_for_memory = u_soc.u_core.w_mem.valid & (u_soc.u_core.w_group_q.slow == SlowNone);
  assign pipe_o = {u_soc.u_core.d_taken, events.stall_store, w_waits_for_memory, u_soc.u_core.w_trap_q,
                   u_soc.u_core.u_fetch.load_block, u_soc.u_core.refilling, u_soc.u_core.redirect_w,
                   u_soc.u_core.redirect_m, u_soc.u_core.hazard_load, u_soc.u_core.hazard, u_soc.u_core.frozen,
                   u_soc.u_core.w_valid_q, u_soc.u_core.m_valid_q, u_soc.u_core.x_valid_q, u_soc.u_core.r_valid_q,
                   u_soc.u_core.d_valid};
  assign pipe_pc_o = {u_soc.u_core.d_pc, 2'b0};

endmodule
