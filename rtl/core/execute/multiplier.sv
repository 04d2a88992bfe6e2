// Multiplier: four 17x17 products in X, their sum in M, the result in W (as late as a load that hits).

module multiplier (
  input  logic        clk_i,
  input  logic        hold_i,
  input  logic [1:0]  function_i,   // funct3[1:0]: mul, mulh, mulhsu, mulhu
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o      // in M
);

  logic signed [16:0] a_high, a_low, b_high, b_low;
  assign a_high = {a_i[31] & (function_i != 2'd3), a_i[31:16]};
  assign a_low = {1'b0, a_i[15:0]};
  assign b_high = {b_i[31] & ~function_i[1], b_i[31:16]};
  assign b_low = {1'b0, b_i[15:0]};

  logic signed [33:0] hh_q, hl_q, lh_q, ll_q;
  logic want_high_q;
  always_ff @(posedge clk_i) begin
    if (!hold_i) begin
      hh_q <= a_high * b_high;
      hl_q <= a_high * b_low;
      lh_q <= a_low * b_high;
      ll_q <= a_low * b_low;
      want_high_q <= function_i != 2'd0;
    end
  end

  logic [63:0] product;
  assign product = {hh_q[31:0], ll_q[31:0]} + {{14{hl_q[33]}}, hl_q, 16'b0} + {{14{lh_q[33]}}, lh_q, 16'b0};
  assign result_o = want_high_q ? product[63:32] : product[31:0];
  logic unused_bits;
  assign unused_bits = ^{hh_q[33:32], ll_q[33:32]};

endmodule
