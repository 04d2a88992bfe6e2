// Return addresses of the calls that decode has seen, youngest on top, for the prediction of returns. A ring: a call too many
// overwrites the oldest, a return too many finds what was there.
//
// Every group carries the top as it is after it. Who redirects fetch gives its group's top back; what younger groups
// have written above it is lost, which costs a prediction and nothing else.

module return_stack #(
  parameter int unsigned Entries = 8,
  localparam int unsigned TopWidth = $clog2(Entries)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // the sweep after reset: an entry is read only after it was written
  input  logic                clear_i,
  input  logic [TopWidth-1:0] clear_index_i,
  // the group in D
  input  logic                advance_i,
  input  logic                call_i,
  input  logic                return_i,
  input  logic [31:2]         link_i,
  output logic [31:2]         top_o,        // address: stays until the group advances
  output logic [TopWidth-1:0] behind_o,     // index of the top after this group
  // redirection
  input  logic                redirect_i,
  input  logic [TopWidth-1:0] redirect_top_i
);

  logic [TopWidth-1:0] top_q;
  assign behind_o = call_i ? top_q + 1'b1 : return_i ? top_q - 1'b1 : top_q;

  // Written at once: the group after a call may be its return.
  lutram #(
    .Depth  (Entries),
    .Width  (30),
    .NumRead(1)
  ) u_addresses (
    .clk_i,
    .we_i   (clear_i | (advance_i & call_i)),
    .waddr_i(clear_i ? clear_index_i : behind_o),
    .wdata_i(clear_i ? 30'd0 : link_i),
    .raddr_i(top_q),
    .rdata_o(top_o)
  );

  always_ff @(posedge clk_i) begin
    if (redirect_i) top_q <= redirect_top_i;
    else if (advance_i) top_q <= behind_o;
    if (!rst_ni) top_q <= '0;
  end

endmodule
