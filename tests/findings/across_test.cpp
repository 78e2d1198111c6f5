// What a session shows together with earlier ones of the capture.
#include "analyzer/findings/history.hpp"
#include "tests/findings/judged.hpp"
#include "tests/support/script.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace smtpscope::findings {
namespace {

// The findings of each session of a script, as one capture tells them.
std::vector<std::vector<Finding>> told(std::string_view script) {
  History history;
  std::vector<std::vector<Finding>> all;
  for (const session::Session& session : test::sessions_of(script)) {
    all.push_back(judge(session, history));
    require_promises(session, all.back());
    history.add(session);
  }
  return all;
}

// What one rule says in all sessions, a line each: "2: The message ...".
std::string said(const std::vector<std::vector<Finding>>& sessions, RuleId rule) {
  std::string lines;
  for (std::size_t at = 0; at < sessions.size(); ++at) {
    for (const Finding& finding : sessions[at]) {
      if (finding.rule == rule) lines += std::to_string(at + 1) + ": " + finding.text + '\n';
    }
  }
  return lines;
}

struct Across {
  const char* name;
  std::string script;
  std::string lines;  // all that the rule says; empty: it is quiet
};

void require_across(const Across& row, RuleId rule) {
  DYNAMIC_SECTION(row.name) {
    const std::string lines = said(told(row.script), rule);
    INFO(lines);
    CHECK(lines == row.lines);
  }
}

std::string connect(const std::string& where, const std::string& offer = {}) {
  const std::string answer =
      offer.empty() ? "S: 250 mx.example.com\n" : "S: 250-mx.example.com\\r\\n250 " + offer + "\n";
  return "connect " + where + "\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\n" +
         answer;
}

// With other names than these two.
std::string connect_as(const std::string& client, const std::string& server,
                       const std::string& where) {
  return "connect " + where + "\nS: 220 " + server + " ESMTP\nC: EHLO " + client + "\nS: 250 " +
         server + "\n";
}

// A message in one session, up to its dot.
std::string mail(const std::string& to = "bob@example.com", const std::string& id = "1@example.org",
                 const std::string& from = "alice@example.org") {
  return "C: MAIL FROM:<" + from + ">\nS: 250 2.1.0 Ok\nC: RCPT TO:<" + to +
         ">\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 go on\nC: " +
         (id.empty() ? std::string("Subject: test") : "Message-ID: <" + id + ">") +
         "\nC: \nC: text\nC: .\n";
}
const std::string taken = "S: 250 2.0.0 Ok: queued as 4F7\n";
const std::string full = "S: 452 4.3.1 no space left\n";
const std::string tls_refused =
    connect("", "STARTTLS") + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit;
const std::string tls_begun = connect("", "STARTTLS") + "C: STARTTLS\nS: 220 2.0.0 go ahead\n";

}  // namespace

