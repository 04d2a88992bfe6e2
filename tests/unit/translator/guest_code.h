// Random but well-behaved 32-bit guest code: every memory access stays inside the test's guest memory.
//
// ESI, EDI, EBX and EBP point into memory and change only by small steps; ESP is the stack. EAX, ECX, EDX are data; one
// that serves as an index is masked first.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace veil::translator::test {

inline constexpr uint32_t kGuestBytes = 0x40000;  // 64 pages: what the TLB holds
inline constexpr uint32_t kCodeAt = 0x1000;
inline constexpr uint32_t kStackAt = 0x20000;
inline constexpr uint32_t kDataAt = 0x30000;

class CodeMaker {
 public:
  explicit CodeMaker(uint32_t seed) : random_(seed) {}

  // Appends one instruction of a random kind (or two: a mask and the access that needs it).
  void instruction(std::vector<uint8_t>& code);
  // A straight run, with or without a transfer of control at its end.
  std::vector<uint8_t> run(unsigned instructions, bool with_end);
  uint32_t number() { return static_cast<uint32_t>(random_()); }

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_()) % n; }
  bool one_in(uint32_t n) { return below(n) == 0; }
  uint32_t data_register() { return below(3); }  // EAX, ECX, EDX
  uint32_t byte_register();                      // AL CL DL AH CH DH
  void put(std::vector<uint8_t>& code, std::initializer_list<uint32_t> bytes);
  void put32(std::vector<uint8_t>& code, uint32_t value, unsigned bytes);
  void segment(std::vector<uint8_t>& code);
  void modrm_memory(std::vector<uint8_t>& code, uint32_t reg);
  void modrm(std::vector<uint8_t>& code, uint32_t reg, bool byte);
  void mask_index(std::vector<uint8_t>& code);
  void arithmetic(std::vector<uint8_t>& code);
  void arithmetic_immediate(std::vector<uint8_t>& code);
  void shift(std::vector<uint8_t>& code);
  void move(std::vector<uint8_t>& code);
  void unary(std::vector<uint8_t>& code);
  void multiply(std::vector<uint8_t>& code);
  void conditional(std::vector<uint8_t>& code);
  void stack(std::vector<uint8_t>& code);
  void bits(std::vector<uint8_t>& code);
  void end(std::vector<uint8_t>& code);

  std::mt19937 random_;
};

}  // namespace veil::translator::test
