// Property 3: a gated store never reaches the bus before its commit.  README.md says what is assumed and why.

// Whether the two state machines of the slow path are at work, named where the names are known.
module slow_path_probe (
  input logic idle_i,
  input logic mem_i
);
  logic idle, mem;
  assign idle = idle_i;
  assign mem = mem_i;
endmodule

module sequencer_probe (
  input logic active_i
);
  logic active;
  assign active = active_i;
endmodule

bind slow_path slow_path_probe u_probe (
  .idle_i(state_q == StIdle),
  .mem_i (state_q == StMem)
);
bind access_sequencer sequencer_probe u_probe (
  .active_i(state_q != StIdle)
);

module harness
  import veil_core_pkg::*;
(
  input logic         clk_i,
  input logic         irq_timer_i,
  input logic         irq_external_i,
  input logic         wb_stall_i,
  input logic         wb_ack_i,
  input logic [31:0]  wb_dat_i,
  input logic         host_ack_i,
  input logic [31:0]  host_rdata_i,
  input logic [31:12] dram_pages_i
);

  localparam int unsigned Depth = formal_pkg::SmallConfig.store_buffer;
  localparam int unsigned Log2 = $clog2(Depth);

  logic [1:0] reset_done_q = '0;  // reset takes two cycles
  always_ff @(posedge clk_i) reset_done_q <= {|reset_done_q, 1'b1};
  logic rst_n;
  assign rst_n = reset_done_q[1];

  logic stb, we;
  logic [31:2] adr;
  rig #(
    .Cfg(formal_pkg::SmallConfig)
  ) u_rig (
    .clk_i,
    .rst_ni(rst_n),
    .irq_timer_i,
    .irq_external_i,
    .wb_stall_i,
    .wb_ack_i,
    .wb_dat_i,
    .host_ack_i,
    .host_rdata_i,
    .dram_pages_i,
    .stb_o (stb),
    .we_o  (we),
    .adr_o (adr)
  );

  always_comb assume (u_rig.u_core.running || !u_rig.u_core.d_valid);  // fetch.sv gives nothing during the sweep after reset

  // ------------------------------------------------------------------------------------------------ what was committed
  // A mark beside every entry of the store buffer: a commit has come since the store was W's.  A store that goes in with a
  // commit is its own group's.
  logic insert, commit;
  logic [Log2-1:0] head, send, tail;
  assign insert = u_rig.u_core.u_lsu.gated_insert;
  assign commit = u_rig.u_core.w_commit;
  assign head = u_rig.u_core.u_lsu.u_gated.head_q;
  assign send = u_rig.u_core.u_lsu.u_gated.send_q;
  assign tail = u_rig.u_core.u_lsu.u_gated.tail_q;
  logic [Depth-1:0] valid, final_store, committed_q;
  assign valid = u_rig.u_core.u_lsu.u_gated.valid_q;
  assign final_store = u_rig.u_core.u_lsu.u_gated.final_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Depth; i++) begin
      if (commit) committed_q[i] <= 1'b1;
      if (insert && (tail == Log2'(i))) committed_q[i] <= commit;
    end
  end

  // ------------------------------------------------------------------------------------------------ claims
  // Gated stores in the drain, from its end to its beginning: each stage holds one entry, the oldest the head's.
  logic in_pop, in_wait, in_tag, in_look;
  assign in_pop = u_rig.u_core.u_lsu.u_drain.pop_valid_q & u_rig.u_core.u_lsu.u_drain.pop_gated_q;
  assign in_wait = u_rig.u_core.u_lsu.u_drain.wait_valid_q & u_rig.u_core.u_lsu.u_drain.wait_gated_q;
  assign in_tag = u_rig.u_core.u_lsu.u_drain.tag_valid_q & u_rig.u_core.u_lsu.u_drain.tag_q.gated;
  assign in_look = u_rig.u_core.u_lsu.u_drain.look_valid_q & u_rig.u_core.u_lsu.u_drain.look_q.gated;
  logic [Log2-1:0] tag_entry, look_entry;
  assign tag_entry = head + Log2'(in_pop) + Log2'(in_wait);
  assign look_entry = tag_entry + Log2'(in_tag);

  logic from_gated, inserts_ordinary;
  assign from_gated = u_rig.u_core.u_lsu.u_drain.tag_q.gated;
  assign inserts_ordinary = u_rig.u_core.u_lsu.w_ctl_q.access == AccessOrdinary;
  logic [Depth-1:0][29:0] entry_addr;
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) begin
      entry_addr[i] = {u_rig.u_core.u_lsu.u_gated.page_q[i], u_rig.u_core.u_lsu.u_gated.offset_q[i]};
    end
  end
  always_comb begin
    if (rst_n) begin
      committed : assert (!(u_rig.write_req && from_gated && !(valid[tag_entry] && committed_q[tag_entry])));
      same_store : assert (!(u_rig.write_req && from_gated && (u_rig.write_addr != entry_addr[tag_entry])));
      // No other way to memory: the queue of final stores takes ordinary stores only.
      ordinary_only : assert (!(u_rig.u_core.u_lsu.queue_insert && !inserts_ordinary));
    end
  end

  // ------------------------------------------------------------------------------------------------ why it holds
  logic [Log2:0] count, pending, leaving;
  assign leaving = (Log2 + 1)'(in_pop) + (Log2 + 1)'(in_wait) + (Log2 + 1)'(in_tag) + (Log2 + 1)'(in_look);
  assign count = u_rig.u_core.u_lsu.u_gated.count_q;
  assign pending = u_rig.u_core.u_lsu.u_gated.pending_q;
  logic [Depth-1:0][Log2-1:0] place;  // 0: the head's
  always_comb for (int unsigned i = 0; i < Depth; i++) place[i] = Log2'(i) - head;
`ifndef CLAIMS_ONLY
  always_comb begin
    if (rst_n) begin
      full : assert (count <= (Log2 + 1)'(Depth));
      some_pending : assert (pending <= count);
      // M has looked for room for the store that W puts in.
      room : assert (!(u_rig.u_core.u_lsu.w_store && u_rig.u_core.u_lsu.w_gated && !u_rig.u_core.frozen) ||
                     (count != (Log2 + 1)'(Depth)));
      tail_there : assert (tail == head + count[Log2-1:0]);
      commit_there : assert (u_rig.u_core.u_lsu.u_gated.tail_committed_q == tail - pending[Log2-1:0]);
      for (int unsigned i = 0; i < Depth; i++) begin
        assert (valid[i] == ({1'b0, place[i]} < count));
        assert (!valid[i] || (final_store[i] == ({1'b0, place[i]} < (count - pending))));
        assert (!(valid[i] && final_store[i] && !committed_q[i]));
      end
      // What drains stays where it is until it has been written: what was sent is the oldest final entries, in order.
      unsent : assert (u_rig.u_core.u_lsu.u_gated.unsent_q == count - pending - leaving);
      sent_final : assert (leaving <= (count - pending));
      send_there : assert (send == head + leaving[Log2-1:0]);
      looks : assert (!in_look || (u_rig.u_core.u_lsu.drain_addr == entry_addr[look_entry]));
      // The slow path works with the pipeline frozen, so M's store and its own never go in at once.
      free : assert (u_rig.u_core.front_slow_q == u_rig.u_core.slow_q);
      moves : assert (u_rig.u_core.w_sure_q == (u_rig.u_core.w_valid_q & ~u_rig.u_core.slow_q[0]));
      together : assert (u_rig.u_core.u_lsu.u_sequencer.u_probe.active == u_rig.u_core.u_control.u_slow_path.u_probe.mem);
      active_frozen : assert (!u_rig.u_core.u_lsu.u_sequencer.u_probe.active || u_rig.u_core.frozen);
      slow_frozen : assert (u_rig.u_core.u_control.u_slow_path.u_probe.idle || !u_rig.u_core.running ||
                            u_rig.u_core.frozen);
      sweep : assert (u_rig.u_core.running || !(u_rig.u_core.frozen | u_rig.u_core.r_valid_q | u_rig.u_core.x_valid_q |
                                                u_rig.u_core.m_valid_q | u_rig.u_core.w_valid_q));
    end
  end
`endif

endmodule
