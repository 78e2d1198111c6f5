// One segment in each link layer and each tunnel, built from the formats by tests/support/wrap.hpp;
// and what on the port of a tunnel is none.
#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/octets.hpp"
#include "tests/support/wrap.hpp"

#include <algorithm>
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

FrameFields fields_of(const char* source, const char* destination) {
  return {.source = endpoint_of(source),
          .destination = endpoint_of(destination),
          .hop_limit = 57,
          .sequence = 0xfedcba98,
          .acknowledgement = 0x89abcdef,
          .flags = {.psh = true, .ack = true},
          .window = 501,
          .tcp_options = {1, 1, 8, 10, 0, 0, 0x12, 0x34, 0, 0, 0, 1},
          .payload = "EHLO client.example.net\r\n"};
}
FrameFields fields_v4() { return fields_of("192.0.2.10:40000", "198.51.100.25:25"); }
FrameFields fields_v6() { return fields_of("[2001:db8::10]:40000", "[2001:db8:1::25]:25"); }

TestPacket packet_of_fields(const FrameFields& fields) {
  return packet_of(build(fields), fields.link);
}

Octets joined(Octets first, const Octets& second) {
  put(first, second);
  return first;
}

struct Seen {
  std::optional<net::Segment> segment;
  net::NotTcp not_tcp;
  bool is_fragment = false;
  std::string payload;
  std::string via;
};

std::string text_of(const net::Tunnels& tunnels) {
  std::string text;
  for (std::size_t i = 0; i < tunnels.told(); ++i) {
    text += (text.empty() ? "" : ", ") + to_string(tunnels[i]);
  }
  return text;
}

// The octets lie in memory of exactly their size, so that AddressSanitizer sees a look beyond.
Seen seen_in(const TestPacket& packet, std::size_t octets, std::size_t wire_octets) {
  const auto memory = std::make_unique<std::uint8_t[]>(octets);
  std::copy_n(packet.bytes.begin(), octets, memory.get());
  Packet view = packet.view();
  view.bytes = {memory.get(), octets};
  view.wire_length = static_cast<std::uint32_t>(wire_octets);
  (void)net::tcp_checksum(view);
  const net::Decoded decoded = net::decode(view);
  Seen seen;
  if (const auto* segment = std::get_if<net::Segment>(&decoded)) {
    seen.segment = *segment;
    seen.payload = as_text(segment->payload);
    seen.segment->payload = {};
    seen.via = text_of(segment->tunnels);
  } else if (const auto* other = std::get_if<net::NotTcp>(&decoded)) {
    seen.not_tcp = *other;
  } else {
    seen.is_fragment = true;
  }
  return seen;
}

Seen seen_in(const TestPacket& packet) {
  return seen_in(packet, packet.bytes.size(), packet.wire_length);
}

using Wrap = std::function<TestPacket(const TestPacket&)>;

struct Row {
  std::string name;
  Wrap wrap;
  std::string via{};        // with IPv4 inside
  std::string via_of_v6{};  // if it is another one
  bool in_udp = false;
};

