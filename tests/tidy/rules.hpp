#pragma once
// The rules of this project that a compiler cannot check, as pure functions from files to
// complaints.
//
//     File ... --rule--> Complaint ... --tidy_test.cpp: minus known exceptions--> red or green
//
// They are heuristics: good enough for code that is formatted and written as ours is. That each
// finding stands in docs/FINDINGS.md is the business of the findings' own test, which has the
// catalogue.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::tidy {

struct File {
  std::string path;  // from the root of the project: "analyzer/app/run.cpp"
  std::string text;  // empty where the content is of no interest (captures)
};
using Files = std::vector<File>;

struct Complaint {
  std::string rule;
  std::string path;
  std::size_t line = 0;  // 0: about the file as a whole
  std::string what;
};
using Complaints = std::vector<Complaint>;

[[nodiscard]] bool is_under(std::string_view path, std::string_view folder) noexcept;
[[nodiscard]] bool is_cpp(std::string_view path) noexcept;

// "include": dependencies run one way, and each outside library has one home.
void check_includes(const File& file, Complaints& out);
// "word": what a layer must not say (throw in dissectors, stdout outside app, the locale's
// isdigit...).
void check_words(const File& file, Complaints& out);
// "global": variables that outlive a call and can change. Implemented in globals.cpp.
void check_globals(const File& file, Complaints& out);
// "header": a header has #pragma once.
void check_header(const File& file, Complaints& out);
// "machine": no path of the machine on which it was written.
void check_machine_paths(const File& file, Complaints& out);
// "mention": a Markdown file that is named is there.
void check_mentions(const Files& files, Complaints& out);
// "sample": each capture has its about.md and golden files, and each golden file its capture.
void check_samples(const Files& files, Complaints& out);
// "flaw": each enumerator of an enum class ...Flaw in dissectors/ is named in a test.
void check_flaws(const Files& files, Complaints& out);

[[nodiscard]] Complaints check_all(const Files& files);

}  // namespace smtpscope::tidy
