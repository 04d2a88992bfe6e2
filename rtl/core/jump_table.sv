// Jump table: guest EIP -> native address, direct-mapped by the low bits of EIP; one block RAM.
//
// With no entries it never hits.  The look-up takes the address in X and answers in M.  Validity is part of the entry: reset and "drop all" sweep it.

module jump_table #(
  parameter int unsigned Entries = 256,
  localparam int unsigned IndexWidth = (Entries > 1) ? $clog2(Entries) : 1
) (
  input  logic                  clk_i,
  input  logic [IndexWidth-1:0] index_i,   // X
  input  logic [31:0]           eip_i,     // M
  output logic                  hit_o,     // M
  output logic [31:2]           target_o,  // M
  input  logic                  we_i,
  input  logic                  wvalid_i,
  input  logic [31:0]           weip_i,
  input  logic [31:2]           wtarget_i
);

  if (Entries > 1) begin : g_table
    localparam int unsigned TagWidth = 32 - IndexWidth;
    typedef struct packed {
      logic                valid;
      logic [TagWidth-1:0] tag;
      logic [31:2]         target;
    } entry_t;

    entry_t wentry, entry;
    assign wentry = '{valid: wvalid_i, tag: weip_i[31:IndexWidth], target: wtarget_i};

    blockram #(
      .Depth(Entries),
      .Width($bits(entry_t))
    ) u_ram (
      .clk_i,
      .we_i,
      .waddr_i(weip_i[IndexWidth-1:0]),
      .wdata_i(wentry),
      .raddr_i(index_i),
      .rdata_o(entry)
    );

    assign hit_o = entry.valid & (entry.tag == eip_i[31:IndexWidth]);
    assign target_o = entry.target;

    logic unused_eip;
    assign unused_eip = ^eip_i[IndexWidth-1:0];
  end else begin : g_none
    assign hit_o = 1'b0;
    assign target_o = '0;
    logic unused_none;
    assign unused_none = ^{clk_i, index_i, eip_i, we_i, wvalid_i, weip_i, wtarget_i};
  end

endmodule
