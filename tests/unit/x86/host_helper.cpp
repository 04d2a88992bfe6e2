// Executes test cases on the host's own processor: a 32-bit process (-m32) that reads cases from one file and writes
// results to another. Each instruction is single-stepped: a signal handler plants the case's registers, with TF set,
// and the trap after the instruction (or its fault) hands them back.
//
//   x86_host_helper CASES RESULTS
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "host_case.h"

namespace {

using namespace veil::test;

constexpr int kRegisters[] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
constexpr uint32_t kTrapFlag = 0x100;
constexpr int kDebugTrap = 1;

HostCase current;
HostResult result;
gregset_t home;  // the registers of main, put back at the end of a case
bool running = false;
int steps = 0;
uint32_t code_at = 0;

// NOLINTNEXTLINE(performance-no-int-to-ptr): the test memory has a fixed address
uint8_t* memory() { return reinterpret_cast<uint8_t*>(kHelperBase); }

void begin(int, siginfo_t*, void* context) {
  greg_t* regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  std::memcpy(&home, regs, sizeof home);
  for (int n = 0; n < 8; ++n) regs[kRegisters[n]] = static_cast<greg_t>(current.regs[n]);
  regs[REG_EFL] = static_cast<greg_t>(current.eflags | kTrapFlag);
  regs[REG_EIP] = static_cast<greg_t>(code_at);
  running = true;
  steps = 0;
}

void end(int, siginfo_t*, void* context) {
  greg_t* regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (!running) _exit(3);
  const int trap = regs[REG_TRAPNO];
  const auto eip = static_cast<uint32_t>(regs[REG_EIP]);
  // One iteration of a repeated string instruction.
  if (trap == kDebugTrap && current.repeated != 0 && eip == code_at && ++steps < 100) return;
  running = false;
  for (int n = 0; n < 8; ++n) result.regs[n] = static_cast<uint32_t>(regs[kRegisters[n]]);
  result.eflags = static_cast<uint32_t>(regs[REG_EFL]) & ~kTrapFlag;
  result.eip = eip;
  result.vector = trap == kDebugTrap ? 0 : static_cast<uint32_t>(trap) + 1;
  std::memcpy(regs, &home, sizeof home);
}

void handle(int signal, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(signal, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::FILE* in = std::fopen(argv[1], "rb");
  std::FILE* out = std::fopen(argv[2], "wb");
  if (in == nullptr || out == nullptr) return 2;
  void* map =
      mmap(memory(), kCodeBytes + kDataBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (map == MAP_FAILED || mprotect(memory(), kCodeBytes, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return 2;
  static uint8_t signal_stack[65536];
  stack_t stack{};
  stack.ss_sp = signal_stack;
  stack.ss_size = sizeof signal_stack;
  sigaltstack(&stack, nullptr);
  handle(SIGUSR1, begin);
  for (const int s : {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) handle(s, end);
  for (unsigned n = 0; std::fread(&current, sizeof current, 1, in) == 1; ++n) {
    code_at = kHelperBase + 0x40 + n % 100 * 0x20;
    fill_memory(memory() + kCodeBytes, current);
    std::memcpy(memory() + (code_at - kHelperBase), current.code, sizeof current.code);
    std::memset(&result, 0, sizeof result);
    raise(SIGUSR1);
    result.memory = hash_memory(memory() + kCodeBytes);
    if (std::fwrite(&result, sizeof result, 1, out) != 1) return 2;
  }
  return std::fclose(out) == 0 ? 0 : 2;
}