TEST_CASE("security.tls-fallback") {
  const std::string in_clear = connect("", "STARTTLS") + mail() + taken + quit;
  const std::string alert = "C: \\x16\\x03\\x01\\0\\xc3" + std::string(195, 'x') +
                            "\\\nS: \\x15\\x03\\x01\\0\\x02\\x02\\x28\\\nS:fin\nC:fin\n";
  const std::string whole = "C: \\x16\\x03\\x01\\0\\xc3" + std::string(195, 'x') +
                            "\\\nS: \\x16\\x03\\x03\\0\\xc3" + std::string(195, 'x') +
                            "\\\nclose\n";
  const auto row = GENERATE_COPY(values<Across>({
      {"STARTTLS refused, then in clear", tls_refused + "wait 1s\n" + in_clear,
       "2: The message from alice@example.org went in clear, 1.1 s after TLS failed between the "
       "client 192.0.2.10 and the "
       "server 198.51.100.25 in session 1 (frame 1 to frame 13): STARTTLS was refused there (454 "
       "4.7.0 TLS not available); "
       "this time STARTTLS was offered and not used.\n"},
      {"an alert in place of the server's hello",
       tls_begun + alert + "wait 1s\n" + connect("") + mail() + taken + quit,
       "2: The message from alice@example.org went in clear, 1.1 s after TLS failed between the "
       "client 192.0.2.10 and the "
       "server 198.51.100.25 in session 1 (frame 1 to frame 14): the handshake was cut short "
       "there: the client had sent 200 "
       "octets of TLS and the server 7 when the server left; this time STARTTLS was not "
       "offered.\n"},
      {"no TLS behind the 220",
       tls_begun +
           "C: EHLO client.example.net\nS: \\x15\\x03\\x01\\0\\x02\\x02\\x46\\\nS:fin\nC:fin\nwait "
           "1s\n" +
           in_clear,
       "2: The message from alice@example.org went in clear, 1.1 s after TLS failed between the "
       "client 192.0.2.10 and the "
       "server 198.51.100.25 in session 1 (frame 1 to frame 14): where TLS was due there, a side "
       "sent something else; this "
       "time STARTTLS was offered and not used.\n"},
      {"the next session used TLS", tls_refused + "wait 1s\n" + tls_begun + whole, ""},
      {"... and the one after that did not",
       tls_refused + "wait 1s\n" + tls_begun + whole + in_clear, ""},
      {"the next session was refused",
       tls_refused + "wait 1s\n" + connect("", "STARTTLS") +
           "C: MAIL FROM:<alice@example.org>\nS: 530 5.7.0 Must issue a STARTTLS command first\n" +
           quit,
       ""},
      {"another server",
       tls_refused + "wait 1s\n" + connect("server=198.51.100.26:25", "STARTTLS") + mail() + taken +
           quit,
       ""},
      {"another client",
       tls_refused + "wait 1s\n" + connect("client=192.0.2.11:40001", "STARTTLS") + mail() + taken +
           quit,
       ""},
      {"another client behind the same address",
       tls_refused +
           "wait 1s\nconnect\nS: 220 mx.example.com ESMTP\nC: EHLO other.example.net\nS: 250 "
           "mx.example.com\n" +
           mail() + taken + quit,
       ""},
      {"hours later", tls_refused + "wait 120min\n" + in_clear, ""},
      {"before it", in_clear + "wait 1s\n" + tls_refused, ""},
      {"STARTTLS was not there the first time", connect("") + quit + "wait 1s\n" + in_clear, ""},
      {"STARTTLS was left the first time", connect("", "STARTTLS") + quit + "wait 1s\n" + in_clear,
       ""},
      {"TLS worked the first time", tls_begun + whole + "wait 1s\n" + in_clear, ""},
      {"the capture has a hole where TLS was",
       tls_begun + "drop\n" + alert + "wait 1s\n" + in_clear, ""},
      {"refused once more in this session",
       tls_refused + "wait 1s\n" + connect("", "STARTTLS") +
           "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + mail() + taken + quit,
       ""},
  }));
  require_across(row, RuleId::security_tls_fallback);
}

TEST_CASE("security.tls-fallback stands in place of the notes about mail in clear") {
  const auto sessions =
      told(tls_refused + "wait 1s\n" + connect("", "STARTTLS") + mail() + taken + quit);
  REQUIRE(sessions.size() == 2);
  REQUIRE(sessions[1].size() == 1);
  CHECK(sessions[1][0].rule == RuleId::security_tls_fallback);
  CHECK(sessions[0].size() == 1);
}

