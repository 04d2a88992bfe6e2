// What W tells the world: performance events of the cycle, and the record of the group that retires or traps.

module report
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input  group_t       group_i,
  input  logic         retire_i,
  input  logic         trap_i,
  input  logic         rolls_back_i,
  input  trap_t        cause_i,
  input  logic         tlb_trap_i,
  input  logic [31:2]  mtvec_i,
  input  logic         flush_i,
  input  logic [31:2]  flush_pc_i,
  input  logic         jt_hit_i,
  input  logic [31:2]  jt_target_i,
  input  logic [31:2]  next_i,
  input  logic         taken_i,
  input  logic         commit_i,
  input  logic         xcommit_i,
  input  logic         rollback_i,
  input  logic         undo_i,
  input  logic [2:0]   flags_written_i,
  input  flag_file_t   flags_i,
  input  mem_ctl_t     mem_i,
  input  logic [31:0]  phys_i,
  input  logic [31:0]  phys2_i,
  input  logic [31:0]  store_data_i,
  input  logic         csr_written_i,
  input  logic [11:0]  csr_i,
  input  logic [31:0]  csr_value_i,
  input  logic         frozen_i,
  input  logic         d_valid_i,
  input  logic         hazard_i,
  input  logic         hazard_load_i,
  input  logic         refilling_i,
  input  logic         redirect_i,
  input  logic         icache_miss_i,
  input  logic         dcache_miss_i,
  input  logic         tlb_walk_i,
  input  logic         stall_store_i,
  input  logic [4:0]   depth_i,
  input  logic         bus_write_i,
  output events_t      events_o,
  output trace_t       trace_o
);

  logic trap_spec;
  assign trap_spec = trap_i & ~cause_i.is_irq;
  always_comb begin
    events_o = '0;
    events_o.group = retire_i;
    events_o.operations = retire_i ? group_i.ops : 3'd0;
    events_o.guest_instructions = xcommit_i ? group_i.count : 5'd0;
    events_o.commit = xcommit_i & group_i.spec;
    events_o.rollback = trap_i & rolls_back_i;
    events_o.stall_fetch = ~d_valid_i & ~frozen_i & ~hazard_i;
    events_o.stall_icache = ~d_valid_i & ~frozen_i & ~hazard_i & refilling_i;
    events_o.stall_hazard = hazard_i & ~frozen_i;
    events_o.stall_load = hazard_i & hazard_load_i & ~frozen_i;
    events_o.stall_dcache = frozen_i & mem_i.valid & (group_i.slow == SlowNone);
    events_o.stall_store = stall_store_i;
    events_o.branch_taken = retire_i & (taken_i | jt_hit_i);
    events_o.redirect = redirect_i;
    events_o.load = retire_i & mem_i.valid & ~mem_i.store;
    events_o.store = retire_i & mem_i.valid & mem_i.store;
    events_o.icache_miss = icache_miss_i;
    events_o.dcache_miss = dcache_miss_i;
    events_o.tlb_miss = trap_spec & tlb_trap_i;
    events_o.tlb_walk = tlb_walk_i;
    events_o.trap = trap_i;
    events_o.trap_alias = trap_spec & (cause_i.cause == CauseAlias);
    events_o.trap_code_write = trap_spec & (cause_i.cause == CauseCodeWrite);
    events_o.trap_overflow = trap_spec & (cause_i.cause == CauseStoreOverflow);
    events_o.trap_deadline = trap_spec & (cause_i.cause == CauseDeadline);
    events_o.jt_lookup = retire_i & group_i.jt;
    events_o.jt_hit = retire_i & jt_hit_i;
    events_o.bus_read = icache_miss_i | dcache_miss_i;
    events_o.bus_write = bus_write_i;
    events_o.store_depth = depth_i;
  end

  always_comb begin
    trace_o.pc = {group_i.pc, 2'b0};
    trace_o.next_pc = {trap_i ? mtvec_i : flush_i ? flush_pc_i : jt_hit_i ? jt_target_i : next_i, 2'b0};
    trace_o.ops = retire_i ? group_i.ops : 3'd0;
    trace_o.spec = group_i.spec;
    trace_o.xcommit = xcommit_i;
    trace_o.count = xcommit_i ? group_i.count : 5'd0;
    trace_o.rollback = retire_i & rollback_i;
    trace_o.committed = commit_i;
    trace_o.undone = undo_i;
    trace_o.trap = trap_i;
    trace_o.trap_rolls_back = trap_i & rolls_back_i;
    trace_o.trap_interrupt = cause_i.is_irq;
    trace_o.trap_cause = cause_i.cause;
    trace_o.trap_tval = cause_i.tval;
    trace_o.flags_written = retire_i ? flags_written_i : 3'd0;
    trace_o.flags = flags_i;
    trace_o.mem_valid = retire_i & mem_i.valid;
    trace_o.mem_store = mem_i.store;
    trace_o.mem_gated = mem_i.access != AccessOrdinary;
    trace_o.mem_size = mem_i.size;
    trace_o.mem_phys = phys_i;
    trace_o.mem_phys2 = phys2_i;
    trace_o.mem_data = store_data_i;
    trace_o.csr_written = retire_i & csr_written_i;
    trace_o.csr = csr_i;
    trace_o.csr_value = csr_value_i;
  end

  logic unused_bits;
  assign unused_bits = ^{group_i, mem_i};

endmodule
