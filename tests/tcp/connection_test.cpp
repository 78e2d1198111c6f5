// What a connection makes of its two directions: the order in which they are told, what is given
// up, and the facts about the transport. Captures are written as scripts
// (tests/support/script.hpp).
#include "analyzer/tcp/connection.hpp"

#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/script.hpp"
#include "tests/tcp/segments.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;
using tcp::Closed;
using tcp::Connection;
using tcp::ConnectionLimits;
using tcp::Opened;
using tcp::TransportFacts;

namespace {

const net::Endpoint client = endpoint_of("192.0.2.10:40000");
const net::Endpoint server = endpoint_of("198.51.100.25:25");

// "C:EHLO~" for octets (~ is a line end), "S<3 acknowledged>", "C|fin".
std::string text_of(Side side, const StreamEvent& event) {
  std::string text = test::text_of(event);
  for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n"))
    text.replace(at, 2, "~");
  return std::string(side == Side::client ? "C" : "S") +
         (std::holds_alternative<Octets>(event) ? ":" : "") + text;
}

// A connection whose events are taken after each packet, as an analyzer does.
class Listener {
 public:
  explicit Listener(ConnectionLimits limits = {})
      : connection(client, server, limits), passing_(client, server, limits) {}

  void take(const TestPacket& packet) {
    const std::vector<std::uint8_t> copy = packet.bytes;  // gone after settle()
    Packet view = packet.view();
    view.bytes = copy;
    const net::Decoded decoded = net::decode(view);
    REQUIRE(std::holds_alternative<net::Segment>(decoded));
    const auto& segment = std::get<net::Segment>(decoded);
    last = {packet.number, packet.time};
    connection.take(segment, last);
    collect();
    connection.settle();
    if (const auto octets = passing_.pass_on(segment, last); octets && !octets->bytes.empty())
      note(passed_, passing_.side_of(segment), *octets);
    collect(passing_, passed_);
    passing_.settle();
    REQUIRE(passed_ == told);
  }
  void take(std::string_view script) {
    for (const TestPacket& packet : packets_of(script)) take(packet);
  }
  void finish(Closed why = Closed::capture_end) {
    connection.finish(why, {0, last.time});
    collect();
  }
  void collect() { collect(connection, told); }
  [[nodiscard]] const TransportFacts& facts() const { return connection.facts(); }

  Connection connection;
  Origin last;
  std::string told;

 private:
  static void note(std::string& words, Side side, const StreamEvent& event) {
    words += (words.empty() ? "" : " ") + text_of(side, event);
  }
  static void collect(Connection& from, std::string& words) {
    while (const auto event = from.next()) note(words, event->first, event->second);
  }

  Connection passing_;  // the same, and what can be is passed on at once
  std::string passed_;
};

// The packets that one side sent: what a tap on one of two lines sees.
std::vector<TestPacket> packets_from(Side side, std::string_view script) {
  std::vector<TestPacket> packets = packets_of(script);
  std::erase_if(packets, [side](const TestPacket& packet) {
    const auto segment = std::get<net::Segment>(net::decode(packet.view()));
    return (segment.source == client) != (side == Side::client);
  });
  return packets;
}

// A segment as the script language cannot write it; offsets from the initial sequence numbers of
// 1000 of the client and 2000 of the server.
net::Segment made(Side side, std::uint32_t at, std::uint32_t acknowledged, std::string_view payload,
                  net::TcpFlags flags = {.ack = true}) {
  const bool from_client = side == Side::client;
  net::Segment segment = test::segment({(from_client ? 1000 : 2000) + at}, payload, flags);
  segment.source = from_client ? client : server;
  segment.destination = from_client ? server : client;
  segment.acknowledgement = {(from_client ? 2000 : 1000) + acknowledged};
  return segment;
}

struct Row {
  const char* name;
  const char* script;
  const char* told;
};

}  // namespace

