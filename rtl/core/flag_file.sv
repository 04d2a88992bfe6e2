// Flag registers f1..f3 and the units that finish a group's flags in M: working value, committed copy, and the value before W's group for a trap that does not roll back.
//
// Working flags change as a group leaves M; a group in X sees M's new flags directly.

module flag_file
  import veil_core_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    frozen_i,
  // M
  input  logic                    m_valid_i,      // alive
  input  logic                    m_present_i,    // there; if W kills it, it kills X too
  input  lane_ctl_t [Width-1:0]   m_ctl_i,
  input  flag_raw_t [Width-1:0]   m_raw_i,
  output flag_file_t              x_flags_o,      // as a group in X sees them
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
      .op_i   (m_ctl_i[l].flag_op),
      .width_i(m_ctl_i[l].alu.width),
      .raw_i  (m_raw_i[l]),
      .value_o(value[l]),
      .mask_o (mask[l])
    );
  end
  logic unused_ctl;
  assign unused_ctl = ^m_ctl_i;

  flag_file_t working_q, committed_q, before_q, next;
  logic [2:0] written, written_q;

  always_comb begin
    next = working_q;
    written = '0;
    for (int unsigned n = 0; n < 3; n++) begin
      for (int unsigned l = 0; l < Width; l++) begin
        if (m_present_i && (m_ctl_i[l].flag_op != FlagsNone) && (m_ctl_i[l].fd == 2'(n + 1))) begin
          next[n] = (value[l] & mask[l]) | (working_q[n] & ~mask[l]);
          written[n] = 1'b1;
        end
      end
    end
  end

  assign x_flags_o = next;
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

endmodule
