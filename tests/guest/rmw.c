// Where a read-modify-write operand may not be accessed: processors check it for writing from the start. So the page
// fault's error code has W also where nothing could even be read, and of two pages the first that may not be written is
// in CR2. Each form at each place, often enough to be translated. The host's processor is the judge (signals there);
// QEMU 7.2 is not: it reads first.
#ifdef VEIL_ON_HOST
#define _GNU_SOURCE  // REG_ERR
#endif
#include <stdio.h>
#include <string.h>

#include "guest.h"

enum { kPageBytes = 4096, kPresentBit = 1, kWriteBit = 2, kUserBit = 4 };

struct outcome {
  bool fault;
  uint32_t error, address;
};

// Runs the form on memory at `at`; a fault comes back through recover().
typedef void form(uint8_t* at);
struct outcome attempt(form* run, uint8_t* at);
void prepare(uint8_t* memory);  // four pages: present, absent, read-only, absent

#ifdef VEIL_ON_HOST
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

static uint8_t* const memory = (uint8_t*)0x20000000;
static const uint32_t user = kUserBit;
static sigjmp_buf back;
static volatile uint32_t fault_error, fault_address;

static void on_fault(int number, siginfo_t* info, void* context) {
  const ucontext_t* const at = context;
  (void)number, (void)info;
  fault_error = (uint32_t)at->uc_mcontext.gregs[REG_ERR];
  fault_address = at->uc_mcontext.cr2;
  siglongjmp(back, 1);
}

void prepare(uint8_t* pages) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSEGV, &action, 0);
  if (mmap(pages, 4 * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != pages) {
    guest_panic("mmap");
  }
  memset(pages, 1, 4 * kPageBytes);
  munmap(pages + kPageBytes, kPageBytes);
  munmap(pages + 3 * kPageBytes, kPageBytes);
  mprotect(pages + 2 * kPageBytes, kPageBytes, PROT_READ);
}

struct outcome attempt(form* run, uint8_t* at) {
  if (sigsetjmp(back, 1)) return (struct outcome){true, fault_error, fault_address};
  run(at);
  return (struct outcome){false, 0, 0};
}

#else
#include "system/supervisor.h"

static uint8_t memory[4 * kPageBytes] __attribute__((aligned(4096)));
static const uint32_t user = 0;  // in ring 0
static struct outcome found;
uint32_t attempt_stack;
void attempt_run(form* run, uint8_t* at);
extern const uint8_t attempt_end[];
__asm__(
    ".globl attempt_run\nattempt_run:\n\tpushal\n\tmovl %esp, attempt_stack\n\tpushl 40(%esp)\n\tcall *40(%esp)\n"
    ".globl attempt_end\nattempt_end:\n\tmovl attempt_stack, %esp\n\tpopal\n\tret\n");

static struct frame* on_fault(struct frame* frame) {
  found = (struct outcome){true, frame->error, read_cr2()};
  frame->eip = (uint32_t)attempt_end;
  return frame;
}

void prepare(uint8_t* pages) {
  supervisor_start(false);
  system_handle(14, on_fault);
  write_cr0(read_cr0() | kCr0Wp);
  memset(pages, 1, 4 * kPageBytes);
  *page_entry((uint32_t)pages + kPageBytes) &= ~(uint32_t)kPresent;
  *page_entry((uint32_t)pages + 3 * kPageBytes) &= ~(uint32_t)kPresent;
  *page_entry((uint32_t)pages + 2 * kPageBytes) &= ~(uint32_t)kWrite;
  write_cr3(read_cr3());
}

struct outcome attempt(form* run, uint8_t* at) {
  found = (struct outcome){false, 0, 0};
  attempt_run(run, at);
  return found;
}
#endif

// Nothing here changes memory in a way that a later access needs.
#define FORM(name, text) \
  static void name(uint8_t* at) { __asm__ volatile(text : : "S"(at) : "eax", "ebx", "ecx", "edx", "memory", "cc"); }
