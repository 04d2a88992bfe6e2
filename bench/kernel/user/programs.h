// The programs, in the order in which they are started and their logs printed.
#pragma once

#define PROGRAMS(X)                                                                                                  \
  X(sieve, "two sieves, preempted")                                                                                  \
  X(sieve_too, "the second sieve")                                                                                   \
  X(turns, "parent and child take turns without a system call")                                                      \
  X(lazy, "memory that comes when it is touched")                                                                    \
  X(stack, "a stack that grows, and one that grows too far")                                                         \
  X(copies, "copy on write")                                                                                         \
  X(crimes, "what a task may not do")                                                                                \
  X(patch, "code that changes itself")                                                                               \
  X(jit, "a compiler that reuses one buffer")                                                                        \
  X(thread, "segments with a base")                                                                                  \
  X(steps, "single steps")                                                                                           \
  X(naps, "sleep")

#define PROGRAM_NUMBER(name, text) kProgram_##name,
enum { PROGRAMS(PROGRAM_NUMBER) kPrograms };
#undef PROGRAM_NUMBER

#define PROGRAM_TEXT(name, text) text,
static const char* const program_names[] __attribute__((unused)) = {PROGRAMS(PROGRAM_TEXT)};
#undef PROGRAM_TEXT

#define PROGRAM_KEY(name, text) #name,
static const char* const program_keys[] __attribute__((unused)) = {PROGRAMS(PROGRAM_KEY)};
#undef PROGRAM_KEY
