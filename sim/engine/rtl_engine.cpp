#include "sim/engine/rtl_engine.h"

#include <vector>

namespace veil::sim {

namespace {
// No group takes this long: the longest waits are a sweep of the caches (4096 cycles) and a full queue.
constexpr uint64_t kHang = 20000;
}  // namespace

std::unique_ptr<RtlEngine> RtlEngine::make(const isa::Config& config, std::span<const uint8_t> dram, HostPort& host,
                                           bool assertions) {
  std::unique_ptr<RtlEngine> engine(new RtlEngine(host, std::string(config.name)));
  engine->core_ = (assertions ? rtl::make : rtl::make_without_assertions)(config.name, dram, engine->host_, {});
  if (!engine->core_) return nullptr;
  return engine;
}

// The fast model cannot write waves: another takes its place, as long as nothing has run.
bool RtlEngine::set_wave(const std::string& file, uint64_t from_cycle, uint64_t cycles) {
  if (core_->cycles() != 0) return false;
  std::vector<uint8_t> dram(core_->dram_size());
  core_->read_dram(0, dram);
  std::unique_ptr<rtl::RtlCore> core = rtl::make_with_waves(config_, dram, host_);
  if (!core || !core->set_wave(file, from_cycle, cycles)) return false;
  core_ = std::move(core);
  return true;
}

GroupRecord RtlEngine::step() {
  GroupRecord record;
  for (uint64_t i = 0; i < kHang; i++) {
    const bool retired = core_->clock(record);
    if (!core_->failures().empty()) {
      stuck_ = describe(core_->failures().front());
      return record;
    }
    if (pipeline_) pipeline_->cycle(core_->pipe());
    if (!retired) continue;
    if (record.trap.taken && !record.speculative && record.pc == record.next_pc) {
      stuck_ = "the trap handler's own first group trapped";
    }
    return record;
  }
  stuck_ = "no group has retired for " + std::to_string(kHang) + " cycles";
  return record;
}

}  // namespace veil::sim
