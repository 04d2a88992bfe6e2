// Declaration of an ECP5 cell that tops instantiate (Lattice FPGA-TN-02200, "sysCLOCK PLL"): only what is connected. The synthesis tool
// replaces it by its own.

(* blackbox *)
module EHXPLLL #(
  parameter int    CLKI_DIV = 1,
  parameter int    CLKFB_DIV = 1,
  parameter int    CLKOP_DIV = 8,
  parameter int    CLKOP_CPHASE = 0,
  parameter int    CLKOP_FPHASE = 0,
  parameter string CLKOP_ENABLE = "ENABLED",
  parameter int    CLKOS_DIV = 8,
  parameter int    CLKOS_CPHASE = 0,
  parameter int    CLKOS_FPHASE = 0,
  parameter string CLKOS_ENABLE = "DISABLED",
  parameter string FEEDBK_PATH = "CLKOP",
  parameter string PLLRST_ENA = "DISABLED",
  parameter string INTFB_WAKE = "DISABLED",
  parameter string STDBY_ENABLE = "DISABLED",
  parameter string DPHASE_SOURCE = "DISABLED"
) (
  input  logic CLKI,
  input  logic CLKFB,
  input  logic PHASESEL1,
  input  logic PHASESEL0,
  input  logic PHASEDIR,
  input  logic PHASESTEP,
  input  logic PHASELOADREG,
  input  logic STDBY,
  input  logic PLLWAKESYNC,
  input  logic RST,
  input  logic ENCLKOP,
  input  logic ENCLKOS,
  output logic CLKOP,
  output logic CLKOS,
  output logic LOCK
);
endmodule
