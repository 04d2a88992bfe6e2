// A hostile guest: it writes to, reads, executes and points tables at every address that is not its own. Nothing may change and
// nothing but all ones may be read. `do=` names the attack (tests/system/attack.py has the list, with the end that each must
// have), n= scales it.
#include <stdlib.h>
#include <string.h>

#include "system/attack.h"

static const struct {
  const char* name;
  attack_case* run;
} cases[] = {
    {"flat", attack_flat},         {"sweep", attack_sweep},       {"frames", attack_frames},
    {"every_frame", attack_every_frame}, {"neighbours", attack_neighbours}, {"strings", attack_strings},
    {"ports", attack_ports},       {"segments", attack_segments}, {"limits", attack_limits},
    {"far_bits", attack_far_bits}, {"ring3", attack_ring3},       {"fetch", attack_fetch},
    {"gdt", attack_gdt},           {"ldt", attack_ldt},           {"page_table", attack_page_table},
    {"idt", attack_idt},           {"tss", attack_tss},           {"directory", attack_directory},
};

int main(void) {
  const char* option = guest_option("do");
  char name[32] = "";
  if (option) strncpy(name, option, sizeof name - 1);
  attack_start();
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; ++i) {
    if (strcmp(name, cases[i].name) == 0) return guest_report("attack", cases[i].run(guest_scale(1)));
  }
  guest_fail("an attack", 0, 1);
  return guest_report("attack", 0);
}