TEST_CASE("delivery.again: retries and messages that come twice") {
  const std::string first = connect("") + mail();
  const std::string second = "wait 5min\n" + connect("") + mail() + taken + quit;
  const auto row = GENERATE_COPY(values<Across>({
      {"a retry", first + full + quit + second,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 22), where it "
       "was refused for now (452 4.3.1 no space left). This time it was accepted.\n"},
      {"a retry that fails", first + full + quit + "wait 5min\n" + first + full + quit,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 22), where it "
       "was refused for now (452 4.3.1 no space left). This time it was refused for now.\n"},
      {"a retry of what broke off",
       "connect\nS: 220 mx ESMTP\nC: HELO client.example.net\nS: 250 mx\nC: MAIL "
       "FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT "
       "TO:<bob@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go on\nC: Message-ID: <1@example.org>\nC: "
       "\nC: text\nC:rst\n" +
           second,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 16), where it "
       "was broken off before its end. This time it was accepted.\n"},
      {"delivered twice", first + "S: 250 2.0.0 Ok: queued as 1A0\n" + quit + second,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 22), where it "
       "was accepted already (250 2.0.0 Ok: queued as 1A0). This time it was accepted: it is "
       "delivered twice.\n"},
      {"the reply to its end was lost", first + "wait 60s\nC:fin\nS:fin\n" + second,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 20), where its "
       "end was sent and never answered. This time it was accepted; it may be delivered twice.\n"},
      {"the reply came too late",
       first + "wait 60s\nC:fin\nwait 5s\nS: 250 2.0.0 Ok\nC:rst\n" + second,
       "2: The message <1@example.org> to bob@example.com comes again, 5 min after session 1 "
       "(frame 1 to frame 20), where it "
       "was accepted (250 2.0.0 Ok) when the client had gone. This time it was accepted: it is "
       "delivered twice.\n"},
      {"at another server of the domain",
       first + full + quit + "wait 1s\n" + connect("server=198.51.100.26:25") + mail() + taken +
           quit,
       "2: The message <1@example.org> to bob@example.com comes again, 1.1 s after session 1 "
       "(frame 1 to frame 22), where it "
       "was refused for now (452 4.3.1 no space left). This time it was accepted.\n"},

      {"a split delivery",
       first + taken + quit + "wait 1s\n" + connect("") + mail("carol@example.com") + taken + quit,
       ""},
      {"another message",
       first + full + quit + "wait 5min\n" + connect("") +
           mail("bob@example.com", "2@example.org") + taken + quit,
       ""},
      {"no Message-ID",
       connect("") + mail("bob@example.com", "") + full + quit + "wait 5min\n" + connect("") +
           mail("bob@example.com", "") + taken + quit,
       ""},
      {"an empty Message-ID",
       connect("") + "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" + quit + second, ""},
      {"hidden by TLS",
       tls_begun + "C: \\x16\\x03\\x01\\0\\x05hello\\\nS: \\x16\\x03\\x03\\0\\x05hello\\\nclose\n" +
           second,
       ""},
      {"another sender, as of a list",
       first + taken + quit + "wait 5min\n" + connect("") +
           mail("bob@example.com", "1@example.org", "list-bounces@example.org") + taken + quit,
       ""},
      {"weeks later", first + full + quit + "wait 20000min\n" + connect("") + mail() + taken + quit,
       ""},
      {"the first reply is in a gap",
       first + "drop\n" + taken + "C: QUIT\nS: 221 Bye\nclose\n" + second, ""},
      {"neither host is the same",
       first + taken + quit + "wait 5min\n" +
           connect("client=192.0.2.11:40001 server=198.51.100.26:25") + mail() + taken + quit,
       ""},
      {"twice in one session", first + full + mail() + taken + quit, ""},
  }));
  require_across(row, RuleId::delivery_again);
}

TEST_CASE(
    "delivery.again: one session that is seen before and behind a box that changes addresses") {
  // Each packet of the first connection is followed by its copy in the second.
  const std::string lines =
      "S: 220 mx.example.com ESMTP\nC: EHLO client.example.net\nS: 250 mx.example.com\n" + mail() +
      taken + quit;
  std::string script = "connect\nconnect client=203.0.113.5:50000\n";
  for (std::size_t at = 0; at < lines.size();) {
    const std::string line = lines.substr(at, lines.find('\n', at) + 1 - at);
    at += line.size();
    script += "flow 1\n" + line + "flow 2\nwait 1ms\n" + line;
  }
  CHECK(said(told(script), RuleId::delivery_again).empty());
}

TEST_CASE("delivery.again: the next hop") {
  const std::string in = connect("server=192.0.2.20:25") + mail() + taken + quit;
  const std::string out =
      connect("client=192.0.2.20:41000") + mail() + "S: 250 2.0.0 Ok: queued as 5A8\n" + quit;
  const auto row = GENERATE_COPY(values<Across>({
      {"taken and passed on", in + "wait 1s\n" + out,
       "2: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 "
       "in session 1 (frame 1 to "
       "frame 22) as 4F7, and passes it on to 198.51.100.25.\n"},
      {"for another recipient, as an alias makes it",
       in + "wait 1s\n" + connect("client=192.0.2.20:41000") + mail("robert@example.net") + taken +
           quit,
       "2: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 "
       "in session 1 (frame 1 to "
       "frame 22) as 4F7, and passes it on to 198.51.100.25.\n"},
      {"tried twice from there: the retry says more",
       in + "wait 1s\n" + connect("client=192.0.2.20:41000") + mail() + full + quit +
           "wait 5min\n" + out,
       "2: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 "
       "in session 1 (frame 1 to "
       "frame 22) as 4F7, and passes it on to 198.51.100.25.\n"
       "3: The message <1@example.org> to bob@example.com comes again, 5 min after session 2 "
       "(frame 23 to frame 44), where it "
       "was refused for now (452 4.3.1 no space left). This time it was accepted.\n"},
      {"to a filter on another host and back: no duplicate",
       connect("server=192.0.2.30:10024") + mail() + taken + quit + "wait 1s\n" +
           connect("client=192.0.2.30:41000 server=192.0.2.10:10025") + mail() +
           "S: 250 Ok: queued as 1B\n" + quit + "wait 1s\n" + connect("") + mail() +
           "S: 250 Ok: queued as 9C\n" + quit,
       "2: The message <1@example.org> goes from host to host: 192.0.2.30 took it from 192.0.2.10 "
       "in session 1 (frame 1 to "
       "frame 22) as 4F7, and passes it on to 192.0.2.10.\n"
       "3: The message <1@example.org> goes from host to host: 192.0.2.10 took it from 192.0.2.30 "
       "in session 2 (frame 23 to "
       "frame 44) as 1B, and passes it on to 198.51.100.25.\n"},
      {"refused there, and sent from there all the same",
       connect("server=192.0.2.20:25") + mail() + "S: 554 5.7.1 no\n" + quit + "wait 1s\n" + out,
       ""},
  }));
  require_across(row, RuleId::delivery_again);
}

