#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : guest_panic("assertion: " #condition))
#endif
#ifndef VEIL_GUEST_ASSERT_H
#define VEIL_GUEST_ASSERT_H
_Noreturn void guest_panic(const char* why);
#endif