std::vector<Row> rows() {
  using P = const TestPacket&;
  return {
      {"Ethernet", as_ethernet},
      {"raw IP", as_raw_ip},
      {"802.3 with SNAP", as_802_3},
      {"802.3 with SNAP in a VLAN", [](P p) { return in_vlan(as_802_3(p)); }},
      {"PPP", as_ppp},
      {"PPP, compressed protocol", as_ppp_compressed},
      {"PPP in HDLC framing", as_ppp_hdlc},
      {"PPP with a direction", as_ppp_directed},
      {"PPP as pppd writes it", as_ppp_linux},
      {"Cisco HDLC", as_cisco_hdlc},
      {"ATM, LLC", as_atm_llc},
      {"PPPoE alone", as_pppoe},
      {"pflog", as_pflog},
      {"NFLOG", as_nflog},
      {"802.11", [](P p) { return as_wifi(p); }},
      {"802.11, QoS", [](P p) { return as_wifi(p, {.qos = true}); }},
      {"802.11, padded", [](P p) { return as_wifi(p, {.qos = true, .padded = true}); }},
      {"802.11, four addresses", [](P p) { return as_wifi(p, {.four_addresses = true}); }},
      {"802.11, all there is",
       [](P p) { return as_wifi(p, {.qos = true, .four_addresses = true, .ht_control = true}); }},
      {"radiotap", [](P p) { return with_radiotap(as_wifi(p, {.qos = true})); }},
      {"Prism", [](P p) { return with_prism(as_wifi(p)); }},
      {"AVS", [](P p) { return with_avs(as_wifi(p)); }},
      {"AVS where Prism is said",
       [](P p) {
         TestPacket out = with_avs(as_wifi(p));
         out.link = LinkType::wifi_prism;
         return out;
       }},
      {"PPI with 802.11", [](P p) { return with_ppi(as_wifi(p)); }},
      {"PPI with Ethernet", [](P p) { return with_ppi(as_ethernet(p)); }},
      {"PPI with raw IP", [](P p) { return with_ppi(as_raw_ip(p)); }},
      {"VLAN", [](P p) { return in_vlan(p); }},
      {"VLAN, the older tags", [](P p) { return in_vlan(in_vlan(p, 5, 0x9100), 6, 0x9200); }},
      {"QinQ", in_qinq},
      {"twenty tags",
       [](P p) {
         TestPacket out = p;
         for (int i = 0; i < 20; ++i) out = in_vlan(out);
         return out;
       }},
      {"MPLS, one label", [](P p) { return in_mpls(p, 1); }},
      {"MPLS, eight labels in a VLAN", [](P p) { return in_vlan(in_mpls(p, 8)); }},
      {"MPLS pseudowire", [](P p) { return in_mpls_pseudowire(p, ControlWord::without); }},
      {"MPLS pseudowire, control word",
       [](P p) { return in_mpls_pseudowire(p, ControlWord::with); }},
      {"MPLS pseudowire with a VLAN in it",
       [](P p) { return in_mpls_pseudowire(in_vlan(p), ControlWord::with); }},
      {"PPPoE", in_pppoe},
      {"PPPoE in QinQ", [](P p) { return in_qinq(in_pppoe(p)); }},
      {"MAC in MAC", in_backbone},
      {"VN-tag", in_vn_tag},
      {"service chain", in_service_chain},
      {"IP in IP", in_ip, "ipip", "6in4"},
      {"IP in IPv6", in_ipv6, "4in6", "6in6"},
      {"GRE", [](P p) { return in_gre(p); }, "gre"},
      {"GRE with a key", [](P p) { return in_gre(p, {.key = 7}); }, "gre 7"},
      {"GRE with everything",
       [](P p) { return in_gre(p, {.checksum = true, .key = 0xffffffff, .sequence = true}); },
       "gre 4294967295"},
      {"NVGRE", [](P p) { return in_gre_ethernet(p, {.key = 0x123456}); }, "gre 1193046"},
      {"GRE with MPLS", [](P p) { return in_gre_ethernet(in_mpls(p)); }, "gre"},
      {"PPTP", [](P p) { return in_pptp(p, 7); }, "pptp 7"},
      {"ERSPAN I", in_erspan_1, "erspan"},
      {"ERSPAN II", [](P p) { return in_erspan_2(p, 9); }, "erspan 9"},
      {"ERSPAN III", [](P p) { return in_erspan_3(p, 1023); }, "erspan 1023"},
      {"ERSPAN III, platform", [](P p) { return in_erspan_3(p, 9, PlatformHeader::with); },
       "erspan 9"},
      {"ERSPAN II of a VLAN", [](P p) { return in_erspan_2(in_vlan(p)); }, "erspan 9"},
      {"EtherIP", in_ether_ip, "etherip"},
      {"MPLS in IP", in_mpls_over_ip, "mpls"},
      {"L2TPv3", [](P p) { return in_l2tp_3(p, 77, 0); }, "l2tp 77"},
      {"L2TPv3, cookie", [](P p) { return in_l2tp_3(p, 77, 8); }, "l2tp 77"},
      {"L2TPv3, cookie and sublayer", [](P p) { return in_l2tp_3(p, 77, 12); }, "l2tp 77"},
      {"VXLAN", [](P p) { return in_vxlan(p, 42); }, "vxlan 42", {}, true},
      {"VXLAN as Linux began with",
       [](P p) { return in_vxlan(p, 0xffffff, 8472); },
       "vxlan 16777215",
       {},
       true},
      {"VXLAN with QinQ", [](P p) { return in_vxlan(in_qinq(p)); }, "vxlan 42", {}, true},
      {"VXLAN GPE", [](P p) { return in_vxlan_gpe(p); }, "vxlan-gpe 42", {}, true},
      {"Geneve", [](P p) { return in_geneve(p); }, "geneve 42", {}, true},
      {"Geneve without options", [](P p) { return in_geneve(p, 1, 0); }, "geneve 1", {}, true},
      {"Geneve, the most options", [](P p) { return in_geneve(p, 1, 252); }, "geneve 1", {}, true},
      {"GTP-U", [](P p) { return in_gtp_u(p, 5, 0); }, "gtp-u 5", {}, true},
      {"GTP-U, extensions", [](P p) { return in_gtp_u(p, 5, 3); }, "gtp-u 5", {}, true},
      {"L2TPv2", [](P p) { return in_l2tp(p); }, "l2tp 3", {}, true},
      {"L2TPv3 over UDP", [](P p) { return in_l2tp_3_udp(p); }, "l2tp 3", {}, true},
      {"MPLS over UDP", in_mpls_over_udp, "mpls", {}, true},
      {"GRE over UDP", in_gre_over_udp, "gre", {}, true},
      {"VXLAN in GRE in ERSPAN",
       [](P p) { return in_erspan_2(in_gre(in_vxlan(p)), 1); },
       "erspan 1, gre, vxlan 42",
       {},
       true},
      {"GRE in a VXLAN's inside, PPPoE outside",
       [](P p) { return in_pppoe(in_vxlan(in_gre(p))); },
       "vxlan 42, gre",
       {},
       true},
      {"five tunnels: four are told", [](P p) { return in_ip(in_gre(in_ip(in_gre(in_ip(p))))); },
       "ipip, gre, ipip, gre"},
  };
}