TEST_CASE("delivery.again: the next hop by its name, for a host may have several addresses") {
  const auto passed = [](const std::string& client, const std::string& server,
                         const std::string& next) {
    return connect_as(client, server, "server=192.0.2.20:25") + mail() + taken + quit +
           "wait 1s\n" + connect_as(next, "mx.example.com", "client=198.51.100.20:41000") + mail() +
           "S: 250 2.0.0 Ok: queued as 5A8\n" + quit;
  };
  const auto row = GENERATE_COPY(values<Across>({
      {"the name that it greeted with",
       passed("client.example.net", "relay.example.net", "Relay.example.net"),
       "2: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 in session 1 (frame 1 "
       "to frame 22) as 4F7, and passes it on from 198.51.100.20 as Relay.example.net to 198.51.100.25.\n"},
      {"another name", passed("client.example.net", "relay.example.net", "relay-2.example.net"),
       ""},
      {"a name that any host has",
       passed("client.example.net", "localhost.localdomain", "localhost.localdomain"), ""},
      {"a name without a domain", passed("client.example.net", "relay", "relay"), ""},
      {"a client that calls itself as the server does",
       passed("relay.example.net", "relay.example.net", "relay.example.net"), ""},
      {"the client itself, by another way",
       connect_as("client.example.net", "relay.example.net", "server=192.0.2.20:25") + mail() +
           taken + quit + "wait 1s\n" + connect_as("relay.example.net", "mx.example.com", "") +
           mail() + "S: 554 5.7.1 no\n" + quit,
       "2: The message <1@example.org> to bob@example.com comes again, 1.1 s after session 1 (frame 1 to frame 22), where it "
       "was accepted already (250 2.0.0 Ok: queued as 4F7). This time it was refused for good.\n"},
  }));
  require_across(row, RuleId::delivery_again);
}

TEST_CASE("delivery.again: a filter before the queue, whichever session is told first") {
  const std::string script = connect("server=192.0.2.20:25") + mail() +
                             connect("client=192.0.2.20:41000") + mail() + taken + quit +
                             "flow 1\n" + taken + quit;
  CHECK(said(told(script), RuleId::delivery_again) ==
        "2: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 "
        "in session 1 (frame 1 to "
        "frame 44) as 4F7, and passes it on to 198.51.100.25.\n");
  // A live capture tells the inner one first, as it ends first.
  const auto sessions = test::sessions_of(script);
  REQUIRE(sessions.size() == 2);
  History history;
  history.add(sessions[1]);
  CHECK(said({judge(sessions[0], history)}, RuleId::delivery_again) ==
        "1: The message <1@example.org> goes from host to host: 192.0.2.20 took it from 192.0.2.10 "
        "as 4F7, and passes it on to "
        "198.51.100.25 in session 2 (frame 17 to frame 38).\n");
}

TEST_CASE("delivery.greylisted: the retry") {
  const std::string begin =
      "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\nC: RCPT TO:<bob@example.com>\n";
  const std::string greylisted = connect("") + begin + "S: 450 4.2.0 Greylisted\n" + quit;
  const std::string first_line =
      "1: mx.example.com greylisted the recipient bob@example.com: 450 4.2.0 Greylisted. It asks "
      "everybody it does not know to come again.\n";
  const std::string after =
      "2: The recipient bob@example.com was greylisted, came again 5 min after session 1 (frame 1 "
      "to frame "
      "15), and was ";
  const std::string accepted = first_line + after + "accepted.\n";
  const std::string for_good = first_line + after + "refused for good.\n";
  const std::string let_past = first_line + after + "let past greylisting.\n";
  const std::string too_early = first_line +
                                "2: mx.example.com greylisted the recipient bob@example.com: 450 "
                                "4.2.0 Greylisted. It asks everybody it does not "
                                "know to come again. It came 5.1 s after session 1 (frame 1 to "
                                "frame 15), where it was greylisted, too.\n";
  const auto row = GENERATE_COPY(values<Across>({
      {"accepted", greylisted + "wait 5min\n" + connect("") + mail() + taken + quit, accepted},
      {"refused for good",
       greylisted + "wait 5min\n" + connect("") + begin + "S: 550 5.1.1 no\n" + quit, for_good},
      {"what became of the message is not seen",
       greylisted + "wait 5min\n" + connect("") + begin + "S: 250 Ok\n", let_past},
      {"too early", greylisted + "wait 5s\n" + greylisted, too_early},
      {"another message later on is no retry",
       greylisted + "wait 5min\n" + connect("") + mail() + taken + quit + "wait 5min\n" +
           connect("") + mail("bob@example.com", "2@example.org") + taken + quit,
       accepted},
      {"another recipient",
       greylisted + "wait 5min\n" + connect("") + mail("carol@example.com") + taken + quit,
       first_line},
      {"another client",
       greylisted + "wait 5min\n" + connect("client=192.0.2.11:40009") + mail() + taken + quit,
       first_line},
      {"days later", greylisted + "wait 2000min\n" + connect("") + mail() + taken + quit,
       first_line},
  }));
  require_across(row, RuleId::delivery_greylisted);
}

