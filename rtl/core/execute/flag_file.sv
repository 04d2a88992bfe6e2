// Flag registers f1..f3 and the units that finish a group's flags in M: working value, committed copy, and the value before
// W's group for a trap that does not roll back.
//
// Working flags change as a group leaves M; a group in X sees M's new flags directly.  No two lanes of a group write the
// same flag register, so what a lane in X sees is an and-or: M's lanes if they write its register, else the register.

`include "veil_assert.svh"

module flag_file
  import veil_core_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    frozen_i,
  // X: which flag register a lane looks at (anything but 2 and 3: f1), and what it sees
  input  logic   [Width-1:0][1:0] x_fs_i,
  output flags_t [Width-1:0]      x_seen_o,
  // M
  input  logic                    m_valid_i,      // alive
  input  logic                    m_present_i,    // there; if W kills it, it kills X too
  input  lane_ctl_t [Width-1:0]   m_ctl_i,
  input  flag_raw_t [Width-1:0]   m_raw_i,
  // W
  input  logic                    w_commit_i,
  input  logic                    w_undo_i,       // trap: without W's group
  input  logic                    w_rollback_i,   // back to the last commit
  output flag_file_t              w_flags_o,      // after W's group
  output logic      [2:0]         w_written_o
);

  flags_t [Width-1:0] value, mask;
  for (genvar l = 0; l < Width; l++) begin : g_lane
    flag_unit u_flag_unit (
      .raw_i  (m_raw_i[l]),
      .value_o(value[l]),
      .mask_o (mask[l])
    );
  end
  logic unused_ctl;
  assign unused_ctl = ^m_ctl_i;

  flag_file_t working_q, committed_q, before_q, next, kept;
  logic [2:0] written, written_q;
  logic [Width-1:0][2:0] writes;  // lane l of M writes register n
  flags_t [Width-1:0][2:0] takes; // and which of its bits

  always_comb begin
    written = '0;
    for (int unsigned n = 0; n < 3; n++) begin
      kept[n] = working_q[n];
      for (int unsigned l = 0; l < Width; l++) begin
        writes[l][n] = m_present_i & (m_ctl_i[l].flag_op != FlagsNone) & (m_ctl_i[l].fd == 2'(n + 1));
        takes[l][n] = mask[l] & {6{writes[l][n]}};
        kept[n] = kept[n] & ~takes[l][n];
        written[n] = written[n] | writes[l][n];
      end
      next[n] = kept[n];
      for (int unsigned l = 0; l < Width; l++) next[n] = next[n] | (value[l] & takes[l][n]);
    end
  end

  // The values come last: everything else is selected before them.
  always_comb begin
    logic [2:0] select;
    flags_t from;
    for (int unsigned x = 0; x < Width; x++) begin
      select = {x_fs_i[x] == 2'd3, x_fs_i[x] == 2'd2, ~x_fs_i[x][1]};
      x_seen_o[x] = '0;
      for (int unsigned n = 0; n < 3; n++) x_seen_o[x] = x_seen_o[x] | (kept[n] & {6{select[n]}});
      for (int unsigned l = 0; l < Width; l++) begin
        from = '0;
        for (int unsigned n = 0; n < 3; n++) from = from | (takes[l][n] & {6{select[n]}});
        x_seen_o[x] = x_seen_o[x] | (value[l] & from);
      end
    end
  end

  assign w_flags_o = working_q;
  assign w_written_o = written_q;

  always_ff @(posedge clk_i) begin
    if (!frozen_i) begin
      before_q <= working_q;
      written_q <= m_valid_i ? written : '0;
      if (m_valid_i) working_q <= next;
      if (w_commit_i) committed_q <= working_q;
    end
    if (w_rollback_i) working_q <= committed_q;
    else if (w_undo_i) working_q <= before_q;
    if (!rst_ni) begin
      working_q <= '0;
      committed_q <= '0;
      before_q <= '0;
    end
  end

`ifdef VEIL_ASSERT_ON
  logic illegal;  // traps; its operations may be anything
  logic [2:0][Width-1:0] writers;
  always_comb begin
    illegal = 1'b0;
    for (int unsigned l = 0; l < Width; l++) begin
      illegal |= m_ctl_i[l].illegal;
      for (int unsigned n = 0; n < 3; n++) writers[n][l] = writes[l][n];
    end
  end
  for (genvar n = 0; n < 3; n++) begin : g_assert
    `VEIL_ASSERT(OneWriter, !(m_valid_i & ~illegal) | $onehot0(writers[n]))
  end
`endif
  `VEIL_ASSERT(UndoIsNoCommit, !(w_commit_i & (w_undo_i | w_rollback_i)))

endmodule
