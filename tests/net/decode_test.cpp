#include "dissectors/net/decode.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using net::NotTcpWhy;

namespace {

using Octets = std::vector<std::uint8_t>;

// What decode() says of a frame, in memory of exactly its size. The segment's payload is copied
// out.
struct Seen {
  std::optional<net::Segment> segment;
  net::NotTcp not_tcp;
  std::optional<net::Fragment> fragment;
  std::string payload;
};

Seen seen_in(const Octets& bytes, LinkType link, std::size_t wire_octets) {
  const auto memory = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), memory.get());
  const Packet packet{.bytes = {memory.get(), bytes.size()},
                      .wire_length = static_cast<std::uint32_t>(wire_octets),
                      .link = link};
  const net::Decoded decoded = net::decode(packet);
  Seen seen;
  if (const auto* segment = std::get_if<net::Segment>(&decoded)) {
    seen.segment = *segment;
    seen.payload = as_text(segment->payload);
    seen.segment->payload = {};
  } else if (const auto* fragment = std::get_if<net::Fragment>(&decoded)) {
    seen.fragment = *fragment;
    seen.payload = as_text(fragment->octets);
    seen.fragment->octets = {};
  } else {
    seen.not_tcp = std::get<net::NotTcp>(decoded);
  }
  return seen;
}

Seen seen_in(const Frame& frame, LinkType link = LinkType::ethernet) {
  return seen_in(frame.bytes, link, frame.bytes.size());
}

FrameFields fields_v4() {
  return {.source = endpoint_of("192.0.2.10:40000"),
          .destination = endpoint_of("198.51.100.25:25"),
          .hop_limit = 57,
          .sequence = 0xfedcba98,
          .acknowledgement = 0x89abcdef,
          .flags = {.psh = true, .ack = true},
          .window = 501,
          .payload = "EHLO client.example.net\r\n"};
}

FrameFields fields_v6() {
  FrameFields fields = fields_v4();
  fields.source = endpoint_of("[2001:db8::10]:40000");
  fields.destination = endpoint_of("[2001:db8:1::25]:25");
  return fields;
}

void check_is(const Seen& seen, const FrameFields& fields) {
  INFO(to_string(seen.not_tcp.why));
  REQUIRE(seen.segment);
  CHECK(seen.segment->source == fields.source);
  CHECK(seen.segment->destination == fields.destination);
  CHECK(seen.segment->sequence.value == fields.sequence);
  CHECK(seen.segment->acknowledgement.value == fields.acknowledgement);
  CHECK(seen.segment->flags.psh);
  CHECK(seen.segment->flags.ack);
  CHECK_FALSE((seen.segment->flags.syn || seen.segment->flags.fin || seen.segment->flags.rst ||
               seen.segment->flags.urg));
  CHECK(seen.segment->window == fields.window);
  CHECK(seen.segment->hop_limit == fields.hop_limit);
  CHECK(seen.payload == fields.payload);
  CHECK(seen.segment->payload_length == fields.payload.size());
}

// An extension header of hop-by-hop options, routing or destination options, of `units` times 8
// octets.
ExtensionHeader options_header(std::uint8_t number, std::uint8_t units = 1) {
  ExtensionHeader header{number, Octets(units * 8U - 1U)};
  header.body[0] = static_cast<std::uint8_t>(units - 1);
  return header;
}

ExtensionHeader fragment_header(std::uint16_t offset_and_more) {
  return {44,
          {0, static_cast<std::uint8_t>(offset_and_more >> 8),
           static_cast<std::uint8_t>(offset_and_more), 0, 0, 0, 1}};
}

// AH with an integrity check value of 12 octets.
ExtensionHeader authentication_header() {
  ExtensionHeader header{51, Octets(23)};
  header.body[0] = 4;
  return header;
}

}  // namespace

