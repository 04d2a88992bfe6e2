// LUT RAM: one synchronous write port, NumRead asynchronous read ports (each port is a copy of the memory).
//
// Nothing may rely on the contents after power-on: a reader masks what has not been written (x0, validity bits).
// The simulated memory starts at zero so that ISS and RTL agree on registers that software never wrote.

module lutram #(
  parameter int unsigned Depth = 16,
  parameter int unsigned Width = 32,
  parameter int unsigned NumRead = 1,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                              clk_i,
  input  logic                              we_i,
  input  logic [AddrWidth-1:0]              waddr_i,
  input  logic [Width-1:0]                  wdata_i,
  input  logic [NumRead-1:0][AddrWidth-1:0] raddr_i,
  output logic [NumRead-1:0][Width-1:0]     rdata_o
);

  (* ram_style = "distributed" *)
  logic [Width-1:0] mem[Depth];

`ifdef VERILATOR
`ifndef VEIL_UNKNOWN_MEMORIES
  initial for (int unsigned i = 0; i < Depth; i++) mem[i] = '0;
`endif
`endif

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
  end

  for (genvar i = 0; i < NumRead; i++) begin : g_read
    assign rdata_o[i] = mem[raddr_i[i]];
  end

endmodule
