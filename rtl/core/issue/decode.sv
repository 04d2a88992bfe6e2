// Decode of one lane: from the operation's number (predecoded) and its word to control signals and the immediate.
//
// Memory addresses, jalr and system operations are decoded once, beside the lanes (unit_decode.sv); here they only
// claim their operands and their result.

module decode
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input  logic        valid_i,
  input  op_e         op_i,
  input  logic [31:0] word_i,
  input  logic [1:0]  slot_i,
  input  logic        writes_i,   // predecoded
  input  logic        use_a_i,
  input  logic        use_b_i,
  output lane_ctl_t   ctl_o,
  output logic        imm_b_o,    // second operand is imm_o
  output logic        pc_a_o,     // first operand is the operation's address (auipc)
  output logic        link_a_o,   // first operand is the address after the operation (jal, jalr)
  output logic        zero_a_o,   // first operand is zero (lui)
  output logic        wide_o,     // the immediate is the next word
  output logic [31:0] imm_o
);

  logic narrow;
  src2_e src2;
  alu_fn_e fn;
  assign src2 = src2_e'({word_i[Src2Piece1Lsb], word_i[Src2Piece0Lsb]});
  assign fn = alu_fn_e'(word_i[31:28]);
  assign narrow = op_i inside {OpXAdd, OpXSub, OpXAdc, OpXSbb, OpXAnd, OpXOr, OpXXor, OpXMov, OpXShl, OpXShr, OpXSar,
                               OpXRol, OpXRor, OpXInc, OpXDec, OpXRsb};

  unit_e unit;
  assign unit = op_unit(op_i);

  // Which word of the flag file: custom-0 and x.cmov/x.set name it at one place, the single-flag operations at another.
  logic [1:0] fd_alu, fd_single;
  assign fd_alu = word_i[FdXAddLsb+:2];
  assign fd_single = word_i[FdXGetfLsb+:2];

  always_comb begin
    ctl_o = '0;
    ctl_o.valid = valid_i;
    ctl_o.illegal = valid_i & (op_i == OpIllegal);
    ctl_o.rd = word_i[RdLsb+:5];
    ctl_o.writes = valid_i & writes_i;
    ctl_o.slot = slot_i;
    ctl_o.use_a = use_a_i;
    ctl_o.use_b = use_b_i;
    ctl_o.late = unit inside {UnitMem, UnitMul, UnitDiv, UnitSystem};
    ctl_o.mul = unit == UnitMul;
    ctl_o.flag_op = FlagsNone;
    ctl_o.fs = fd_alu;
    ctl_o.fd = fd_alu;
    ctl_o.alu.width = WidthD;
    ctl_o.alu.cond = word_i[CondLsb+:4];
    ctl_o.branch_op = word_i[14:12];

    imm_b_o = ~ctl_o.use_b;
    pc_a_o = op_i == OpAuipc;
    link_a_o = op_i inside {OpJal, OpJalr};
    zero_a_o = op_i == OpLui;
    wide_o = narrow & (src2 == Src2Wide);
    imm_o = imm_imm12(word_i);

    unique case (op_i)
      OpLui, OpAuipc: begin
        ctl_o.alu.sel_sum = 1'b1;
        imm_o = {word_i[31:12], 12'b0};
      end
      OpJal, OpJalr: begin
        ctl_o.alu.sel_sum = 1'b1;
        imm_o = '0;
      end
      OpBeq, OpBne, OpBlt, OpBge, OpBltu, OpBgeu: begin
        ctl_o.rv_branch = 1'b1;
        ctl_o.alu.is_unsigned = word_i[13];
      end
      OpAddi, OpAdd: ctl_o.alu.sel_sum = 1'b1;
      OpSub: begin
        ctl_o.alu.sel_sum = 1'b1;
        ctl_o.alu.invert_b = 1'b1;
        ctl_o.alu.carry_in = 1'b1;
      end
      OpSh1add, OpSh2add, OpSh3add: begin
        ctl_o.alu.sel_sum = 1'b1;
        ctl_o.alu.shift_add = word_i[14:13];
      end
      OpSlti, OpSltiu, OpSlt, OpSltu: begin
        ctl_o.alu.sel_less = 1'b1;
        ctl_o.alu.is_unsigned = word_i[12];
      end
      OpAndi, OpAnd: ctl_o.alu.sel_logic = 1'b1;
      OpOri, OpOr: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.logic_op = 2'd1;
      end
      OpXori, OpXor: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.logic_op = 2'd2;
      end
      OpAndn: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.logic_inv_b = 1'b1;
      end
      OpOrn: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.logic_op = 2'd1;
        ctl_o.alu.logic_inv_b = 1'b1;
      end
      OpXnor: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.logic_op = 2'd2;
        ctl_o.alu.logic_inv_b = 1'b1;
      end
      OpBclr, OpBclri: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.b_onehot = 1'b1;
        ctl_o.alu.logic_inv_b = 1'b1;
      end
      OpBset, OpBseti: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.b_onehot = 1'b1;
        ctl_o.alu.logic_op = 2'd1;
      end
      OpBinv, OpBinvi: begin
        ctl_o.alu.sel_logic = 1'b1;
        ctl_o.alu.b_onehot = 1'b1;
        ctl_o.alu.logic_op = 2'd2;
      end
      OpSlli, OpSll: begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.left = 1'b1;
      end
      OpSrli, OpSrl: ctl_o.alu.sel_shift = 1'b1;
      OpSrai, OpSra: begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.arith = 1'b1;
      end
      OpRol: begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.left = 1'b1;
        ctl_o.alu.rotate = 1'b1;
      end
      OpRor, OpRori: begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.rotate = 1'b1;
      end
      OpBext, OpBexti: begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.bit_extract = 1'b1;
      end
      OpMin, OpMinu, OpMax, OpMaxu: begin
        ctl_o.alu.sel_minmax = 1'b1;
        ctl_o.alu.is_unsigned = word_i[12];
        ctl_o.alu.want_max = word_i[13];
      end
      OpClz, OpCtz, OpCpop: begin
        ctl_o.alu.sel_count = 1'b1;
        ctl_o.late = 1'b1;  // as late as a product (bit_count.sv)
        ctl_o.mul = 1'b1;
        ctl_o.alu.count_op = word_i[21:20];
      end
      OpSextB, OpSextH, OpZextH, OpOrcB, OpRev8: begin
        ctl_o.alu.sel_bytes = 1'b1;
        unique case (op_i)
          OpSextB: ctl_o.alu.bytes_op = 3'd0;
          OpSextH: ctl_o.alu.bytes_op = 3'd1;
          OpZextH: ctl_o.alu.bytes_op = 3'd2;
          OpOrcB: ctl_o.alu.bytes_op = 3'd3;
          default: ctl_o.alu.bytes_op = 3'd4;
        endcase
      end
      OpXCmov: ctl_o.alu.sel_cmov = 1'b1;
      OpXSet: begin
        ctl_o.alu.sel_set = 1'b1;
        ctl_o.alu.set_high = word_i[HighLsb];
      end
      OpXGetf: begin
        ctl_o.alu.sel_getf = 1'b1;
        ctl_o.fs = fd_single;
      end
      OpXSetf: begin
        ctl_o.flag_op = FlagsAll;
        ctl_o.fd = fd_single;
      end
      OpXSetc: begin
        ctl_o.flag_op = FlagsCarry;
        ctl_o.fd = fd_single;
      end
      OpXSetco: begin
        ctl_o.flag_op = FlagsCarryO;
        ctl_o.fd = fd_single;
      end
      OpXB: begin
        ctl_o.flag_branch = 1'b1;
        ctl_o.fs = word_i[FbitLsb] ? 2'd2 : 2'd1;
        ctl_o.count = word_i[CountXBLsb+:5];
        ctl_o.commit = ctl_o.count != '0;
      end
      OpXJ, OpXJt: begin
        ctl_o.count = word_i[CountXJLsb+:5];
        ctl_o.commit = ctl_o.count != '0;
      end
      OpXCommit: begin
        ctl_o.count = word_i[CountXJLsb+:5];
        ctl_o.commit = 1'b1;
      end
      default: ;
    endcase

    if (narrow) begin
      ctl_o.alu.narrow = 1'b1;
      ctl_o.alu.width = word_i[WidthLsb+:2];
      ctl_o.alu.b_high = src2 == Src2High;
      imm_o = {{27{word_i[24]}}, word_i[24:20]};
      if (fd_alu == 2'd0) ctl_o.fs = 2'd1;  // the carry of x.adc and x.sbb then comes from f1
      unique case (fn)
        FnAdd, FnAdc, FnInc: begin
          ctl_o.alu.sel_sum = 1'b1;
          ctl_o.alu.carry_flag = fn == FnAdc;
          ctl_o.flag_op = (fn == FnInc) ? FlagsInc : FlagsAdd;
        end
        FnSub, FnSbb, FnDec: begin
          ctl_o.alu.sel_sum = 1'b1;
          ctl_o.alu.invert_b = 1'b1;
          ctl_o.alu.carry_in = 1'b1;
          ctl_o.alu.carry_flag = fn == FnSbb;
          ctl_o.flag_op = (fn == FnDec) ? FlagsDec : FlagsSub;
        end
        FnRsb: begin
          ctl_o.alu.sel_sum = 1'b1;
          ctl_o.alu.invert_a = 1'b1;
          ctl_o.alu.carry_in = 1'b1;
          ctl_o.flag_op = FlagsSub;
        end
        FnAnd, FnOr, FnXor, FnMov: begin
          ctl_o.alu.sel_logic = 1'b1;
          ctl_o.alu.logic_op = word_i[29:28];
          ctl_o.flag_op = FlagsLogic;
        end
        FnShl: ctl_o.flag_op = FlagsShl;
        FnShr: ctl_o.flag_op = FlagsShr;
        FnSar: ctl_o.flag_op = FlagsSar;
        FnRol: ctl_o.flag_op = FlagsRol;
        default: ctl_o.flag_op = FlagsRor;
      endcase
      if (fn inside {FnShl, FnShr, FnSar, FnRol, FnRor}) begin
        ctl_o.alu.sel_shift = 1'b1;
        ctl_o.alu.left = fn inside {FnShl, FnRol};
        ctl_o.alu.arith = fn == FnSar;
        ctl_o.alu.rotate = fn inside {FnRol, FnRor};
      end
      if (fd_alu == 2'd0) ctl_o.flag_op = FlagsNone;
    end
    if (!valid_i) begin
      ctl_o.flag_op = FlagsNone;
      ctl_o.commit = 1'b0;
      ctl_o.rv_branch = 1'b0;
      ctl_o.flag_branch = 1'b0;
    end
  end

endmodule