TEST_CASE("the two directions are told in causal order") {
  const auto row = GENERATE(values<Row>({
      {"in the order of the capture", "connect\nS: 220\nC: EHLO\nS: 250\nC: QUIT\nclose",
       "S:220~ C:EHLO~ S:250~ C:QUIT~ C|fin S|fin"},
      {"a command that was captured before the reply it follows",
       "connect\nswap\nS: 220\nC: EHLO\nS: 250\nclose", "S:220~ C:EHLO~ S:250~ C|fin S|fin"},
      {"a reply that was captured before its command",
       "connect\nS: 220\nswap\nC: EHLO\nS: 250\nclose", "S:220~ C:EHLO~ S:250~ C|fin S|fin"},
      {"a FIN that was captured before what it follows",
       "connect\nC: QUIT\nswap\nS: 221\nC:fin\nS:fin", "C:QUIT~ S:221~ C|fin S|fin"},
      {"the handshake in another order", "swap\nconnect\nS: 220",
       "S:220~ C|capture end S|capture end"},
      {"from the middle", "midstream\nC: RSET\nS: 250\nC: QUIT",
       "C:RSET~ S:250~ C:QUIT~ C|capture end S|capture end"},
      {"a retransmission is told once", "connect\nagain\nS: 220\nagain\nC: EHLO\nS: 250",
       "S:220~ C:EHLO~ S:250~ C|capture end S|capture end"},
      {"a keep-alive is not told", "connect\nS: 220\nkeepalive S\nkeepalive C\nC: EHLO",
       "S:220~ C:EHLO~ C|capture end S|capture end"},
      {"across the wrap of both sequence numbers",
       "connect isn=4294967290,4294967293\nS: 220 one\nC: EHLO\nS: 250\nclose",
       "S:220 one~ C:EHLO~ S:250~ C|fin S|fin"},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.script);
    listener.finish();
    CHECK(listener.told == row.told);
  }
}

TEST_CASE("octets are passed on at once where nothing else is to be told") {
  Connection connection(client, server);
  std::uint64_t frame = 0;
  const auto passed = [&](const net::Segment& segment) {
    const auto octets = connection.pass_on(segment, packet(++frame));
    return octets ? std::string(as_text(octets->bytes)) : "nothing";
  };
  CHECK(passed(made(Side::client, 0, 0, "", {.syn = true})) == "nothing");
  CHECK(passed(made(Side::server, 0, 1, "", {.syn = true, .ack = true})) == "nothing");
  CHECK(passed(made(Side::server, 1, 1, "220")) == "220");
  CHECK(passed(made(Side::client, 1, 4, "EHLO")) == "EHLO");
  CHECK(passed(made(Side::server, 4, 5, "")) == "");
  CHECK_FALSE(connection.next().has_value());
  CHECK(connection.direction(Side::client).told() == 4);
  CHECK(connection.direction(Side::client).counts().data_segments == 1);
  CHECK(connection.direction(Side::server).counts().data_segments == 1);
  CHECK(connection.facts().packets == 5);
  SECTION("not what was told, nor what is ahead") {
    CHECK(passed(made(Side::client, 1, 4, "EHLO")) == "nothing");
    CHECK(passed(made(Side::client, 7, 4, "later")) == "nothing");
    CHECK_FALSE(connection.next().has_value());
  }
  SECTION("not what knows octets that were not told yet, nor those behind it") {
    CHECK(passed(made(Side::client, 5, 7, "MAIL")) == "nothing");
    CHECK(passed(made(Side::server, 4, 5, "250")) == "nothing");
    CHECK(connection.next()->first == Side::server);
    CHECK(connection.next()->first == Side::client);
    connection.settle();
    CHECK(passed(made(Side::server, 7, 9, "ok")) == "ok");
  }
  SECTION("not the octets that an ACK is the first to tell of, nor a keep-alive") {
    CHECK(passed(made(Side::server, 4, 9, "")) == "nothing");
    CHECK(passed(made(Side::client, 4, 4, "")) == "nothing");
    CHECK(connection.direction(Side::client).counts().keep_alives == 1);
  }
  SECTION("not what ends the stream") {
    CHECK(passed(made(Side::client, 5, 4, "QUIT", {.fin = true, .ack = true})) == "nothing");
    CHECK(passed(made(Side::server, 4, 5, "", {.rst = true, .ack = true})) == "nothing");
  }
}

TEST_CASE("packets that were not captured") {
  const auto row = GENERATE(values<Row>({
      {"a reply: the next command waits, until the server goes on",
       "connect\nS: 220\nC: EHLO\ndrop\nS: 250\nC: NOOP\nS: 200\nC: QUIT",
       "S:220~ C:EHLO~ S<5 acknowledged> C:NOOP~ S:200~ C:QUIT~"},
      {"a reply: the next command waits as long as the server is silent",
       "connect\nS: 220\nC: EHLO\ndrop\nS: 250\nC: NOOP", "S:220~ C:EHLO~"},
      {"a command: its reply waits, until the client goes on",
       "connect\nS: 220\ndrop\nC: EHLO\nS: 250\nC: QUIT\nS: 221",
       "S:220~ C<6 acknowledged> S:250~ C:QUIT~ S:221~"},
      {"a command and its reply: nothing tells which came first",
       "connect\nS: 220\ndrop\nC: EHLO\ndrop\nS: 250\nC: NOOP\nS: 200\nC: QUIT",
       "S:220~ S<5 acknowledged> C<6 acknowledged> C:NOOP~ S:200~ C:QUIT~"},
      {"patience counts packets",
       "connect\nS: 220\nC: DATA\ndrop\nS: 354\ncut 1\nC: 0123456789abcde\nC: more",
       "S:220~ C:DATA~ S<5 acknowledged> C:0 C:1 C:2 C:3 C:4 C:5 C:6 C:7 C:8 C:9 C:a C:b C:c C:d "
       "C:e C:\r C:\n C:more~"},
      {"patience counts time", "connect\nS: 220\ndrop\nC: EHLO\nS: 250\nwait 999ms\nack S",
       "S:220~"},
      {"patience counts time: a second", "connect\nS: 220\ndrop\nC: EHLO\nS: 250\nwait 1s\nack S",
       "S:220~ C<6 acknowledged> S:250~"},
      {"the tail that nobody waits for, after a second",
       "connect\nS: 220\ndrop\nC: EHLO\nack S\nwait 1s\nack S", "S:220~ C<6 acknowledged>"},
      {"a single octet", "connect\nS: 220\ndrop\nC: x\\\nS: y\nwait 1s\nack S",
       "S:220~ C<1 acknowledged> S:y~"},
      {"a FIN that was not captured is no octet, however long it takes",
       "connect\nS: 221\ndrop\nS:fin\nwait 2s\nack C\nwait 2s\nack C", "S:221~"},
      {"a hole in data that goes on", "connect\nC: a\nS: ok\ndrop\nC: b\nC: c\nack S\nC: d",
       "C:a~ S:ok~ C<3 acknowledged> C:c~ C:d~"},
      {"a retransmission after the packet was lost before the tap",
       "connect\ndrop\nagain\nS: 220\nC: EHLO", "S:220~ C:EHLO~"},
      {"a cut packet", "connect\nsnap 57\nS: 220 long\nC: EHLO", "S:220 S<7 cut packet> C:EHLO~"},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.script);
    CHECK(listener.told == row.told);
  }
}

TEST_CASE("the end of what was not captured whole") {
  const auto row = GENERATE(values<Row>({
      {"what waited is told in causal order",
       "connect\nS: 220\nC: EHLO\ndrop\nS: 250\nC: NOOP\nack S\nC: QUIT",
       "S:220~ C:EHLO~ S<5 acknowledged> C:NOOP~ C:QUIT~ C|capture end S|capture end"},
      {"octets that were acknowledged, and nobody waited for",
       "connect\nS: 220\ndrop\nC: QUIT\nack S",
       "S:220~ C<6 acknowledged> C|capture end S|capture end"},
      {"a FIN that was not captured is no octet",
       "connect\nS: 220\nC: QUIT\nS: 221\ndrop\nS:fin\nC:fin",
       "S:220~ C:QUIT~ S:221~ C|fin S|capture end"},
      {"a FIN that was not captured is no octet, at the end of the capture",
       "connect\nS: 220\nC: QUIT\nS: 221\ndrop\nS:fin",
       "S:220~ C:QUIT~ S:221~ C|capture end S|capture end"},
      {"a hole in what was acknowledged", "connect\nS: 220\ndrop\nC: a\nC: b\nack S",
       "S:220~ C<3 acknowledged> C:b~ C|capture end S|capture end"},
      {"the server's octets that nobody waited for", "connect\nC: QUIT\ndrop\nS: 221\nack C\nack S",
       "C:QUIT~ S<5 acknowledged> C|capture end S|capture end"},
      {"a hole before the FIN", "connect\nS: 220\ndrop\nC: QUIT\nC:fin\nS:fin",
       "S:220~ C<6 acknowledged> C|fin S|fin"},
      {"a hole that nobody acknowledged", "connect\nS: 220\ndrop\nC: a\nC: b",
       "S:220~ C<3 end of stream> C:b~ C|capture end S|capture end"},
      {"RST ends both directions, and what was sent before it counts",
       "connect\nS: 220\nswap\nC: QUIT\nS:rst", "S:220~ C:QUIT~ C|reset S|reset"},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.script);
    listener.finish();
    CHECK(listener.told == row.told);
    CHECK(listener.connection.direction(Side::client).ended());
    CHECK(listener.connection.direction(Side::server).ended());
    CHECK_FALSE(listener.connection.next().has_value());
  }
}

TEST_CASE("a capture of one direction only shows the other as gaps of exact length") {
  const char* const script =
      "connect\nS: 220 hi\nC: EHLO\nS: 250 hello\nC: QUIT\nS: 221\nC:fin\nS:fin";
  SECTION("the client's") {
    Listener listener;
    for (const TestPacket& packet : packets_from(Side::client, script)) listener.take(packet);
    listener.finish();
    CHECK(listener.told ==
          "S<8 acknowledged> C:EHLO~ S<11 acknowledged> C:QUIT~ S<5 acknowledged> C|fin S|fin");
    CHECK(listener.facts().opened == Opened::handshake);
    CHECK(listener.facts().closed == Closed::fin);
    CHECK(listener.connection.direction(Side::server).told() == 24);
  }
  SECTION("the server's") {
    Listener listener;
    for (const TestPacket& packet : packets_from(Side::server, script)) listener.take(packet);
    listener.finish();
    CHECK(listener.told ==
          "S:220 hi~ C<6 acknowledged> S:250 hello~ C<6 acknowledged> S:221~ S|fin C|fin");
    CHECK(listener.facts().opened == Opened::handshake);
  }
  SECTION("the client's, with a hole") {
    Listener listener;
    for (const TestPacket& packet : packets_from(
             Side::client, "connect\nS: 220\ndrop\nC: EHLO\nS: 250\nC: NOOP\nS: 251\nC: QUIT")) {
      listener.take(packet);
    }
    listener.finish();
    CHECK(listener.told ==
          "C<6 end of stream> S<10 acknowledged> C:NOOP~ S<5 acknowledged> C:QUIT~ "
          "C|capture end S|capture end");
  }
  SECTION("with no delay that grows") {
    std::string lines = "connect\n";
    for (int i = 0; i < 100; ++i) lines += "S: 250\nC: NOOP\n";
    Listener listener;
    std::size_t longest = 0;
    for (const TestPacket& packet : packets_from(Side::client, lines)) {
      listener.take(packet);
      longest = std::max(longest, listener.connection.direction(Side::client).held_octets());
    }
    CHECK(longest == 16 * 6);
    listener.finish();
    std::string expected;
    for (int i = 0; i < 100; ++i) expected += "S<5 acknowledged> C:NOOP~ ";
    CHECK(listener.told == expected + "C|capture end S|capture end");
  }
}

TEST_CASE("acknowledgements alone move a direction that is not seen on") {
  Listener listener;
  listener.take("midstream");
  std::uint32_t at = 0;
  for (std::uint64_t frame = 1; frame < 1000; ++frame, at += 1U << 25) {  // 32 GiB
    listener.connection.take(made(Side::server, 0, at, ""), packet(frame));
    listener.collect();
  }
  listener.finish();
  CHECK(listener.connection.direction(Side::client).told() == (998ULL << 25));
}

TEST_CASE("each side waits for the other: told in the order of the capture") {
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(1));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(2));
  listener.connection.take(made(Side::client, 1, 4, "abc"), packet(3));  // knows what is sent later
  listener.collect();
  CHECK(listener.told.empty());
  listener.connection.take(made(Side::server, 1, 4, "xyz"), packet(4));  // knows the client's
  listener.collect();
  CHECK(listener.told == "C:abc S:xyz");
}

TEST_CASE("what may come in any order comes in that of the capture") {
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(1));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(2));
  listener.connection.take(made(Side::server, 4, 1, "def"), packet(3));
  listener.connection.take(made(Side::client, 1, 4, "xyz"), packet(4));  // knows "abc"
  listener.connection.take(made(Side::server, 1, 1, "abc"), packet(5));
  listener.collect();
  CHECK(listener.told == "S:abc S:def C:xyz");
}

