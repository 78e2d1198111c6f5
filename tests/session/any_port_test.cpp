// Mail on any port, and who is who there: told by what is said, from the first packet on.
#include "analyzer/session/analyzer.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/script.hpp"
#include "tests/support/talk.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;

namespace {

struct Analysed {
  std::vector<session::Session> sessions;
  session::Accounts accounts;
};

Analysed analyse(const std::vector<test::TestPacket>& packets, session::Ports ports = {},
                 session::AnalyzerLimits limits = {}) {
  session::Analyzer analyzer("test.pcap", session::Order::first_packet, limits, std::move(ports));
  for (const test::TestPacket& packet : packets) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  Analysed out;
  while (auto session = analyzer.next_session()) out.sessions.push_back(std::move(*session));
  out.accounts = analyzer.accounts();
  CHECK(out.accounts.mail + out.accounts.other_tcp == out.accounts.packets);
  std::uint64_t frames = 0;
  for (const session::Session& session : out.sessions) frames += session.frames;
  CHECK(frames == out.accounts.mail);
  return out;
}
Analysed analyse(std::string_view script, session::Ports ports = {},
                 session::AnalyzerLimits limits = {}) {
  return analyse(test::packets_of(script), std::move(ports), limits);
}

std::string text(const session::Session& session) { return test::summary_of(session.exchanges); }

// "192.0.2.10:40000 -> 198.51.100.25:8025 greeting=220 ...", or "none".
std::string told(const Analysed& out) {
  std::string all;
  for (const session::Session& session : out.sessions) {
    all += (all.empty() ? "" : "; ") + net::to_string(session.client) + " -> " +
           net::to_string(session.server) + ' ' + text(session);
  }
  return all.empty() ? "none" : all;
}

const std::string there = "192.0.2.10:40000 -> 198.51.100.25:8025 ";

}  // namespace

TEST_CASE("what is mail, and what is not") {
  struct Row {
    const char* name;
    std::string script;
    std::string expected;
  };
  const std::string connect = "connect port=8025\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"LMTP", connect + "S: 220 mx LMTP\nC: LHLO c\nS: 250 mx\nC: QUIT\nS: 221 bye\nclose\n",
       there + "greeting=220 LHLO=250 QUIT=221"},
      {"a greeting in pieces", connect + "cut 1\nS: 220 mx ESMTP\nC: QUIT\nS: 221 bye\nclose\n",
       there + "greeting=220 QUIT=221"},
      {"a greeting without a name, and EHLO in pieces",
       connect + "cut 2\nS: 220-hi\ncut 2\nS: 220 hi\ncut 1\nC: EHLO c\nS: 250 mx\nC: QUIT\nS: 221 "
                 "bye\nclose\n",
       there + "greeting=220 EHLO=250 QUIT=221"},
      {"EHLO before the greeting", connect + "C: EHLO c\nS: 220 hi\nS: 250 mx\nclose\n",
       there + "greeting=220 EHLO=250"},
      {"refused, and says so", connect + "S: 554 mx.example.com ESMTP go away\nclose\n",
       there + "greeting=554"},
      {"too busy", connect + "S: 421 4.3.2 too many connections\nclose\n", there + "greeting=421"},
      {"too busy, whatever it is", connect + "S: 421 too many connections\nclose\n", "none"},
      {"the greeting is lost",
       connect + "drop\nS: 220 mx ESMTP\nC: EHLO c\nS: 250 mx\nC: QUIT\nS: 221 bye\nclose\n",
       there + "EHLO=250 QUIT=221"},
      {"its first segment comes late",
       connect + "swap\nS: 220 m\\\nS: x ESMTP\nC: QUIT\nS: 221 bye\nclose\n",
       there + "greeting=220 QUIT=221"},
      {"in the middle of the envelope",
       "midstream port=8025\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: QUIT\nS: 221 "
       "bye\nclose\n",
       there + "?=250 RCPT=250 QUIT=221"},
      {"in the middle of a message",
       "midstream port=8025\nC: Dear Bob,\nC: how are you?\nC: .\nS: 250 2.0.0 Ok\nC: QUIT\nS: 221 "
       "bye\nclose\n",
       there + "?=250 QUIT=221"},
      {"FTP", connect + "S: 220 (vsFTPd 3.0.3)\nC: USER x\nS: 331 password?\nclose\n", "none"},
      {"FTP with TLS", connect + "S: 220 ProFTPD\nC: AUTH TLS\nS: 234 go on\nclose\n", "none"},
      {"FTP, looked in and left", connect + "S: 220 FTP server ready\nC: QUIT\nS: 221 bye\nclose\n",
       "none"},
      {"news", connect + "S: 200 news\nC: MODE READER\nS: 200 ok\nclose\n", "none"},
      {"POP", connect + "S: +OK ready\nC: QUIT\nS: +OK\nclose\n", "none"},
      {"IMAP", connect + "S: * OK ready\nC: a LOGOUT\nS: * BYE\nclose\n", "none"},
      {"SSH", connect + "S: SSH-2.0-x\nC: SSH-2.0-y\nclose\n", "none"},
      {"IRC", connect + "C: NICK alice\nC: USER alice 0 * :Alice\nS: :irc 001 alice :hi\nclose\n",
       "none"},
      {"a server that says EHLO", connect + "S: EHLO c\nC: 250 mx\nclose\n", "none"},
      {"web text from the middle",
       "midstream port=8080\nS: <p>\nS: </p>\nC: GET / HTTP/1.1\nclose\n", "none"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(told(analyse(row.script)) == row.expected); }
}

