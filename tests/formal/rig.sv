// The rig of the proofs: the real core with its bus master.  The .sby files cut away what a property does not need (its
// outputs become free in every cycle), so operations, addresses, data, cache contents and interrupts are arbitrary.
// Only the sweep after reset is shortened: its end comes at an arbitrary time.

module rig
  import veil_core_pkg::*;
#(
  parameter veil_config_pkg::config_t Cfg = veil_config_pkg::ConfigW1
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         irq_timer_i,
  input  logic         irq_external_i,
  input  logic         wb_stall_i,
  input  logic         wb_ack_i,
  input  logic [31:0]  wb_dat_i,
  input  logic         host_ack_i,
  input  logic [31:0]  host_rdata_i,
  input  logic [31:12] dram_pages_i,
  output logic         stb_o,
  output logic         we_o,
  output logic [31:2]  adr_o
);

  logic cyc;
  logic dread_req, iread_req, write_req, dread_gnt, iread_gnt, write_gnt, dread_valid, iread_valid, write_idle;
  logic [31:5] dread_addr, iread_addr;
  logic [31:2] write_addr;
  logic [31:0] write_data, read_data;
  logic [3:0] write_be;

  veil_core #(
    .Cfg(Cfg)
  ) u_core (
    .clk_i,
    .rst_ni,
    .dram_pages_i,
    .irq_timer_i,
    .irq_external_i,
    .iread_req_o   (iread_req),
    .iread_addr_o  (iread_addr),
    .iread_gnt_i   (iread_gnt),
    .iread_valid_i (iread_valid),
    .dread_req_o   (dread_req),
    .dread_addr_o  (dread_addr),
    .dread_gnt_i   (dread_gnt),
    .dread_valid_i (dread_valid),
    .read_data_i   (read_data),
    .write_req_o   (write_req),
    .write_addr_o  (write_addr),
    .write_data_o  (write_data),
    .write_be_o    (write_be),
    .write_gnt_i   (write_gnt),
    .write_idle_i  (write_idle),
    .host_req_o    (),
    .host_we_o     (),
    .host_addr_o   (),
    .host_wdata_o  (),
    .host_ack_i,
    .host_rdata_i,
    .events_o      (),
    .tier_o        (),
    .trace_valid_o (),
    .trace_o       (),
    .trace_reg_we_o(),
    .trace_reg_o   (),
    .trace_value_o ()
  );

  wb_master u_bus (
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
    .wb_cyc_o     (cyc),
    .wb_stb_o     (stb_o),
    .wb_we_o      (we_o),
    .wb_adr_o     (adr_o),
    .wb_dat_o     (),
    .wb_sel_o     (),
    .wb_stall_i,
    .wb_ack_i     (wb_ack_i & cyc),
    .wb_dat_i
  );

endmodule
