// Captures that were made to break readers, and all others of the corpus, through the whole
// program: it ends by itself, with a status that means something, and says why where it could not
// read on.
//
// The program under test has the sanitizers in it, and takes many files at a time; the release
// build takes each file alone, within an address space of 2 GiB and two seconds of processor time.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

// Everything that may be a capture; sorted.
std::vector<std::string> files_of(const fs::path& corpus) {
  constexpr std::array<std::string_view, 6> others = {".tsv",  ".md",   ".txt",
                                                      ".json", ".keys", ".log"};
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file() && std::ranges::find(others, extension) == others.end()) {
      files.push_back(entry.path().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

void check_ended_well(const Outcome& outcome) {
  const bool known = outcome.status == 0 || outcome.status == 2 || outcome.status == 3;
  CHECK(known);
  if (outcome.status != 0) CHECK_FALSE(outcome.err.empty());
  CHECK_NOTHROW(sessions_in(outcome.out));
}

}  // namespace

TEST_CASE("no capture of the corpus breaks the program under sanitizers") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  const std::vector<std::string> files = files_of(*corpus);
  REQUIRE(files.size() > 1000);
  constexpr std::size_t at_a_time = 16;
  for (std::size_t i = 0; i < files.size(); i += at_a_time) {
    const auto part = std::span(files).subspan(i, std::min(at_a_time, files.size() - i));
    for (const char* format : {"json", "text"}) {
      Launch launch;
      launch.arguments = {"--no-merge", "-T", format};
      launch.arguments.insert(launch.arguments.end(), part.begin(), part.end());
      const Outcome outcome = run(launch);
      INFO(part.front() << " and those behind it, as " << format << ", status " << outcome.status);
      INFO(outcome.err.substr(0, 2000));
      const bool known = outcome.status == 0 || outcome.status == 2 || outcome.status == 3;
      CHECK(known);
    }
  }
}

TEST_CASE("no capture of the corpus needs much memory or time") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  const fs::path release = fs::path(SMTPSCOPE_SOURCE_DIR) / "build/release/analyzer/app/smtpscope";
  if (!fs::exists(release)) {
    WARN("skipped: there is no release build beside this one");
    return;
  }
  for (const std::string& file : files_of(*corpus)) {
    Launch launch;
    launch.program = "/bin/sh";
    launch.arguments = {"-c", "ulimit -v 2097152; ulimit -t 2; exec \"$0\" -T json \"$1\"",
                        release.string(), file};
    const Outcome outcome = run(launch);
    INFO(file << ", status " << outcome.status << "\n" << outcome.err.substr(0, 1000));
    check_ended_well(outcome);
  }
}
