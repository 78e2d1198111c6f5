// What TCP does besides carrying octets in order (RFC 9293), by the whole way that packets take:
// the dialogue stays what it was, and what is odd is told.
#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/script.hpp"
#include "tests/support/talk.hpp"

#include <string>
#include <vector>

using namespace smtpscope;
using namespace std::chrono_literals;

namespace {

std::vector<session::Session> sessions_of(const std::vector<test::TestPacket>& packets) {
  session::Analyzer analyzer("test.pcap", session::Order::first_packet);
  for (const test::TestPacket& packet : packets) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  std::vector<session::Session> sessions;
  while (auto session = analyzer.next_session()) sessions.push_back(std::move(*session));
  return sessions;
}
std::vector<session::Session> sessions_of(std::string_view script) {
  return sessions_of(test::packets_of(script));
}

std::string text(const session::Session& session) { return test::summary_of(session.exchanges); }

struct Row {
  const char* name;
  const char* script;
  const char* exchanges;
};

const net::Endpoint client = test::endpoint_of("192.0.2.10:40000");
const net::Endpoint server = test::endpoint_of("198.51.100.25:25");

// Segments that the script language has no words for.
class Packets {
 public:
  Packets& add(Side side, std::uint32_t sequence, std::uint32_t acknowledgement,
               net::TcpFlags flags, std::string payload = {}) {
    const bool from_client = side == Side::client;
    test::TestPacket packet =
        test::packet_of(test::build({.source = from_client ? client : server,
                                     .destination = from_client ? server : client,
                                     .sequence = sequence,
                                     .acknowledgement = acknowledgement,
                                     .flags = flags,
                                     .payload = std::move(payload)}),
                        LinkType::ethernet);
    packet.number = packets.size() + 1;
    packet.time = test::script_start + packet.number * 10ms;
    packets.push_back(std::move(packet));
    return *this;
  }
  std::vector<test::TestPacket> packets;
};

}  // namespace

