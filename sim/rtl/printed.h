// What Verilator's run-time library prints: failed assertions. It calls print() in the place of printf (VL_PRINTF).
//
// A model whose context does not end the process (fatalOnError(false)) has its text kept for its owner, one for each
// thread; that of all others goes to standard error.
#pragma once

#include <string>

namespace veil::sim::rtl {

[[gnu::format(printf, 1, 2)]] void print(const char* format, ...);
// What has been kept since the last call.
std::string take_printed();

}  // namespace veil::sim::rtl
