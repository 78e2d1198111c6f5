// From packets to sessions: which packets belong to which, in which order, and that every one is
// counted.
#include "analyzer/session/analyzer.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"
#include "tests/support/talk.hpp"

#include <chrono>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace std::chrono_literals;

namespace {

struct Analysed {
  std::vector<session::Session> sessions;
  session::Accounts accounts;
};

Analysed analyse(std::vector<test::TestPacket> packets, session::AnalyzerLimits limits = {}) {
  session::Analyzer analyzer("test.pcap", session::Order::first_packet, limits);
  Analysed out;
  const auto drain = [&] {
    while (auto session = analyzer.next_session()) out.sessions.push_back(std::move(*session));
  };
  for (const test::TestPacket& packet : packets) {
    analyzer.take(packet.view());
    drain();
  }
  analyzer.finish(session::FileEnd::whole);
  drain();
  out.accounts = analyzer.accounts();
  const auto& counts = out.accounts;
  const std::uint64_t sum =
      std::accumulate(counts.not_tcp.begin(), counts.not_tcp.end(), std::uint64_t{0});
  CHECK(counts.mail + counts.late + counts.other_tcp + sum == counts.packets);
  return out;
}
Analysed analyse(std::string_view script) { return analyse(test::packets_of(script)); }

constexpr auto delivery = R"(
  S: 220 mx.example.com ESMTP
  C: EHLO client.example.net
  S: 250 mx.example.com
  C: MAIL FROM:<alice@example.net>
  S: 250 ok
  C: RCPT TO:<bob@example.com>
  S: 250 ok
  C: DATA
  S: 354 go
  C: Subject: x\r\n\r\nhi\r\n.
  S: 250 2.0.0 queued as A1
  C: QUIT
  S: 221 bye
  close
)";
const auto delivered = "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221";

std::string text(const session::Session& session) { return test::summary_of(session.exchanges); }

}  // namespace

TEST_CASE("one connection, one session") {
  const Analysed out = analyse(std::string("connect\n") + delivery);
  REQUIRE(out.sessions.size() == 1);
  const session::Session& session = out.sessions.front();
  CHECK(text(session) == delivered);
  CHECK(session.id == 1);
  CHECK(session.helo == "client.example.net");
  CHECK(session.greeting == "mx.example.com ESMTP");
  CHECK(session.service == session::Service::mx);
  CHECK(session.transport.opened == tcp::Opened::handshake);
  CHECK(session.transport.closed == tcp::Closed::fin);
  CHECK(session.frames == out.accounts.packets);
  CHECK(session.transactions.size() == 1);
  CHECK(session.missing == std::array<std::uint64_t, 2>{0, 0});
}

TEST_CASE("mail on another port is known by what it says") {
  SECTION("greeting and EHLO") {
    const Analysed out = analyse(std::string("connect port=8025\n") + delivery);
    REQUIRE(out.sessions.size() == 1);
    CHECK(text(out.sessions.front()) == delivered);
    CHECK(out.accounts.other_tcp == 0);
  }
  SECTION("a greeting that does not say SMTP, and EHLO") {
    const Analysed out =
        analyse("connect port=8025\nS: 220 ready\nC: EHLO c\nS: 250 x\nC: QUIT\nS: 221 x\nclose");
    REQUIRE(out.sessions.size() == 1);
    CHECK(text(out.sessions.front()) == "greeting=220 EHLO=250 QUIT=221");
  }
  SECTION("FTP is none") {
    const Analysed out =
        analyse("connect port=21\nS: 220 ready\nC: USER alice\nS: 331 password?\nclose");
    CHECK(out.sessions.empty());
    CHECK(out.accounts.other_tcp == out.accounts.packets);
    CHECK(out.accounts.other_ports.at(21) == out.accounts.packets);
  }
  SECTION("web traffic is none") {
    const Analysed out = analyse("connect port=80\nC: GET / HTTP/1.1\nS: HTTP/1.1 200 OK\nclose");
    CHECK(out.sessions.empty());
    CHECK(out.accounts.other_ports.at(80) == out.accounts.packets);
  }
  SECTION("without the handshake") {
    const Analysed out =
        analyse("midstream port=8025\nC: EHLO c\nS: 250 x\nC: QUIT\nS: 221 x\nclose");
    REQUIRE(out.sessions.size() == 1);
    CHECK(text(out.sessions.front()) == "EHLO=250 QUIT=221");
  }
}

