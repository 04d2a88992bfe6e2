// Queue of bytes in LUT RAM: written and read in the same cycle if need be. What is written to a full queue is lost, and
// `lost_o` says so until reset or `clear_i`.

`include "veil_assert.svh"

module fifo #(
  parameter int unsigned Depth = 64,  // a power of two
  parameter int unsigned Width = 8,
  localparam int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 write_i,
  input  logic [Width-1:0]     data_i,
  input  logic                 read_i,   // takes the byte that is shown
  output logic [Width-1:0]     data_o,   // the oldest, while count_o is not 0
  output logic [CountBits-1:0] count_o,
  output logic                 lost_o
);

  localparam int unsigned AddrBits = $clog2(Depth);
  logic [Width-1:0] mem[Depth];
  logic [AddrBits-1:0] head_q, tail_q;
  logic [CountBits-1:0] count_q;
  logic lost_q;
  logic full, take, put;
  assign full = count_q == CountBits'(Depth);
  assign take = read_i & (count_q != 0);
  assign put = write_i & ~full;

  always_ff @(posedge clk_i) begin
    if (put) mem[tail_q] <= data_i;
  end

  always_ff @(posedge clk_i) begin
    if (put) tail_q <= tail_q + 1'b1;
    if (take) head_q <= head_q + 1'b1;
    count_q <= count_q + CountBits'(put) - CountBits'(take);
    if (write_i & full) lost_q <= 1'b1;
    if (!rst_ni || clear_i) begin
      head_q <= '0;
      tail_q <= '0;
      count_q <= '0;
      lost_q <= 1'b0;
    end
  end

  assign data_o = mem[head_q];
  assign count_o = count_q;
  assign lost_o = lost_q;

  `VEIL_ASSERT(NoMoreThanDepth, count_q <= CountBits'(Depth))
  `VEIL_ASSERT(CountsBytes, AddrBits'(count_q) == tail_q - head_q)

endmodule
