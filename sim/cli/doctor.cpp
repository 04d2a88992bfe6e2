// veil doctor: what is installed, in which version, what is missing, and the command that brings it. The lists are the
// ones that tools/setup installs from, embedded at build time. Status 0: everything is there; 1: something is missing.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/commands.h"
#include "sim/cli/embedded.h"
#include "sim/loader/load.h"

namespace veil::cli {
namespace {

struct Item {
  std::string name, why, wanted;
};

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> buffer;
  size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) text.append(buffer.data(), got);
  pclose(pipe);
  return text;
}

// Lines of the form "name" = "why".
std::vector<Item> read_packages(const std::string& text) {
  std::vector<Item> items;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '"') continue;
    const size_t name_end = line.find('"', 1);
    const size_t why = line.find('"', name_end + 1);
    const size_t why_end = line.rfind('"');
    if (name_end == std::string::npos || why == std::string::npos || why_end <= why) continue;
    items.push_back({line.substr(1, name_end - 1), line.substr(why + 1, why_end - why - 1), {}});
  }
  return items;
}

// Lines of the form name==version.
std::vector<Item> read_requirements(const std::string& text) {
  std::vector<Item> items;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find("==");
    if (line.empty() || line[0] == '#' || equals == std::string::npos) continue;
    items.push_back({line.substr(0, equals), {}, line.substr(equals + 2)});
  }
  return items;
}

// name -> version of every installed Debian package.
std::map<std::string, std::string> installed_packages() {
  std::map<std::string, std::string> found;
  std::istringstream lines(output_of("dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n' 2>/dev/null"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string status, name, version;
    words >> status >> name >> version;
    if (status == "installed") found[name] = version;
  }
  return found;
}

std::map<std::string, std::string> installed_tools() {
  std::map<std::string, std::string> found;
  std::istringstream lines(output_of(
      fmt::format("'{}/bin/python3' -m pip --disable-pip-version-check list --format=freeze 2>/dev/null", kVenv)));
  for (std::string line; std::getline(lines, line);) {
    if (const size_t equals = line.find("=="); equals != std::string::npos) {
      found[line.substr(0, equals)] = line.substr(equals + 2);
    }
  }
  return found;
}

// One line per item; returns the names of what is missing or of another version.
std::vector<std::string> show(const char* title, const std::vector<Item>& items,
                              const std::map<std::string, std::string>& found) {
  std::vector<std::string> missing;
  fmt::print("{}\n", title);
  for (const Item& item : items) {
    const auto it = found.find(item.name);
    std::string state = it == found.end() ? "MISSING" : it->second;
    const bool other = it != found.end() && !item.wanted.empty() && it->second != item.wanted;
    if (other) state += fmt::format(" (wanted: {})", item.wanted);
    if (it == found.end() || other) missing.push_back(item.name);
    fmt::print("  {:<34} {:<28} {}\n", item.name, state, item.why);
  }
  return missing;
}

}  // namespace

int doctor() {
  fmt::print("veil {}, built by {}\n", VEIL_VERSION, kCompiler);
  const std::string firmware = loader::find_firmware({});
  const bool has_firmware = std::filesystem::is_regular_file(firmware);
  fmt::print("  {:<34} {}\n\n", "firmware", has_firmware ? firmware : firmware + ": MISSING");
  const auto packages = show("Debian packages", read_packages(kPackages), installed_packages());
  const auto python = installed_tools();
  const auto tools = show("\nPyPI tools (build/venv)", read_requirements(kRequirements), python);
  const auto tests = show("\nPyPI tools of `make test`", read_requirements(kTestRequirements), python);
  const auto synth = show("\nPyPI tools of `make synth`", read_requirements(kSynthRequirements), python);
  fmt::print("\n");
  if (!packages.empty()) {
    std::string names;
    for (const std::string& name : packages) names += " " + name;
    fmt::print("missing packages: apt-get install --no-install-recommends{}\n", names);
  }
  if (!packages.empty() || !tools.empty() || !tests.empty())
    fmt::print("all that is missing: make -C {} setup\n", kSource);
  if (!synth.empty()) fmt::print("for `make synth` only: {}/tools/setup --synth\n", kSource);
  if (!has_firmware) fmt::print("the firmware: make -C {} build\n", kSource);
  const bool complete = packages.empty() && tools.empty() && tests.empty() && has_firmware;
  if (complete) fmt::print("complete\n");
  return complete ? 0 : 1;
}

}  // namespace veil::cli
