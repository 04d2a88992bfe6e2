// A state machine whose states are a switch (a jump table) and, a second time, a table of function pointers: a scanner
// for numbers, names, comments and strings. Both must see the same tokens.
#include "guest.h"

enum state { kBlank, kName, kInteger, kHex, kString, kEscape, kSlash, kComment, kStar, kDot, kError, kStates };
enum { kTokens = kStates };

struct scan {
  unsigned tokens[kTokens];
  uint32_t digest;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }

static enum state from_blank(char c) {
  switch (c) {
    case ' ':
    case '\n':
    case '\t':
    case '+':
    case '-':
    case '*':
    case ';':
    case '(':
    case ')':
      return kBlank;
    case '0':
      return kHex;
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return kInteger;
    case '"':
      return kString;
    case '/':
      return kSlash;
    case '.':
      return kDot;
    default:
      return is_letter(c) ? kName : kError;
  }
}

static enum state step(enum state state, char c) {
  switch (state) {
    case kBlank:
      return from_blank(c);
    case kName:
      return is_letter(c) || is_digit(c) ? kName : from_blank(c);
    case kInteger:
      return is_digit(c) ? kInteger : c == '.' ? kDot : from_blank(c);
    case kHex:
      return is_digit(c) || is_letter(c) ? kHex : from_blank(c);
    case kString:
      return c == '"' ? kBlank : c == '\\' ? kEscape : kString;
    case kEscape:
      return kString;
    case kSlash:
      return c == '*' ? kComment : from_blank(c);
    case kComment:
      return c == '*' ? kStar : kComment;
    case kStar:
      return c == '/' ? kBlank : c == '*' ? kStar : kComment;
    case kDot:
      return is_digit(c) ? kDot : c == '.' ? kError : from_blank(c);
    case kError:
      return c == '\n' ? kBlank : kError;
    default:
      guest_panic("state");
  }
}

static enum state in_blank(char c) { return from_blank(c); }
static enum state in_name(char c) { return is_letter(c) || is_digit(c) ? kName : from_blank(c); }
static enum state in_integer(char c) { return is_digit(c) ? kInteger : c == '.' ? kDot : from_blank(c); }
static enum state in_hex(char c) { return is_digit(c) || is_letter(c) ? kHex : from_blank(c); }
static enum state in_string(char c) { return c == '"' ? kBlank : c == '\\' ? kEscape : kString; }
static enum state in_escape(char c) { return c ? kString : kString; }
static enum state in_slash(char c) { return c == '*' ? kComment : from_blank(c); }
static enum state in_comment(char c) { return c == '*' ? kStar : kComment; }
static enum state in_star(char c) { return c == '/' ? kBlank : c == '*' ? kStar : kComment; }
static enum state in_dot(char c) { return is_digit(c) ? kDot : c == '.' ? kError : from_blank(c); }
static enum state in_error(char c) { return c == '\n' ? kBlank : kError; }

typedef enum state handler(char c);
static handler* const handlers[kStates] = {in_blank, in_name,    in_integer, in_hex, in_string, in_escape,
                                           in_slash, in_comment, in_star,    in_dot, in_error};

static void note(struct scan* scan, enum state before, enum state after) {
  if (before == after) return;
  ++scan->tokens[after];
  scan->digest = guest_mix(scan->digest, (uint32_t)after * 16 + (uint32_t)before);
}

int main(void) {
  static const char* const pieces[] = {"name ",  "x1 + ",    "42 ",  "0x1f; ", "\"a \\\" b\" ", "/* note **/ ",
                                       "3.14 ",  "7/2 ",     "(a)",  ".5 ",    "@bad\n",        "1..2\n",
                                       "alpha9", " 0 - 00 ", "/ / ", "\t\n"};
  uint32_t state = 5, digest = 0;
  for (unsigned n = guest_scale(80); n; --n) {
    struct scan by_switch = {{0}, 0}, by_table = {{0}, 0};
    enum state a = kBlank, b = kBlank;
    for (unsigned i = 0; i < 60; ++i) {
      for (const char* p = pieces[guest_random(&state) >> 28]; *p; ++p) {
        enum state next = step(a, *p);
        note(&by_switch, a, next);
        a = next;
        next = handlers[b](*p);
        note(&by_table, b, next);
        b = next;
      }
    }
    guest_check("digest", by_table.digest, by_switch.digest);
    for (unsigned i = 0; i < kTokens; ++i) guest_check("tokens", by_table.tokens[i], by_switch.tokens[i]);
    digest = guest_mix(digest, by_switch.digest);
  }
  return guest_report("statemachine", digest);
}
