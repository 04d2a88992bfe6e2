// The interpreter against the host's own processor: random single instructions in a 32-bit helper process.
//
//   VEIL_CASES=n VEIL_SEED=s  more, or others (make campaign)
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "judged.h"
#include "random_case.h"

namespace {

using namespace veil;
using namespace veil::test;

constexpr uint32_t kPageFault = static_cast<uint32_t>(x86::Vector::pf) + 1;

// Runs the helper on all cases at once.
std::vector<HostResult> run_on_host(const std::vector<HostCase>& cases) {
  char directory[] = "/tmp/veil-x86-XXXXXX";
  REQUIRE(mkdtemp(directory) != nullptr);
  const std::string in = std::string(directory) + "/cases";
  const std::string out = std::string(directory) + "/results";
  std::FILE* f = std::fopen(in.c_str(), "wb");
  REQUIRE(f != nullptr);
  REQUIRE(std::fwrite(cases.data(), sizeof cases[0], cases.size(), f) == cases.size());
  REQUIRE(std::fclose(f) == 0);
  REQUIRE(std::system((std::string(VEIL_X86_HOST_HELPER) + " " + in + " " + out).c_str()) == 0);
  std::vector<HostResult> results(cases.size());
  f = std::fopen(out.c_str(), "rb");
  REQUIRE(f != nullptr);
  REQUIRE(std::fread(results.data(), sizeof results[0], results.size(), f) == results.size());
  std::fclose(f);
  std::remove(in.c_str());
  std::remove(out.c_str());
  std::remove(directory);
  return results;
}

// Where today's processors are not ours.
bool host_differs(const x86::Insn& i) {
  switch (i.exec) {
    // BMI and LZCNT: F3 BSF, F3 BSR are TZCNT, LZCNT.
    case x86::Exec::bsf:
    case x86::Exec::bsr:
      return i.rep == x86::Rep::rep;
    // F2, F3 are reserved here (SDM); processors let them override the instruction's own ZF condition.
    case x86::Exec::loope:
    case x86::Exec::loopne:
      return i.rep != x86::Rep::none;
    default:
      return false;
  }
}

}  // namespace

TEST_CASE("random instructions leave the same state as on the host's processor") {
  const uint32_t total = from_environment("VEIL_CASES", 300000);
  Source source(from_environment("VEIL_SEED", 1), {.base = kHelperBase, .control = true});
  std::vector<HostCase> cases(total);
  for (HostCase& c : cases) c = source.next();
  const std::vector<HostResult> results = run_on_host(cases);
  Reference reference(kHelperBase);
  Verdict verdict;
  uint32_t outside = 0;
  for (uint32_t n = 0; n < total; ++n) {
    reference.machine().string_blocks = n % 2 == 0;
    const HostCase& c = cases[n];
    const HostResult& theirs = results[n];
    const HostResult ours = reference.run(c, 0x40 + n % 100 * 0x20);
    if (theirs.vector == kPageFault) {
      ++outside;
      continue;
    }
    const x86::Insn insn = x86::decode(std::span<const uint8_t>(c.code, 15)).insn;
    if (host_differs(insn)) continue;
    verdict.judge(insn, c, ours, theirs, ours.vector == theirs.vector);
  }
  verdict.report();
  CHECK(outside < total / 20);
  CHECK(verdict.seen.size() > 135);
}