TEST_CASE("a segment in every link layer") {
  struct Row {
    const char* name;
    LinkType link;
    std::vector<std::uint16_t> vlan_tags{};
    std::uint32_t family_v4 = 0, family_v6 = 0;
    bool big_endian = false;
  };
  const auto row = GENERATE(values<Row>({
      {"Ethernet", LinkType::ethernet},
      {"802.1Q", LinkType::ethernet, {0x8100}},
      {"802.1ad", LinkType::ethernet, {0x88a8, 0x8100}},
      {"the older provider tag", LinkType::ethernet, {0x9100, 0x8100}},
      {"many tags", LinkType::ethernet, std::vector<std::uint16_t>(20, 0x8100)},
      {"Linux cooked", LinkType::linux_cooked},
      {"Linux cooked, tagged", LinkType::linux_cooked, {0x8100}},
      {"Linux cooked v2", LinkType::linux_cooked_2},
      {"Linux cooked v2, tagged", LinkType::linux_cooked_2, {0x8100}},
      {"null of macOS", LinkType::null, {}, 2, 30},
      {"null of FreeBSD", LinkType::null, {}, 2, 28},
      {"null of NetBSD, OpenBSD", LinkType::null, {}, 2, 24},
      {"null of Linux", LinkType::null, {}, 2, 10},
      {"null, big-endian", LinkType::null, {}, 2, 30, true},
      {"loop", LinkType::loop, {}, 2, 24},
      {"raw", LinkType::raw},
      {"raw of BSD", LinkType::raw_bsd},
      {"raw of OpenBSD", LinkType::raw_openbsd},
  }));
  for (FrameFields fields : {fields_v4(), fields_v6()}) {
    const bool is_v4 = fields.source.address.version == net::IpVersion::v4;
    fields.link = row.link;
    fields.vlan_tags = row.vlan_tags;
    fields.null_family = is_v4 ? row.family_v4 : row.family_v6;
    fields.null_big_endian = row.big_endian;
    DYNAMIC_SECTION(row.name << (is_v4 ? ", IPv4" : ", IPv6")) {
      check_is(seen_in(build(fields), row.link), fields);
    }
  }
}

TEST_CASE("the link types for one version of IP") {
  check_is(seen_in(build([] {
                     auto f = fields_v4();
                     f.link = LinkType::ipv4;
                     return f;
                   }()),
                   LinkType::ipv4),
           fields_v4());
  check_is(seen_in(build([] {
                     auto f = fields_v6();
                     f.link = LinkType::ipv6;
                     return f;
                   }()),
                   LinkType::ipv6),
           fields_v6());
  CHECK(seen_in(build([] {
                  auto f = fields_v6();
                  f.link = LinkType::ipv6;
                  return f;
                }()),
                LinkType::ipv4)
            .not_tcp.why == NotTcpWhy::malformed);
}

TEST_CASE("headers between IP and TCP") {
  struct Row {
    const char* name;
    Octets ip_options;
    std::vector<ExtensionHeader> extensions;
  };
  const auto row = GENERATE(values<Row>({
      {"IPv4 options", {148, 4, 0, 0}, {}},
      {"the most IPv4 options", Octets(40, 1), {}},
      {"hop-by-hop", {}, {options_header(0)}},
      {"routing", {}, {options_header(43, 3)}},
      {"destination options", {}, {options_header(60, 32)}},
      {"a fragment header on a whole datagram", {}, {fragment_header(0)}},
      {"a fragment header with reserved bits", {}, {fragment_header(6)}},
      {"authentication", {}, {authentication_header()}},
      {"all of them",
       {},
       {options_header(0), options_header(60), options_header(43), fragment_header(0),
        authentication_header(), options_header(60)}},
      {"the most of them", {}, std::vector<ExtensionHeader>(16, options_header(60))},
  }));
  DYNAMIC_SECTION(row.name) {
    FrameFields fields = row.extensions.empty() ? fields_v4() : fields_v6();
    fields.ip_options = row.ip_options;
    fields.extensions = row.extensions;
    check_is(seen_in(build(fields)), fields);
  }
}

TEST_CASE("flags, one by one") {
  struct Row {
    const char* name;
    net::TcpFlags flags;
  };
  const auto row = GENERATE(values<Row>({
      {"fin", {.fin = true}},
      {"syn", {.syn = true}},
      {"rst", {.rst = true}},
      {"psh", {.psh = true}},
      {"ack", {.ack = true}},
      {"urg", {.urg = true}},
  }));
  DYNAMIC_SECTION(row.name) {
    FrameFields fields = fields_v4();
    fields.flags = row.flags;
    const Seen seen = seen_in(build(fields));
    REQUIRE(seen.segment);
    const net::TcpFlags& flags = seen.segment->flags;
    CHECK(flags.fin == row.flags.fin);
    CHECK(flags.syn == row.flags.syn);
    CHECK(flags.rst == row.flags.rst);
    CHECK(flags.psh == row.flags.psh);
    CHECK(flags.ack == row.flags.ack);
    CHECK(flags.urg == row.flags.urg);
  }
}

