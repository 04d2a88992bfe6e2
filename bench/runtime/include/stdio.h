#pragma once
#include <stdarg.h>
#include <stddef.h>
int printf(const char* format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char* format, va_list arguments);
int snprintf(char* buffer, size_t room, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* buffer, size_t room, const char* format, va_list arguments);
int putchar(int c);
int puts(const char* text);