void check_segment(const Seen& seen, const FrameFields& fields) {
  REQUIRE(seen.segment);
  CHECK(seen.segment->source == fields.source);
  CHECK(seen.segment->destination == fields.destination);
  CHECK(seen.segment->sequence.value == fields.sequence);
  CHECK(seen.segment->hop_limit == fields.hop_limit);
  CHECK(seen.segment->timestamp == 0x1234U);
  CHECK(seen.segment->payload_length == fields.payload.size());
}

}  // namespace

TEST_CASE("a segment is found in every link layer and tunnel") {
  for (const Row& row : rows()) {
    for (const FrameFields& fields : {fields_v4(), fields_v6()}) {
      const bool is_v4 = fields.source.address.version == net::IpVersion::v4;
      DYNAMIC_SECTION(row.name << (is_v4 ? ", IPv4" : ", IPv6")) {
        const TestPacket packet = row.wrap(packet_of_fields(fields));
        const Seen seen = seen_in(packet);
        INFO(to_string(seen.not_tcp.why));
        check_segment(seen, fields);
        CHECK(seen.payload == fields.payload);
        CHECK(seen.via == (is_v4 || row.via_of_v6.empty() ? row.via : row.via_of_v6));
        CHECK(net::tcp_checksum(packet.view()) == net::ChecksumState::right);
      }
    }
  }
}

TEST_CASE("Teredo carries IPv6") {
  const FrameFields fields = fields_v6();
  const Seen seen = seen_in(in_teredo(packet_of_fields(fields)));
  check_segment(seen, fields);
  CHECK(seen.via == "teredo");
}

