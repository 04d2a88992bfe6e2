// Owns the scratch memory and the buffers of a translation.
#include "translated.h"

#include <memory>

#include "scratch.h"

namespace veil::translator::test {

Translated translate_code(std::span<const uint8_t> code, const Options& options, uint32_t eip,
                          const Circumstances& circumstances) {
  static const std::unique_ptr<Scratch> scratch = std::make_unique<Scratch>();
  Translated out;
  out.words.assign(kMaxBlockWords, 0);
  out.exits.resize(kMaxExits);
  Request request;
  request.eip = eip;
  request.bytes = code;
  request.native_base = kNativeBase;
  request.dispatcher_exit = circumstances.dispatcher_exit;
  request.interpret_exit = circumstances.interpret_exit;
  request.supervisor = request.counted_time = circumstances.supervisor;
  request.indirect_exit = circumstances.indirect_exit;
  request.flat = circumstances.flat;
  request.paging = circumstances.paging;
  request.beyond = circumstances.beyond;
  request.checks = circumstances.checks;
  request.physical = 0x1000 + (eip & 0xfff);
  request.beyond_physical = 0x5000;
  out.result = translate(request, options, *scratch, out.words, out.exits);
  out.words.resize(out.result.words);
  out.exits.resize(out.result.exits);
  return out;
}

}  // namespace veil::translator::test
