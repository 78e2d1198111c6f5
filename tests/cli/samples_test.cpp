// What holds for every capture in samples/.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

std::vector<std::string> samples() {
  const std::filesystem::path folder = SMTPSCOPE_SOURCE_DIR "/samples";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::filesystem::path& file = entry.path();
    if (file.extension() == ".pcap" || file.extension() == ".pcapng") {
      files.push_back(file.lexically_relative(folder).string());
    }
  }
  std::ranges::sort(files);
  return files;
}

Outcome run_on_sample(std::vector<std::string> arguments, const std::string& sample) {
  Launch launch;
  launch.arguments = std::move(arguments);
  launch.arguments.push_back(sample);
  launch.folder = SMTPSCOPE_SOURCE_DIR "/samples";
  return run(launch);
}

// The sessions of `json` without what depends on where they were read from: names, and numbers in order of ending.
std::vector<std::string> without_source(const std::string& json) {
  std::vector<std::string> sessions;
  std::istringstream lines(json);
  for (std::string line; std::getline(lines, line);) sessions.push_back(line.substr(line.find("\"protocol\"")));
  std::ranges::sort(sessions);
  return sessions;
}

}  // namespace

TEST_CASE("every sample through a pipe tells the same") {
  for (const std::string& sample : samples()) {
    INFO(sample);
    std::ifstream file(SMTPSCOPE_SOURCE_DIR "/samples/" + sample, std::ios::binary);
    Launch launch;
    launch.arguments = {"-T", "json", "-"};
    launch.from = Launch::Input::text;
    launch.input = {std::istreambuf_iterator<char>(file), {}};
    CHECK(without_source(run(launch).out) == without_source(run_on_sample({"-T", "json"}, sample).out));
  }
}

TEST_CASE("every sample: the same octets each time, safe ones, and JSON by the schema") {
  const std::vector<std::string> files = samples();
  REQUIRE(files.size() >= 16);
  const SessionSchema schema;
  for (const std::string& sample : files) {
    DYNAMIC_SECTION(sample) {
      for (const std::vector<std::string>& options :
           {std::vector<std::string>{"-q"}, {}, {"-v", "--stats"}, {"-T", "json"}}) {
        const Outcome first = run_on_sample(options, sample);
        const Outcome second = run_on_sample(options, sample);
        INFO(first.err);
        CHECK(first.status == 0);
        CHECK(first.out == second.out);
        CHECK(first.err == second.err);
        CHECK_FALSE(first.out.empty());
        CHECK(first.err.empty() == (options != std::vector<std::string>{"-v", "--stats"}));
        CHECK_FALSE(has_escape_sequence(first.out));
      }
      const Outcome json = run_on_sample({"-T", "json"}, sample);
      const std::vector<Json> sessions = sessions_in(json.out);
      CHECK(sessions.size() + 1 == count(run_on_sample({"-q"}, sample).out, "\n"));
      for (const Json& session : sessions) CHECK(schema.broken_rule(session).empty());
    }
  }
}
