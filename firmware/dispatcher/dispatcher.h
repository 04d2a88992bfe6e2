// The dispatcher: takes every trap and every exit of a translation, and finds or makes what runs next.
#pragma once

#include <cstdint>

namespace veil::fw {

// From the guest state block on. It never returns.
[[noreturn]] void dispatch();

}  // namespace veil::fw
