// What a mutated C++ source needs: which mutant is on (environment variable VEIL_MUTANT; 0: none). Only the host's
// programs are built with it.
#pragma once

#include <cstdlib>
#include <type_traits>

namespace veil::mutation {
inline const int chosen = [] {
  const char* text = std::getenv("VEIL_MUTANT");
  return text != nullptr ? std::atoi(text) : 0;
}();
}  // namespace veil::mutation

// Constant evaluation sees the program as it is.
#define VEIL_MUTANT(number) (!__builtin_is_constant_evaluated() && ::veil::mutation::chosen == (number))
