// An SDR SDRAM chip of 4 banks x 8192 rows x 512 columns x 16 bits (32 MB) that checks what is done to it.
//
// `rising` is called at each rising edge of the chip's clock with the pins as they are. Whatever breaks a rule of the
// data sheet (an interval, a command to a closed or open bank, a mode that is not modelled, a late refresh, two drivers
// on the data pins) is a violation: the first one is kept as a sentence, and the owner must fail. Intervals are those
// of the IS42S16160G-7 and MT48LC16M16-6A, the slower of the two each (data sheets, "AC electrical characteristics").
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace veil::boards {

struct SdramPins {
  bool cke = false, cs_n = true, ras_n = true, cas_n = true, we_n = true;
  unsigned ba = 0;   // 2 bits
  unsigned a = 0;    // 13 bits
  unsigned dqm = 0;  // 2 bits
  bool dq_driven = false;
  uint16_t dq = 0;
};

// Picoseconds.
struct SdramTimes {
  uint64_t rp = 20'000, rcd = 20'000, ras = 44'000, ras_most = 100'000'000, rc = 66'000, rfc = 70'000, rrd = 15'000,
           wr = 15'000, mrd_cycles = 2, power_up = 200'000'000;
  uint64_t refresh_period = 64'000'000'000, refreshes = 8192;  // so many in each period
};

class SdramModel {
 public:
  static constexpr unsigned kBanks = 4, kRows = 8192, kColumns = 512;
  static constexpr size_t kBytes = size_t{2} * kBanks * kRows * kColumns;

  explicit SdramModel(uint64_t period_ps, SdramTimes times = {});

  // A rising edge of the chip's clock. Returns what the chip drives until shortly after the next one; empty: nothing.
  std::optional<uint16_t> rising(const SdramPins& pins);

  const std::string& violation() const { return violation_; }  // empty: none so far
  // Contents by byte address: row, bank, column as a controller with open rows in neighbouring banks maps them.
  std::vector<uint8_t>& bytes() { return bytes_; }

  uint64_t activates = 0, reads = 0, writes = 0, refreshes = 0;

 private:
  enum class Command : uint8_t { mode, refresh, precharge, activate, write, read, stop, nop };
  struct Bank {
    bool open = false;
    unsigned row = 0;
    uint64_t activated = 0, precharged = 0, written = 0;
    bool used = false;  // the times above mean something
  };
  struct Beat {
    uint64_t clock = 0;  // edge at which it is on the pins
    size_t at = 0;       // in `bytes_`
  };

  void fail(const std::string& what);
  void require(uint64_t since, uint64_t least, const char* what);
  void precharge(unsigned bank);
  void command(const SdramPins& pins);
  void access(const SdramPins& pins, bool write);
  void take_data(const SdramPins& pins);
  std::optional<uint16_t> drive(const SdramPins& pins);

  uint64_t period_;
  SdramTimes times_;
  std::vector<uint8_t> bytes_;
  std::string violation_;
  uint64_t clock_ = 0;  // edges so far
  uint64_t now_ = 0;    // picoseconds
  std::array<Bank, kBanks> banks_;
  uint64_t last_activate_ = 0, last_refresh_ = 0, mode_set_ = 0;
  bool activated_ = false, refreshed_ = false, precharged_all_ = false, mode_known_ = false;
  unsigned cas_ = 0, burst_ = 0;
  std::vector<uint64_t> window_;  // times of the last `refreshes` refreshes, as a ring
  size_t window_at_ = 0;
  std::deque<Beat> reading_, writing_;
  unsigned write_bank_ = 0;
  unsigned earlier_mask_ = 0;  // dqm one clock ago: reads are masked two clocks later
};

}  // namespace veil::boards
