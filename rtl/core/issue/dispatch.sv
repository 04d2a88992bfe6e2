// Dispersal at the end of decode (D): slots of the group to lanes, the operation of the memory unit beside them, and the
// version bits of every source register; then the registers in front of register read (R).

module dispatch
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic                         clk_i,
  input  logic                         advance_i,
  input  logic       [Width-1:0]       active_i,
  input  predecode_t [Width-1:0]       pd_i,
  input  logic       [Width-1:0][31:0] word_i,
  // version bits: as of the groups before the one in R, and what that one writes
  input  logic       [31:0]            working_i,
  input  logic       [31:0]            committed_i,
  input  logic       [Width-1:0]       r_writes_i,
  input  logic       [Width-1:0][4:0]  r_rd_i,
  output logic       [Width-1:0]       valid_o,     // in R, per lane from here on
  output logic       [Width-1:0]       writes_o,
  output logic       [Width-1:0]       use_a_o,
  output logic       [Width-1:0]       use_b_o,
  output op_e        [Width-1:0]       op_o,
  output logic       [Width-1:0][31:0] word_o,
  output logic       [Width-1:0][31:0] wide_o,
  output logic       [Width-1:0][1:0]  slot_o,
  output logic       [Width-1:0][1:0]  version_o,   // rs2, rs1
  output logic       [Width-1:0]       unit_lane_o,
  output op_e                          unit_op_o,
  output logic       [31:0]            unit_word_o,
  output logic       [31:0]            unit_wide_o,
  output logic       [2:0]             count_o
);

  logic [Width-1:0][31:0] after;  // the word after each slot
  logic [Width-1:0] is_unit;
  logic [Width-1:0][1:0] sources;  // versions of each slot's rs2, rs1
  always_comb begin
    for (int unsigned j = 0; j < Width; j++) begin
      after[j] = (j + 1 < Width) ? word_i[(j+1)%Width] : '0;
      is_unit[j] = active_i[j] & pd_i[j].unit;
      sources[j] = {version_of(word_i[j][Rs2Lsb+:5]), version_of(word_i[j][Rs1Lsb+:5])};
    end
  end

  // The version of a source: a register that the group in R writes is in the version that is not the committed one.
  function automatic logic version_of(logic [4:0] rs);
    logic by_r;
    by_r = 1'b0;
    for (int unsigned l = 0; l < Width; l++) by_r = by_r | (r_writes_i[l] & (r_rd_i[l] == rs));
    return by_r ? ~committed_i[rs] : working_i[rs];
  endfunction

  logic [Width-1:0] valid, unit_lane, writes, use_a, use_b;
  logic [Width-1:0][7:0] op;
  logic [Width-1:0][31:0] word, wide;
  logic [Width-1:0][1:0] slot, version;
  logic [7:0] unit_op;
  logic [31:0] unit_word, unit_wide;
  logic [2:0] count;

  always_comb begin
    logic take;
    unit_op = '0;
    unit_word = '0;
    unit_wide = '0;
    count = '0;
    for (int unsigned j = 0; j < Width; j++) begin
      unit_op = unit_op | (pd_i[j].op & {8{is_unit[j]}});
      unit_word = unit_word | (word_i[j] & {32{is_unit[j]}});
      unit_wide = unit_wide | (after[j] & {32{is_unit[j]}});
      count = count + 3'(active_i[j]);
    end
    valid = '0;
    writes = '0;
    use_a = '0;
    use_b = '0;
    op = '0;
    word = '0;
    wide = '0;
    slot = '0;
    version = '0;
    unit_lane = '0;
    for (int unsigned l = 0; l < Width; l++) begin
      for (int unsigned j = 0; j < Width; j++) begin
        take = active_i[j] & (pd_i[j].lane == 2'(l));
        valid[l] = valid[l] | take;
        op[l] = op[l] | (pd_i[j].op & {8{take}});
        word[l] = word[l] | (word_i[j] & {32{take}});
        wide[l] = wide[l] | (after[j] & {32{take}});
        slot[l] = slot[l] | (2'(j) & {2{take}});
        version[l] = version[l] | (sources[j] & {2{take}});
        writes[l] = writes[l] | (take & pd_i[j].writes);
        use_a[l] = use_a[l] | (take & pd_i[j].use_a);
        use_b[l] = use_b[l] | (take & pd_i[j].use_b);
        unit_lane[l] = unit_lane[l] | (take & pd_i[j].unit);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      valid_o <= valid;
      writes_o <= writes;
      use_a_o <= use_a;
      use_b_o <= use_b;
      for (int unsigned l = 0; l < Width; l++) op_o[l] <= op_e'(op[l]);
      word_o <= word;
      wide_o <= wide;
      slot_o <= slot;
      version_o <= version;
      unit_lane_o <= unit_lane;
      unit_op_o <= op_e'(unit_op);
      unit_word_o <= unit_word;
      unit_wide_o <= unit_wide;
      count_o <= count;
    end
  end

endmodule