TEST_CASE("one dialogue, whatever TCP does on the way") {
  const auto row = GENERATE(values<Row>({
      {"keep-alive with an octet of anything",
       "connect\nS: 220 x\nC: EHLO c\nS: 250 x\nC@7: \\x07\\\nack S\nC: QUIT\nS: 221 x\nclose",
       "greeting=220 EHLO=250 QUIT=221"},
      {"half-close: the server still answers",
       "connect\nS: 220 x\nC: EHLO c\nS: 250 x\nC: QUIT\nC:fin\nS: 221 x\nS:fin",
       "greeting=220 EHLO=250 QUIT=221"},
      {"a FIN that comes twice", "connect\nS: 220 x\nC: QUIT\nS: 221 x\nagain\nC:fin\nS:fin",
       "greeting=220 QUIT=221"},
      {"octets behind a FIN are none",
       "connect\nS: 220 x\nC: QUIT\nS: 221 x\nC:fin\nC@7: RSET\nS:fin", "greeting=220 QUIT=221"},
      {"an RST with octets: a text for people", "connect\nS: 220 x\nC: EHLO c\nS: 250 x\nS:rst",
       "greeting=220 EHLO=250"},
      {"a jump out of the window is no part of the stream",
       "connect\nS: 220 x\nC: EHLO c\nS: 250 x\nC@1500000000: MAIL FROM:<a@example.net>\nC@8: QUIT\nS: 221 x\nclose",
       "greeting=220 EHLO=250 QUIT=221"},
      {"a part of it twice, with more behind it",
       "connect\nS: 220 x\nC: EHLO c\nC@5: c\\r\\nQUIT\nS: 250 x\nS: 221 x\nclose",
       "greeting=220 EHLO=250 QUIT=221"},
      {"urgent data stay in line",
       "connect\nS: 220 x\nC: EHLO c\nS: 250 x\nurgent\nC: QUIT\nS: 221 x\nclose",
       "greeting=220 EHLO=250 QUIT=221"},
      {"probes of a closed window: the next octet, and then all of it",
       "connect\nS: 220 x\nwindow S 0\nack S\nwait 1s\nC@0: E\\\nwait 2s\nC@0: E\\\nwindow S 1000\nack S\nC@0: EHLO c\nS: 250 x\n"
       "C@8: QUIT\nS: 221 x\nclose",
       "greeting=220 EHLO=250 QUIT=221"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto sessions = sessions_of(row.script);
    REQUIRE(sessions.size() == 1);
    CHECK(text(sessions.front()) == row.exchanges);
    CHECK(sessions.front().gap_count == 0);
  }
}

TEST_CASE("SYN with data: taken (TFO), and sent again by a server that does not") {
  Packets taken;
  taken.add(Side::client, 999, 0, {.syn = true}, "EHLO c\r\n")
      .add(Side::server, 1999, 1008, {.syn = true, .ack = true})
      .add(Side::server, 2000, 1008, {.ack = true}, "220 x\r\n")
      .add(Side::server, 2007, 1008, {.ack = true}, "250 x\r\n")
      .add(Side::client, 1008, 2014, {.ack = true}, "QUIT\r\n")
      .add(Side::server, 2014, 1014, {.ack = true}, "221 x\r\n");
  Packets refused;
  refused.add(Side::client, 999, 0, {.syn = true}, "EHLO c\r\n")
      .add(Side::server, 1999, 1000, {.syn = true, .ack = true})
      .add(Side::client, 1000, 2000, {.ack = true}, "EHLO c\r\n")
      .add(Side::server, 2000, 1008, {.ack = true}, "220 x\r\n250 x\r\n")
      .add(Side::client, 1008, 2014, {.ack = true}, "QUIT\r\n")
      .add(Side::server, 2014, 1014, {.ack = true}, "221 x\r\n");
  for (const Packets& packets : {taken, refused}) {
    const auto sessions = sessions_of(packets.packets);
    REQUIRE(sessions.size() == 1);
    CHECK(text(sessions.front()) == "greeting=220 EHLO=250 QUIT=221");
    CHECK(sessions.front().transport.opened == tcp::Opened::handshake);
  }
}

TEST_CASE("both open at once: one session, and the port says who is the server") {
  Packets both;
  both.add(Side::client, 999, 0, {.syn = true})
      .add(Side::server, 1999, 0, {.syn = true})
      .add(Side::client, 999, 2000, {.syn = true, .ack = true})
      .add(Side::server, 1999, 1000, {.syn = true, .ack = true})
      .add(Side::server, 2000, 1000, {.ack = true}, "220 x\r\n")
      .add(Side::client, 1000, 2007, {.ack = true}, "QUIT\r\n")
      .add(Side::server, 2007, 1006, {.ack = true}, "221 x\r\n");
  const auto sessions = sessions_of(both.packets);
  REQUIRE(sessions.size() == 1);
  CHECK(sessions.front().client == client);
  CHECK(text(sessions.front()) == "greeting=220 QUIT=221");
  CHECK(sessions.front().transport.opened == tcp::Opened::handshake);
}

TEST_CASE("a FIN that is sent again with the octets before it") {
  Packets packets;
  packets.add(Side::client, 999, 0, {.syn = true})
      .add(Side::server, 1999, 1000, {.syn = true, .ack = true})
      .add(Side::server, 2000, 1000, {.ack = true}, "220 x\r\n")
      .add(Side::client, 1006, 2007, {.fin = true, .ack = true})
      .add(Side::client, 1000, 2007, {.fin = true, .ack = true}, "QUIT\r\n")
      .add(Side::server, 2007, 1007, {.fin = true, .ack = true}, "221 x\r\n")
      .add(Side::client, 1007, 2015, {.ack = true});
  const auto sessions = sessions_of(packets.packets);
  REQUIRE(sessions.size() == 1);
  CHECK(text(sessions.front()) == "greeting=220 QUIT=221");
  CHECK(sessions.front().transport.closed == tcp::Closed::fin);
  CHECK(sessions.front().gap_count == 0);
}

TEST_CASE("super-segments of offload, acknowledged in the middle") {
  const std::string large(60'000, 'x');
  Packets packets;
  packets.add(Side::client, 999, 0, {.syn = true})
      .add(Side::server, 1999, 1000, {.syn = true, .ack = true})
      .add(Side::server, 2000, 1000, {.ack = true}, "220 x\r\n")
      .add(Side::client, 1000, 2007, {.ack = true}, "DATA\r\n")
      .add(Side::server, 2007, 1006, {.ack = true}, "354 x\r\n")
      .add(Side::client, 1006, 2014, {.ack = true}, large)
      .add(Side::server, 2014, 1006 + 2920, {.ack = true})
      .add(Side::server, 2014, 1006 + 23'360, {.ack = true})
      .add(Side::client, 61'006, 2014, {.ack = true}, "\r\n.\r\n")
      .add(Side::server, 2014, 61'011, {.ack = true}, "250 x\r\n");
  const auto sessions = sessions_of(packets.packets);
  REQUIRE(sessions.size() == 1);
  CHECK(text(sessions.front()) == "greeting=220 DATA=354 .=250");
  CHECK(sessions.front().gap_count == 0);
  CHECK(sessions.front().reassembly[0].retransmitted_segments == 0);
}

TEST_CASE("the same ports again while strays of the old connection still come") {
  const auto sessions = sessions_of(R"(
    connect client=192.0.2.10:40000 isn=1000,2000
    S: 220 one
    C: EHLO old
    connect client=192.0.2.10:40000 isn=2000000000,3000000000
    S: 220 two
    flow 1
    S: 250 stray
    S:rst
    flow 2
    C: EHLO new
    S: 250 x
    C: QUIT
    S: 221 bye
    close
  )");
  REQUIRE(sessions.size() == 2);
  CHECK(text(sessions[0]) == "greeting=220 EHLO=open");
  CHECK(text(sessions[1]) == "greeting=220 EHLO=250 QUIT=221");
  CHECK(sessions[1].transport.closed == tcp::Closed::fin);
  CHECK(sessions[1].transport.ignored_resets == 1);
}

TEST_CASE("packets cut in every layer: nothing is made up") {
  const std::string script = R"(
    connect
    S: 220 mx.example.com
    C: EHLO client.example.net
    S: 250 mx.example.com
    C: MAIL FROM:<alice@example.net>
    S: 250 ok
    C: QUIT
    S: 221 bye
    close
  )";
  const auto whole = test::packets_of(script);
  const std::size_t snap = GENERATE(14U, 20U, 34U, 40U, 54U, 60U, 68U, 96U);
  DYNAMIC_SECTION("at " << snap) {
    auto packets = whole;
    for (test::TestPacket& packet : packets)
      packet.bytes.resize(std::min(packet.bytes.size(), snap));
    const auto sessions = sessions_of(packets);
    // Below the TCP header there is nothing to tell.
    REQUIRE(sessions.size() == (snap < 54 ? 0 : 1));
    if (sessions.empty()) return;
    const session::Session& session = sessions.front();
    const session::Session all = std::move(sessions_of(whole).front());
    for (const std::size_t side : {0U, 1U}) {
      CHECK(session.octets[side] + session.missing[side] == all.octets[side]);
    }
    for (const smtp::Exchange& exchange : session.exchanges) {
      for (const smtp::Reply& reply : exchange.replies) {
        const bool known = std::ranges::any_of(all.exchanges, [&](const smtp::Exchange& other) {
          return other.replies.front().code == reply.code;
        });
        CHECK(known);
      }
    }
    if (snap == 54) CHECK(session.exchanges.empty());
  }
}

TEST_CASE("both directions with another snap length, one beginning later, one ending early") {
  const std::string dialogue = R"(
    S: 220 mx.example.com
    C: EHLO client.example.net
    S: 250 mx.example.com
    C: MAIL FROM:<alice@example.net>
    S: 250 ok
    C: RCPT TO:<bob@example.com>
    S: 250 ok
    C: DATA
    S: 354 go
    C: text\r\n.
    S: 250 2.0.0 queued as A1
    C: QUIT
    S: 221 bye
    close
  )";
  auto packets = test::packets_of("connect\n" + dialogue);
  const auto is_of_server = [](const test::TestPacket& packet) { return packet.bytes[29] == 25; };
  SECTION("the server's packets cut") {
    for (test::TestPacket& packet : packets) {
      if (is_of_server(packet)) packet.bytes.resize(std::min<std::size_t>(packet.bytes.size(), 60));
    }
    const auto sessions = sessions_of(packets);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions.front().missing[0] == 0);
    CHECK(sessions.front().missing[1] > 0);
    for (const auto& transaction : sessions.front().transactions) {
      CHECK((transaction.outcome == session::TransactionOutcome::unknown ||
             transaction.outcome == session::TransactionOutcome::delivered));
    }
  }
  SECTION("the server's packets begin later") {
    std::size_t left_out = 0;
    std::erase_if(packets, [&](const test::TestPacket& packet) {
      return is_of_server(packet) && left_out++ < 3;
    });
    const auto sessions = sessions_of(packets);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions.front().missing[1] > 0);
    REQUIRE(sessions.front().transactions.size() == 1);
    CHECK(sessions.front().transactions.front().outcome == session::TransactionOutcome::delivered);
  }
  SECTION("the server's packets end early") {
    std::size_t seen = 0;
    std::erase_if(packets, [&](const test::TestPacket& packet) {
      return is_of_server(packet) && ++seen > 5;
    });
    const auto sessions = sessions_of(packets);
    REQUIRE(sessions.size() == 1);
    REQUIRE(sessions.front().transactions.size() == 1);
    CHECK(sessions.front().transactions.front().outcome == session::TransactionOutcome::unknown);
    for (const auto& recipient : sessions.front().transactions.front().recipients) {
      CHECK(recipient.outcome == session::RecipientOutcome::unknown);
    }
  }
  SECTION("only ACKs of the server") {
    std::erase_if(packets, [&](const test::TestPacket& packet) {
      return is_of_server(packet) && packet.bytes.size() > 70;
    });
    const auto sessions = sessions_of(packets);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions.front().missing[1] > 0);
  }
  SECTION("the server only: the replies tell how many commands there were") {
    std::erase_if(packets, [&](const test::TestPacket& packet) { return !is_of_server(packet); });
    const auto sessions = sessions_of(packets);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions.front().unseen == Side::client);
    std::size_t replies = 0;
    for (const auto& exchange : sessions.front().exchanges) replies += exchange.replies.size();
    CHECK(replies == 7);
  }
}