TEST_CASE("TCP options") {
  struct Row {
    const char* name;
    Octets options;
    std::optional<std::uint16_t> mss{};
    std::optional<std::uint8_t> window_scale{};
  };
  const auto row = GENERATE(values<Row>({
      {"none", {}},
      {"MSS", {2, 4, 0x05, 0xb4}, 1460},
      {"window scale", {1, 3, 3, 7}, {}, 7},
      {"as Linux sends them",
       {2, 4, 0x05, 0xa0, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 9},
       1440,
       9},
      {"a scale that is too large", {3, 3, 200, 0}, {}, 14},
      {"end of list", {2, 4, 0x05, 0xb4, 0, 3, 3, 7}, 1460},
      {"unknown kinds are passed over", {254, 6, 1, 2, 3, 4, 2, 4, 0x05, 0xb4}, 1460},
      {"a length of 0", {3, 3, 7, 1, 8, 0, 2, 4}, {}, 7},
      {"a length of 1", {3, 3, 7, 8, 1, 2, 4, 5, 0xb4}, {}, 7},
      {"a length beyond the header", {2, 4, 0x05, 0xb4, 8, 5, 0, 0}, 1460},
      {"a kind without a length", {2, 4, 0x05, 0xb4, 1, 1, 1, 8}, 1460},
      {"an MSS that is too short", {2, 3, 9, 3, 3, 5, 1, 1}, {}, 5},
      {"an MSS that is too long", {2, 5, 9, 9, 9, 3, 3, 5}, {}, 5},
      {"a scale that is too long", {3, 4, 9, 9, 2, 4, 0x05, 0xb4}, 1460},
  }));
  DYNAMIC_SECTION(row.name) {
    FrameFields fields = fields_v4();
    fields.tcp_options = row.options;
    fields.flags = {.syn = true};
    const Seen seen = seen_in(build(fields));
    REQUIRE(seen.segment);
    CHECK(seen.segment->mss == row.mss);
    CHECK(seen.segment->window_scale == row.window_scale);
    CHECK(seen.payload == fields.payload);

    fields.flags = {.ack = true};  // what they mean, they mean in a SYN only
    const Seen later = seen_in(build(fields));
    REQUIRE(later.segment);
    CHECK_FALSE(later.segment->mss);
    CHECK_FALSE(later.segment->window_scale);
    CHECK(later.payload == fields.payload);
  }
}

TEST_CASE("packets that are not TCP") {
  struct Row {
    const char* name;
    FrameFields fields;
    std::function<void(Frame&)> change;
    net::NotTcp expected;
    LinkType link = LinkType::ethernet;
  };
  const auto protocol = [](FrameFields fields, std::uint8_t number) {
    fields.ip_protocol = number;
    return fields;
  };
  const auto none = [](Frame&) {};
  const auto ether_type = [](std::uint16_t type) {
    return [type](Frame& frame) {
      frame.bytes[12] = static_cast<std::uint8_t>(type >> 8);
      frame.bytes[13] = static_cast<std::uint8_t>(type);
    };
  };
  FrameFields null = fields_v4();
  null.link = LinkType::null;
  null.null_family = 7;
  FrameFields many_tags = fields_v4();
  many_tags.vlan_tags = std::vector<std::uint16_t>(32, 0x8100);

  const std::vector<Row> rows{
      {"ARP", fields_v4(), ether_type(0x0806), {.why = NotTcpWhy::not_ip, .ether_type = 0x0806}},
      {"LLDP", fields_v4(), ether_type(0x88cc), {.why = NotTcpWhy::not_ip, .ether_type = 0x88cc}},
      {"802.3, spanning tree", fields_v4(), ether_type(38), {.why = NotTcpWhy::not_ip}},
      {"tags without end", many_tags, none, {.why = NotTcpWhy::too_deep}},
      {"AppleTalk in null", null, none, {.why = NotTcpWhy::not_ip}, LinkType::null},
      {"an unknown link layer",
       fields_v4(),
       none,
       {.why = NotTcpWhy::link_type_unknown},
       static_cast<LinkType>(147)},
      {"UDP", protocol(fields_v4(), 17), none, {.why = NotTcpWhy::udp, .ip_protocol = 17}},
      {"UDP without anything",
       protocol(fields_v4(), 17),
       [](Frame& frame) { frame.bytes[frame.ip_at + 3] = 20; },
       {.why = NotTcpWhy::udp, .ip_protocol = 17}},
      {"UDP, IPv6", protocol(fields_v6(), 17), none, {.why = NotTcpWhy::udp, .ip_protocol = 17}},
      {"ICMP", protocol(fields_v4(), 1), none, {.why = NotTcpWhy::icmp, .ip_protocol = 1}},
      {"ICMPv6", protocol(fields_v6(), 58), none, {.why = NotTcpWhy::icmp, .ip_protocol = 58}},
      {"ESP",
       protocol(fields_v4(), 50),
       none,
       {.why = NotTcpWhy::other_ip_protocol, .ip_protocol = 50}},
      {"GRE, IPv6",
       protocol(fields_v6(), 47),
       none,
       {.why = NotTcpWhy::other_ip_protocol, .ip_protocol = 47}},
      {"nothing at all, IPv6",
       protocol(fields_v6(), 59),
       none,
       {.why = NotTcpWhy::other_ip_protocol, .ip_protocol = 59}},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Frame frame = build(row.fields);
      row.change(frame);
      const Seen seen = seen_in(frame, row.link);
      REQUIRE_FALSE(seen.segment);
      CHECK(std::string(to_string(seen.not_tcp.why)) == to_string(row.expected.why));
      CHECK(seen.not_tcp.ether_type == row.expected.ether_type);
      CHECK(seen.not_tcp.ip_protocol == row.expected.ip_protocol);
    }
  }
}

