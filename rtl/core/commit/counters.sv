// Performance counters: 64 bits each in LUT RAM, fed round-robin.
//
// Every event has a small accumulator in flip-flops; each cycle one counter's accumulator is added to its word in RAM
// and emptied.  A read may therefore be up to 34 cycles old: the price of 30 counters for one adder.

`include "veil_assert.svh"

module counters
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  events_t     events_i,
  input  logic [4:0]  select_i,
  output logic [63:0] value_o
);

  localparam int unsigned AccBits = 10;  // 32 cycles of at most 31 (guest instructions)

  events_t events_q;  // no path waits for a counter: the events come from the ends of long paths
  always_ff @(posedge clk_i) events_q <= events_i;

  logic [CounterCount-1:0][4:0] increment;
  always_comb begin
    increment = '0;
    increment[CounterCycles] = 5'd1;
    increment[CounterGroups] = 5'(events_q.group);
    increment[CounterOperations] = 5'(events_q.operations);
    increment[CounterGuestInstructions] = events_q.guest_instructions;
    increment[CounterCommits] = 5'(events_q.commit);
    increment[CounterRollbacks] = 5'(events_q.rollback);
    increment[CounterStallFetch] = 5'(events_q.stall_fetch);
    increment[CounterStallIcache] = 5'(events_q.stall_icache);
    increment[CounterStallHazard] = 5'(events_q.stall_hazard);
    increment[CounterStallLoad] = 5'(events_q.stall_load);
    increment[CounterStallDcache] = 5'(events_q.stall_dcache);
    increment[CounterStallStore] = 5'(events_q.stall_store);
    increment[CounterBranchesTaken] = 5'(events_q.branch_taken);
    increment[CounterRedirects] = 5'(events_q.redirect);
    increment[CounterLoads] = 5'(events_q.load);
    increment[CounterStores] = 5'(events_q.store);
    increment[CounterIcacheMisses] = 5'(events_q.icache_miss);
    increment[CounterDcacheMisses] = 5'(events_q.dcache_miss);
    increment[CounterTlbMisses] = 5'(events_q.tlb_miss);
    increment[CounterTlbWalks] = 5'(events_q.tlb_walk);
    increment[CounterTraps] = 5'(events_q.trap);
    increment[CounterAliasTraps] = 5'(events_q.trap_alias);
    increment[CounterCodeWriteTraps] = 5'(events_q.trap_code_write);
    increment[CounterOverflowTraps] = 5'(events_q.trap_overflow);
    increment[CounterDeadlineTraps] = 5'(events_q.trap_deadline);
    increment[CounterJumpTableLookups] = 5'(events_q.jt_lookup);
    increment[CounterJumpTableHits] = 5'(events_q.jt_hit);
    increment[CounterBusReads] = 5'(events_q.bus_read);
    increment[CounterBusWrites] = 5'(events_q.bus_write);
  end

  logic [CounterCount-1:0][AccBits-1:0] acc_q;
  logic [4:0] turn_q, turn_write_q, high_q;
  logic cleared_q, cleared_write_q;
  logic [AccBits-1:0] add_q;
  logic [1:0][63:0] read;
  logic [AccBits-1:0] add;

  always_comb begin
    add = '0;
    for (int unsigned i = 0; i < CounterCount; i++) add = add | (acc_q[i] & {AccBits{turn_q == 5'(i)}});
  end

  lutram #(
    .Depth(32),
    .Width(64),
    .NumRead(2)
  ) u_words (
    .clk_i,
    .we_i   (1'b1),
    .waddr_i(turn_write_q),
    .wdata_i(cleared_write_q ? read[0] + 64'(add_q) : 64'd0),  // the first round after reset clears
    .raddr_i({select_i, turn_write_q}),
    .rdata_o(read)
  );

  always_ff @(posedge clk_i) begin
    turn_q <= turn_q + 1'b1;
    turn_write_q <= turn_q;
    cleared_write_q <= cleared_q;
    add_q <= add;
    if (&turn_q) cleared_q <= 1'b1;
    for (int unsigned i = 0; i < CounterCount; i++) begin
      acc_q[i] <= ((turn_q == 5'(i) & cleared_q) ? '0 : acc_q[i]) + AccBits'(increment[i]);
    end
    if (events_q.store_depth > high_q) high_q <= events_q.store_depth;
    if (!rst_ni) begin
      turn_q <= '0;
      cleared_q <= 1'b0;
      acc_q <= '0;
      high_q <= '0;
    end
  end

`ifdef VEIL_ASSERT_ON
  logic [CounterCount-1:0] nearly_full;
  always_comb begin
    for (int unsigned i = 0; i < CounterCount; i++) nearly_full[i] = acc_q[i] > AccBits'(32 * 31);
  end
`endif
  `VEIL_ASSERT(NothingLost, nearly_full == '0)

  assign value_o = (select_i == CounterStoreBufferHigh) ? 64'(high_q) :
                   (select_i < 5'(CounterCount)) ? read[1] : 64'd0;

endmodule
