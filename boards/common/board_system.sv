// What every board has inside its pins: the SoC of rtl/soc, exactly as the simulators run it, with an SDR SDRAM, the boot
// ROM and the host port. A board's top adds clock, reset, pins and tristates.

module board_system
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  parameter int unsigned ClockKhz = veil_board_pkg::ClockKhz,
  parameter int unsigned Baud = veil_board_pkg::Baud,
  parameter string RomFile = "",
  localparam int unsigned AddressBits = 25  // 32 MiB
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  // SDRAM
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
  // serial line, SD card, buttons, LEDs
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

  localparam logic [31:0] DramBytes = 32'(1) << AddressBits;
  localparam int unsigned Width = Cfg.width;

  logic soc_cyc, soc_stb, soc_we, soc_stall, soc_ack, dram_stb, dram_stall, dram_ack;
  logic [31:2] soc_adr;
  logic [31:0] soc_wdata, soc_rdata, dram_rdata;
  logic [3:0] soc_sel;
  logic host_req, host_we, host_ack, overlay;
  logic [11:0] host_addr;
  logic [31:0] host_wdata, host_rdata;

  events_t events;
  trace_t trace;
  logic [3:0] tier;
  logic trace_valid;
  logic [Width-1:0] trace_reg_we;
  logic [Width-1:0][4:0] trace_reg;
  logic [Width-1:0][31:0] trace_value;

  veil_soc #(
    .Cfg(Cfg)
  ) u_soc (
    .clk_i,
    .rst_ni,
    .dram_pages_i  (DramBytes[31:12]),
    .irq_timer_i   (1'b0),
    .irq_external_i(1'b0),
    .wb_cyc_o      (soc_cyc),
    .wb_stb_o      (soc_stb),
    .wb_we_o       (soc_we),
    .wb_adr_o      (soc_adr),
    .wb_dat_o      (soc_wdata),
    .wb_sel_o      (soc_sel),
    .wb_stall_i    (soc_stall),
    .wb_ack_i      (soc_ack),
    .wb_dat_i      (soc_rdata),
    .host_req_o    (host_req),
    .host_we_o     (host_we),
    .host_addr_o   (host_addr),
    .host_wdata_o  (host_wdata),
    .host_ack_i    (host_ack),
    .host_rdata_i  (host_rdata),
    .events_o      (events),
    .tier_o        (tier),
    .trace_valid_o (trace_valid),
    .trace_o       (trace),
    .trace_reg_we_o(trace_reg_we),
    .trace_reg_o   (trace_reg),
    .trace_value_o (trace_value)
  );

  boot_overlay #(
    .AddressBits(AddressBits),
    .Base       (AddressBits'(DramBytes - ConcealedSize)),
    .RomFile    (RomFile)
  ) u_overlay (
    .clk_i,
    .rst_ni,
    .on_i        (overlay),
    .wb_stb_i    (soc_stb),
    .wb_we_i     (soc_we),
    .wb_adr_i    (soc_adr[AddressBits-1:2]),
    .wb_stall_o  (soc_stall),
    .wb_ack_o    (soc_ack),
    .wb_dat_o    (soc_rdata),
    .dram_stb_o  (dram_stb),
    .dram_stall_i(dram_stall),
    .dram_ack_i  (dram_ack),
    .dram_dat_i  (dram_rdata)
  );

  sdram_controller #(
    .ClockKhz(ClockKhz)
  ) u_sdram (
    .clk_i,
    .rst_ni,
    .wb_cyc_i  (soc_cyc),
    .wb_stb_i  (dram_stb),
    .wb_we_i   (soc_we),
    .wb_adr_i  (soc_adr[AddressBits-1:2]),
    .wb_dat_i  (soc_wdata),
    .wb_sel_i  (soc_sel),
    .wb_stall_o(dram_stall),
    .wb_ack_o  (dram_ack),
    .wb_dat_o  (dram_rdata),
    .cke_o     (sdram_cke_o),
    .cs_no     (sdram_cs_no),
    .ras_no    (sdram_ras_no),
    .cas_no    (sdram_cas_no),
    .we_no     (sdram_we_no),
    .ba_o      (sdram_ba_o),
    .a_o       (sdram_a_o),
    .dqm_o     (sdram_dqm_o),
    .dq_o      (sdram_dq_o),
    .dq_oe_o   (sdram_dq_oe_o),
    .dq_i      (sdram_dq_i)
  );

  host_port #(
    .ClockKhz (ClockKhz),
    .Baud     (Baud),
    .DramBytes(DramBytes)
  ) u_host_port (
    .clk_i,
    .rst_ni,
    .req_i    (host_req),
    .we_i     (host_we),
    .addr_i   (host_addr),
    .wdata_i  (host_wdata),
    .ack_o    (host_ack),
    .rdata_o  (host_rdata),
    .uart_rx_i,
    .uart_tx_o,
    .sd_cs_no,
    .sd_sck_o,
    .sd_mosi_o,
    .sd_miso_i,
    .buttons_i,
    .leds_o,
    .overlay_o(overlay),
    .ended_o
  );

  // Observation is for simulators.
  logic unused;
  assign unused = ^{soc_adr[31:AddressBits], events, trace, tier, trace_valid, trace_reg_we, trace_reg, trace_value};

endmodule
