// ECP5 PLL, as simulated (Lattice FPGA-TN-02200, "sysCLOCK PLL"). It does not multiply: a simulation gives CLKI the rate of
// the output that the design runs on. What it does check is that the dividers are possible: an oscillator of 400 to 800 MHz
// with a crystal of 25 MHz, fed back from CLKOP, outputs in phase. LOCK comes after a while.

module EHXPLLL #(
  parameter PLLRST_ENA = "DISABLED",
  parameter INTFB_WAKE = "DISABLED",
  parameter STDBY_ENABLE = "DISABLED",
  parameter DPHASE_SOURCE = "DISABLED",
  parameter FEEDBK_PATH = "CLKOP",
  parameter integer CLKI_DIV = 1,
  parameter integer CLKFB_DIV = 1,
  parameter CLKOP_ENABLE = "ENABLED",
  parameter integer CLKOP_DIV = 8,
  parameter integer CLKOP_CPHASE = 0,
  parameter integer CLKOP_FPHASE = 0,
  parameter CLKOS_ENABLE = "DISABLED",
  parameter integer CLKOS_DIV = 8,
  parameter integer CLKOS_CPHASE = 0,
  parameter integer CLKOS_FPHASE = 0
) (
  input  CLKI, CLKFB,
  input  PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG,
  input  STDBY, PLLWAKESYNC, RST, ENCLKOP, ENCLKOS,
  output CLKOP, CLKOS,
  output LOCK
);

  localparam integer CrystalKhz = 25_000;
  localparam integer OscillatorKhz = CrystalKhz * CLKFB_DIV / CLKI_DIV * CLKOP_DIV;

  // CLKOP goes round through the user's wires to CLKFB; a simulation need not follow it there.
  assign CLKOP = CLKI;
  assign CLKOS = CLKI;

  reg [7:0] wait_q = 8'd0;
  always @(posedge CLKI) if (!LOCK) wait_q <= wait_q + 8'd1;
  assign LOCK = &wait_q;

  initial begin
    if (PLLRST_ENA != "DISABLED" || INTFB_WAKE != "DISABLED" || STDBY_ENABLE != "DISABLED" ||
        DPHASE_SOURCE != "DISABLED" || FEEDBK_PATH != "CLKOP" || CLKOP_ENABLE != "ENABLED" ||
        CLKOP_CPHASE != CLKOP_DIV - 1 || CLKOP_FPHASE != 0 ||
        (CLKOS_ENABLE == "ENABLED" && (CLKOS_CPHASE != CLKOS_DIV - 1 || CLKOS_FPHASE != 0)))
      $fatal(1, "EHXPLLL: this mode is not modelled");
    if (OscillatorKhz < 400_000 || OscillatorKhz > 800_000)
      $fatal(1, "EHXPLLL: an oscillator of %0d kHz", OscillatorKhz);
  end

endmodule
