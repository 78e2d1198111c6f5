// The test captures say what their scripts say: what is wrong here makes every later test wrong.
#include "tests/support/script.hpp"

#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <stdexcept>
#include <string>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

const auto client = endpoint_of("192.0.2.10:40000");
const auto server = endpoint_of("198.51.100.25:25");

net::Segment segment_of(const TestPacket& packet) {
  const net::Decoded decoded = net::decode(packet.view());
  REQUIRE(std::holds_alternative<net::Segment>(decoded));
  return std::get<net::Segment>(decoded);
}

std::string flags_of(const net::Segment& segment) {
  std::string out;
  if (segment.flags.syn) out += 'S';
  if (segment.flags.fin) out += 'F';
  if (segment.flags.rst) out += 'R';
  if (segment.flags.psh) out += 'P';
  if (segment.flags.ack) out += '.';
  return out;
}

// The capture in the words of a sniffer, numbers relative to 1000000 (client) and 2000000 (server):
// "3.010 C S. 0:4 ack 1 HELO". Times are milliseconds since the start.
std::string told(const std::vector<TestPacket>& packets) {
  std::string out;
  for (const TestPacket& packet : packets) {
    const net::Segment segment = segment_of(packet);
    const bool from_client = segment.source.port >= 40000;
    const std::uint32_t own = from_client ? 1'000'000 : 2'000'000;
    const std::uint32_t other = from_client ? 2'000'000 : 1'000'000;
    out += std::to_string((packet.time - script_start) / 1ms) + (from_client ? " C " : " S ") +
           flags_of(segment) + ' ' + std::to_string(segment.sequence.value - own);
    if (segment.flags.ack) out += " ack " + std::to_string(segment.acknowledgement.value - other);
    if (!segment.payload.empty()) out += ' ' + std::string(as_text(segment.payload));
    out += '\n';
  }
  return out;
}

}  // namespace

TEST_CASE("a script with nothing in it has no packets") {
  CHECK(packets_of("").empty());
  CHECK(packets_of("\n   \n # only a comment\n").empty());
}

TEST_CASE("connect, two lines, close") {
  const auto packets = packets_of(R"(
    connect
    S: 220 mx.example.com ESMTP
    C: QUIT
    close
  )");
  CHECK(told(packets) ==
        "0 C S 0\n"
        "10 S S. 0 ack 1\n"
        "20 C . 1 ack 1\n"
        "30 S P. 1 ack 1 220 mx.example.com ESMTP\r\n\n"
        "40 C P. 1 ack 27 QUIT\r\n\n"
        "50 C F. 7 ack 27\n"
        "60 S F. 27 ack 8\n"
        "70 C . 8 ack 28\n");
  CHECK(segment_of(packets[0]).source == client);
  CHECK(segment_of(packets[0]).destination == server);
  CHECK(segment_of(packets[0]).mss == 1460);
  CHECK(segment_of(packets[1]).window_scale == 7);
  CHECK(packets.back().number == 8);
}

TEST_CASE("every packet has a right checksum and is whole") {
  for (const auto link : {LinkType::ethernet, LinkType::linux_cooked, LinkType::linux_cooked_2,
                          LinkType::null, LinkType::loop, LinkType::raw}) {
    for (const char* where : {"", "client=[2001:db8::1]:50000 server=[2001:db8::25]:25"}) {
      const auto packets = packets_of(
          "connect " + std::string(where) + "\nC: odd\nS: even\\\nC:rst", {.link = link});
      REQUIRE(packets.size() == 6);
      for (const TestPacket& packet : packets) {
        CHECK(net::tcp_checksum(packet.view()) == net::ChecksumState::right);
        CHECK(packet.wire_length == packet.bytes.size());
      }
    }
  }
}

