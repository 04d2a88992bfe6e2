// Property 1: a guest access never reaches memory at or above xbound.  README.md says what is assumed and why.

// States of the two state machines, named where the names are known.
module slow_path_probe (
  input logic idle_i,
  input logic mem_i
);
  logic idle, mem;
  assign idle = idle_i;
  assign mem = mem_i;
endmodule

module sequencer_probe (
  input logic active_i,
  input logic room_i,
  input logic commit_i,
  input logic settled_i,
  input logic decide_i,
  input logic late_i
);
  logic active, room, commit, settled, decide, late;
  assign active = active_i;
  assign room = room_i;
  assign commit = commit_i;
  assign settled = settled_i;
  assign decide = decide_i;
  assign late = late_i;
endmodule

bind slow_path slow_path_probe u_probe (
  .idle_i(state_q == StIdle),
  .mem_i (state_q == StMem)
);
bind access_sequencer sequencer_probe u_probe (
  .active_i (state_q != StIdle),
  .room_i   (state_q inside {StAlias, StRoom}),
  .commit_i (state_q == StCommit),
  .settled_i(state_q inside {StUse, StDecide, StWalk}),
  .decide_i (state_q == StDecide && !(page_why_q.guest && page_why_q.missing)),
  .late_i   (state_q inside {StRefillReq, StRefill, StHost, StResult})
);

