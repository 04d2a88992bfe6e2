// Iterative divider, one quotient bit a cycle, on magnitudes; signs are put back at the end.
//
// Division by zero and overflow need no special case: with divisor 0 every step subtracts nothing and shifts in a one,
// so the quotient is all ones and the remainder the dividend (RISC-V volume I, 7.2); signs are then left alone.

module divider (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic        is_signed_i,
  input  logic        want_rem_i,
  input  logic [31:0] dividend_i,
  input  logic [31:0] divisor_i,
  output logic        done_o,      // one cycle, with the result
  output logic [31:0] result_o
);

  logic [31:0] quotient_q, divisor_q;
  logic [31:0] rem_q;
  logic [5:0] steps_q;
  logic busy_q, negate_quotient_q, negate_rem_q, want_rem_q;

  logic a_neg, b_neg;
  assign a_neg = is_signed_i & dividend_i[31];
  assign b_neg = is_signed_i & divisor_i[31];

  logic [32:0] shifted, diff;
  assign shifted = {rem_q, quotient_q[31]};
  assign diff = shifted - {1'b0, divisor_q};

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      quotient_q <= a_neg ? -dividend_i : dividend_i;
      divisor_q <= b_neg ? -divisor_i : divisor_i;
      rem_q <= '0;
      steps_q <= 6'd32;
      busy_q <= 1'b1;
      negate_quotient_q <= (a_neg ^ b_neg) & (divisor_i != '0);
      negate_rem_q <= a_neg;
      want_rem_q <= want_rem_i;
    end else if (busy_q) begin
      if (steps_q == '0) begin
        busy_q <= 1'b0;
      end else begin
        steps_q <= steps_q - 1'b1;
        rem_q <= diff[32] ? shifted[31:0] : diff[31:0];
        quotient_q <= {quotient_q[30:0], ~diff[32]};
      end
    end
    if (!rst_ni) busy_q <= 1'b0;
  end

  assign done_o = busy_q & (steps_q == '0);
  always_comb begin
    if (want_rem_q) result_o = negate_rem_q ? -rem_q : rem_q;
    else result_o = negate_quotient_q ? -quotient_q : quotient_q;
  end

endmodule
