// printf and its family: integers, characters, strings, pointers; flags, width, precision, lengths hh h l ll z t j.
// No floating point: guests are integer code.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "runtime.h"

struct sink {
  char* buffer;  // 0: the console
  size_t room;
  size_t written;
};

static void put(struct sink* out, char c) {
  if (!out->buffer) {
    guest_putc(c);
  } else if (out->written + 1 < out->room) {
    out->buffer[out->written] = c;
  }
  ++out->written;
}

static void pad(struct sink* out, char c, int count) {
  while (count-- > 0) put(out, c);
}

struct spec {
  bool left, zero, plus, space, alternate;
  int width;
  int precision;  // -1: not given
};

static void put_text(struct sink* out, const struct spec* spec, const char* text, int length) {
  if (!spec->left) pad(out, ' ', spec->width - length);
  for (int i = 0; i < length; ++i) put(out, text[i]);
  if (spec->left) pad(out, ' ', spec->width - length);
}

// Digits of value, last first; returns how many. 32-bit values, the usual case, need no 64-bit division.
static int digits_of(unsigned long long value, unsigned base, bool upper, char* digits) {
  const char* alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  int count = 0;
  for (; value >> 32; value /= base) digits[count++] = alphabet[value % base];
  for (uint32_t low = (uint32_t)value; low; low /= base) digits[count++] = alphabet[low % base];
  return count;
}

static void put_number(struct sink* out, const struct spec* spec, unsigned long long value, bool negative,
                       unsigned base, bool upper) {
  char digits[24];
  int count = digits_of(value, base, upper, digits);
  int least = spec->precision < 0 ? 1 : spec->precision;
  char prefix[3];
  int prefix_length = 0;
  if (negative) {
    prefix[prefix_length++] = '-';
  } else if (spec->plus) {
    prefix[prefix_length++] = '+';
  } else if (spec->space) {
    prefix[prefix_length++] = ' ';
  }
  if (spec->alternate && base == 16 && value) {
    prefix[prefix_length++] = '0';
    prefix[prefix_length++] = upper ? 'X' : 'x';
  }
  if (spec->alternate && base == 8 && least <= count) least = count + 1;
  if (spec->zero && !spec->left && spec->precision < 0 && spec->width - prefix_length > least) {
    least = spec->width - prefix_length;
  }
  int zeros = least > count ? least - count : 0;
  int all = prefix_length + zeros + count;
  if (!spec->left) pad(out, ' ', spec->width - all);
  for (int i = 0; i < prefix_length; ++i) put(out, prefix[i]);
  pad(out, '0', zeros);
  while (count) put(out, digits[--count]);
  if (spec->left) pad(out, ' ', spec->width - all);
}

static int number_at(const char** format) {
  int value = 0;
  while (**format >= '0' && **format <= '9') value = value * 10 + *(*format)++ - '0';
  return value;
}

static void format_to(struct sink* out, const char* format, va_list arguments) {
  for (; *format; ++format) {
    if (*format != '%') {
      put(out, *format);
      continue;
    }
    ++format;
    struct spec spec = {.precision = -1};
    for (;; ++format) {
      if (*format == '-') {
        spec.left = true;
      } else if (*format == '0') {
        spec.zero = true;
      } else if (*format == '+') {
        spec.plus = true;
      } else if (*format == ' ') {
        spec.space = true;
      } else if (*format == '#') {
        spec.alternate = true;
      } else {
        break;
      }
    }
    if (*format == '*') {
      spec.width = va_arg(arguments, int);
      ++format;
      if (spec.width < 0) {
        spec.left = true;
        spec.width = -spec.width;
      }
    } else {
      spec.width = number_at(&format);
    }
    if (*format == '.') {
      ++format;
      if (*format == '*') {
        spec.precision = va_arg(arguments, int);
        ++format;
      } else {
        spec.precision = number_at(&format);
      }
    }
    int length = 0;  // 2: 64 bits, -1: 16, -2: 8; int, long, size_t and pointers are the same here
    for (;; ++format) {
      if (*format == 'l') {
        ++length;
      } else if (*format == 'h') {
        --length;
      } else if (*format == 'j') {
        length = 2;
      } else if (*format != 'z' && *format != 't') {
        break;
      }
    }
    switch (*format) {
      case 'd':
      case 'i': {
        long long value = length >= 2 ? va_arg(arguments, long long) : va_arg(arguments, int);
        if (length == -1) value = (short)value;
        if (length <= -2) value = (signed char)value;
        put_number(out, &spec, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, value < 0, 10,
                   false);
        break;
      }
      case 'u':
      case 'x':
      case 'X':
      case 'o': {
        unsigned long long value = length >= 2 ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
        if (length == -1) value = (unsigned short)value;
        if (length <= -2) value = (unsigned char)value;
        spec.plus = spec.space = false;
        put_number(out, &spec, value, false, *format == 'u' ? 10 : *format == 'o' ? 8 : 16, *format == 'X');
        break;
      }
      case 'p':
        spec.alternate = true;
        put_number(out, &spec, va_arg(arguments, unsigned), false, 16, false);
        break;
      case 'c': {
        char c = (char)va_arg(arguments, int);
        put_text(out, &spec, &c, 1);
        break;
      }
      case 's': {
        const char* text = va_arg(arguments, const char*);
        if (!text) text = "(null)";
        int size = 0;
        while ((spec.precision < 0 || size < spec.precision) && text[size]) ++size;
        put_text(out, &spec, text, size);
        break;
      }
      case '%':
        put(out, '%');
        break;
      default:
        guest_panic("printf: unknown conversion");
    }
  }
}

int vprintf(const char* format, va_list arguments) {
  struct sink out = {0};
  format_to(&out, format, arguments);
  return (int)out.written;
}

int vsnprintf(char* buffer, size_t room, const char* format, va_list arguments) {
  char nowhere;
  struct sink out = {buffer ? buffer : &nowhere, buffer ? room : 0, 0};
  format_to(&out, format, arguments);
  if (buffer && room) buffer[out.written < room ? out.written : room - 1] = 0;
  return (int)out.written;
}

int printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = vprintf(format, arguments);
  va_end(arguments);
  return written;
}

int snprintf(char* buffer, size_t room, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int written = vsnprintf(buffer, room, format, arguments);
  va_end(arguments);
  return written;
}

int putchar(int c) {
  guest_putc((char)c);
  return (unsigned char)c;
}

int puts(const char* text) {
  runtime_print(text);
  guest_putc('\n');
  return 0;
}
