// Yosys's tristate buffer in front of a pin: nextpnr makes the pin's own buffer of it.

module \$_TBUF_ (
  input  A,
  input  E,
  output Y
);
  assign Y = E ? A : 1'bz;
endmodule
