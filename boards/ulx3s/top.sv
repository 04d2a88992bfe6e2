// ULX3S: clock, reset, pins. All else is boards/common/board_system.sv.
//
// VEIL_CONFIG and VEIL_ROM are given by the build script (boards/build); clock, PLL, serial rate and SDRAM times are in the
// package that it makes from board.toml.

module top (
  input  logic        clk_25mhz_i,
  input  logic        ftdi_txd_i,
  output logic        ftdi_rxd_o,
  output logic [7:0]  led_o,
  input  logic [6:0]  btn_i,
  output logic        wifi_en_o,
  output logic        wifi_gpio0_o,
  output logic        sd_clk_o,
  output logic        sd_cmd_o,
  output logic        sd_d3_o,
  input  logic        sd_d0_i,
  output logic        sdram_clk_o,
  output logic        sdram_cke_o,
  output logic        sdram_csn_o,
  output logic        sdram_rasn_o,
  output logic        sdram_casn_o,
  output logic        sdram_wen_o,
  output logic [12:0] sdram_a_o,
  output logic [1:0]  sdram_ba_o,
  output logic [1:0]  sdram_dqm_o,
  inout  wire  [15:0] sdram_d_io
);

  // CLKOP, the crystal's rate again, is the feedback; the core has CLKOS.
  logic clk, feedback, locked;
  (* FREQUENCY_PIN_CLKI = "25", ICP_CURRENT = "12", LPF_RESISTOR = "8", MFG_ENABLE_FILTEROPAMP = "1",
     MFG_GMCREF_SEL = "2" *)
  EHXPLLL #(
    .PLLRST_ENA      ("DISABLED"),
    .INTFB_WAKE      ("DISABLED"),
    .STDBY_ENABLE    ("DISABLED"),
    .DPHASE_SOURCE   ("DISABLED"),
    .CLKI_DIV        (1),
    .CLKFB_DIV       (1),
    .FEEDBK_PATH     ("CLKOP"),
    .CLKOP_ENABLE    ("ENABLED"),
    .CLKOP_DIV       (veil_board_pkg::PllMultiply),
    .CLKOP_CPHASE    (veil_board_pkg::PllMultiply - 1),
    .CLKOP_FPHASE    (0),
    .CLKOS_ENABLE    ("ENABLED"),
    .CLKOS_DIV       (veil_board_pkg::PllDivide),
    .CLKOS_CPHASE    (veil_board_pkg::PllDivide - 1),
    .CLKOS_FPHASE    (0)
  ) u_pll (
    .CLKI        (clk_25mhz_i),
    .CLKFB       (feedback),
    .CLKOP       (feedback),
    .CLKOS       (clk),
    .LOCK        (locked),
    .RST         (1'b0),
    .STDBY       (1'b0),
    .PHASESEL0   (1'b0),
    .PHASESEL1   (1'b0),
    .PHASEDIR    (1'b1),
    .PHASESTEP   (1'b1),
    .PHASELOADREG(1'b1),
    .PLLWAKESYNC (1'b0),
    .ENCLKOP     (1'b0),
    .ENCLKOS     (1'b0)
  );

  // In reset until the clock has been good for a while, and while the first button is pressed (it is active low).
  logic [1:0] button_q;
  logic [15:0] hold_q = '0;
  logic rst_n;
  assign rst_n = &hold_q;
  always_ff @(posedge clk) begin
    button_q <= {button_q[0], btn_i[0] & locked};
    if (!button_q[1]) hold_q <= '0;
    else if (!rst_n) hold_q <= hold_q + 1'b1;
  end

  logic [15:0] dq_out, dq_in;
  logic dq_oe;
  assign sdram_d_io = dq_oe ? dq_out : 'z;
  assign dq_in = sdram_d_io;

  // The chip's clock is ours inverted: its edges are in the middle of what we drive.
  ODDRX1F u_sdram_clk (
    .SCLK(clk),
    .RST (1'b0),
    .D0  (1'b0),
    .D1  (1'b1),
    .Q   (sdram_clk_o)
  );

  // LED 3: the run is over. The others: boards/boot/boot.cpp.
  logic ended;
  logic [7:0] leds;
  assign led_o = {leds[7:4], leds[3] | ended, leds[2:0]};
  board_system #(
    .Cfg    (veil_config_pkg::`VEIL_CONFIG),
    .RomFile(`VEIL_ROM)
  ) u_system (
    .clk_i        (clk),
    .rst_ni       (rst_n),
    .sdram_cke_o  (sdram_cke_o),
    .sdram_cs_no  (sdram_csn_o),
    .sdram_ras_no (sdram_rasn_o),
    .sdram_cas_no (sdram_casn_o),
    .sdram_we_no  (sdram_wen_o),
    .sdram_ba_o   (sdram_ba_o),
    .sdram_a_o    (sdram_a_o),
    .sdram_dqm_o  (sdram_dqm_o),
    .sdram_dq_o   (dq_out),
    .sdram_dq_oe_o(dq_oe),
    .sdram_dq_i   (dq_in),
    .uart_rx_i    (ftdi_txd_i),
    .uart_tx_o    (ftdi_rxd_o),
    .sd_cs_no     (sd_d3_o),
    .sd_sck_o     (sd_clk_o),
    .sd_mosi_o    (sd_cmd_o),
    .sd_miso_i    (sd_d0_i),
    .buttons_i    ({btn_i[6:1], ~btn_i[0]}),
    .leds_o       (leds),
    .ended_o      (ended)
  );

  assign wifi_en_o = 1'b0;
  assign wifi_gpio0_o = 1'b0;

endmodule
