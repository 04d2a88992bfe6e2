// Serial receiver: 8 data bits, no parity, one stop bit; each bit is looked at in its middle. A byte whose stop bit is not
// there is dropped (a break, or the wrong rate).

module uart_rx #(
  parameter int unsigned ClockKhz = 50_000,
  parameter int unsigned Baud = 1_000_000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,     // asynchronous
  output logic       valid_o,  // for one cycle
  output logic [7:0] data_o
);

  localparam int unsigned BitCycles = (ClockKhz * 2000 / Baud + 1) / 2;
  localparam int unsigned CountBits = $clog2(BitCycles + 1);

  logic [2:0] line_q;  // [1:0] synchronise
  logic [CountBits-1:0] cycle_q;
  logic [3:0] left_q;  // bits still to be looked at, start and stop among them; 0: idle
  logic [7:0] shift_q;
  logic line;
  assign line = line_q[2];

  always_ff @(posedge clk_i) begin
    line_q <= {line_q[1:0], rx_i};
    valid_o <= 1'b0;
    if (left_q == 0) begin
      if (!line) begin
        left_q <= 4'd10;
        cycle_q <= CountBits'(BitCycles / 2);
      end
    end else if (cycle_q != 0) begin
      cycle_q <= cycle_q - 1'b1;
    end else begin
      cycle_q <= CountBits'(BitCycles - 1);
      left_q <= left_q - 1'b1;
      if (left_q == 10) begin
        if (line) left_q <= '0;  // the start bit was a spike
      end else if (left_q == 1) begin
        valid_o <= line;
      end else begin
        shift_q <= {line, shift_q[7:1]};
      end
    end
    if (!rst_ni) begin
      line_q <= '1;
      left_q <= '0;
      valid_o <= 1'b0;
      cycle_q <= '0;
    end
  end

  assign data_o = shift_q;

endmodule
