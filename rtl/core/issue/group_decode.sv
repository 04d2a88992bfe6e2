// The group as a whole, in register read: what retirement will need to know, which registers it writes.

module group_decode
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  lane_ctl_t [Width-1:0]       ctl_i,
  input  op_e       [Width-1:0]       op_i,
  input  logic      [Width-1:0][31:0] word_i,
  input  logic      [Width-1:0][1:0]  slot_i,
  input  logic      [31:0]            unit_word_i,
  input  slow_e                       slow_i,
  input  logic                        jalr_i,
  input  logic                        jt_i,
  input  logic                        fault_i,
  input  logic      [31:2]            pc_i,
  input  logic      [31:2]            npc_i,
  input  logic      [2:0]             count_i,
  input  logic                        spec_i,
  input  logic                        hold_i,
  input  predict_t                    predict_i,
  output group_t                      group_o,
  output logic      [31:0]            writes_o,
  output logic                        has_branch_o,
  output logic                        jal_o
);

  logic [31:2] block_pc;
  assign block_pc = pc_i & ~30'(Width - 1);

  logic [3:0] bad;  // by slot: the first illegal operation
  always_comb begin
    group_o = '0;
    group_o.pc = pc_i;
    group_o.npc = npc_i;
    group_o.ops = count_i;
    group_o.spec = spec_i;
    group_o.predict = predict_i;
    group_o.fetch_fault = fault_i;
    group_o.op = unit_word_i;
    group_o.slow = slow_i;
    group_o.jalr = jalr_i;
    group_o.jt = jt_i;
    writes_o = '0;
    has_branch_o = 1'b0;
    jal_o = 1'b0;
    for (int unsigned l = 0; l < Width; l++) begin
      writes_o = writes_o | (32'(ctl_i[l].writes) << ctl_i[l].rd);
      if (ctl_i[l].commit) begin
        group_o.xcommit = 1'b1;
        group_o.count = group_o.count | ctl_i[l].count;
        group_o.commit_pc = group_o.commit_pc | block_pc | 30'(slot_i[l]);
      end
      if (ctl_i[l].rv_branch | ctl_i[l].flag_branch) begin
        has_branch_o = 1'b1;
      end
      jal_o = jal_o | (ctl_i[l].valid & (op_i[l] == OpJal));
    end
    writes_o[0] = 1'b0;
    // The first illegal operation in program order is the one that mtval shows.
    bad = '0;
    for (int unsigned l = 0; l < Width; l++) begin
      for (int unsigned j = 0; j < Width; j++) bad[j] = bad[j] | (ctl_i[l].illegal & (slot_i[l] == 2'(j)));
    end
    bad = bad & -bad;
    if (|bad) group_o.op = '0;
    for (int unsigned l = 0; l < Width; l++) begin
      if (ctl_i[l].illegal) group_o.illegal = 1'b1;
      group_o.op = group_o.op | (word_i[l] & {32{ctl_i[l].illegal & bad[slot_i[l] & 2'(Width - 1)]}});
    end
    // x.jt commits only if it jumps; that is known in M.
    group_o.commit = (~spec_i & ~hold_i) | (group_o.xcommit & ~jt_i);
  end

endmodule
