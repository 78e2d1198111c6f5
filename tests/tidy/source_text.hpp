#pragma once
// C++ text as the rules see it: no comments and no insides of literals, so that a word in a comment
// is no violation. Blanks take their place, so that offsets and line numbers stay true.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::tidy {

[[nodiscard]] std::string without_comments(std::string_view text);
[[nodiscard]] std::string without_comments_and_literals(std::string_view text);

// From 1.
[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t offset);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

[[nodiscard]] bool is_word_char(char c) noexcept;
// Where `word` stands in `text` with no letter, digit or underscore beside it.
[[nodiscard]] std::vector<std::size_t> places_of_word(std::string_view text, std::string_view word);
[[nodiscard]] bool has_word(std::string_view text, std::string_view word);

struct Include {
  std::string_view path;  // what stands between the quotes or brackets
  char open;              // " or <
  std::size_t line;
};
// Of a text without comments, into which the result points.
[[nodiscard]] std::vector<Include> includes_of(std::string_view text);

}  // namespace smtpscope::tidy
