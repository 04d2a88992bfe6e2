// Synthesis top: the core alone, inputs from a shift register, outputs folded into one bit, so that neither pins nor the
// bus limit the clock.  Reports for simulation stay unconnected and vanish.

module scan_top (
  input  logic clk_i,
  input  logic scan_i,
  output logic scan_o
);

  localparam veil_config_pkg::config_t Cfg = veil_config_pkg::`VEIL_CONFIG;
  localparam int unsigned InBits = 1 + 20 + 2 + 4 + 32 + 2 + 1 + 32;
  localparam int unsigned OutBits = 1 + 27 + 1 + 27 + 1 + 30 + 32 + 4 + 1 + 1 + 12 + 32;

  logic [InBits-1:0] shift_q, in_q;
  logic [OutBits-1:0] out, out_q;
  always_ff @(posedge clk_i) begin
    shift_q <= {shift_q[InBits-2:0], scan_i};
    in_q <= shift_q;
    out_q <= out;
    scan_o <= ^out_q;
  end

  logic iread_req, dread_req, write_req, host_req, host_we;
  logic [31:5] iread_addr, dread_addr;
  logic [31:2] write_addr;
  logic [31:0] write_data, host_wdata;
  logic [3:0] write_be;
  logic [11:0] host_addr;
  assign out = {iread_req, iread_addr, dread_req, dread_addr, write_req, write_addr, write_data, write_be, host_req,
                host_we, host_addr, host_wdata};

  logic rst_n, irq_timer, irq_external;
  logic iread_gnt, iread_valid, dread_gnt, dread_valid, write_gnt, write_idle, host_ack;
  logic [31:12] dram_pages;
  logic [31:0] read_data, host_rdata;
  assign {rst_n, dram_pages, irq_timer, irq_external, iread_gnt, iread_valid, dread_gnt, dread_valid, read_data,
          write_gnt, write_idle, host_ack, host_rdata} = in_q;

  veil_core #(
    .Cfg(Cfg)
  ) u_core (
    .clk_i,
    .rst_ni        (rst_n),
    .dram_pages_i  (dram_pages),
    .irq_timer_i   (irq_timer),
    .irq_external_i(irq_external),
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
    .host_req_o    (host_req),
    .host_we_o     (host_we),
    .host_addr_o   (host_addr),
    .host_wdata_o  (host_wdata),
    .host_ack_i    (host_ack),
    .host_rdata_i  (host_rdata),
    .events_o      (),
    .tier_o        (),
    .trace_valid_o (),
    .trace_o       (),
    .trace_reg_we_o(),
    .trace_reg_o   (),
    .trace_value_o ()
  );

endmodule
