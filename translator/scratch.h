// The memory that one translation works in.
#pragma once

#include "backend/schedule.h"
#include "ir/block.h"
#include "quick/quick_code.h"
#include "veil/translator.h"

namespace veil::translator {

struct Scratch {
  ir::Block block;
  Order order;
  Code code;
  QuickCode quick;
  ScheduleScratch schedule;
};

}  // namespace veil::translator
