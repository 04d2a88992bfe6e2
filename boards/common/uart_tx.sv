// Serial transmitter: 8 data bits, no parity, one stop bit. Takes a byte when valid and ready meet.

module uart_tx #(
  parameter int unsigned ClockKhz = 50_000,
  parameter int unsigned Baud = 1_000_000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  input  logic [7:0] data_i,
  output logic       ready_o,
  output logic       tx_o
);

  // Rounded to the nearest cycle.
  localparam int unsigned BitCycles = (ClockKhz * 2000 / Baud + 1) / 2;
  localparam int unsigned CountBits = $clog2(BitCycles);

  logic [CountBits-1:0] cycle_q;
  logic [3:0] left_q;   // bits to send, the stop bit among them; 0: idle
  logic [8:0] shift_q;
  logic line_q;

  assign ready_o = left_q == 0;
  assign tx_o = line_q;

  always_ff @(posedge clk_i) begin
    if (left_q == 0) begin
      if (valid_i) begin
        shift_q <= {1'b1, data_i};
        line_q <= 1'b0;  // start bit
        left_q <= 4'd10;
        cycle_q <= CountBits'(BitCycles - 1);
      end
    end else if (cycle_q != 0) begin
      cycle_q <= cycle_q - 1'b1;
    end else begin
      cycle_q <= CountBits'(BitCycles - 1);
      left_q <= left_q - 1'b1;
      {shift_q, line_q} <= {1'b1, shift_q};
    end
    if (!rst_ni) begin
      left_q <= '0;
      line_q <= 1'b1;
      cycle_q <= '0;
    end
  end

endmodule
