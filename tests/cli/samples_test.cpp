// What holds for every capture in samples/.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
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

Outcome run_on_samples(std::vector<std::string> arguments, const std::vector<std::string>& files) {
  Launch launch;
  launch.arguments = std::move(arguments);
  launch.arguments.insert(launch.arguments.end(), files.begin(), files.end());
  launch.folder = SMTPSCOPE_SOURCE_DIR "/samples";
  return run(launch);
}

// The sessions of `json` without what depends on where they were read from: names, and numbers in
// order of ending.
std::vector<std::string> without_source(const std::string& json) {
  std::vector<std::string> sessions;
  std::istringstream lines(json);
  for (std::string line; std::getline(lines, line);)
    sessions.push_back(line.substr(line.find("\"protocol\"")));
  std::ranges::sort(sessions);
  return sessions;
}

}  // namespace

TEST_CASE("every sample: JSON by the schema, a row in the summary, and through a pipe the same") {
  const std::vector<std::string> files = samples();
  REQUIRE(files.size() >= 16);
  const Outcome all = run_on_samples({"-T", "json", "--no-merge"}, files);
  const SessionSchema schema;
  std::map<std::string, std::string> told;  // lines by file
  std::istringstream lines(all.out);
  for (std::string line; std::getline(lines, line);) {
    const auto sessions = sessions_in(line + '\n');
    INFO(line);
    CHECK(schema.broken_rule(sessions.front()).empty());
    told[text_at(sessions.front(), "/file")] += line + '\n';
  }
  // A row each, below the head of the table.
  CHECK(count(run_on_samples({"-q", "--no-merge"}, files).out, "\n") == count(all.out, "\n") + 1);
  for (const std::string& sample : files) {
    INFO(sample);
    Launch launch;
    launch.arguments = {"-T", "json", "-"};
    launch.from = Launch::Input::text;
    launch.input = content_of(SMTPSCOPE_SOURCE_DIR "/samples/" + sample);
    // Sessions name each other by number, which is another one where files came before.
    const bool is_alone = count(told[sample], "\n") == 1;
    const std::string from_file =
        is_alone ? told[sample] : run_on_samples({"-T", "json"}, {sample}).out;
    CHECK(without_source(run(launch).out) == without_source(from_file));
  }
}

TEST_CASE("all samples: the same octets each time, and safe ones") {
  const std::vector<std::string> statistics = {"-v", "--stats"};
  for (std::vector<std::string> options :
       {std::vector<std::string>{"-q"}, {}, statistics, {"-T", "json"}}) {
    const bool tells_statistics = options == statistics;
    options.emplace_back("--no-merge");
    const Outcome first = run_on_samples(options, samples());
    const Outcome second = run_on_samples(options, samples());
    INFO(first.err);
    CHECK(first.status == 0);
    CHECK(first.out == second.out);
    CHECK(first.err == second.err);
    CHECK_FALSE(first.out.empty());
    CHECK(first.err.empty() != tells_statistics);
    CHECK_FALSE(has_escape_sequence(first.out));
  }
}