FORM(f_add, "addl $1, (%0)")
FORM(f_or, "orl $1, (%0)") FORM(f_adc, "adcl %%eax, (%0)") FORM(f_sbb, "sbbw %%ax, (%0)") FORM(f_and, "andl $-1, (%0)")
    FORM(f_sub, "subl %%eax, (%0)") FORM(f_xor, "lock xorl %%eax, (%0)") FORM(f_inc, "incl (%0)")
        FORM(f_dec, "lock decl (%0)") FORM(f_not, "notl (%0)") FORM(f_neg, "negl (%0)") FORM(f_shl, "shll $3, (%0)")
            FORM(f_shl0, "xorl %%ecx, %%ecx\n\tshll %%cl, (%0)") FORM(f_shr1, "shrl (%0)")
                FORM(f_sarcl, "movb $5, %%cl\n\tsarl %%cl, (%0)") FORM(f_rol, "roll $4, (%0)")
                    FORM(f_ror0, "xorl %%ecx, %%ecx\n\trorl %%cl, (%0)") FORM(f_rcl1, "rcll (%0)")
                        FORM(f_rcr, "rcrl $5, (%0)") FORM(f_rcl0, "xorl %%ecx, %%ecx\n\trcll %%cl, (%0)")
                            FORM(f_shld, "shldl $4, %%eax, (%0)")
                                FORM(f_shrd0, "xorl %%ecx, %%ecx\n\tshrdl %%cl, %%eax, (%0)")
                                    FORM(f_xchg, "xchgl %%eax, (%0)") FORM(f_xadd, "lock xaddl %%eax, (%0)")
                                        FORM(f_cmpxchg, "lock cmpxchgl %%ecx, (%0)")
                                            FORM(f_cmpxchg_ne, "movl $0x7654321, %%eax\n\tcmpxchgl %%ecx, (%0)")
                                                FORM(f_cmpxchg8b, "cmpxchg8b (%0)") FORM(f_bts, "btsl $1, (%0)")
                                                    FORM(f_btr, "btrl $1, (%0)") FORM(f_btc, "lock btcl $1, (%0)")
                                                        FORM(f_bts_far, "movl $64, %%eax\n\tlock btsl %%eax, -8(%0)")
                                                            FORM(f_mov, "movl %%eax, (%0)")
                                                                FORM(f_pushpop, "pushl %%eax\n\tpopl (%0)")

                                                                    static const struct {
  const char* name;
  form* run;
} forms[] = {
#define ROW(name) {#name, f_##name},
    ROW(add) ROW(or) ROW(adc) ROW(sbb) ROW(and) ROW(sub) ROW(xor) ROW(inc) ROW(dec) ROW(not ) ROW(neg) ROW(shl)
        ROW(shl0) ROW(shr1) ROW(sarcl) ROW(rol) ROW(ror0) ROW(rcl1) ROW(rcr) ROW(rcl0) ROW(shld) ROW(shrd0) ROW(xchg)
            ROW(xadd) ROW(cmpxchg) ROW(cmpxchg_ne) ROW(cmpxchg8b) ROW(bts) ROW(btr) ROW(btc) ROW(bts_far) ROW(mov)
                ROW(pushpop)
#undef ROW
};

// Page 0 is there, 1 and 3 are absent, 2 is read-only.
static const struct {
  const char* name;
  int32_t offset;  // from page 1
  bool fault;
  uint32_t error;
  uint32_t page;  // that the fault is in
} places[] = {
    {"present", -8, false, 0, 0},
    {"absent", 16, true, kWriteBit, 1},
    {"read-only", kPageBytes + 16, true, kWriteBit | kPresentBit, 2},
    {"second absent", -1, true, kWriteBit, 1},
    {"absent, then read-only", kPageBytes - 1, true, kWriteBit, 1},
    {"read-only, then absent", 2 * kPageBytes - 1, true, kWriteBit | kPresentBit, 2},
};

int main(void) {
  const unsigned rounds = guest_scale(4) * 10;
  prepare(memory);
  uint32_t digest = 0;
  for (unsigned f = 0; f < sizeof forms / sizeof *forms; ++f) {
    for (unsigned p = 0; p < sizeof places / sizeof *places; ++p) {
      uint8_t* const at = memory + kPageBytes + places[p].offset;
      for (unsigned n = 0; n < rounds; ++n) {
        const struct outcome got = attempt(forms[f].run, at);
        const uint32_t page = got.fault ? (got.address - (uint32_t)(uintptr_t)memory) / kPageBytes : 0;
        const uint32_t error = got.fault ? got.error ^ user : 0;
        if (got.fault == places[p].fault && error == places[p].error && page == places[p].page) continue;
        printf("%s, %s: fault %d, error %u, page %u\n", forms[f].name, places[p].name, got.fault, (unsigned)error,
               (unsigned)page);
        guest_fail(forms[f].name, error << 8 | page, places[p].error << 8 | places[p].page);
        break;
      }
      digest = guest_mix(digest, places[p].error);
    }
  }
  return guest_report("rmw", digest);
}
