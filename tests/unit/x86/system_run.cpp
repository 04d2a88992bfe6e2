// x86_system_run IMAGE [ARGUMENTS]: a guest image on the host's machine, its console on standard output; for looking at
// what x86_system_program checks.
#include <cstdio>

#include "system_guest.h"

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  veil::test::SystemGuest guest(argv[1], argc > 2 ? argv[2] : "");
  guest.run(2'000'000'000);
  std::fputs(guest.console.c_str(), stdout);
  if (guest.exit_status) return static_cast<int>(*guest.exit_status);
  const auto& words = guest.machine.state.words;
  std::fprintf(stderr, "stopped: kind %d, vector %d, at %x:%08x after %llu steps\n",
               static_cast<int>(guest.machine.stop ? guest.machine.stop->kind : veil::x86::Stop::Kind::halted),
               guest.machine.stop ? guest.machine.stop->vector : 0, words.cs, words.eip,
               static_cast<unsigned long long>(guest.steps));
  return 70;
}
