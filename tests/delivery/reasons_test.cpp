#include "analyzer/delivery/reasons.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace smtpscope::delivery {
namespace {

using smtp::Answered;
using smtp::Verb;

// One line, without its end.
smtp::Reply reply_of(std::string_view text) {
  smtp::ReplyReader reader;
  smtp::Line line;
  line.text = text;
  auto reply = reader.take(line);
  REQUIRE(reply.has_value());
  return std::move(*reply);
}

std::pair<Answered, Verb> asked_by(Refused refused) {
  switch (refused) {
    case Refused::connection:
      return {Answered::greeting, Verb::unknown};
    case Refused::hello:
      return {Answered::command, Verb::ehlo};
    case Refused::starttls:
      return {Answered::command, Verb::starttls};
    case Refused::login:
      return {Answered::command, Verb::auth};
    case Refused::sender:
      return {Answered::command, Verb::mail};
    case Refused::recipient:
      return {Answered::command, Verb::rcpt};
    case Refused::message:
      return {Answered::end_of_data, Verb::unknown};
    case Refused::other:
      return {Answered::command, Verb::noop};
  }
  return {Answered::command, Verb::unknown};
}

// Of "anything" what the row is mostly for: a recipient. Of others the lowest bit.
Refused context_of(const ReplyReason& row) {
  if (row.refused == 255) return Refused::recipient;
  return static_cast<Refused>(row.refused & -row.refused);
}

}  // namespace

TEST_CASE("each row of the table decides its own example") {
  std::size_t number = 0;
  for (const ReplyReason& row : reply_reasons()) {
    INFO("row " << number++ << ": " << row.example);
    const smtp::Reply reply = reply_of(row.example);
    const auto [answered, verb] = asked_by(context_of(row));
    REQUIRE(refused_by(answered, verb) == context_of(row));
    CHECK(reason_of(answered, verb, reply) == row.reason);
    CHECK(find_reason(row.reason) != nullptr);
  }
}

TEST_CASE("each reason is told whole, and once") {
  std::set<std::string_view> names;
  for (const ReasonInfo& row : reasons()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(find_reason(row.name) == &row);
    CHECK(row.meaning.ends_with('.'));
    CHECK(row.advice.ends_with('.'));
  }
  CHECK(names.size() == 47);
  CHECK(find_reason("") == nullptr);
  CHECK(find_reason("toomanyconn") == nullptr);
}

TEST_CASE("the same code says different things to different commands") {
  struct Row {
    const char* name;
    Answered answered;
    Verb verb;
    std::string_view reply;
    Reason reason;
  };
  const auto row = GENERATE(values<Row>({
      {"550 to RCPT", Answered::command, Verb::rcpt, "550 no", "userunknown"},
      {"550 to MAIL", Answered::command, Verb::mail, "550 no", "rejected"},
      {"550 to EHLO", Answered::command, Verb::ehlo, "550 no", "blocked"},
      {"550 to the message", Answered::end_of_data, Verb::unknown, "550 no", "policyviolation"},
      {"552 to RCPT", Answered::command, Verb::rcpt, "552 no", "mailboxfull"},
      {"552 to BDAT", Answered::command, Verb::bdat, "552 no", "emailtoolarge"},
      {"454 to STARTTLS", Answered::command, Verb::starttls, "454 no", "failedstarttls"},
      {"454 to AUTH", Answered::command, Verb::auth, "454 4.7.0 no", "securityerror"},
      {"5.7.1 in the greeting", Answered::greeting, Verb::unknown, "554 5.7.1 no", "blocked"},
      {"5.7.1 to MAIL", Answered::command, Verb::mail, "554 5.7.1 no", "rejected"},
      {"5.7.1 to the message", Answered::end_of_data, Verb::unknown, "554 5.7.1 no",
       "policyviolation"},
      {"relay in the text", Answered::command, Verb::rcpt,
       "550 5.7.1 Unable to relay for bob@example.com", "norelaying"},
      {"relay to MAIL is something else", Answered::command, Verb::mail, "550 5.7.1 an open relay",
       "rejected"},
      {"the text is read in any case", Answered::end_of_data, Verb::unknown, "554 5.7.1 SPAM",
       "spamdetected"},
      {"the enhanced code goes before the code", Answered::command, Verb::rcpt, "550 5.2.2 no",
       "mailboxfull"},
      {"greylisting is never for good", Answered::command, Verb::rcpt,
       "550 5.7.1 greylisted for ever", "policyviolation"},
      {"a deferral that says nothing", Answered::command, Verb::rcpt, "450 not now", "undefined"},
      {"a success has no reason", Answered::command, Verb::rcpt, "250 Ok", ""},
      {"354 has none either", Answered::command, Verb::data, "354 go on", ""},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(reason_of(row.answered, row.verb, reply_of(row.reply)) == row.reason);
  }
}

}  // namespace smtpscope::delivery
