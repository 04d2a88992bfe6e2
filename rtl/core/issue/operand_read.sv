// Register read (R): banked two-version register file, bypass from M and W, hazards, selects for X.
//
// Lane l writes bank l only (register number mod Width), so a bank has one write port and every operand reads one word
// of every bank.  Results in M and W are merged here; a result that is in X now, or a load in M, is taken in X through
// one-hot selects registered at the end of this stage.

`include "veil_assert.svh"

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

  // What the lanes ahead do, a bit or a row for each: the loop over the operands compares with all of them at once.
  logic [Width-1:0] x_writes, x_late, x_mul, m_writes, m_late, m_mul, w_writes;
  logic [Width-1:0][RowWidth-1:0] x_row, m_row, w_row;
  always_comb begin
    for (int unsigned b = 0; b < Width; b++) begin
      x_writes[b] = x_ctl_i[b].writes;
      x_late[b] = x_ctl_i[b].late;
      x_mul[b] = x_ctl_i[b].mul;
      x_row[b] = x_ctl_i[b].rd[4:BankLog2];
      m_writes[b] = m_ctl_i[b].writes;
      m_late[b] = m_ctl_i[b].late;
      m_mul[b] = m_ctl_i[b].mul;
      m_row[b] = m_ctl_i[b].rd[4:BankLog2];
      w_writes[b] = w_ctl_i[b].writes;
      w_row[b] = w_ctl_i[b].rd[4:BankLog2];
    end
  end

  always_comb begin
    logic [Width-1:0] bank, same_x, same_m, same_w, hit_x, hit_m, hit_w;
    logic [31:0] v;
    logic in_w, in_m;
    hazard_o = 1'b0;
    hazard_load_o = 1'b0;
    for (int unsigned k = 0; k < Ops; k++) begin
      bank = Width'(1) << (rs[k] & 5'(Width - 1));
      same_x = bank;
      same_m = bank;
      same_w = bank;
      for (int unsigned b = 0; b < Width; b++) begin
        same_x[b] = same_x[b] & (x_row[b] == rs[k][4:BankLog2]);
        same_m[b] = same_m[b] & (m_row[b] == rs[k][4:BankLog2]);
        same_w[b] = same_w[b] & (w_row[b] == rs[k][4:BankLog2]);
      end
      hit_x = same_x & x_writes;
      hit_m = same_m & m_writes;
      hit_w = same_w & w_writes;
      // One-hot selects: the youngest that there is.
      in_w = |hit_w;
      in_m = |hit_m;
      v = '0;
      for (int unsigned b = 0; b < Width; b++) begin
        v = v | (bank_data[b][k] & {32{bank[b] & (rs[k] != '0) & ~in_w & ~in_m}});
        v = v | (w_result_i[b] & {32{hit_w[b] & ~in_m}});
        v = v | (m_result_i[b] & {32{hit_m[b]}});
      end
      value_o[k] = v;

      // A load in X is two stages from its result, a product in X or M too; a load in M arrives just in time.  (A register
      // that both X and M write waits for M's product for nothing: it is rare, and hazards hold up fetch.)
      hazard_o = hazard_o | (used[k] & |((same_x & x_late) | (same_m & m_mul)));
      hazard_load_o = hazard_load_o | (used[k] & |(hit_x & x_late) & ~|(hit_x & x_mul));
      from_m_o[k] = hit_x & ~x_late;
      from_load_o[k] = |(hit_m & m_late) & ~|(hit_m & m_mul) & ~|hit_x;
    end
  end

  for (genvar b = 0; b < Width; b++) begin : g_write_assert
    `VEIL_ASSERT(LaneIsBank, !(write_i & w_ctl_i[b].writes) | ((32'(w_ctl_i[b].rd) & (Width - 1)) == b), clk_i, 1'b0)
  end
  for (genvar k = 0; k < Ops; k++) begin : g_read_assert
    `VEIL_ASSERT(OneSource, $onehot0({from_m_o[k], from_load_o[k]}), clk_i, 1'b0)
  end

endmodule
