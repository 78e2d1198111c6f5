// What IP is carried in, inside IP. A header here leads back to Ethernet or IP.
#include "dissectors/net/descent.hpp"

namespace smtpscope::net {
namespace {

namespace udp_port {
constexpr std::uint16_t l2tp = 1701;
constexpr std::uint16_t gtp_u = 2152;
constexpr std::uint16_t teredo = 3544;
constexpr std::uint16_t gre = 4754;
constexpr std::uint16_t vxlan = 4789;
constexpr std::uint16_t vxlan_gpe = 4790;
constexpr std::uint16_t geneve = 6081;
constexpr std::uint16_t mpls = 6635;
constexpr std::uint16_t vxlan_of_linux = 8472;
}  // namespace udp_port

std::uint32_t be24(Bytes bytes, std::size_t at) noexcept { return be32(bytes, at) >> 8; }

bool looks_like_ipv4(Bytes bytes, std::size_t octets) noexcept {
  if (bytes.size() < ipv4_header_octets) return false;
  const std::size_t header_octets = (bytes[0] & 0x0fU) * 4U, total = be16(bytes, 2);
  if (header_octets < ipv4_header_octets || header_octets > bytes.size()) return false;
  if (total < header_octets || total > octets) return false;
  const bool has_checksum = be16(bytes, 10) != 0;  // offload may have left it out
  return !has_checksum || folded(ones_sum(0, bytes.first(header_octets))) == 0xffff;
}

// What a datagram of IPv6 that is worth a tunnel begins with.
bool is_likely_next_header(std::uint8_t number) noexcept {
  switch (number) {
    case protocol::hop_by_hop:
    case protocol::ipv4:
    case protocol::tcp:
    case protocol::udp:
    case protocol::ipv6:
    case protocol::routing:
    case protocol::fragment:
    case protocol::gre:
    case protocol::authentication:
    case protocol::icmp_v6:
    case protocol::destination_options:
      return true;
    default:
      return false;
  }
}

bool looks_like_ipv6(Bytes bytes, std::size_t octets) noexcept {
  if (bytes.size() < ipv6_header_octets) return false;
  return ipv6_header_octets + be16(bytes, 4) <= octets && is_likely_next_header(bytes[6]) &&
         bytes[7] != 0;
}

// What PPP begins with when it carries IP.
std::size_t ppp_header_octets(Bytes bytes) noexcept {
  const std::size_t framing = bytes.size() >= 2 && bytes[0] == 0xff && bytes[1] == 0x03 ? 2 : 0;
  if (bytes.size() < framing + 2) return 0;
  const std::uint16_t number = be16(bytes, framing);
  return number == 0x0021 || number == 0x0057 ? framing + 2 : 0;
}

}  // namespace

bool looks_like_ip(Bytes bytes, std::size_t octets) noexcept {
  if (bytes.empty()) return false;
  if (bytes[0] >> 4 == 4) return looks_like_ipv4(bytes, octets);
  return bytes[0] >> 4 == 6 && looks_like_ipv6(bytes, octets);
}

bool looks_like_ethernet(Bytes bytes, std::size_t octets) noexcept {
  constexpr std::size_t type_at = 12, tag_octets = 4, tags_max = 2;
  std::size_t at = type_at;
  for (std::size_t tags = 0; at + 2 <= bytes.size() && at + 2 <= octets; ++tags) {
    const std::uint16_t type = be16(bytes, at);
    const bool is_tag = type == ether_type::vlan || type == ether_type::provider_vlan;
    if (is_tag && tags < tags_max) {
      at += tag_octets;
      continue;
    }
    const Bytes inside = bytes.subspan(at + 2);
    if (type == ether_type::arp) {  // for Ethernet, and IPv4
      return inside.size() >= 4 && be16(inside, 0) == 1 && be16(inside, 2) == ether_type::ipv4;
    }
    const bool is_ip = type == ether_type::ipv4 || type == ether_type::ipv6;
    return is_ip && looks_like_ip(inside, octets - at - 2);
  }
  return false;
}

Layer Descent::enter(TunnelKind kind, std::optional<std::uint32_t> id, Layer next) noexcept {
  tunnels.enter(kind, id);
  mark_place(static_cast<std::uint32_t>(kind));
  return next;
}

// Until an IP header was seen in it, the tunnel is no more than a guess by the port.
Layer Descent::enter_in_udp(TunnelKind kind, std::optional<std::uint32_t> id, Layer next) noexcept {
  only_udp_is_sure_ = true;
  return enter(kind, id, next);
}

Layer Descent::in_ip_in_ip(IpVersion inner) noexcept {
  const bool in_v4 = version == IpVersion::v4;
  if (inner == IpVersion::v4) {
    return enter(in_v4 ? TunnelKind::ip_in_ip : TunnelKind::ip_in_ip6, {}, Layer::ipv4);
  }
  return enter(in_v4 ? TunnelKind::ip6_in_ip : TunnelKind::ip6_in_ip6, {}, Layer::ipv6);
}

// RFC 2784 and 2890. Version 1 is PPTP's (RFC 2637).
Layer Descent::in_gre() noexcept {
  constexpr std::size_t least_octets = 4;
  if (!has(least_octets)) return too_short(least_octets);
  const std::uint16_t flags = be16(rest_, 0), type = be16(rest_, 2);
  constexpr std::uint16_t checksum = 0x8000, key = 0x2000, sequence = 0x1000, version_bits = 0x0007,
                          reserved = 0x4ff8;  // with the source routes of RFC 1701
  if ((flags & version_bits) == 1) return in_pptp(flags);
  if ((flags & (version_bits | reserved)) != 0) return other_protocol(protocol::gre);

  const std::size_t key_at = (flags & checksum) != 0 ? 8 : 4;
  const std::size_t octets =
      key_at + ((flags & key) != 0 ? 4U : 0U) + ((flags & sequence) != 0 ? 4U : 0U);
  if (!has(octets)) return too_short(octets);
  std::optional<std::uint32_t> id;
  if ((flags & key) != 0) id = be32(rest_, key_at);
  skip(octets);

  constexpr std::uint16_t erspan = 0x88be, erspan_3 = 0x22eb, redirect = 0x883e;
  if (type == erspan && (flags & sequence) == 0)
    return enter(TunnelKind::erspan, {}, Layer::ethernet);
  if (type == erspan) return in_erspan_2();
  if (type == erspan_3) return in_erspan_3();
  if (type == redirect) return in_redirect();
  const Layer next = type < ether_type::lowest ? Layer::nothing : by_ether_type(type);
  if (next == Layer::nothing) return other_protocol(protocol::gre);
  return enter(TunnelKind::gre, id, next);
}

Layer Descent::in_pptp(std::uint16_t flags) noexcept {
  constexpr std::uint16_t key = 0x2000, sequence = 0x1000, acknowledgement = 0x0080, never = 0xcf78;
  const bool carries_something = (flags & sequence) != 0;
  if ((flags & never) != 0 || (flags & key) == 0 || be16(rest_, 2) != ether_type::ppp ||
      !carries_something) {
    return other_protocol(protocol::gre);
  }
  const std::size_t octets = 12 + ((flags & acknowledgement) != 0 ? 4U : 0U);
  if (!has(octets)) return too_short(octets);
  const std::size_t length = be16(rest_, 4);
  const std::uint16_t call = be16(rest_, 6);
  skip(octets);
  bound(length);
  return enter(TunnelKind::pptp, call, Layer::ppp);
}

Layer Descent::in_erspan_2() noexcept {
  constexpr std::size_t header_octets = 8;
  if (!has(header_octets)) return too_short(header_octets);
  if (rest_[0] >> 4 != 1) return other_protocol(protocol::gre);
  const std::uint32_t session = be16(rest_, 2) & 0x03ffU;
  skip(header_octets);
  return enter(TunnelKind::erspan, session, Layer::ethernet);
}

Layer Descent::in_erspan_3() noexcept {
  constexpr std::size_t header_octets = 12, platform_octets = 8;
  if (!has(header_octets)) return too_short(header_octets);
  if (rest_[0] >> 4 != 2) return other_protocol(protocol::gre);
  const std::uint32_t session = be16(rest_, 2) & 0x03ffU;
  const std::uint16_t last = be16(rest_, 10);
  const unsigned frame_type = last >> 10 & 0x1fU;
  const std::size_t octets = header_octets + ((last & 1U) != 0 ? platform_octets : 0);
  if (!has(octets)) return too_short(octets);
  skip(octets);
  constexpr unsigned ethernet = 0, ip = 2;
  if (frame_type != ethernet && frame_type != ip) return not_ip();
  return enter(TunnelKind::erspan, session, frame_type == ip ? Layer::ip : Layer::ethernet);
}

// Cisco's web cache redirection: version 2 puts four octets before IP.
Layer Descent::in_redirect() noexcept {
  constexpr std::size_t header_octets = 4;
  if (!has(1)) return too_short(1);
  if (rest_[0] >> 4 != 4) {
    if (!has(header_octets)) return too_short(header_octets);
    skip(header_octets);
  }
  return enter(TunnelKind::gre, {}, Layer::ipv4);
}

// RFC 3378.
Layer Descent::in_ether_ip() noexcept {
  constexpr std::size_t header_octets = 2;
  if (!has(header_octets)) return too_short(header_octets);
  if (be16(rest_, 0) != 0x3000) return other_protocol(protocol::ether_ip);
  skip(header_octets);
  return enter(TunnelKind::ether_ip, {}, Layer::ethernet);
}

// RFC 4023.
Layer Descent::in_mpls_in_ip() noexcept { return enter(TunnelKind::mpls_in_ip, {}, Layer::mpls); }

// RFC 3931, 4.1.1: the session, and nothing that tells what it carries.
Layer Descent::in_l2tp_over_ip() noexcept {
  constexpr std::size_t session_octets = 4;
  if (!has(session_octets)) return too_short(session_octets);
  const std::uint32_t session = be32(rest_, 0);
  constexpr std::uint32_t control = 0;
  if (session == control) return other_protocol(protocol::l2tp);
  skip(session_octets);
  if (const auto next = behind_l2tp_session(session)) return *next;
  return other_protocol(protocol::l2tp);
}

// A cookie of 0, 4 or 8 octets and a sublayer header of 0 or 4 were agreed on elsewhere: looks
// where something begins that cannot be mistaken.
std::optional<Layer> Descent::behind_l2tp_session(std::uint32_t session) noexcept {
  for (const std::size_t skipped : {0U, 4U, 8U, 12U}) {
    if (!has(skipped)) break;
    const Bytes inside = rest_.subspan(skipped);
    const std::size_t octets = octets_left() - skipped;
    const std::size_t ppp = ppp_header_octets(inside);
    std::optional<Layer> next;
    if (looks_like_ethernet(inside, octets)) next = Layer::ethernet;
    if (looks_like_ip(inside, octets)) next = Layer::ip;
    if (ppp != 0 && looks_like_ip(inside.subspan(ppp), octets - ppp)) next = Layer::ppp;
    if (!next) continue;
    skip(skipped);
    return enter(TunnelKind::l2tp, session, *next);
  }
  return std::nullopt;
}

Layer Descent::in_udp() noexcept {
  constexpr std::size_t header_octets = 8;
  if (!has(header_octets)) return other_protocol(protocol::udp);
  const std::uint16_t from = be16(rest_, 0), to = be16(rest_, 2);
  const std::size_t length = be16(rest_, 4);
  const std::size_t available = octets_left();
  if (length != 0 && length < header_octets) return other_protocol(protocol::udp);
  skip(header_octets);
  bound((length == 0 ? available : length) - header_octets);
  // The far end of a tunnel has its port; the near one may have any, but for these that talk back.
  if (to == udp_port::vxlan || to == udp_port::vxlan_of_linux) return in_vxlan();
  if (to == udp_port::geneve) return in_geneve();
  if (to == udp_port::vxlan_gpe) return in_vxlan_gpe();
  if (to == udp_port::gtp_u || from == udp_port::gtp_u) return in_gtp_u();
  if (to == udp_port::teredo || from == udp_port::teredo) return in_teredo();
  if (to == udp_port::l2tp || from == udp_port::l2tp) return in_l2tp_over_udp();
  if (to == udp_port::mpls) return in_mpls_over_udp();
  if (to == udp_port::gre && has(4)) {
    only_udp_is_sure_ = true;
    return Layer::gre;
  }
  return other_protocol(protocol::udp);
}

// RFC 7510. The last label has to be in sight, and IP behind it.
Layer Descent::in_mpls_over_udp() noexcept {
  constexpr std::size_t label_octets = 4, labels_max = 4;
  for (std::size_t label = 0; label < labels_max && has((label + 1) * label_octets); ++label) {
    const bool is_last = (rest_[label * label_octets + 2] & 1U) != 0;
    if (!is_last) continue;
    const std::size_t octets = (label + 1) * label_octets;
    if (!looks_like_ip(rest_.subspan(octets), octets_left() - octets)) break;
    return enter_in_udp(TunnelKind::mpls_in_ip, {}, Layer::mpls);
  }
  return other_protocol(protocol::udp);
}

// RFC 7348; the bit of group policies is in use, all others are zero.
Layer Descent::in_vxlan() noexcept {
  constexpr std::size_t header_octets = 8;
  if (!has(header_octets)) return other_protocol(protocol::udp);
  constexpr std::uint8_t has_network = 0x08, has_policy = 0x80;
  const bool fits = (rest_[0] & ~has_policy) == has_network && rest_[7] == 0;
  if (!fits) return other_protocol(protocol::udp);
  const std::uint32_t network = be24(rest_, 4);
  skip(header_octets);
  return enter_in_udp(TunnelKind::vxlan, network, Layer::ethernet);
}

Layer Descent::in_vxlan_gpe() noexcept {
  constexpr std::size_t header_octets = 8;
  if (!has(header_octets)) return other_protocol(protocol::udp);
  constexpr std::uint8_t has_network = 0x08, has_protocol = 0x04, version_bits = 0x30;
  const std::uint8_t flags = rest_[0], next = rest_[3];
  if ((flags & version_bits) != 0 || (flags & has_network) == 0 || rest_[7] != 0) {
    return other_protocol(protocol::udp);
  }
  const std::uint32_t network = be24(rest_, 4);
  skip(header_octets);
  Layer layer = Layer::ethernet;
  if ((flags & has_protocol) != 0 && next != 3) {
    if (next == 0 || next > 5) return other_protocol(protocol::udp);
    constexpr Layer layers[] = {Layer::nothing,  Layer::ipv4,          Layer::ipv6,
                                Layer::ethernet, Layer::service_chain, Layer::mpls};
    layer = layers[next];
  }
  return enter_in_udp(TunnelKind::vxlan_gpe, network, layer);
}

// RFC 8926.
Layer Descent::in_geneve() noexcept {
  constexpr std::size_t header_octets = 8;
  if (!has(header_octets)) return other_protocol(protocol::udp);
  constexpr std::uint8_t version_bits = 0xc0, reserved = 0x3f;
  if ((rest_[0] & version_bits) != 0 || (rest_[1] & reserved) != 0 || rest_[7] != 0) {
    return other_protocol(protocol::udp);
  }
  const std::size_t octets = header_octets + rest_[0] * 4U;
  const std::uint16_t type = be16(rest_, 2);
  const std::uint32_t network = be24(rest_, 4);
  const Layer next = by_ether_type(type);
  if (next == Layer::nothing) return other_protocol(protocol::udp);
  only_udp_is_sure_ = true;
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return enter_in_udp(TunnelKind::geneve, network, next);
}

// 3GPP TS 29.281: a G-PDU is what carries a user's packet.
Layer Descent::in_gtp_u() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return other_protocol(protocol::udp);
  constexpr std::uint8_t version_1_bits = 0xf8, version_1 = 0x30, has_more = 0x07, user_data = 0xff;
  const std::uint8_t flags = rest_[0];
  if ((flags & version_1_bits) != version_1 || rest_[1] != user_data) {
    return other_protocol(protocol::udp);
  }
  const std::size_t length = be16(rest_, 2);
  const std::uint32_t tunnel = be32(rest_, 4);
  skip(least_octets);
  if (length > octets_left()) return other_protocol(protocol::udp);
  bound(length);
  only_udp_is_sure_ = true;
  if ((flags & has_more) != 0) {  // sequence, N-PDU number, and the kind of the next extension
    if (!has(4)) return too_short(4);
    std::uint8_t next = (flags & 0x04) != 0 ? rest_[3] : std::uint8_t{0};
    skip(4);
    for (int seen = 0; next != 0; ++seen) {
      if (seen == extension_headers_max) return malformed();
      if (!has(1)) return too_short(1);
      const std::size_t octets = rest_[0] * 4U;
      if (octets == 0) return malformed();
      if (!has(octets)) return too_short(octets);
      next = rest_[octets - 1];
      skip(octets);
    }
  }
  if (!has(1)) return too_short(1);
  if (looks_like_ethernet(rest_, octets_left())) {
    return enter_in_udp(TunnelKind::gtp_u, tunnel, Layer::ethernet);
  }
  return enter_in_udp(TunnelKind::gtp_u, tunnel, Layer::ip);
}

