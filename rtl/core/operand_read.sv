// Register read (R): banked two-version register file, bypass from M and W, hazards, selects for X.
//
// Lane l writes bank l only (register number mod Width), so a bank has one write port and every operand reads one word
// of every bank.  Results in M and W are merged here; a result that is in X now, or a load in M, is taken in X through
// one-hot selects registered at the end of this stage.

module operand_read
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4,
  localparam int unsigned Ops = 2 * Width,
  localparam int unsigned BankLog2 = $clog2(Width),
  localparam int unsigned RowWidth = 5 - BankLog2
) (
  input  logic                         clk_i,
  // operands of the group in R
  input  logic [Width-1:0][31:0]       word_i,
  input  logic [Width-1:0][1:0]        version_i,    // of rs2, rs1
  input  lane_ctl_t [Width-1:0]        ctl_i,
  output logic [Ops-1:0][31:0]         value_o,
  output logic [Ops-1:0][Width-1:0]    from_m_o,     // take M's result of that lane in X
  output logic [Ops-1:0]               from_load_o,  // take the load result in X
  output logic                         hazard_o,
  output logic                         hazard_load_o,
  // groups ahead; `writes`, `late` and `mul` are low if there is none or it does not write
  input  lane_ctl_t [Width-1:0]        x_ctl_i,
  input  lane_ctl_t [Width-1:0]        m_ctl_i,
  input  logic [Width-1:0][31:0]       m_result_i,
  input  lane_ctl_t [Width-1:0]        w_ctl_i,
  input  logic [Width-1:0][31:0]       w_result_i,
  // retirement
  input  logic                         write_i,
  input  logic [Width-1:0]             write_version_i
);

  logic [Ops-1:0][4:0] rs;
  logic [Ops-1:0] version, used;
  always_comb begin
    for (int unsigned l = 0; l < Width; l++) begin
      rs[2*l] = word_i[l][Rs1Lsb+:5];
      rs[2*l+1] = word_i[l][Rs2Lsb+:5];
      version[2*l+:2] = version_i[l];
      used[2*l] = ctl_i[l].valid & ctl_i[l].use_a;
      used[2*l+1] = ctl_i[l].valid & ctl_i[l].use_b;
    end
  end
  logic unused_bits;
  assign unused_bits = ^{word_i, ctl_i, x_ctl_i, m_ctl_i, w_ctl_i};

  logic [Width-1:0][Ops-1:0][31:0] bank_data;
  for (genvar b = 0; b < Width; b++) begin : g_bank
    logic [Ops-1:0][RowWidth:0] raddr;
    for (genvar k = 0; k < Ops; k++) begin : g_port
      assign raddr[k] = {version[k], rs[k][4:BankLog2]};
    end
    lutram #(
      .Depth(2 << RowWidth),
      .Width(32),
      .NumRead(Ops)
    ) u_bank (
      .clk_i,
      .we_i   (write_i & w_ctl_i[b].writes),
      .waddr_i({write_version_i[b], w_ctl_i[b].rd[4:BankLog2]}),
      .wdata_i(w_result_i[b]),
      .raddr_i(raddr),
      .rdata_o(bank_data[b])
    );
  end

  function automatic logic in_bank(logic [1:0] low, logic [1:0] b);
    return (low & 2'(Width - 1)) == b;
  endfunction

  always_comb begin
    logic [Width-1:0] hit_x, hit_m, hit_w;
    logic [31:0] v;
    logic in_w, in_m, from_bank;
    logic late_x, mul_x, late_m, mul_m, same_x, same_m;
    hazard_o = 1'b0;
    hazard_load_o = 1'b0;
    for (int unsigned k = 0; k < Ops; k++) begin
      late_x = 1'b0;
      mul_x = 1'b0;
      late_m = 1'b0;
      mul_m = 1'b0;
      for (int unsigned b = 0; b < Width; b++) begin
        same_x = in_bank(rs[k][1:0], 2'(b)) & (x_ctl_i[b].rd[4:BankLog2] == rs[k][4:BankLog2]);
        same_m = in_bank(rs[k][1:0], 2'(b)) & (m_ctl_i[b].rd[4:BankLog2] == rs[k][4:BankLog2]);
        hit_x[b] = same_x & x_ctl_i[b].writes;
        hit_m[b] = same_m & m_ctl_i[b].writes;
        hit_w[b] = w_ctl_i[b].writes & in_bank(rs[k][1:0], 2'(b)) &
                   (w_ctl_i[b].rd[4:BankLog2] == rs[k][4:BankLog2]);
        late_x = late_x | (hit_x[b] & x_ctl_i[b].late);
        mul_x = mul_x | (hit_x[b] & x_ctl_i[b].mul);
        late_m = late_m | (hit_m[b] & m_ctl_i[b].late);
        mul_m = mul_m | (hit_m[b] & m_ctl_i[b].mul);
        // A load in X is two stages from its result, a product in X or M too; a load in M arrives just in time.  (A register
        // that both X and M write waits for M's product for nothing: it is rare, and hazards hold up fetch.)
        hazard_o = hazard_o | (used[k] & ((same_x & x_ctl_i[b].late) | (same_m & m_ctl_i[b].mul)));
      end
      // One-hot selects: the youngest that there is.
      in_w = |hit_w;
      in_m = |hit_m;
      v = '0;
      for (int unsigned b = 0; b < Width; b++) begin
        from_bank = in_bank(rs[k][1:0], 2'(b)) & (rs[k] != '0) & ~in_w & ~in_m;
        v = v | (bank_data[b][k] & {32{from_bank}});
        v = v | (w_result_i[b] & {32{hit_w[b] & ~in_m}});
        v = v | (m_result_i[b] & {32{hit_m[b]}});
      end
      value_o[k] = v;

      hazard_load_o = hazard_load_o | (used[k] & late_x & ~mul_x);
      for (int unsigned b = 0; b < Width; b++) from_m_o[k][b] = hit_x[b] & ~x_ctl_i[b].late;
      from_load_o[k] = late_m & ~mul_m & ~|hit_x;
    end
  end

endmodule
