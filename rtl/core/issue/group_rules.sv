// The rules of groups (docs/internals/native-machine.md, "Groups"), for simulation only: nothing of this is synthesized.
//
// Fetch runs down wrong paths and over data, so a group may break any rule until it retires.  What is broken is found in D and R
// and goes with the group; the assertions look at it when the group retires.

`include "veil_assert.svh"

module group_rules
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // D
  input  logic                         advance_i,
  input  logic       [Width-1:0]       active_i,
  input  predecode_t [Width-1:0]       pd_i,
  input  logic       [Width-1:0][31:0] word_i,
  // R
  input  logic                         frozen_i,
  input  lane_ctl_t  [Width-1:0]       ctl_i,
  input  logic       [Width-1:0][31:0] r_word_i,
  // W
  input  logic                         retire_i
);

  typedef struct packed {
    logic lane_shared;     // of the core, not of the program: two operations in a lane
    logic bank_written_twice;
    logic two_units;
    logic two_branches;
    logic two_commits;
    logic not_last;        // something after a branch or jump
    logic not_alone;
    logic x_after_write;   // x register read or written after an earlier operation has written it
    logic f_after_write;
  } broken_t;

  // ------------------------------------------------------------------------------------------------ D
  broken_t d, r_q, r, x_q, m_q, w_q;
  always_comb begin
    logic [Width-1:0] unit, branch, transfer, alone;
    unit_e of;
    d = '0;
    for (int unsigned j = 0; j < Width; j++) begin
      of = op_unit(op_e'(pd_i[j].op));
      unit[j] = active_i[j] & ((of inside {UnitMem, UnitMul}) | (pd_i[j].op inside {OpJalr, OpXJt}));
      branch[j] = active_i[j] & (of == UnitBranch);
      transfer[j] = active_i[j] & (of inside {UnitBranch, UnitJump});
      alone[j] = active_i[j] & ((of inside {UnitSystem, UnitDiv}) | (pd_i[j].op == OpXRollback));
      for (int unsigned i = 0; i < j; i++) begin
        if (active_i[i] & active_i[j]) begin
          d.lane_shared |= pd_i[i].lane == pd_i[j].lane;
          d.bank_written_twice |= pd_i[i].writes & pd_i[j].writes &
                                  (((word_i[i][RdLsb+:5] ^ word_i[j][RdLsb+:5]) & 5'(Width - 1)) == '0);
          d.not_last |= transfer[i];
        end
      end
    end
    d.two_units = ~$onehot0(unit);
    d.two_branches = ~$onehot0(branch);
    d.not_alone = (|alone) & ~$onehot(active_i);
  end

  // ------------------------------------------------------------------------------------------------ R
  logic [Width-1:0] commits;
  always_comb begin
    logic earlier, reads_flags;
    r = r_q;
    for (int unsigned l = 0; l < Width; l++) begin
      commits[l] = ctl_i[l].valid & ctl_i[l].commit;
      reads_flags = ctl_i[l].alu.carry_flag | ctl_i[l].alu.sel_cmov | ctl_i[l].alu.sel_set | ctl_i[l].alu.sel_getf |
                    ctl_i[l].flag_branch;
      for (int unsigned k = 0; k < Width; k++) begin
        earlier = ctl_i[k].valid & ctl_i[l].valid & (ctl_i[k].slot < ctl_i[l].slot);
        r.x_after_write |= earlier & ctl_i[k].writes &
                           ((ctl_i[l].use_a & (r_word_i[l][Rs1Lsb+:5] == ctl_i[k].rd)) |
                            (ctl_i[l].use_b & (r_word_i[l][Rs2Lsb+:5] == ctl_i[k].rd)) |
                            (ctl_i[l].writes & (ctl_i[l].rd == ctl_i[k].rd)));
        r.f_after_write |= earlier & (ctl_i[k].flag_op != FlagsNone) &
                           ((reads_flags & (ctl_i[l].fs == ctl_i[k].fd)) |
                            ((ctl_i[l].flag_op != FlagsNone) & (ctl_i[l].fd == ctl_i[k].fd)));
      end
    end
    r.two_commits = ~$onehot0(commits);
  end

  always_ff @(posedge clk_i) begin
    if (advance_i) r_q <= d;
    if (!frozen_i) begin
      x_q <= r;
      m_q <= x_q;
      w_q <= m_q;
    end
  end

  // ------------------------------------------------------------------------------------------------ W
  `VEIL_ASSERT(OneOperationALane, !(retire_i & w_q.lane_shared))
  `VEIL_ASSERT(OneWriteABank, !(retire_i & w_q.bank_written_twice))
  `VEIL_ASSERT(OneUnitOperation, !(retire_i & w_q.two_units))
  `VEIL_ASSERT(OneBranch, !(retire_i & w_q.two_branches))
  `VEIL_ASSERT(OneCommit, !(retire_i & w_q.two_commits))
  `VEIL_ASSERT(TransferIsLast, !(retire_i & w_q.not_last))
  `VEIL_ASSERT(SystemIsAlone, !(retire_i & w_q.not_alone))
  `VEIL_ASSERT(NoRegisterAfterWrite, !(retire_i & w_q.x_after_write))
  `VEIL_ASSERT(NoFlagsAfterWrite, !(retire_i & w_q.f_after_write))

endmodule
