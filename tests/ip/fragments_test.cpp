#include "analyzer/ip/fragments.hpp"

#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/octets.hpp"
#include "tests/support/wrap.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp start{std::chrono::seconds{1'767'323'045}};

FrameFields fields_of(const char* source, const char* destination, std::size_t octets) {
  FrameFields fields{.source = endpoint_of(source),
                     .destination = endpoint_of(destination),
                     .hop_limit = 44,
                     .sequence = 1000,
                     .flags = {.ack = true},
                     .payload = std::string(octets, 'x')};
  for (std::size_t i = 0; i < octets; ++i) fields.payload[i] = static_cast<char>('a' + i % 23);
  return fields;
}
FrameFields fields_v4(std::size_t octets = 1000) {
  return fields_of("192.0.2.10:40000", "198.51.100.25:25", octets);
}
FrameFields fields_v6(std::size_t octets = 1000) {
  return fields_of("[2001:db8::10]:40000", "[2001:db8:1::25]:25", octets);
}

TestPacket packet_of_fields(const FrameFields& fields) {
  return packet_of(build(fields), fields.link);
}

// A table, and what came out of it.
struct Table {
  explicit Table(ip::FragmentLimits limits = {}) : table(limits) { table.tell_time(start); }

  // In memory of exactly its size, that dies at the end: what comes out must not view it.
  void take(const TestPacket& packet) {
    const auto memory = std::make_unique<std::uint8_t[]>(packet.bytes.size());
    std::copy(packet.bytes.begin(), packet.bytes.end(), memory.get());
    Packet view = packet.view();
    view.bytes = {memory.get(), packet.bytes.size()};
    const net::Decoded decoded = net::decode(view);
    const auto* piece = std::get_if<net::Fragment>(&decoded);
    REQUIRE(piece != nullptr);
    auto whole = table.take(*piece, view);
    if (!whole) return;
    last = whole->packet;
    around = whole->around;
    const net::Decoded inside = net::decode(whole->packet, whole->around);
    const auto* segment = std::get_if<net::Segment>(&inside);
    REQUIRE(segment != nullptr);
    segments.push_back(*segment);
    payloads.emplace_back(as_text(segment->payload));
    checksums.push_back(net::tcp_checksum(whole->packet));
  }
  void take_all(const std::vector<TestPacket>& packets) {
    for (const TestPacket& packet : packets) take(packet);
  }

  ip::FragmentTable table;
  Packet last;
  net::Tunnels around;
  std::vector<net::Segment> segments;
  std::vector<std::string> payloads;
  std::vector<net::ChecksumState> checksums;
};

// A piece of IPv4 that carries `octets`, of the datagram 7.
TestPacket piece_v4(std::size_t offset, const std::string& octets, bool more,
                    std::uint16_t number = 7) {
  Frame frame = build(fields_v4(0));
  frame.bytes.resize(frame.tcp_at);
  put(frame.bytes, as_bytes(octets));
  set16(frame.bytes, frame.ip_at + 2, 20 + octets.size());
  set16(frame.bytes, frame.ip_at + 4, number);
  set16(frame.bytes, frame.ip_at + 6, (more ? 0x2000U : 0U) | offset / 8);
  return packet_of(frame, LinkType::ethernet);
}

}  // namespace

TEST_CASE("a datagram is put together in whatever order its pieces come") {
  for (const FrameFields& fields : {fields_v4(), fields_v6()}) {
    TestPacket whole = packet_of_fields(fields);
    whole.number = 77;
    auto pieces = fragmented(whole, 200);
    REQUIRE(pieces.size() == 6);
    for (std::size_t i = 0; i < pieces.size(); ++i) pieces[i].number = 100 + i;
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
      Table table;
      table.take_all(pieces);
      REQUIRE(table.segments.size() == 1);
      CHECK(table.payloads[0] == fields.payload);
      CHECK(table.segments[0].source == fields.source);
      CHECK(table.segments[0].destination == fields.destination);
      CHECK(table.segments[0].hop_limit == fields.hop_limit);
      CHECK(table.segments[0].payload_length == fields.payload.size());
      CHECK(table.checksums[0] == net::ChecksumState::right);
      CHECK(table.last.number == pieces.back().number);
      CHECK(table.table.counts().completed == 1);
      CHECK(table.table.counts().pieces == 6);
      std::shuffle(pieces.begin(), pieces.end(), random);
    }
  }
}

