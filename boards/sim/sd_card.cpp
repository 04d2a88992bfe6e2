#include "boards/sim/sd_card.h"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace veil::boards {

namespace {

constexpr uint32_t kSector = 512;
constexpr unsigned kInitTries = 3;
constexpr unsigned kFirstClocks = 74;
constexpr uint64_t kSlowPs = 2'500'000, kFastPs = 40'000;  // periods of 400 kHz and 25 MHz
constexpr uint8_t kIdle = 1, kIllegal = 4, kBadCrc = 8;    // bits of an R1 answer
constexpr uint8_t kToken = 0xfe, kErrorToken = 0x04;       // of a data block; card ECC failed

uint8_t crc7(std::span<const uint8_t> bytes) {
  unsigned crc = 0;
  for (const uint8_t byte : bytes) {
    for (unsigned bit = 8; bit-- != 0;) {
      const unsigned top = (crc >> 6 ^ byte >> bit) & 1;
      crc = (crc << 1 & 0x7f) ^ (top != 0 ? 0x09u : 0u);
    }
  }
  return static_cast<uint8_t>(crc << 1 | 1);
}

uint16_t crc16(std::span<const uint8_t> bytes) {
  unsigned crc = 0;
  for (const uint8_t byte : bytes) {
    crc ^= static_cast<unsigned>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021u : 0u)) & 0xffff;
  }
  return static_cast<uint16_t>(crc);
}

}  // namespace

SdCard::SdCard(std::vector<uint8_t> image, uint64_t period_ps, bool high_capacity)
    : image_(std::move(image)), period_(period_ps), high_capacity_(high_capacity) {}

void SdCard::fail(const std::string& what) {
  if (violation_.empty()) violation_ = fmt::format("SD card at {} us: {}", cycles_ * period_ / 1'000'000, what);
}

bool SdCard::cycle(bool cs_n, bool sck, bool mosi) {
  ++cycles_;
  if (cs_n && selected_) {  // whatever was under way is forgotten
    command_.clear();
    answer_.clear();
    bits_ = 0;
    sending_ = 0xff;
    out_ = true;
  }
  selected_ = !cs_n;
  if (sck && !sck_) {
    const uint64_t least = state_ == State::ready ? kFastPs : kSlowPs;
    if (rose_ != 0 && (cycles_ - rose_) * period_ < least) fail("the clock is too fast");
    rose_ = cycles_;
    if (selected_) {
      rising(mosi);
    } else if (mosi) {
      ++idle_clocks_;
    }
  }
  if (!sck && sck_ && selected_) falling();
  sck_ = sck;
  return cs_n || out_;
}

void SdCard::rising(bool mosi) {
  in_ = static_cast<uint8_t>(in_ << 1 | (mosi ? 1 : 0));
  if (++bits_ == 8) {
    bits_ = 0;
    take(in_);
    sending_ = 0xff;
    if (!answer_.empty()) {
      sending_ = answer_.front();
      answer_.pop_front();
    }
  }
}

void SdCard::falling() { out_ = (sending_ >> (7 - bits_) & 1) != 0; }

void SdCard::take(uint8_t byte) {
  if (command_.empty() && (byte & 0xc0) != 0x40) return;  // no start of a command
  command_.push_back(byte);
  if (command_.size() < 6) return;
  answer_.clear();
  answer_.push_back(0xff);  // a card takes a byte's time or more
  execute();
  command_.clear();
}

void SdCard::execute() {
  const unsigned number = command_[0] & 0x3fu;
  const uint32_t argument = static_cast<uint32_t>(command_[1]) << 24 | static_cast<uint32_t>(command_[2]) << 16 |
                            static_cast<uint32_t>(command_[3]) << 8 | command_[4];
  const bool application = std::exchange(application_, false);
  const uint8_t idle = state_ == State::ready ? 0 : kIdle;
  const auto answer = [&](uint8_t r1, std::initializer_list<uint8_t> more = {}) {
    answer_.push_back(r1);
    answer_.insert(answer_.end(), more);
  };
  // CRCs are looked at before SPI mode is entered, and in CMD8.
  if ((number == 0 || number == 8) && command_[5] != crc7({command_.data(), 5})) {
    fail(fmt::format("wrong CRC in command {}", number));
    return answer(idle | kBadCrc);
  }
  if (number == 0) {
    if (state_ == State::off && idle_clocks_ < kFirstClocks) {
      fail(fmt::format("{} clocks before the first command, at least {}", idle_clocks_, kFirstClocks));
    }
    state_ = State::idle;
    init_tries_ = 0;
    return answer(kIdle);
  }
  if (state_ == State::off) return fail(fmt::format("command {} before the reset", number));
  if (number == 8) return answer(idle, {0, 0, 1, static_cast<uint8_t>(argument)});
  if (number == 55) {
    application_ = true;
    return answer(idle);
  }
  if (number == 41 && application) {
    if (high_capacity_ && (argument >> 30 & 1) == 0) return answer(kIdle);  // always: the host cannot use such a card
    if (++init_tries_ >= kInitTries) state_ = State::ready;
    return answer(state_ == State::ready ? 0 : kIdle);
  }
  if (number == 58) return answer(idle, {static_cast<uint8_t>(high_capacity_ ? 0xc0 : 0x80), 0xff, 0x80, 0});
  if (state_ != State::ready) {
    fail(fmt::format("command {} before the card is ready", number));
    return answer(idle | kIllegal);
  }
  if (number == 16) return answer(argument == kSector ? 0 : 0x40);
  if (number == 17) {
    if (!high_capacity_ && argument % kSector != 0) return answer(0x20);
    answer(0);
    return read_block(high_capacity_ ? argument : argument / kSector);
  }
  answer(idle | kIllegal);
}

void SdCard::read_block(uint32_t sector) {
  answer_.insert(answer_.end(), 5, 0xff);
  if (reads_++ == failing_read_) return answer_.push_back(kErrorToken);
  std::vector<uint8_t> block(kSector);
  for (uint32_t i = 0; i < kSector; ++i) {
    const size_t at = size_t{sector} * kSector + i;
    block[i] = at < image_.size() ? image_[at] : 0;
  }
  const uint16_t crc = crc16(block);
  answer_.push_back(kToken);
  answer_.insert(answer_.end(), block.begin(), block.end());
  answer_.push_back(static_cast<uint8_t>(crc >> 8));
  answer_.push_back(static_cast<uint8_t>(crc));
  ++sectors_read_;
}

}  // namespace veil::boards
