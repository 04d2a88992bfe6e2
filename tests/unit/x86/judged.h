// Comparison of the interpreter's result with a judge's, and the list of what differs.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "random_case.h"

namespace veil::test {

inline uint32_t from_environment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<uint32_t>(std::strtoul(text, nullptr, 0)) : otherwise;
}

inline std::string show(const HostCase& c, const HostResult& ours, const HostResult& theirs, uint32_t mask) {
  char text[400];
  std::string s;
  for (unsigned n = 0; n < c.length; ++n) {
    std::snprintf(text, sizeof text, "%02x ", c.code[n]);
    s += text;
  }
  std::snprintf(text, sizeof text, "eflags %x: ours %x theirs %x mask %x; eip %x %x; vector %d %d; memory %s", c.eflags,
                ours.eflags, theirs.eflags, mask, ours.eip, theirs.eip, static_cast<int>(ours.vector) - 1,
                static_cast<int>(theirs.vector) - 1, ours.memory == theirs.memory ? "same" : "differs");
  s += text;
  for (unsigned n = 0; n < 8; ++n) {
    std::snprintf(text, sizeof text, " r%u %x: %x%s%x", n, c.regs[n], ours.regs[n],
                  ours.regs[n] == theirs.regs[n] ? "=" : " != ", theirs.regs[n]);
    s += text;
  }
  return s;
}

struct Verdict {
  std::map<std::string, std::pair<uint32_t, std::string>> wrong;  // mnemonic -> number, examples
  std::set<std::string> seen;

  void judge(const x86::Insn& insn, const HostCase& c, const HostResult& ours, const HostResult& theirs, bool same) {
    const Open open = open_results(insn, c);
    const uint32_t mask = 0xcd5 & ~open.flags;
    seen.insert(x86::mnemonic(insn));
    if (same && ours.vector == 0) {
      same = ((ours.eflags ^ theirs.eflags) & mask) == 0 && ours.eip == theirs.eip;
      if (!open.all) {
        same = same && std::memcmp(ours.regs, theirs.regs, sizeof ours.regs) == 0 && ours.memory == theirs.memory;
      }
    }
    if (same) return;
    auto& [count, examples] = wrong[x86::mnemonic(insn)];
    if (count++ < 3) examples += show(c, ours, theirs, mask) + "\n";
  }
  void report() {
    for (const auto& [name, what] : wrong) UNSCOPED_INFO(name << " " << what.first << " times: " << what.second);
    CHECK(wrong.empty());
  }
};

}  // namespace veil::test
