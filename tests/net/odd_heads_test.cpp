// Headers by hand, of forms that tests/support/wrap.hpp does not build: each leads to the segment,
// or says why it does not.
#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/octets.hpp"
#include "tests/support/wrap.hpp"

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using net::NotTcpWhy;

namespace {

constexpr std::size_t ethernet_octets = 14, ipv4_octets = 20;

TestPacket segment_over(bool ipv6 = false) {
  FrameFields fields{.source = endpoint_of(ipv6 ? "[2001:db8::10]:40000" : "192.0.2.10:40000"),
                     .destination = endpoint_of(ipv6 ? "[2001:db8:1::25]:25" : "198.51.100.25:25"),
                     .flags = {.psh = true, .ack = true},
                     .payload = "QUIT\r\n"};
  return packet_of(build(fields), LinkType::ethernet);
}

Octets ip_over(bool ipv6 = false) { return as_raw_ip(segment_over(ipv6)).bytes; }

Octets joined(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts) put(all, part);
  return all;
}

TestPacket packet(LinkType link, const Octets& octets) {
  TestPacket made;
  made.bytes = octets;
  made.link = link;
  made.wire_length = static_cast<std::uint32_t>(octets.size());
  return made;
}

// An EtherType, or a length as 802.3 has it.
TestPacket in_ethernet(std::uint16_t type, const Octets& inside) {
  Octets frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  put16(frame, type);
  put(frame, inside);
  return packet(LinkType::ethernet, frame);
}

TestPacket in_ipv4(std::uint8_t protocol, const Octets& inside) {
  Octets head{0x45, 0};
  put16(head, ipv4_octets + inside.size());
  put(head, Octets{0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2});
  return in_ethernet(0x0800, joined({head, inside}));
}

TestPacket in_udp(std::uint16_t from, std::uint16_t to, const Octets& payload) {
  Octets udp;
  put16(udp, from);
  put16(udp, to);
  put16(udp, 8 + payload.size());
  put16(udp, 0);
  return in_ipv4(17, joined({udp, payload}));
}

// "segment", or why there is none.
std::string told(const TestPacket& packet) {
  const net::Decoded decoded = net::decode(packet.view());
  if (const auto* segment = std::get_if<net::Segment>(&decoded))
    return as_text(segment->payload) == "QUIT\r\n" ? "segment" : "another segment";
  if (const auto* other = std::get_if<net::NotTcp>(&decoded)) return to_string(other->why);
  return "fragment";
}

}  // namespace

