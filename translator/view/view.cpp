// Side-by-side listing: guest instructions on the left, one native group a line on the right, a column per slot.
#include "view/view.h"

#include <Zydis/Zydis.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "scratch.h"
#include "veil/isa/disasm.h"
#include "view/print_ir.h"

namespace veil::translator {

namespace {

std::vector<std::string> guest_lines(const Request& request, const Result& result) {
  std::vector<std::string> lines;
  ZydisDecoder decoder;
  ZydisFormatter formatter;
  const auto mode = request.code32 ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16;
  ZydisDecoderInit(&decoder, mode, request.code32 ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
  ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
  uint32_t offset = 0;
  while (offset < result.guest_bytes) {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, request.bytes.data() + offset, request.bytes.size() - offset,
                                             &insn, operands))) {
      lines.push_back(fmt::format("{:08x}  ?", request.eip + offset));
      break;
    }
    char text[128];
    ZydisFormatterFormatInstruction(&formatter, &insn, operands, insn.operand_count_visible, text, sizeof text,
                                    request.eip + offset, nullptr);
    lines.push_back(fmt::format("{:08x}  {}", request.eip + offset, text));
    offset += insn.length;
  }
  return lines;
}

std::vector<std::string> native_lines(const Request& request, const std::vector<uint32_t>& words, unsigned width,
                                      const std::vector<Exit>& exits) {
  std::vector<std::string> lines;
  std::size_t pos = 0;
  while (pos < words.size()) {
    for (const Exit& exit : exits) {
      if (exit.stub != pos) continue;
      constexpr const char* kKinds[] = {"direct", "indirect", "interpret"};
      const std::string to = exit.kind == ExitKind::indirect ? "" : fmt::format(" {:#x}", exit.target_eip);
      lines.push_back(fmt::format("exit: {}{}", kKinds[static_cast<unsigned>(exit.kind)], to));
    }
    std::string line = fmt::format("{:08x}", request.native_base + 4 * pos);
    unsigned slots = 0;
    bool end = false;
    while (!end && pos < words.size()) {
      const uint32_t word = words[pos];
      const uint32_t next = pos + 1 < words.size() ? words[pos + 1] : 0;
      const auto pc = static_cast<uint32_t>(request.native_base + 4 * pos);
      line += fmt::format(" | {:<26}", isa::disassemble(word, next, pc));
      const unsigned length = isa::length_words(word);
      end = (word & 1) != 0;
      pos += length;
      slots += length;
    }
    for (; slots < width; ++slots) line += fmt::format(" | {:<26}", ".");
    while (line.back() == ' ') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

View view(const Request& request, const Options& options, bool with_ir) {
  const auto scratch = std::make_unique<Scratch>();
  std::vector<uint32_t> words(kMaxBlockWords);
  std::vector<Exit> exits(kMaxExits);
  View out;
  out.result = translate(request, options, *scratch, words, exits);
  if (out.result.status != Status::ok) {
    constexpr const char* kStatus[] = {"ok", "for the interpreter", "no room", "internal error"};
    out.text = fmt::format("{:08x}: {}\n", request.eip, kStatus[static_cast<unsigned>(out.result.status)]);
    return out;
  }
  words.resize(out.result.words);
  exits.resize(out.result.exits);
  const std::vector<std::string> left = guest_lines(request, out.result);
  const std::vector<std::string> right = native_lines(request, words, options.width, exits);
  std::size_t column = 0;
  for (const std::string& line : left) column = std::max(column, line.size());
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string line =
        fmt::format("{:<{}}  {}", i < left.size() ? left[i] : "", column, i < right.size() ? right[i] : "");
    out.text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  if (with_ir) out.text += ir::print(scratch->block);
  return out;
}

}  // namespace veil::translator
