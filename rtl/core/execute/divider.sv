// Iterative divider on magnitudes, two quotient bits a cycle; signs are put back at the end.
//
// The multiples 1, 2 and 3 of the divisor are subtracted side by side.  Leading zeros of the dividend are passed over 16
// or 8 at a time.  Quotient and remainder of the last operands stay: the x86 translator asks for both, one after the other.
//
// Division by zero and overflow need no special case: with divisor 0 every step subtracts nothing and shifts in ones,
// so the quotient is all ones and the remainder the dividend (RISC-V volume I, 7.2); signs are then left alone.

`include "veil_assert.svh"

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

  logic [31:0] quotient_q, divisor_q, rem_q;
  logic [33:0] triple_q;
  logic [4:0] steps_q;
  logic busy_q, prepare_q, negate_quotient_q, negate_rem_q, want_rem_q;

  // Operands whose quotient and remainder are in the registers.
  logic [31:0] last_dividend_q, last_divisor_q;
  logic last_signed_q, last_valid_q, same;
  assign same = last_valid_q & (last_signed_q == is_signed_i) & (last_dividend_q == dividend_i) &
                (last_divisor_q == divisor_i);

  logic a_neg, b_neg;
  assign a_neg = is_signed_i & dividend_i[31];
  assign b_neg = is_signed_i & divisor_i[31];

  // A step: the remainder stays below the divisor, so the difference with the right multiple fits 32 bits.
  logic [33:0] shifted;
  logic [34:0] less1, less2, less3;
  assign shifted = {rem_q, quotient_q[31:30]};
  assign less1 = {1'b0, shifted} - {3'b0, divisor_q};
  assign less2 = {1'b0, shifted} - {2'b0, divisor_q, 1'b0};
  assign less3 = {1'b0, shifted} - {1'b0, triple_q};
  logic unused_high;
  assign unused_high = ^{less1[33:32], less2[33:32], less3[33:32]};

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      busy_q <= 1'b1;
      prepare_q <= ~same;
      want_rem_q <= want_rem_i;
      if (!same) begin
        quotient_q <= a_neg ? -dividend_i : dividend_i;
        divisor_q <= b_neg ? -divisor_i : divisor_i;
        rem_q <= '0;
        steps_q <= 5'd16;
        negate_quotient_q <= (a_neg ^ b_neg) & (divisor_i != '0);
        negate_rem_q <= a_neg;
        last_dividend_q <= dividend_i;
        last_divisor_q <= divisor_i;
        last_signed_q <= is_signed_i;
        last_valid_q <= 1'b1;
      end
    end else if (prepare_q) begin
      prepare_q <= 1'b0;
      triple_q <= {2'b0, divisor_q} + {1'b0, divisor_q, 1'b0};
      if ((divisor_q != '0) && (quotient_q[31:24] == '0)) begin
        if (quotient_q[23:16] == '0) begin
          quotient_q <= {quotient_q[15:0], 16'b0};
          steps_q <= 5'd8;
        end else begin
          quotient_q <= {quotient_q[23:0], 8'b0};
          steps_q <= 5'd12;
        end
      end
    end else if (busy_q) begin
      if (steps_q == '0) begin
        busy_q <= 1'b0;
      end else begin
        steps_q <= steps_q - 1'b1;
        rem_q <= ~less3[34] ? less3[31:0] : ~less2[34] ? less2[31:0] : ~less1[34] ? less1[31:0] : shifted[31:0];
        quotient_q <= {quotient_q[29:0], ~less2[34], ~less3[34] | (less2[34] & ~less1[34])};
      end
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      prepare_q <= 1'b0;
      last_valid_q <= 1'b0;
    end
  end

  `VEIL_ASSERT(StartsWhenIdle, !(start_i & busy_q))
  `VEIL_ASSERT(RemainderBelowDivisor, !(busy_q & ~prepare_q) | (divisor_q == '0) | (rem_q < divisor_q))

  assign done_o = busy_q & ~prepare_q & (steps_q == '0);
  always_comb begin
    if (want_rem_q) result_o = negate_rem_q ? -rem_q : rem_q;
    else result_o = negate_quotient_q ? -quotient_q : quotient_q;
  end

endmodule
