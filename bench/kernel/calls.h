// What kernel and tasks agree on: system calls (int 0x80; number in EAX, arguments in EBX, ECX; result in EAX) and where things
// are in a task's address space. Addresses below kUserStart are the kernel's.
#pragma once

enum call {
  kCallExit,    // value
  kCallYield,   //
  kCallReport,  // text, value: a line of the task's log
  kCallFork,    // -> 0 in the child, the child's number in the parent
  kCallWait,    // task, address of a word: its exit value, or kKilled | vector -> 0, or -1 if it is not a child
  kCallSleep,   // ticks
  kCallTicks,   // -> timer ticks so far
  kCallGrow,    // bytes -> start of new memory
  kCallPages,   // -> pages that the task has to itself
  kCallThread,  // base, limit: the segment kThreadSelector
  kCallSteps,   // -> single steps so far
  kCalls
};
enum { kCallVector = 0x80, kKilled = 0x10000, kThreadSelector = 0x33 };
enum {
  kUserStart = 0x40000000,
  kUserHeap = 0x40100000,
  kUserShared = 0x40300000,  // one page, the same for a task and its children
  kUserStackLow = 0x7ff00000,
  kUserStackTop = 0x7ff40000,
};
