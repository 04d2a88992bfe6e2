// Assertions of the RTL, the only way to write one (docs/internals/core.md, "Assertions").
//
//   VEIL_ASSERT(Name, expression)           the expression holds at every rising edge of clk_i outside reset
//   VEIL_ASSERT_NEXT(Name, before, after)   where `before` holds at an edge, `after` holds at the next one
//   VEIL_ASSERT_STABLE(Name, hold, value)   where `hold` holds at an edge, `value` is the same at the next one
//
// Clock and reset are clk_i and rst_ni unless further arguments name others.
//
// The checks are immediate assertions in clocked processes.  For properties of one or two edges a concurrent assertion means
// the same, but it compares values that were sampled before the inputs of the cycle have settled, and the simulator copies
// every signal in it.  So $past and $stable, which sample too, are not used either.
//
// A failure is an $error with the assertion's path; sim/rtl makes it the end of the run.  Synthesis and proofs define
// SYNTHESIS and see nothing of all this.  What only assertions need is between `ifdef VEIL_ASSERT_ON and `endif.

`ifndef VEIL_ASSERT_SVH
`define VEIL_ASSERT_SVH

`ifdef SYNTHESIS

`define VEIL_ASSERT(name, expression, clock = clk_i, reset = !rst_ni)
`define VEIL_ASSERT_NEXT(name, before, after, clock = clk_i, reset = !rst_ni)
`define VEIL_ASSERT_STABLE(name, hold, value, clock = clk_i, reset = !rst_ni)

`else

`define VEIL_ASSERT_ON

`define VEIL_ASSERT(name, expression, clock = clk_i, reset = !rst_ni) \
  always_ff @(posedge clock) begin \
    if (!(reset)) name : assert (expression) else $error("does not hold"); \
  end

`define VEIL_ASSERT_NEXT(name, before, after, clock = clk_i, reset = !rst_ni) \
  logic name``_before_q; \
  initial name``_before_q = 1'b0; \
  always_ff @(posedge clock) begin \
    name``_before_q <= !(reset) && (before); \
    if (!(reset)) name : assert (!name``_before_q || (after)) else $error("does not hold"); \
  end

`define VEIL_ASSERT_STABLE(name, hold, value, clock = clk_i, reset = !rst_ni) \
  logic name``_hold_q; \
  initial name``_hold_q = 1'b0; \
  logic [$bits(value)-1:0] name``_value_q; \
  always_ff @(posedge clock) begin \
    name``_hold_q <= !(reset) && (hold); \
    name``_value_q <= (value); \
    if (!(reset)) name : assert (!name``_hold_q || (name``_value_q == (value))) else $error("does not hold"); \
  end

`endif

`endif
