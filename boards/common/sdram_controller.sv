// SDR SDRAM controller with a Wishbone B4 pipelined slave: 32 bits on the bus, 16 at the chip.
//
// A word is a burst of two; words that follow each other in an open row are read two cycles apart, so a cache line (eight
// words, aligned, never crossing a row) is one unbroken row of sixteen beats. Each bank keeps its row open until another
// row or a refresh needs it. Writes are posted: acknowledged when their command goes out.
//
// Times are given in nanoseconds and rounded up to cycles of ClockKhz; they come from the board (board.toml). Invariants: at most one command a cycle; a command goes out only when every
// interval that the data sheet asks for has passed; read data comes back in order.
//
// The chip's clock is clk_i inverted (the board's top makes it with a DDR cell), so commands and write data are stable
// around its rising edge. Read data is there around its next rising edges, which are falling edges of clk_i: it is
// captured there, and taken over by clk_i half a cycle later.

`include "veil_assert.svh"

module sdram_controller #(
  parameter int unsigned ClockKhz = veil_board_pkg::ClockKhz,
  parameter int unsigned RowBits = veil_board_pkg::SdramRowBits,
  parameter int unsigned ColumnBits = veil_board_pkg::SdramColumnBits,
  parameter int unsigned Trp = veil_board_pkg::SdramRp,        // ns: precharge to activate
  parameter int unsigned Trcd = veil_board_pkg::SdramRcd,      // activate to read or write
  parameter int unsigned Tras = veil_board_pkg::SdramRas,      // activate to precharge
  parameter int unsigned Trfc = veil_board_pkg::SdramRfc,      // refresh to anything
  parameter int unsigned Twr = veil_board_pkg::SdramWr,        // last data written to precharge
  parameter int unsigned Trefi = veil_board_pkg::SdramRefi,    // refresh interval
  parameter int unsigned PowerUpUs = veil_board_pkg::SdramPowerUpUs,
  localparam int unsigned AddressBits = RowBits + ColumnBits + 2 + 1  // bytes
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // bus
  input  logic                   wb_cyc_i,
  input  logic                   wb_stb_i,
  input  logic                   wb_we_i,
  input  logic [AddressBits-1:2] wb_adr_i,
  input  logic [31:0]            wb_dat_i,
  input  logic [3:0]             wb_sel_i,
  output logic                   wb_stall_o,
  output logic                   wb_ack_o,
  output logic [31:0]            wb_dat_o,
  // chip
  output logic                   cke_o,
  output logic                   cs_no,
  output logic                   ras_no,
  output logic                   cas_no,
  output logic                   we_no,
  output logic [1:0]             ba_o,
  output logic [RowBits-1:0]     a_o,
  output logic [1:0]             dqm_o,
  output logic [15:0]            dq_o,
  output logic                   dq_oe_o,
  input  logic [15:0]            dq_i
);

  function automatic int unsigned cycles(int unsigned ns);
    return (ns * ClockKhz + 999_999) / 1_000_000;
  endfunction
  localparam int unsigned CyclesRp = cycles(Trp);
  localparam int unsigned CyclesRcd = cycles(Trcd);
  localparam int unsigned CyclesRas = cycles(Tras);
  localparam int unsigned CyclesRfc = cycles(Trfc);
  localparam int unsigned CyclesWr = cycles(Twr);
  // A refresh may have to wait for a row of reads and a precharge: ask for it that much earlier.
  localparam int unsigned CyclesRefi = cycles(Trefi) - 40;
  localparam int unsigned CyclesPowerUp = (PowerUpUs * ClockKhz + 999) / 1000;
  localparam int unsigned CyclesMode = 2;     // mode register to anything (tMRD)
  localparam int unsigned CasLatency = 2;
  localparam int unsigned Burst = 2;
  localparam int unsigned StartRefreshes = 8;
  localparam logic [RowBits-1:0] Mode = RowBits'({3'(CasLatency), 1'b0, 3'b001});  // sequential, burst of two

  // {ras_n, cas_n, we_n} of the JEDEC command table
  typedef enum logic [2:0] {
    CmdMode      = 3'b000,
    CmdRefresh   = 3'b001,
    CmdPrecharge = 3'b010,
    CmdActivate  = 3'b011,
    CmdWrite     = 3'b100,
    CmdRead      = 3'b101,
    CmdNop       = 3'b111
  } command_e;

  typedef enum logic [2:0] {
    PowerUp,
    StartPrecharge,
    StartRefresh,
    StartMode,
    Run
  } state_e;

  // ------------------------------------------------------------------ one request, waiting for its command
  logic valid_q, we_q;
  logic [AddressBits-1:2] adr_q;
  logic [31:0] dat_q;
  logic [3:0] sel_q;
  logic issue;  // its read or write command goes out in this cycle
  logic [1:0] bank;
  logic [RowBits-1:0] row;
  logic [ColumnBits-1:0] column;
  // Row, bank, column: neighbouring rows of the guest's memory are in different banks.
  assign {row, bank, column} = {adr_q, 1'b0};
  assign wb_stall_o = valid_q & ~issue;

  always_ff @(posedge clk_i) begin
    if (~wb_stall_o) begin
      valid_q <= wb_cyc_i & wb_stb_i;
      we_q <= wb_we_i;
      adr_q <= wb_adr_i;
      dat_q <= wb_dat_i;
      sel_q <= wb_sel_i;
    end
    if (!rst_ni) valid_q <= 1'b0;
  end

  // ------------------------------------------------------------------ what may go out
  state_e state_q;
  logic [$clog2(CyclesPowerUp + 1)-1:0] wait_q;  // cycles until any command
  logic [3:0] ras_q;                             // until a precharge, because of the newest activate
  logic [3:0] column_q;                          // until a read or write, because of the data pins
  logic [3:0] recover_q;                         // until a precharge, because of the newest read or write
  logic [3:0] start_q;                           // refreshes still to do at start
  logic [$clog2(CyclesRefi + 1)-1:0] refresh_q;
  logic due_q;
  logic turn_q;                                  // the newest column command was a read
  logic [3:0] open_q;
  logic [3:0][RowBits-1:0] row_q;

  command_e command;
  logic [RowBits-1:0] a;
  logic hit;
  assign hit = open_q[bank] & (row_q[bank] == row);

  // A write after a read waits until the chip has left the data pins, and one cycle more.
  logic column_ok;
  assign column_ok = (column_q == 0) & ~(we_q & turn_q & (recover_q != 0));

  always_comb begin
    command = CmdNop;
    a = '0;
    issue = 1'b0;
    if (wait_q == 0) begin
      unique case (state_q)
        StartPrecharge: begin
          command = CmdPrecharge;
          a[10] = 1'b1;  // all banks
        end
        StartRefresh: command = CmdRefresh;
        StartMode: begin
          command = CmdMode;
          a = Mode;
        end
        Run: begin
          if (due_q) begin
            a[10] = 1'b1;
            if (open_q == 0) command = CmdRefresh;
            else if (ras_q == 0 && recover_q == 0) command = CmdPrecharge;
          end else if (valid_q) begin
            if (hit) begin
              a = RowBits'(column);
              issue = column_ok;
              if (column_ok) command = we_q ? CmdWrite : CmdRead;
            end else if (!open_q[bank]) begin
              command = CmdActivate;
              a = row;
            end else if (ras_q == 0 && recover_q == 0) begin
              command = CmdPrecharge;
            end
          end
        end
        default: ;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (wait_q != 0) wait_q <= wait_q - 1'b1;
    if (ras_q != 0) ras_q <= ras_q - 1'b1;
    if (column_q != 0) column_q <= column_q - 1'b1;
    if (recover_q != 0) recover_q <= recover_q - 1'b1;
    refresh_q <= refresh_q - 1'b1;
    if (refresh_q == 0) begin
      refresh_q <= $bits(refresh_q)'(CyclesRefi);
      due_q <= 1'b1;
    end
    unique case (command)
      CmdPrecharge: begin
        wait_q <= $bits(wait_q)'(CyclesRp - 1);
        if (a[10]) open_q <= '0;
        else open_q[bank] <= 1'b0;
      end
      CmdActivate: begin
        wait_q <= $bits(wait_q)'(CyclesRcd - 1);
        ras_q <= 4'(CyclesRas - 1);
        open_q[bank] <= 1'b1;
        row_q[bank] <= row;
      end
      CmdRefresh: begin
        wait_q <= $bits(wait_q)'(CyclesRfc - 1);
        due_q <= 1'b0;
      end
      CmdRead: begin
        column_q <= 4'(Burst - 1);
        recover_q <= 4'(CasLatency + Burst);
        turn_q <= 1'b1;
      end
      CmdWrite: begin
        column_q <= 4'(Burst - 1);
        recover_q <= 4'(Burst - 1 + CyclesWr);
        turn_q <= 1'b0;
      end
      CmdMode: wait_q <= $bits(wait_q)'(CyclesMode - 1);
      default: ;
    endcase
    unique case (state_q)
      PowerUp: if (wait_q == 0) state_q <= StartPrecharge;
      StartPrecharge: if (wait_q == 0) state_q <= StartRefresh;
      StartRefresh: begin
        if (wait_q == 0) begin
          start_q <= start_q - 1'b1;
          if (start_q == 1) state_q <= StartMode;
        end
      end
      StartMode: if (wait_q == 0) state_q <= Run;
      default: ;
    endcase
    if (!rst_ni) begin
      state_q <= PowerUp;
      wait_q <= $bits(wait_q)'(CyclesPowerUp);
      start_q <= 4'(StartRefreshes);
      refresh_q <= $bits(refresh_q)'(CyclesRefi);
      due_q <= 1'b0;
      open_q <= '0;
      ras_q <= '0;
      column_q <= '0;
      recover_q <= '0;
      turn_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------ pins
  logic second_q;          // the second beat of a write goes out next
  logic [15:0] high_q;
  logic [1:0] mask_q;
  always_ff @(posedge clk_i) begin
    cke_o <= 1'b1;
    cs_no <= 1'b0;
    {ras_no, cas_no, we_no} <= command;
    ba_o <= bank;
    a_o <= a;
    second_q <= command == CmdWrite;
    high_q <= dat_q[31:16];
    mask_q <= ~sel_q[3:2];
    dqm_o <= command == CmdWrite ? ~sel_q[1:0] : second_q ? mask_q : 2'b00;
    dq_o <= command == CmdWrite ? dat_q[15:0] : high_q;
    dq_oe_o <= (command == CmdWrite) | second_q;
    if (!rst_ni) begin
      cke_o <= 1'b0;
      cs_no <= 1'b1;
      {ras_no, cas_no, we_no} <= CmdNop;
      dqm_o <= 2'b11;
      dq_oe_o <= 1'b0;
      second_q <= 1'b0;
    end
  end

  // Read data. The command is at the pins one cycle after `command`, the chip takes it half a cycle later, and its first
  // beat can be captured CasLatency chip cycles after that.
  logic [15:0] capture_q, beat_q, low_q;
  logic [CasLatency+1:0] reading_q;  // bit n: a read command was chosen n + 1 cycles ago
  logic ack_read_q, ack_write_q;
  always_ff @(negedge clk_i) capture_q <= dq_i;
  always_ff @(posedge clk_i) begin
    beat_q <= capture_q;
    low_q <= beat_q;
    reading_q <= {reading_q[CasLatency:0], command == CmdRead};
    ack_read_q <= reading_q[CasLatency+1];
    ack_write_q <= command == CmdWrite;
    if (!rst_ni) begin
      reading_q <= '0;
      ack_read_q <= 1'b0;
      ack_write_q <= 1'b0;
    end
  end
  // Reads and writes never answer together: a write's command comes after the read's last beat.
  assign wb_ack_o = ack_read_q | ack_write_q;
  assign wb_dat_o = {beat_q, low_q};

  // ------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  // Cycles since commands, apart from the counters above; long ago at start.
  localparam int unsigned LongAgo = 1_000_000;
  int unsigned since_precharge, since_refresh, since_column, since_write;
  int unsigned since_activate[4];
  logic [3:0] closes;  // banks that this command precharges
  logic all_ras;
  always_comb begin
    all_ras = 1'b1;
    for (int unsigned b = 0; b < 4; b++) begin
      closes[b] = (command == CmdPrecharge) & open_q[b] & (a[10] | (bank == 2'(b)));
      all_ras &= ~closes[b] | (since_activate[b] >= CyclesRas);
    end
  end
  always_ff @(posedge clk_i) begin
    since_precharge <= (command == CmdPrecharge) ? 1 : since_precharge + 1;
    since_refresh <= (command == CmdRefresh) ? 1 : since_refresh + 1;
    since_write <= (command == CmdWrite) ? 1 : since_write + 1;
    since_column <= (command inside {CmdRead, CmdWrite}) ? 1 : since_column + 1;
    for (int unsigned b = 0; b < 4; b++) begin
      since_activate[b] <= ((command == CmdActivate) & (bank == 2'(b))) ? 1 : since_activate[b] + 1;
    end
    if (!rst_ni) begin
      since_precharge <= LongAgo;
      since_refresh <= LongAgo;
      since_write <= LongAgo;
      since_column <= LongAgo;
      for (int unsigned b = 0; b < 4; b++) since_activate[b] <= LongAgo;
    end
  end
`endif
  `VEIL_ASSERT(AfterPrecharge, !(command inside {CmdActivate, CmdRefresh, CmdMode}) | (since_precharge >= CyclesRp))
  `VEIL_ASSERT(AfterRefresh, (command == CmdNop) | (since_refresh >= CyclesRfc))
  `VEIL_ASSERT(AfterActivate, !(command inside {CmdRead, CmdWrite}) |
                              (open_q[bank] & (since_activate[bank] >= CyclesRcd) & (since_column >= Burst)))
  `VEIL_ASSERT(BeforePrecharge, (command != CmdPrecharge) | (all_ras & (since_write >= Burst - 1 + CyclesWr)))
  `VEIL_ASSERT(RefreshesClosedBanks, (command != CmdRefresh) | (open_q == '0))
  `VEIL_ASSERT(OneAnswer, !(ack_read_q & ack_write_q))

endmodule