TEST_CASE("who is the client, where the SYN is missing") {
  struct Row {
    const char* name;
    std::string where;
    std::string dialogue;
    std::string client;
  };
  const std::string greets = "S: 220 mx ESMTP\nC: EHLO c\nS: 250 mx\nC: QUIT\nS: 221 bye\nclose\n";
  const std::string client_first = "C: EHLO c\nS: 250 mx\nC: QUIT\nS: 221 bye\nclose\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"a server on a high port", "server=198.51.100.25:50025 client=192.0.2.10:1025", greets,
       "192.0.2.10:1025"},
      {"the client's port is 25", "server=198.51.100.25:8025 client=192.0.2.10:25", greets,
       "192.0.2.10:25"},
      {"the client's port is 587, it speaks first",
       "server=198.51.100.25:8025 client=192.0.2.10:587", client_first, "192.0.2.10:587"},
      {"both ports are for mail", "server=198.51.100.25:587 client=192.0.2.10:25", greets,
       "192.0.2.10:25"},
      {"both ports are the same", "server=198.51.100.25:25 client=192.0.2.10:25", client_first,
       "192.0.2.10:25"},
      {"an acknowledgement comes first", "server=198.51.100.25:587 client=192.0.2.10:25",
       "ack S\n" + client_first, "192.0.2.10:25"},
      {"nothing tells: the port of mail", "server=198.51.100.25:25 client=192.0.2.10:20",
       "C: Dear Bob\nack S\n", "192.0.2.10:20"},
      {"nothing tells, both are of mail: the lower port",
       "server=198.51.100.25:25 client=192.0.2.10:587", "C: Dear Bob\nack S\n", "192.0.2.10:587"},
      {"only the server's side", "server=198.51.100.25:587 client=192.0.2.10:25",
       "S: 250 Ok\ndrop\nC: QUIT\nS: 221 bye\nS:fin\n", "192.0.2.10:25"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Analysed out = analyse("midstream " + row.where + '\n' + row.dialogue);
    REQUIRE(out.sessions.size() == 1);
    CHECK(net::to_string(out.sessions.front().client) == row.client);
  }
}

TEST_CASE("with its SYN the one who opened is the client, on whatever ports") {
  const Analysed out = analyse(
      "connect server=198.51.100.25:50025 client=192.0.2.10:25\nS: 220 mx ESMTP\nC: EHLO c\nS: 250 "
      "mx\nclose\n");
  CHECK(told(out) == "192.0.2.10:25 -> 198.51.100.25:50025 greeting=220 EHLO=250");
  CHECK(out.sessions.front().transport.opened == tcp::Opened::handshake);
  CHECK(out.sessions.front().first_frame == 1);
}

TEST_CASE("the greeting's packets are told from the first one on") {
  const Analysed out = analyse(
      "connect port=8025\nS: 220 hi\nwait 2s\nC: EHLO c\nS: 250 mx\nC: QUIT\nS: 221 bye\nclose\n");
  REQUIRE(out.sessions.size() == 1);
  const session::Session& session = out.sessions.front();
  CHECK(session.exchanges.front().replies.front().origin.frame == 4);
  CHECK(session.exchanges[1].command->origin.frame == 5);
  CHECK(session.transport.round_trip.has_value());
  CHECK(session.octets[1] == std::string_view("220 hi\r\n250 mx\r\n221 bye\r\n").size());
}

TEST_CASE("the same ports used anew while it was not yet known what they are for") {
  const std::string again = "client=192.0.2.10:40000 port=8025";
  CHECK(told(analyse("connect isn=1,2 " + again + "\nC:rst\nconnect isn=5000,6000 " + again +
                     "\nS: 220 mx ESMTP\nC: QUIT\nS: 221 bye\nclose\n")) ==
        there + "greeting=220 QUIT=221");
  const Analysed strays = analyse(
      "midstream isn=1,2 client=192.0.2.10:40000\nack C\nconnect isn=5000,6000 "
      "client=192.0.2.10:40000\nS: 220 mx\nC: QUIT\nS: 221 bye\nclose\n");
  CHECK(told(strays) ==
        "192.0.2.10:40000 -> 198.51.100.25:25 ; 192.0.2.10:40000 -> 198.51.100.25:25 greeting=220 "
        "QUIT=221");
}

