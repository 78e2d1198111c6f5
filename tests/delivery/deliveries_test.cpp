// Deliveries: what ties sessions together, and what does not.
#include "analyzer/delivery/deliveries.hpp"

#include "analyzer/findings/finding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;
using DeliveryEnd = delivery::End;
using delivery::StepKind;

namespace {

void add(delivery::Deliveries& deliveries, const session::Session& session) {
  deliveries.add(session, delivery::weigh(session, findings::judge(session)),
                 [](std::string_view text) { return std::string(text); });
}

// Those that are over, and what is counted of the rest.
struct Followed {
  std::vector<delivery::Delivery> all;
  std::uint64_t failed_connections = 0, told_early = 0;
};

// Sessions are over one by one; at each, `seen` is asked how it stands.
Followed deliveries_of(
    const std::string& script, const delivery::DeliveriesLimits& limits = {},
    const std::function<void(const delivery::Deliveries&)>& seen = [](const auto&) {}) {
  delivery::Deliveries deliveries(limits);
  Followed followed;
  const auto take = [&] {
    while (auto delivery = deliveries.next()) followed.all.push_back(std::move(*delivery));
    seen(deliveries);
  };
  std::uint64_t id = 0;
  for (session::Session& session : test::sessions_of(script)) {
    session.id = ++id;
    add(deliveries, session);
    take();
  }
  deliveries.finish();
  take();
  followed.failed_connections = deliveries.failed_connections();
  followed.told_early = deliveries.told_early();
  return followed;
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

std::string deferred(const std::string& recipient) {
  return hello() + mail + recipient + "S: 451 4.3.0 later\n" + bye;
}
// By the server of delivered("server=198.51.100.1:25", id).
std::string bounce(const std::string& id) {
  const std::string report =
      "C: DATA\nS: 354 go\nC: Content-Type: multipart/report; boundary=x\\r\\n\\r\\n--x\\r\\nContent-Type: message/delivery-status\\r\\n"
      "\\r\\nReporting-MTA: dns; relay.example.net\\r\\n\\r\\nFinal-Recipient: rfc822; bob@example.com\\r\\nAction: failed\\r\\n"
      "Status: 5.1.1\\r\\nDiagnostic-Code: smtp; 550 5.1.1 no such user\\r\\n\\r\\n--x\\r\\nContent-Type: message/rfc822\\r\\n\\r\\n"
      "Message-ID: <" +
      id + ">\\r\\n\\r\\nHello\\r\\n--x--\\r\\n.\nS: 250 ok\n";
  return hello("client=198.51.100.1:50000 server=192.0.2.10:25") +
         "C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<alice@example.net>\nS: 250 ok\n" + report + bye;
}

}  // namespace

TEST_CASE("greylisted, and taken when it comes again: one delivery") {
  const auto found = deliveries_of(hello() + mail + to_bob +
                                   "S: 450 4.2.0 <bob@example.com>: Greylisted for 5 seconds\n" +
                                   bye + "wait 6s\n" + delivered("", "1@example.net"));
  REQUIRE(found.all.size() == 1);
  const delivery::Delivery& only = found.all.front();
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
  REQUIRE(found.all.size() == 1);
  CHECK(kinds_of(found.all.front()) == "connection first");
  CHECK(found.all.front().steps[0].reason == "connection-refused");
  CHECK(found.failed_connections == 0);
}

TEST_CASE("a connection of another client, or long before, belongs to nobody") {
  for (const char* failed : {"refuse client=192.0.2.99:40000\n", "refuse\nwait 20min\n"}) {
    INFO(failed);
    const auto found =
        deliveries_of(failed + delivered("client=192.0.2.10:41000", "1@example.net"));
    REQUIRE(found.all.size() == 1);
    CHECK(kinds_of(found.all.front()) == "first");
    CHECK(found.failed_connections == 1);
  }
}

TEST_CASE("in on one connection, out on another") {
  const auto found = deliveries_of(delivered("server=198.51.100.1:25", "1@example.net") +
                                   delivered("client=198.51.100.1:40000 server=203.0.113.25:25",
                                             "1@example.net", "250 ok id=1a"));
  REQUIRE(found.all.size() == 1);
  CHECK(kinds_of(found.all.front()) == "first next-hop");
}

TEST_CASE("taken twice, after the reply was lost or without need") {
  const auto twice = deliveries_of(delivered("", "1@example.net") + "wait 1min\n" +
                                   delivered("", "1@example.net", "250 ok id=2b"));
  REQUIRE(twice.all.size() == 1);
  CHECK(kinds_of(twice.all.front()) == "first duplicate");
}

TEST_CASE("two mails of one sender to one recipient stay two") {
  const auto found = deliveries_of(delivered("", "1@example.net") + delivered("", "2@example.net"));
  CHECK(found.all.size() == 2);
}

TEST_CASE("a bounce that names the message ends its delivery") {
  const auto found =
      deliveries_of(delivered("server=198.51.100.1:25", "1@example.net") + bounce("1@example.net"));
  REQUIRE(found.all.size() == 2);
  CHECK(kinds_of(found.all[0]) == "first bounce");
  CHECK(found.all[0].end() == DeliveryEnd::bounced);
  CHECK(found.all[0].steps[1].reply == "550 5.1.1 no such user");
  CHECK(found.all[0].attempts() == 1);
  CHECK(found.all[1].sender.empty());
}

TEST_CASE("some recipients taken, one refused: a delivery each") {
  const auto found = deliveries_of(
      hello() + mail + to_bob +
      "S: 250 2.1.5 Ok\nC: RCPT TO:<nouser@example.com>\nS: 550 5.1.1 no such user\n" +
      message("1@example.net", "250 2.0.0 Ok: queued as 4F7A") + bye);
  REQUIRE(found.all.size() == 2);
  CHECK(found.all[0].end() == DeliveryEnd::delivered);
  CHECK(found.all[1].end() == DeliveryEnd::refused);
  CHECK(found.all[1].steps[0].reason == "userunknown");
}

TEST_CASE("of many steps the first and the last are kept, and all are counted") {
  std::string script;
  for (int i = 0; i < 4; ++i) script += (i == 0 ? "" : "wait 1min\n") + deferred(to_bob);
  const auto found = deliveries_of(script, {.steps = 2});
  REQUIRE(found.all.size() == 1);
  CHECK(found.all.front().steps.size() == 2);
  CHECK(found.all.front().attempts() == 4);
}

TEST_CASE("more deliveries than are followed: the first is told, and a later try stands apart") {
  const std::string to_carol = "C: RCPT TO:<carol@example.com>\n";
  const std::string script = deferred(to_bob) + deferred(to_carol) + "wait 1min\n" +
                             deferred(to_bob) + "wait 1min\n" + deferred(to_carol);
  const auto all = deliveries_of(script);
  REQUIRE(all.all.size() == 2);
  CHECK(kinds_of(all.all[0]) == "first retry");
  CHECK(kinds_of(all.all[1]) == "first retry");
  CHECK(all.told_early == 0);

  const auto found = deliveries_of(
      script, {.deliveries = 1}, [](const auto& deliveries) { CHECK(deliveries.octets() < 4096); });
  REQUIRE(found.all.size() == 4);  // nothing is lost
  std::uint64_t id = 0;
  for (const delivery::Delivery& each : found.all) {
    CHECK(each.id == ++id);
    CHECK(kinds_of(each) == "first");
  }
  CHECK(found.told_early == 3);  // of the last one nothing was expected any more
}

TEST_CASE("deliveries hold no more than they are allowed to") {
  std::string script;
  for (int i = 0; i < 50; ++i) script += delivered("", std::to_string(i) + "@example.net");
  constexpr std::size_t octets = 16 * 1024;
  std::size_t most = 0;
  const auto found = deliveries_of(script, {.octets = octets}, [&most](const auto& deliveries) {
    most = std::max(most, deliveries.octets());
  });
  CHECK(found.all.size() == 50);
  CHECK(found.told_early == 0);  // they were all delivered
  CHECK(most <= octets);
  CHECK(most > octets / 2);
}

TEST_CASE("of one sender to one recipient the latest may go on") {
  std::string script;
  for (int i = 0; i < 3; ++i)
    script += delivered("", std::to_string(i) + "@example.net", "451 4.3.0 later");
  script += "wait 1min\n" + delivered("", "2@example.net") + delivered("", "0@example.net");
  CHECK(deliveries_of(script).all.size() == 3);
  CHECK(deliveries_of(script, {.of_a_pair = 2}).all.size() == 4);
}

TEST_CASE("another capture: no mail of it goes on from the one before") {
  delivery::Deliveries deliveries;
  for (int capture = 0; capture < 2; ++capture) {
    for (const session::Session& session : test::sessions_of("refuse\n" + deferred(to_bob)))
      add(deliveries, session);
    CHECK_FALSE(deliveries.next());
    deliveries.finish();
    const auto told = deliveries.next();
    REQUIRE(told);
    CHECK(kinds_of(*told) == "connection first");
    CHECK_FALSE(deliveries.next());
  }
  CHECK(deliveries.octets() == 0);
  CHECK(deliveries.failed_connections() == 0);
}

TEST_CASE("a delivery is told when mail is not tried for any more, without waiting for the end") {
  delivery::Deliveries deliveries;
  std::vector<std::size_t> told;
  const std::string script =
      deferred(to_bob) + "wait 3000min\n" + deferred(to_bob) + "wait 9000min\n" + deferred(to_bob);
  for (const session::Session& session : test::sessions_of(script)) {
    add(deliveries, session);
    while (const auto delivery = deliveries.next()) told.push_back(delivery->steps.size());
  }
  CHECK(told == std::vector<std::size_t>{2});
  CHECK(deliveries.told_early() == 0);
}

TEST_CASE("a bounce after more than the days that mail is tried for is of another mail") {
  const auto bounced_after = [](const std::string& wait) {
    return deliveries_of(delivered("server=198.51.100.1:25", "1@example.net") + wait +
                         bounce("1@example.net"))
        .all.front();
  };
  CHECK(bounced_after("wait 3000min\n").end() == DeliveryEnd::bounced);
  CHECK(bounced_after("wait 9000min\n").end() == DeliveryEnd::delivered);
}
