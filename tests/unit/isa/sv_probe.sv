// The generated package's functions, made visible to sv_decode.cpp.
module sv_probe
  import veil_isa_pkg::*;
(
    input  logic [31:0] word_i,
    output op_e         op_o,
    output unit_e       unit_o,
    output logic        has_rd_o,
    output logic        has_rs1_o,
    output logic        has_rs2_o,
    output logic [31:0] imm12_o,
    output logic [31:0] simm12_o,
    output logic [31:0] boff_o,
    output logic [31:0] joff_o,
    output logic [31:0] jump17_o,
    output logic [31:0] br13_o,
    output logic [31:0] disp7_o
);
  assign op_o      = decode_op(word_i);
  assign unit_o    = op_unit(op_o);
  assign has_rd_o  = op_has_rd(op_o);
  assign has_rs1_o = op_has_rs1(op_o);
  assign has_rs2_o = op_has_rs2(op_o);
  assign imm12_o   = imm_imm12(word_i);
  assign simm12_o  = imm_simm12(word_i);
  assign boff_o    = imm_boff(word_i);
  assign joff_o    = imm_joff(word_i);
  assign jump17_o  = imm_jump17(word_i);
  assign br13_o    = imm_br13(word_i);
  assign disp7_o   = imm_disp7(word_i);
endmodule
