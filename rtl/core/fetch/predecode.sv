// Predecode of one fetch block at I-cache refill: what the decode stage would have no time for.  Two cycles: the parse, then
// the rest.
//
// Operations without a destination may run in any lane: here they get the free ones of their group, in order.
// A block is parsed from `start_i`: 0, except in the block where fetch wanted to enter at a slot that an earlier parse
// had taken for the data of a wide immediate.  Then the words before that slot are data, so that whoever enters at one
// of them has the block parsed again.

module predecode
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic                         clk_i,
  input  op_e        [Width-1:0]       op_i,
  input  logic       [Width-1:0][31:0] word_i,
  input  logic       [1:0]             start_i,
  // a cycle later
  output predecode_t [Width-1:0]       pd_o,
  output logic       [Width-1:0][31:0] word_o
);

  localparam logic [1:0] LaneMask = 2'(Width - 1);

  logic [Width-1:0] wide, data, ends, writes;
  logic [Width-1:0] wide_q, data_q, ends_q, writes_q;
  op_e [Width-1:0] op_q;
  logic [Width-1:0][31:0] word_q;
  always_ff @(posedge clk_i) begin
    wide_q <= wide;
    data_q <= data;
    ends_q <= ends;
    writes_q <= writes;
    op_q <= op_i;
    word_q <= word_i;
  end
  assign word_o = word_q;

  always_comb begin
    for (int unsigned j = 0; j < Width; j++) begin
      wide[j] = op_is_wide(op_i[j], word_i[j]);
      writes[j] = op_writes(op_i[j], word_i[j]);
    end
    data = '0;
    for (int unsigned j = 1; j < Width; j++) begin
      data[j] = (wide[j-1] & ~data[j-1] & (2'(j) > start_i)) | (2'(j) < start_i);
    end
    if (Width > 1) data[0] = start_i != '0;
    for (int unsigned j = 0; j < Width; j++) begin
      ends[j] = word_i[j][0];
      if (j > 0 && data[j]) ends[j] = word_i[j-1][0];
      if (j + 1 < Width && data[j+1]) ends[j] = 1'b0;
      if (2'(j) < start_i) ends[j] = 1'b1;
      if (j + 1 == Width) ends[j] = 1'b1;
    end
  end

  always_comb begin
    logic [Width-1:0][1:0] lane;
    logic [3:0] taken;
    logic same;
    for (int unsigned j = 0; j < Width; j++) lane[j] = word_q[j][RdLsb+:2] & LaneMask;
    for (int unsigned j = 0; j < Width; j++) begin
      if (!writes_q[j]) begin
        taken = '0;
        for (int unsigned i = 0; i < Width; i++) begin
          same = ~data_q[i] & (i != j);
          for (int unsigned k = 0; k < Width; k++) begin
            if (((k >= i) && (k < j)) || ((k >= j) && (k < i))) same = same & ~ends_q[k];
          end
          if (same & (writes_q[i] | (i < j))) begin
            for (int unsigned l = 0; l < 4; l++) taken[l] = taken[l] | (lane[i] == 2'(l));
          end
        end
        lane[j] = ~taken[0] ? 2'd0 : ~taken[1] ? 2'd1 : ~taken[2] ? 2'd2 : 2'd3;
        lane[j] = lane[j] & LaneMask;
      end
    end
    for (int unsigned j = 0; j < Width; j++) begin
      pd_o[j].op = op_q[j];
      pd_o[j].data = data_q[j];
      pd_o[j].last = 2'(Width - 1);
      for (int unsigned k = Width - 1; k > j; k--) if (ends_q[k-1]) pd_o[j].last = 2'(k - 1);
      pd_o[j].lane = lane[j];
      pd_o[j].writes = writes_q[j] & ~data_q[j];
      pd_o[j].use_a = op_has_rs1(op_q[j]) & ~(op_q[j] inside {OpFence, OpFenceI});
      pd_o[j].use_b = op_has_rs2(op_q[j]) & ~op_src2_imm(op_q[j], word_q[j]);
      if (wide_q[j] && (j + 1 == Width)) begin
        pd_o[j].op = OpIllegal;
        pd_o[j].writes = 1'b0;
      end
      pd_o[j].unit = (op_unit(op_q[j]) inside {UnitMem, UnitMul, UnitDiv, UnitSystem}) |
                     (op_q[j] inside {OpJalr, OpXJt, OpXRollback});
      pd_o[j].take = (op_q[j] inside {OpJal, OpXJ}) | ((op_q[j] == OpXB) & word_q[j][LikelyLsb]) |
                     ((op_q[j] inside {OpBeq, OpBne, OpBlt, OpBge, OpBltu, OpBgeu}) & word_q[j][31]);
      pd_o[j].flow = FlowNone;
      if (op_q[j] inside {OpXB, OpBeq, OpBne, OpBlt, OpBge, OpBltu, OpBgeu}) pd_o[j].flow = FlowBranch;
      if ((op_q[j] inside {OpJal, OpJalr}) & (word_q[j][RdLsb+:5] == 5'd1)) pd_o[j].flow = FlowCall;
      if ((op_q[j] == OpJalr) & (word_q[j][RdLsb+:5] == 5'd0) & (word_q[j][31:15] == 17'd1)) pd_o[j].flow = FlowReturn;
      if (data_q[j]) pd_o[j].flow = FlowNone;
      if (data_q[j]) pd_o[j].take = 1'b0;
      unique case (op_q[j])
        OpJal: pd_o[j].reach = ReachJal;
        OpXJ: pd_o[j].reach = ReachXj;
        OpXB: pd_o[j].reach = ReachXb;
        default: pd_o[j].reach = ReachBranch;
      endcase
    end
  end

endmodule
