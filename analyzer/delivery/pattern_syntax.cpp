#include "analyzer/delivery/pattern_syntax.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>

namespace smtpscope::delivery {
namespace {

// Behind "{3}", "{3,}" or "{3,5}" at `at`; `at` if there stands none.
std::size_t end_of_count(std::string_view pattern, std::size_t at) noexcept {
  const std::size_t close =
      std::min(pattern.find_first_not_of("0123456789,", at + 1), pattern.size());
  return close < pattern.size() && pattern[close] == '}' ? close + 1 : at;
}

// Behind the class of characters that begins at `at`.
std::size_t end_of_class(std::string_view pattern, std::size_t at) noexcept {
  if (pattern.substr(++at, 1) == "^") ++at;
  if (pattern.substr(at, 1) == "]") ++at;  // for itself
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\') ++at;
  }
  return std::min(at + 1, pattern.size());
}

// Those that are the same for each digit, and have no digit in them.
bool is_blind_escape(char c) noexcept {
  return std::string_view("dDwWsSbBnrtfvaAz").find(c) != std::string_view::npos ||
         !ascii::is_alnum(c);
}

// The length of the part before the first "|" that stands in no group.
std::size_t first_alternative(std::string_view pattern) noexcept {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      at = end_of_class(pattern, at) - 1;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      if (depth > 0) --depth;
    } else if (c == '|' && depth == 0) {
      return at;
    }
  }
  return pattern.size();
}

// Not where "\Q...\E" is read as it stands, a "(?i)" holds for all that follows it, or
// "[[:alpha:]]" ends later than it seems.
bool can_be_parted(std::string_view pattern) noexcept {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("\\Q") || rest.starts_with("[:")) return false;
    if (rest.starts_with("(?") && !rest.starts_with("(?:")) return false;
    if (rest.front() == '\\') ++at;
  }
  return true;
}

std::string in_any_case(const std::string& pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
    } else if (ascii::is_upper(pattern[at])) {
      return "(?i)" + pattern;
    }
  }
  return pattern;
}

}  // namespace

std::vector<std::string> alternatives_of(const std::string& pattern) {
  const std::string whole = in_any_case(pattern);
  std::vector<std::string> parts;
  std::string_view rest = whole;
  const bool parted = can_be_parted(rest);
  while (parted && first_alternative(rest) < rest.size()) {
    parts.emplace_back(rest.substr(0, first_alternative(rest)));
    rest.remove_prefix(first_alternative(rest) + 1);
  }
  parts.emplace_back(rest);
  return parts;
}

bool tells_digits_apart(std::string_view pattern) noexcept {
  bool in_class = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') {
      if (++at < pattern.size() && !is_blind_escape(pattern[at])) return true;
    } else if (in_class && pattern.substr(at, 3) == "0-9") {
      at += 2;
    } else if (ascii::is_digit(c)) {
      return true;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (pattern.substr(at + 1, 1) == "^") ++at;
      if (pattern.substr(at + 1, 1) == "]") ++at;  // for itself
    } else if (c == '{') {
      at = std::max(end_of_count(pattern, at), at + 1) - 1;
    }
  }
  return false;
}

std::optional<std::string> with_any_digits(std::string_view pattern) {
  if (!can_be_parted(pattern)) return std::nullopt;
  std::string any;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '[') {
      const std::string_view one = pattern.substr(at, end_of_class(pattern, at) - at);
      any += tells_digits_apart(one) ? "(?s:.)" : one;
      at += one.size() - 1;
    } else if (c == '\\') {
      if (at + 1 == pattern.size() || !is_blind_escape(pattern[at + 1])) return std::nullopt;
      any += pattern.substr(at++, 2);
    } else if (c == '{' && end_of_count(pattern, at) != at) {
      any += pattern.substr(at, end_of_count(pattern, at) - at);
      at = end_of_count(pattern, at) - 1;
    } else if (ascii::is_digit(c)) {
      any += "\\d";
    } else {
      any += c;
    }
  }
  return any;
}

}  // namespace smtpscope::delivery
