// Operands in X: what register read found, or, by a one-hot select from the stage before, a result that was not ready
// yet: M's result of some lane, or the load result, of which there are two candidates (one for each cache way).

`include "veil_assert.svh"

module operand_bypass #(
  parameter int unsigned Width = 4,
  parameter int unsigned NumOps = 8
) (
  input  logic                          clk_i,
  input  logic                          frozen_i,
  // from register read
  input  logic [NumOps-1:0][31:0]       value_i,
  input  logic [NumOps-1:0][Width-1:0]  from_m_i,
  input  logic [NumOps-1:0]             from_load_i,
  // results
  input  logic [Width-1:0][31:0]        m_result_i,
  input  logic [31:0]                   load0_i,
  input  logic [31:0]                   load1_i,
  input  logic                          way1_i,        // load1_i is the load result
  // the operand is the or of these, of which one is zero; load_o is the later one
  output logic [NumOps-1:0][31:0]       load_o,
  output logic [NumOps-1:0][31:0]       other_o
);

  logic [NumOps-1:0][31:0] value_q;
  logic [NumOps-1:0][Width-1:0] from_m_q;
  logic [NumOps-1:0] from_load_q;

  always_ff @(posedge clk_i) begin
    if (!frozen_i) begin
      for (int unsigned k = 0; k < NumOps; k++) value_q[k] <= (|from_m_i[k] | from_load_i[k]) ? '0 : value_i[k];
      from_m_q <= from_m_i;
      from_load_q <= from_load_i;
    end
  end

  always_comb begin
    for (int unsigned k = 0; k < NumOps; k++) begin
      load_o[k] = (way1_i ? load1_i : load0_i) & {32{from_load_q[k]}};
      other_o[k] = value_q[k];
      for (int unsigned b = 0; b < Width; b++) other_o[k] = other_o[k] | (m_result_i[b] & {32{from_m_q[k][b]}});
    end
  end

  for (genvar k = 0; k < NumOps; k++) begin : g_assert
    `VEIL_ASSERT_NEXT(SelectedAlone, !frozen_i, (value_q[k] == '0) | ~(|from_m_q[k] | from_load_q[k]), clk_i, 1'b0)
  end

endmodule
