// A profile as people read it (text) and as tools do (JSON; docs/guide/profile.md names its members).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/loader/symbols.h"
#include "sim/profile/profile.h"

namespace veil::sim {

inline constexpr int kProfileSchema = 1;

struct ProfileReport {
  std::string title;  // image, engine, configuration
  const Profile& profile;
  const loader::Symbols& guest;
  const loader::Symbols* firmware = nullptr;  // nullptr: the firmware's functions are not shown
  bool causes = false;                        // the engine knows what its cycles were spent on
  unsigned top = 20;                          // rows of each table, at most

  std::string text() const;
  // Tiers, functions, blocks (all of them, whatever `top` is) and, if asked for, functions of the firmware.
  nlohmann::ordered_json json() const;
};

}  // namespace veil::sim
