// ECP5 block RAM, 18 Kbit, as simulated after synthesis (Lattice FPGA-TN-02204, "EBR"), in the modes that yosys uses: two
// ports of 1 to 18 bits with one clock, or one that writes and one that reads 36 bits; no output register, no reset.
//
// A word is 18 bits; address bit 4 is the lowest that chooses one, bit 3 its half, the lower ones bits of a half (its ninth
// is out of reach of ports of 1, 2 and 4). In the wide modes the lowest bits enable bytes, and a 36-bit word is two
// neighbours, the even one in port A's data.
//
// Harder than the silicon, so that nothing can depend on luck: contents that are zero throughout in the bitstream are
// anything here, and a read of a word that the other port writes at the same edge gives neither the old bits nor the new
// ones, but the old ones turned over (the data sheet promises nothing).

module DP16KD #(
  parameter integer DATA_WIDTH_A = 18,
  parameter integer DATA_WIDTH_B = 18,
  parameter REGMODE_A = "NOREG",
  parameter REGMODE_B = "NOREG",
  parameter RESETMODE = "SYNC",
  parameter ASYNC_RESET_RELEASE = "SYNC",
  parameter CSDECODE_A = "0b000",
  parameter CSDECODE_B = "0b000",
  parameter WRITEMODE_A = "NORMAL",
  parameter WRITEMODE_B = "NORMAL",
  parameter CLKAMUX = "CLKA",
  parameter CLKBMUX = "CLKB",
  parameter GSR = "ENABLED",
  parameter [319:0] INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0,
  parameter [319:0] INITVAL_04 = 0, INITVAL_05 = 0, INITVAL_06 = 0, INITVAL_07 = 0,
  parameter [319:0] INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0,
  parameter [319:0] INITVAL_0C = 0, INITVAL_0D = 0, INITVAL_0E = 0, INITVAL_0F = 0,
  parameter [319:0] INITVAL_10 = 0, INITVAL_11 = 0, INITVAL_12 = 0, INITVAL_13 = 0,
  parameter [319:0] INITVAL_14 = 0, INITVAL_15 = 0, INITVAL_16 = 0, INITVAL_17 = 0,
  parameter [319:0] INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0,
  parameter [319:0] INITVAL_1C = 0, INITVAL_1D = 0, INITVAL_1E = 0, INITVAL_1F = 0,
  parameter [319:0] INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0,
  parameter [319:0] INITVAL_24 = 0, INITVAL_25 = 0, INITVAL_26 = 0, INITVAL_27 = 0,
  parameter [319:0] INITVAL_28 = 0, INITVAL_29 = 0, INITVAL_2A = 0, INITVAL_2B = 0,
  parameter [319:0] INITVAL_2C = 0, INITVAL_2D = 0, INITVAL_2E = 0, INITVAL_2F = 0,
  parameter [319:0] INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0,
  parameter [319:0] INITVAL_34 = 0, INITVAL_35 = 0, INITVAL_36 = 0, INITVAL_37 = 0,
  parameter [319:0] INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0,
  parameter [319:0] INITVAL_3C = 0, INITVAL_3D = 0, INITVAL_3E = 0, INITVAL_3F = 0
) (
  input  DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
  input  DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
  input  ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7,
  input  ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input  CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
  output DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
  input  DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
  input  DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
  input  ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7,
  input  ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input  CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
  output DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);

  localparam [64*320-1:0] Contents = {
      INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
      INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
      INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
      INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
      INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
      INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
      INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
      INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00};
  localparam Wide = DATA_WIDTH_A == 36;

  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  reg [17:0] doa, dob;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = doa;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = dob;

  // Where a port's bits are in a word, and which of them it writes.
  wire [4:0] at_a = DATA_WIDTH_A == 18 ? 5'd0 : (ada[3] ? 5'd9 : 5'd0) + (DATA_WIDTH_A == 9 ? 5'd0 : ada[2:0] & -DATA_WIDTH_A);
  wire [4:0] at_b = DATA_WIDTH_B == 18 ? 5'd0 : (adb[3] ? 5'd9 : 5'd0) + (DATA_WIDTH_B == 9 ? 5'd0 : adb[2:0] & -DATA_WIDTH_B);
  wire [17:0] width_a = (18'd1 << DATA_WIDTH_A) - 18'd1;  // as many ones (18: all)
  wire [17:0] width_b = (18'd1 << DATA_WIDTH_B) - 18'd1;
  wire [17:0] bytes_a = DATA_WIDTH_A == 18 ? {{9{ada[1]}}, {9{ada[0]}}} : width_a << at_a;
  wire [17:0] bytes_b = DATA_WIDTH_B == 18 ? {{9{adb[1]}}, {9{adb[0]}}} : width_b << at_b;
  wire [17:0] mask_a = CEA & WEA ? bytes_a : 18'd0;
  wire [17:0] mask_b = CEB & WEB ? bytes_b : 18'd0;
  wire [17:0] data_a = dia << at_a;
  wire [17:0] data_b = dib << at_b;

  function possible(input integer width);
    possible = width == 1 || width == 2 || width == 4 || width == 9 || width == 18;
  endfunction

  generate
    if (Wide) begin : g_wide
      // Port A writes, port B reads.
      reg [35:0] mem[0:511];
      wire [35:0] mask_w = ~(CEA & WEA) ? 36'd0 :
                           {{9{ada[3]}}, {9{ada[2]}}, {9{ada[1]}}, {9{ada[0]}}};
      wire [35:0] spoilt = ada[13:5] == adb[13:5] ? mask_w : 36'd0;
      always @(posedge CLKA) begin
        mem[ada[13:5]] <= mem[ada[13:5]] & ~mask_w | {dib, dia} & mask_w;
        if (CEB) {dob, doa} <= mem[adb[13:5]] ^ spoilt;
      end
      initial begin
        if (DATA_WIDTH_B != 36) $fatal(1, "DP16KD: ports of %0d and %0d bits are not modelled", DATA_WIDTH_A, DATA_WIDTH_B);
        if (Contents != 0) $fatal(1, "DP16KD: initial contents of 36-bit words are not modelled");
      end
    end else begin : g_ports
      reg [17:0] mem[0:1023];
      wire [17:0] was_a = mem[ada[13:4]];
      wire [17:0] was_b = mem[adb[13:4]];
      wire same = ada[13:4] == adb[13:4];
      wire [17:0] read_a = WRITEMODE_A == "WRITETHROUGH" ? was_a & ~mask_a | data_a & mask_a : was_a;
      wire [17:0] read_b = WRITEMODE_B == "WRITETHROUGH" ? was_b & ~mask_b | data_b & mask_b : was_b;
      wire [17:0] out_a = read_a ^ (same ? mask_b : 18'd0);
      wire [17:0] out_b = read_b ^ (same ? mask_a : 18'd0);
      always @(posedge CLKA) begin
        if (mask_a != 0) mem[ada[13:4]] <= was_a & ~mask_a | data_a & mask_a;
        if (mask_b != 0) begin
          if (same && (mask_a & mask_b) != 0) $fatal(1, "DP16KD: both ports write the same word");
          mem[adb[13:4]] <= (same ? was_b & ~mask_a | data_a & mask_a : was_b) & ~mask_b | data_b & mask_b;
        end
        if (CEA & ~(WEA & (WRITEMODE_A == "NORMAL"))) doa <= (out_a >> at_a) & width_a;
        if (CEB & ~(WEB & (WRITEMODE_B == "NORMAL"))) dob <= (out_b >> at_b) & width_b;
      end
      integer i;
      initial begin
        if (Contents != 0) for (i = 0; i < 1024; i = i + 1) mem[i] = Contents[20*i+:18];
        if (!possible(DATA_WIDTH_A) || !possible(DATA_WIDTH_B))
          $fatal(1, "DP16KD: ports of %0d and %0d bits are not modelled", DATA_WIDTH_A, DATA_WIDTH_B);
      end
    end
  endgenerate

  // One clock: the other port has it too, or is never enabled.
  always @(posedge CLKA) begin
    if (CEB && !CLKB) $fatal(1, "DP16KD: two clocks are not modelled");
    if (RSTA || RSTB || CSA0 || CSA1 || CSA2 || CSB0 || CSB1 || CSB2) $fatal(1, "DP16KD: resets and selects are not modelled");
  end
  always @(posedge CLKB) if (CEB && !CLKA) $fatal(1, "DP16KD: two clocks are not modelled");
  initial begin
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CSDECODE_A != "0b000" || CSDECODE_B != "0b000" ||
        CLKAMUX != "CLKA" || CLKBMUX != "CLKB")
      $fatal(1, "DP16KD: this mode is not modelled");
  end

endmodule
