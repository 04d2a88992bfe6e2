// SoC: the core, the native memory map (isa/platform.toml) and the memory bus master.
//
// The concealed window shows the top of DRAM at a fixed address, whatever DRAM's size (docs/decisions/0004).  On the
// bus there are only DRAM addresses.  The host port leaves as it is: a simulator or a board answers it.

`include "veil_assert.svh"

module veil_soc
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW4,
  localparam int unsigned Width = Cfg.width
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [31:12]           dram_pages_i,
  input  logic                   irq_timer_i,
  input  logic                   irq_external_i,
  // memory: Wishbone B4 pipelined
  output logic                   wb_cyc_o,
  output logic                   wb_stb_o,
  output logic                   wb_we_o,
  output logic [31:2]            wb_adr_o,
  output logic [31:0]            wb_dat_o,
  output logic [3:0]             wb_sel_o,
  input  logic                   wb_stall_i,
  input  logic                   wb_ack_i,
  input  logic [31:0]            wb_dat_i,
  // host port: request held until acknowledged
  output logic                   host_req_o,
  output logic                   host_we_o,
  output logic [11:0]            host_addr_o,
  output logic [31:0]            host_wdata_o,
  input  logic                   host_ack_i,
  input  logic [31:0]            host_rdata_i,
  // observation
  output events_t                events_o,
  output logic [3:0]             tier_o,
  output logic                   trace_valid_o,
  output trace_t                 trace_o,
  output logic [Width-1:0]       trace_reg_we_o,
  output logic [Width-1:0][4:0]  trace_reg_o,
  output logic [Width-1:0][31:0] trace_value_o
);

  logic iread_req, iread_gnt, iread_valid, dread_req, dread_gnt, dread_valid, write_req, write_gnt, write_idle;
  logic [31:5] iread_addr, dread_addr;
  logic [31:2] write_addr, bus_addr;
  logic [31:0] read_data, write_data;
  logic [3:0] write_be;

  veil_core #(
    .Cfg(Cfg)
  ) u_core (
    .clk_i,
    .rst_ni,
    .dram_pages_i,
    .irq_timer_i,
    .irq_external_i,
    .iread_req_o  (iread_req),
    .iread_addr_o (iread_addr),
    .iread_gnt_i  (iread_gnt),
    .iread_valid_i(iread_valid),
    .dread_req_o  (dread_req),
    .dread_addr_o (dread_addr),
    .dread_gnt_i  (dread_gnt),
    .dread_valid_i(dread_valid),
    .read_data_i  (read_data),
    .write_req_o  (write_req),
    .write_addr_o (write_addr),
    .write_data_o (write_data),
    .write_be_o   (write_be),
    .write_gnt_i  (write_gnt),
    .write_idle_i (write_idle),
    .host_req_o,
    .host_we_o,
    .host_addr_o,
    .host_wdata_o,
    .host_ack_i,
    .host_rdata_i,
    .events_o,
    .tier_o,
    .trace_valid_o,
    .trace_o,
    .trace_reg_we_o,
    .trace_reg_o,
    .trace_value_o
  );

  wb_master u_wb_master (
    .clk_i,
    .rst_ni,
    .dread_req_i  (dread_req),
    .dread_addr_i (dread_addr),
    .dread_gnt_o  (dread_gnt),
    .dread_valid_o(dread_valid),
    .iread_req_i  (iread_req),
    .iread_addr_i (iread_addr),
    .iread_gnt_o  (iread_gnt),
    .iread_valid_o(iread_valid),
    .read_data_o  (read_data),
    .write_req_i  (write_req),
    .write_addr_i (write_addr),
    .write_data_i (write_data),
    .write_be_i   (write_be),
    .write_gnt_o  (write_gnt),
    .write_idle_o (write_idle),
    .wb_cyc_o,
    .wb_stb_o,
    .wb_we_o,
    .wb_adr_o     (bus_addr),
    .wb_dat_o,
    .wb_sel_o,
    .wb_stall_i,
    .wb_ack_i,
    .wb_dat_i
  );

  // Window to the top of DRAM.
  localparam int unsigned WindowBits = $clog2(ConcealedSize);
  logic in_window;
  logic [31:12] top;
  assign in_window = bus_addr[31:WindowBits] == ConcealedWindow[31:WindowBits];
  assign top = dram_pages_i - ConcealedSize[31:12];
  always_comb begin
    wb_adr_o = bus_addr;
    if (in_window) wb_adr_o[31:12] = top + 20'(bus_addr[WindowBits-1:12]);
  end

  `VEIL_ASSERT(InsideDram, !wb_stb_o | (wb_adr_o[31:12] < dram_pages_i))

endmodule
