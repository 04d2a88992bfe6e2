// Text through the host's report register, and the firmware's own end.
#include "firmware/dispatcher/report.h"

#include "firmware/boot/native.h"
#include "firmware/dispatcher/state.h"

namespace veil::fw {

void report(const char* text) {
  while (*text != '\0') native::host(platform::host::report) = static_cast<uint8_t>(*text++);
}

void report_hex(uint32_t value, unsigned digits) {
  while (digits-- != 0) {
    native::host(platform::host::report) = static_cast<uint8_t>("0123456789abcdef"[value >> (4 * digits) & 15]);
  }
}

void report_bytes(std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    report(" ");
    report_hex(byte, 2);
  }
}

void stop(uint32_t exit_status) {
  for (;;) native::host(platform::host::exit) = exit_status;  // the host ends the run at the first
}

void fail(const char* what) {
  report("veil firmware: ");
  report(what);
  report("; guest eip ");
  report_hex(guest_state().eip);
  report("\n");
  stop(static_cast<uint32_t>(platform::ExitStatus::internal));
}

namespace {

void report_registers() {
  const auto* saved = reinterpret_cast<const volatile uint32_t*>(platform::trap_save_address);
  for (unsigned n = 1; n < 32; ++n) {
    report(n < 10 ? " x" : "x");
    if (n >= 10) report_hex(n / 10, 1);
    report_hex(n % 10, 1);
    report(" ");
    report_hex(saved[n]);
    report(n % 8 == 7 || n == 31 ? "\n" : "  ");
  }
}

}  // namespace

// From trap.S: the firmware itself has trapped in monitor mode.
extern "C" [[noreturn]] void veil_firmware_fault() {
  static bool again;
  if (again) stop(static_cast<uint32_t>(platform::ExitStatus::internal));
  again = true;
  report("veil firmware: trap in the firmware: cause ");
  report_hex(native::csr_read<isa::Csr::mcause>(), 2);
  report(", pc ");
  report_hex(native::csr_read<isa::Csr::mepc>());
  report(", value ");
  report_hex(native::csr_read<isa::Csr::mtval>());
  report(", guest eip ");
  report_hex(guest_state().eip);
  report("\n");
  report_registers();
  stop(static_cast<uint32_t>(platform::ExitStatus::internal));
}

}  // namespace veil::fw
