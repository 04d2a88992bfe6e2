// clz, ctz and cpop of a lane, in M: X has passed the operand on, the result is in W as late as a product.

module bit_count (
  input  logic [1:0]  op_i,      // 0 clz, 1 ctz, 2 cpop
  input  logic [31:0] a_i,
  output logic [31:0] result_o
);

  logic [31:0] reversed;
  assign reversed = {<<{a_i}};
  function automatic logic [5:0] leading_zeros(logic [31:0] v);
    logic [5:0] n;
    logic [15:1] h;
    logic [7:1] q;
    logic [3:1] e;
    logic p;
    n[5] = v == '0;
    n[4] = v[31:16] == '0;
    h = n[4] ? v[15:1] : v[31:17];
    n[3] = h[15:8] == '0;
    q = n[3] ? h[7:1] : h[15:9];
    n[2] = q[7:4] == '0;
    e = n[2] ? q[3:1] : q[7:5];
    n[1] = e[3:2] == '0;
    p = n[1] ? e[1] : e[3];
    n[0] = ~p;
    return n[5] ? 6'd32 : n;
  endfunction

  logic [5:0] zeros, ones;
  assign zeros = leading_zeros(op_i[0] ? reversed : a_i);
  always_comb begin
    logic [7:0][2:0] part;
    part = '0;  // whole before its parts, for Verilator (docs/internals/core.md)
    for (int unsigned k = 0; k < 8; k++) begin
      part[k] = {2'b0, a_i[4*k]} + {2'b0, a_i[4*k+1]} + {2'b0, a_i[4*k+2]} + {2'b0, a_i[4*k+3]};
    end
    ones = ((6'(part[0]) + 6'(part[1])) + (6'(part[2]) + 6'(part[3]))) +
           ((6'(part[4]) + 6'(part[5])) + (6'(part[6]) + 6'(part[7])));
  end
  assign result_o = {26'b0, op_i[1] ? ones : zeros};

endmodule
