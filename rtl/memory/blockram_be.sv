// Block RAM of 32-bit words with byte enables: one write port, one read port, read data one cycle after the address.
// Reading the word that is being written returns either value (see blockram.sv).

module blockram_be #(
  parameter int unsigned Depth = 1024,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic [3:0]           be_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [31:0]          wdata_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [31:0]          rdata_o
);

  (* ram_style = "block", no_rw_check *)
  logic [31:0] mem[Depth];

`ifdef VERILATOR
`ifndef VEIL_UNKNOWN_MEMORIES
  initial for (int unsigned i = 0; i < Depth; i++) mem[i] = '0;
`endif
`endif

  always_ff @(posedge clk_i) begin
    for (int unsigned b = 0; b < 4; b++) begin
      if (be_i[b]) mem[waddr_i][8*b+:8] <= wdata_i[8*b+:8];
    end
    rdata_o <= mem[raddr_i];
  end

endmodule
