// --save: the machine goes to a file when the firmware says that all of it is in memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/cli/console.h"
#include "sim/cli/options.h"
#include "sim/cli/output_file.h"
#include "sim/engine/engine.h"
#include "sim/loader/load.h"

namespace veil::cli {

class Saver {
 public:
  // Opens the file, if one is asked for. `machine` is what the run begins with, `begin` how many guest instructions
  // that had executed.
  Saver(const RunOptions& options, const loader::Machine& machine, const std::string& firmware, uint32_t width,
        uint64_t begin);

  // Between two groups: saves if the firmware waits for it. `instructions`: of this run.
  void look(sim::Engine& engine, Console& console, uint64_t instructions);
  // At the end of the run: says so if it has not come to that.
  void finish() const;
  uint64_t begin() const { return begin_; }

 private:
  std::optional<OutputFile> file_;
  std::string path_;
  size_t dram_bytes_;
  std::string firmware_;
  uint32_t width_;
  uint64_t begin_;
  bool done_ = false;
};

}  // namespace veil::cli
