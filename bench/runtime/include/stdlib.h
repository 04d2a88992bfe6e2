#pragma once
#include <stddef.h>
void* malloc(size_t bytes);
void* calloc(size_t count, size_t bytes);
void* realloc(void* pointer, size_t bytes);
void free(void* pointer);
int abs(int value);
int atoi(const char* text);
unsigned long strtoul(const char* text, char** end, int base);
_Noreturn void exit(int status);
_Noreturn void abort(void);
