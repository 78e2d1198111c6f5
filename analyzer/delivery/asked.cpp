#include "analyzer/delivery/asked.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using smtp::Answered;
using smtp::Verb;

struct Row {
  std::string_view word;
  Asked asked;
};
constexpr auto rows = std::to_array<Row>({{"CONN", Asked::connection},
                                          {"EHLO", Asked::hello},
                                          {"STARTTLS", Asked::starttls},
                                          {"AUTH", Asked::login},
                                          {"MAIL", Asked::sender},
                                          {"RCPT", Asked::recipient},
                                          {"DATA", Asked::data},
                                          {"EOM", Asked::message},
                                          {"OTHER", Asked::other},
                                          {"?", Asked::unknown}});
static_assert(rows.size() == asked_count);

}  // namespace

Asked asked_by(Answered answered, Verb verb) noexcept {
  using enum Asked;
  if (answered == Answered::greeting) return connection;
  if (answered == Answered::end_of_data) return message;
  switch (verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      return hello;
    case Verb::starttls:
    case Verb::x_anonymoustls:
      return starttls;
    case Verb::auth:
    case Verb::x_exps:
      return login;
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return sender;
    case Verb::rcpt:
      return recipient;
    case Verb::data:
      return data;
    case Verb::bdat:
    case Verb::burl:
    case Verb::xexch50:
      return message;
    case Verb::unknown:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::xclient:
    case Verb::xforward:
      break;
  }
  return other;
}

std::string_view word_of(Asked asked) noexcept {
  return std::ranges::find(rows, asked, &Row::asked)->word;
}

std::optional<Asked> find_asked(std::string_view word) noexcept {
  const auto* const row = std::ranges::find(rows, word, &Row::word);
  return row == rows.end() ? std::nullopt : std::optional(row->asked);
}

Asked asked_of(std::string_view word) noexcept {
  const auto* const row = std::ranges::find_if(
      rows, [&](const Row& each) { return ascii::equal_no_case(each.word, word); });
  if (row != rows.end()) return row->asked;
  if (word == ".") return Asked::message;
  const Verb verb = smtp::find_verb(word);
  return verb == Verb::unknown ? Asked::unknown : asked_by(Answered::command, verb);
}

}  // namespace smtpscope::delivery
