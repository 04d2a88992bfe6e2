// Decode of the operation that uses the memory unit's operands: memory, multiply, divide, indirect jumps, system.
// A group has at most one.

module unit_decode
  import veil_core_pkg::*;
  import veil_isa_pkg::*;
(
  input  logic        valid_i,
  input  op_e         op_i,
  input  logic [31:0] word_i,
  input  logic [31:0] wide_i,     // the word after it
  output mem_ctl_t    mem_o,
  output seg_e        seg_o,
  output logic [31:0] disp_o,
  output logic        indexed_o,  // the second operand is scaled and added to the address
  output logic [1:0]  scale_o,
  output slow_e       slow_o,
  output logic        jalr_o,
  output logic        jt_o
);

  logic ordinary_load, ordinary_store, flat_load, flat_store, seg_load, seg_store;
  assign ordinary_load = op_i inside {OpLb, OpLh, OpLw, OpLbu, OpLhu};
  assign ordinary_store = op_i inside {OpSb, OpSh, OpSw};
  assign flat_load = op_i inside {OpGLb, OpGLh, OpGLw, OpGLbu, OpGLhu};
  assign flat_store = op_i inside {OpGSb, OpGSh, OpGSw};
  assign seg_load = op_i inside {OpGxLb, OpGxLh, OpGxLw, OpGxLbu, OpGxLhu};
  assign seg_store = op_i inside {OpGxSb, OpGxSh, OpGxSw};

  logic seg_form, any_store, csr_imm;
  assign seg_form = seg_load | seg_store;
  assign any_store = ordinary_store | flat_store | seg_store;
  assign csr_imm = op_i inside {OpCsrrwi, OpCsrrsi, OpCsrrci};
  assign seg_o = seg_form ? seg_e'(word_i[SegLsb+:3]) : SegFlat;

  always_comb begin
    mem_o = '0;
    mem_o.valid = valid_i & (ordinary_load | ordinary_store | flat_load | flat_store | seg_form);
    mem_o.store = any_store;
    mem_o.guard = seg_form & word_i[GuardLsb];
    mem_o.check = seg_form & ~(seg_o inside {SegFlat, SegMon});
    if (ordinary_load | ordinary_store) mem_o.access = AccessOrdinary;
    else if (seg_form & (seg_o == SegMon)) mem_o.access = AccessMonitor;
    else mem_o.access = AccessGuest;
    mem_o.zero_ext = word_i[14];
    unique case (op_i)
      OpLb, OpLbu, OpSb, OpGLb, OpGLbu, OpGSb, OpGxLb, OpGxLbu, OpGxSb: mem_o.size = SizeByte;
      OpLh, OpLhu, OpSh, OpGLh, OpGLhu, OpGSh, OpGxLh, OpGxLhu, OpGxSh: mem_o.size = SizeHalf;
      default: mem_o.size = SizeWord;
    endcase

    disp_o = '0;
    if (ordinary_load | flat_load | (op_i == OpJalr)) disp_o = imm_imm12(word_i);
    if (ordinary_store | flat_store) disp_o = imm_simm12(word_i);
    if (seg_store) disp_o = imm_disp7(word_i);
    if (seg_form & word_i[WideLsb]) disp_o = wide_i;
    if (csr_imm) disp_o = imm_zimm(word_i);

    indexed_o = seg_load;
    scale_o = word_i[ScaleLsb+:2];
    jalr_o = valid_i & (op_i == OpJalr);
    jt_o = valid_i & (op_i == OpXJt);

    unique case (op_i)
      OpDiv, OpDivu, OpRem, OpRemu: slow_o = SlowDiv;
      OpCsrrw, OpCsrrs, OpCsrrc, OpCsrrwi, OpCsrrsi, OpCsrrci: slow_o = SlowCsr;
      OpFence: slow_o = SlowFence;
      OpFenceI: slow_o = SlowFenceI;
      OpEcall: slow_o = SlowEcall;
      OpEbreak: slow_o = SlowEbreak;
      OpMret: slow_o = SlowMret;
      OpWfi: slow_o = SlowWfi;
      OpXRollback: slow_o = SlowRollback;
      default: slow_o = SlowNone;
    endcase
    if (!valid_i) slow_o = SlowNone;
  end

endmodule