TEST_CASE("the largest datagram, in the smallest pieces of the least MTU") {
  const FrameFields fields = fields_v4(65535 - 40);
  Table table;
  table.take_all(fragmented(packet_of_fields(fields), 48));
  REQUIRE(table.payloads.size() == 1);
  CHECK(table.payloads[0] == fields.payload);
}

TEST_CASE("pieces that come twice change nothing") {
  const FrameFields fields = fields_v4();
  const auto pieces = fragmented(packet_of_fields(fields), 400);
  SECTION("each at once") {
    Table table;
    for (const TestPacket& piece : pieces) {
      table.take(piece);
      table.take(piece);
    }
    CHECK(table.payloads == std::vector{fields.payload});
    CHECK(table.table.counts().repeated == 3);
    table.table.finish();
    CHECK(table.table.counts().incomplete == 0);
  }
  SECTION("all of them behind the last one") {
    Table table;
    table.take_all(pieces);
    table.table.tell_time(start + 5ms);
    table.take_all(pieces);
    CHECK(table.payloads.size() == 1);
    CHECK(table.table.counts().repeated == 3);
  }
  SECTION("so much later that the number was used again") {
    Table table;
    table.take_all(pieces);
    table.table.tell_time(start + 25ms);
    table.take_all(pieces);
    CHECK(table.payloads.size() == 2);
    CHECK(table.table.counts().repeated == 0);
  }
}

TEST_CASE("datagrams are told apart") {
  const auto pieces = fragmented(packet_of_fields(fields_v4()), 512);
  REQUIRE(pieces.size() == 2);
  const auto mixed_with = [&](const TestPacket& other) {
    Table table;
    table.take(pieces[0]);
    table.take(other);
    return table.segments.size();
  };
  CHECK(mixed_with(pieces[1]) == 1);
  TestPacket other = pieces[1];
  other.bytes[14 + 5] ^= 1;  // identification
  CHECK(mixed_with(other) == 0);
  other = pieces[1];
  other.bytes[14 + 9] = 17;  // protocol
  CHECK(mixed_with(other) == 0);
  other = pieces[1];
  other.bytes[14 + 15] ^= 1;  // source
  CHECK(mixed_with(other) == 0);
  CHECK(mixed_with(in_gre(pieces[1])) == 0);   // another network, another datagram
  CHECK(mixed_with(in_vlan(pieces[1])) == 1);  // the same network, another place
}

TEST_CASE("tunnels around the pieces stay, and those inside of them are found") {
  const FrameFields fields = fields_v4();
  Table table;
  for (const TestPacket& piece : fragmented(packet_of_fields(fields), 400)) {
    table.take(in_vxlan(piece, 42));
  }
  REQUIRE(table.segments.size() == 1);
  REQUIRE(table.segments[0].tunnels.count() == 1);
  CHECK(to_string(table.segments[0].tunnels[0]) == "vxlan 42");

  Table inside;
  inside.take_all(fragmented(in_gre(packet_of_fields(fields)), 400));
  REQUIRE(inside.segments.size() == 1);
  CHECK(inside.payloads[0] == fields.payload);
  CHECK(to_string(inside.segments[0].tunnels[0]) == "gre");
}

TEST_CASE("pieces that contradict each other end their datagram") {
  const std::string a(16, 'a'), b(16, 'b'), c(24, 'c');
  struct Row {
    const char* name;
    std::vector<TestPacket> pieces;
  };
  const std::vector<Row> rows{
      {"the same place, other octets", {piece_v4(0, a, true), piece_v4(0, b, true)}},
      {"the same octets, another end", {piece_v4(8, a, true), piece_v4(8, a, false)}},
      {"into the next one", {piece_v4(16, a, true), piece_v4(0, c, true)}},
      {"into the one before", {piece_v4(0, c, true), piece_v4(16, a, true)}},
      {"inside of another", {piece_v4(0, c, true), piece_v4(8, "eightoct", true)}},
      {"around another", {piece_v4(8, "eightoct", true), piece_v4(0, c, true)}},
      {"behind the end", {piece_v4(16, a, false), piece_v4(32, a, true)}},
      {"an end before what there is", {piece_v4(24, a, true), piece_v4(8, a, false)}},
      {"two ends", {piece_v4(16, a, false), piece_v4(40, a, false)}},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Table table;
      table.take_all(row.pieces);
      CHECK(table.table.counts().overlapping == 1);
      // What still comes belongs to the same datagram: it does not begin a good one.
      table.take(piece_v4(0, a, true));
      table.take(piece_v4(16, a, false));
      CHECK(table.segments.empty());
      CHECK(table.table.counts().overlapping == 1);
      CHECK(table.table.held_octets() == 0);
      table.table.finish();
      CHECK(table.table.counts().incomplete == 0);
    }
  }
}