TEST_CASE("acknowledgements that cannot be true hold up nothing") {
  const std::uint32_t acknowledged = GENERATE(1U - 100'000, 1U + (1U << 30) + 100, 1U + (1U << 31));
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(1));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(2));
  listener.connection.take(made(Side::client, 1, acknowledged, "abc"), packet(3));
  listener.collect();
  CHECK(listener.told == "C:abc");
  listener.finish();
  CHECK(listener.told == "C:abc C|capture end S|capture end");
}

TEST_CASE("what waits for the other direction is never dropped for a limit") {
  ConnectionLimits limits;
  limits.reassembly.held_octets = 100;
  Listener listener(limits);
  listener.take("connect\nS: 220\nC: DATA\ndrop\nS: 354\ncut 40\nC*: 400 x");
  listener.finish();
  CHECK(listener.connection.direction(Side::client).counts().limit_gaps == 0);
  CHECK(listener.told.find("S<5 acknowledged> C:xxx") != std::string::npos);
}

TEST_CASE("how a connection opened") {
  struct OpenRow {
    const char* name;
    const char* script;
    Opened opened;
    std::uint32_t tries;
  };
  const auto row = GENERATE(values<OpenRow>({
      {"handshake", "connect", Opened::handshake, 1},
      {"SYN repeated", "again\nconnect\nS: 220", Opened::handshake, 2},
      {"an acknowledgement only", "midstream\nack C", Opened::midstream, 0},
      {"SYN not captured", "drop\nconnect\nS: 220", Opened::handshake, 0},
      {"in the middle", "midstream\nC: NOOP\nS: 250", Opened::midstream, 0},
      {"refused", "refuse", Opened::refused, 1},
      {"refused the second time", "syn\nwait 1s\nrefuse", Opened::refused, 2},
      {"never answered", "syn\nwait 1s\nsyn\nwait 2s\nsyn", Opened::timeout, 3},
      {"reset after the handshake", "connect\nS:rst", Opened::handshake, 1},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.script);
    listener.finish();
    CHECK(listener.facts().opened == row.opened);
    CHECK(listener.facts().syn_tries == row.tries);
  }
}

TEST_CASE("the handshake, cut in any way") {
  const net::Segment syn = made(Side::client, 0, 0, "", {.syn = true});
  const net::Segment syn_ack = made(Side::server, 0, 1, "", {.syn = true, .ack = true});
  const net::Segment ack = made(Side::client, 1, 1, "");
  const net::Segment greeting = made(Side::server, 1, 1, "220");
  struct HandshakeRow {
    const char* name;
    std::vector<net::Segment> segments;
    Opened opened;
  };
  const auto row = GENERATE_COPY(values<HandshakeRow>({
      {"SYN and SYN-ACK", {syn, syn_ack}, Opened::handshake},
      {"SYN and ACK", {syn, ack}, Opened::handshake},
      {"SYN and the greeting", {syn, greeting}, Opened::handshake},
      {"SYN-ACK alone", {syn_ack}, Opened::midstream},
      {"SYN-ACK and ACK", {syn_ack, ack}, Opened::handshake},
      {"SYN-ACK and the greeting", {syn_ack, greeting}, Opened::handshake},
      {"ACK alone", {ack}, Opened::midstream},
      {"ACK and the greeting", {ack, greeting}, Opened::midstream},
      {"SYN-ACK before SYN", {syn_ack, syn}, Opened::handshake},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    std::uint64_t frame = 0;
    for (const net::Segment& segment : row.segments) {
      listener.connection.take(segment, packet(++frame));
    }
    listener.finish();
    CHECK(listener.facts().opened == row.opened);
  }
}

TEST_CASE("facts of the handshake") {
  Listener listener;
  listener.take("again\nconnect\nS: 220\nC: EHLO");
  const TransportFacts& facts = listener.facts();
  REQUIRE((facts.syn && facts.last_syn && facts.syn_ack && facts.handshake_done));
  CHECK(facts.syn->frame == 1);
  CHECK(facts.last_syn->frame == 2);
  CHECK(facts.syn_ack->frame == 3);
  CHECK(facts.handshake_done->frame == 4);
  CHECK(facts.round_trip == 20ms);
  CHECK(facts.packets == 6);
  CHECK(facts.packets_by_side[0] == 4);
  CHECK(facts.packets_by_side[1] == 2);
  CHECK(facts.first.frame == 1);
  CHECK(facts.last.frame == 6);
  CHECK(listener.connection.endpoint(Side::client) == client);
  CHECK(listener.connection.endpoint(Side::server) == server);
}

TEST_CASE("TCP Fast Open: the SYN has data") {
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "EHLO", {.syn = true}), packet(1));
  listener.connection.take(made(Side::server, 0, 5, "", {.syn = true, .ack = true}), packet(2));
  listener.connection.take(made(Side::server, 1, 5, "220"), packet(3));
  listener.connection.take(made(Side::client, 5, 4, "QUIT"), packet(4));
  listener.finish();
  CHECK(listener.told == "C:EHLO S:220 C:QUIT C|capture end S|capture end");
  CHECK(listener.facts().opened == Opened::handshake);
}

TEST_CASE("how a connection closed") {
  struct CloseRow {
    const char* name;
    const char* script;
    Closed why;  // given to finish()
    Closed closed;
    std::optional<Side> by;
    bool is_closed;
  };
  const auto row = GENERATE(values<CloseRow>({
      {"open", "connect\nS: 220", Closed::capture_end, Closed::capture_end, {}, false},
      {"idle", "connect\nS: 220", Closed::idle, Closed::idle, {}, false},
      {"by the client", "connect\nclose", Closed::idle, Closed::fin, Side::client, true},
      {"by the server", "connect\nS:fin\nC:fin", Closed::idle, Closed::fin, Side::server, true},
      {"one side only", "connect\nS:fin", Closed::capture_end, Closed::capture_end, Side::server,
       false},
      {"the last acknowledgement is not there", "connect\nS:fin\nC:fin", Closed::idle, Closed::fin,
       Side::server, true},
      {"data before the FIN is missing", "connect\ndrop\nC: QUIT\nclose", Closed::idle, Closed::fin,
       Side::client, true},
      {"reset by the client", "connect\nS: 220\nC:rst", Closed::idle, Closed::reset, Side::client,
       true},
      {"reset by the server", "connect\nC: QUIT\nS:rst", Closed::idle, Closed::reset, Side::server,
       true},
      {"reset after one FIN", "connect\nS: 221\nS:fin\nC:rst", Closed::idle, Closed::reset,
       Side::client, true},
      {"a reset after both FINs changes nothing", "connect\nS:fin\nC:fin\nC:rst", Closed::idle,
       Closed::fin, Side::server, true},
      {"FINs after a reset change nothing", "connect\nS:rst\nC:fin\nS:fin", Closed::idle,
       Closed::reset, Side::server, true},
      {"an RST captured before the FIN that it answers",
       "connect\nC:fin\nwait 1ms\nswap\nS:fin\nwait 1ms\nC:rst", Closed::idle, Closed::fin,
       Side::client, true},
      {"refused", "refuse", Closed::idle, Closed::reset, Side::server, true},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.script);
    CHECK(listener.connection.closed() == row.is_closed);
    listener.finish(row.why);
    CHECK(listener.facts().closed == row.closed);
    CHECK(listener.facts().closed_by == row.by);
  }
}

TEST_CASE("who closed is told by what the FINs acknowledge, not by their order in the capture") {
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(1));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(2));
  listener.connection.take(made(Side::client, 1, 2, "", {.fin = true, .ack = true}), packet(3));
  listener.connection.take(made(Side::server, 1, 1, "", {.fin = true, .ack = true}), packet(4));
  CHECK(listener.facts().closed_by == Side::server);
  CHECK(listener.facts().closed == Closed::fin);
}

