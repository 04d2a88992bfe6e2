// Text traces of a run (--trace): each is a file that grows while the guest runs.
//   guest   one line per commit of guest instructions: number, EIP (if known), tier, how many, the code
//   commit  the same without code, with the registers as they are then
//   native  one line per group: number, pc, what it did, its operations
//   trap    one line per trap
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "sim/cli/options.h"
#include "sim/trace/group_record.h"
#include "sim/trace/shadow.h"
#include "sim/trace/translations.h"

namespace veil::cli {

class Tracer {
 public:
  // Throws loader::Error (status 64) if a file cannot be written.
  Tracer(const std::vector<TraceRequest>& requests, const sim::Shadow& shadow, const sim::Translations& translations);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer();

  bool active() const { return !files_.empty(); }
  // After shadow and translations have applied the record.
  void retired(const sim::GroupRecord& record);

 private:
  struct Output {
    std::string what;
    std::FILE* file;
  };
  void commit(const sim::GroupRecord& record, const Output& output);

  std::vector<Output> files_;
  const sim::Shadow& shadow_;
  const sim::Translations& translations_;
  uint32_t eip_ = 0;  // where the next commit's instructions begin
  bool eip_known_ = false;
};

}  // namespace veil::cli
