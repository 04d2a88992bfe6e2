// Property 4: at most one column of the TLB has a page.  README.md says what is assumed and why.

module harness
  import veil_core_pkg::*;
(
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic [19:0]           page_i,
  input logic [19:0]           watched_i,    // an arbitrary constant
  input logic                  fill_i,
  input logic [TlbColumns-1:0] keep_i,
  input logic                  drop_i,
  input logic                  sweep_i,
  input logic [0:0]            sweep_row_i
);

  localparam int unsigned Entries = formal_pkg::SmallConfig.tlb_entries;

  logic started = 1'b0;
  logic rst_n;
  always_ff @(posedge clk_i) started <= 1'b1;
  assign rst_n = rst_ni & started;

  tlb #(
    .Entries(Entries)
  ) u_tlb (
    .clk_i,
    .rst_ni     (rst_n),
    .page_i,
    .translate_i(1'b1),
    .select_o   (),
    .phys_o     (),
    .rights_o   (),
    .granules_o (),
    .fill_i,
    .keep_i,
    .drop_i,
    .phys_i     ('0),
    .rights_i   ('0),
    .granules_i ('0),
    .sweep_i,
    .sweep_row_i
  );

  // Where the watched page would be.
  tlb #(
    .Entries(Entries)
  ) u_watched (
    .clk_i,
    .rst_ni     (rst_n),
    .page_i     (watched_i),
    .translate_i(1'b1),
    .select_o   (),
    .phys_o     (),
    .rights_o   (),
    .granules_o (),
    .fill_i     (1'b0),
    .keep_i     ('0),
    .drop_i     (1'b0),
    .phys_i     ('0),
    .rights_i   ('0),
    .granules_i ('0),
    .sweep_i    (1'b0),
    .sweep_row_i('0)
  );

  logic [19:0] watched_q;
  logic [TlbColumns-1:0] has_q, swept_q, write;
  always_comb begin
    for (int unsigned c = 0; c < TlbColumns; c++) begin
      write[c] = u_tlb.we[c] & ((sweep_i ? sweep_row_i : u_tlb.row[c]) == u_watched.row[c]);
    end
  end
  always_ff @(posedge clk_i) begin
    watched_q <= watched_i;
    for (int unsigned c = 0; c < TlbColumns; c++) begin
      if (write[c]) has_q[c] <= u_tlb.entry.valid & (page_i == watched_i);
      if (write[c] & sweep_i) swept_q[c] <= 1'b1;
    end
    if (!rst_n) swept_q <= '0;
  end

  always_comb begin
    assume (!started || (watched_q == watched_i));
    assume ((page_i != watched_i) || (u_tlb.found == has_q));
    if (rst_n) one_column : assert ($onehot0(has_q & swept_q));
  end

endmodule
