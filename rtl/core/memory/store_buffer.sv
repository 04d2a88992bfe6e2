// A queue of stores that loads look into: the gated store buffer (Gated = 1) and the queue of final stores (Gated = 0).
//
// Entries are words with byte enables.  For every entry and byte a bit says whether it is the youngest store to that
// byte (`latest`): a look-up needs no priority logic, it is an and-or over the entries (store_lookup.sv).  No entry that is not
// valid has one.
//
// A look-up compares page offsets.  The physical page comes too late from the TLB to be compared in the same cycle, so
// the page's name is compared beside the offset: the page number as the program said it, and whether the TLB translates it.
// The same name is the same page, as long as the TLB has not been written since (forget_i).  If some entry has the offset
// but another name, `conflict_o` asks for an exact look-up: the slow path knows the physical page and sets exact_i a cycle ahead.
// An insertion comes from W, with the page in a register: it clears `latest` exactly (offset and page), so the bits are
// true per physical address.
//
// Gated: entries become final by commit_i, vanish by rollback_i unless final.  A store that goes in with a commit is that
// group's own and becomes final with it.  `latest` has a second copy as of the last commit, which a rollback brings back
// (an entry that leaves the queue takes its bits out of both).

`include "veil_assert.svh"

module store_buffer #(
  parameter int unsigned Depth = 16,
  parameter bit Gated = 1'b1,
  localparam int unsigned IndexWidth = $clog2(Depth)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // look-up
  input  logic [9:0]          offset_i,       // address bits 11:2
  input  logic [20:0]         name_i,
  input  logic                exact_i,        // of the next cycle's look-up: compare page_i, as it is now, instead
  output logic                conflict_o,
  output logic                blocks_o,       // some final entry, or one that may be about to be, has this page offset
  input  logic                may_commit_i,   // no later than commit_i is known
  // entries, for the look-up of the data: offsets, the bytes that they serve if the offset is theirs, data
  output logic [Depth-1:0][9:0]  entry_offset_o,
  output logic [Depth-1:0][3:0]  entry_serves_o,
  output logic [Depth-1:0][31:0] entry_data_o,
  // insertion, and the page of an exact look-up
  input  logic                insert_i,
  input  logic [9:0]          insert_offset_i,
  input  logic [20:0]         insert_name_i,
  input  logic [19:0]         page_i,
  input  logic [3:0]          be_i,
  input  logic [31:0]         data_i,
  input  logic                forget_i,       // names lose their meaning
  // commit, rollback (Gated)
  input  logic                commit_i,
  input  logic                rollback_i,
  // occupancy
  output logic [IndexWidth:0] count_o,        // all entries
  output logic [IndexWidth:0] pending_o,      // of these not final
  // oldest final entry that has not been sent; entries leave in the order in which they were sent
  output logic                head_valid_o,
  output logic [31:2]         head_addr_o,
  output logic [31:0]         head_data_o,
  output logic [3:0]          head_be_o,
  input  logic                send_i,
  input  logic                pop_i
);

  logic [Depth-1:0][9:0] offset_q;
  logic [Depth-1:0][20:0] name_q;
  logic [Depth-1:0][19:0] page_q;
  logic [Depth-1:0][3:0] be_q, latest_q, latest_committed_q;
  logic [Depth-1:0][31:0] data_q;
  logic [Depth-1:0] valid_q, final_q, known_q, eligible_q;
  logic [IndexWidth-1:0] head_q, send_q, tail_q, tail_committed_q;
  logic [IndexWidth:0] count_q, pending_q;
  logic [IndexWidth:0] unsent_q;  // final entries that have not been sent

  // The comparison of offsets that finds the data is store_lookup's own: it has to be quicker than this one.
  logic [Depth-1:0] match, page_match, same_word, other_name;
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) begin
      match[i] = valid_q[i] & (offset_q[i] == offset_i);
      page_match[i] = page_q[i] == page_i;
      same_word[i] = (offset_q[i] == insert_offset_i) & page_match[i];
      other_name[i] = ~(known_q[i] & (name_q[i] == name_i));
    end
    conflict_o = |(match & other_name);
    blocks_o = |(match & (final_q | {Depth{may_commit_i}}));
  end

  // A look-up is late: whether the page lets an entry answer it is in a register.
  always_ff @(posedge clk_i) eligible_q <= page_match | {Depth{~exact_i}};
  assign entry_offset_o = offset_q;
  assign entry_data_o = data_q;
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) entry_serves_o[i] = latest_q[i] & {4{eligible_q[i]}};
  end

  // A second copy of the data for the way out.
  lutram #(
    .Depth(Depth),
    .Width(32),
    .NumRead(1)
  ) u_data (
    .clk_i,
    .we_i   (insert_i),
    .waddr_i(tail_q),
    .wdata_i(data_i),
    .raddr_i(send_q),
    .rdata_o(head_data_o)
  );

  assign head_valid_o = unsent_q != '0;
  assign head_addr_o = {page_q[send_q], offset_q[send_q]};
  assign head_be_o = be_q[send_q];
  assign count_o = count_q;
  assign pending_o = pending_q;

  logic [IndexWidth-1:0] tail_next;
  logic [IndexWidth:0] pending_next, became_final;
  logic [Depth-1:0][3:0] latest_next;
  logic [Depth-1:0] inserted;
  assign tail_next = tail_q + IndexWidth'(insert_i);
  assign pending_next = pending_q + (IndexWidth + 1)'(insert_i);
  assign became_final = Gated ? (commit_i ? pending_next : '0) : (IndexWidth + 1)'(insert_i);
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) begin
      inserted[i] = insert_i & (tail_q == IndexWidth'(i));
      latest_next[i] = latest_q[i];
      if (insert_i & same_word[i]) latest_next[i] = latest_q[i] & ~be_i;
      if (inserted[i]) latest_next[i] = be_i;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Depth; i++) begin
      latest_q[i] <= latest_next[i];
      if (Gated & commit_i) begin
        final_q[i] <= valid_q[i];
        latest_committed_q[i] <= latest_next[i];
      end
      if (forget_i) known_q[i] <= 1'b0;
      // Written ahead: only what makes the entry valid waits for the decision.
      if ((tail_q == IndexWidth'(i)) & (insert_i | ~valid_q[i])) begin
        offset_q[i] <= insert_offset_i;
        name_q[i] <= insert_name_i;
        page_q[i] <= page_i;
        be_q[i] <= be_i;
        data_q[i] <= data_i;
      end
      if (inserted[i]) begin
        known_q[i] <= 1'b1;
        valid_q[i] <= 1'b1;
        final_q[i] <= ~Gated | commit_i;
      end
      if (Gated & rollback_i) begin
        valid_q[i] <= valid_q[i] & final_q[i];
        latest_q[i] <= latest_committed_q[i];
      end
      if (pop_i & (head_q == IndexWidth'(i))) begin
        valid_q[i] <= 1'b0;
        latest_q[i] <= '0;
        latest_committed_q[i] <= '0;
      end
    end
    if (send_i) send_q <= send_q + 1'b1;
    if (pop_i) head_q <= head_q + 1'b1;
    tail_q <= (Gated & rollback_i) ? tail_committed_q : tail_next;
    if (Gated & commit_i) tail_committed_q <= tail_next;
    if (Gated & rollback_i) begin
      count_q <= count_q - pending_q - (IndexWidth + 1)'(pop_i);
      pending_q <= '0;
    end else begin
      count_q <= count_q + (IndexWidth + 1)'(insert_i) - (IndexWidth + 1)'(pop_i);
      pending_q <= Gated ? (commit_i ? '0 : pending_next) : '0;
    end
    unsent_q <= unsent_q + became_final - (IndexWidth + 1)'(send_i);
    if (!rst_ni) begin
      valid_q <= '0;
      final_q <= '0;
      latest_q <= '0;
      latest_committed_q <= '0;
      head_q <= '0;
      send_q <= '0;
      tail_q <= '0;
      tail_committed_q <= '0;
      count_q <= '0;
      pending_q <= '0;
      unsent_q <= '0;
    end
  end

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic [Depth-1:0] serves_unseen, older_serves;
  always_comb begin
    for (int unsigned i = 0; i < Depth; i++) begin
      serves_unseen[i] = ~valid_q[i] & |(latest_q[i] | latest_committed_q[i]);
      older_serves[i] = same_word[i] & ~inserted[i] & |(latest_next[i] & be_i);
    end
  end
`endif
  `VEIL_ASSERT(RoomForInsertion, !(insert_i & (count_q == (IndexWidth + 1)'(Depth))))
  `VEIL_ASSERT(CountsEntries, 32'(count_q) == 32'($countones(valid_q)))
  `VEIL_ASSERT(CountsPending, 32'(pending_q) == 32'($countones(valid_q & ~final_q)))
  `VEIL_ASSERT(UnsentAreFinal, unsent_q <= count_q - pending_q)
  `VEIL_ASSERT(SendsOnlyFinal, !send_i | (valid_q[send_q] & final_q[send_q]))
  `VEIL_ASSERT(PopsOnlyFinal, !pop_i | (valid_q[head_q] & final_q[head_q]))
  `VEIL_ASSERT(CommitOrRollback, !(rollback_i & (commit_i | insert_i)))
  `VEIL_ASSERT(OnlyValidServes, serves_unseen == '0)
  `VEIL_ASSERT(YoungestServesAlone, !insert_i | (older_serves == '0))

endmodule
