// ECP5 output register for both edges, as simulated (Lattice FPGA-TN-02035, "generic DDR"): D0 while the clock is high, D1
// while it is low.

module ODDRX1F #(
  parameter GSR = "ENABLED"
) (
  input  SCLK,
  input  RST,
  input  D0,
  input  D1,
  output Q
);

  reg d0_q, d1_q;
  always @(posedge SCLK) begin
    d0_q <= ~RST & D0;
    d1_q <= ~RST & D1;
  end
  assign Q = SCLK ? d0_q : d1_q;

endmodule