TEST_CASE("a wrapped frame cut anywhere gives a reason, or the segment as far as it goes") {
  for (const Row& row : rows()) {
    const FrameFields fields = fields_v4();
    const TestPacket packet = row.wrap(packet_of_fields(fields));
    const std::size_t whole = packet.bytes.size();
    const std::size_t tcp_end = whole - fields.payload.size() - fields.tcp_options.size();
    for (std::size_t octets = 0; octets <= whole; ++octets) {
      INFO(row.name << ", " << octets << " octets of " << whole);
      const Seen cut = seen_in(packet, octets, whole);
      if (octets >= tcp_end) {
        REQUIRE(cut.segment);
        REQUIRE(cut.segment->payload_length == fields.payload.size());
        REQUIRE(fields.payload.starts_with(cut.payload));
        continue;
      }
      REQUIRE_FALSE((cut.segment || cut.is_fragment));
      // Up to where a guess can be made it is UDP, or a tunnel that nothing is known of.
      const bool told =
          cut.not_tcp.why == NotTcpWhy::cut_short ||
          (row.in_udp && cut.not_tcp.why == NotTcpWhy::udp) ||
          (row.name.starts_with("L2TPv3") && cut.not_tcp.why == NotTcpWhy::other_ip_protocol);
      INFO(to_string(cut.not_tcp.why));
      REQUIRE(told);
      // The same octets, and the wire had no more: never "cut short".
      const Seen short_one = seen_in(packet, octets, octets);
      REQUIRE_FALSE((short_one.segment || short_one.is_fragment));
      REQUIRE(short_one.not_tcp.why != NotTcpWhy::cut_short);
    }
  }
}

TEST_CASE("a wrapped frame spoilt anywhere gives something that holds together") {
  for (const Row& row : rows()) {
    TestPacket packet = row.wrap(packet_of_fields(fields_v4()));
    const std::size_t end = packet.bytes.size() - fields_v4().payload.size();
    for (std::size_t at = 0; at < end; ++at) {
      const std::uint8_t good = packet.bytes[at];
      for (const int value :
           {0, 1, 0x0f, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff, good ^ 1, good ^ 0x10}) {
        packet.bytes[at] = static_cast<std::uint8_t>(value);
        const Seen seen = seen_in(packet);
        if (seen.segment && seen.payload.size() > seen.segment->payload_length) {
          FAIL(row.name << ", octet " << at << " = " << value);
        }
      }
      packet.bytes[at] = good;
    }
  }
}

