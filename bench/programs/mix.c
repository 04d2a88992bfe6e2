// A mix of statements as systems code of the eighties had it, in the spirit of Weicker's Dhrystone (CACM 27(10), 1984)
// but written anew: records, short strings, enumerations, small functions, array references, few loops.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum colour { kRed, kGreen, kBlue, kGrey };

struct record {
  struct record* link;
  enum colour colour;
  int number;
  char name[32];
};

static int global_number;
static bool global_flag;
static char first_letter, second_letter;
static int vector[50];
static int table[50][50];
static struct record *current, *following;

static enum colour next_colour(enum colour colour, int bias) {
  switch (colour) {
    case kRed:
      return bias > 100 ? kRed : kGrey;
    case kGreen:
      return bias > 100 ? kGreen : kBlue;
    case kBlue:
      return kGreen;
    case kGrey:
      return kRed;
  }
  return kRed;
}

static bool later_name(const char* a, const char* b) {
  int i = 1;
  while (i <= 1 && a[i] == b[i + 1]) ++i;
  if (strcmp(a, b) <= 0) return false;
  global_number = i + 10;
  return true;
}

static void add_into(int a, int b, int* sum) { *sum = a + b + 2; }

static void touch_arrays(int* one, int (*two)[50], int at, int value) {
  int index = at + 5;
  one[index] = value;
  one[index + 1] = one[index];
  one[index + 30] = index;
  for (int i = index; i <= index + 1; ++i) two[index][i] = index;
  ++two[index][index - 1];
  two[index + 20 < 50 ? index + 20 : 49][index] = one[index];
  global_number = 5;
}

static void copy_record(struct record* from) {
  struct record* to = from->link;
  *to = *from;
  to->link = from->link;
  from->number = 5;
  to->number = from->number;
  if (to->colour == kRed) {
    to->number = 6;
    to->colour = next_colour(from->colour, 101);
    add_into(to->number, 10, &to->number);
  } else {
    *from = *to;
    from->link = to;
  }
}

static void letters(void) {
  bool equal = first_letter == 'A';
  global_flag |= equal;
  second_letter = 'B';
}

int main(void) {
  unsigned n = guest_scale(40);
  uint32_t digest = 0;
  current = malloc(sizeof *current);
  following = malloc(sizeof *following);
  if (!current || !following) guest_panic("out of memory");
  memset(following, 0, sizeof *following);
  current->link = following;
  following->link = current;
  current->colour = kRed;
  current->number = 40;
  strcpy(current->name, "A RECORD WITH A NAME OF 30 CH.");
  for (unsigned round = 1; round <= n * 50; ++round) {
    char one[32], two[32];
    int a = 2, b = 3, c = 0;
    strcpy(one, "A STRING OF THIRTY LETTERS, 1.");
    first_letter = 'A';
    global_flag = false;
    letters();
    strcpy(two, "A STRING OF THIRTY LETTERS, 2.");
    enum colour colour = kGreen;
    global_flag = !later_name(one, two);
    while (a < b) {
      c = 5 * a - b;
      add_into(a, b, &c);
      ++a;
    }
    touch_arrays(vector, table, a, c);
    copy_record(current);
    for (char letter = 'A'; letter <= second_letter; ++letter) {
      if (colour == next_colour((enum colour)(letter & 3), 50)) {
        colour = kRed;
        strcpy(two, "A STRING OF THIRTY LETTERS, 3.");
        b = (int)round;
        global_number = (int)round;
      }
    }
    b = b * a;
    a = b / c;
    b = 7 * (b - c) - a;
    digest = guest_mix(digest, (uint32_t)(a + b * 3 + c * 5 + global_number + (int)colour));
    digest = guest_mix(digest, (uint32_t)two[28]);
  }
  guest_check("vector[8]", (uint32_t)vector[8], 7);
  guest_check("vector[38]", (uint32_t)vector[38], 8);
  guest_check("table[8][7]", (uint32_t)table[8][7], n * 50);
  guest_check("table[28][8]", (uint32_t)table[28][8], 7);
  guest_check("number", (uint32_t)current->number, 5);
  guest_check("other number", (uint32_t)following->number, 18);
  guest_check("name", (uint32_t)strcmp(following->name, current->name), 0);
  guest_check("flag", global_flag, 1);
  return guest_report("mix", digest);
}