TEST_CASE("pieces of a datagram") {
  struct Row {
    const char* name;
    std::uint16_t flags_and_offset;  // of IPv4's header, or of IPv6's fragment header
    std::uint32_t offset;
    bool more;
  };
  SECTION("IPv4") {
    const auto row = GENERATE(values<Row>({
        {"the first", 0x2000, 0, true},
        {"a later one", 0x20b9, 1480, true},
        {"the last", 0x0001, 8, false},
        {"the furthest", 0x1fff, 65528, false},
        {"reserved, and don't fragment", 0xe001, 8, true},
    }));
    DYNAMIC_SECTION(row.name) {
      FrameFields fields = fields_v4();
      fields.ip_protocol = 17;
      fields.trailing_octets = 3;
      Frame frame = build(fields);
      frame.bytes[frame.ip_at + 4] = 0x12;
      frame.bytes[frame.ip_at + 5] = 0x34;
      frame.bytes[frame.ip_at + 6] = static_cast<std::uint8_t>(row.flags_and_offset >> 8);
      frame.bytes[frame.ip_at + 7] = static_cast<std::uint8_t>(row.flags_and_offset);
      const Seen seen = seen_in(frame);
      REQUIRE(seen.fragment);
      CHECK(seen.fragment->source == fields.source.address);
      CHECK(seen.fragment->destination == fields.destination.address);
      CHECK(seen.fragment->identification == 0x1234);
      CHECK(seen.fragment->ip_protocol == 17);
      CHECK(seen.fragment->hop_limit == fields.hop_limit);
      CHECK(seen.fragment->offset == row.offset);
      CHECK(seen.fragment->more == row.more);
      CHECK(seen.fragment->length == 20 + fields.payload.size());
      CHECK(seen.payload.size() == 20 + fields.payload.size());
    }
  }
  SECTION("IPv6") {
    const auto row = GENERATE(values<Row>({
        {"the first", 1, 0, true},
        {"a later one", 1481, 1480, true},
        {"the last", 8, 8, false},
        {"reserved bits", 14, 8, false},
        {"the furthest", 0xfff8, 65528, false},
    }));
    DYNAMIC_SECTION(row.name) {
      FrameFields fields = fields_v6();
      fields.extensions = {options_header(0), fragment_header(row.flags_and_offset)};
      const Seen seen = seen_in(build(fields));
      REQUIRE(seen.fragment);
      CHECK(seen.fragment->source == fields.source.address);
      CHECK(seen.fragment->identification == 1);
      CHECK(seen.fragment->ip_protocol == 6);
      CHECK(seen.fragment->offset == row.offset);
      CHECK(seen.fragment->more == row.more);
      CHECK_FALSE(seen.fragment->routed_on);
      CHECK(seen.payload.size() == 20 + fields.payload.size());
    }
  }
  SECTION("cut by the snap length") {
    Frame frame = build(fields_v4());
    frame.bytes[frame.ip_at + 6] = 0x20;
    const std::size_t whole = frame.bytes.size();
    frame.bytes.resize(whole - 5);
    const Seen seen = seen_in(frame.bytes, LinkType::ethernet, whole);
    REQUIRE(seen.fragment);
    CHECK(seen.fragment->length == 20 + fields_v4().payload.size());
    CHECK(seen.payload.size() == seen.fragment->length - 5);
  }
}

