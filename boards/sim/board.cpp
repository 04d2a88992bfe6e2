// The simulated board at the pins of the ULX3S's top, for a model that has no more than these: the netlist after
// synthesis.
//
// The pins of the SDRAM are looked at when its clock rises, which the top makes itself; the run is over when the serial
// line has said so.
#include "boards/sim/board.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "boards/boot/protocol.h"
#include "boards/sim/sdram_model.h"
#include "veil_board.h"
#include "verilated.h"
#include VEIL_BOARD_HEADER

namespace veil::boards {

namespace {
using Model = VEIL_BOARD_MODEL;
constexpr uint64_t kPeriod = 1'000'000'000 / kClockKhz;  // ps
}  // namespace

const unsigned Board::kBitCycles = 1000 * kClockKhz / kBaud;

struct Board::Parts {
  VerilatedContext context;
  std::unique_ptr<Model> top;
  SdramModel chip{kPeriod};
  std::unique_ptr<SdCard> card;
  uint64_t cycles = 0;
  std::string violation;
  uint64_t heard = 0;  // bytes from the line
  int escape = 0;      // 1: after an escape byte, 2: its argument comes and is the status
  bool ended = false;

  void fail(const std::string& what) {
    if (violation.empty()) violation = what;
  }
  void hear(uint8_t byte) {
    if (escape == 0) {
      escape = byte == protocol::kEscape ? 1 : 0;
    } else if (escape == 1 && byte != protocol::kEscape) {
      escape = byte == 'x' ? 2 : 3;
    } else {
      ended = ended || escape == 2;
      escape = 0;
    }
  }
};

Board::Board(uint32_t seed) : parts_(std::make_unique<Parts>()) {
  parts_->context.randReset(seed == 0 ? 0 : 2);
  parts_->context.randSeed(static_cast<int>(seed));
  parts_->top = std::make_unique<Model>(&parts_->context);
  parts_->top->sd_d0_i = 1;
  parts_->top->btn_i = 1;  // the first one is active low
  parts_->top->ftdi_txd_i = 1;
  parts_->top->clk_25mhz_i = 0;
  parts_->top->eval();
}

Board::~Board() = default;

void Board::cycle() {
  Model& top = *parts_->top;
  top.ftdi_txd_i = line.cycle(top.ftdi_rxd_o != 0);
  top.clk_25mhz_i = 1;
  top.eval();
  const bool low = top.sdram_clk_o == 0;
  const SdramPins pins{.cke = top.sdram_cke_o != 0,
                       .cs_n = top.sdram_csn_o != 0,
                       .ras_n = top.sdram_rasn_o != 0,
                       .cas_n = top.sdram_casn_o != 0,
                       .we_n = top.sdram_wen_o != 0,
                       .ba = top.sdram_ba_o,
                       .a = top.sdram_a_o,
                       .dqm = top.sdram_dqm_o,
                       .dq_driven = top.sdram_d_io__en != 0,
                       .dq = top.sdram_d_io__out};
  if (pins.dq_driven && top.sdram_d_io__en != 0xffff) parts_->fail("some of the SDRAM's data pins are driven");
  top.clk_25mhz_i = 0;
  top.eval();
  if (parts_->cycles > 1 && (!low || top.sdram_clk_o == 0)) parts_->fail("the SDRAM has no clock");
  top.sdram_d_io = parts_->chip.rising(pins).value_or(0xdead);
  if (parts_->card) top.sd_d0_i = parts_->card->cycle(top.sd_d3_o != 0, top.sd_clk_o != 0, top.sd_cmd_o != 0);
  ++parts_->cycles;
  if (line.heard != parts_->heard) {
    parts_->heard = line.heard;
    parts_->hear(line.last);
  }
}

SdCard& Board::insert(std::vector<uint8_t> image, bool high_capacity) {
  parts_->card = std::make_unique<SdCard>(std::move(image), kPeriod, high_capacity);
  return *parts_->card;
}

bool Board::ended() const { return parts_->ended; }
unsigned Board::leds() const { return parts_->top->led_o; }
uint64_t Board::cycles() const { return parts_->cycles; }
uint64_t Board::cycles_per_second() const { return 1000 * kClockKhz; }
const std::string& Board::violation() const {
  if (parts_->card && !parts_->card->violation().empty()) return parts_->card->violation();
  return parts_->violation.empty() ? parts_->chip.violation() : parts_->violation;
}
std::vector<uint8_t>& Board::dram() { return parts_->chip.bytes(); }

}  // namespace veil::boards
