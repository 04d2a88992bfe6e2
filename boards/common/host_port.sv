// The host port of a board (isa/platform.toml [host]): console and report over the serial line, time, LEDs, SD card,
// the switch of the boot overlay.
//
// The serial line carries the guest's console as it is, with one escape byte (Escape, ASCII DLE) in front of anything
// else: Escape Escape is the byte itself, Escape 'r' c a character of the firmware's report, Escape 'x' s the end of the
// run with status s. Nothing is lost on the way out: `ready` is given only while three bytes find room.
//
// A request is held until its acknowledge (rtl/soc/veil_soc.sv); it is decoded in one cycle, carried out in the next and
// then acknowledged.

`include "veil_assert.svh"

module host_port
  import veil_isa_pkg::*;
#(
  parameter int unsigned ClockKhz = veil_board_pkg::ClockKhz,
  parameter int unsigned Baud = veil_board_pkg::Baud,
  parameter logic [31:0] DramBytes = 32'h0200_0000
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        req_i,
  input  logic        we_i,
  input  logic [11:0] addr_i,
  input  logic [31:0] wdata_i,
  output logic        ack_o,
  output logic [31:0] rdata_o,
  // pins
  input  logic        uart_rx_i,
  output logic        uart_tx_o,
  output logic        sd_cs_no,
  output logic        sd_sck_o,
  output logic        sd_mosi_o,
  input  logic        sd_miso_i,
  input  logic [6:0]  buttons_i,
  output logic [7:0]  leds_o,
  // to the board's other parts
  output logic        overlay_o,   // the boot ROM is seen where the firmware will be
  output logic        ended_o      // the run is over
);

  localparam logic [7:0] Escape = 8'h10;
  localparam int unsigned QueueDepth = 64;
  localparam int unsigned CountBits = $clog2(QueueDepth + 1);

  // ------------------------------------------------------------------ receiving
  logic rx_valid, rx_take;
  logic [7:0] rx_byte, rx_oldest;
  logic [CountBits-1:0] rx_count;
  logic rx_lost;
  uart_rx #(
    .ClockKhz(ClockKhz),
    .Baud(Baud)
  ) u_uart_rx (
    .clk_i,
    .rst_ni,
    .rx_i   (uart_rx_i),
    .valid_o(rx_valid),
    .data_o (rx_byte)
  );
  fifo #(
    .Depth(QueueDepth)
  ) u_rx_fifo (
    .clk_i,
    .rst_ni,
    .clear_i(1'b0),
    .write_i(rx_valid),
    .data_i (rx_byte),
    .read_i (rx_take),
    .data_o (rx_oldest),
    .count_o(rx_count),
    .lost_o (rx_lost)
  );

  // ------------------------------------------------------------------ sending
  // What is written becomes one, two or three bytes, put into the queue one a cycle.
  logic [2:0][7:0] say_q;   // [0] goes first
  logic [1:0] say_left_q;
  logic tx_ready;
  logic [7:0] tx_oldest;
  logic [CountBits-1:0] tx_count;
  logic tx_lost;
  fifo #(
    .Depth(QueueDepth)
  ) u_tx_fifo (
    .clk_i,
    .rst_ni,
    .clear_i(1'b0),
    .write_i(say_left_q != 0),
    .data_i (say_q[0]),
    .read_i (tx_ready),
    .data_o (tx_oldest),
    .count_o(tx_count),
    .lost_o (tx_lost)
  );
  uart_tx #(
    .ClockKhz(ClockKhz),
    .Baud(Baud)
  ) u_uart_tx (
    .clk_i,
    .rst_ni,
    .valid_i(tx_count != 0),
    .data_i (tx_oldest),
    .ready_o(tx_ready),
    .tx_o   (uart_tx_o)
  );
  logic can_say;
  assign can_say = (say_left_q == 0) & (tx_count < CountBits'(QueueDepth - 4));

  // ------------------------------------------------------------------ SD card
  logic spi_start, spi_busy;
  logic [7:0] spi_in, divider_q;
  logic cs_q;
  spi_master u_spi (
    .clk_i,
    .rst_ni,
    .start_i  (spi_start),
    .data_i   (wdata_i[7:0]),
    .divider_i(divider_q),
    .busy_o   (spi_busy),
    .data_o   (spi_in),
    .sck_o    (sd_sck_o),
    .mosi_o   (sd_mosi_o),
    .miso_i   (sd_miso_i)
  );
  assign sd_cs_no = ~cs_q;

  // ------------------------------------------------------------------ time, in microseconds
  localparam int unsigned TickCycles = ClockKhz / 1000;
  logic [$clog2(TickCycles)-1:0] tick_q;
  logic [63:0] time_q;
  logic [31:0] time_high_q;  // as of the last read of the low word

  // ------------------------------------------------------------------ registers
  // A write to console or report waits for room: such a request is acknowledged late.
  logic access, speaks;
  logic asked_q, speaks_q, receives_q, spi_q;
  logic ack_q;
  logic [31:0] rdata_q;
  assign speaks = we_i & (addr_i == HostConsoleTx[11:0] || addr_i == HostReport[11:0] || addr_i == HostExit[11:0] ||
                            addr_i == HostBootTx[11:0]);
  assign access = asked_q & (~speaks_q | can_say);
  assign rx_take = access & receives_q;
  assign spi_start = access & spi_q;
  assign ack_o = ack_q;
  assign rdata_o = rdata_q;

  logic [2:0][6:0] buttons_q;
  logic overlay_q, ended_q;
  logic [7:0] leds_q;
  assign overlay_o = overlay_q;
  assign ended_o = ended_q;
  assign leds_o = leds_q;

  always_ff @(posedge clk_i) begin
    asked_q <= req_i & ~access & ~ack_q;
    speaks_q <= speaks;
    receives_q <= ~we_i & (addr_i == HostConsoleRx[11:0]);
    spi_q <= we_i & (addr_i == HostSpiData[11:0]);
    ack_q <= access;
    buttons_q <= {buttons_q[1:0], buttons_i};
    if (say_left_q != 0) begin
      say_left_q <= say_left_q - 1'b1;
      say_q <= {8'h0, say_q[2:1]};
    end
    tick_q <= tick_q - 1'b1;
    if (tick_q == 0) begin
      tick_q <= $bits(tick_q)'(TickCycles - 1);
      time_q <= time_q + 1'b1;
    end
    if (access && we_i) begin
      unique case (addr_i)
        HostConsoleTx[11:0]: begin
          say_q <= {8'h0, wdata_i[7:0], wdata_i[7:0]};
          say_left_q <= wdata_i[7:0] == Escape ? 2'd2 : 2'd1;
        end
        HostBootTx[11:0]: begin
          say_q[0] <= wdata_i[7:0];
          say_left_q <= 2'd1;
        end
        HostReport[11:0]: begin
          say_q <= {wdata_i[7:0], 8'h72, Escape};
          say_left_q <= 2'd3;
        end
        HostExit[11:0]: begin
          say_q <= {wdata_i[7:0], 8'h78, Escape};
          say_left_q <= 2'd3;
          ended_q <= 1'b1;
        end
        HostLeds[11:0]: leds_q <= wdata_i[7:0];
        HostSpiControl[11:0]: {cs_q, divider_q} <= wdata_i[8:0];
        HostOverlay[11:0]: overlay_q <= wdata_i[0];
        default: ;
      endcase
    end
    if (access && !we_i) begin
      rdata_q <= '0;
      unique case (addr_i)
        HostConsoleTx[11:0], HostBootTx[11:0]: rdata_q[0] <= can_say;
        HostConsoleRx[11:0]: rdata_q <= {rx_count != 0, 1'b0, rx_lost, 21'b0, rx_oldest};
        HostDramSize[11:0]: rdata_q <= DramBytes;
        HostTimeLow[11:0]: begin
          rdata_q <= time_q[31:0];
          time_high_q <= time_q[63:32];
        end
        HostTimeHigh[11:0]: rdata_q <= time_high_q;
        HostSpiData[11:0]: rdata_q <= {spi_busy, 23'b0, spi_in};
        HostButtons[11:0]: rdata_q[6:0] <= buttons_q[2];
        default: ;
      endcase
    end
    if (!rst_ni) begin
      asked_q <= 1'b0;
      ack_q <= 1'b0;
      say_left_q <= '0;
      tick_q <= '0;
      time_q <= '0;
      leds_q <= '0;
      cs_q <= 1'b0;
      divider_q <= '1;
      overlay_q <= 1'b1;
      ended_q <= 1'b0;
    end
  end

  logic unused;
  assign unused = ^{tx_lost, wdata_i[31:9]};

  `VEIL_ASSERT(NothingIsLost, !tx_lost)
  `VEIL_ASSERT_STABLE(RequestIsHeld, req_i & ~ack_o, {req_i, we_i, addr_i, wdata_i})

endmodule