TEST_CASE("flags of IPv4 that make no fragment") {
  Frame frame = build(fields_v4());
  for (const std::uint8_t flags : std::to_array<std::uint8_t>({0x00, 0x40, 0x80, 0xc0})) {
    frame.bytes[frame.ip_at + 6] = flags;
    check_is(seen_in(frame), fields_v4());
  }
}

TEST_CASE("headers that contradict each other") {
  struct Row {
    const char* name;
    FrameFields fields;
    std::function<void(Frame&)> change;
  };
  const auto set_ip = [](std::size_t at, std::uint8_t value) {
    return [at, value](Frame& frame) { frame.bytes[frame.ip_at + at] = value; };
  };
  const auto set_tcp = [](std::size_t at, std::uint8_t value) {
    return [at, value](Frame& frame) { frame.bytes[frame.tcp_at + at] = value; };
  };
  const auto set_ip_length = [](std::size_t at, std::uint8_t value) {
    return [at, value](Frame& frame) {
      frame.bytes[frame.ip_at + at] = 0;
      frame.bytes[frame.ip_at + at + 1] = value;
    };
  };
  FrameFields long_option = fields_v6();
  long_option.extensions = {options_header(60)};
  FrameFields many = fields_v6();
  many.extensions = std::vector<ExtensionHeader>(17, options_header(60));

  const std::vector<Row> rows{
      {"IPv4's EtherType, version 6", fields_v4(), set_ip(0, 0x65)},
      {"IPv4's EtherType, version 0", fields_v4(), set_ip(0, 0x05)},
      {"IPv6's EtherType, version 4", fields_v6(), set_ip(0, 0x45)},
      {"an IPv4 header of 16 octets", fields_v4(), set_ip(0, 0x44)},
      {"a total length within the header", fields_v4(), set_ip_length(2, 19)},
      {"a total length without room for TCP", fields_v4(), set_ip_length(2, 39)},
      {"a payload length without room for TCP", fields_v6(), set_ip_length(4, 19)},
      {"a TCP header of 16 octets", fields_v4(), set_tcp(12, 0x40)},
      {"a TCP header beyond the datagram", fields_v4(), set_tcp(12, 0xf0)},
      {"an extension header beyond the datagram", long_option, set_ip(41, 200)},
      {"an extension header without room", long_option, set_ip_length(4, 7)},
      {"too many extension headers", many, [](Frame&) {}},
  };
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.name) {
      Frame frame = build(row.fields);
      row.change(frame);
      for (const std::size_t not_captured : {0U, 1000U}) {  // that a cut explains it is no excuse
        const Seen seen =
            seen_in(frame.bytes, LinkType::ethernet, frame.bytes.size() + not_captured);
        REQUIRE_FALSE(seen.segment);
        CHECK(std::string(to_string(seen.not_tcp.why)) == "malformed");
      }
    }
  }
}

