// Segment CSRs are named in the instruction, so each has its own piece of code.
#include "firmware/allocator/segments.h"

#include <utility>

#include "firmware/boot/native.h"

namespace veil::fw {
namespace {

constexpr isa::Csr numbered(isa::Csr first, unsigned segment) {
  return static_cast<isa::Csr>(static_cast<unsigned>(first) + segment);
}

template <typename Action>
void with_segment(unsigned segment, Action action) {
  [&]<unsigned... kSegments>(std::integer_sequence<unsigned, kSegments...>) {
    ((segment == kSegments ? action(std::integral_constant<unsigned, kSegments>()) : void()), ...);
  }
  (std::make_integer_sequence<unsigned, 6>());
}

}  // namespace

void set_segment_registers(unsigned segment, uint32_t base, uint32_t limit, uint32_t attributes) {
  with_segment(segment, [&](auto n) {
    native::csr_write<numbered(isa::Csr::xsegbase0, n)>(base);
    native::csr_write<numbered(isa::Csr::xseglim0, n)>(limit);
    native::csr_write<numbered(isa::Csr::xsegattr0, n)>(attributes);
  });
}

}  // namespace veil::fw