TEST_CASE("ports used anew for mail, after something else") {
  const std::string again = " client=192.0.2.10:40000 port=8025\n";
  CHECK(told(analyse("connect isn=1,2" + again +
                     "C: GET / HTTP/1.1\nS: HTTP/1.1 200 Ok\nclose\nconnect isn=5000,6000" + again +
                     "S: 220 mx ESMTP\nC: QUIT\nS: 221 bye\nclose\n")) ==
        there + "greeting=220 QUIT=221");
}

TEST_CASE("waiting has limits") {
  session::AnalyzerLimits limits;
  const std::size_t too_many = limits.beginning.packets + 10;
  std::string babble = "midstream port=8025\n";
  for (std::size_t i = 0; i < too_many; ++i) babble += "C: Dear Bob,\n";
  const std::string late = babble + "C: QUIT\nC: EHLO c\nS: 250 mx\n";
  SECTION("packets") {
    const Analysed out = analyse(late, {}, limits);
    CHECK(told(out) == "none");
    CHECK(out.accounts.guessed_flows == 1);
  }
  SECTION("octets") {
    limits.beginning.packets = 2 * too_many;
    CHECK(analyse(late, {}, limits).sessions.size() == 1);
    limits.beginning.octets = 100;
    const Analysed out = analyse(late, {}, limits);
    CHECK(told(out) == "none");
    CHECK(out.accounts.guessed_flows == 1);
  }
  SECTION("of all flows") {
    limits.beginnings = 4 * sizeof(session::HeldSegment);
    std::string flows;
    for (int i = 0; i < 8; ++i) flows += "syn port=8025\n";
    const Analysed out = analyse(flows, {}, limits);
    CHECK(out.accounts.guessed_flows == 4);
  }
  SECTION("on a port of mail the ports decide then") {
    std::string message = "midstream\n";
    for (std::size_t i = 0; i < too_many; ++i) message += "C: Dear Bob,\n";
    const Analysed out = analyse(message + "C: QUIT\nS: 221 bye\n", {}, limits);
    CHECK(told(out) == "192.0.2.10:40000 -> 198.51.100.25:25 QUIT=221");
    CHECK(out.accounts.guessed_flows == 1);
  }
}

TEST_CASE("--ports narrows, -d forces") {
  const std::string both =
      "connect port=8025\nS: 220 mx ESMTP\nclose\nconnect port=9025\nS: 220 mx ESMTP\nclose\n";
  const auto ports_of = [](const Analysed& out) {
    std::string ports;
    for (const session::Session& session : out.sessions)
      ports += ' ' + std::to_string(session.server.port);
    return ports;
  };
  CHECK(ports_of(analyse(both)) == " 8025 9025");
  CHECK(ports_of(analyse(both, {{{25, 25}, {9000, 9025}}, {}})) == " 9025");
  CHECK(ports_of(analyse(both, {{{25, 8024}}, {}})).empty());

  const std::string silent = "connect port=8025\nS: 220 hi\nC: QUIT\nS: 221 bye\nclose\n";
  CHECK(told(analyse(silent)) == "none");
  CHECK(told(analyse(silent, {{}, {{8025, session::Protocol::smtp}}})) ==
        there + "greeting=220 QUIT=221");

  // Without LHLO in the capture, only a second reply to the message tells that this is LMTP.
  const std::string lmtp =
      "midstream port=8025\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\nC: RCPT "
      "TO:<b@example.com>\nS: 250 Ok\n"
      "C: RCPT TO:<c@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go\nC: x\\r\\n.\nS: 250 one\nS: 452 "
      "two\nclose\n";
  const Analysed forced = analyse(lmtp, {{}, {{8025, session::Protocol::lmtp}}});
  REQUIRE(forced.sessions.size() == 1);
  CHECK(forced.sessions.front().protocol == session::Protocol::lmtp);
  CHECK(forced.sessions.front().exchanges.back().replies.size() == 2);
  CHECK(analyse(lmtp).sessions.front().exchanges.back().replies.size() == 2);
  const std::string one_recipient =
      "midstream port=8025\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\nC: RCPT TO:<b@example.com>\nS: 250 Ok\n"
      "C: DATA\nS: 354 go\nC: x\\r\\n.\nS: 250 one\nclose\n";
  CHECK(analyse(one_recipient).sessions.front().protocol == session::Protocol::smtp);
}
