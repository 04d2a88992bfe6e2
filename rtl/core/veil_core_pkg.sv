// Types shared by the modules of the core: what decode tells the later stages.
//
// Encodings, addresses, CSR numbers and causes are not here: they come from the generated veil_isa_pkg.

/* verilator lint_off UNUSEDPARAM */  // not every module uses every value
package veil_core_pkg;

  import veil_isa_pkg::*;

  // What the prediction of the next fetch looks at.
  typedef enum logic [1:0] {
    FlowNone   = 2'd0,
    FlowBranch = 2'd1,
    FlowCall   = 2'd2,    // jal, jalr that write ra
    FlowReturn = 2'd3     // jalr x0, 0(ra)
  } flow_e;

  // What predecode adds to each word of the I-cache.
  typedef struct packed {
    logic [7:0] op;       // op_e; OpIllegal for undefined patterns and wide operations without room
    logic       data;     // a wide immediate: belongs to the operation before it
    logic [1:0] last;     // last slot of the group, if one begins here
    logic       unit;     // goes through the memory unit's operands: mem, mul, div, jalr, x.jt, system
    logic       take;     // decode redirects: direct jump, branch encoded as likely taken
    flow_e      flow;
    logic [1:0] reach;    // kind of displacement, see reach_e
    logic       writes;   // x[rd], rd != 0
    logic       use_a;    // reads x[rs1] / x[rs2]
    logic       use_b;
    logic [1:0] lane;
  } predecode_t;

  typedef enum logic [1:0] {
    ReachJal    = 2'd0,
    ReachBranch = 2'd1,
    ReachXj     = 2'd2,
    ReachXb     = 2'd3
  } reach_e;

  // What a group gives back to the predictors; parts of it are not used where there is no predictor, or a small one.
  typedef struct packed {
    logic [7:0] top;      // index into the return stack, after this group
    logic [1:0] history;  // the counter of its branch
  } predict_t;

  // Where a memory operation's address goes.
  typedef enum logic [1:0] {
    AccessOrdinary = 2'd0,  // native physical, stores final at once
    AccessGuest    = 2'd1,  // segment, TLB, bound
    AccessMonitor  = 2'd2   // native physical, stores gated
  } access_e;

  // log2 of the bytes of an access.
  typedef enum logic [1:0] {
    SizeByte = 2'd0,
    SizeHalf = 2'd1,
    SizeWord = 2'd2
  } size_e;

  // The memory operation of a group (at most one), as it leaves register read.
  typedef struct packed {
    logic        valid;
    logic        store;
    logic        zero_ext;
    size_e       size;
    access_e     access;
    logic        guard;     // alias table: a load protects, a store checks
    logic        check;     // segment 0..5: limit and attributes apply
  } mem_ctl_t;

  // What a lane's ALU does.  One of the sel_* bits says where the result comes from.
  typedef struct packed {
    logic       narrow;     // Xveil arithmetic: merge into rs1, flags
    logic [1:0] width;      // [enums.width]; d for RV operations
    logic       b_high;     // second operand is rs2[15:8]
    // adder
    logic       sel_sum;
    logic       invert_a;
    logic       invert_b;
    logic       carry_in;   // constant part of the carry in
    logic       carry_flag; // exclusive-or the flag's CF into it
    logic [1:0] shift_add;  // sh1add .. sh3add
    // logic
    logic       sel_logic;
    logic [1:0] logic_op;   // 0 and, 1 or, 2 xor, 3 second operand
    logic       logic_inv_b;
    logic       b_onehot;   // second operand is 1 << b[4:0] (Zbs)
    // shifts
    logic       sel_shift;
    logic       left;
    logic       arith;
    logic       rotate;
    logic       bit_extract;
    // comparisons
    logic       sel_less;   // slt, sltu
    logic       is_unsigned;
    logic       sel_minmax;
    logic       want_max;
    // conditions
    logic       sel_cmov;
    logic       sel_set;
    logic       set_high;
    logic       sel_getf;
    logic [3:0] cond;
    // unary
    logic       sel_count;
    logic [1:0] count_op;   // 0 clz, 1 ctz, 2 cpop
    logic       sel_bytes;
    logic [2:0] bytes_op;   // 0 sext.b, 1 sext.h, 2 zext.h, 3 orc.b, 4 rev8
  } alu_ctl_t;

  // How an operation changes its flag register.
  typedef enum logic [3:0] {
    FlagsNone   = 4'd0,
    FlagsAdd    = 4'd1,   // all six; CF = carry out
    FlagsSub    = 4'd2,   // all six; CF = borrow
    FlagsInc    = 4'd3,   // as add without CF
    FlagsDec    = 4'd4,   // as sub without CF
    FlagsLogic  = 4'd5,
    FlagsShl    = 4'd6,
    FlagsShr    = 4'd7,
    FlagsSar    = 4'd8,
    FlagsRol    = 4'd9,
    FlagsRor    = 4'd10,
    FlagsAll    = 4'd11,  // x.setf
    FlagsCarry  = 4'd12,  // x.setc
    FlagsCarryO = 4'd13   // x.setco
  } flag_op_e;

  // Bits of a flag register, as [enums.flag].
  typedef struct packed {
    logic of;
    logic sf;
    logic zf;
    logic af;
    logic pf;
    logic cf;
  } flags_t;

  // Flag registers f3, f2, f1 (index 0 = f1).
  typedef flags_t [2:0] flag_file_t;

  // What flag_prepare.sv hands to the flag unit one stage later.
  typedef struct packed {
    logic [31:0] result;       // in the low bits of the width, not merged
    logic        is_byte;
    logic        is_half;
    flags_t      known;        // bits that do not depend on the result
    logic        direct;       // ZF, SF, PF are among them
    logic [3:0]  shift_out;    // places where the last bit shifted out can be
    logic [3:0]  shift_place;  // one-hot: where it is
    logic        shl;
    logic        rol;
    logic        ror;
    logic        write_cf;
    logic        write_of;
    logic        write_rest;
  } flag_raw_t;

  // One lane, as decode sees it.
  typedef struct packed {
    logic       valid;
    logic       illegal;
    logic [4:0] rd;
    logic       writes;       // x[rd], rd != 0
    logic       late;         // result known in W only: loads, and everything that the slow path answers
    logic       mul;
    logic       use_a;        // reads x[rs1] / x[rs2]
    logic       use_b;
    alu_ctl_t   alu;
    flag_op_e   flag_op;
    logic [1:0] fd;           // flag register written (flag_op) or read (conditions, carry)
    logic [1:0] fs;
    logic       rv_branch;
    logic [2:0] branch_op;    // funct3 of the RV branch
    logic       flag_branch;
    logic       commit;       // explicit: x.commit, x.j, x.b with count; x.jt: only if it jumps
    logic [4:0] count;
    logic [1:0] slot;         // place in the fetch block
  } lane_ctl_t;

  // What the slow path does for a group that needs it whatever its operands are.
  typedef enum logic [3:0] {
    SlowNone     = 4'd0,
    SlowCsr      = 4'd1,
    SlowFence    = 4'd2,
    SlowFenceI   = 4'd3,
    SlowEcall    = 4'd4,
    SlowEbreak   = 4'd5,
    SlowMret     = 4'd6,
    SlowWfi      = 4'd7,
    SlowRollback = 4'd8,
    SlowDiv      = 4'd9
  } slow_e;

  // A group on its way from register read to retirement.
  typedef struct packed {
    logic [31:2] pc;          // of its first operation
    logic [31:2] npc;         // of the group after it
    logic [2:0]  ops;
    logic        commit;      // the working state becomes the committed one (mode, or explicit)
    logic        xcommit;     // explicit commit
    logic [4:0]  count;
    logic [31:2] commit_pc;   // address of the committing operation
    slow_e       slow;
    logic        jalr;
    logic        jt;          // x.jt
    logic        spec;        // mode in which it runs
    predict_t    predict;
    logic        fetch_fault;
    logic        illegal;
    logic [31:0] op;          // of the memory/system/jump unit, or the illegal one
  } group_t;

  // A trap on its way to the CSRs.
  typedef struct packed {
    logic        is_irq;
    logic [5:0]  cause;
    logic [31:0] tval;
  } trap_t;

  // The TLB (tlb.sv, tlb_second.sv).
  localparam int unsigned TlbColumns = 4;

  typedef struct packed {
    logic io;
    logic user;
    logic write;
  } tlb_rights_t;

  // What CSR writes and sweeps do to it; pulses, but for borrow.
  typedef struct packed {
    logic        borrow;  // M's address register shall hold page, from the cycle before a pulse until the TLB is idle
    logic        fill;
    logic        drop;
    logic        mark;    // drops, too
    logic        marked;
    logic        clear;   // the second level as a whole
    logic        sweep;   // a row of the first
    logic [7:0]  row;
    logic [19:0] page;
  } tlb_request_t;

  // A Galois register: two of its bits choose what is replaced.
  function automatic logic [15:0] tlb_random_next(logic [15:0] r);
    return {1'b0, r[15:1]} ^ (r[0] ? 16'hb400 : 16'h0);
  endfunction

  // What is wrong with a page.  Which cause that is, is decided a cycle after the TLB has been asked.
  typedef struct packed {
    logic guest;
    logic store;
    logic missing;  // from here on for guests only
    logic denied;
    logic io;
    logic beyond;
    logic marked;
  } page_why_t;

  function automatic logic [5:0] page_cause(page_why_t why);
    if (why.guest & why.missing) return why.store ? CauseTlbStore : CauseTlbLoad;
    if (why.guest & why.denied) return CauseProtection;
    if (why.guest & why.io) return CauseIo;
    if (why.guest & why.beyond) return CauseBound;
    if (why.guest & why.marked) return CauseCodeWrite;
    return why.store ? CauseStoreAccess : CauseLoadAccess;
  endfunction

  // Retirement record (docs/internals/native-machine.md, "What a core reports"); registers are beside it.
  typedef struct packed {
    logic [31:0] pc;
    logic [31:0] next_pc;
    logic [2:0]  ops;
    logic        spec;
    logic        xcommit;
    logic [4:0]  count;
    logic        rollback;   // x.rollback
    logic        committed;  // the working state became the committed one, for whatever reason
    logic        undone;     // the working state went back to the last commit
    logic        trap;
    logic        trap_rolls_back;
    logic        trap_interrupt;
    logic [5:0]  trap_cause;
    logic [31:0] trap_tval;
    logic [2:0]  flags_written;
    flag_file_t  flags;
    logic        mem_valid;
    logic        mem_store;
    logic        mem_gated;
    size_e       mem_size;
    logic [31:0] mem_phys;
    logic [31:0] mem_phys2;
    logic [31:0] mem_data;
    logic        csr_written;
    logic [11:0] csr;
    logic [31:0] csr_value;
  } trace_t;

  // Performance events of one cycle (index = [counter] of native.toml, summed by counters.sv and the harness).
  typedef struct packed {
    logic [4:0] store_depth;
    logic       bus_write;
    logic       bus_read;
    logic       jt_hit;
    logic       jt_lookup;
    logic       trap_deadline;
    logic       trap_overflow;
    logic       trap_code_write;
    logic       trap_alias;
    logic       trap;
    logic       tlb_walk;
    logic       tlb_miss;
    logic       dcache_miss;
    logic       icache_miss;
    logic       store;
    logic       load;
    logic       redirect;
    logic       branch_taken;
    logic       stall_store;
    logic       stall_dcache;
    logic       stall_load;
    logic       stall_hazard;
    logic       stall_icache;
    logic       stall_fetch;
    logic       rollback;
    logic       commit;
    logic [4:0] guest_instructions;
    logic [2:0] operations;
    logic       group;
  } events_t;

  // verilator lint_off UNUSEDSIGNAL
  // Operations with a wide immediate: the next word is data.
  function automatic logic op_is_wide(op_e op, logic [31:0] w);
    if (op inside {OpXAdd, OpXSub, OpXAdc, OpXSbb, OpXAnd, OpXOr, OpXXor, OpXMov, OpXShl, OpXShr, OpXSar, OpXRol,
                   OpXRor, OpXInc, OpXDec, OpXRsb}) begin
      return {w[Src2Piece1Lsb], w[Src2Piece0Lsb]} == Src2Wide;
    end
    return (op inside {OpGxLb, OpGxLh, OpGxLw, OpGxLbu, OpGxLhu, OpGxSb, OpGxSh, OpGxSw}) & w[WideLsb];
  endfunction

  // Writes a register: the fences have an rd field that means nothing.
  function automatic logic op_writes(op_e op, logic [31:0] w);
    return op_has_rd(op) & ~(op inside {OpFence, OpFenceI}) & (w[RdLsb+:5] != '0);
  endfunction

  // A second operand of narrow arithmetic that is not a register.
  function automatic logic op_src2_imm(op_e op, logic [31:0] w);
    return (op inside {OpXAdd, OpXSub, OpXAdc, OpXSbb, OpXAnd, OpXOr, OpXXor, OpXMov, OpXShl, OpXShr, OpXSar, OpXRol,
                       OpXRor, OpXInc, OpXDec, OpXRsb}) &
           (src2_e'({w[Src2Piece1Lsb], w[Src2Piece0Lsb]}) inside {Src2Imm5, Src2Wide});
  endfunction

  function automatic logic condition(logic [3:0] cond, flags_t f);
    logic t;
    unique case (cond[3:1])
      3'd0: t = f.of;
      3'd1: t = f.cf;
      3'd2: t = f.zf;
      3'd3: t = f.cf | f.zf;
      3'd4: t = f.sf;
      3'd5: t = f.pf;
      3'd6: t = f.sf ^ f.of;
      default: t = f.zf | (f.sf ^ f.of);
    endcase
    return t ^ cond[0];
  endfunction

  // verilator lint_on UNUSEDSIGNAL

endpackage
/* verilator lint_on UNUSEDPARAM */