TEST_CASE(
    "a message that was greylisted at its end comes again: told once, by delivery.greylisted") {
  const auto sessions = told(connect("") + mail() + "S: 451 4.7.1 Greylisted\n" + quit +
                             "wait 5min\n" + connect("") + mail() + taken + quit);
  CHECK(said(sessions, RuleId::delivery_again).empty());
  CHECK(said(sessions, RuleId::delivery_greylisted).find("came again 5 min after session 1") !=
        std::string::npos);
}

TEST_CASE("what is remembered has a bound, and the oldest is forgotten first") {
  HistoryLimits limits;
  limits.messages.entries = limits.greylistings.entries = limits.tls_failures.entries = 2;
  History history(limits);
  std::size_t most = 0;
  for (int at = 0; at < 50; ++at) {
    const std::string number = std::to_string(at);
    const std::string where = "client=192.0.2." + std::to_string(20 + at) + ":40000";
    const std::string script = connect(where, "STARTTLS") + "C: STARTTLS\nS: 454 no\n" +
                               mail("bob@example.com", number) + full +
                               "C: MAIL FROM:<>\nS: 250 Ok\nC: RCPT TO:<" + number +
                               "@example.com>\nS: 450 Greylisted\n" + quit;
    history.add(test::session_of(script));
    if (at == 2) most = history.octets();
  }
  CHECK(history.octets() <= most + 16);  // numbers of two digits
  CHECK(history.attempts("47").empty());
  CHECK(history.attempts("48").size() == 1);
  CHECK(history.attempts("49").size() == 1);
  const Timestamp now = test::script_start + std::chrono::seconds{10};
  const auto client = [](std::uint8_t last) {
    return net::IpAddress{net::IpVersion::v4, {192, 0, 2, last}};
  };
  const net::IpAddress server{net::IpVersion::v4, {198, 51, 100, 25}};
  CHECK(history.tls_failure(client(20 + 47), server, now) == nullptr);
  CHECK(history.tls_failure(client(20 + 49), server, now) != nullptr);
  CHECK(history.greylisting({client(20 + 47), server, "", "47@example.com"}, now) == nullptr);
  CHECK(history.greylisting({client(20 + 49), server, "", "49@example.com"}, now) != nullptr);
}

TEST_CASE("of one Message-ID the latest attempts are remembered, and what they hold is counted") {
  HistoryLimits limits;
  limits.attempts = 3;
  History history(limits);
  for (int at = 0; at < 20; ++at) history.add(test::session_of(connect("") + mail() + full + quit));
  CHECK(history.attempts("1@example.org").size() == 3);

  limits.messages.octets = 1;
  History small(limits);
  small.add(test::session_of(connect("") + mail() + full + quit));
  CHECK(small.attempts("1@example.org").empty());
  CHECK(small.octets() == 0);
}

TEST_CASE("a message that has to come again is not forgotten for all those that need not") {
  HistoryLimits limits;
  limits.settled.entries = 2;
  History history(limits);
  history.add(test::session_of(connect("") + mail("bob@example.com", "waits") + full + quit));
  for (int at = 0; at < 20; ++at) {
    history.add(
        test::session_of(connect("") + mail("bob@example.com", std::to_string(at)) + taken + quit));
  }
  CHECK(history.attempts("waits").size() == 1);
  CHECK(history.attempts("17").empty());
  CHECK(history.attempts("18").size() == 1);

  history.add(test::session_of(connect("") + mail("bob@example.com", "waits") + taken + quit));
  CHECK(history.attempts("waits").size() == 2);
}

}  // namespace smtpscope::findings
