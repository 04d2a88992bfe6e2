// The SDRAM controller on a chip that checks its data sheet: random traffic, refreshes, power-up; and the chip notices
// what is wrong.
#include <catch2/catch.hpp>
#include <deque>
#include <random>

#include "Vsdram50.h"
#include "Vsdram65.h"
#include "boards/sim/sdram_model.h"

namespace {

using veil::boards::SdramModel;
using veil::boards::SdramPins;
using veil::boards::SdramTimes;

template <class Model>
constexpr uint64_t kPeriod = 20'000;  // ps
template <>
constexpr uint64_t kPeriod<Vsdram65> = 15'384;

struct Request {
  bool we = false;
  uint32_t address = 0;  // bytes, a multiple of four
  uint32_t data = 0;
  unsigned select = 15;
};

template <class Model>
struct Bench {
  Model top;
  SdramModel chip;
  uint64_t cycles = 0;

  explicit Bench(SdramTimes times = {}) : chip(kPeriod<Model>, times) {
    top.rst_ni = 0;
    for (int i = 0; i < 4; ++i) cycle(nullptr);
    top.rst_ni = 1;
  }

  // Since power-up was over, one in 7.8125 us on average.
  [[nodiscard]] uint64_t wanted_refreshes() const { return (cycles * kPeriod<Model> - 200'000'000) / 7'812'500; }

  // One clock; `request` is on the bus. True: it was taken. The answer of this clock is in `acked` and `data`.
  bool cycle(const Request* request) {
    top.wb_cyc_i = 1;
    top.wb_stb_i = request != nullptr;
    if (request != nullptr) {
      top.wb_we_i = request->we;
      top.wb_adr_i = request->address >> 2;
      top.wb_dat_i = request->data;
      top.wb_sel_i = static_cast<uint8_t>(request->select);
    }
    top.eval();
    const bool taken = request != nullptr && top.wb_stall_o == 0;
    acked = top.wb_ack_o != 0;
    data = top.wb_dat_o;
    top.clk_i = 1;
    top.eval();
    // The middle of the cycle: the chip's rising edge, the controller's capture.
    const SdramPins pins{.cke = top.cke_o != 0,
                         .cs_n = top.cs_no != 0,
                         .ras_n = top.ras_no != 0,
                         .cas_n = top.cas_no != 0,
                         .we_n = top.we_no != 0,
                         .ba = top.ba_o,
                         .a = top.a_o,
                         .dqm = top.dqm_o,
                         .dq_driven = top.dq_oe_o != 0,
                         .dq = top.dq_o};
    top.clk_i = 0;
    top.eval();
    top.dq_i = chip.rising(pins).value_or(0xdead);
    ++cycles;
    return taken;
  }
  bool acked = false;
  uint32_t data = 0;
};

// Requests in order, each with pauses of up to `pause` cycles before it; returns what the reads gave.
template <class Model>
std::vector<uint32_t> run(Bench<Model>& bench, const std::vector<Request>& requests, unsigned pause,
                          std::mt19937& random) {
  std::deque<bool> wanted;  // is a read, in order of the answers to come
  std::vector<uint32_t> got;
  size_t next = 0;
  unsigned wait = 0;
  for (uint64_t limit = 40'000 + 200 * requests.size(); (next < requests.size() || !wanted.empty()) && limit != 0;
       --limit) {
    const bool offer = next < requests.size() && wait == 0;
    if (bench.cycle(offer ? &requests[next] : nullptr)) {
      wanted.push_back(!requests[next++].we);
      wait = pause == 0 ? 0 : static_cast<unsigned>(random() % pause);
    } else if (wait != 0) {
      --wait;
    }
    if (bench.acked) {
      REQUIRE(!wanted.empty());
      if (wanted.front()) got.push_back(bench.data);
      wanted.pop_front();
    }
    if (!bench.chip.violation().empty()) break;
  }
  return got;
}

}  // namespace