TEST_CASE("lengths that cannot be") {
  Table table;
  table.take(piece_v4(65528, std::string(8, 'x'), false));
  CHECK(table.table.counts().oversized == 1);
  table.take(piece_v4(8, std::string(12, 'x'), true, 8));  // not a multiple of eight
  CHECK(table.table.counts().misfits == 1);
  table.take(piece_v4(8, "", false, 9));
  CHECK(table.table.counts().misfits == 2);
  CHECK(table.table.held_octets() == 0);
}

TEST_CASE("what is not complete in time is dropped") {
  const auto pieces = fragmented(packet_of_fields(fields_v4()), 512);
  Table table;
  table.take(pieces[0]);
  table.table.tell_time(start + 30s);
  CHECK(table.table.datagrams() == 1);
  table.table.tell_time(start + 31s);
  CHECK(table.table.datagrams() == 0);
  CHECK(table.table.held_octets() == 0);
  CHECK(table.table.counts().incomplete == 1);
  table.take(pieces[1]);
  CHECK(table.segments.empty());
  table.table.finish();
  CHECK(table.table.counts().incomplete == 2);
}

TEST_CASE("limits") {
  SECTION("datagrams: the oldest one goes") {
    Table table({.datagrams = 2});
    for (std::uint16_t number = 1; number <= 3; ++number) {
      table.take(piece_v4(0, std::string(24, 'x'), true, number));
    }
    CHECK(table.table.datagrams() == 2);
    CHECK(table.table.counts().dropped == 1);
  }
  SECTION("octets: also where one datagram alone is too much") {
    Table table({.octets = 4096});
    for (std::uint16_t number = 1; number <= 100; ++number) {
      table.take(piece_v4(800, std::string(800, 'x'), true, number));
      CHECK(table.table.held_octets() <= 4096);
    }
    CHECK(table.table.counts().dropped > 90);
    for (std::size_t offset = 0; offset < 8000; offset += 800) {
      table.take(piece_v4(offset, std::string(800, 'x'), true, 777));
      CHECK(table.table.held_octets() <= 4096);
    }
  }
  SECTION("pieces of a datagram") {
    Table table({.pieces = 8});
    for (std::size_t offset = 0; offset < 800; offset += 8) {
      table.take(piece_v4(offset, "eightoct", true));
    }
    CHECK(table.table.counts().dropped == 1);
    CHECK(table.table.held_octets() == 0);
  }
  SECTION("a high offset costs no more than its octets") {
    Table table;
    table.take(piece_v4(65496, "eightoct", true));
    CHECK(table.table.held_octets() < 200);
  }
}

TEST_CASE("a piece that the snap length cut ends what is known of the datagram") {
  const FrameFields fields = fields_v4(1180);  // 1200 octets behind IP's header: three pieces
  auto pieces = fragmented(packet_of_fields(fields), 400);
  REQUIRE(pieces.size() == 3);
  for (TestPacket& piece : pieces) piece.bytes.resize(14 + 20 + 100);
  Table table;
  table.take(pieces[2]);
  table.take(pieces[0]);
  table.take(pieces[1]);
  REQUIRE(table.segments.size() == 1);
  CHECK(table.payloads[0] == fields.payload.substr(0, 80));
  CHECK(table.segments[0].payload_length == fields.payload.size());
  CHECK(table.checksums[0] == net::ChecksumState::unknown);
  table.take_all(pieces);
  CHECK(table.table.counts().repeated == 3);
}

TEST_CASE("a routing header with hops left hides the address that the checksum is over") {
  FrameFields fields = fields_v6();
  auto pieces = fragmented(packet_of_fields(fields), 512);
  for (TestPacket& piece : pieces) {  // between IPv6 and the fragment header
    const std::size_t at = 14 + 40;
    const Octets routing{44, 0, 0, 1, 0, 0, 0, 0};
    piece.bytes[14 + 6] = 43;
    set16(piece.bytes, 14 + 4, be16(piece.bytes, 14 + 4) + 8U);
    piece.bytes.insert(piece.bytes.begin() + at, routing.begin(), routing.end());
    piece.wire_length += 8;
  }
  Table table;
  table.take_all(pieces);
  REQUIRE(table.segments.size() == 1);
  CHECK(table.payloads[0] == fields.payload);
  CHECK(table.checksums[0] == net::ChecksumState::unknown);
}