TEST_CASE("two FINs at once: the capture does not tell who was first") {
  struct Row {
    const char* name;
    std::uint32_t client_had;  // of the 3 octets of the server
    std::uint32_t server_had;  // of the 3 octets of the client
    Side first;
  };
  const auto row = GENERATE(values<Row>({
      {"each had all but the FIN", 3, 3, Side::server},
      {"the client did not wait for the last words", 0, 3, Side::client},
      {"the server did not", 3, 0, Side::server},
      {"neither did", 0, 0, Side::server},
  }));
  const bool client_first = GENERATE(true, false);
  DYNAMIC_SECTION(
      row.name << (client_first ? ", captured from the client first" : ", from the server first")) {
    Listener listener;
    const auto at = [](std::uint64_t number) { return Origin{number, Timestamp{number * 1ms}}; };
    listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), at(1));
    listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), at(2));
    const auto of_client =
        made(Side::client, 1, 1 + row.client_had, "bye", {.fin = true, .ack = true});
    const auto of_server =
        made(Side::server, 1, 1 + row.server_had, "bye", {.fin = true, .ack = true});
    listener.connection.take(client_first ? of_client : of_server, at(3));
    listener.connection.take(client_first ? of_server : of_client, at(4));
    CHECK(listener.facts().closed == Closed::fin);
    CHECK(listener.facts().closed_by == row.first);
  }
}

