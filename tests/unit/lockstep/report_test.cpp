// The report directory: complete, beside an older one, and its replay script runs the same command with a waveform.
#include "sim/lockstep/report.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using namespace veil;

class Quiet final : public lockstep::Checker {
 public:
  std::string_view name() const override { return "quiet"; }
  std::optional<lockstep::Difference> retired(const sim::GroupRecord&) override { return std::nullopt; }
  std::vector<lockstep::ReportFile> report() const override { return {{"extra.txt", "more"}}; }
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a report is complete and never overwrites another") {
  const fs::path base = fs::temp_directory_path() / ("veil-report-test-" + std::to_string(getpid()));
  fs::remove_all(base);
  fs::create_directories(base);
  sim::Shadow shadow(std::vector<uint8_t>(8u << 20));
  sim::Translations translations;
  lockstep::History history;
  sim::GroupRecord record;
  record.pc = 0x7fc00000;
  for (uint64_t cycle = 0; cycle < 1000; ++cycle) history.push(cycle, record);
  lockstep::Difference difference;
  difference.checker = "quiet";
  difference.summary = "nothing at all";
  difference.mismatches = {{"x5", "1", "2"}};
  const Quiet checker;
  const lockstep::ReportInput input = {difference,   checker, history, shadow,
                                       translations, record,  12345,   {"build/veil", "run", "it's", "image"}};
  const std::string first = lockstep::write_report(input, (base / "report").string());
  const std::string second = lockstep::write_report(input, (base / "report").string());
  CHECK(first == (base / "report").string());
  CHECK(second == (base / "report-2").string());
  const std::string replay = text_of(fs::path(first) / "replay.sh");
  CHECK(replay.find("build/veil run 'it'\\''s' image --wave") != std::string::npos);
  CHECK(replay.find("--wave-from 10345 --wave-for 2050") != std::string::npos);
  CHECK(text_of(fs::path(first) / "difference.txt").find("x5") != std::string::npos);
  CHECK(text_of(fs::path(first) / "extra.txt") == "more");
  const std::string groups = text_of(fs::path(first) / "native-groups.txt");
  CHECK(std::count(groups.begin(), groups.end(), '\n') == 256);
  CHECK(lockstep::write_report(input, "/proc/nowhere/report").empty());
  fs::remove_all(base);
}
