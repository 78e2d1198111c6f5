// Deliveries: what ties sessions together, and what does not.
#include "analyzer/delivery/deliveries.hpp"

#include "analyzer/findings/finding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using DeliveryEnd = delivery::End;
using delivery::StepKind;

namespace {

delivery::Deliveries deliveries_of(const std::string& script) {
  delivery::Deliveries deliveries;
  std::uint64_t id = 0;
  for (session::Session& session : test::sessions_of(script)) {
    session.id = ++id;
    deliveries.add(session, delivery::weigh(session, findings::judge(session)),
                   [](std::string_view text) { return std::string(text); });
  }
  return deliveries;
}

std::string kinds_of(const delivery::Delivery& delivery) {
  std::string kinds;
  for (const delivery::Step& step : delivery.steps)
    kinds += std::string(kinds.empty() ? "" : " ") + std::string(to_string(step.kind));
  return kinds;
}

std::string hello(const std::string& where = {}) {
  return "connect " + where +
         "\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\nS: 250 mx.example.com\n";
}
const std::string mail = "C: MAIL FROM:<alice@example.net>\nS: 250 2.1.0 Ok\n";
const std::string to_bob = "C: RCPT TO:<bob@example.com>\n";
const std::string bye = "C: QUIT\nS: 221 2.0.0 Bye\nclose\n";

std::string message(const std::string& id, const std::string& reply) {
  return "C: DATA\nS: 354 go\nC: Subject: Report\\r\\nMessage-ID: <" + id +
         ">\\r\\n\\r\\nHello\\r\\n.\nS: " + reply + "\n";
}
std::string delivered(const std::string& where, const std::string& id,
                      const std::string& reply = "250 2.0.0 Ok: queued as 4F7A") {
  return hello(where) + mail + to_bob + "S: 250 2.1.5 Ok\n" + message(id, reply) + bye;
}

}  // namespace

TEST_CASE("greylisted, and taken when it comes again: one delivery") {
  const auto found = deliveries_of(hello() + mail + to_bob +
                                   "S: 450 4.2.0 <bob@example.com>: Greylisted for 5 seconds\n" +
                                   bye + "wait 6s\n" + delivered("", "1@example.net"));
  REQUIRE(found.all().size() == 1);
  const delivery::Delivery& only = found.all().front();
  CHECK(kinds_of(only) == "first retry");
  CHECK(only.end() == DeliveryEnd::delivered);
  CHECK(only.steps[0].greylisted);
  CHECK(only.steps[0].reason == "greylisted");
  CHECK(only.steps[1].queued_as == "4F7A");
  CHECK(only.message_id == "1@example.net");
  CHECK(only.subject == "Report");
  CHECK(only.attempts() == 2);
  CHECK(to_seconds(only.took()) > 6);
}

TEST_CASE("the first server refuses the connection, the next one takes the mail") {
  const auto found =
      deliveries_of("refuse server=198.51.100.26:25\n" + delivered("", "1@example.net"));
  REQUIRE(found.all().size() == 1);
  CHECK(kinds_of(found.all().front()) == "connection first");
  CHECK(found.all().front().steps[0].reason == "connection-refused");
  CHECK(found.failed_connections() == 0);
}

TEST_CASE("a connection of another client, or long before, belongs to nobody") {
  for (const char* failed : {"refuse client=192.0.2.99:40000\n", "refuse\nwait 20min\n"}) {
    INFO(failed);
    const auto found =
        deliveries_of(failed + delivered("client=192.0.2.10:41000", "1@example.net"));
    REQUIRE(found.all().size() == 1);
    CHECK(kinds_of(found.all().front()) == "first");
    CHECK(found.failed_connections() == 1);
  }
}

TEST_CASE("in on one connection, out on another") {
  const auto found = deliveries_of(delivered("server=198.51.100.1:25", "1@example.net") +
                                   delivered("client=198.51.100.1:40000 server=203.0.113.25:25",
                                             "1@example.net", "250 ok id=1a"));
  REQUIRE(found.all().size() == 1);
  CHECK(kinds_of(found.all().front()) == "first next-hop");
}

TEST_CASE("taken twice, after the reply was lost or without need") {
  const auto twice = deliveries_of(delivered("", "1@example.net") + "wait 1min\n" +
                                   delivered("", "1@example.net", "250 ok id=2b"));
  REQUIRE(twice.all().size() == 1);
  CHECK(kinds_of(twice.all().front()) == "first duplicate");
}

TEST_CASE("two mails of one sender to one recipient stay two") {
  const auto found = deliveries_of(delivered("", "1@example.net") + delivered("", "2@example.net"));
  CHECK(found.all().size() == 2);
}

TEST_CASE("a bounce that names the message ends its delivery") {
  const std::string report =
      "C: DATA\nS: 354 go\nC: Content-Type: multipart/report; boundary=x\\r\\n\\r\\n--x\\r\\nContent-Type: message/delivery-status\\r\\n"
      "\\r\\nReporting-MTA: dns; relay.example.net\\r\\n\\r\\nFinal-Recipient: rfc822; bob@example.com\\r\\nAction: failed\\r\\n"
      "Status: 5.1.1\\r\\nDiagnostic-Code: smtp; 550 5.1.1 no such user\\r\\n\\r\\n--x\\r\\nContent-Type: message/rfc822\\r\\n\\r\\n"
      "Message-ID: <1@example.net>\\r\\n\\r\\nHello\\r\\n--x--\\r\\n.\nS: 250 ok\n";
  const auto found = deliveries_of(
      delivered("server=198.51.100.1:25", "1@example.net") +
      hello("client=198.51.100.1:50000 server=192.0.2.10:25") +
      "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<alice@example.net>\nS: 250 ok\n" + report + bye);
  REQUIRE(found.all().size() == 2);
  CHECK(kinds_of(found.all()[0]) == "first bounce");
  CHECK(found.all()[0].end() == DeliveryEnd::bounced);
  CHECK(found.all()[0].steps[1].reply == "550 5.1.1 no such user");
  CHECK(found.all()[0].attempts() == 1);
  CHECK(found.all()[1].sender.empty());
}

TEST_CASE("some recipients taken, one refused: a delivery each") {
  const auto found = deliveries_of(
      hello() + mail + to_bob +
      "S: 250 2.1.5 Ok\nC: RCPT TO:<nouser@example.com>\nS: 550 5.1.1 no such user\n" +
      message("1@example.net", "250 2.0.0 Ok: queued as 4F7A") + bye);
  REQUIRE(found.all().size() == 2);
  CHECK(found.all()[0].end() == DeliveryEnd::delivered);
  CHECK(found.all()[1].end() == DeliveryEnd::refused);
  CHECK(found.all()[1].steps[0].reason == "userunknown");
}

TEST_CASE("limits of deliveries: how many, and steps of each") {
  delivery::Deliveries deliveries({.deliveries = 1, .steps = 2});
  std::string script;
  for (int i = 0; i < 4; ++i)
    script += hello() + mail + to_bob + "S: 451 4.3.0 later\n" + bye + "wait 1min\n";
  script += hello() + mail + "C: RCPT TO:<carol@example.com>\nS: 550 no\n" + bye;
  for (const session::Session& session : test::sessions_of(script)) {
    deliveries.add(session, delivery::weigh(session, findings::judge(session)),
                   [](std::string_view text) { return std::string(text); });
  }
  REQUIRE(deliveries.all().size() == 1);
  CHECK(deliveries.all().front().steps.size() == 2);
  CHECK(deliveries.all().front().attempts() == 4);
  CHECK(deliveries.left_out() == 1);
}
