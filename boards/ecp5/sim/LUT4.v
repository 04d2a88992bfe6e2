// ECP5 look-up table, as simulated after synthesis. Written as a tree of selections between constants: a simulator folds
// it to the function's own gates, and an unknown input that does not matter stays without effect.

module LUT4 #(
  parameter [15:0] INIT = 16'h0000
) (
  input  A,
  input  B,
  input  C,
  input  D,
  output Z
);

  assign Z = D ? (C ? (B ? (A ? INIT[15] : INIT[14]) : (A ? INIT[13] : INIT[12]))
                    : (B ? (A ? INIT[11] : INIT[10]) : (A ? INIT[9] : INIT[8])))
               : (C ? (B ? (A ? INIT[7] : INIT[6]) : (A ? INIT[5] : INIT[4]))
                    : (B ? (A ? INIT[3] : INIT[2]) : (A ? INIT[1] : INIT[0])));

endmodule
