#include "dissectors/smtp/capability.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace smtpscope::smtp {
namespace {

bool is_keyword(std::string_view word) noexcept {
  return !word.empty() && ascii::is_alnum(word.front()) && std::ranges::all_of(word, [](char c) {
    return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
  });
}

std::optional<std::uint64_t> number(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

Capability parse_capability(std::string_view line) {
  Capability capability;
  std::string_view rest = ascii::trim(line);
  capability.line = rest;
  std::string_view keyword = ascii::take_word(rest);
  if (ascii::starts_no_case(keyword, "AUTH=")) {
    if (keyword.size() > 5) capability.values.emplace_back(keyword.substr(5));
    keyword = keyword.substr(0, 4);
  }
  capability.keyword = ascii::upper(keyword);
  capability.well_formed = is_keyword(keyword);
  while (!ascii::trim(rest).empty()) capability.values.emplace_back(ascii::take_word(rest));
  return capability;
}

std::vector<Capability> capabilities_of(const Reply& hello) {
  std::vector<Capability> offered;
  offered.reserve(hello.text.size());
  for (std::size_t line = 1; line < hello.text.size(); ++line)
    offered.push_back(parse_capability(hello.text[line]));
  return offered;
}

const Capability* find_capability(const std::vector<Capability>& offered,
                                  std::string_view keyword) noexcept {
  const auto found = std::ranges::find_if(
      offered, [&](const Capability& one) { return ascii::equal_no_case(one.keyword, keyword); });
  return found == offered.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> size_limit(const std::vector<Capability>& offered) noexcept {
  const Capability* const size = find_capability(offered, "SIZE");
  if (size == nullptr || size->values.empty()) return std::nullopt;
  const auto octets = number(size->values.front());
  return octets && *octets > 0 ? octets : std::nullopt;
}

std::optional<std::uint64_t> limit_of(const std::vector<Capability>& offered,
                                      std::string_view name) noexcept {
  const Capability* const limits = find_capability(offered, "LIMITS");
  if (limits == nullptr) return std::nullopt;
  for (const std::string& value : limits->values) {
    if (ascii::starts_no_case(value, name) && value.size() > name.size() &&
        value[name.size()] == '=') {
      return number(std::string_view(value).substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

bool offers_mechanism(const std::vector<Capability>& offered, std::string_view mechanism) noexcept {
  return std::ranges::any_of(offered, [&](const Capability& one) {
    return one.keyword == "AUTH" && std::ranges::any_of(one.values, [&](const std::string& value) {
             return ascii::equal_no_case(value, mechanism);
           });
  });
}

}  // namespace smtpscope::smtp
