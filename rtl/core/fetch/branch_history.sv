// Branch history: two-bit counters, by address, that say whether the branch there does as its encoding predicts.
// Those of all words of a fetch block are read together with the block.
//
// 0, 1: as predicted; 2, 3: not. The counters are cleared after reset and read 0 until they are. The one that a branch was
// fetched with comes back with it: what another branch has made of it meanwhile is lost, which costs a prediction
// and nothing else.

module branch_history #(
  parameter int unsigned Width = 4,
  parameter int unsigned Entries = 1024,
  localparam int unsigned Rows = Entries / Width,
  localparam int unsigned RowWidth = $clog2(Rows)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // fetch: the row of the block that is read next, its counters a cycle later
  input  logic [RowWidth-1:0]   row_i,
  output logic [Width-1:0][1:0] counters_o,
  // a branch retires
  input  logic                  retire_i,
  input  logic                  wrong_i,      // it went the other way than fetch thought
  input  logic [31:2]           behind_i,     // address of the word after it
  input  logic [1:0]            counter_i     // as it was fetched with
);

  localparam int unsigned SlotWidth = $clog2(Width);
  logic cleared_q;
  logic [RowWidth-1:0] row_q;
  logic [Width-1:0] write_q;
  logic [1:0] counter_q;
  logic [31:2] branch;
  assign branch = behind_i - 30'd1;

  always_ff @(posedge clk_i) begin
    row_q <= branch[RowWidth+SlotWidth+1:SlotWidth+2];
    for (int unsigned j = 0; j < Width; j++) write_q[j] <= retire_i & ((32'(branch) & (Width - 1)) == j);
    unique case (counter_i)
      2'd0: counter_q <= wrong_i ? 2'd1 : 2'd0;
      2'd1: counter_q <= wrong_i ? 2'd2 : 2'd0;
      2'd2: counter_q <= wrong_i ? 2'd1 : 2'd3;
      2'd3: counter_q <= wrong_i ? 2'd2 : 2'd3;
    endcase
    if (!cleared_q) begin
      row_q <= row_q + 1'b1;
      write_q <= '1;
      counter_q <= '0;
      cleared_q <= &row_q;
    end
    if (!rst_ni) begin
      cleared_q <= 1'b0;
      row_q <= '0;
      write_q <= '0;
    end
  end

  for (genvar j = 0; j < Width; j++) begin : g_slot
    logic [1:0] counter;
    blockram #(
      .Depth(Rows),
      .Width(2)
    ) u_counters (
      .clk_i,
      .we_i   (write_q[j]),
      .waddr_i(row_q),
      .wdata_i(counter_q),
      .re_i   (1'b1),
      .raddr_i(row_i),
      .rdata_o(counter)
    );
    assign counters_o[j] = counter & {2{cleared_q}};
  end

  logic unused;
  assign unused = ^branch;

endmodule
