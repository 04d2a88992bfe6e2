// One assertion of each form; the test says from outside whether it holds.

`include "veil_assert.svh"

module assert_probe (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       holds_i,
  input logic       before_i,
  input logic       after_i,
  input logic       hold_i,
  input logic [7:0] value_i
);

  `VEIL_ASSERT(Now, holds_i)
  `VEIL_ASSERT_NEXT(Next, before_i, after_i)
  `VEIL_ASSERT_STABLE(Stable, hold_i, value_i)
  for (genvar i = 0; i < 2; i++) begin : g_each
    `VEIL_ASSERT(Inner, value_i != 8'(200 + i))
  end

endmodule
