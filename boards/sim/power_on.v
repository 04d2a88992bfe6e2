// Power-on with every register and memory unknown, for a simulator that has a value for this (Icarus Verilog): the netlist of
// the ULX3S's top from the first clock to the boot ROM's call on the serial line.
//
// What must hold: from the end of the reset on, no control output is ever unknown, and the call is what it should be. The
// SDRAM is no more than what the boot ROM needs (latency 2, bursts of 2, no checks: boards/sim/sdram_model.h has these), and
// what was never written in it is unknown too. Ends with "power_on: good" or "power_on: BAD: why".
//
// With +cycles=N only so many cycles after the reset, in which the boot ROM's program must have reached the SDRAM.

`timescale 1ns / 1ps

module power_on;

  localparam integer BitCycles = `VEIL_BIT_CYCLES;
  localparam integer ResetCycles = 2_000;  // PLL, then what is left of the 65,536 cycles (boards/ulx3s/top.sv)
  localparam integer Patience = 600_000;

  integer cycle = 0, writes = 0, most = Patience;
  initial if ($value$plusargs("cycles=%d", most)) ;

  reg clk = 1'b0;
  always #10 clk = ~clk;

  wire tx, wifi_en, wifi_gpio0, sd_clk, sd_cmd, sd_d3;
  wire sdram_clk, cke, cs_n, ras_n, cas_n, we_n;
  wire [7:0] led;
  wire [12:0] a;
  wire [1:0] ba, dqm;
  wire [15:0] dq;
  top u_top (
    .clk_25mhz_i (clk),
    .ftdi_txd_i  (1'b1),
    .ftdi_rxd_o  (tx),
    .led_o       (led),
    .btn_i       (7'b0000001),
    .wifi_en_o   (wifi_en),
    .wifi_gpio0_o(wifi_gpio0),
    .sd_clk_o    (sd_clk),
    .sd_cmd_o    (sd_cmd),
    .sd_d3_o     (sd_d3),
    .sd_d0_i     (1'b1),
    .sdram_clk_o (sdram_clk),
    .sdram_cke_o (cke),
    .sdram_csn_o (cs_n),
    .sdram_rasn_o(ras_n),
    .sdram_casn_o(cas_n),
    .sdram_wen_o (we_n),
    .sdram_a_o   (a),
    .sdram_ba_o  (ba),
    .sdram_dqm_o (dqm),
    .sdram_d_io  (dq)
  );

  task bad(input [8*60-1:0] why);
    begin
      $display("power_on: BAD: cycle %0d: %0s", cycle, why);
      $finish;
    end
  endtask

  // The reset's 65,536 cycles take longer than all that follows: most are passed over.
  initial begin
    repeat (1_000) @(negedge clk);
    force u_top.hold_q = 16'hff00;
    @(negedge clk) release u_top.hold_q;
  end

  // ------------------------------------------------------------------ SDRAM
  reg [15:0] mem[0:(1<<24)-1];
  reg [12:0] row[0:3];
  reg [23:0] at;
  reg [15:0] out = 16'bz;
  reg [1:0] reading = 2'd0, writing = 2'd0;  // beats to come
  assign dq = out;

  wire [2:0] command = {ras_n, cas_n, we_n};
  always @(posedge sdram_clk) begin
    out <= #2 16'bz;
    if (reading != 0) begin
      out <= #2 mem[at];
      at = at ^ 24'd1;
      reading = reading - 2'd1;
    end
    if (cs_n === 1'b0) begin
      case (command)
        3'b000: if (a[6:0] !== 7'b010_0_001) bad("the SDRAM's mode is not modelled");
        3'b011: row[ba] = a;
        3'b101: begin
          at = {row[ba], ba, a[8:0]};
          reading = 2'd2;
        end
        3'b100: begin
          at = {row[ba], ba, a[8:0]};
          writing = 2'd2;
          writes = writes + 1;
        end
        default: ;
      endcase
    end
    if (writing != 0) begin
      if (!dqm[0]) mem[at][7:0] = dq[7:0];
      if (!dqm[1]) mem[at][15:8] = dq[15:8];
      at = at ^ 24'd1;
      writing = writing - 2'd1;
    end
  end

  // ------------------------------------------------------------------ what must be known
  wire [9:0] control = {tx, sd_clk, sd_d3, cke, cs_n, ras_n, cas_n, we_n, wifi_en, wifi_gpio0};
  always @(negedge clk) begin
    cycle = cycle + 1;
    if (cycle > ResetCycles) begin
      if (^control === 1'bx) bad("a control output is unknown");
      if (sd_d3 === 1'b0 && sd_cmd === 1'bx) bad("unknown bits for the SD card");
      if (^led === 1'bx) bad("a light is unknown");
      // Mode, activate, write, read; precharge, of all banks or of one.
      if (!cs_n && (command == 3'b000 || command == 3'b011 || command == 3'b100 || command == 3'b101) && ^{a, ba} === 1'bx)
        bad("an SDRAM command with an unknown address");
      if (!cs_n && command == 3'b010 && (a[10] === 1'bx || (!a[10] && ^ba === 1'bx))) bad("an unknown bank is closed");
      if (writing != 0 && ^dqm === 1'bx) bad("a write with unknown byte enables");
    end
    if (cycle > ResetCycles + most) begin
      if (most == Patience) bad("no call on the serial line");
      else if (writes == 0) bad("nothing was written to the SDRAM");
      else $display("power_on: good, %0d writes in %0d cycles", writes, cycle);
      $finish;
    end
  end

  // ------------------------------------------------------------------ the call: Escape, 'b', version and width
  reg [23:0] said = 24'd0;
  reg [7:0] byte_q;
  integer i, bytes = 0;
  initial begin
    while (cycle <= ResetCycles) @(negedge clk);
    while (bytes < 3) begin
      while (tx !== 1'b0) @(negedge clk);
      repeat (BitCycles / 2) @(negedge clk);
      for (i = 0; i < 8; i = i + 1) begin
        repeat (BitCycles) @(negedge clk);
        byte_q[i] = tx;
      end
      repeat (BitCycles) @(negedge clk);
      if (tx !== 1'b1) bad("no stop bit");
      said = {said[15:0], byte_q};
      bytes = bytes + 1;
    end
    if (said[23:8] !== {8'h10, "b"} || ^said === 1'bx) bad("the boot ROM says something else");
    else $display("power_on: good, the boot ROM calls after %0d cycles", cycle);
    $finish;
  end

endmodule
