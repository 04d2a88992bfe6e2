// Traces of a run (--trace): each is a file that grows while the guest runs.
//   guest     commits of guest instructions: number, EIP (if known), tier, how many, the code, registers that changed
//   commit    one line per commit, with all registers as they are then
//   device    one line per access to a port: number, EIP, port, value; one per interrupt and fault: number, EIP, vector
//   native    one line per group: number, pc, mode, its operations, what it did
//   trap      one line per trap
//   pipeline  the stages of each group, for the Konata viewer; a file of its own
// docs/guide/trace.md shows them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/options.h"
#include "sim/cli/output_file.h"
#include "sim/trace/group_record.h"
#include "sim/trace/konata.h"
#include "sim/trace/pipeline.h"
#include "sim/trace/shadow.h"
#include "sim/trace/translations.h"

namespace veil::cli {

class Tracer {
 public:
  // `pipeline` is the engine's, nullptr if it has none. Throws loader::Error (status 64) if a file cannot be written or
  // a trace is not to be had.
  Tracer(const RunOptions& options, const sim::Shadow& shadow, const sim::Translations& translations,
         sim::Pipeline* pipeline);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // All has been traced. Throws loader::Error if not all of it could be written.
  void finish();

  bool active() const { return !files_.empty() || konata_.has_value(); }
  // After shadow and translations have applied the record; `cycles`: since reset, the record's own included.
  void retired(const sim::GroupRecord& record, uint64_t cycles);

 private:
  struct Output {
    TraceRequest request;
    std::unique_ptr<OutputFile> file;
  };
  void write(const Output& output, const char* kind, const std::string& text) const;
  std::string event(const sim::GroupRecord& record) const;
  std::string group(const sim::GroupRecord& record) const;
  std::string commit_line(const sim::GroupRecord& record, const sim::GuestState& now, bool registers) const;
  std::string code(const sim::GroupRecord& record, const sim::GuestState& now) const;
  std::string port_access(const sim::GuestState& now) const;

  std::vector<Output> files_;
  std::optional<OutputFile> konata_file_;
  std::optional<sim::Konata> konata_;
  TraceWindow window_;
  const sim::Shadow& shadow_;
  const sim::Translations& translations_;
  uint64_t before_ = 0;  // guest instructions before this record
  uint32_t eip_ = 0;     // where the next commit's instructions begin
  bool eip_known_ = false;
  sim::GuestState last_;  // as of the last commit
  bool last_known_ = false;
};

}  // namespace veil::cli
