// A load's value in M: for each way of the data cache its word, with the bytes that the queues of stores or W's store have instead,
// aligned and extended.
//
// Combinational, and the critical path of the core: synthesis keeps it in one piece and maps it by itself (keep_hierarchy), so
// that nothing of it is made deeper to save area, however deep the rest of the core may be.  The words of the cache come late out
// of block RAM; which way they are of is not known here.

(* keep_hierarchy *)
module load_forward
  import veil_core_pkg::*;
#(
  parameter int unsigned Gated = 16,  // entries of the gated store buffer
  parameter int unsigned Final = 8    // entries of the queue of final stores
) (
  // address bits 11:2, a copy for each queue
  input  logic [9:0]             gated_offset_i,
  input  logic [9:0]             queue_offset_i,
  // entries (store_buffer.sv)
  input  logic [Gated-1:0][9:0]  gated_entry_offset_i,
  input  logic [Gated-1:0][3:0]  gated_entry_serves_i,
  input  logic [Gated-1:0][31:0] gated_entry_data_i,
  input  logic [Final-1:0][9:0]  queue_entry_offset_i,
  input  logic [Final-1:0][3:0]  queue_entry_serves_i,
  input  logic [Final-1:0][31:0] queue_entry_data_i,
  // W's store, younger than all entries
  input  logic                   w_store_i,
  input  logic [9:0]             w_offset_i,
  input  logic [3:0]             w_be_i,
  input  logic [31:0]            w_data_i,
  // data cache
  input  logic [1:0][31:0]       way_i,
  // the load
  input  mem_ctl_t               ctl_i,
  input  logic [1:0]             at_i,       // address bits 1:0
  input  logic                   enable_i,   // low: the load's values are zero
  input  logic [31:0]            other_i,    // another result, or zero
  output logic [1:0][31:0]       value_o,    // of each way, or the other result; of no use if both queues have a byte
  // what the queues have
  output logic [3:0]             gated_found_o,
  output logic [31:0]            gated_data_o,
  output logic [3:0]             queue_found_o,
  output logic [31:0]            queue_data_o
);

  store_lookup #(.Depth(Gated)) u_gated (
    .offset_i      (gated_offset_i),
    .entry_offset_i(gated_entry_offset_i),
    .entry_serves_i(gated_entry_serves_i),
    .entry_data_i  (gated_entry_data_i),
    .found_o       (gated_found_o),
    .data_o        (gated_data_o)
  );
  store_lookup #(.Depth(Final)) u_final (
    .offset_i      (queue_offset_i),
    .entry_offset_i(queue_entry_offset_i),
    .entry_serves_i(queue_entry_serves_i),
    .entry_data_i  (queue_entry_data_i),
    .found_o       (queue_found_o),
    .data_o        (queue_data_o)
  );

  // What W has is there early and goes its own way to the value.
  logic [3:0] from_w;
  logic [2:0][31:0] word, value;
  always_comb begin
    from_w = w_be_i & {4{w_store_i & (w_offset_i == gated_offset_i)}};
    for (int unsigned b = 0; b < 4; b++) begin
      for (int unsigned w = 0; w < 2; w++) begin
        word[w][8*b+:8] = ((gated_data_o[8*b+:8] | queue_data_o[8*b+:8]) & {8{~from_w[b]}}) |
                          (way_i[w][8*b+:8] & {8{~(from_w[b] | gated_found_o[b] | queue_found_o[b])}});
      end
      word[2][8*b+:8] = w_data_i[8*b+:8] & {8{from_w[b]}};
    end
  end
  load_align #(.Words(3)) u_align (
    .ctl_i,
    .at_i,
    .enable_i,
    .word_i (word),
    .value_o(value)
  );
  assign value_o[0] = value[0] | (value[2] | other_i);
  assign value_o[1] = value[1] | (value[2] | other_i);

endmodule
