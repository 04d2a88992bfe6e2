// Finds a Verilated core by name: a module of the build's directory, or of the one that VEIL_RTL_MODULES names. It
// stays loaded, since the core's code is in it.
#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "sim/rtl/rtl_core.h"

namespace veil::sim::rtl {
namespace {

std::unique_ptr<RtlCore> load(const std::string& name, std::span<const uint8_t> dram, Host& host,
                              const MemoryTiming& timing) {
  const char* directory = std::getenv("VEIL_RTL_MODULES");
  const std::string file =
      std::string(directory != nullptr ? directory : VEIL_RTL_MODULES) + "/veil_rtl_" + name + ".so";
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  using Make = RtlCore* (*)(std::span<const uint8_t>, Host&, const MemoryTiming&);
  const auto make_core = reinterpret_cast<Make>(dlsym(library, "veil_make_rtl"));
  return std::unique_ptr<RtlCore>(make_core == nullptr ? nullptr : make_core(dram, host, timing));
}

}  // namespace

std::unique_ptr<RtlCore> make(std::string_view config, std::span<const uint8_t> dram, Host& host,
                              const MemoryTiming& timing) {
  return load(std::string(config), dram, host, timing);
}

std::unique_ptr<RtlCore> make_with_waves(std::string_view config, std::span<const uint8_t> dram, Host& host,
                                         const MemoryTiming& timing) {
  return load(std::string(config) + "_waves", dram, host, timing);
}

std::unique_ptr<RtlCore> make_without_assertions(std::string_view config, std::span<const uint8_t> dram, Host& host,
                                                 const MemoryTiming& timing) {
  return load(std::string(config) + "_fast", dram, host, timing);
}

}  // namespace veil::sim::rtl
