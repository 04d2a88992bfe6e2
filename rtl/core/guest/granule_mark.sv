// Whether the granules that an access touches are marked: one bit of a TLB entry's 64, or two.
//
// The bits come late out of block RAM, of which the mapping to LUTs knows nothing: it would put them at the start of a long
// chain. So this is mapped by itself (keep_hierarchy; see load_forward.sv), as an and-or with selects that are there early, up to
// the bit that goes into a register.

(* keep_hierarchy *)
module granule_mark (
  input  logic [63:0] granules_i,
  input  logic [5:0]  at_i,
  // in M: an access that is slow, for this reason or another
  input  logic        write_i,    // it would write
  input  logic        other_i,
  output logic        slow_o,
  // in the slow path
  input  logic        second_i,   // at2_i counts, too
  input  logic [5:0]  at2_i,
  output logic        marked_o
);

  function automatic logic one(logic [63:0] granules, logic [5:0] at, logic enable);
    return |(granules & (64'(enable) << at));
  endfunction

  assign slow_o = one(granules_i, at_i, write_i) | other_i;
  assign marked_o = one(granules_i, at_i, 1'b1) | one(granules_i, at2_i, second_i);

endmodule
