// Walks the project's own tree and fails on anything that breaks the rules of rules.hpp.
#include "tests/support/catch.hpp"
#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace smtpscope::tidy {
namespace {

namespace fs = std::filesystem;

// What breaks a rule for a reason. An entry that is no longer needed fails the test: the list
// shrinks.
struct Exception {
  std::string_view rule;
  std::string_view path;
  std::string_view what;  // how the complaint begins
  std::string_view reason;
};

const std::vector<Exception>& exceptions() {
  static const std::vector<Exception> list{
      {"word", "dissectors/base/check.hpp", "stderr", "the last words before abort()"},
      {"word", "dissectors/base/check.hpp", "abort(", "a broken promise of ours ends the program"},
      {"global", "analyzer/capture/stop.cpp", "can change: std::atomic<bool> requested",
       "a signal handler reaches nothing but globals"},
      {"word", "dissectors/smtp/text_scan.cpp", "#define",
       "Highway includes the file once for each kind of vectors, by the name in this macro"},
      {"include", "dissectors/mail/gmime.hpp", "<mutex>",
       "GMime has one state for all threads, and says nothing about them"},
      {"machine", ".ci/run", "",
       "the build machine has captures of other projects beside this one"},
  };
  return list;
}

bool excuses(const Exception& exception, const Complaint& complaint) {
  return exception.rule == complaint.rule && exception.path == complaint.path &&
         complaint.what.starts_with(exception.what);
}

// Not ours to judge: made by a build, or by git.
bool is_skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == ".git" || name == "build" || name == ".cache" || name == "__pycache__";
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const bool is_binary = text.find('\0') != std::string::npos;
  return is_binary ? std::string() : text;
}

Files files_below(const fs::path& root) {
  Files files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    if (it->is_directory() && is_skipped(it->path())) it.disable_recursion_pending();
    if (!it->is_regular_file()) continue;
    files.push_back({it->path().lexically_relative(root).generic_string(), text_of(it->path())});
  }
  std::ranges::sort(files, {}, &File::path);
  return files;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Complaint& complaint) {
  return out << complaint.path << ':' << complaint.line << ": " << complaint.rule << ": "
             << complaint.what;
}

TEST_CASE("the tree keeps its own rules") {
  const Files files = files_below(SMTPSCOPE_SOURCE_DIR);
  REQUIRE(std::ranges::count_if(files, [](const File& f) { return is_cpp(f.path); }) > 10);

  const Complaints found = check_all(files);
  for (const Complaint& complaint : found) {
    const bool excused = std::ranges::any_of(
        exceptions(), [&](const Exception& exception) { return excuses(exception, complaint); });
    if (!excused) FAIL_CHECK(complaint);
  }
  for (const Exception& exception : exceptions()) {
    INFO(exception.path << ": " << exception.rule << ": " << exception.what);
    INFO("is no longer needed: take it off the list");
    CHECK(std::ranges::any_of(
        found, [&](const Complaint& complaint) { return excuses(exception, complaint); }));
  }
}

}  // namespace smtpscope::tidy
