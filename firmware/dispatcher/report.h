// The firmware's own words, for whoever watches the machine (host.report), and the end of a run.
#pragma once

#include <cstdint>
#include <span>

namespace veil::fw {

void report(const char* text);
void report_hex(uint32_t value, unsigned digits = 8);
void report_bytes(std::span<const uint8_t> bytes);

[[noreturn]] void stop(uint32_t exit_status);
// Something that must not happen: says what, and stops the machine (exit status `internal`).
[[noreturn]] void fail(const char* what);

}  // namespace veil::fw