TEST_CASE("link layers by hand") {
  const Octets v4 = ip_over(), v6 = ip_over(true);
  const auto ppi = [](std::uint32_t link, const Octets& inside) {
    Octets head{0, 0, 8, 0};
    put32_little(head, link);
    return packet(LinkType::ppi, joined({head, inside}));
  };
  const auto service_chain = [](std::uint8_t next, const Octets& inside) {
    return in_ethernet(0x894f, joined({{0x0f, 0xc2, 1, next, 0, 0, 1, 255}, inside}));
  };
  const Octets last_label{0, 0, 0x11, 64};
  const auto llc = [](const Octets& inside) {
    return in_ethernet(static_cast<std::uint16_t>(inside.size()), inside);
  };
  const auto cooked = [](const Octets& inside) {
    return packet(LinkType::linux_cooked,
                  joined({{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4}, inside}));
  };
  const auto cooked_2 = [](const Octets& inside) {
    return packet(LinkType::linux_cooked_2,
                  joined({{0, 4, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, inside}));
  };
  const Octets snap{0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
  Octets too_many_fields{2, 0, 0, 0};
  for (int i = 0; i < 70; ++i) put(too_many_fields, Octets{8, 0, 3, 0, 1, 2, 3, 4});

  struct Row {
    const char* name;
    TestPacket packet;
    std::string told;
  };
  for (const Row& row : std::vector<Row>{
           {"LLC with IPv4's own number", llc(joined({{6, 6, 3}, v4})), "segment"},
           {"LLC that names another source", llc(joined({{6, 0xaa, 3}, v4})), "not IP"},
           {"LLC that numbers its frames", llc(joined({{6, 6, 0}, v4})), "not IP"},
           {"SNAP that numbers its frames", llc(joined({{0xaa, 0xaa, 0, 0, 0, 0, 8, 0}, v4})),
            "not IP"},
           {"SNAP to somebody else", llc(joined({{0xaa, 6, 3, 0, 0, 0, 8, 0}, v4})), "not IP"},
           {"SNAP, Apple's", llc(joined({{0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0}, v4})), "segment"},
           {"SNAP of another organisation", llc(joined({{0xaa, 0xaa, 3, 0, 0, 0x0c, 8, 0}, v4})),
            "not IP"},
           {"SNAP of a second one", llc(joined({{0xaa, 0xaa, 3, 0, 1, 0, 8, 0}, v4})), "not IP"},
           {"SNAP of a third one", llc(joined({{0xaa, 0xaa, 3, 1, 0, 0, 8, 0}, v4})), "not IP"},
           {"cooked, 802.2", cooked(joined({snap, v4})), "segment"},
           {"cooked 2, 802.2", cooked_2(joined({snap, v4})), "segment"},
           {"a service chain with IPv4", service_chain(1, v4), "segment"},
           {"a service chain with IPv6", service_chain(2, v6), "segment"},
           {"a service chain with Ethernet", service_chain(3, segment_over().bytes), "segment"},
           {"a service chain with MPLS", service_chain(5, joined({last_label, v4})), "segment"},
           {"a service chain with anything else", service_chain(9, v4), "not IP"},
           {"PPP, IPv6", packet(LinkType::ppp, joined({{0, 0x57}, v6})), "segment"},
           {"PPP, MPLS", packet(LinkType::ppp, joined({{2, 0x81}, last_label, v4})), "segment"},
           {"PPP, MPLS to many", packet(LinkType::ppp, joined({{2, 0x83}, last_label, v4})),
            "segment"},
           {"PPP, its own control", packet(LinkType::ppp, {0xc0, 0x21, 1, 1, 0, 4}), "not IP"},
           {"pppd, without a control octet",
            packet(LinkType::ppp_linux, joined({{1, 0, 0x21}, v4})), "segment"},
           {"pppd, and nothing", packet(LinkType::ppp_linux, {1}), "malformed"},
           {"HDLC, Cisco's to many", packet(LinkType::ppp_hdlc, joined({{0x8f, 0, 8, 0}, v4})),
            "segment"},
           {"MPLS, IPv6", in_ethernet(0x8847, joined({last_label, v6})), "segment"},
           {"MPLS with neither", in_ethernet(0x8847, joined({last_label, Octets(80, 0x55)})),
            "not IP"},
           {"MPLS with zeros", in_ethernet(0x8847, joined({last_label, Octets(80)})), "not IP"},
           {"PPI, PPP", ppi(9, joined({{0, 0x21}, v4})), "segment"},
           {"PPI, raw as OpenBSD numbers it", ppi(14, v6), "segment"},
           {"PPI, raw as others number it", ppi(12, v4), "segment"},
           {"PPI, IPv4", ppi(228, v4), "segment"},
           {"PPI, IPv6", ppi(229, v6), "segment"},
           {"PPI, cooked", ppi(113, v4), "link type unknown"},
           {"PPI, of no known number", ppi(9999, v4), "link type unknown"},
           {"NFLOG of fields without a packet", packet(LinkType::nflog, too_many_fields),
            "malformed"},
       }) {
    INFO(row.name);
    CHECK(told(row.packet) == row.told);
  }
}

TEST_CASE("tunnels by hand") {
  const Octets v4 = ip_over(), v6 = ip_over(true), ethernet = segment_over().bytes;
  const auto gre = [](std::uint16_t type, const Octets& inside, Octets flags = {0, 0}) {
    put16(flags, type);
    return in_ipv4(47, joined({flags, inside}));
  };
  const auto erspan_3 = [&](std::uint8_t frame_type, const Octets& inside) {
    Octets head(12);
    head[0] = 0x20;
    head[10] = static_cast<std::uint8_t>(frame_type << 2);
    return gre(0x22eb, joined({{0, 0, 0, 1}, head, inside}), {0x10, 0});
  };
  const auto gtp = [](std::uint8_t flags, const Octets& inside) {
    Octets head{flags, 0xff};
    put16(head, inside.size());
    put32(head, 5);
    return in_udp(50'000, 2152, joined({head, inside}));
  };
  Octets extensions{0, 0, 0, 0x40};
  for (int i = 0; i < 300; ++i) put(extensions, Octets{1, 0, 0, 0x40});
  Octets bubble{0x60, 0, 0, 0, 0, 0, 59, 21};
  bubble.resize(40, 0x20);
  Octets other = bubble;
  other[4] = other[6] = 0xff;
  const Octets ppp{0xff, 3, 0, 0x21};

  struct Row {
    const char* name;
    TestPacket packet;
    std::string told;
  };
  for (const Row& row : std::vector<Row>{
           {"redirected, version 1", gre(0x883e, v4), "segment"},
           {"redirected, version 2", gre(0x883e, joined({{0, 0, 0, 0}, v4})), "segment"},
           {"redirected, and nothing", gre(0x883e, {}), "malformed"},
           {"redirected, half a header", gre(0x883e, {0, 0}), "malformed"},
           {"GRE, a length where a type is due", gre(0x0026, v4), "other IP protocol"},
           {"ERSPAN III with Ethernet", erspan_3(0, ethernet), "segment"},
           {"ERSPAN III with IP", erspan_3(2, v4), "segment"},
           {"ERSPAN III with 802.11", erspan_3(1, v4), "not IP"},
           {"ERSPAN III with anything else", erspan_3(3, v4), "not IP"},
           {"GTP-U, a sequence number", gtp(0x32, joined({{0, 1, 0, 0}, v4})), "segment"},
           {"GTP-U with Ethernet", gtp(0x30, ethernet), "segment"},
           {"GTP-U with nothing", gtp(0x30, {}), "UDP"},
           {"GTP-U, extensions without end", gtp(0x34, extensions), "UDP"},
           {"GTP-U, an extension of no length", gtp(0x34, {0, 0, 0, 0x40, 0, 0, 0, 0}), "UDP"},
           {"GTP-U, an answer",
            in_udp(2152, 50'000,
                   joined({{0x30, 0xff, 0, static_cast<std::uint8_t>(v4.size()), 0, 0, 0, 5}, v4})),
            "segment"},
           {"GTP-U, longer than it is",
            in_udp(2152, 50'000, joined({{0x30, 0xff, 9, 9, 0, 0, 0, 5}, v4})), "UDP"},
           {"Teredo, an answer", in_udp(3544, 50'000, v6), "segment"},
           {"Teredo, a bubble", in_udp(50'000, 3544, bubble), "other IP protocol"},
           {"Teredo, no bubble and no IP", in_udp(50'000, 3544, other), "UDP"},
           {"Teredo, an authentication that is cut off", in_udp(50'000, 3544, {0, 1, 50, 50, 0, 0}),
            "UDP"},
           {"Teredo, authentication and origin",
            in_udp(50'000, 3544,
                   joined({{0, 1, 1, 1, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0},
                           {0, 0, 1, 2, 3, 4, 5, 6},
                           v6})),
            "segment"},
           {"L2TP, an answer", in_udp(1701, 50'000, joined({{0, 2, 0, 1, 0, 3}, ppp, v4})),
            "segment"},
           {"L2TP, an offset",
            in_udp(50'000, 1701, joined({{2, 2, 0, 1, 0, 3, 0, 2, 9, 9}, ppp, v4})), "segment"},
           {"L2TP, an offset behind its end",
            in_udp(50'000, 1701, joined({{2, 2, 0, 1, 0, 3, 0xff, 0xff}, ppp, v4})), "UDP"},
           {"L2TP, longer than it is",
            in_udp(50'000, 1701, joined({{0x40, 2, 9, 9, 0, 1, 0, 3}, ppp, v4})), "UDP"},
           {"L2TP, shorter than its header",
            in_udp(50'000, 1701, joined({{0x40, 2, 0, 3, 0, 1, 0, 3}, ppp, v4})), "UDP"},
           {"L2TP, cut off", in_udp(50'000, 1701, {0x40, 2, 0, 9, 0, 1}), "UDP"},
           {"L2TPv3, cut off", in_udp(50'000, 1701, {0, 3, 0, 0, 0, 0}), "UDP"},
           {"L2TPv3 with PPP", in_udp(50'000, 1701, joined({{0, 3, 0, 0, 0, 0, 0, 7}, ppp, v4})),
            "segment"},
           {"L2TPv3 with IP", in_udp(50'000, 1701, joined({{0, 3, 0, 0, 0, 0, 0, 7}, v4})),
            "segment"},
           {"L2TPv3 over IP, control", in_ipv4(115, joined({{0, 0, 0, 0}, v4})),
            "other IP protocol"},
           {"L2TPv3 over IP, and nothing", in_ipv4(115, {0, 0, 0, 9}), "other IP protocol"},
           {"VXLAN GPE, no protocol",
            in_udp(50'000, 4790, joined({{0x0c, 0, 0, 0, 0, 0, 1, 0}, v4})), "UDP"},
           {"VXLAN GPE, without the flag",
            in_udp(50'000, 4790, joined({{0x08, 0, 0, 1, 0, 0, 1, 0}, ethernet})), "segment"},
           {"VXLAN GPE with IPv4", in_udp(50'000, 4790, joined({{0x0c, 0, 0, 1, 0, 0, 1, 0}, v4})),
            "segment"},
           {"VXLAN GPE with IPv6", in_udp(50'000, 4790, joined({{0x0c, 0, 0, 2, 0, 0, 1, 0}, v6})),
            "segment"},
           {"EtherIP of another version", in_ipv4(97, joined({{0x40, 0}, ethernet})),
            "other IP protocol"},
       }) {
    INFO(row.name);
    CHECK(told(row.packet) == row.told);
  }
}