TEST_CASE("a refusal that was captured before the SYN that it answers") {
  Listener listener;
  listener.connection.take(made(Side::server, 0, 1, "", {.rst = true, .ack = true}), packet(1));
  const net::Segment syn = made(Side::client, 0, 0, "", {.syn = true});
  CHECK_FALSE(listener.connection.is_reuse(syn));
  listener.connection.take(syn, packet(2));
  listener.finish();
  CHECK(listener.facts().opened == Opened::refused);
}

TEST_CASE("what was acknowledged before the SYN-ACK was captured is reckoned from it") {
  Listener listener;
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(1));
  listener.connection.take(made(Side::client, 1, 6, ""), packet(2));
  listener.connection.take(made(Side::client, 1, 6, "EHLO"), packet(3));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(4));
  listener.connection.take(made(Side::server, 1, 1, "220 x"), packet(5));
  const auto first = listener.connection.next();
  REQUIRE(first.has_value());
  CHECK(text_of(first->first, first->second) == "S:220 x");
  const auto second = listener.connection.next();
  REQUIRE(second.has_value());
  CHECK(std::get<Octets>(second->second).peer_acknowledged == 5U);
}

TEST_CASE("both FINs must be acknowledged before a connection is closed") {
  std::vector<TestPacket> packets = packets_of("connect\nC:fin\nS:fin");
  Listener listener;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    CHECK_FALSE(listener.connection.closed());
    listener.take(packets[i]);
  }
  CHECK(listener.connection.closed());
}

