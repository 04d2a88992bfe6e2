#include "sim/trace/translations.h"

#include "veil/isa/native.h"
#include "veil/isa/platform.h"

namespace veil::sim {

void Translations::apply(const GroupRecord& record, const Shadow& shadow) {
  if (!record.csr.valid || record.csr.csr != static_cast<uint16_t>(isa::Csr::xlog) || record.trap.taken) return;
  namespace block = platform::block_descriptor;
  const auto what = static_cast<platform::Log>(record.csr.value >> 28);
  const uint32_t offset = record.csr.value & 0x0fffffff;
  const uint32_t base = platform::concealed_window + offset;
  const auto field = [&](uint32_t at) { return shadow.word(base + at).value_or(0); };
  if (what == platform::Log::translation_made) {
    Translation made;
    made.descriptor = offset;
    made.guest_eip = field(block::guest_eip);
    made.guest_physical = field(block::guest_physical);
    made.guest_bytes = field(block::guest_bytes);
    made.instructions = field(block::instructions);
    made.native = field(block::native);
    made.words = field(block::words);
    made.tier = static_cast<uint8_t>(field(block::tier));
    by_native_[made.native] = made;
    ++made_;
    instructions_ += made.instructions;
    if (made.tier == static_cast<uint8_t>(isa::Tier::run_hot)) {
      ++optimized_;
      optimized_instructions_ += made.instructions;
    }
  } else if (what == platform::Log::translation_dropped) {
    for (auto it = by_native_.begin(); it != by_native_.end(); ++it) {
      if (it->second.descriptor != offset) continue;
      by_native_.erase(it);
      ++dropped_;
      break;
    }
  }
}

const Translation* Translations::at_entry(uint32_t pc) const {
  const auto it = by_native_.find(pc);
  return it == by_native_.end() ? nullptr : &it->second;
}

const Translation* Translations::described_at(uint32_t descriptor) const {
  for (const auto& [native, translation] : by_native_) {
    if (translation.descriptor == descriptor) return &translation;
  }
  return nullptr;
}

const Translation* Translations::holding(uint32_t pc) const {
  auto it = by_native_.upper_bound(pc);
  if (it == by_native_.begin()) return nullptr;
  --it;
  return pc - it->second.native < it->second.words * 4 ? &it->second : nullptr;
}

}  // namespace veil::sim
