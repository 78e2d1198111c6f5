#include "analyzer/findings/greylisting.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace smtpscope::findings {
namespace {

using namespace std::string_view_literals;
using smtp::Exchange;
using smtp::Reply;
using smtp::Verb;

template <typename Words>
bool has_one_of(std::string_view text, const Words& words) noexcept {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != text.npos; });
}

// All words in small letters, but for the enhanced code and addresses, which may be of anything; of
// a long reply the beginning.
std::string text_of(const Reply& reply) {
  constexpr std::size_t octets_max = 512;
  std::string text;
  for (std::string_view line : reply.text) {
    if (reply.enhanced && smtp::parse_enhanced(line)) (void)ascii::take_word(line);
    while (!line.empty() && text.size() < octets_max) {
      const std::string_view word = ascii::take_word(line);
      if (word.find('@') != word.npos) continue;
      if (!text.empty()) text += ' ';
      text += word.substr(0, octets_max);
    }
  }
  std::ranges::transform(text, text.begin(), ascii::to_lower);
  return text;
}

// "greylisted", but neither "not greylisted" nor "greylisting server not available".
bool says_greylisted(std::string_view text) noexcept {
  constexpr std::array names = {"greylist"sv,  "graylist"sv,  "grey-list"sv,
                                "gray-list"sv, "grey list"sv, "gray list"sv};
  constexpr std::array troubles = {"unavailable"sv, "not available"sv, "error"sv,   "fail"sv,
                                   "timeout"sv,     "timed out"sv,     "problem"sv, "cannot"sv};
  constexpr std::size_t near = 40;
  return std::ranges::any_of(names, [&](std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == text.npos || text.substr(0, at).ends_with("not ")) return false;
    return !has_one_of(text.substr(at + name.size(), near), troubles);
  });
}

bool has_duration_at(std::string_view text) noexcept {
  while (!text.empty() && ascii::is_blank(text.front())) text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && (ascii::is_digit(text[digits]) || text[digits] == ':')) ++digits;
  if (digits == 0) return false;
  if (text.substr(0, digits).find(':') != text.npos) return true;  // 00:05:00
  text.remove_prefix(digits);
  while (!text.empty() && ascii::is_blank(text.front())) text.remove_prefix(1);
  constexpr std::array units = {"s "sv, "sec"sv, "min"sv, "hour"sv};
  return text == "s" || text == "s." ||
         std::ranges::any_of(units, [&](auto unit) { return text.starts_with(unit); });
}

// "in 5 minutes", "after 300 seconds", "in 00:05:00".
bool names_a_time(std::string_view text) noexcept {
  constexpr std::array words = {" in "sv, " after "sv};
  return std::ranges::any_of(words, [&](std::string_view word) {
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
      if (has_duration_at(text.substr(at + word.size()))) return true;
    }
    return false;
  });
}

constexpr std::array invitations = {"try again"sv,  "try later"sv, "come back"sv,
                                    "come again"sv, "retry"sv,     "please wait"sv};
constexpr std::array other_causes = {
    "limit"sv,     "rate"sv,    "too m"sv,       "too f"sv,   "exceed"sv,     "quota"sv,
    "busy"sv,      "load"sv,    "full"sv,        "space"sv,   "resource"sv,   "connect"sv,
    "avail"sv,     "error"sv,   "fail"sv,        "dns"sv,     "lookup"sv,     "resol"sv,
    "verif"sv,     "timeout"sv, "timed"sv,       "tls"sv,     "reputation"sv, "block"sv,
    "blacklist"sv, "spam"sv,    "maintenance"sv, "mailbox"sv, "domain"sv,     "spf"sv,
    "dkim"sv,      "dmarc"sv,   "hostname"sv,    "helo"sv,    "suspicious"sv, "throttl"sv,
    "virus"sv,     "user"sv,    "auth"sv};

// What stands behind "Recipient address rejected: ", which Postfix puts before each reason.
std::string_view reason_in(std::string_view text) noexcept {
  constexpr std::string_view rejected = "recipient address rejected: ";
  return text.starts_with(rejected) ? text.substr(rejected.size()) : text;
}

bool is_bare_invitation(std::string_view text) noexcept {
  constexpr std::array whole = {"try again later"sv, "try later"sv, "come back later"sv,
                                "try again"sv};
  if (text.starts_with("please ")) text.remove_prefix(7);
  while (!text.empty() && (text.back() == '.' || ascii::is_blank(text.back())))
    text.remove_suffix(1);
  return std::ranges::find(whole, text) != whole.end();
}

// greylistd's own words, a time to come again at, or nothing but the wish to.
bool is_likely(const Reply& reply, std::string_view text) noexcept {
  if (reply.code != 450 && reply.code != 451) return false;
  if (text.find("not yet authorized to deliver") != text.npos) return true;
  const bool policy = reply.enhanced && reply.enhanced->subject == 7 && reply.enhanced->detail <= 1;
  const bool says_nothing_else =
      !reply.enhanced || policy || (reply.enhanced->subject == 2 && reply.enhanced->detail == 0);
  const std::string_view said = reason_in(text);
  if (policy && reply.enhanced->detail == 1 && is_bare_invitation(said)) return true;
  return says_nothing_else && has_one_of(said, invitations) && names_a_time(said) &&
         !has_one_of(said, other_causes);
}

}  // namespace

Greylisting greylisting_of(const Exchange& exchange, const Reply& reply) {
  if (reply.first_digit() != 4) return Greylisting::none;
  const bool of_message = smtp::ends_message(exchange) || smtp::has_verb(exchange, Verb::data);
  const bool of_recipient = smtp::has_verb(exchange, Verb::rcpt);
  if (!of_message && !of_recipient && !smtp::has_verb(exchange, Verb::mail))
    return Greylisting::none;
  const std::string text = text_of(reply);
  if (says_greylisted(text)) return Greylisting::said;
  return of_recipient && is_likely(reply, text) ? Greylisting::likely : Greylisting::none;
}

}  // namespace smtpscope::findings