TEST_CASE("what a line puts on the wire") {
  struct Row {
    const char* name;
    const char* line;
    std::string payload;
  };
  const auto row = GENERATE(values<Row>({
      {"text and CRLF", "C: NOOP", "NOOP\r\n"},
      {"blanks inside and at the end are kept", "C:  NOOP \t", " NOOP \t\r\n"},
      {"an empty line", "C:", "\r\n"},
      {"an empty line with a blank", "C: ", "\r\n"},
      {"the lone dot", "C: .", ".\r\n"},
      {"no CRLF", "C: NOOP\\", "NOOP"},
      {"a backslash", "C: NOOP\\\\", "NOOP\\\r\n"},
      {"escapes", "C: \\x16\\x03\\xFf\\0\\t\\r\\n\\", std::string("\x16\x03\xff\0\t\r\n", 7)},
      {"two lines in one segment", "C: RSET\\r\\nQUIT", "RSET\r\nQUIT\r\n"},
      {"a number of octets", "C*: 7 abc", "abcabca"},
      {"a script with CRLF", "C: NOOP\r", "NOOP\r\n"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto packets = packets_of("midstream\n" + std::string(row.line));
    REQUIRE(packets.size() == 1);
    CHECK(std::string(as_text(segment_of(packets[0]).payload)) == row.payload);
  }
}

TEST_CASE("marks") {
  struct Row {
    const char* name;
    const char* script;
    const char* told;
  };
  const auto row = GENERATE(values<Row>({
      {"wait replaces the usual step, and adds up", "C: a\nwait 2s\nwait 300ms\nC: b\nC: c",
       "0 C P. 0 ack 0 a\r\n\n2300 C P. 3 ack 0 b\r\n\n2310 C P. 6 ack 0 c\r\n\n"},
      {"a wait before the first segment", "wait 1s\nC: a", "1000 C P. 0 ack 0 a\r\n\n"},
      {"drop: acknowledged, but not there", "drop\nC: a\nS: b", "10 S P. 0 ack 3 b\r\n\n"},
      {"again", "again\nC: a\nC: b",
       "0 C P. 0 ack 0 a\r\n\n200 C P. 0 ack 0 a\r\n\n210 C P. 3 ack 0 b\r\n\n"},
      {"drop and again: lost before the capture, sent anew", "drop\nagain\nC: a",
       "200 C P. 0 ack 0 a\r\n\n"},
      {"swap: order changes, the clock does not", "swap\nC: a\nS: b\nC: c",
       "0 S P. 0 ack 3 b\r\n\n10 C P. 0 ack 0 a\r\n\n20 C P. 3 ack 3 c\r\n\n"},
      {"cut is for one line", "cut 2\nC: abc\nC: d",
       "0 C . 0 ack 0 ab\n10 C . 2 ack 0 c\r\n20 C P. 4 ack 0 \n\n30 C P. 5 ack 0 d\r\n\n"},
      {"a mark takes one segment of a line that is cut", "drop\ncut 3\nC: abc",
       "10 C P. 3 ack 0 \r\n\n"},
      {"ack", "C: a\nack S\nack C", "0 C P. 0 ack 0 a\r\n\n10 S . 0 ack 3\n20 C . 3 ack 0\n"},
      {"keepalive", "C: a\nkeepalive C\nC: b",
       "0 C P. 0 ack 0 a\r\n\n10 C . 2 ack 0\n20 C P. 3 ack 0 b\r\n\n"},
      {"fin is acknowledged", "S:fin\nC:fin",
       "0 S F. 0 ack 0\n10 C . 0 ack 1\n20 C F. 0 ack 1\n30 S . 1 ack 1\n"},
      {"rst", "S:rst", "0 S R. 0 ack 0\n"},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(told(packets_of("midstream\n" + std::string(row.script))) == row.told);
  }
}

TEST_CASE("connections that are not made") {
  CHECK(told(packets_of("syn\nwait 1s\nsyn\nwait 2s\nsyn")) == "0 C S 0\n1000 C S 0\n3000 C S 0\n");
  CHECK(told(packets_of("refuse")) == "0 C S 0\n10 S R. 0 ack 1\n");
  CHECK(told(packets_of("syn\nrefuse")) == "0 C S 0\n10 C S 0\n20 S R. 0 ack 1\n");
  const auto two = packets_of("syn\nsyn port=25\nconnect");
  CHECK(segment_of(two[1]).source.port == 40001);
  CHECK(segment_of(two[2]).source.port == 40002);
}

TEST_CASE("where a connection goes, and several at once") {
  const auto packets = packets_of(R"(
    midstream port=587
    midstream client=[2001:db8::1]:50000 server=[2001:db8::25]:2525 isn=4294967290,7
    C: two
    S: two
    flow 1
    C: one
  )");
  REQUIRE(packets.size() == 3);
  CHECK(to_string(segment_of(packets[0]).source) == "[2001:db8::1]:50000");
  CHECK(to_string(segment_of(packets[0]).destination) == "[2001:db8::25]:2525");
  CHECK(segment_of(packets[0]).sequence.value == 4'294'967'290);
  CHECK(segment_of(packets[1]).sequence.value == 7);
  CHECK(segment_of(packets[1]).acknowledgement.value == 4'294'967'295);
  CHECK(to_string(segment_of(packets[2]).destination) == "198.51.100.25:587");
}

TEST_CASE("long data goes in segments of the MSS") {
  const auto packets = packets_of("connect\nC*: 70000 x\nS: 250 Ok");
  REQUIRE(packets.size() == 3 + 48 + 1);
  CHECK(segment_of(packets[3]).payload.size() == 1460);
  CHECK(segment_of(packets[50]).payload.size() == 70000 - 47 * 1460);
  CHECK(segment_of(packets[51]).acknowledgement.value == 1'000'001 + 70000);
}

TEST_CASE("snap cuts the frame, not what it says") {
  const auto packets = packets_of("midstream\nsnap 60\nC: MAIL FROM:<alice@example.net>\nC: b");
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].bytes.size() == 60);
  CHECK(packets[0].wire_length == 54 + 31);
  CHECK(segment_of(packets[0]).payload.size() == 6);
  CHECK(segment_of(packets[0]).payload_length == 31);
  CHECK(packets[1].bytes.size() == packets[1].wire_length);
}

TEST_CASE("a script that makes no sense names its line") {
  struct Row {
    const char* name;
    const char* script;
  };
  const auto row = GENERATE(values<Row>({
      {"an unknown word", "connect\nshout"},
      {"no connection", "\nC: a"},
      {"no such flow", "connect\nflow 2"},
      {"a time without a unit", "connect\nwait 5"},
      {"a time with an odd unit", "connect\nwait 5h"},
      {"half an escape", "connect\nC: \\x1"},
      {"an unknown escape", "connect\nC: \\q"},
      {"no blank after the colon", "connect\nC:EHLO"},
      {"a mark at the end", "connect\ndrop"},
      {"half a swap", "connect\nswap\nC: a"},
      {"an unknown part of where", "\nconnect ttl=5"},
      {"one initial sequence number", "\nconnect isn=5"},
      {"octets of nothing", "connect\nC*: 5"},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK_THROWS_AS(packets_of(row.script), std::invalid_argument);
    try {
      (void)packets_of(row.script);
    } catch (const std::invalid_argument& error) {
      CHECK(std::string(error.what()).starts_with("script line "));
    }
  }
}

TEST_CASE("a capture file of the packets") {
  const auto packets = packets_of("midstream\nC: a");
  const std::string file = pcap_of(packets);
  CHECK(file.size() == 24 + 16 + 57);
  CHECK(file.substr(0, 4) == "\xd4\xc3\xb2\xa1");
}
