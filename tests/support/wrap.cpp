#include "tests/support/wrap.hpp"

#include "tests/support/octets.hpp"

#include <algorithm>

namespace smtpscope::test {
namespace {

constexpr std::size_t ethernet_octets = 14;

// What is wrapped: octets as captured, and how many there were.
struct Inner {
  Octets octets{};
  std::size_t wire = 0;
};

std::size_t link_octets(LinkType link) {
  switch (link) {
    case LinkType::ethernet:
      return ethernet_octets;
    case LinkType::linux_cooked:
      return 16;
    case LinkType::linux_cooked_2:
      return 20;
    case LinkType::null:
    case LinkType::loop:
      return 4;
    case LinkType::raw:
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::ppp:
    case LinkType::ppp_hdlc:
    case LinkType::pppoe:
    case LinkType::atm_llc:
    case LinkType::cisco_hdlc:
    case LinkType::wifi:
    case LinkType::pflog:
    case LinkType::wifi_prism:
    case LinkType::wifi_radiotap:
    case LinkType::wifi_avs:
    case LinkType::ppp_linux:
    case LinkType::ppi:
    case LinkType::ppp_directed:
    case LinkType::cisco_hdlc_directed:
    case LinkType::nflog:
      break;
  }
  return 0;
}

// 4, 6, or 0 where there is no IP.
unsigned version_of(Bytes ip) {
  if (ip.size() >= 20 && ip[0] >> 4 == 4) return 4;
  return ip.size() >= 40 && ip[0] >> 4 == 6 ? 6 : 0;
}

// The datagram in the packet, without Ethernet's padding.
std::optional<Inner> ip_in(const TestPacket& packet) {
  const std::size_t link = link_octets(packet.link);
  if (packet.bytes.size() < link) return std::nullopt;
  const Bytes ip = Bytes{packet.bytes}.subspan(link);
  const unsigned version = version_of(ip);
  if (version == 0) return std::nullopt;
  const std::size_t announced = version == 4 ? be16(ip, 2) : 40U + be16(ip, 4);
  const std::size_t length =
      announced == (version == 4 ? 0U : 40U) ? packet.wire_length - link : announced;
  Inner inner;
  inner.octets.assign(ip.begin(),
                      ip.begin() + static_cast<std::ptrdiff_t>(std::min(length, ip.size())));
  inner.wire = length;
  return inner;
}

bool is_v6(const Inner& ip) { return ip.octets[0] >> 4 == 6; }
std::uint16_t ether_type_of(const Inner& ip) { return is_v6(ip) ? 0x86dd : 0x0800; }
std::uint16_t ppp_number_of(const Inner& ip) { return is_v6(ip) ? 0x0057 : 0x0021; }

Octets ethernet_header(std::uint16_t type) {
  Octets out{0x02, 0, 0, 0, 0, 0xfe, 0x02, 0, 0, 0, 0, 0xfd};
  put16(out, type);
  return out;
}

Octets joined(Octets first, Bytes second) {
  put(first, second);
  return first;
}

Inner behind(const Octets& header, const Inner& inner) {
  return {joined(header, inner.octets), header.size() + inner.wire};
}

TestPacket packet_with(const TestPacket& packet, LinkType link, const Inner& content) {
  TestPacket out = packet;
  out.bytes = content.octets;
  out.wire_length = static_cast<std::uint32_t>(content.wire);
  out.link = link;
  return out;
}

// A frame of Ethernet around whatever the packet's link layer is.
Inner ethernet_in(const TestPacket& packet) {
  if (packet.link == LinkType::ethernet) return {packet.bytes, packet.wire_length};
  const auto ip = ip_in(packet);
  if (!ip) return {packet.bytes, packet.wire_length};
  return behind(ethernet_header(ether_type_of(*ip)), *ip);
}

// Puts octets between the two addresses and the type of the frame.
TestPacket with_tag(const TestPacket& packet, const Octets& tag) {
  Inner frame = ethernet_in(packet);
  frame.octets.insert(frame.octets.begin() + 12, tag.begin(), tag.end());
  frame.wire += tag.size();
  return packet_with(packet, LinkType::ethernet, frame);
}

// IP behind a header that is the same for both versions but for the number that tells which.
template <typename HeaderOf>
TestPacket with_header(const TestPacket& packet, LinkType link, HeaderOf header_of) {
  const auto ip = ip_in(packet);
  return ip ? packet_with(packet, link, behind(header_of(*ip), *ip)) : packet;
}

Octets ppp_header(const Inner& ip) {
  Octets out;
  put16(out, ppp_number_of(ip));
  return out;
}

Octets pppoe_header(const Inner& ip) {
  Octets out{0x11, 0, 0, 7};
  put16(out, ip.wire + 2);
  return joined(out, ppp_header(ip));
}

Octets snap(const Inner& ip) {
  Octets out{0xaa, 0xaa, 0x03, 0, 0, 0};
  put16(out, ether_type_of(ip));
  return out;
}

Octets outer_ipv4(const TestPacket& packet, std::uint8_t protocol, std::size_t carried) {
  Octets out{0x45, 0};
  put16(out, (20 + carried) & 0xffff);
  put16(out, packet.number & 0xffff);
  put16(out, 0x4000);
  put8(out, 61);
  put8(out, protocol);
  put16(out, 0);
  put(out, Octets{203, 0, 113, 1, 203, 0, 113, 2});
  set16(out, 10, internet_checksum(out));
  return out;
}

Octets outer_ipv6(std::uint8_t protocol, std::size_t carried) {
  Octets out{0x60, 0, 0, 0};
  put16(out, carried & 0xffff);
  put8(out, protocol);
  put8(out, 61);
  for (const std::uint8_t last : {std::uint8_t{1}, std::uint8_t{2}}) {
    put(out, Octets{0x20, 0x01, 0x0d, 0xb8, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    put8(out, last);
  }
  return out;
}

TestPacket in_outer_ip(const TestPacket& packet, std::uint8_t protocol, const Inner& carried) {
  Octets header = ethernet_header(0x0800);
  put(header, outer_ipv4(packet, protocol, carried.wire));
  return packet_with(packet, LinkType::ethernet, behind(header, carried));
}

TestPacket in_outer_udp(const TestPacket& packet, std::uint16_t to, const Inner& carried) {
  Octets header;
  put16(header, 50'000);
  put16(header, to);
  put16(header, 8 + carried.wire);
  put16(header, 0);
  return in_outer_ip(packet, 17, behind(header, carried));
}

Octets gre_header(const GreForm& form, std::uint16_t type) {
  Octets out;
  put16(out, (form.checksum ? 0x8000U : 0U) | (form.key ? 0x2000U : 0U) |
                 (form.sequence ? 0x1000U : 0U));
  put16(out, type);
  if (form.checksum) put32(out, 0x12340000);
  if (form.key) put32(out, *form.key);
  if (form.sequence) put32(out, 77);
  return out;
}

Octets labels_of(std::size_t labels) {
  Octets out;
  for (std::size_t i = 1; i <= labels; ++i) {
    put32(out, static_cast<std::uint32_t>((1000 + i) << 12 | (i == labels ? 0x100U : 0U) | 63U));
  }
  return out;
}

TestPacket before_wifi(const TestPacket& wifi, LinkType link, const Octets& header) {
  return packet_with(wifi, link, behind(header, {wifi.bytes, wifi.wire_length}));
}

}  // namespace

// ---- Link layers.--------------------------------------------------------------------------------

TestPacket as_ethernet(const TestPacket& packet) {
  return packet_with(packet, LinkType::ethernet, ethernet_in(packet));
}

TestPacket as_raw_ip(const TestPacket& packet) {
  return with_header(packet, LinkType::raw, [](const Inner&) { return Octets{}; });
}

TestPacket as_802_3(const TestPacket& packet) {
  return with_header(packet, LinkType::ethernet, [](const Inner& ip) {
    return joined(ethernet_header(static_cast<std::uint16_t>(8 + ip.wire)), snap(ip));
  });
}

TestPacket as_ppp(const TestPacket& packet) {
  return with_header(packet, LinkType::ppp, ppp_header);
}

TestPacket as_ppp_compressed(const TestPacket& packet) {
  return with_header(packet, LinkType::ppp, [](const Inner& ip) {
    return Octets{static_cast<std::uint8_t>(ppp_number_of(ip))};
  });
}

TestPacket as_ppp_hdlc(const TestPacket& packet) {
  return with_header(packet, LinkType::ppp_hdlc, [](const Inner& ip) {
    return joined({0xff, 0x03}, ppp_header(ip));
  });
}

TestPacket as_ppp_directed(const TestPacket& packet) {
  return with_header(packet, LinkType::ppp_directed, [](const Inner& ip) {
    return joined({0x01, 0xff, 0x03}, ppp_header(ip));
  });
}

TestPacket as_ppp_linux(const TestPacket& packet) {
  return with_header(packet, LinkType::ppp_linux, [](const Inner& ip) {
    return joined({0x00, 0x03}, ppp_header(ip));
  });
}

TestPacket as_cisco_hdlc(const TestPacket& packet) {
  return with_header(packet, LinkType::cisco_hdlc, [](const Inner& ip) {
    Octets out{0x0f, 0x00};
    put16(out, ether_type_of(ip));
    return out;
  });
}

TestPacket as_atm_llc(const TestPacket& packet) {
  return with_header(packet, LinkType::atm_llc, snap);
}

TestPacket as_pppoe(const TestPacket& packet) {
  return with_header(packet, LinkType::pppoe, pppoe_header);
}

TestPacket as_pflog(const TestPacket& packet) {
  return with_header(packet, LinkType::pflog, [](const Inner& ip) {
    Octets out(64);
    out[0] = 61;
    out[1] = is_v6(ip) ? 24 : 2;
    out[4] = 'e', out[5] = 'm', out[6] = '0';
    return out;
  });
}

TestPacket as_nflog(const TestPacket& packet) {
  return with_header(packet, LinkType::nflog, [](const Inner& ip) {
    Octets out{static_cast<std::uint8_t>(is_v6(ip) ? 10 : 2), 0, 0, 5};
    put16_little(out, 8);  // the packet header: EtherType and hook
    put16_little(out, 1);
    put16(out, ether_type_of(ip));
    put16(out, 0);
    put16_little(out, 5);  // an empty prefix
    put16_little(out, 10);
    put32(out, 0);
    put16_little(out, 4 + ip.wire);
    put16_little(out, 9);
    return out;
  });
}

TestPacket as_wifi(const TestPacket& packet, WifiForm form) {
  return with_header(packet, LinkType::wifi, [form](const Inner& ip) {
    Octets out;
    put8(out, form.qos ? 0x88 : 0x08);
    put8(out, (form.four_addresses ? 0x03U : 0x01U) | (form.encrypted ? 0x40U : 0U) |
                  (form.ht_control ? 0x80U : 0U));
    put16(out, 0x3000);
    for (const std::uint8_t last : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
      put(out, Octets{0x02, 0, 0, 0, 1, last});
    }
    put16(out, 0x1000);
    if (form.four_addresses) put(out, Octets{0x02, 0, 0, 0, 1, 4});
    if (form.qos) put16(out, 0);
    if (form.ht_control) put32(out, 0);
    if (form.padded) out.resize((out.size() + 3) / 4 * 4);
    if (form.encrypted) put(out, Octets{1, 0, 0, 0x20, 0, 0, 0, 0, 0x9d});
    return joined(out, snap(ip));
  });
}

TestPacket with_radiotap(const TestPacket& wifi) {
  Octets header{0, 0};
  put16_little(header, 18);
  put32_little(header, 0x0000002f);  // TSFT, flags, rate, channel, signal
  put(header, Octets{1, 2, 3, 4, 5, 6, 7, 8, 0x00, 22});
  return before_wifi(wifi, LinkType::wifi_radiotap, header);
}

TestPacket with_prism(const TestPacket& wifi) {
  Octets header;
  put32_little(header, 0x44);
  put32_little(header, 144);
  header.resize(144);
  return before_wifi(wifi, LinkType::wifi_prism, header);
}

TestPacket with_avs(const TestPacket& wifi) {
  Octets header;
  put32(header, 0x80211001);
  put32(header, 64);
  header.resize(64);
  return before_wifi(wifi, LinkType::wifi_avs, header);
}

TestPacket with_ppi(const TestPacket& any) {
  Octets header{0, 0};
  put16_little(header, 12);
  put32_little(header, static_cast<std::uint32_t>(any.link));
  put16_little(header, 30'002);
  put16_little(header, 0);
  return before_wifi(any, LinkType::ppi, header);
}

// ---- Between Ethernet and IP.--------------------------------------------------------------------

TestPacket in_vlan(const TestPacket& packet, std::uint16_t vlan, std::uint16_t ether_type) {
  Octets tag;
  put16(tag, ether_type);
  put16(tag, vlan);
  return with_tag(packet, tag);
}

TestPacket in_qinq(const TestPacket& packet) { return in_vlan(in_vlan(packet, 7), 2000, 0x88a8); }

TestPacket in_mpls(const TestPacket& packet, std::size_t labels) {
  return with_header(packet, LinkType::ethernet, [labels](const Inner&) {
    return joined(ethernet_header(0x8847), labels_of(labels));
  });
}

TestPacket in_mpls_pseudowire(const TestPacket& packet, ControlWord word) {
  Octets header = joined(ethernet_header(0x8847), labels_of(2));
  if (word == ControlWord::with) put32(header, 0);
  return packet_with(packet, LinkType::ethernet, behind(header, ethernet_in(packet)));
}

TestPacket in_pppoe(const TestPacket& packet) {
  return with_header(packet, LinkType::ethernet, [](const Inner& ip) {
    return joined(ethernet_header(0x8864), pppoe_header(ip));
  });
}

TestPacket in_backbone(const TestPacket& packet) {
  Octets header = ethernet_header(0x88e7);
  put32(header, 0x00000bad);
  return packet_with(packet, LinkType::ethernet, behind(header, ethernet_in(packet)));
}

TestPacket in_vn_tag(const TestPacket& packet) {
  return with_tag(packet, {0x89, 0x26, 0x80, 0x01, 0x00, 0x02});
}

TestPacket in_service_chain(const TestPacket& packet) {
  return with_header(packet, LinkType::ethernet, [](const Inner& ip) {
    Octets out = ethernet_header(0x894f);
    put(out, Octets{0x0f, 0xc2, 0x02, static_cast<std::uint8_t>(is_v6(ip) ? 2 : 1), 0, 0, 9, 255});
    return out;
  });
}

// ---- Tunnels.------------------------------------------------------------------------------------

TestPacket in_ip(const TestPacket& packet) {
  const auto ip = ip_in(packet);
  return ip ? in_outer_ip(packet, is_v6(*ip) ? 41 : 4, *ip) : packet;
}

TestPacket in_ipv6(const TestPacket& packet) {
  return with_header(packet, LinkType::ethernet, [](const Inner& ip) {
    return joined(ethernet_header(0x86dd), outer_ipv6(is_v6(ip) ? 41 : 4, ip.wire));
  });
}

TestPacket in_gre(const TestPacket& packet, GreForm form) {
  const auto ip = ip_in(packet);
  return ip ? in_outer_ip(packet, 47, behind(gre_header(form, ether_type_of(*ip)), *ip)) : packet;
}

TestPacket in_gre_ethernet(const TestPacket& packet, GreForm form) {
  return in_outer_ip(packet, 47, behind(gre_header(form, 0x6558), ethernet_in(packet)));
}

TestPacket in_pptp(const TestPacket& packet, std::uint16_t call) {
  const auto ip = ip_in(packet);
  if (!ip) return packet;
  const Inner ppp = behind(joined({0xff, 0x03}, ppp_header(*ip)), *ip);
  Octets header{0x30, 0x81, 0x88, 0x0b};
  put16(header, ppp.wire);
  put16(header, call);
  put32(header, 11);  // sequence
  put32(header, 10);  // acknowledgement
  return in_outer_ip(packet, 47, behind(header, ppp));
}

TestPacket in_erspan_1(const TestPacket& packet) {
  return in_outer_ip(packet, 47, behind(gre_header({}, 0x88be), ethernet_in(packet)));
}

TestPacket in_erspan_2(const TestPacket& packet, std::uint16_t session) {
  Octets header = gre_header({.sequence = true}, 0x88be);
  put16(header, 0x1064);
  put16(header, session);
  put32(header, 0);
  return in_outer_ip(packet, 47, behind(header, ethernet_in(packet)));
}

TestPacket in_erspan_3(const TestPacket& packet, std::uint16_t session, PlatformHeader platform) {
  Octets header = gre_header({.sequence = true}, 0x22eb);
  put16(header, 0x2064);
  put16(header, session);
  put32(header, 123'456);
  put16(header, 0);
  put16(header, platform == PlatformHeader::with ? 1 : 0);
  if (platform == PlatformHeader::with) put(header, Octets(8, 0x5a));
  return in_outer_ip(packet, 47, behind(header, ethernet_in(packet)));
}

TestPacket in_vxlan(const TestPacket& packet, std::uint32_t network, std::uint16_t port) {
  Octets header{0x08, 0, 0, 0};
  put32(header, network << 8);
  return in_outer_udp(packet, port, behind(header, ethernet_in(packet)));
}

TestPacket in_vxlan_gpe(const TestPacket& packet, std::uint32_t network) {
  const auto ip = ip_in(packet);
  if (!ip) return packet;
  Octets header{0x0c, 0, 0, static_cast<std::uint8_t>(is_v6(*ip) ? 2 : 1)};
  put32(header, network << 8);
  return in_outer_udp(packet, 4790, behind(header, *ip));
}

TestPacket in_geneve(const TestPacket& packet, std::uint32_t network, std::size_t option_octets) {
  Octets header;
  put8(header, option_octets / 4);
  put8(header, 0);
  put16(header, 0x6558);
  put32(header, network << 8);
  if (option_octets >= 4) {
    put(header, Octets{0x01, 0x02, 0x03});
    put8(header, option_octets / 4 - 1);
    header.resize(8 + option_octets);
  }
  return in_outer_udp(packet, 6081, behind(header, ethernet_in(packet)));
}

TestPacket in_gtp_u(const TestPacket& packet, std::uint32_t tunnel, std::size_t extensions) {
  const auto ip = ip_in(packet);
  if (!ip) return packet;
  const std::size_t optional_octets = extensions == 0 ? 0 : 4 + 4 * extensions;
  Octets header{static_cast<std::uint8_t>(extensions == 0 ? 0x30 : 0x34), 0xff};
  put16(header, optional_octets + ip->wire);
  put32(header, tunnel);
  constexpr std::uint8_t session_container = 0x85;
  if (extensions > 0) put(header, Octets{0, 0, 0, session_container});
  for (std::size_t i = 0; i < extensions; ++i) {
    const std::uint8_t next = i + 1 < extensions ? session_container : std::uint8_t{0};
    put(header, Octets{1, 0x10, 0x09, next});
  }
  return in_outer_udp(packet, 2152, behind(header, *ip));
}

TestPacket in_teredo(const TestPacket& packet) {
  const auto ip = ip_in(packet);
  if (!ip || !is_v6(*ip)) return packet;
  Octets header{0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0};  // authentication: a nonce, confirmed
  put(header, Octets{0, 0, 0x3c, 0xb0, 0x34, 0xff, 0x8e, 0xfd});  // origin
  return in_outer_udp(packet, 3544, behind(header, *ip));
}

TestPacket in_l2tp(const TestPacket& packet, std::uint16_t session) {
  const auto ip = ip_in(packet);
  if (!ip) return packet;
  const Inner ppp = behind(joined({0xff, 0x03}, ppp_header(*ip)), *ip);
  Octets header;
  put16(header, 0x4002);  // with a length
  put16(header, 8 + ppp.wire);
  put16(header, 1);
  put16(header, session);
  return in_outer_udp(packet, 1701, behind(header, ppp));
}

TestPacket in_l2tp_3(const TestPacket& packet, std::uint32_t session, std::size_t cookie_octets) {
  Octets header;
  put32(header, session);
  put(header, Octets(cookie_octets, 0xc0));
  return in_outer_ip(packet, 115, behind(header, ethernet_in(packet)));
}

TestPacket in_l2tp_3_udp(const TestPacket& packet, std::uint32_t session) {
  Octets header{0, 3, 0, 0};
  put32(header, session);
  return in_outer_udp(packet, 1701, behind(header, ethernet_in(packet)));
}

TestPacket in_ether_ip(const TestPacket& packet) {
  return in_outer_ip(packet, 97, behind({0x30, 0x00}, ethernet_in(packet)));
}

TestPacket in_mpls_over_ip(const TestPacket& packet) {
  const auto ip = ip_in(packet);
  return ip ? in_outer_ip(packet, 137, behind(labels_of(1), *ip)) : packet;
}

TestPacket in_mpls_over_udp(const TestPacket& packet) {
  const auto ip = ip_in(packet);
  return ip ? in_outer_udp(packet, 6635, behind(labels_of(2), *ip)) : packet;
}

TestPacket in_gre_over_udp(const TestPacket& packet) {
  const auto ip = ip_in(packet);
  if (!ip) return packet;
  return in_outer_udp(packet, 4754, behind(gre_header({}, ether_type_of(*ip)), *ip));
}

// ---- Fragments.----------------------------------------------------------------------------------

namespace {

TestPacket fragment_v4(const TestPacket& packet, const Octets& link, Bytes ip, std::size_t begin,
                       std::size_t octets) {
  const std::size_t header_octets = (ip[0] & 0x0fU) * 4U;
  const bool more = header_octets + begin + octets < ip.size();
  Octets header(ip.begin(), ip.begin() + static_cast<std::ptrdiff_t>(header_octets));
  set16(header, 2, header_octets + octets);
  if (be16(header, 4) == 0) set16(header, 4, 0x8000U | (packet.number & 0x7fffU));
  set16(header, 6, (more ? 0x2000U : 0U) | begin / 8);
  set16(header, 10, 0);
  set16(header, 10, internet_checksum(header));
  Octets content = joined(link, header);
  put(content, ip.subspan(header_octets + begin, octets));
  return packet_with(packet, packet.link, {content, content.size()});
}

TestPacket fragment_v6(const TestPacket& packet, const Octets& link, Bytes ip, std::size_t begin,
                       std::size_t octets) {
  constexpr std::size_t header_octets = 40;
  const bool more = header_octets + begin + octets < ip.size();
  Octets header(ip.begin(), ip.begin() + header_octets);
  set16(header, 4, 8 + octets);
  header[6] = 44;
  put8(header, ip[6]);
  put8(header, 0);
  put16(header, begin | (more ? 1U : 0U));
  put32(header, static_cast<std::uint32_t>(packet.number));
  Octets content = joined(link, header);
  put(content, ip.subspan(header_octets + begin, octets));
  return packet_with(packet, packet.link, {content, content.size()});
}

}  // namespace

std::vector<TestPacket> fragmented(const TestPacket& packet, std::size_t octets) {
  const auto ip = ip_in(packet);
  if (!ip || ip->octets.size() < ip->wire) return {packet};
  const std::size_t header_octets = is_v6(*ip) ? 40 : (ip->octets[0] & 0x0fU) * 4U;
  const std::size_t carried = ip->wire - header_octets;
  const std::size_t most = std::max<std::size_t>(octets / 8 * 8, 8);
  if (carried <= most) return {packet};
  const Octets link(packet.bytes.begin(),
                    packet.bytes.begin() + static_cast<std::ptrdiff_t>(link_octets(packet.link)));
  std::vector<TestPacket> out;
  for (std::size_t begin = 0; begin < carried; begin += most) {
    const std::size_t length = std::min(most, carried - begin);
    out.push_back(is_v6(*ip) ? fragment_v6(packet, link, ip->octets, begin, length)
                             : fragment_v4(packet, link, ip->octets, begin, length));
  }
  return out;
}

}  // namespace smtpscope::test
