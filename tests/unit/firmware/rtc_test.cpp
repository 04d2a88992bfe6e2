// The clock: time in its formats, alarm, periodic and update interrupts, memory.
#include "firmware/devices/rtc.h"

#include <catch2/catch.hpp>
#include <vector>

namespace veil::fw {
namespace {

constexpr uint64_t kSecond = kUnitsPerSecond;
constexpr uint32_t kStart = 951825599;  // 2000-02-29 11:59:59, a Tuesday

struct Fixture {
  Rtc rtc;
  explicit Fixture(uint32_t start = kStart) { rtc.reset(28u << 20, start); }
  uint8_t get(uint8_t index, uint64_t now = 0) {
    rtc.write(0, index, now);
    return rtc.read(1, now);
  }
  void set(uint8_t index, uint8_t value, uint64_t now = 0) {
    rtc.write(0, index, now);
    rtc.write(1, value, now);
  }
  std::vector<int> time(uint64_t now) {
    std::vector<int> all;
    for (const int index : {0x32, 9, 8, 7, 6, 4, 2, 0}) all.push_back(get(static_cast<uint8_t>(index), now));
    return all;
  }
};

TEST_CASE("the time goes on in BCD and in binary, over the ends of days, months and leap days") {
  Fixture f;
  CHECK(f.time(0) == std::vector<int>{0x20, 0x00, 0x02, 0x29, 3, 0x11, 0x59, 0x59});
  CHECK(f.time(kSecond - 1)[7] == 0x59);
  CHECK(f.time(kSecond) == std::vector<int>{0x20, 0x00, 0x02, 0x29, 3, 0x12, 0x00, 0x00});
  CHECK(f.time(kSecond * (12 * 3600 + 1)) == std::vector<int>{0x20, 0x00, 0x03, 0x01, 4, 0x00, 0x00, 0x00});
  f.set(0x0b, 0x06, kSecond * 50000);
  CHECK(f.time(kSecond * 50000) == std::vector<int>{20, 0, 3, 1, 4, 1, 53, 19});
}

TEST_CASE("half days") {
  Fixture f;
  f.set(0x0b, 0x00);
  CHECK(f.get(4, 0) == 0x11);
  CHECK(f.get(4, kSecond) == 0x92);  // noon
  f.set(0x0b, 0x04, kSecond);
  CHECK(f.get(4, kSecond) == 0x8c);
  CHECK(f.get(4, kSecond * 43201) == 12);  // midnight
}

TEST_CASE("the guest sets the time while it holds the clock") {
  Fixture f;
  f.set(0x0b, 0x82);
  f.set(0, 0x30);
  f.set(2, 0x15);
  f.set(4, 0x07);
  f.set(7, 0x24);
  f.set(8, 0x12);
  f.set(9, 0x99);
  f.set(0x32, 0x19);
  CHECK(f.time(kSecond * 5)[7] == 0x30);  // stopped
  f.set(0x0b, 0x02, kSecond * 5);
  CHECK(f.time(kSecond * 7) == std::vector<int>{0x19, 0x99, 0x12, 0x24, 6, 0x07, 0x15, 0x32});
  f.set(2, 0x59, kSecond * 7);  // without holding it
  CHECK(f.time(kSecond * 7)[6] == 0x59);
}

TEST_CASE("the update is announced, and interrupts if it is asked to") {
  Fixture f;
  CHECK(f.rtc.next_event() == kNever);
  CHECK((f.get(0x0a, kSecond - kSecond / 5000) & 0x80) == 0x80);
  CHECK((f.get(0x0a, kSecond) & 0x80) == 0);
  CHECK((f.get(0x0c, kSecond) & 0x10) == 0x10);  // the flag comes without the interrupt
  CHECK_FALSE(f.rtc.line());
  f.set(0x0b, 0x12, kSecond);
  CHECK(f.rtc.next_event() == 2 * kSecond);
  f.rtc.advance(2 * kSecond);
  CHECK(f.rtc.line());
  CHECK((f.get(0x0c, 2 * kSecond) & 0x90) == 0x90);
  CHECK_FALSE(f.rtc.line());
  CHECK((f.get(0x0c, 2 * kSecond) & 0x90) == 0);
}

TEST_CASE("the alarm comes when all that it names agrees") {
  Fixture f;
  f.set(1, 0x05);
  f.set(3, 0x00);
  f.set(5, 0xff);
  f.set(0x0b, 0x22);
  uint64_t now = 0;
  while (!f.rtc.line()) {
    now = f.rtc.next_event();
    REQUIRE(now < 100 * kSecond);
    f.rtc.advance(now);
  }
  CHECK(now == 6 * kSecond);
  CHECK((f.get(0x0c, now) & 0xa0) == 0xa0);
}

TEST_CASE("the periodic interrupt divides the second exactly") {
  Fixture f;
  f.set(0x0a, 0x26);
  f.get(0x0c);
  f.set(0x0b, 0x42);
  uint64_t now = 0;
  unsigned count = 0;
  while (now < 2 * kSecond) {
    now = f.rtc.next_event();
    f.rtc.advance(now);
    REQUIRE(f.rtc.line());
    f.get(0x0c, now);
    ++count;
  }
  CHECK(count == 2048);
  CHECK(now == 2 * kSecond);
  f.set(0x0a, 0x2f, now);  // 2 Hz
  CHECK(f.rtc.next_event() == now + kSecond / 2);
}

TEST_CASE("the memory names the machine's, and keeps what is written") {
  Fixture f;
  CHECK(f.get(0x15) == 0x80);
  CHECK(f.get(0x16) == 0x02);
  CHECK(f.get(0x17) == 0x00);
  CHECK(f.get(0x18) == 0x6c);
  CHECK(f.get(0x30) == 0x00);
  CHECK(f.get(0x31) == 0x6c);
  CHECK(f.get(0x34) == 0xc0);
  CHECK(f.get(0x35) == 0x00);
  f.set(0x40, 0xa5);
  CHECK(f.get(0x40) == 0xa5);
  CHECK(f.get(0xc0) == 0xa5);  // bit 7 is not part of the index
  CHECK(f.get(0x0d) == 0x80);
  CHECK(f.rtc.read(0, 0) == 0xff);
}

}  // namespace
}  // namespace veil::fw
