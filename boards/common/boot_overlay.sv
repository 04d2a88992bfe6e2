// The boot ROM, seen at the start of the concealed window until it is switched off: a Wishbone slave between the SoC and
// DRAM. Reads of its addresses are answered from block RAM; everything else, and every write, goes on to DRAM.
//
// The master has one kind of request under way and does not mix addresses in a burst (rtl/soc/wb_master.sv), so answers
// of ROM and DRAM never cross.

`include "veil_assert.svh"

module boot_overlay #(
  parameter int unsigned AddressBits = 25,          // of DRAM, in bytes
  parameter logic [AddressBits-1:0] Base = '0,      // where the window's start is in DRAM
  parameter int unsigned RomBytes = 8192,
  parameter string RomFile = ""                     // hexadecimal words, for $readmemh
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   on_i,
  // from the SoC
  input  logic                   wb_stb_i,
  input  logic                   wb_we_i,
  input  logic [AddressBits-1:2] wb_adr_i,
  output logic                   wb_stall_o,
  output logic                   wb_ack_o,
  output logic [31:0]            wb_dat_o,
  // to DRAM
  output logic                   dram_stb_o,
  input  logic                   dram_stall_i,
  input  logic                   dram_ack_i,
  input  logic [31:0]            dram_dat_i
);

  localparam int unsigned WordBits = $clog2(RomBytes) - 2;

  (* ram_style = "block" *)
  logic [31:0] rom[RomBytes / 4];
  initial $readmemh(RomFile, rom);

  logic here, ack_q;
  logic [31:0] word_q;
  assign here = on_i & ~wb_we_i & (wb_adr_i[AddressBits-1:WordBits+2] == Base[AddressBits-1:WordBits+2]);

  always_ff @(posedge clk_i) word_q <= rom[wb_adr_i[WordBits+1:2]];
  always_ff @(posedge clk_i) ack_q <= rst_ni & wb_stb_i & here;

  assign dram_stb_o = wb_stb_i & ~here;
  assign wb_stall_o = ~here & dram_stall_i;
  assign wb_ack_o = ack_q | dram_ack_i;
  assign wb_dat_o = ack_q ? word_q : dram_dat_i;

  `VEIL_ASSERT(OneAnswer, !(ack_q & dram_ack_i))

endmodule
