// daa das aaa aas aam aad on every byte and every carry, with the flags that are defined.
#include "op.h"

OP(daa_, "daa") OP(das_, "das") OP(aaa_, "aaa") OP(aas_, "aas") OP(aam_, "aam") OP(aad_, "aad")
OP(aam7, ".byte 0xd4, 0x07") OP(aad7, ".byte 0xd5, 0x07")

static const struct {
  const char *name;
  operation *run;
  uint32_t defined;
} operations[] = {{"daa", daa_, kCf | kAf | kZf | kSf | kPf}, {"das", das_, kCf | kAf | kZf | kSf | kPf},
                  {"aaa", aaa_, kCf | kAf},                   {"aas", aas_, kCf | kAf},
                  {"aam", aam_, kZf | kSf | kPf},             {"aad", aad_, kZf | kSf | kPf},
                  {"aam7", aam7, kZf | kSf | kPf},            {"aad7", aad7, kZf | kSf | kPf}};

int main(void) {
  unsigned step = guest_scale(100) < 100 ? 17 : 1;
  uint32_t all = 0;
  for (unsigned at = 0; at < sizeof operations / sizeof *operations; ++at) {
    uint32_t digest = 0;
    for (uint32_t value = 0; value < 256; value += step) {
      for (uint32_t flags = 0; flags < 4; ++flags) {
        struct io io = {0x12340000 + value + (value * 5 & 0xff) * 256, 0, 0, (flags & 1 ? kCf : 0) | (flags & 2 ? kAf : 0)};
        operations[at].run(&io);
        digest = op_fold(digest, &io, operations[at].defined);
      }
    }
    all = op_line(all, operations[at].name, digest);
  }
  struct io io = {0x79 + 0x35, 0, 0, 0};
  daa_(&io);
  guest_check("79 + 35", io.a, 0x14);
  guest_check("carry", io.flags & kCf, kCf);
  return guest_report("bcd", all);
}
