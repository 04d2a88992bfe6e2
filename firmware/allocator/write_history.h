// What is known of granules of guest code that are written to, so that neither the writes nor the code become slow.
//
// A store into a granule with translations costs a trap, the translations, and making them anew. That is right for a
// program that is loaded or compiled once, and far too much for data beside code or for code that patches itself.
// - Data beside code: the code is the same at the next trap. After a few such traps the granule's translations *check*
//   their own source each time they run, and the granule is not marked: writes into it cost nothing. After some time
//   the code is translated without checks once more, in case the writes are over; each time that they are not, the time
//   doubles.
// - Code that changes, and soon after it was translated, has not paid for its translations. After a few such short
//   lives the granule *rests*: it is left to the interpreter for a while, twice as long each time. A long life clears
//   the record.
// So the traps of a granule that is written all the time grow with the logarithm of the time.
//
// Time is committed guest instructions, low word. Direct-mapped by granule; a conflict forgets the older one.
#pragma once

#include <cstdint>

#include "firmware/allocator/code_map.h"

namespace veil::fw {

class WriteHistory {
 public:
  static constexpr uint32_t kEntries = 256;
  static constexpr uint32_t kWorthwhile = 256;  // a life that has paid for the translation
  static constexpr uint32_t kTolerated = 4;     // short lives, or traps without a change, before anything is done
  static constexpr uint32_t kWorthLess = 16;
  static constexpr uint32_t kFirstRest = 2048;     // its length
  static constexpr uint32_t kFirstCheck = 0x8000;  // how long translations are made with checks
  static constexpr uint32_t kLongest = 12;         // doublings

  // What the youngest translation that a write has dropped was made from: where it starts, and a checksum of it.
  struct Source {
    uint32_t start = 0;
    uint32_t sum = 0;
  };

  // Starts empty: it lies in zeroed memory.

  // A store into the granule has trapped and dropped translations; the youngest was made at `made_at`.
  void written(uint32_t physical, uint32_t made_at, uint32_t now, Source source) {
    Entry& entry = entry_of(physical);
    const bool first = !entry.trapped;
    const bool same_place = !first && entry.source.start == source.start;
    // Of another translation nothing is known; one that lived long is no sign of data beside it.
    const bool unchanged = same_place ? entry.source.sum == source.sum : !first && now - made_at < kWorthwhile;
    entry.trapped = true;
    entry.source = source;
    if (!unchanged) {
      if (same_place) entry.unchanged = 0;
      return lived(entry, now - made_at, now);
    }
    if (entry.unchanged < kTolerated + kLongest) ++entry.unchanged;
    entry.checks_from = now;
    if (entry.unchanged >= kTolerated) something_ = true;
  }

  // Translations that check themselves, made at `made_at`, have found other code several times. (Part of their life has
  // been spent on that, so it is worth less.)
  void changed(uint32_t physical, uint32_t made_at, uint32_t now) {
    lived(entry_of(physical), (now - made_at) / kWorthLess, now);
  }

  // What may be translated now, of `bytes` from `physical` on: 0 if the first granule rests. With or without checks:
  // with them if the first instruction may lie in a granule that wants them; otherwise it ends before such a granule.
  struct Plan {
    uint32_t bytes = 0;
    bool checks = false;
  };
  Plan plan(uint32_t physical, uint32_t bytes, uint32_t now) {
    if (!something_) return {bytes, false};
    bool checks = false;
    const uint32_t end = physical + bytes;
    for (uint32_t at = physical; at < end; at = (at | kGranuleMask) + 1) {
      if (rests(at, now)) return {at - physical, checks};
      if (checks || !wants_checks(at, now)) continue;
      if (at - physical >= kLongestInstruction) return {at - physical, false};
      checks = true;
    }
    return {bytes, checks};
  }

  // Whether translations of the granule are made with checks now.
  bool wants_checks(uint32_t physical, uint32_t now) const {
    const Entry& entry = entries_[index(physical)];
    return entry.granule == granule(physical) && entry.unchanged >= kTolerated &&
           now - entry.checks_from < kFirstCheck << (entry.unchanged - kTolerated);
  }

 private:
  static constexpr uint32_t kGranuleMask = (1u << kGranuleShift) - 1;
  static constexpr uint32_t kLongestInstruction = 15;
  struct Entry {
    uint32_t granule = 0;  // number + 1; 0: none
    uint16_t short_lives = 0;
    uint16_t unchanged = 0;  // traps that have found the code of the trap before
    uint32_t rests_from = 0;
    uint32_t checks_from = 0;
    bool trapped = false;  // `source` is valid
    Source source = {};
  };
  static uint32_t granule(uint32_t physical) { return (physical >> kGranuleShift) + 1; }
  static uint32_t index(uint32_t physical) { return (physical >> kGranuleShift) % kEntries; }

  Entry& entry_of(uint32_t physical) {
    Entry& entry = entries_[index(physical)];
    if (entry.granule != granule(physical)) entry = Entry{.granule = granule(physical)};
    return entry;
  }

  void lived(Entry& entry, uint32_t life, uint32_t now) {
    if (life >= kWorthwhile) {
      entry.short_lives = 0;
      return;
    }
    if (entry.short_lives < kTolerated + kLongest) ++entry.short_lives;
    if (entry.short_lives >= kTolerated) something_ = true;
    entry.rests_from = now;
  }

  // When a rest is over the count stays: the next short life brings one twice as long.
  bool rests(uint32_t physical, uint32_t now) const {
    const Entry& entry = entries_[index(physical)];
    return entry.granule == granule(physical) && entry.short_lives >= kTolerated &&
           now - entry.rests_from < kFirstRest << (entry.short_lives - kTolerated);
  }

  bool something_ = false;  // has ever rested or been checked
  Entry entries_[kEntries];
};

}  // namespace veil::fw
