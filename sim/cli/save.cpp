#include "sim/cli/save.h"

#include <fmt/format.h>

#include <cstdio>

#include "sim/loader/error.h"
#include "sim/loader/file.h"
#include "sim/loader/snapshot.h"
#include "veil/isa/platform.h"

namespace veil::cli {

Saver::Saver(const RunOptions& options, const loader::Machine& machine, const std::string& firmware, uint32_t width,
             uint64_t begin)
    : path_(options.save), dram_bytes_(machine.dram.size()), firmware_(firmware), width_(width), begin_(begin) {
  if (!path_.empty()) file_.emplace(path_);
}

void Saver::look(sim::Engine& engine, Console& console, uint64_t instructions) {
  if (!console.to_be_saved()) return;
  console.saved();
  if (!file_ || done_) return;
  loader::Snapshot snapshot;
  snapshot.width = width_;
  snapshot.guest_instructions = begin_ + instructions;
  snapshot.firmware =
      loader::firmware_id(loader::read_file(firmware_, platform::dram_max, platform::ExitStatus::internal));
  snapshot.dram.resize(dram_bytes_);
  engine.read_dram(0, snapshot.dram);
  if (!loader::write_snapshot(file_->stream(), snapshot)) {
    throw loader::Error(platform::ExitStatus::usage, fmt::format("{}: cannot be written", path_));
  }
  file_->finish();
  done_ = true;
}

void Saver::finish() const {
  if (!file_ || done_) return;
  fmt::print(stderr, "veil: the run has ended before the guest instruction of --save-at: nothing is saved\n");
}

}  // namespace veil::cli
