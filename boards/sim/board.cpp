#include "boards/sim/board.h"

#include <utility>

#include "Vboard.h"
#include "boards/sim/sdram_model.h"
#include "veil_board.h"
#include "verilated.h"

namespace veil::boards {

namespace {
constexpr uint64_t kPeriod = 1'000'000'000 / kClockKhz;  // ps
}

const unsigned Board::kBitCycles = 10;  // board_sim_top.sv

struct Board::Parts {
  VerilatedContext context;
  std::unique_ptr<Vboard> top;
  SdramModel chip{kPeriod};
  std::unique_ptr<SdCard> card;
  uint64_t cycles = 0;
};

Board::Board(uint32_t seed) : parts_(std::make_unique<Parts>()) {
  parts_->context.randReset(seed == 0 ? 0 : 2);
  parts_->context.randSeed(static_cast<int>(seed));
  parts_->top = std::make_unique<Vboard>(&parts_->context);
  parts_->top->rst_ni = 0;
  parts_->top->sd_miso_i = 1;
  parts_->top->clk_i = 0;
  parts_->top->eval();
  for (int i = 0; i < 16; ++i) cycle();
  parts_->top->rst_ni = 1;
}

Board::~Board() = default;

void Board::cycle() {
  Vboard& top = *parts_->top;
  top.uart_rx_i = line.cycle(top.uart_tx_o != 0);
  top.clk_i = 1;
  top.eval();
  // The chip's rising edge is in the middle of the cycle.
  const SdramPins pins{.cke = top.sdram_cke_o != 0,
                       .cs_n = top.sdram_cs_no != 0,
                       .ras_n = top.sdram_ras_no != 0,
                       .cas_n = top.sdram_cas_no != 0,
                       .we_n = top.sdram_we_no != 0,
                       .ba = top.sdram_ba_o,
                       .a = top.sdram_a_o,
                       .dqm = top.sdram_dqm_o,
                       .dq_driven = top.sdram_dq_oe_o != 0,
                       .dq = top.sdram_dq_o};
  top.clk_i = 0;
  top.eval();
  if (parts_->card) {
    top.sd_miso_i = parts_->card->cycle(top.sd_cs_no != 0, top.sd_sck_o != 0, top.sd_mosi_o != 0);
  }
  top.sdram_dq_i = parts_->chip.rising(pins).value_or(0xdead);
  ++parts_->cycles;
}

SdCard& Board::insert(std::vector<uint8_t> image, bool high_capacity) {
  parts_->card = std::make_unique<SdCard>(std::move(image), kPeriod, high_capacity);
  return *parts_->card;
}

bool Board::ended() const { return parts_->top->ended_o != 0; }
unsigned Board::leds() const { return parts_->top->leds_o; }
uint64_t Board::cycles() const { return parts_->cycles; }
uint64_t Board::cycles_per_second() const { return 1000 * kClockKhz; }
const std::string& Board::violation() const {
  return parts_->card && !parts_->card->violation().empty() ? parts_->card->violation() : parts_->chip.violation();
}
std::vector<uint8_t>& Board::dram() { return parts_->chip.bytes(); }

}  // namespace veil::boards
