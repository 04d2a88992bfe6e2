// ECP5 flip-flop, as simulated after synthesis (Lattice FPGA-DS-02012, "PFU block"), with synchronous set and reset only.
// Yosys's own model of it starts at the value that a bitstream gives it; this one starts with anything, for nothing may
// depend on that. An unknown enable or reset matters only where it makes a difference.

module TRELLIS_FF #(
  parameter GSR = "ENABLED",
  parameter CEMUX = "1",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter SRMODE = "LSR_OVER_CE",
  parameter REGSET = "RESET"
) (
  input  CLK,
  input  LSR,
  input  CE,
  input  DI,
  output Q
);

  wire enable = CEMUX == "1" ? 1'b1 : CEMUX == "INV" ? ~CE : CE;
`ifdef __ICARUS__
  // A table costs Icarus Verilog a fraction of what a process does.
  wire clock = CLKMUX == "INV" ? ~CLK : CLK;
  generate
    if (REGSET == "SET") begin : g_set
      trellis_ff_set u_ff (Q, clock, enable, LSR, DI);
    end else begin : g_reset
      trellis_ff_reset u_ff (Q, clock, enable, LSR, DI);
    end
  endgenerate
`else
  reg q;
  assign Q = q;
  generate
    if (CLKMUX == "INV") begin : g_falling
      always @(negedge CLK) q <= LSR ? REGSET == "SET" : enable ? DI : q;
    end else begin : g_rising
      always @(posedge CLK) q <= LSR ? REGSET == "SET" : enable ? DI : q;
    end
  endgenerate
`endif

  initial begin
    if (GSR != "DISABLED" || LSRMUX != "LSR" || SRMODE != "LSR_OVER_CE" || (CEMUX != "1" && CEMUX != "CE" && CEMUX != "INV"))
      $fatal(1, "TRELLIS_FF: this mode is not modelled");
  end

endmodule

`ifdef __ICARUS__
primitive trellis_ff_reset (q, clk, ce, lsr, d);
  output q;
  input clk, ce, lsr, d;
  reg q;
  table
  // clk ce lsr d : q : next
    r    ?  1   ? : ? : 0;
    r    1  0   0 : ? : 0;
    r    1  0   1 : ? : 1;
    r    0  0   ? : ? : -;
    r    1  x   0 : ? : 0;
    r    0  x   ? : 0 : 0;
    r    x  ?   0 : 0 : 0;
    r    x  0   1 : 1 : 1;
    (?0) ?  ?   ? : ? : -;
    (1x) ?  ?   ? : ? : -;
    ?    *  ?   ? : ? : -;
    ?    ?  *   ? : ? : -;
    ?    ?  ?   * : ? : -;
  endtable
endprimitive

primitive trellis_ff_set (q, clk, ce, lsr, d);
  output q;
  input clk, ce, lsr, d;
  reg q;
  table
  // clk ce lsr d : q : next
    r    ?  1   ? : ? : 1;
    r    1  0   0 : ? : 0;
    r    1  0   1 : ? : 1;
    r    0  0   ? : ? : -;
    r    1  x   1 : ? : 1;
    r    0  x   ? : 1 : 1;
    r    x  ?   1 : 1 : 1;
    r    x  0   0 : 0 : 0;
    (?0) ?  ?   ? : ? : -;
    (1x) ?  ?   ? : ? : -;
    ?    *  ?   ? : ? : -;
    ?    ?  *   ? : ? : -;
    ?    ?  ?   * : ? : -;
  endtable
endprimitive
`endif
