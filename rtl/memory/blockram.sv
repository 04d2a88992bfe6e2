// Block RAM: one write port, one read port, read data one cycle after the address.
//
// A read of the word that is written in the same cycle returns either value: no user of this module depends on
// which (no_rw_check keeps yosys from building a bypass around every copy).

module blockram #(
  parameter int unsigned Depth = 1024,
  parameter int unsigned Width = 32,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,
  input  logic                 re_i,     // low: rdata_o stays
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);

  (* ram_style = "block", no_rw_check *)
  logic [Width-1:0] mem[Depth];

`ifdef VERILATOR
`ifndef VEIL_UNKNOWN_MEMORIES
  initial for (int unsigned i = 0; i < Depth; i++) mem[i] = '0;
`endif
`endif

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
    if (re_i) rdata_o <= mem[raddr_i];
  end

endmodule
