// Declaration of an ECP5 cell that tops instantiate (Lattice FPGA-TN-02035, "generic DDR"): only what is connected. The synthesis tool
// replaces it by its own.

(* blackbox *)
module ODDRX1F (
  input  logic SCLK,
  input  logic RST,
  input  logic D0,
  input  logic D1,
  output logic Q
);
endmodule
