// ECP5 carry cell, as simulated after synthesis: two look-up tables with a carry through both. A half passes the carry on
// where its table says 1, else its table's lowest four entries make the new one (Lattice FPGA-DS-02012, "ripple mode").

module CCU2C #(
  parameter [15:0] INIT0 = 16'h0000,
  parameter [15:0] INIT1 = 16'h0000,
  parameter INJECT1_0 = "YES",
  parameter INJECT1_1 = "YES"
) (
  input  CIN,
  input  A0, B0, C0, D0,
  input  A1, B1, C1, D1,
  output S0, S1,
  output COUT
);

  wire carry;
  ccu2c_half #(.INIT(INIT0)) u_half0 (.A(A0), .B(B0), .C(C0), .D(D0), .CIN(CIN), .S(S0), .COUT(carry));
  ccu2c_half #(.INIT(INIT1)) u_half1 (.A(A1), .B(B1), .C(C1), .D(D1), .CIN(carry), .S(S1), .COUT(COUT));

`ifndef SYNTHESIS
  initial begin
    if (INJECT1_0 != "NO" || INJECT1_1 != "NO") $fatal(1, "CCU2C: INJECT1 is not modelled");
  end
`endif

endmodule

module ccu2c_half #(
  parameter [15:0] INIT = 16'h0000
) (
  input  A, B, C, D,
  input  CIN,
  output S, COUT
);

  wire passes;
  LUT4 #(.INIT(INIT)) u_passes (.A(A), .B(B), .C(C), .D(D), .Z(passes));
  assign S = passes ^ CIN;

  // The carry by the values of B and A, so that an unknown one of them does not hide that the others decide.
  wire [3:0] passes_by = D ? (C ? INIT[15:12] : INIT[11:8]) : (C ? INIT[7:4] : INIT[3:0]);
  assign COUT = B ? (A ? (passes_by[3] ? CIN : INIT[3]) : (passes_by[2] ? CIN : INIT[2]))
                  : (A ? (passes_by[1] ? CIN : INIT[1]) : (passes_by[0] ? CIN : INIT[0]));

endmodule