TEST_CASE("FIN and RST: which packets") {
  Listener listener;
  listener.take("connect\nS: 221\nagain\nS:fin\nC: late\nC:rst");
  const TransportFacts& facts = listener.facts();
  REQUIRE(facts.fin[1]);
  CHECK_FALSE(facts.fin[0]);
  CHECK(facts.fin[1]->frame == 5);
  REQUIRE(facts.reset);
  CHECK(facts.reset->frame == listener.last.frame);
}

TEST_CASE("octets that follow an RST in the capture count until finish()") {
  Listener listener;
  listener.take("connect\nS: 220\nswap\nS: 421\nS:rst");
  CHECK(listener.told == "S:220~ S:421~");
  CHECK(listener.connection.closed());
  listener.finish(Closed::idle);
  CHECK(listener.told == "S:220~ S:421~ C|reset S|reset");
}

TEST_CASE("what an RST carries is no data, and a wild RST is none") {
  Listener listener;
  listener.take("connect\nS: 220\nC: EHLO");
  const net::Segment wild = [&] {
    net::Segment segment = made(Side::client, 0, 0, "text", {.rst = true});
    segment.sequence = *listener.connection.direction(Side::client).start() + 0x7000'0000U;
    return segment;
  }();
  listener.connection.take(wild, packet(100));
  CHECK_FALSE(listener.connection.closed());
  net::Segment real = wild;
  real.sequence = *listener.connection.direction(Side::client).start() + 6;
  listener.connection.take(real, packet(101));
  CHECK(listener.connection.closed());
  listener.finish();
  CHECK(listener.told == "S:220~ C:EHLO~ C|reset S|reset");
}

