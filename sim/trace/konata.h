// The pipeline in the format of the Konata viewer (Kanata 0004): each native group through F D R X M W. Lane 0 has the
// stages, lane 1 what held the group up. Groups appear in the order of D; a killed or trapped one ends with a flush.
//
// Order of calls: the engine's step calls left() for every group that leaves, the last of them possibly the one that
// the step's record is about; then retired() with that record.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include "sim/trace/group_record.h"
#include "sim/trace/pipeline.h"
#include "sim/trace/shadow.h"

namespace veil::sim {

class Konata final : public PipelineListener {
 public:
  // `file` and `shadow` outlive it.
  Konata(std::FILE* file, const Shadow& shadow);

  void left(const PipeGroup& group, uint64_t oldest) override;
  // `wanted`: whether the groups that have left since the last call are shown.
  void retired(const GroupRecord& record, bool wanted);
  // Everything that waits is written.
  void finish();

 private:
  struct Waiting {
    PipeGroup group;
    std::string text, details;
    bool decided = false, wanted = false;
  };
  void show(const Waiting& waiting);
  void write_until(uint64_t cycle);

  std::FILE* file_;
  const Shadow& shadow_;
  std::map<uint64_t, Waiting> waiting_;    // by number; left, but an older one has not
  std::map<uint64_t, std::string> lines_;  // by cycle
  uint64_t next_ = 0;                      // number of the group that is to be shown next
  uint64_t oldest_ = 0;
  uint64_t identities_ = 0, retirements_ = 0;
  uint64_t written_ = 0;  // cycle that the file has reached
  bool begun_ = false;
};

}  // namespace veil::sim
