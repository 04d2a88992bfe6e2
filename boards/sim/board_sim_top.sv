// The simulated board: board_system with a configuration and a ROM chosen when it is Verilated (VEIL_CONFIG, VEIL_ROM), the
// clock and memory of the board whose package is compiled with it, and a serial line fast enough to simulate: ten cycles a bit.

module board_sim_top (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        sdram_cke_o,
  output logic        sdram_cs_no,
  output logic        sdram_ras_no,
  output logic        sdram_cas_no,
  output logic        sdram_we_no,
  output logic [1:0]  sdram_ba_o,
  output logic [12:0] sdram_a_o,
  output logic [1:0]  sdram_dqm_o,
  output logic [15:0] sdram_dq_o,
  output logic        sdram_dq_oe_o,
  input  logic [15:0] sdram_dq_i,
  input  logic        uart_rx_i,
  output logic        uart_tx_o,
  output logic        sd_cs_no,
  output logic        sd_sck_o,
  output logic        sd_mosi_o,
  input  logic        sd_miso_i,
  input  logic [6:0]  buttons_i,
  output logic [7:0]  leds_o,
  output logic        ended_o
);

  board_system #(
    .Cfg     (veil_config_pkg::`VEIL_CONFIG),
    .Baud    (veil_board_pkg::ClockKhz * 100),
    .RomFile (`VEIL_ROM)
  ) u_system (
    .clk_i,
    .rst_ni,
    .sdram_cke_o,
    .sdram_cs_no,
    .sdram_ras_no,
    .sdram_cas_no,
    .sdram_we_no,
    .sdram_ba_o,
    .sdram_a_o,
    .sdram_dqm_o,
    .sdram_dq_o,
    .sdram_dq_oe_o,
    .sdram_dq_i,
    .uart_rx_i,
    .uart_tx_o,
    .sd_cs_no,
    .sd_sck_o,
    .sd_mosi_o,
    .sd_miso_i,
    .buttons_i,
    .leds_o,
    .ended_o
  );

endmodule
