#include "boards/sim/sdram_model.h"

#include <fmt/format.h>

namespace veil::boards {

namespace {
// The data sheets ask for an average; a chip that was left alone for so many intervals has been forgotten.
constexpr uint64_t kLateRefreshes = 4;
}  // namespace

SdramModel::SdramModel(uint64_t period_ps, SdramTimes times)
    : period_(period_ps), times_(times), bytes_(kBytes), window_(times.refreshes) {}

void SdramModel::fail(const std::string& what) {
  if (violation_.empty()) violation_ = fmt::format("SDRAM at {} ns: {}", now_ / 1000, what);
}

void SdramModel::require(uint64_t since, uint64_t least, const char* what) {
  if (now_ - since < least) fail(fmt::format("{}: {} ps, at least {}", what, now_ - since, least));
}

void SdramModel::precharge(unsigned number) {
  Bank& bank = banks_[number];
  if (bank.open) {
    require(bank.activated, times_.ras, "tRAS, activate to precharge");
    if (now_ - bank.activated > times_.ras_most) fail("a row was open for longer than tRAS allows");
    if (bank.written != 0) require(bank.written, times_.wr, "tWR, last data written to precharge");
    bank.precharged = now_;
  }
  if (!writing_.empty() && write_bank_ == number) fail("precharge cuts a write burst short");
  for (const Beat& beat : reading_) {
    // The chip goes on driving for CAS latency - 1 clocks after a precharge.
    if (beat.at / (2 * kColumns) % kBanks == number && beat.clock > clock_ + cas_ - 1) {
      fail("precharge cuts a read burst short");
    }
  }
  bank.open = false;
  bank.written = 0;
}

void SdramModel::command(const SdramPins& pins) {
  const unsigned code = pins.cs_n ? 7u : (pins.ras_n ? 4u : 0u) | (pins.cas_n ? 2u : 0u) | (pins.we_n ? 1u : 0u);
  const auto what = static_cast<Command>(code);  // the enumerators are in the order of the command table
  if (what == Command::nop) return;
  if (!pins.cke) return fail("a command without CKE");
  if (now_ < times_.power_up) return fail("a command before the power-up delay is over");
  if (refreshed_) require(last_refresh_, times_.rfc, "tRFC, refresh to any command");
  if (mode_known_ && clock_ - mode_set_ < times_.mrd_cycles) fail("tMRD, mode register to any command");
  Bank& bank = banks_[pins.ba];
  const bool starting = what == Command::mode || what == Command::refresh || what == Command::precharge;
  if (!mode_known_ && !starting) return fail("access before the mode register is set");
  switch (what) {
    case Command::mode:
      for (const Bank& b : banks_) {
        if (b.open) fail("mode register set with an open bank");
      }
      if (refreshes < 2) fail("mode register set before two refreshes");
      cas_ = pins.a >> 4 & 7;
      burst_ = 1u << (pins.a & 7);
      if ((pins.a & 0x1f88) != 0 || (cas_ != 2 && cas_ != 3) || burst_ > 8) {
        fail(fmt::format("mode {:#x} is not modelled", pins.a));
      }
      mode_known_ = true;
      mode_set_ = clock_;
      return;
    case Command::refresh: {
      if (!precharged_all_) fail("refresh before the first precharge of all banks");
      for (const Bank& b : banks_) {
        if (b.open) fail("refresh with an open bank");
        if (b.used) require(b.precharged, times_.rp, "tRP, precharge to refresh");
      }
      if (refreshes >= times_.refreshes && now_ - window_[window_at_] > times_.refresh_period) {
        fail("fewer refreshes than the refresh period asks for");
      }
      window_[window_at_] = now_;
      window_at_ = (window_at_ + 1) % window_.size();
      refreshed_ = true;
      last_refresh_ = now_;
      ++refreshes;
      return;
    }
    case Command::precharge:
      if ((pins.a & 0x400) != 0) {
        for (unsigned b = 0; b < kBanks; ++b) precharge(b);
        precharged_all_ = true;
      } else {
        precharge(pins.ba);
      }
      return;
    case Command::activate:
      if (bank.open) fail("activate of an open bank");
      if (bank.used) {
        require(bank.precharged, times_.rp, "tRP, precharge to activate");
        require(bank.activated, times_.rc, "tRC, activate to activate of one bank");
      }
      if (activated_) require(last_activate_, times_.rrd, "tRRD, activate to activate");
      bank = {.open = true, .row = pins.a & (kRows - 1), .activated = now_, .used = true};
      last_activate_ = now_;
      activated_ = true;
      ++activates;
      return;
    case Command::read:
    case Command::write:
      return access(pins, what == Command::write);
    default:
      return fail("burst stop is not modelled");
  }
}

void SdramModel::access(const SdramPins& pins, bool write) {
  const Bank& bank = banks_[pins.ba];
  if (!bank.open) return fail("access to a closed bank");
  if ((pins.a & 0x400) != 0) fail("auto precharge is not modelled");
  require(bank.activated, times_.rcd, "tRCD, activate to read or write");
  if (!writing_.empty()) fail("a command cuts a write burst short");
  const uint64_t first = clock_ + (write ? 0 : cas_);
  if (!reading_.empty() && reading_.back().clock >= first) fail("a command cuts a read burst short");
  const unsigned column = pins.a & (kColumns - 1);
  for (unsigned i = 0; i < burst_; ++i) {
    const unsigned at = (column & ~(burst_ - 1)) | ((column + i) & (burst_ - 1));
    (write ? writing_ : reading_).push_back({first + i, 2 * ((size_t{bank.row} * kBanks + pins.ba) * kColumns + at)});
  }
  if (write) write_bank_ = pins.ba;
  ++(write ? writes : reads);
}

void SdramModel::take_data(const SdramPins& pins) {
  if (writing_.empty()) return;
  const Beat beat = writing_.front();
  writing_.pop_front();
  if (!pins.dq_driven) fail("the data of a write are not driven");
  if ((pins.dqm & 1) == 0) bytes_[beat.at] = static_cast<uint8_t>(pins.dq);
  if ((pins.dqm & 2) == 0) bytes_[beat.at + 1] = static_cast<uint8_t>(pins.dq >> 8);
  banks_[write_bank_].written = now_;
}

// What is on the pins up to the next edge.
std::optional<uint16_t> SdramModel::drive(const SdramPins& pins) {
  while (!reading_.empty() && reading_.front().clock <= clock_) reading_.pop_front();
  if (reading_.empty() || reading_.front().clock != clock_ + 1) return {};
  if (pins.dq_driven) fail("chip and controller drive the data pins");
  if (earlier_mask_ != 0) fail("dqm masks a read");
  const size_t at = reading_.front().at;
  return static_cast<uint16_t>(bytes_[at] | bytes_[at + 1] << 8);
}

std::optional<uint16_t> SdramModel::rising(const SdramPins& pins) {
  ++clock_;
  now_ += period_;
  // The chip still drives the beat that is being captured at this edge.
  if (pins.dq_driven && !reading_.empty() && reading_.front().clock == clock_) {
    fail("chip and controller drive the data pins");
  }
  command(pins);
  take_data(pins);
  if (refreshed_ && now_ - last_refresh_ > kLateRefreshes * (times_.refresh_period / times_.refreshes)) {
    fail("no refresh for too long");
  }
  const std::optional<uint16_t> out = drive(pins);
  earlier_mask_ = pins.dqm;
  return out;
}

}  // namespace veil::boards