module harness
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input logic         clk_i,
  input logic         irq_timer_i,
  input logic         irq_external_i,
  input logic         wb_stall_i,
  input logic         wb_ack_i,
  input logic [31:0]  wb_dat_i,
  input logic         host_ack_i,
  input logic [31:0]  host_rdata_i,
  input logic [31:12] dram_pages_i,
  input logic [31:12] bound_i          // an arbitrary constant
);

  localparam int unsigned Depth = formal_pkg::SmallConfig.store_buffer;

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

  // ------------------------------------------------------------------------------------------------ assumptions
  logic [31:12] bound_q;
  always_ff @(posedge clk_i) bound_q <= bound_i;
  always_comb begin
    assume (!rst_n || (bound_q == bound_i));
    assume (u_rig.u_core.running || !u_rig.u_core.d_valid);  // fetch.sv gives nothing during the sweep after reset
    assume (!u_rig.u_core.running || $onehot0(u_rig.u_core.u_lsu.u_tlb.found));  // property 4
    assume (u_rig.u_core.xbound == bound_i);  // property 2: it does not change while guests run
  end

  // ------------------------------------------------------------------------------------------------ whose access it is
  // A mark beside every entry of the gated queue, beside both addresses in the drain and beside the bus: a guest's.
  logic frozen, trapped, m_guest, w_guest, w_store, w_cross;
  logic [31:0] w_addr, w_addr2;
  logic [1:0][19:0] w_page;
  assign frozen = u_rig.u_core.frozen;
  assign trapped = u_rig.u_core.w_trap_q;
  assign m_guest = u_rig.u_core.u_lsu.m_ctl_q.access == AccessGuest;
  assign w_guest = u_rig.u_core.u_lsu.w_ctl_q.access == AccessGuest;
  assign w_store = u_rig.u_core.u_lsu.w_ctl_q.store;
  assign w_cross = u_rig.u_core.u_lsu.w_cross_q;
  assign w_addr = u_rig.u_core.u_lsu.w_addr_q;
  assign w_addr2 = u_rig.u_core.u_lsu.w_addr2;
  assign w_page = u_rig.u_core.u_lsu.w_pages;

  logic [Depth-1:0] guest_q;
  logic look_guest_q, tag_guest_q, bus_guest_q;
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Depth; i++) begin
      if (u_rig.u_core.u_lsu.gated_insert && (32'(u_rig.u_core.u_lsu.u_gated.tail_q) == i)) guest_q[i] <= w_guest;
    end
    if (u_rig.u_core.u_lsu.u_drain.look_take) begin
      look_guest_q <= u_rig.u_core.u_lsu.gated_send & guest_q[u_rig.u_core.u_lsu.u_gated.send_q];
    end
    if (u_rig.u_core.u_lsu.u_drain.tag_take) tag_guest_q <= look_guest_q;
    if (u_rig.write_gnt) bus_guest_q <= tag_guest_q;
    if (u_rig.dread_gnt) bus_guest_q <= w_guest;
    if (u_rig.iread_gnt) bus_guest_q <= 1'b0;
  end

  // ------------------------------------------------------------------------------------------------ claims
  logic m_answers;
  assign m_answers = u_rig.u_core.m_alive & ~frozen & u_rig.u_core.u_lsu.m_ctl_q.valid & ~u_rig.u_core.u_lsu.m_fault_o &
                     ~u_rig.u_core.u_lsu.m_slow_o & ~|u_rig.u_core.u_lsu.m_slow_late_o;
  always_comb begin
    if (rst_n) begin
      bus_address : assert (!(stb && bus_guest_q && (adr[31:12] >= bound_i)));
      read_address : assert (!(u_rig.dread_req && w_guest && (u_rig.dread_addr[31:12] >= bound_i)));
      write_address : assert (!(u_rig.write_req && tag_guest_q && (u_rig.write_addr[31:12] >= bound_i)));
      // Only the gated queue holds guest stores.
      queue_insert : assert (!(u_rig.u_core.u_lsu.queue_insert && w_guest));
      gated_insert : assert (!(u_rig.u_core.u_lsu.gated_insert && w_guest && (u_rig.u_core.u_lsu.w_page >= bound_i)));
      // Answers from the cache or a queue, without the bus.
      fast_answer : assert (!(m_answers && m_guest && (u_rig.u_core.u_lsu.page >= bound_i)));
      slow_answer :
      assert (!(u_rig.u_core.u_lsu.done_o && !u_rig.u_core.u_lsu.done_fault_o && w_guest &&
                ((w_page[0] >= bound_i) || (w_cross && (w_page[1] >= bound_i)))));
    end
  end

  // ------------------------------------------------------------------------------------------------ why it holds
  // Invariants that carry the induction: what the machine relies on without saying so.
  logic [1:0] page_ok;
  assign page_ok[0] = w_page[0] < bound_i;
  assign page_ok[1] = (w_page[1] < bound_i) | ~w_cross;

  // What the gated queue sends is in it: its counts and pointers agree with each other and with the drain (as in property 3).
  localparam int unsigned Log2 = $clog2(Depth);
  logic [Depth-1:0] valid;
  logic [Log2-1:0] head, send, tail;
  logic [Log2:0] count, pending, leaving;
  logic [Depth-1:0][Log2-1:0] place;  // 0: the head's
  assign valid = u_rig.u_core.u_lsu.u_gated.valid_q;
  assign head = u_rig.u_core.u_lsu.u_gated.head_q;
  assign send = u_rig.u_core.u_lsu.u_gated.send_q;
  assign tail = u_rig.u_core.u_lsu.u_gated.tail_q;
  assign count = u_rig.u_core.u_lsu.u_gated.count_q;
  assign pending = u_rig.u_core.u_lsu.u_gated.pending_q;
  assign leaving = (Log2 + 1)'(u_rig.u_core.u_lsu.u_drain.pop_valid_q & u_rig.u_core.u_lsu.u_drain.pop_gated_q) +
                   (Log2 + 1)'(u_rig.u_core.u_lsu.u_drain.wait_valid_q & u_rig.u_core.u_lsu.u_drain.wait_gated_q) +
                   (Log2 + 1)'(u_rig.u_core.u_lsu.u_drain.tag_valid_q & u_rig.u_core.u_lsu.u_drain.tag_q.gated) +
                   (Log2 + 1)'(u_rig.u_core.u_lsu.u_drain.look_valid_q & u_rig.u_core.u_lsu.u_drain.look_q.gated);
  always_comb for (int unsigned i = 0; i < Depth; i++) place[i] = Log2'(i) - head;

  // Which pages have passed their checks in the slow path.
  logic slow_idle, slow_mem, lsu_active, in_room, in_commit, settled, found_good, performs, second_part, checked0, checked1;
  assign slow_idle = u_rig.u_core.u_control.u_slow_path.u_probe.idle;
  assign slow_mem = u_rig.u_core.u_control.u_slow_path.u_probe.mem;
  assign lsu_active = u_rig.u_core.u_lsu.u_sequencer.u_probe.active;
  assign in_room = u_rig.u_core.u_lsu.u_sequencer.u_probe.room;
  assign in_commit = u_rig.u_core.u_lsu.u_sequencer.u_probe.commit;
  assign settled = u_rig.u_core.u_lsu.u_sequencer.u_probe.settled;
  assign performs = u_rig.u_core.u_lsu.u_sequencer.perform_q;
  assign second_part = u_rig.u_core.u_lsu.u_sequencer.part_q;
  // The look-ups of the cycle before have found an entry and no fault.
  assign found_good = u_rig.u_core.u_lsu.u_sequencer.u_probe.decide & ~u_rig.u_core.u_lsu.u_sequencer.page_fault_q;
  assign checked0 = performs | second_part | in_room | in_commit | found_good;
  assign checked1 = performs | (second_part & (in_room | found_good)) | in_commit;

`ifndef CLAIMS_ONLY
  always_comb begin
    if (rst_n) begin
      for (int unsigned i = 0; i < Depth; i++) begin
        assert (!(u_rig.u_core.u_lsu.u_gated.valid_q[i] && guest_q[i] &&
                  (u_rig.u_core.u_lsu.u_gated.page_q[i] >= bound_i)));
      end
      full : assert (count <= (Log2 + 1)'(Depth));
      some_pending : assert (pending <= count);
      room : assert (!(u_rig.u_core.u_lsu.w_store && u_rig.u_core.u_lsu.w_gated && !frozen) ||
                     (count != (Log2 + 1)'(Depth)));
      tail_there : assert (tail == head + count[Log2-1:0]);
      commit_there : assert (u_rig.u_core.u_lsu.u_gated.tail_committed_q == tail - pending[Log2-1:0]);
      for (int unsigned i = 0; i < Depth; i++) begin
        assert (valid[i] == ({1'b0, place[i]} < count));
        assert (!valid[i] || (u_rig.u_core.u_lsu.u_gated.final_q[i] == ({1'b0, place[i]} < (count - pending))));
      end
      unsent : assert (u_rig.u_core.u_lsu.u_gated.unsent_q == count - pending - leaving);
      sent_final : assert (leaving <= (count - pending));
      send_there : assert (send == head + leaving[Log2-1:0]);
      looks : assert (!(u_rig.u_core.u_lsu.u_drain.look_valid_q && look_guest_q &&
                        (u_rig.u_core.u_lsu.drain_addr[31:12] >= bound_i)));
      on_bus : assert (!(u_rig.cyc && bus_guest_q && (adr[31:12] >= bound_i)));
      free : assert (u_rig.u_core.front_slow_q == u_rig.u_core.slow_q);
      moves : assert (u_rig.u_core.w_sure_q == (u_rig.u_core.w_valid_q & ~u_rig.u_core.slow_q[0]));
      // The look-up is M's, or in the slow path W's.
      look_m : assert (frozen || !u_rig.u_core.m_valid_q ||
                       ((u_rig.u_core.u_lsu.look_access_q == AccessGuest) == m_guest));
      look_w : assert (!settled || (u_rig.u_core.u_lsu.look_access_q == u_rig.u_core.u_lsu.w_ctl_q.access));
      // The two state machines go together, with the pipeline frozen.
      together : assert (lsu_active == slow_mem);
      active_frozen : assert (!lsu_active || frozen);
      slow_frozen : assert (slow_idle || !u_rig.u_core.running || frozen);
      sweep : assert (u_rig.u_core.running || !(frozen | u_rig.u_core.r_valid_q | u_rig.u_core.x_valid_q |
                                                u_rig.u_core.m_valid_q | u_rig.u_core.w_valid_q));
      // A fault is the end.
      fault_ends : assert (!u_rig.u_core.u_lsu.u_sequencer.fault_q || !lsu_active || u_rig.u_core.u_lsu.done_o);
      performed : assert (!u_rig.u_core.u_lsu.u_sequencer.u_probe.late || performs);
      // A store that M has let through: W puts it in.
      let_through : assert (!(u_rig.u_core.u_lsu.w_fast && !frozen && !trapped && w_guest && !page_ok[0]));
      first_part : assert (!(u_rig.u_core.w_valid_q && !frozen && second_part));
      // An access whose checks were complete in M.
      plain : assert (!(frozen && slow_idle && !trapped && u_rig.u_core.u_lsu.w_ctl_q.valid && u_rig.u_core.u_lsu.w_plain_q &&
                        w_guest && !(&page_ok)));
      plain_load : assert (!(frozen && slow_idle && u_rig.u_core.u_lsu.w_plain_q && w_guest && w_store));
      plain_miss : assert (!(frozen && slow_idle && u_rig.u_core.u_lsu.w_miss_q && !u_rig.u_core.u_lsu.w_plain_q));
      if (lsu_active && w_guest && !u_rig.u_core.u_lsu.u_sequencer.fault_q) begin
        first_page : assert (!checked0 || page_ok[0]);
        second_page : assert (!checked1 || page_ok[1]);
        two_parts : assert (!second_part || w_cross);
      end
      address : assert (!settled || (u_rig.u_core.u_lsu.m_addr_q == (second_part ? w_addr2 : w_addr)));
    end
  end
`endif

endmodule
