#pragma once
// Letters, digits and case of ASCII, whatever the locale is.
#include <algorithm>
#include <array>
#include <compare>
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

// A set of octets, made of what says which ones: constexpr OctetSet vowels([](char c) { ... });
class OctetSet {
 public:
  explicit consteval OctetSet(bool (*is_in)(char)) {
    for (std::size_t octet = 0; octet < has_.size(); ++octet)
      has_[octet] = is_in(static_cast<char>(octet));
  }
  [[nodiscard]] constexpr bool has(char c) const noexcept {
    return has_[static_cast<unsigned char>(c)];
  }
  [[nodiscard]] constexpr bool has_all(std::string_view text) const noexcept {
    return std::ranges::all_of(text, [this](char c) { return has(c); });
  }
  [[nodiscard]] constexpr bool has_any(std::string_view text) const noexcept {
    return std::ranges::any_of(text, [this](char c) { return has(c); });
  }

 private:
  std::array<bool, 256> has_{};
};

[[nodiscard]] constexpr bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return to_upper(x) == to_upper(y); });
}
// As if both were in small letters.
[[nodiscard]] constexpr std::strong_ordering compare_no_case(std::string_view a,
                                                             std::string_view b) noexcept {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(),
      [](char x, char y) { return to_lower(x) <=> to_lower(y); });
}
[[nodiscard]] constexpr bool starts_no_case(std::string_view text,
                                            std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && equal_no_case(text.substr(0, prefix.size()), prefix);
}
// Where `what` begins in `text`, in any case; npos if nowhere.
[[nodiscard]] constexpr std::size_t find_no_case(std::string_view text,
                                                 std::string_view what) noexcept {
  if (what.empty()) return 0;
  const char first = to_lower(what.front());
  for (std::size_t at = 0; at + what.size() <= text.size(); ++at) {
    if (to_lower(text[at]) == first && equal_no_case(text.substr(at, what.size()), what)) return at;
  }
  return std::string_view::npos;
}
[[nodiscard]] constexpr bool contains_no_case(std::string_view text,
                                              std::string_view what) noexcept {
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

// Up to the first blank; all of it if there is none.
[[nodiscard]] constexpr std::string_view until_blank(std::string_view text) noexcept {
  return text.substr(0,
                     static_cast<std::size_t>(std::ranges::find_if(text, is_blank) - text.begin()));
}
// The same, behind the blanks at the front.
[[nodiscard]] constexpr std::string_view first_word(std::string_view text) noexcept {
  return until_blank(trim(text));
}
// The same, taken away from the text.
[[nodiscard]] constexpr std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const std::string_view word = first_word(text);
  text.remove_prefix(word.size());
  return word;
}

}  // namespace smtpscope::ascii
