// SPI master, mode 0, most significant bit first: one byte out and one in at a time. For SD cards, which start at no more
// than 400 kHz and may then be faster: the clock is clk_i / (2 * (divider_i + 1)).

module spi_master (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       start_i,    // with data_i; ignored while busy
  input  logic [7:0] data_i,
  input  logic [7:0] divider_i,
  output logic       busy_o,
  output logic [7:0] data_o,     // the byte that came in
  output logic       sck_o,
  output logic       mosi_o,
  input  logic       miso_i
);

  logic [7:0] cycle_q, shift_q;
  logic [3:0] left_q;  // bits
  logic half_q;        // the clock is high
  logic busy_q, in_q;

  assign busy_o = busy_q;
  assign data_o = shift_q;
  assign sck_o = half_q;
  assign mosi_o = shift_q[7];

  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      if (start_i) begin
        busy_q <= 1'b1;
        shift_q <= data_i;
        left_q <= 4'd8;
        cycle_q <= divider_i;
      end
    end else if (cycle_q != 0) begin
      cycle_q <= cycle_q - 1'b1;
    end else begin
      cycle_q <= divider_i;
      half_q <= ~half_q;
      if (!half_q) begin
        in_q <= miso_i;  // rising edge: the card's bit is stable
      end else begin
        shift_q <= {shift_q[6:0], in_q};
        left_q <= left_q - 1'b1;
        if (left_q == 1) busy_q <= 1'b0;
      end
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      half_q <= 1'b0;
      left_q <= '0;
    end
  end

endmodule
