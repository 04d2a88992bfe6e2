// Division of all widths and signs: processor against restoring division, constants against variables, gcd, base
// conversion, calendar.
#include <stdio.h>
#include <string.h>

#include "guest.h"

static uint32_t restoring(uint32_t a, uint32_t b, uint32_t* rest) {
  uint32_t quotient = 0;
  uint64_t remainder = 0;
  for (int i = 31; i >= 0; --i) {
    remainder = remainder << 1 | (a >> i & 1);
    quotient <<= 1;
    if (remainder >= b) {
      remainder -= b;
      quotient |= 1;
    }
  }
  *rest = (uint32_t)remainder;
  return quotient;
}

static uint32_t gcd(uint32_t a, uint32_t b) {
  while (b) {
    uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

static uint32_t binary_gcd(uint32_t a, uint32_t b) {
  if (!a || !b) return a | b;
  unsigned twos = (unsigned)__builtin_ctz(a | b);
  a >>= __builtin_ctz(a);
  while (b) {
    b >>= __builtin_ctz(b);
    if (a > b) {
      uint32_t held = a;
      a = b;
      b = held;
    }
    b -= a;
  }
  return a << twos;
}

// Days since 1970-01-01 of a date of the Gregorian calendar, and back.
static int days_from(int year, int month, int day) {
  year -= month <= 2;
  int era = (year >= 0 ? year : year - 399) / 400;
  int of_era = year - era * 400;
  int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
static int year_of(int days) {
  days += 719468;
  int era = (days >= 0 ? days : days - 146096) / 146097;
  int of_era = days - era * 146097;
  int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int of_year = of_era - (365 * year + year / 4 - year / 100);
  return year + era * 400 + ((5 * of_year + 2) / 153 >= 10);
}

int main(void) {
  uint32_t state = 77, digest = 0;
  guest_check("calendar", (uint32_t)days_from(2000, 3, 1), 11017);
  for (unsigned n = guest_scale(60); n; --n) {
    for (unsigned i = 0; i < 10; ++i) {
      uint32_t a = guest_random(&state), b = guest_random(&state) >> (guest_random(&state) & 31), rest;
      if (!b) b = 3;
      guest_check("quotient", a / b, restoring(a, b, &rest));
      guest_check("remainder", a % b, rest);
      int32_t s = (int32_t)a, t = (int32_t)b;
      if (t != -1) guest_check("signed", (uint32_t)(s / t * t + s % t), a);
      if (t != -1 && s % t && (s % t < 0) != (s < 0)) guest_fail("sign of remainder", (uint32_t)(s % t), a);
      volatile uint32_t seven = 7, thousand = 1000;
      guest_check("by 7", a / 7, a / seven);
      guest_check("by 1000", a % 1000, a % thousand);
      volatile int16_t h = (int16_t)a, k = (int16_t)(b | 1);
      if (k != -1) guest_check("16 bits", (uint16_t)(h / k * k + h % k), (uint16_t)h);
      volatile uint8_t c = (uint8_t)a, d = (uint8_t)(b | 1);
      guest_check("8 bits", (uint32_t)(c / d * d + c % d), c);
      uint32_t g = gcd(a, b);
      guest_check("gcd", binary_gcd(a, b), g);
      digest = guest_mix(digest, a / b ^ rest ^ g);
    }
    uint32_t value = guest_random(&state);
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)value);
    uint32_t back = 0;
    for (const char* p = text; *p; ++p) back = back * 10 + (uint32_t)(*p - '0');
    guest_check("decimal", back, value);
    int year = 1600 + (int)(value % 800);
    guest_check("year", (uint32_t)year_of(days_from(year, 1 + (int)(value >> 8) % 12, 1 + (int)(value >> 16) % 28)),
                (uint32_t)year);
    digest = guest_mix(digest, (uint32_t)strlen(text) + (uint32_t)days_from(year, 1, 1));
  }
  return guest_report("divide", digest);
}
