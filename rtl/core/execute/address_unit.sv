// Addresses: base + (index << scale) + displacement, in carry-save form and then one adder each for the linear address
// (the segment's base was added to the displacement a stage earlier) and for the offset inside the segment.

module address_unit (
  input  logic [31:0] base_i,
  input  logic [31:0] index_load_i,  // the index is the or of the two; this one is late
  input  logic [31:0] index_other_i,
  input  logic [3:0]  scale_i,       // one-hot: index << 0..3; zero: no index
  input  logic [31:0] disp_i,
  input  logic [31:0] seg_disp_i,    // displacement + segment base
  output logic [31:0] address_o,
  output logic [31:0] offset_o
);

  function automatic logic [31:0] add3(logic [31:0] a, logic [31:0] b, logic [31:0] c);
    logic [31:0] s;
    logic [30:0] m;
    s = a ^ b ^ c;
    m = (a[30:0] & b[30:0]) | (a[30:0] & c[30:0]) | (b[30:0] & c[30:0]);
    return s + {m, 1'b0};
  endfunction

  function automatic logic [31:0] scaled(logic [31:0] d, logic [3:0] scale);
    return (d & {32{scale[0]}}) | ({d[30:0], 1'b0} & {32{scale[1]}}) | ({d[29:0], 2'b0} & {32{scale[2]}}) |
           ({d[28:0], 3'b0} & {32{scale[3]}});
  endfunction

  logic [31:0] index;
  assign index = scaled(index_load_i, scale_i) | scaled(index_other_i, scale_i);
  assign address_o = add3(base_i, index, seg_disp_i);
  assign offset_o = add3(base_i, index, disp_i);

endmodule