TEMPLATE_TEST_CASE("lines are read as one row of beats", "", Vsdram50, Vsdram65) {
  Bench<TestType> bench;
  std::mt19937 random(1);
  std::vector<Request> requests;
  for (uint32_t i = 0; i < 8; ++i)
    requests.push_back({.we = true, .address = 0x123400 + 4 * i, .data = 0x01010101 * i});
  for (uint32_t i = 0; i < 8; ++i) requests.push_back({.address = 0x123400 + 4 * i});
  const std::vector<uint32_t> got = run(bench, requests, 0, random);
  REQUIRE(bench.chip.violation() == "");
  REQUIRE(got.size() == 8);
  for (uint32_t i = 0; i < 8; ++i) CHECK(got[i] == 0x01010101 * i);
  CHECK(bench.chip.activates == 1);

  const uint64_t before = bench.cycles;
  run(bench, std::vector<Request>(requests.begin() + 8, requests.end()), 0, random);
  CHECK(bench.cycles - before <= 16 + 7);  // sixteen beats, and the way there and back
}

TEMPLATE_TEST_CASE("random traffic gives back what was written", "", Vsdram50, Vsdram65) {
  const unsigned pause = GENERATE(0u, 3u, 60u);
  std::mt19937 random(pause + 7);
  Bench<TestType> bench;
  std::vector<uint8_t> mirror(SdramModel::kBytes);
  std::vector<Request> requests;
  std::vector<uint32_t> wanted;
  uint32_t at = 0;
  for (int i = 0; i < 20'000; ++i) {
    switch (random() % 4) {
      case 0:
        at = static_cast<uint32_t>(random() % SdramModel::kBytes) & ~3u;
        break;
      case 1:
        at = (at ^ (1u << (random() % 25))) & ~3u;  // another bank, row or column
        break;
      default:
        at = (at + 4) % SdramModel::kBytes;
    }
    Request r{.we = random() % 2 == 0, .address = at, .data = static_cast<uint32_t>(random()), .select = 15};
    if (random() % 2 == 0) r.select = static_cast<unsigned>(random() % 16);
    uint32_t value = 0;
    for (unsigned b = 0; b < 4; ++b) {
      if (r.we && (r.select >> b & 1) != 0) mirror[at + b] = static_cast<uint8_t>(r.data >> (8 * b));
      value |= static_cast<uint32_t>(mirror[at + b]) << (8 * b);
    }
    if (!r.we) wanted.push_back(value);
    requests.push_back(r);
  }
  const std::vector<uint32_t> got = run(bench, requests, pause, random);
  REQUIRE(bench.chip.violation() == "");
  CHECK(got == wanted);
  CHECK(bench.chip.bytes() == mirror);
  CHECK(bench.chip.refreshes >= bench.wanted_refreshes());
}

TEMPLATE_TEST_CASE("an idle chip is refreshed", "", Vsdram50, Vsdram65) {
  Bench<TestType> bench;
  for (int i = 0; i < 4'000'000; ++i) bench.cycle(nullptr);
  CHECK(bench.chip.violation() == "");
  CHECK(bench.chip.refreshes >= bench.wanted_refreshes());
  CHECK(bench.wanted_refreshes() > 7'000);
}

TEST_CASE("the chip notices what is too early") {
  struct Rule {
    const char* name;
    SdramTimes times;
  };
  const Rule rule = GENERATE(Rule{"tRP", {.rp = 45'000}}, Rule{"tRCD", {.rcd = 45'000}}, Rule{"tRAS", {.ras = 105'000}},
                             Rule{"tRC", {.rc = 205'000}}, Rule{"tRFC", {.rfc = 105'000}}, Rule{"tWR", {.wr = 65'000}},
                             Rule{"tMRD", {.mrd_cycles = 4}}, Rule{"power-up", {.power_up = 260'000'000}},
                             Rule{"refresh", {.refresh_period = 8'000'000'000}});
  INFO(rule.name);
  Bench<Vsdram50> bench(rule.times);
  std::mt19937 random(3);
  std::vector<Request> requests;
  for (uint32_t i = 0; i < 4000; ++i) {
    const auto address = static_cast<uint32_t>(random() % SdramModel::kBytes) & ~3u;
    requests.push_back({.we = i % 3 != 0, .address = address & ~0xc00u, .data = i});
  }
  run(bench, requests, 0, random);
  for (int i = 0; i < 500'000 && bench.chip.violation().empty(); ++i) bench.cycle(nullptr);
  CHECK(bench.chip.violation().find(rule.name) != std::string::npos);
}
