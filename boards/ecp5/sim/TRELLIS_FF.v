// ECP5 flip-flop, as simulated after synthesis (Lattice FPGA-DS-02012, "PFU block"), with synchronous set and reset only.
// Yosys's own model of it starts at the value that a bitstream gives it; this one starts with anything, for nothing may
// depend on that.

module TRELLIS_FF #(
  parameter GSR = "ENABLED",
  parameter CEMUX = "1",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter SRMODE = "LSR_OVER_CE",
  parameter REGSET = "RESET"
) (
  input      CLK,
  input      LSR,
  input      CE,
  input      DI,
  output reg Q
);

  // The operators pass an unknown select on only where it matters.
  generate
    if (CLKMUX == "INV") begin : g_falling
      always @(negedge CLK) Q <= LSR ? REGSET == "SET" : CEMUX == "1" ? DI : (CE ^ (CEMUX == "INV")) ? DI : Q;
    end else begin : g_rising
      always @(posedge CLK) Q <= LSR ? REGSET == "SET" : CEMUX == "1" ? DI : (CE ^ (CEMUX == "INV")) ? DI : Q;
    end
  endgenerate

  initial begin
    if (GSR != "DISABLED" || LSRMUX != "LSR" || SRMODE != "LSR_OVER_CE" || (CEMUX != "1" && CEMUX != "CE" && CEMUX != "INV"))
      $fatal(1, "TRELLIS_FF: this mode is not modelled");
  end

endmodule