TEST_CASE("ports that are used anew") {
  struct ReuseRow {
    const char* name;
    const char* before;
    bool reuse_by_other, reuse_by_same;  // a SYN with another, the same initial sequence number
  };
  const auto row = GENERATE(values<ReuseRow>({
      {"after data", "connect\nS: 220", true, false},
      {"after the handshake", "connect", true, false},
      {"after SYNs that nobody answered", "syn\nsyn", false, false},
      {"after the close", "connect\nclose", true, false},
      {"after a refusal", "refuse", true, false},
      {"in the middle", "midstream\nS: 250\nC: NOOP", true, true},
  }));
  DYNAMIC_SECTION(row.name) {
    Listener listener;
    listener.take(row.before);
    net::Segment syn = made(Side::client, 0, 0, "", {.syn = true});
    syn.sequence = {77};
    CHECK(listener.connection.is_reuse(syn) == row.reuse_by_other);
    syn.sequence = {1'000'000};  // the script's
    CHECK(listener.connection.is_reuse(syn) == row.reuse_by_same);
    syn.flags = {.ack = true};
    CHECK_FALSE(listener.connection.is_reuse(syn));
  }
}

TEST_CASE("another try with another sequence number, before any answer") {
  Listener listener;
  net::Segment syn = made(Side::client, 0, 0, "", {.syn = true});
  syn.sequence = {77};
  listener.connection.take(syn, packet(1));
  listener.connection.take(made(Side::client, 0, 0, "", {.syn = true}), packet(2));
  listener.connection.take(made(Side::server, 0, 1, "", {.syn = true, .ack = true}), packet(3));
  listener.connection.take(made(Side::client, 1, 1, "abc"), packet(4));
  listener.collect();
  CHECK(listener.told == "C:abc");
  CHECK(listener.facts().syn_tries == 2);
}

TEST_CASE("a start that an acknowledgement told too late moves back") {
  Listener listener;  // the client's packet was captured before the reply that it acknowledges
  listener.connection.take(made(Side::client, 10, 25, "QUIT"), packet(1));
  listener.connection.take(made(Side::server, 20, 10, "250 x"), packet(2));
  listener.collect();
  CHECK(listener.told.find("S:250 x") != std::string::npos);
  CHECK(listener.connection.direction(Side::server).counts().outside_octets == 0);
}

TEST_CASE("packets that the snap length cut are counted") {
  Listener listener;
  listener.take("connect\nS: 220\nsnap 57\nC: EHLO client.example.net\nsnap 57\nC: NOOP");
  CHECK(listener.facts().cut_packets == 2);
  REQUIRE(listener.facts().first_cut);
  CHECK(listener.facts().first_cut->frame == 5);
}
