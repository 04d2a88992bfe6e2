// The front end of the optimizing translator: a block (lift/form.h) on the machine that emits IR.
#include "lift/lift.h"

#include "lift/form.h"
#include "lift/ir_machine.h"

namespace veil::translator {

bool lift(const Request& request, unsigned limit, ir::Block& block) {
  block.start(request.eip);
  IrMachine machine(block, request.flat, {request.supervisor, request.counted_time});
  const Formed formed = form_block(request, limit, machine, x86::sem::execute<IrMachine>);
  block.instructions = formed.instructions;
  block.end_eip = formed.end_eip;
  if (formed.instructions == 0) return false;
  if (machine.ended()) return true;
  machine.end();
  // The arena keeps room for these nodes (kReserve).
  block.nodes[block.count++] = {
      .op = ir::Op::jump, .bits = formed.interpret ? ir::kInterpret : uint8_t{0}, .imm = block.end_eip};
  return true;
}

}  // namespace veil::translator