// RFC 4380, 5.1.1: authentication and origin may stand before IPv6.
Layer Descent::in_teredo() noexcept {
  constexpr std::uint16_t origin = 0x0000, authentication = 0x0001;
  if (has(4) && be16(rest_, 0) == authentication) {
    const std::size_t octets = 13U + rest_[2] + rest_[3];
    if (!has(octets)) return other_protocol(protocol::udp);
    skip(octets);
  }
  if (has(8) && be16(rest_, 0) == origin) skip(8);
  if (!has(1) || rest_[0] >> 4 != 6) return other_protocol(protocol::udp);
  if (has(ipv6_header_octets) && !looks_like_ip(rest_, octets_left())) {
    const bool is_bubble = rest_[6] == 59;
    if (!is_bubble) return other_protocol(protocol::udp);
  }
  return enter_in_udp(TunnelKind::teredo, {}, Layer::ipv6);
}

// RFC 2661, 3.1, and RFC 3931, 4.1.2.
Layer Descent::in_l2tp_over_udp() noexcept {
  if (!has(6)) return other_protocol(protocol::udp);
  constexpr std::uint16_t control = 0x8000, has_length = 0x4000, has_sequence = 0x0800,
                          has_offset = 0x0200, version_bits = 0x000f, reserved = 0x34f0;
  const std::uint16_t flags = be16(rest_, 0);
  if ((flags & control) != 0) return other_protocol(protocol::udp);
  if ((flags & version_bits) == 3) {
    if (!has(8)) return other_protocol(protocol::udp);
    const std::uint32_t session = be32(rest_, 4);
    skip(8);
    if (const auto next = behind_l2tp_session(session)) return *next;
    return other_protocol(protocol::udp);
  }
  if ((flags & version_bits) != 2 || (flags & reserved) != 0) return other_protocol(protocol::udp);

  const std::size_t ids_at = (flags & has_length) != 0 ? 4 : 2;
  const std::size_t offset_at = ids_at + 4 + ((flags & has_sequence) != 0 ? 4U : 0U);
  std::size_t octets = offset_at + ((flags & has_offset) != 0 ? 2U : 0U);
  if (!has(octets)) return other_protocol(protocol::udp);
  if ((flags & has_offset) != 0) octets += be16(rest_, offset_at);
  if (!has(octets)) return other_protocol(protocol::udp);
  const std::uint16_t session = be16(rest_, ids_at + 2);
  if ((flags & has_length) != 0) {
    const std::size_t length = be16(rest_, 2);
    if (length < octets || length > octets_left()) return other_protocol(protocol::udp);
    bound(length);
  }
  skip(octets);
  if (not_captured_ == 0 && ppp_header_octets(rest_) == 0) return other_protocol(protocol::udp);
  return enter_in_udp(TunnelKind::l2tp, session, Layer::ppp);
}

}  // namespace smtpscope::net