TEST_CASE("what is payload and what is not") {
  const auto set_length = [](Frame& frame, std::size_t at, std::size_t length) {
    frame.bytes[frame.ip_at + at] = static_cast<std::uint8_t>(length >> 8);
    frame.bytes[frame.ip_at + at + 1] = static_cast<std::uint8_t>(length);
  };
  FrameFields v4 = fields_v4();
  FrameFields v6 = fields_v6();

  SECTION("Ethernet's padding is not") {
    for (FrameFields* fields : {&v4, &v6}) {
      for (const char* payload : {"", "x"}) {
        fields->payload = payload;
        fields->trailing_octets = 6;
        check_is(seen_in(build(*fields)), *fields);
      }
    }
  }
  SECTION("without a length, what the frame has is") {
    Frame frame = build(v4);
    set_length(frame, 2, 0);
    check_is(seen_in(frame), v4);
    frame = build(v6);
    set_length(frame, 4, 0);
    check_is(seen_in(frame), v6);
    v6.extensions = {options_header(0)};  // as the jumbo payload option would stand there
    frame = build(v6);
    set_length(frame, 4, 0);
    check_is(seen_in(frame), v6);
  }
  SECTION("without a length, and cut: what the wire had is") {
    for (const FrameFields& fields : {v4, v6}) {
      Frame frame = build(fields);
      set_length(frame, fields.source.address.version == net::IpVersion::v4 ? 2 : 4, 0);
      const Seen seen = seen_in(frame.bytes, LinkType::ethernet, frame.bytes.size() + 70'000);
      REQUIRE(seen.segment);
      CHECK(seen.payload == fields.payload);
      CHECK(seen.segment->payload_length == fields.payload.size() + 70'000);
    }
  }
  SECTION("cut by the snap length: as far as captured") {
    for (const FrameFields& fields : {v4, v6}) {
      Frame frame = build(fields);
      const std::size_t whole = frame.bytes.size();
      frame.bytes.resize(whole - 10);
      const Seen seen = seen_in(frame.bytes, LinkType::ethernet, whole);
      REQUIRE(seen.segment);
      CHECK(seen.payload == fields.payload.substr(0, fields.payload.size() - 10));
      CHECK(seen.segment->payload_length == fields.payload.size());
    }
  }
  SECTION("a frame that is shorter than IP says is cut, too") {
    Frame frame = build(v4);
    set_length(frame, 2, 1500);
    const Seen seen = seen_in(frame);
    REQUIRE(seen.segment);
    CHECK(seen.payload == v4.payload);
    CHECK(seen.segment->payload_length == 1500 - 40);
  }
  SECTION("a wire length below the captured one is not believed") {
    const Frame frame = build(v4);
    check_is(seen_in(frame.bytes, LinkType::ethernet, 10), v4);
    const Octets beginning(frame.bytes.begin(), frame.bytes.begin() + 20);
    CHECK(seen_in(beginning, LinkType::ethernet, 10).not_tcp.why == NotTcpWhy::malformed);
  }
}

TEST_CASE("TCP options cut by the snap length leave a segment") {
  FrameFields fields = fields_v4();
  fields.flags = {.syn = true};
  fields.tcp_options = {2, 4, 0x05, 0xb4, 1, 3, 3, 7};
  Frame frame = build(fields);
  const std::size_t whole = frame.bytes.size();
  frame.bytes.resize(frame.tcp_at + 26);
  const Seen seen = seen_in(frame.bytes, LinkType::ethernet, whole);
  REQUIRE(seen.segment);
  CHECK(seen.segment->mss == 1460);
  CHECK_FALSE(seen.segment->window_scale);
  CHECK(seen.payload.empty());
  CHECK(seen.segment->payload_length == fields.payload.size());
}

TEST_CASE("TCP's checksum") {
  const auto state = [](const Frame& frame) {
    return net::tcp_checksum(packet_of(frame, LinkType::ethernet).view());
  };
  using net::ChecksumState;
  for (FrameFields fields : {fields_v4(), fields_v6()}) {
    for (const char* payload : {"", "odd", "even"}) {
      fields.payload = payload;
      fields.trailing_octets = 5;
      Frame frame = build(fields);
      std::fill(frame.bytes.end() - 5, frame.bytes.end(), std::uint8_t{0x55});
      CHECK(state(frame) == ChecksumState::right);
      for (std::size_t at = frame.tcp_at; at < frame.bytes.size() - 5; ++at) {
        if (at == frame.tcp_at + 12) continue;  // the header length: another header altogether
        Frame wrong = frame;
        wrong.bytes[at] = static_cast<std::uint8_t>(wrong.bytes[at] ^ 1);
        CHECK(state(wrong) == ChecksumState::wrong);
      }
      Frame other_address = frame;
      ++other_address.bytes[frame.tcp_at - 1];
      CHECK(state(other_address) == ChecksumState::wrong);
    }
  }

  SECTION("of what cannot be known") {
    Frame cut = build(fields_v4());
    cut.bytes.pop_back();
    CHECK(state(cut) == ChecksumState::unknown);
    FrameFields fields = fields_v4();
    fields.ip_protocol = 17;
    CHECK(state(build(fields)) == ChecksumState::unknown);
    // A routing header with hops left: the sum is over an address that is none of IPv6's header.
    fields = fields_v6();
    fields.extensions = {options_header(43, 3)};
    CHECK(state(build(fields)) == ChecksumState::right);
    fields.extensions[0].body[2] = 1;
    CHECK(state(build(fields)) == ChecksumState::unknown);
  }
}

TEST_CASE("each reason has its words") {
  std::set<std::string> words;
  for (std::size_t why = 0; why < net::not_tcp_why_count; ++why) {
    words.insert(to_string(static_cast<NotTcpWhy>(why)));
  }
  CHECK(words.size() == net::not_tcp_why_count);
  CHECK(words.count("?") == 0);
  CHECK(std::string(to_string(NotTcpWhy::cut_short)) == "cut short");
}
