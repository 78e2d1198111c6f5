#include "analyzer/session/timing.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <chrono>
#include <string>

using namespace smtpscope;
using namespace std::chrono_literals;

namespace {

const std::string greeted = "connect\nS: 220 mx.example.com ESMTP\n";
const std::string hello = greeted + "C: EHLO client.example.net\nS: 250 mx.example.com\n";
const std::string in_data =
    hello +
    "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go\n";
const std::string quit = "C: QUIT\nS: 221 Bye\nclose\n";

}  // namespace

TEST_CASE("the slowest step of a session, and the limit for it") {
  struct Row {
    const char* name;
    std::string script;
    session::Step step;
    std::size_t exchange;
    Nanoseconds span;
    std::string_view reference;
  };
  using session::Step;
  const Row row = GENERATE(values<Row>({
      {"the connection", "syn\nwait 3s\nsyn\nanswer\nS: 220 mx\n" + quit, Step::connect,
       session::no_exchange, 3020ms, ""},
      {"the greeting", "connect\nwait 4s\nS: 220 mx\n" + quit, Step::reply, 0, 4s,
       "RFC 5321, 4.5.3.2.1"},
      {"EHLO, which the RFC does not name", greeted + "C: EHLO c\nwait 2s\nS: 250 mx\n" + quit,
       Step::reply, 1, 2s, ""},
      {"a recipient",
       hello + "C: MAIL FROM:<>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nwait 9s\nS: 250 Ok\n" +
           quit,
       Step::reply, 3, 9s, "RFC 5321, 4.5.3.2.3"},
      {"the end of the message", in_data + "C: text\nC: .\nwait 11s\nS: 250 Ok\n" + quit,
       Step::reply, 5, 11s, "RFC 5321, 4.5.3.2.6"},
      {"the message itself", in_data + "C: text\nwait 5s\nC: more\nC: .\nS: 250 Ok\n" + quit,
       Step::message, 5, 5010ms, ""},
      {"the client, before its next command", hello + "wait 7s\nC: NOOP\nS: 250 Ok\n" + quit,
       Step::command, 2, 7s, "RFC 5321, 4.5.3.2.7"},
      {"the client, before the message", in_data + "wait 8s\nC: text\nC: .\nS: 250 Ok\n" + quit,
       Step::command, 5, 8s, "RFC 5321, 4.5.3.2.7"},
      {"sent ahead: from the reply before",
       hello + "C: NOOP\\r\\nVRFY x\nwait 3s\nS: 250 Ok\nwait 2s\nS: 252 x\n" + quit, Step::reply,
       2, 3s, ""},
      {"not up to a packet behind which the clock jumps",
       hello + "wait 60s\nC: NOOP\nback 30s\nS: 250 Ok\nwait 2s\nC: QUIT\nS: 221 Bye\n"
               "close\n",
       Step::command, 3, 2s, "RFC 5321, 4.5.3.2.7"},
      {"not around a gap",
       greeted + "drop\nC: EHLO c\nwait 9s\nS: 250 mx\nC: NOOP\nS: 250 Ok\nwait 1s\n" + quit,
       Step::command, 3, 1s, "RFC 5321, 4.5.3.2.7"},
  }));
  DYNAMIC_SECTION(row.name) {
    const session::Session session = test::session_of(row.script);
    const auto slowest = session::slowest_step(session);
    REQUIRE(slowest);
    CHECK(slowest->step == row.step);
    CHECK(slowest->exchange == row.exchange);
    CHECK(slowest->span == row.span);
    CHECK((slowest->limit ? slowest->limit->reference : std::string_view()) == row.reference);
  }
}

TEST_CASE("the round trip is no time of the server") {
  // 10 ms from SYN to SYN-ACK and as much to the ACK.
  const session::Session session =
      test::session_of(greeted + "C: EHLO c\nwait 2s\nS: 250 mx\n" + quit);
  const auto wait = session::reply_wait(session, 1);
  REQUIRE(wait);
  CHECK(wait->span == 2s);
  CHECK(session::own_time(session, *wait) == 1980ms);
}

TEST_CASE("the limits of RFC 5321, 4.5.3.2") {
  const auto limit_of = [](const std::string& command) {
    return session::limit_of_reply(
               test::session_of(greeted + "C: " + command + "\n" + "S: 250 Ok\n").exchanges[1])
        .limit;
  };
  CHECK(session::limit_of_reply(test::session_of(greeted).exchanges[0]).limit == 5min);
  CHECK(limit_of("MAIL FROM:<>") == 5min);
  CHECK(limit_of("RCPT TO:<bob@example.com>") == 5min);
  CHECK(limit_of("DATA") == 2min);
  CHECK(limit_of("BDAT 3\\r\\nabc\\") == 3min);
  CHECK(limit_of("BDAT 3 LAST\\r\\nabc\\") == 10min);
  CHECK(limit_of("NOOP") == 5min);
  CHECK(session::limit_of_client().limit == 5min);
  const auto whole = test::session_of(in_data + "C: text\nC: .\nS: 250 Ok\n" + quit);
  CHECK(session::limit_of_reply(whole.exchanges[5]).limit == 10min);
}

TEST_CASE("no step is measured where nothing was said") {
  CHECK_FALSE(session::slowest_step(test::session_of("syn\nwait 1s\nsyn\n")));
  CHECK_FALSE(session::slowest_step(test::session_of("midstream\nC: EHLO c\n")));
}
