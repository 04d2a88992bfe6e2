// ECP5 LUT RAM, 16 x 4 bits, as simulated after synthesis (Lattice FPGA-TN-02204, "distributed RAM"): written at the clock's
// rising edge, read at once. It starts with anything; initial contents are not modelled.

module TRELLIS_DPR16X4 #(
  parameter WCKMUX = "WCK",
  parameter WREMUX = "WRE",
  parameter [63:0] INITVAL = 64'bx
) (
  input  [3:0] DI,
  input  [3:0] WAD,
  input        WRE,
  input        WCK,
  input  [3:0] RAD,
  output [3:0] DO
);

  reg [3:0] mem[0:15];
  always @(posedge WCK) if (WRE) mem[WAD] <= DI;
  assign DO = mem[RAD];

  initial begin
    if (WCKMUX != "WCK" || WREMUX != "WRE" || INITVAL !== 64'bx) $fatal(1, "TRELLIS_DPR16X4: this mode is not modelled");
  end

endmodule
