// The way of final stores out of their queues: D-cache on a hit, memory bus always, the queue of ordinary stores first.
//
// A pipeline that can take a store a cycle:
//   look   the store's address waits for a cycle in which no load wants the cache
//   tag    the tags are there: which way to write; asks for the bus until it is granted
//   wait   the cache takes the word in this cycle
//   pop    the store leaves its queue: a load that reads the cache now sees the new word
// Stores leave in the order in which they were sent, so each queue needs one pointer more (`send`), no more order.

`include "veil_assert.svh"

module store_drain #(
  parameter int unsigned Ways = 2
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 locked_i,       // a refill wants the bus, or has it: send nothing
  // next final stores of the two queues
  input  logic                 queue_valid_i,
  input  logic [31:2]          queue_addr_i,
  input  logic [31:0]          queue_data_i,
  input  logic [3:0]           queue_be_i,
  output logic                 queue_send_o,
  output logic                 queue_pop_o,
  input  logic                 gated_valid_i,
  input  logic [31:2]          gated_addr_i,
  input  logic [31:0]          gated_data_i,
  input  logic [3:0]           gated_be_i,
  output logic                 gated_send_o,
  output logic                 gated_pop_o,
  // D-cache: tags of its own
  output logic [31:2]          look_addr_o,
  input  logic [Ways-1:0][20:0] way_tag_i,
  output logic [Ways-1:0][3:0] write_way_be_o, // write in the next cycle, write_addr_o and write_data_o of this one
  // bus
  output logic                 write_req_o,
  output logic [31:2]          write_addr_o,
  output logic [31:0]          write_data_o,
  output logic [3:0]           write_be_o,
  input  logic                 write_gnt_i,
  output logic                 idle_o
);

  typedef struct packed {
    logic        gated;
    logic [31:2] addr;
    logic [31:0] data;
    logic [3:0]  be;
  } store_t;

  logic look_valid_q, tag_valid_q, tag_first_q, wait_valid_q, wait_gated_q, pop_valid_q, pop_gated_q;
  store_t look_q, tag_q, next;
  logic next_valid, look_take, tag_take;

  assign next = queue_valid_i ? '{gated: 1'b0, addr: queue_addr_i, data: queue_data_i, be: queue_be_i} :
                                '{gated: 1'b1, addr: gated_addr_i, data: gated_data_i, be: gated_be_i};
  assign next_valid = (queue_valid_i | gated_valid_i) & ~locked_i;

  assign tag_take = look_valid_q & (~tag_valid_q | write_gnt_i);
  assign look_take = next_valid & (~look_valid_q | tag_take);
  assign queue_send_o = look_take & queue_valid_i;
  assign gated_send_o = look_take & ~queue_valid_i;

  always_ff @(posedge clk_i) begin
    if (look_take) look_q <= next;
    look_valid_q <= look_take | (look_valid_q & ~tag_take);
    if (tag_take) tag_q <= look_q;
    tag_valid_q <= tag_take | (tag_valid_q & ~write_gnt_i);
    tag_first_q <= tag_take;
    wait_valid_q <= tag_valid_q & write_gnt_i;
    wait_gated_q <= tag_q.gated;
    pop_valid_q <= wait_valid_q;
    pop_gated_q <= wait_gated_q;
    if (!rst_ni) begin
      look_valid_q <= 1'b0;
      tag_valid_q <= 1'b0;
      tag_first_q <= 1'b0;
      wait_valid_q <= 1'b0;
      pop_valid_q <= 1'b0;
    end
  end

  always_comb begin
    for (int unsigned w = 0; w < Ways; w++) begin
      write_way_be_o[w] = tag_q.be & {4{tag_first_q & (way_tag_i[w] == {1'b1, tag_q.addr[31:12]})}};
    end
  end

  assign look_addr_o = look_q.addr;
  assign write_req_o = tag_valid_q;
  assign write_addr_o = tag_q.addr;
  assign write_data_o = tag_q.data;
  assign write_be_o = tag_q.be;
  assign queue_pop_o = pop_valid_q & ~pop_gated_q;
  assign gated_pop_o = pop_valid_q & pop_gated_q;
  assign idle_o = ~(look_valid_q | tag_valid_q | wait_valid_q | pop_valid_q);

  // ------------------------------------------------------------------------------------------------ assertions
`ifdef VEIL_ASSERT_ON
  logic [Ways-1:0] writes_way;
  always_comb for (int unsigned w = 0; w < Ways; w++) writes_way[w] = |write_way_be_o[w];
`endif
  `VEIL_ASSERT_STABLE(HeldUntilGranted, write_req_o & ~write_gnt_i,
                      {write_req_o, write_addr_o, write_data_o, write_be_o})
  `VEIL_ASSERT(NothingSentDuringRefill, !(locked_i & (queue_send_o | gated_send_o)))
  `VEIL_ASSERT(OneSent, !(queue_send_o & gated_send_o))
  `VEIL_ASSERT(LineInOneWay, $onehot0(writes_way))

endmodule
