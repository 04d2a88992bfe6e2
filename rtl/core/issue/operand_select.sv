// The operands as X takes them: registers, or address, link address, zero and immediate instead; and beside the lanes
// those of the memory unit, whose operation is in one of them.

module operand_select #(
  parameter int unsigned Width = 4,
  localparam int unsigned Ops = 2 * Width
) (
  // per operand, from operand_read.sv
  input  logic [Ops-1:0][31:0]      read_i,
  input  logic [Ops-1:0][Width-1:0] read_from_m_i,
  input  logic [Ops-1:0]            read_from_load_i,
  // per lane, from decode.sv
  input  logic [Width-1:0]          pc_a_i,
  input  logic [Width-1:0]          link_a_i,
  input  logic [Width-1:0]          zero_a_i,
  input  logic [Width-1:0]          imm_b_i,
  input  logic [Width-1:0]          wide_b_i,
  input  logic [Width-1:0][31:0]    imm_i,
  input  logic [Width-1:0][31:0]    wide_i,
  input  logic [Width-1:0][1:0]     slot_i,
  input  logic [31:2]               pc_i,
  input  logic [31:2]               npc_i,
  // memory unit: its lane, and which of the two registers the operation reads
  input  logic [Width-1:0]          unit_lane_i,
  input  logic [Width-1:0]          use_a_i,
  input  logic [Width-1:0]          use_b_i,
  output logic [Ops-1:0][31:0]      value_o,
  output logic [Ops-1:0][Width-1:0] from_m_o,
  output logic [Ops-1:0]            from_load_o,
  output logic [1:0][31:0]          unit_value_o,
  output logic [1:0][Width-1:0]     unit_from_m_o,
  output logic [1:0]                unit_from_load_o
);

  always_comb begin
    value_o = read_i;
    from_m_o = read_from_m_i;
    from_load_o = read_from_load_i;
    for (int unsigned l = 0; l < Width; l++) begin
      if (pc_a_i[l] | link_a_i[l] | zero_a_i[l]) begin
        from_m_o[2*l] = '0;
        from_load_o[2*l] = 1'b0;
        value_o[2*l] = '0;
        if (link_a_i[l]) value_o[2*l] = {npc_i, 2'b00};
        if (pc_a_i[l]) value_o[2*l] = {(pc_i & ~30'(Width - 1)) | 30'(slot_i[l]), 2'b00};
      end
      if (imm_b_i[l]) begin
        from_m_o[2*l+1] = '0;
        from_load_o[2*l+1] = 1'b0;
        value_o[2*l+1] = wide_b_i[l] ? wide_i[l] : imm_i[l];
      end
    end
    unit_value_o = '0;
    unit_from_m_o = '0;
    unit_from_load_o = '0;
    for (int unsigned p = 0; p < 2; p++) begin
      for (int unsigned l = 0; l < Width; l++) begin
        if (unit_lane_i[l] & (p == 0 ? use_a_i[l] : use_b_i[l])) begin
          unit_value_o[p] = unit_value_o[p] | read_i[2*l+p];
          unit_from_m_o[p] = unit_from_m_o[p] | read_from_m_i[2*l+p];
          unit_from_load_o[p] = unit_from_load_o[p] | read_from_load_i[2*l+p];
        end
      end
    end
  end

endmodule
