#pragma once
// Letters, digits and case of ASCII, whatever the locale is.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace smtpscope::ascii {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
[[nodiscard]] constexpr bool is_alpha(char c) noexcept { return is_upper(c) || is_lower(c); }
[[nodiscard]] constexpr bool is_alnum(char c) noexcept { return is_alpha(c) || is_digit(c); }
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
[[nodiscard]] constexpr bool is_printable(char c) noexcept { return c >= 0x20 && c < 0x7f; }
[[nodiscard]] constexpr char to_upper(char c) noexcept {
  return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return to_upper(x) == to_upper(y); });
}
[[nodiscard]] constexpr bool starts_no_case(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && equal_no_case(text.substr(0, prefix.size()), prefix);
}
// Where `what` begins in `text`, in any case; npos if nowhere.
[[nodiscard]] constexpr std::size_t find_no_case(std::string_view text, std::string_view what) noexcept {
  const auto same = [](char a, char b) { return to_upper(a) == to_upper(b); };
  const auto found = std::search(text.begin(), text.end(), what.begin(), what.end(), same);
  return found == text.end() && !what.empty() ? std::string_view::npos
                                              : static_cast<std::size_t>(found - text.begin());
}
[[nodiscard]] constexpr bool contains_no_case(std::string_view text, std::string_view what) noexcept {
  return find_no_case(text, what) != std::string_view::npos;
}
[[nodiscard]] inline std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_upper);
  return out;
}
[[nodiscard]] inline std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Up to the first blank, behind those at the front.
[[nodiscard]] constexpr std::string_view first_word(std::string_view text) noexcept {
  text = trim(text);
  return text.substr(0, std::min(text.find_first_of(" \t"), text.size()));
}
// The same, taken away from the text.
[[nodiscard]] constexpr std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const std::string_view word = first_word(text);
  text.remove_prefix(word.size());
  return word;
}

}  // namespace smtpscope::ascii
