// What the files of the runtime tell each other; programs include guest.h and the C headers.
#pragma once

#include <stdbool.h>
#include <stddef.h>

void runtime_console(bool debug_port);  // sets up COM1, chooses where output goes
void runtime_print(const char* text);
void runtime_flush(void);
void runtime_heap(void* start, size_t bytes);
