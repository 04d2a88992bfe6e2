// ECP5 carry cell, as simulated after synthesis: two look-up tables with a carry through both. A half passes the carry on
// where its table says 1, and generates one where its table's lowest four entries do (Lattice
// FPGA-DS-02012, "ripple mode").

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

  wire passes0, passes1, makes0, makes1, carry;
  LUT4 #(.INIT(INIT0)) u_passes0 (.A(A0), .B(B0), .C(C0), .D(D0), .Z(passes0));
  LUT4 #(.INIT(INIT1)) u_passes1 (.A(A1), .B(B1), .C(C1), .D(D1), .Z(passes1));
  LUT4 #(.INIT({4{INIT0[3:0]}})) u_makes0 (.A(A0), .B(B0), .C(1'b0), .D(1'b0), .Z(makes0));
  LUT4 #(.INIT({4{INIT1[3:0]}})) u_makes1 (.A(A1), .B(B1), .C(1'b0), .D(1'b0), .Z(makes1));
  assign S0 = passes0 ^ CIN;
  assign carry = passes0 ? CIN : makes0;
  assign S1 = passes1 ^ carry;
  assign COUT = passes1 ? carry : makes1;

  initial begin
    if (INJECT1_0 != "NO" || INJECT1_1 != "NO") $fatal(1, "CCU2C: INJECT1 is not modelled");
  end

endmodule
