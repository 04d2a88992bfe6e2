// Memory bus master: Wishbone B4 pipelined, 32 bits, from the core's three requesters.
//
// A line is read as eight accesses in a row (addresses rising from the line's first word, one a cycle unless the slave
// stalls), a store is one write; up to MaxWrites writes follow each other without waiting for their acks.  One requester
// at a time: data lines before instruction lines before stores (stores wait in queues; only a drain waits for them),
// and a line that is wanted ends a run of writes.  A write is granted as it goes on the bus, finished at its ack.
// docs/decisions/0003-memory-bus.md says why this bus.
//
// The core never asks for a data line and a write at once (a refill waits until the drain is empty): the grant of a write
// relies on that.

`include "veil_assert.svh"

module wb_master (
  input  logic        clk_i,
  input  logic        rst_ni,
  // data lines
  input  logic        dread_req_i,
  input  logic [31:5] dread_addr_i,
  output logic        dread_gnt_o,
  output logic        dread_valid_o,
  // instruction lines
  input  logic        iread_req_i,
  input  logic [31:5] iread_addr_i,
  output logic        iread_gnt_o,
  output logic        iread_valid_o,
  output logic [31:0] read_data_o,
  // words
  input  logic        write_req_i,
  input  logic [31:2] write_addr_i,
  input  logic [31:0] write_data_i,
  input  logic [3:0]  write_be_i,
  output logic        write_gnt_o,
  output logic        write_idle_o,
  // bus
  output logic        wb_cyc_o,
  output logic        wb_stb_o,
  output logic        wb_we_o,
  output logic [31:2] wb_adr_o,
  output logic [31:0] wb_dat_o,
  output logic [3:0]  wb_sel_o,
  input  logic        wb_stall_i,
  input  logic        wb_ack_i,
  input  logic [31:0] wb_dat_i
);

  typedef enum logic [1:0] {
    Idle,
    ReadData,
    ReadCode,
    Write
  } state_e;
  state_e state_q;
  localparam logic [2:0] MaxWrites = 3'd4;
  logic [2:0] ack_q;      // words that have come; writes that have not been answered
  logic stb_q;
  logic [31:2] adr_q;
  logic [31:0] dat_q;
  logic [3:0] sel_q;

  // Another write after the last, as soon as that is off the bus: a write every other cycle, and the grant, which goes far
  // into the store queues, does not wait for wb_stall_i, which comes from far.
  logic write_next;
  assign write_next = (state_q == Write) & write_req_i & ~iread_req_i & (ack_q != MaxWrites) & ~stb_q;

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      Idle: begin
        ack_q <= '0;
        dat_q <= write_data_i;
        sel_q <= '1;
        if (dread_req_i) begin
          state_q <= ReadData;
          stb_q <= 1'b1;
          adr_q <= {dread_addr_i, 3'b0};
        end else if (iread_req_i) begin
          state_q <= ReadCode;
          stb_q <= 1'b1;
          adr_q <= {iread_addr_i, 3'b0};
        end else if (write_req_i) begin
          state_q <= Write;
          ack_q <= 3'd1;
          stb_q <= 1'b1;
          adr_q <= write_addr_i;
          sel_q <= write_be_i;
        end
      end
      Write: begin
        if (~stb_q | ~wb_stall_i) stb_q <= write_next;
        if (write_next) begin
          adr_q <= write_addr_i;
          dat_q <= write_data_i;
          sel_q <= write_be_i;
        end
        ack_q <= ack_q + 3'(write_next) - 3'(wb_ack_i);
        if (wb_ack_i & (ack_q == 3'd1) & ~write_next) state_q <= Idle;
      end
      default: begin
        if (stb_q & ~wb_stall_i) begin
          adr_q[4:2] <= adr_q[4:2] + 1'b1;
          if (&adr_q[4:2]) stb_q <= 1'b0;
        end
        if (wb_ack_i) begin
          ack_q <= ack_q + 1'b1;
          if (&ack_q) state_q <= Idle;
        end
      end
    endcase
    if (!rst_ni) begin
      state_q <= Idle;
      stb_q <= 1'b0;
    end
  end

  assign dread_gnt_o = (state_q == Idle) & dread_req_i;
  assign iread_gnt_o = (state_q == Idle) & ~dread_req_i & iread_req_i;
  assign write_gnt_o = write_next | ((state_q == Idle) & ~iread_req_i & write_req_i);
  assign write_idle_o = state_q != Write;
  assign dread_valid_o = (state_q == ReadData) & wb_ack_i;
  assign iread_valid_o = (state_q == ReadCode) & wb_ack_i;
  assign read_data_o = wb_dat_i;

  assign wb_cyc_o = state_q != Idle;
  assign wb_stb_o = stb_q;
  assign wb_we_o = state_q == Write;
  assign wb_adr_o = adr_q;
  assign wb_dat_o = dat_q;
  assign wb_sel_o = sel_q;

  // ------------------------------------------------------------------------------------------------ assertions
  `VEIL_ASSERT_STABLE(HeldWhileStalled, wb_stb_o & wb_stall_i, {wb_stb_o, wb_we_o, wb_adr_o, wb_dat_o, wb_sel_o})
  `VEIL_ASSERT(OneGrant, $onehot0({dread_gnt_o, iread_gnt_o, write_gnt_o}))
  `VEIL_ASSERT(NoDataLineBesideWrite, !(dread_req_i & write_req_i))
  `VEIL_ASSERT(WritesCounted, (state_q inside {Idle, ReadData, ReadCode}) | ((ack_q != '0) & (ack_q <= MaxWrites)))
  `VEIL_ASSERT(AnswersOnlyRequests, !wb_ack_i | wb_cyc_o)

endmodule