TEST_CASE("sessions come in the order of their first packets") {
  const Analysed out = analyse(R"(
    connect
    S: 220 first
    connect
    S: 220 second
    C: QUIT
    S: 221 bye
    close
    wait 3s
    flow 1
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(out.sessions.size() == 2);
  CHECK(out.sessions[0].greeting == "first");
  CHECK(out.sessions[0].id == 1);
  CHECK(out.sessions[1].greeting == "second");
}

TEST_CASE("the same ports used anew are another session") {
  const Analysed out = analyse(R"(
    connect client=192.0.2.10:40000 isn=1000,2000
    S: 220 one
    C: QUIT
    S: 221 bye
    close
    connect client=192.0.2.10:40000 isn=900000,800000
    S: 220 two
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(out.sessions.size() == 2);
  CHECK(out.sessions[0].greeting == "one");
  CHECK(out.sessions[0].transport.closed == tcp::Closed::fin);
  CHECK(out.sessions[1].greeting == "two");
}

TEST_CASE("a session that is quiet for too long is told, and what follows is another one") {
  const Analysed out = analyse(R"(
    connect
    S: 220 one
    wait 20min
    connect
    S: 220 two
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(out.sessions.size() == 2);
  CHECK(out.sessions[0].transport.closed == tcp::Closed::idle);
}

// Seen in a capture of TLS tests: one frame of a connection is 48 years ahead.
TEST_CASE("what comes late for a session that was told makes no other one") {
  auto packets = test::packets_of(std::string("connect\n") + delivery);
  const std::size_t before = packets.size();
  const auto repeat = [&packets](std::size_t which, Nanoseconds after) {
    test::TestPacket packet = packets[which];
    packet.time = packets.back().time + after;
    packet.number = packets.size() + 1;
    packets.push_back(packet);
  };
  SECTION("a FIN that is sent again, and its ACK") {
    repeat(before - 2, 1600ms);
    repeat(before - 1, 1ms);
    const Analysed out = analyse(packets);
    CHECK(out.sessions.size() == 1);
    CHECK(out.accounts.mail == before);
    CHECK(out.accounts.late == 2);
  }
  SECTION("a minute later it is nothing that anybody knows of") {
    repeat(before - 2, 1600ms);
    repeat(before - 2, 61s);
    const Analysed out = analyse(packets);
    CHECK(out.sessions.size() == 2);
    CHECK(out.accounts.late == 1);
  }
  SECTION("where many packets come in between, in no time") {
    session::AnalyzerLimits limits;
    limits.flows.linger_packets = 3;
    const auto others =
        test::packets_of("connect client=192.0.2.99:40000\n" + std::string(delivery),
                         {.start = packets.back().time});
    for (test::TestPacket packet : others) {
      packet.number = packets.size() + 1;
      packets.push_back(packet);
    }
    repeat(before - 2, 1ms);
    const Analysed out = analyse(packets, limits);
    CHECK(out.sessions.size() == 2);
    CHECK(out.accounts.late == 1);
  }
}

TEST_CASE("one packet with a wild time splits no session") {
  auto packets = test::packets_of(std::string("connect\n") + delivery);
  packets[1].time += std::chrono::hours{24 * 365 * 48};
  const Analysed out = analyse(std::move(packets));
  REQUIRE(out.sessions.size() == 1);
  CHECK(text(out.sessions.front()) == delivered);
}

TEST_CASE("refused and unanswered connections") {
  const Analysed out = analyse("refuse\nsyn\nwait 1s\nsyn");
  REQUIRE(out.sessions.size() == 2);
  CHECK(out.sessions[0].transport.opened == tcp::Opened::refused);
  CHECK(out.sessions[1].transport.opened == tcp::Opened::timeout);
  CHECK(out.sessions[1].transport.syn_tries == 2);
}

TEST_CASE("lost packets: octets told and missing are the length of the stream") {
  const Analysed out = analyse(R"(
    connect
    S: 220 x
    C: EHLO c
    S: 250 x
    drop
    C: MAIL FROM:<alice@example.net>
    S: 250 ok
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(out.sessions.size() == 1);
  const session::Session& session = out.sessions.front();
  CHECK(text(session) == "greeting=220 EHLO=250 ?=250 QUIT=221");
  CHECK(session.missing[0] == std::string_view("MAIL FROM:<alice@example.net>\r\n").size());
  CHECK(session.octets[0] + session.missing[0] ==
        std::string_view("EHLO c\r\nQUIT\r\n").size() + session.missing[0]);
  REQUIRE(session.gaps.size() == 1);
  CHECK(session.gaps.front().side == Side::client);
}

TEST_CASE("packets of the two directions in another order: the same") {
  const Analysed out = analyse(R"(
    connect
    S: 220 x
    swap
    C: EHLO c
    S: 250 x
    swap
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(out.sessions.size() == 1);
  CHECK(text(out.sessions.front()) == "greeting=220 EHLO=250 QUIT=221");
}

TEST_CASE("a connection that runs over the border of two files is one session") {
  // The second file begins at this packet, and counts from 1 again.
  const auto packets = test::packets_of(std::string("connect\n") + delivery);
  for (std::size_t border = 1; border < packets.size(); ++border) {
    INFO("border behind packet " << border);
    session::Analyzer analyzer(std::vector<std::string>{"a.pcap", "b.pcap"},
                               session::Order::first_packet);
    for (const test::TestPacket& owned : packets) {
      Packet packet = owned.view();
      packet.order = packet.number;
      packet.file = packet.number > border ? 1 : 0;
      if (packet.file == 1) packet.number -= border;
      analyzer.take(packet);
    }
    analyzer.finish(session::FileEnd::whole);
    const auto session = analyzer.next_session();
    REQUIRE(session);
    CHECK_FALSE(analyzer.next_session());
    CHECK(text(*session) == delivered);
    CHECK(session->file == "a.pcap");
    CHECK(session->first_frame.number == 1);
    CHECK(session->last_frame.number == packets.size() - border);
    CHECK(session->other_file(session->first_frame).empty());
    CHECK(session->other_file(session->last_frame) == "b.pcap");
    CHECK(session->other_file(FrameId()).empty());
    for (const smtp::Exchange& exchange : session->exchanges) {
      const FrameId frame = exchange.replies.at(0).origin.frame;
      CHECK(frame.number == (frame.order > border ? frame.order - border : frame.order));
      CHECK(frame.file == (frame.order > border ? 1 : 0));
    }
  }
}
