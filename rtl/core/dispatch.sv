// Dispersal in decode (D): slots of the group to lanes, the operation of the memory unit beside them, and the version
// bits of every source register.

module dispatch
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
#(
  parameter int unsigned Width = 4
) (
  input  logic       [Width-1:0]       active_i,
  input  predecode_t [Width-1:0]       pd_i,
  input  logic       [Width-1:0][31:0] word_i,
  input  logic       [31:0]            working_i,   // version bits as of the group before
  output logic       [Width-1:0]       valid_o,     // per lane from here on
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

  logic [Width-1:0][31:0] after;  // the word behind each slot
  logic [Width-1:0] is_unit;
  always_comb begin
    for (int unsigned j = 0; j < Width; j++) begin
      after[j] = (j + 1 < Width) ? word_i[(j+1)%Width] : '0;
      is_unit[j] = active_i[j] & pd_i[j].unit;
    end
  end

  always_comb begin
    logic [7:0] op, unit_op;
    logic take;
    unit_op = '0;
    unit_word_o = '0;
    unit_wide_o = '0;
    count_o = '0;
    for (int unsigned j = 0; j < Width; j++) begin
      unit_op = unit_op | (pd_i[j].op & {8{is_unit[j]}});
      unit_word_o = unit_word_o | (word_i[j] & {32{is_unit[j]}});
      unit_wide_o = unit_wide_o | (after[j] & {32{is_unit[j]}});
      count_o = count_o + 3'(active_i[j]);
    end
    unit_op_o = op_e'(unit_op);
    for (int unsigned l = 0; l < Width; l++) begin
      valid_o[l] = 1'b0;
      op = '0;
      word_o[l] = '0;
      wide_o[l] = '0;
      slot_o[l] = '0;
      version_o[l] = '0;
      unit_lane_o[l] = 1'b0;
      for (int unsigned j = 0; j < Width; j++) begin
        take = active_i[j] & (pd_i[j].lane == 2'(l));
        valid_o[l] = valid_o[l] | take;
        op = op | (pd_i[j].op & {8{take}});
        word_o[l] = word_o[l] | (word_i[j] & {32{take}});
        wide_o[l] = wide_o[l] | (after[j] & {32{take}});
        slot_o[l] = slot_o[l] | (2'(j) & {2{take}});
        version_o[l] = version_o[l] | ({working_i[word_i[j][24:20]], working_i[word_i[j][19:15]]} & {2{take}});
        unit_lane_o[l] = unit_lane_o[l] | (take & pd_i[j].unit);
      end
      op_o[l] = op_e'(op);
    end
  end

endmodule
