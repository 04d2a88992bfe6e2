// The memory operand of the instruction tests.
#include "op.h"

uint32_t op_cell[8];
