// Jump table: (tag, guest EIP) -> native address, direct-mapped, in block RAM.
//
// The index is EIP's low bits, exclusive-or the ones above them: both ends of the table compute it from the whole EIP.
// With no entries it never hits.  The look-up takes the address in X and answers in M.  Validity is part of the entry:
// reset and "drop all" sweep it.

`include "veil_assert.svh"

module jump_table #(
  parameter int unsigned Entries = 256,
  localparam int unsigned IndexWidth = (Entries > 1) ? $clog2(Entries) : 1
) (
  input  logic        clk_i,
  input  logic [7:0]  tag_i,       // of look-up and entry; constant while anything is in the pipeline
  input  logic        hold_i,      // M keeps its answer
  input  logic [31:0] eip_next_i,  // X
  input  logic [31:0] eip_i,       // M
  output logic        hit_o,       // M
  output logic [31:2] target_o,    // M
  input  logic        we_i,
  input  logic        wvalid_i,
  input  logic [31:0] weip_i,
  input  logic [31:2] wtarget_i
);

  if (Entries > 1) begin : g_table
    localparam int unsigned TagWidth = 32 - IndexWidth;
    typedef struct packed {
      logic                valid;
      logic [7:0]          tag;
      logic [TagWidth-1:0] eip;
      logic [31:2]         target;
    } entry_t;

    function automatic logic [IndexWidth-1:0] index(logic [2*IndexWidth-1:0] eip);
      return eip[IndexWidth-1:0] ^ eip[2*IndexWidth-1:IndexWidth];
    endfunction

    entry_t wentry, entry;
    assign wentry = '{valid: wvalid_i, tag: tag_i, eip: weip_i[31:IndexWidth], target: wtarget_i};

    blockram #(
      .Depth(Entries),
      .Width($bits(entry_t))
    ) u_ram (
      .clk_i,
      .we_i,
      .waddr_i(index(weip_i[2*IndexWidth-1:0])),
      .wdata_i(wentry),
      .re_i   (~hold_i),
      .raddr_i(index(eip_next_i[2*IndexWidth-1:0])),
      .rdata_o(entry)
    );

    assign hit_o = entry.valid & (entry.tag == tag_i) & (entry.eip == eip_i[31:IndexWidth]);
    assign target_o = entry.target;

    `VEIL_ASSERT_STABLE(AnswerIsHeld, hold_i, entry, clk_i, 1'b0)

    logic unused_eip;
    assign unused_eip = ^{eip_i[IndexWidth-1:0], eip_next_i[31:2*IndexWidth]};
  end else begin : g_none
    assign hit_o = 1'b0;
    assign target_o = '0;
    logic unused_none;
    assign unused_none = ^{clk_i, hold_i, eip_next_i, eip_i, tag_i, we_i, wvalid_i, weip_i, wtarget_i};
  end

endmodule
