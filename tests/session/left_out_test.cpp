#include "analyzer/session/left_out.hpp"
#include "analyzer/session/timing.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace smtpscope::session {
namespace {

const std::string opening =
    "connect\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\nS: 250 mx.example.com\n";
const std::string closing = "C: QUIT\nS: 221 bye\nclose\n";

std::string mail(int number, const std::string& to_rcpt = "250 Ok",
                 const std::string& to_end = "250 Ok") {
  return "C: MAIL FROM:<a" + std::to_string(number) +
         "@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: " + to_rcpt + "\n" +
         (to_rcpt.starts_with('2')
              ? "C: DATA\nS: 354 go on\nC: Subject: test\nC: \nC: text\nC: .\nS: " + to_end + "\n"
              : "C: RSET\nS: 250 Ok\n");
}

std::string mails(int from, int to) {
  std::string script;
  for (int number = from; number < to; ++number) script += mail(number);
  return script;
}

Session kept_of(const std::string& script, std::size_t exchanges) {
  AnalyzerLimits limits;
  limits.session.exchanges = exchanges;
  return test::session_of(script, FileEnd::whole, limits);
}

std::uint64_t messages_left_out(const Session& session) {
  return sum_of(session.left_out).transactions;
}

std::uint64_t exchanges_in_all(const Session& session) {
  return session.exchanges.size() + session.exchanges_dropped + sum_of(session.left_out).exchanges;
}

}  // namespace

TEST_CASE("of a dialogue that is too long accepted messages of its middle are left out") {
  const Session session = kept_of(opening + mails(0, 1000) + closing, 100);
  CHECK(session.exchanges.size() <= 100);
  CHECK(session.exchanges_dropped == 0);
  CHECK(exchanges_in_all(session) == 2 + 4 * 1000 + 1);
  CHECK(messages_left_out(session) + session.transactions.size() == 1000);
  CHECK(sum_of(session.left_out).recipients == messages_left_out(session));
  CHECK(session.limits[static_cast<std::size_t>(Limit::exchanges)] == 1);
  CHECK(session.left_out.size() == 1);  // all in one place
  CHECK(session.transactions.front().sender == "a0@example.org");
  CHECK(session.transactions.back().sender == "a999@example.org");
  CHECK(session.exchanges.back().command->verb == smtp::Verb::quit);
}

TEST_CASE("what went wrong among thousands of messages stays") {
  struct Row {
    const char* name;
    std::string wrong;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"a recipient is refused", mail(-1, "550 5.1.1 no such user")},
      {"the message is refused", mail(-1, "250 Ok", "554 5.7.1 spam")},
      {"the message is deferred", mail(-1, "250 Ok", "452 4.3.1 full")},
      {"a slow reply",
       "C: MAIL FROM:<a-1@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nwait 30s\nS: 250 Ok\nC: DATA\n"
       "S: 354 go on\nC: text\nC: .\nS: 250 Ok\n"},
      {"octets above 127",
       "C: MAIL FROM:<a-1@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: DATA\n"
       "S: 354 go on\nC: caf\xc3\xa9\nC: .\nS: 250 Ok\n"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Session session =
        kept_of(opening + mails(0, 500) + row.wrong + mails(500, 1000) + closing, 100);
    CHECK(messages_left_out(session) > 900);
    CHECK(session.left_out.size() == 2);
    const auto is_wrong = [](const Transaction& transaction) {
      return transaction.sender == "a-1@example.org";
    };
    CHECK(std::ranges::count_if(session.transactions, is_wrong) == 1);
  }
}

TEST_CASE("a wait is not reckoned from before what is left out") {
  std::string script = opening;
  for (int number = 0; number < 400; ++number) script += mail(number) + "wait 2s\n";
  const Session session = kept_of(script + closing, 100);
  REQUIRE(session.left_out.size() == 1);
  const auto wait = command_wait(session, session.left_out.front().before);
  REQUIRE(wait);
  CHECK(wait->span < std::chrono::seconds{3});
}

TEST_CASE("where everything went wrong, what finds no room is counted") {
  std::string script = opening;
  for (int number = 0; number < 300; ++number) script += mail(number, "550 5.1.1 no such user");
  const Session session = kept_of(script + closing, 100);
  CHECK(session.exchanges.size() <= 100);
  CHECK(session.left_out.empty());
  CHECK(exchanges_in_all(session) == 2 + 3 * 300 + 1);
  CHECK(session.exchanges_dropped > 800);
}

TEST_CASE("nothing beside a gap is left out, and gaps keep their places") {
  const std::string lost =
      "C: MAIL FROM:<lost@example.org>\ndrop\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: DATA\n"
      "S: 354 go on\nC: text\nC: .\nS: 250 Ok\n";
  const Session session = kept_of(opening + mails(0, 300) + lost + mails(300, 600) + closing, 200);
  CHECK(messages_left_out(session) > 400);
  REQUIRE(session.gaps.size() == 1);
  const GapFact& gap = session.gaps.front();
  REQUIRE(gap.before < session.exchanges.size());
  const auto& command = session.exchanges[gap.before].command;
  CHECK((command && command->argument.find("lost@") != std::string::npos));
}

}  // namespace smtpscope::session
