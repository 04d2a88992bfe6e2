// Operands in X: what register read found, or, by a one-hot select from the stage before, a result that was not there
// yet: M's result of some lane, or the load result, of which there are two candidates (one for each cache way).
//
// The way is known only at the end of the load's M stage: it picks the select, not the data.  A slow path's result
// comes in way 0's place.

module operand_bypass #(
  parameter int unsigned Width = 4,
  parameter int unsigned NumOps = 8
) (
  input  logic                          clk_i,
  input  logic                          frozen_i,
  input  logic                          unfreeze_i,
  input  logic                          way1_i,        // M's load hits in way 1
  // from register read
  input  logic [NumOps-1:0][31:0]       value_i,
  input  logic [NumOps-1:0][Width-1:0]  from_m_i,
  input  logic [NumOps-1:0]             from_load_i,
  // results
  input  logic [Width-1:0][31:0]        m_result_i,
  input  logic [31:0]                   load0_i,
  input  logic [31:0]                   load1_i,
  output logic [NumOps-1:0][31:0]       operand_o
);

  logic [NumOps-1:0][31:0] value_q;
  logic [NumOps-1:0][Width-1:0] from_m_q;
  logic [NumOps-1:0] load0_q, load1_q;

  always_ff @(posedge clk_i) begin
    if (!frozen_i) begin
      for (int unsigned k = 0; k < NumOps; k++) value_q[k] <= (|from_m_i[k] | from_load_i[k]) ? '0 : value_i[k];
      from_m_q <= from_m_i;
      load0_q <= from_load_i & ~{NumOps{way1_i}};
      load1_q <= from_load_i & {NumOps{way1_i}};
    end else if (unfreeze_i) begin
      load0_q <= load0_q | load1_q;
      load1_q <= '0;
    end
  end

  always_comb begin
    for (int unsigned k = 0; k < NumOps; k++) begin
      operand_o[k] = value_q[k] | (load0_i & {32{load0_q[k]}}) | (load1_i & {32{load1_q[k]}});
      for (int unsigned b = 0; b < Width; b++) operand_o[k] = operand_o[k] | (m_result_i[b] & {32{from_m_q[k][b]}});
    end
  end

endmodule
