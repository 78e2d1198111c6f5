#include "analyzer/delivery/pattern_syntax.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

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

// Reads a pattern from left to right.
class NeedsReader {
 public:
  explicit NeedsReader(std::string_view pattern) noexcept : rest_(pattern) {}

  [[nodiscard]] Needs read() {
    Needs needs = alternatives(0);
    return understood_ && rest_.empty() ? needs : Needs{};
  }

 private:
  using Strings = std::vector<std::string>;
  enum class Times : std::uint8_t { once, once_or_more, any };
  static constexpr std::size_t strings_max = 64;
  static constexpr unsigned depth_max = 16;

  static std::size_t shortest(const Strings& strings) noexcept {
    return std::ranges::min_element(strings, {}, &std::string::size)->size();
  }

  // What one of several needs is one of what each of them needs.
  Needs alternatives(unsigned depth) {
    Needs needs = sequence(depth);
    if (!rest_.starts_with('|')) return needs;
    Strings any;
    bool known = add_best(any, needs);
    while (rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      known = add_best(any, sequence(depth)) && known;
    }
    return known && any.size() <= strings_max ? Needs{any} : Needs{};
  }

  static bool add_best(Strings& any, const Needs& needs) {
    const auto best = std::ranges::max_element(needs, {}, shortest);
    if (best == needs.end()) return false;
    any.insert(any.end(), best->begin(), best->end());
    return true;
  }

  Needs sequence(unsigned depth) {
    Needs needs;
    std::string run;  // octets that stand one behind the other
    const auto end_run = [&] {
      if (run.size() > 1) needs.push_back({run});  // one octet stands in most texts
      run.clear();
    };
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (rest_.front() == '(') {
        end_run();
        Needs inner = group(depth);
        if (times() != Times::any) std::ranges::move(inner, std::back_inserter(needs));
      } else if (const auto octet = literal()) {
        const Times how_often = times();
        if (how_often != Times::any) run += *octet;
        if (how_often != Times::once) end_run();
      } else {
        (void)times();
        end_run();
      }
    }
    end_run();
    return needs;
  }

  Needs group(unsigned depth) {
    rest_.remove_prefix(rest_.starts_with("(?:") ? 3 : 1);
    if (depth == depth_max) understood_ = false;
    Needs inner = understood_ ? alternatives(depth + 1) : Needs{};
    if (rest_.starts_with(')')) rest_.remove_prefix(1);
    return inner;
  }

  // Takes one thing that is no group; the octet, if it stands for itself.
  std::optional<char> literal() {
    const char c = rest_.front();
    if (c == '[') {
      rest_.remove_prefix(end_of_class(rest_, 0));
      return std::nullopt;
    }
    if (c == '\\' && rest_.size() > 1) {
      const char escaped = rest_[1];
      rest_.remove_prefix(2);
      if (!is_blind_escape(escaped)) understood_ = false;  // "\\x31" is more than two octets
      return ascii::is_alnum(escaped) ? std::nullopt : std::optional(escaped);
    }
    rest_.remove_prefix(1);
    const bool stands_for_itself = std::string_view(".^$*+?\\").find(c) == std::string_view::npos;
    return stands_for_itself ? std::optional(c) : std::nullopt;
  }

  Times times() {
    Times how_often = Times::once;
    while (!rest_.empty()) {
      const char c = rest_.front();
      std::size_t size = 1;
      if (c == '{') {
        size = end_of_count(rest_, 0);
        if (size == 0) break;
      } else if (c != '?' && c != '*' && c != '+') {
        break;
      }
      // Which count it is makes no difference, as long as it is not 0.
      const bool at_least_one = c == '+' || (c == '{' && rest_[1] >= '1' && rest_[1] <= '9');
      if (how_often != Times::any) how_often = at_least_one ? Times::once_or_more : Times::any;
      rest_.remove_prefix(size);
    }
    return how_often;
  }

  std::string_view rest_;
  bool understood_ = true;
};

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

Needs needs_of(std::string_view pattern) {
  return can_be_parted(pattern) ? NeedsReader(pattern).read() : Needs{};
}

}  // namespace smtpscope::delivery
