// The two 8259A interrupt controllers of an ISA PC, the second on line 2 of the first (Intel 8259A data sheet,
// 231468-003), with the EISA edge/level registers.
//
// Lines are levels. A rising edge sets the request bit, which stays until the interrupt is acknowledged even if the
// line falls before (the data sheet would answer with a spurious IRQ7; QEMU keeps the request, and a guest must not
// tell the two apart); a level-triggered line requests as long as it is high, and gives the spurious IRQ7 or IRQ15 if
// it has fallen.
#pragma once

#include <cstdint>

#include "firmware/devices/device.h"

namespace veil::fw {

class Pic {
 public:
  // `level_capable`: lines that the edge/level register may switch. `cascade`: bit of the line with the second
  // controller on it, 0 if there is none.
  void reset(uint8_t level_capable, uint8_t cascade);

  uint8_t read(uint16_t offset);
  void write(uint16_t offset, uint8_t value);
  uint8_t edge_level() const { return level_triggered_; }
  void set_edge_level(uint8_t value);

  void set_line(unsigned line, bool high);
  bool output() const { return pending() < 8; }  // INT
  bool masked(unsigned line) const { return (mask_ >> line & 1) != 0; }
  // The acknowledge cycle: the line that is served now. Nothing pending: line 7, and nothing changes.
  unsigned acknowledge();
  uint8_t vector(unsigned line) const { return static_cast<uint8_t>(base_ | line); }

 private:
  unsigned priority(uint8_t lines) const;  // of the first of them: 0 is the highest, 8 says none
  unsigned pending() const;                // the line that would interrupt, or 8
  void serve(unsigned line);
  void begin_initialisation(uint8_t icw1);
  void end_of_interrupt(uint8_t ocw2);

  uint8_t requests_ = 0;         // IRR
  uint8_t in_service_ = 0;       // ISR
  uint8_t mask_ = 0;             // IMR
  uint8_t lines_ = 0;            // as they are now
  uint8_t level_triggered_ = 0;  // ELCR
  uint8_t level_capable_ = 0;
  uint8_t cascade_ = 0;
  uint8_t base_ = 0;           // ICW2
  uint8_t first_ = 0;          // the line with the highest priority
  uint8_t expected_ = 0;       // the initialisation word that comes next at offset 1: 2, 3, 4; 0: OCW1
  bool wants_icw4_ = false;    // ICW1: IC4
  bool single_ = false;        // ICW1: SNGL
  bool auto_eoi_ = false;      // ICW4: AEOI
  bool fully_nested_ = false;  // ICW4: SFNM
  bool special_mask_ = false;  // OCW3: SMM
  bool rotate_on_auto_eoi_ = false;
  bool read_in_service_ = false;  // OCW3: RIS
  bool poll_ = false;             // OCW3: P
};

// Both, as the machine sees them: sixteen lines in, INT and a vector out.
class PicPair final : public Device {
 public:
  static constexpr unsigned kCascadeLine = 2;
  enum Region : uint8_t { kFirst, kSecond, kEdgeLevel };

  void reset();
  uint32_t read(const Place& at, uint64_t now) override;
  void write(const Place& at, uint32_t value, uint64_t now) override;
  Pic& first() { return first_; }
  Pic& second() { return second_; }
  void set_line(unsigned irq, bool high);
  // Carries the second controller's INT to the first; after every access.
  void settle() { first_.set_line(kCascadeLine, second_.output()); }
  bool interrupt_pending() const { return first_.output(); }
  uint8_t acknowledge();
  // Whether a request on this line could reach the processor with the masks as they are.
  bool heard(unsigned irq) const;

 private:
  Pic first_, second_;
};

}  // namespace veil::fw
