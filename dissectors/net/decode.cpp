#include "dissectors/net/decode.hpp"

#include "dissectors/net/descent.hpp"

#include <cstring>

namespace smtpscope::net {
namespace {

// A larger shift is a mistake of the sender, to be taken as this one (RFC 7323, 2.3).
constexpr std::uint8_t window_scale_max = 14;

constexpr std::size_t ethernet_header_octets = 14;
constexpr std::size_t tcp_header_octets = 20;

bool is_extension(std::uint8_t number) noexcept { return extension_octets(number, 0) != 0; }

// What a packet of this link type begins with.
Layer outermost(LinkType link) noexcept {
  switch (link) {
    case LinkType::ethernet:
      return Layer::ethernet;
    case LinkType::linux_cooked:
      return Layer::cooked;
    case LinkType::linux_cooked_2:
      return Layer::cooked_2;
    case LinkType::null:
      return Layer::null;
    case LinkType::loop:
      return Layer::loop;
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
      return Layer::ip;
    case LinkType::ipv4:
      return Layer::ipv4;
    case LinkType::ipv6:
      return Layer::ipv6;
    case LinkType::ppp:
      return Layer::ppp;
    case LinkType::ppp_hdlc:
      return Layer::ppp_hdlc;
    case LinkType::ppp_linux:
    case LinkType::ppp_directed:
      return Layer::ppp_directed;
    case LinkType::pppoe:
      return Layer::pppoe;
    case LinkType::cisco_hdlc:
      return Layer::cisco_hdlc;
    case LinkType::cisco_hdlc_directed:
      return Layer::cisco_hdlc_directed;
    case LinkType::atm_llc:
      return Layer::llc;
    case LinkType::wifi:
      return Layer::wifi;
    case LinkType::wifi_prism:
      return Layer::prism;
    case LinkType::wifi_radiotap:
      return Layer::radiotap;
    case LinkType::wifi_avs:
      return Layer::avs;
    case LinkType::ppi:
      return Layer::ppi;
    case LinkType::pflog:
      return Layer::pflog;
    case LinkType::nflog:
      return Layer::nflog;
  }
  return Layer::nothing;
}

TcpFlags flags_of(std::uint8_t octet) noexcept {
  return {.fin = (octet & 0x01) != 0,
          .syn = (octet & 0x02) != 0,
          .rst = (octet & 0x04) != 0,
          .psh = (octet & 0x08) != 0,
          .ack = (octet & 0x10) != 0,
          .urg = (octet & 0x20) != 0};
}

// Reads the options. Those that a SYN may bring count in a SYN only. An option that does not fit
// ends the reading: what was read before it counts.
void read_options(Bytes options, Segment& segment) noexcept {
  constexpr std::uint8_t end_of_list = 0, no_operation = 1, maximum_segment_size = 2,
                         window_scale = 3, timestamps = 8;
  constexpr std::uint32_t only_timestamps = 0x0101080a;  // as nearly all segments but SYNs have
  if (options.size() == 12 && be32(options, 0) == only_timestamps) {
    segment.timestamp = be32(options, 4);
    return;
  }
  std::size_t at = 0;
  while (at < options.size() && options[at] != end_of_list) {
    const std::uint8_t kind = options[at];
    if (kind == no_operation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || length > options.size() - at) return;
    if (kind == timestamps && length == 10) segment.timestamp = be32(options, at + 2);
    if (segment.flags.syn && kind == maximum_segment_size && length == 4) {
      segment.mss = be16(options, at + 2);
    }
    if (segment.flags.syn && kind == window_scale && length == 3) {
      segment.window_scale = std::min(options[at + 2], window_scale_max);
    }
    at += length;
  }
}

void copy_addresses(Bytes from, IpVersion version, IpAddress& source,
                    IpAddress& destination) noexcept {
  source.version = destination.version = version;
  // The sizes are constants on purpose: a call of memcpy costs more than the rest.
  if (version == IpVersion::v4) {
    std::memcpy(source.octets.data(), from.data(), 4);
    std::memcpy(destination.octets.data(), from.data() + 4, 4);
  } else {
    std::memcpy(source.octets.data(), from.data(), 16);
    std::memcpy(destination.octets.data(), from.data() + 16, 16);
  }
}

}  // namespace

std::size_t extension_octets(std::uint8_t number, std::uint8_t length) noexcept {
  switch (number) {
    case protocol::hop_by_hop:
    case protocol::routing:
    case protocol::destination_options:
      return (length + 1U) * 8U;
    case protocol::fragment:
      return 8;
    case protocol::authentication:
      return (length + 2U) * 4U;
    default:
      return 0;
  }
}

Layer Descent::go_down(LinkType link) noexcept {
  not_tcp.why = NotTcpWhy::link_type_unknown;
  // What nearly every packet has goes without the loop.
  Layer layer = link == LinkType::ethernet ? in_ethernet() : outermost(link);
  if (layer == Layer::ipv4) layer = in_ipv4();
  for (int headers = 0; layer < Layer::tcp; ++headers) {
    if (headers == headers_max) return ends({.why = NotTcpWhy::too_deep});
    layer = step(layer);
  }
  return layer;
}

Layer Descent::step(Layer layer) noexcept {
  switch (layer) {
    case Layer::ethernet:
      return in_ethernet();
    case Layer::ipv4:
      return in_ipv4();
    case Layer::ipv6:
      return in_ipv6();
    case Layer::ip:
      return in_ip();
    case Layer::vlan:
      return in_vlan();
    case Layer::ethernet_backbone:
      return in_ethernet_backbone();
    case Layer::vn_tag:
      return in_vn_tag();
    case Layer::llc:
      return in_llc();
    case Layer::mpls:
      return in_mpls();
    case Layer::pppoe:
      return in_pppoe();
    case Layer::ppp:
      return in_ppp();
    case Layer::ppp_directed:
      return behind_direction(Layer::ppp);
    case Layer::ppp_hdlc:
      return in_ppp_hdlc();
    case Layer::cisco_hdlc:
      return in_cisco_hdlc();
    case Layer::cisco_hdlc_directed:
      return behind_direction(Layer::cisco_hdlc);
    case Layer::cooked:
      return in_cooked();
    case Layer::cooked_2:
      return in_cooked_2();
    case Layer::null:
      return in_null();
    case Layer::loop:
      return in_loop();
    case Layer::wifi:
      return in_wifi();
    case Layer::radiotap:
      return in_radiotap();
    case Layer::prism:
      return in_prism();
    case Layer::avs:
      return in_avs();
    case Layer::ppi:
      return in_ppi();
    case Layer::pflog:
      return in_pflog();
    case Layer::nflog:
      return in_nflog();
    case Layer::service_chain:
      return in_service_chain();
    case Layer::authentication:
      return in_authentication();
    case Layer::ipv4_in_ip:
      return in_ip_in_ip(IpVersion::v4);
    case Layer::ipv6_in_ip:
      return in_ip_in_ip(IpVersion::v6);
    case Layer::gre:
      return in_gre();
    case Layer::ether_ip:
      return in_ether_ip();
    case Layer::l2tp:
      return in_l2tp_over_ip();
    case Layer::mpls_in_ip:
      return in_mpls_in_ip();
    case Layer::udp:
      return in_udp();
    case Layer::tcp:
    case Layer::fragment:
    case Layer::nothing:
      break;
  }
  return layer;
}

Layer Descent::in_ethernet() noexcept {
  if (!has(ethernet_header_octets)) return too_short(ethernet_header_octets);
  mark_place(be32(rest_, 2) ^ be32(rest_, 8));  // most of both addresses
  const std::uint16_t type = be16(rest_, 12);
  skip(ethernet_header_octets);
  return by_type_or_length(type);
}

Layer Descent::in_vlan() noexcept {
  constexpr std::size_t tag_octets = 4;
  if (!has(tag_octets)) return too_short(tag_octets);
  mark_place(be16(rest_, 0) & 0x0fffU);
  const std::uint16_t type = be16(rest_, 2);
  skip(tag_octets);
  return by_type_or_length(type);
}

Layer Descent::by_type_or_length(std::uint16_t type) noexcept {
  if (type >= ether_type::lowest) return by_ether_type(type);
  bound(type);
  return Layer::llc;
}

Layer Descent::by_ether_type(std::uint16_t type) noexcept {
  switch (type) {
    case ether_type::ipv4:
      return Layer::ipv4;
    case ether_type::ipv6:
      return Layer::ipv6;
    case ether_type::vlan:
    case ether_type::provider_vlan:
    case ether_type::old_provider_vlan:
    case ether_type::older_provider_vlan:
      return Layer::vlan;
    case ether_type::mpls:
    case ether_type::mpls_multicast:
      return Layer::mpls;
    case ether_type::pppoe_session:
      return Layer::pppoe;
    case ether_type::bridged:
      return Layer::ethernet;
    case ether_type::backbone:
      return Layer::ethernet_backbone;
    case ether_type::vn_tag:
      return Layer::vn_tag;
    case ether_type::service_chain:
      return Layer::service_chain;
    default:
      return not_ip(type < ether_type::lowest ? std::uint16_t{0} : type);
  }
}

Layer Descent::in_ip() noexcept {
  if (!has(1)) return too_short(1);
  return rest_[0] >> 4 == 6 ? Layer::ipv6 : Layer::ipv4;
}

Layer Descent::in_ipv4() noexcept {
  const Bytes header = rest_;
  if (!has(ipv4_header_octets)) return too_short(ipv4_header_octets);
  const std::size_t header_octets = (header[0] & 0x0fU) * 4U;
  if (header[0] >> 4 != 4 || header_octets < ipv4_header_octets) return malformed();
  if (!has(header_octets)) return too_short(header_octets);

  const std::size_t announced = be16(header, 2);
  const std::size_t total_octets = announced == 0 ? octets_left() : announced;
  if (total_octets < header_octets) return malformed();
  bound(total_octets);
  skip(header_octets);

  version = IpVersion::v4;
  addresses = header.subspan(12, 8);
  hop_limit = header[8];
  identification = be16(header, 4);
  routed_on = only_udp_is_sure_ = false;

  const std::uint8_t number = header[9];
  constexpr std::uint16_t more_fragments = 0x2000, offset = 0x1fff;
  const std::uint16_t fragmentation = be16(header, 6);
  if ((fragmentation & (more_fragments | offset)) != 0) {
    carried_protocol_ = number;
    fragment_offset_ = (fragmentation & offset) * 8U;
    more_fragments_ = (fragmentation & more_fragments) != 0;
    return Layer::fragment;
  }
  return number == protocol::tcp ? Layer::tcp : by_protocol(number);
}

Layer Descent::in_ipv6() noexcept {
  const Bytes header = rest_;
  if (!has(ipv6_header_octets)) return too_short(ipv6_header_octets);
  if (header[0] >> 4 != 6) return malformed();

  version = IpVersion::v6;
  addresses = header.subspan(8, 32);
  hop_limit = header[7];
  identification = 0;
  routed_on = only_udp_is_sure_ = false;

  const std::size_t available = octets_left() - ipv6_header_octets;
  skip(ipv6_header_octets);
  // 0 with something behind it: a jumbogram (RFC 2675), or offload that left the length out.
  const std::size_t announced = be16(header, 4);
  bound(announced == 0 ? available : announced);
  return behind_extensions(header[6]);
}

Layer Descent::behind_extensions(std::uint8_t number) noexcept {
  for (int seen = 0; is_extension(number); ++seen) {
    const Bytes header = rest_;
    if (seen == extension_headers_max || announced_ < 8) return malformed();
    if (!has(8)) return too_short(8);
    const std::size_t octets = extension_octets(number, header[1]);
    if (octets > announced_) return malformed();
    if (!has(octets)) return too_short(octets);

    const bool is_fragment_header = number == protocol::fragment;
    if (number == protocol::routing && header[3] != 0) routed_on = true;
    number = header[0];
    skip(octets);
    constexpr std::uint16_t offset = 0xfff8, more_fragments = 0x0001;
    const std::uint16_t fragmentation = is_fragment_header ? be16(header, 2) : 0;
    if ((fragmentation & (offset | more_fragments)) != 0) {
      carried_protocol_ = number;
      identification = be32(header, 4);
      fragment_offset_ = fragmentation & offset;
      more_fragments_ = (fragmentation & more_fragments) != 0;
      return Layer::fragment;
    }
  }
  return by_protocol(number);
}

// AH in IPv4.
Layer Descent::in_authentication() noexcept {
  if (!has(8)) return too_short(8);
  const std::uint8_t number = rest_[0];
  const std::size_t octets = extension_octets(protocol::authentication, rest_[1]);
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return by_protocol(number);
}

Layer Descent::by_protocol(std::uint8_t number) noexcept {
  switch (number) {
    case protocol::tcp:
      return Layer::tcp;
    case protocol::udp:
      return Layer::udp;
    case protocol::ipv4:
      return Layer::ipv4_in_ip;
    case protocol::ipv6:
      return Layer::ipv6_in_ip;
    case protocol::gre:
      return Layer::gre;
    case protocol::authentication:
      return Layer::authentication;
    case protocol::ether_ip:
      return Layer::ether_ip;
    case protocol::l2tp:
      return Layer::l2tp;
    case protocol::mpls:
      return Layer::mpls_in_ip;
    default:
      return other_protocol(number);
  }
}

Layer Descent::other_protocol(std::uint8_t number) noexcept {
  if (only_udp_is_sure_) number = protocol::udp;
  switch (number) {
    case protocol::udp:
      return ends({.why = NotTcpWhy::udp, .ip_protocol = number});
    case protocol::icmp:
    case protocol::icmp_v6:
      return ends({.why = NotTcpWhy::icmp, .ip_protocol = number});
    default:
      return ends({.why = NotTcpWhy::other_ip_protocol, .ip_protocol = number});
  }
}

bool Descent::into(Segment& segment) noexcept {
  const Bytes header = rest_;
  if (announced_ < tcp_header_octets) {
    not_tcp = {.why = NotTcpWhy::malformed};
    return false;
  }
  if (!has(tcp_header_octets)) {
    (void)too_short(tcp_header_octets);
    return false;
  }
  const std::size_t header_octets = (header[12] >> 4) * 4U;
  if (header_octets < tcp_header_octets || header_octets > announced_) {
    not_tcp = {.why = NotTcpWhy::malformed};
    return false;
  }

  // Options that were cut off are no loss: everything that counts is in the fixed part.
  const std::size_t options_end = std::min(header_octets, header.size());
  copy_addresses(addresses, version, segment.source.address, segment.destination.address);
  segment.source.port = be16(header, 0);
  segment.destination.port = be16(header, 2);
  segment.sequence = {be32(header, 4)};
  segment.acknowledgement = {be32(header, 8)};
  segment.flags = flags_of(header[13]);
  segment.window = be16(header, 14);
  segment.checksum = be16(header, 16);
  segment.hop_limit = hop_limit;
  segment.identification = static_cast<std::uint16_t>(identification);
  segment.place_mark = place_;
  segment.payload = header.subspan(options_end);
  segment.payload_length = static_cast<std::uint32_t>(announced_ - header_octets);
  if (!tunnels.empty()) segment.tunnels = tunnels;
  read_options(header.subspan(tcp_header_octets, options_end - tcp_header_octets), segment);
  return true;
}

std::optional<IcmpError> Descent::icmp_error() const noexcept {
  if (not_tcp.why != NotTcpWhy::icmp) return std::nullopt;
  const bool fits =
      not_tcp.ip_protocol == (version == IpVersion::v4 ? protocol::icmp : protocol::icmp_v6);
  if (!fits) return std::nullopt;
  IpAddress reporter, reported_to;
  copy_addresses(addresses, version, reporter, reported_to);
  const auto error = read_icmp_error(reporter, rest_);
  // It goes to whoever sent the quoted packet.
  return error && error->source.address == reported_to ? error : std::nullopt;
}

Fragment Descent::fragment() const noexcept {
  Fragment piece;
  copy_addresses(addresses, version, piece.source, piece.destination);
  piece.identification = identification;
  piece.ip_protocol = carried_protocol_;
  piece.hop_limit = hop_limit;
  piece.routed_on = routed_on;
  piece.more = more_fragments_;
  piece.offset = fragment_offset_;
  piece.octets = rest_;
  piece.length = static_cast<std::uint32_t>(announced_);
  piece.tunnels = tunnels;
  return piece;
}

std::uint64_t ones_sum(std::uint64_t sum, Bytes bytes) noexcept {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += be16(bytes, at);
  if (at < bytes.size()) sum += static_cast<std::uint64_t>(bytes[at]) << 8;
  return sum;
}

// The segment is filled where the caller will find it: on the hot path, a copy of it costs as much
// as the decoding.
Decoded decode(const Packet& packet, const Tunnels& around) noexcept {
  Decoded decoded{std::in_place_type<Segment>};
  Descent descent(packet, around);
  const Layer reached = descent.go_down(packet.link);
  if (reached == Layer::tcp && descent.into(*std::get_if<Segment>(&decoded))) return decoded;
  if (reached == Layer::fragment) {
    decoded = descent.fragment();
  } else if (const auto error = descent.icmp_error()) {
    decoded = *error;
  } else {
    decoded = descent.not_tcp;
  }
  return decoded;
}

ChecksumState tcp_checksum(const Packet& packet) noexcept {
  Descent descent(packet, {});
  if (descent.go_down(packet.link) != Layer::tcp || descent.routed_on) {
    return ChecksumState::unknown;
  }
  const Bytes tcp = descent.carried();
  if (tcp.size() < tcp_header_octets || tcp.size() < descent.carried_octets()) {
    return ChecksumState::unknown;
  }
  // The pseudo header (RFC 9293, 3.1), whose length is folded with the rest.
  const std::uint64_t pseudo =
      ones_sum(protocol::tcp + descent.carried_octets(), descent.addresses);
  return folded(ones_sum(pseudo, tcp)) == 0xffff ? ChecksumState::right : ChecksumState::wrong;
}

}  // namespace smtpscope::net
