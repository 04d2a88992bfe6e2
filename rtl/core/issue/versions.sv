// Which of its two versions each register's working and committed value is in.
//
// A write always goes to the version that is not the committed one; committing and rolling back only move bits.
// The bits run ahead: they change as a group leaves register read, and every group carries the bits as they are after
// it (`after`, `committed after`) so that whoever kills younger groups can put them back:
//   M (wrong branch, jalr)   the bits after M's group
//   W (flush)                the bits after W's group, committed as it turned out
//   W (trap, rollback)       the bits of the last retired group, or of the last commit

`include "veil_assert.svh"

module versions (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        frozen_i,
  // register read
  input  logic        r_issue_i,        // the group leaves register read
  input  logic [31:0] r_writes_i,       // registers that it writes
  input  logic        r_commit_i,
  output logic [31:0] committed_o,
  output logic [31:0] working_o,
  // redirects
  input  logic        redirect_m_i,
  input  logic        redirect_w_i,
  // retirement
  input  logic        w_retire_i,
  input  logic        w_commit_i,
  input  logic        w_undo_i,         // redirect_w_i: W's group does not retire, or was x.rollback
  input  logic        w_rollback_i      // w_undo_i: back to the last commit
);

  logic [31:0] working_q, committed_q;
  logic [31:0] after_x_q, after_m_q, after_w_q;
  logic [31:0] committed_x_q, committed_m_q, committed_w_q;
  logic [31:0] retired_q, retired_committed_q;

  logic [31:0] r_after;                 // working bits once the group in register read has left
  assign r_after = (working_q & ~r_writes_i) | (~committed_q & r_writes_i);
  assign committed_o = committed_q;
  assign working_o = working_q;

  logic [31:0] committed_after_w;
  assign committed_after_w = w_commit_i ? after_w_q : committed_w_q;

  always_ff @(posedge clk_i) begin
    if (redirect_w_i) begin
      working_q <= w_undo_i ? (w_rollback_i ? retired_committed_q : retired_q) : after_w_q;
      committed_q <= w_undo_i ? retired_committed_q : committed_after_w;
    end else if (redirect_m_i) begin
      working_q <= after_m_q;
      committed_q <= committed_m_q;
    end else if (r_issue_i) begin
      working_q <= r_after;
      if (r_commit_i) committed_q <= r_after;
    end
    if (!frozen_i) begin
      after_x_q <= r_after;
      committed_x_q <= r_commit_i ? r_after : committed_q;
      after_m_q <= after_x_q;
      committed_m_q <= committed_x_q;
      after_w_q <= after_m_q;
      committed_w_q <= committed_m_q;
    end
    if (w_retire_i) begin
      retired_q <= w_undo_i ? retired_committed_q : after_w_q;
      if (!w_undo_i) retired_committed_q <= committed_after_w;
    end else if (redirect_w_i & w_rollback_i) begin
      retired_q <= retired_committed_q;
    end
    if (!rst_ni) begin
      working_q <= '0;
      committed_q <= '0;
      retired_q <= '0;
      retired_committed_q <= '0;
    end
  end

  `VEIL_ASSERT(CommitsAsItRetires, !(w_commit_i & ~w_retire_i))
  `VEIL_ASSERT_NEXT(CommittedIsWorking, w_retire_i & w_commit_i & ~w_undo_i, retired_q == retired_committed_q)
  `VEIL_ASSERT_NEXT(RolledBack, redirect_w_i & w_undo_i & w_rollback_i,
                    (working_q == committed_q) & (working_q == retired_q) & (committed_q == retired_committed_q))

endmodule
