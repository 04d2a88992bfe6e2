// The load result in W: a candidate for each way of the data cache, and which of them it is.  A slow path's result is both.
//
// M's candidates and the way are the latest signals of M: they go nowhere but into registers.

`include "veil_assert.svh"

module load_result (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        frozen_i,
  input  logic        unfreeze_i,
  // M; in frozen cycles the slow path's result
  input  logic [31:0] load0_i,
  input  logic [31:0] load1_i,
  input  logic        way1_i,
  // W
  output logic [31:0] load0_o,
  output logic [31:0] load1_o,
  output logic        way1_o,
  output logic        address_way1_o,  // a copy for addresses
  output logic [31:0] result_o
);

  logic [31:0] load0_q, load1_q;
  logic way1_q, address_way1_q;

  always_ff @(posedge clk_i) begin
    if (!frozen_i | unfreeze_i) begin
      load0_q <= load0_i;
      load1_q <= load1_i;
      way1_q <= way1_i;
      address_way1_q <= way1_i;
    end
    // Only so that synthesis does not merge the copies.  (Inverted ones would do, too, but at the price of an inverter.)
    if (!rst_ni) address_way1_q <= 1'b0;
  end

  assign load0_o = load0_q;
  assign load1_o = load1_q;
  assign way1_o = way1_q;
  assign address_way1_o = address_way1_q;
  assign result_o = way1_q ? load1_q : load0_q;

  `VEIL_ASSERT_NEXT(CopiesAgree, !frozen_i | unfreeze_i, way1_q == address_way1_q)

endmodule