TEST_CASE("what is on the port of a tunnel and is none counts as UDP") {
  struct Udp {
    const char* name;
    std::uint16_t from, to;
    Octets payload;
  };
  const Octets text{'G', 'E', 'T', ' ', '/', ' ', 'H',  'T',
                    'T', 'P', '/', '1', '.', '1', '\r', '\n'};
  const auto row = GENERATE_COPY(values<Udp>({
      {"nothing at all", 50'000, 4789, {}},
      {"text on VXLAN's port", 50'000, 4789, text},
      {"zeros on VXLAN's port", 50'000, 4789, Octets(64)},
      {"VXLAN's flag, and nothing that is a frame", 50'000, 8472,
       joined({8, 0, 0, 0, 0, 0, 42, 0}, text)},
      {"VXLAN's flag, and broken IP", 50'000, 4789,
       joined({8, 0, 0, 0, 0, 0, 42, 0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 8, 0},
              Octets(40, 0x33))},
      {"text on Geneve's port", 50'000, 6081, text},
      {"zeros on Geneve's port", 50'000, 6081, Octets(64)},
      {"text on GTP's port", 2152, 2152, text},
      {"an echo of GTP", 2152, 2152, {0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"GTP with a text for a user", 2152, 2152, joined({0x30, 0xff, 0, 16, 0, 0, 0, 1}, text)},
      {"text on Teredo's port", 3544, 3544, text},
      {"a version 6 and no IP on Teredo's port", 3544, 3544, Octets(60, 0x61)},
      {"control of L2TP", 1701, 1701, {0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"text on L2TP's port", 1701, 1701, text},
      {"L2TPv2 with text", 1701, 1701, joined({0, 2, 0, 1, 0, 1}, text)},
      {"L2TPv3 with text", 1701, 1701, joined({0, 3, 0, 0, 0, 0, 0, 1}, text)},
      {"text on the port of GRE", 50'000, 4754, text},
      {"text on the port of MPLS", 50'000, 6635, text},
      {"text on VXLAN GPE's port", 50'000, 4790, text},
      {"an unknown protocol in VXLAN GPE", 50'000, 4790, joined({0x0c, 0, 0, 9, 0, 0, 1, 0}, text)},
  }));
  DYNAMIC_SECTION(row.name) {
    Octets udp;
    put16(udp, row.from);
    put16(udp, row.to);
    put16(udp, 8 + row.payload.size());
    put16(udp, 0);
    put(udp, row.payload);
    FrameFields fields = fields_v4();
    Frame frame = build(fields);
    frame.bytes.resize(frame.tcp_at);
    frame.bytes[frame.ip_at + 9] = 17;
    set16(frame.bytes, frame.ip_at + 2, 20 + udp.size());
    put(frame.bytes, udp);
    const Seen seen = seen_in(packet_of(frame, LinkType::ethernet));
    REQUIRE_FALSE(seen.segment);
    CHECK(std::string(to_string(seen.not_tcp.why)) == "UDP");
    CHECK(seen.not_tcp.ip_protocol == 17);
  }
}

TEST_CASE("802.11 without plain data") {
  const TestPacket plain = packet_of_fields(fields_v4());
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    TestPacket packet = as_wifi(plain, {.qos = true});
    packet.bytes[at] = value;
    return packet;
  };
  CHECK(seen_in(as_wifi(plain, {.encrypted = true})).not_tcp.why == NotTcpWhy::encrypted_wireless);
  CHECK(seen_in(with_radiotap(as_wifi(plain, {.qos = true, .encrypted = true}))).not_tcp.why ==
        NotTcpWhy::encrypted_wireless);
  CHECK(seen_in(changed(0, 0x80)).not_tcp.why == NotTcpWhy::not_ip);   // a beacon
  CHECK(seen_in(changed(0, 0xd4)).not_tcp.why == NotTcpWhy::not_ip);   // an acknowledgement
  CHECK(seen_in(changed(0, 0x48)).not_tcp.why == NotTcpWhy::not_ip);   // no data
  CHECK(seen_in(changed(24, 0x80)).not_tcp.why == NotTcpWhy::not_ip);  // several frames in one
  CHECK(seen_in(changed(22, 0x01)).not_tcp.why == NotTcpWhy::not_ip);  // a later piece
  // The driver has decrypted it and left the mark.
  CHECK(seen_in(changed(1, 0x41)).segment);
}

TEST_CASE("more headers than anybody stacks are told as such") {
  TestPacket packet = packet_of_fields(fields_v4());
  for (int i = 0; i < 40; ++i) packet = in_vlan(packet);
  CHECK(seen_in(packet).not_tcp.why == NotTcpWhy::too_deep);
  packet = packet_of_fields(fields_v4());
  for (int i = 0; i < 40; ++i) packet = in_ip(packet);
  CHECK(seen_in(packet).not_tcp.why == NotTcpWhy::too_deep);
}

TEST_CASE("where a packet was captured leaves a mark, and nothing else does") {
  const auto mark = [](const TestPacket& packet) { return seen_in(packet).segment->place_mark; };
  const TestPacket plain = packet_of_fields(fields_v4());
  TestPacket later = plain;
  later.bytes[14 + 8] = 9;  // hop limit
  CHECK(mark(plain) == mark(later));
  TestPacket other_address = plain;
  other_address.bytes[11] ^= 1;
  CHECK(mark(plain) != mark(other_address));
  CHECK(mark(plain) != mark(in_vlan(plain)));
  CHECK(mark(in_vlan(plain, 1)) != mark(in_vlan(plain, 2)));
  CHECK(mark(in_vlan(plain, 1)) == mark(in_vlan(plain, 0xe001)));  // a priority is no place
  FrameFields cooked = fields_v4();
  cooked.link = LinkType::linux_cooked_2;
  TestPacket on_one = packet_of_fields(cooked), on_other = on_one;
  on_other.bytes[7] ^= 3;  // the interface
  CHECK(mark(on_one) != mark(on_other));
}

TEST_CASE("each tunnel has its name") {
  std::set<std::string> names;
  for (std::size_t kind = 0; kind < net::tunnel_kind_count; ++kind) {
    names.insert(to_string(net::Tunnel{static_cast<net::TunnelKind>(kind), {}}));
  }
  CHECK(names.size() == net::tunnel_kind_count);
  CHECK(names.count("?") == 0);
}
