#include "analyzer/delivery/explanation.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>

namespace smtpscope::delivery {
namespace {

// "userunknown sender for-good"
std::string summary_of(const Explanation& told) {
  std::string summary = told.why.reason.empty() ? std::string("-") : std::string(told.why.reason);
  summary += ' ' + std::string(to_string(told.fault));
  if (told.permanent) summary += *told.permanent ? " for-good" : " for-now";
  return summary;
}

}  // namespace

TEST_CASE("what one reply says") {
  struct Row {
    const char* name;
    std::string_view reply;
    Asked asked;
    std::string_view summary;
    std::string_view text;
    std::string_view advice;
  };
  using enum Asked;
  const auto row = GENERATE(values<Row>({
      {"a recipient", "550 5.1.1 <bob@example.com>: User unknown", recipient,
       "userunknown sender for-good",
       "The server refused the recipient bob@example.com for good. The mailbox does not exist.",
       "Check the spelling of bob@example.com, and take it off any list that has it."},
      {"without an address", "550 5.1.1 User unknown", recipient, "userunknown sender for-good",
       "The server refused the recipient for good. The mailbox does not exist.",
       "Check the spelling of the recipient, and take it off any list that has it."},
      {"nobody says what was asked", "550 5.1.1 <bob@example.com>: User unknown", unknown,
       "userunknown sender for-good",
       "The server refused the mail to bob@example.com for good. The mailbox does not exist.",
       "Check the spelling of bob@example.com, and take it off any list that has it."},
      {"for now", "452 4.2.2 <bob@example.com> over quota", recipient,
       "mailboxfull recipient for-now",
       "The server refused the recipient bob@example.com for now. The mailbox is full.",
       "The client will try again by itself. The owner of bob@example.com has to make room; then "
       "send again."},
      {"a block list",
       "554 5.7.1 Client host [192.0.2.10] blocked using bl.example.net; see "
       "https://bl.example.net/q",
       connection, "blocked sender for-good",
       "The server refused the connection for good. The client's address or host name was the "
       "reason.",
       "Look 192.0.2.10 up at bl.example.net and ask for removal there, or send through your "
       "provider's relay. "
       "The server tells more at https://bl.example.net/q."},
      {"a sender", "553 5.1.8 <alice@example.org> domain does not exist", sender,
       "rejected sender for-good",
       "The server refused the sender alice@example.org for good. The sender's address was the "
       "reason.",
       "Check that alice@example.org exists, that its domain has MX or address records, and that "
       "the client may use it."},
      {"success", "250 2.1.5 Ok", recipient, "- none",
       "The server agreed, and nothing was refused.", ""},
      {"nothing", "", unknown, "undefined unknown", "There is no reply: neither a code nor words.",
       ""},
  }));
  DYNAMIC_SECTION(row.name) {
    Classifying classifying;
    Explainer explainer(classifying);
    for (int again = 0; again < 2; ++again) {  // from what is remembered, too
      const Explanation& told = explainer.explain(row.reply, row.asked);
      CHECK(summary_of(told) == row.summary);
      CHECK(told.text == row.text);
      CHECK(told.advice == row.advice);
    }
  }
}

TEST_CASE("what says nothing is told in its own words") {
  Classifying classifying;
  Explainer explainer(classifying);
  const Explanation& told = explainer.explain("450 Wibble", Asked::recipient);
  CHECK(told.why.reason == "undefined");
  CHECK(told.text.find(": \"wibble\".") != std::string::npos);
}

TEST_CASE("what is told has no place left to fill, and is no longer than what is quoted allows") {
  Classifying classifying;
  Explainer explainer(classifying);
  for (const ReplyRule& rule : built_in_rules().rules) {
    for (std::size_t asked = 0; asked < asked_count; ++asked) {
      const Explanation& told = explainer.explain(rule.example, static_cast<Asked>(asked));
      INFO(rule.example << '\n' << told.text << '\n' << told.advice);
      CHECK((told.text + told.advice).find_first_of("{}") == std::string::npos);
      CHECK(told.text.ends_with('.'));
      CHECK((told.advice.empty() || told.advice.ends_with('.')));
    }
  }
  const std::string long_one =
      "550 5.1.1 <" + std::string(5000, 'a') + "@example.com> http://" + std::string(5000, 'b');
  const Explanation& told = explainer.explain(long_one, Asked::recipient);
  CHECK(told.text.size() + told.advice.size() < 1000);
}

}  // namespace smtpscope::delivery
