#include "dissectors/net/decode.hpp"

#include <algorithm>
#include <cstring>

// Each layer is one function that looks at its own header and hands the rest to the next one; what comes
// back is the answer of the innermost. Nothing is allocated, and every loop has a named limit.
namespace smtpscope::net {
namespace {

// More tags than anybody stacks: two are provider bridging, a third is seen in labs.
constexpr int vlan_tags_max = 8;
// RFC 8200 names seven kinds, each once (destination options twice).
constexpr int extension_headers_max = 16;
// A larger shift is a mistake of the sender, to be taken as this one (RFC 7323, 2.3).
constexpr std::uint8_t window_scale_max = 14;

constexpr std::size_t ethernet_header_octets = 14;
constexpr std::size_t vlan_tag_octets = 4;
constexpr std::size_t cooked_header_octets = 16;
constexpr std::size_t cooked_2_header_octets = 20;
constexpr std::size_t null_header_octets = 4;
constexpr std::size_t ipv4_header_octets = 20;
constexpr std::size_t ipv6_header_octets = 40;
constexpr std::size_t tcp_header_octets = 20;

namespace ether_type {
constexpr std::uint16_t lowest = 0x0600;  // below is a length: IEEE 802.3, no IP that we know of
constexpr std::uint16_t ipv4 = 0x0800;
constexpr std::uint16_t vlan = 0x8100;
constexpr std::uint16_t ipv6 = 0x86dd;
constexpr std::uint16_t provider_vlan = 0x88a8;
constexpr std::uint16_t old_provider_vlan = 0x9100;
}  // namespace ether_type

namespace protocol {
constexpr std::uint8_t hop_by_hop = 0;
constexpr std::uint8_t icmp = 1;
constexpr std::uint8_t tcp = 6;
constexpr std::uint8_t udp = 17;
constexpr std::uint8_t routing = 43;
constexpr std::uint8_t fragment = 44;
constexpr std::uint8_t authentication = 51;
constexpr std::uint8_t icmp_v6 = 58;
constexpr std::uint8_t destination_options = 60;
}  // namespace protocol

// What lies behind the headers looked at so far: the octets that were captured, and how many more were
// on the wire.
struct Rest {
  Bytes bytes;
  std::size_t beyond = 0;

  [[nodiscard]] std::size_t wire_octets() const noexcept { return bytes.size() + beyond; }
  // The answer when a header does not fit: did the capture cut it, or the sender?
  [[nodiscard]] NotTcp too_short() const noexcept {
    return {.why = beyond > 0 ? NotTcpWhy::cut_short : NotTcpWhy::malformed};
  }
  [[nodiscard]] Rest behind(std::size_t octets) const noexcept {
    return {bytes.subspan(octets), beyond};
  }
};

// A TCP header and what follows, out of its IP datagram.
struct Datagram {
  IpAddress source;
  IpAddress destination;
  Rest tcp;                // as far as captured; never more than `octets`
  std::size_t octets = 0;  // of TCP on the wire, as the IP header says
  std::uint8_t hop_limit = 0;
  bool routed_on = false;  // a routing header names the real destination
};

using Found = std::variant<Datagram, NotTcp>;

constexpr NotTcp malformed{.why = NotTcpWhy::malformed};

NotTcp other_protocol(std::uint8_t number) noexcept {
  switch (number) {
    case protocol::udp:
      return {.why = NotTcpWhy::udp, .ip_protocol = number};
    case protocol::icmp:
    case protocol::icmp_v6:
      return {.why = NotTcpWhy::icmp, .ip_protocol = number};
    default:
      return {.why = NotTcpWhy::other_ip_protocol, .ip_protocol = number};
  }
}

NotTcp fragment_of(std::uint8_t number) noexcept {
  return {.why = NotTcpWhy::fragment, .ip_protocol = number};
}

IpAddress address_v4(Bytes bytes, std::size_t at) noexcept {
  IpAddress address{.version = IpVersion::v4};
  std::memcpy(address.octets.data(), bytes.data() + at, 4);
  return address;
}

IpAddress address_v6(Bytes bytes, std::size_t at) noexcept {
  IpAddress address{.version = IpVersion::v6};
  std::memcpy(address.octets.data(), bytes.data() + at, 16);
  return address;
}

Found in_ipv4(Rest rest) noexcept {
  const Bytes header = rest.bytes;
  if (header.size() < ipv4_header_octets) return rest.too_short();
  const std::size_t header_octets = (header[0] & 0x0fU) * 4U;
  if (header[0] >> 4 != 4 || header_octets < ipv4_header_octets) return malformed;
  if (header.size() < header_octets) return rest.too_short();

  const std::size_t announced = be16(header, 2);
  const std::size_t total_octets = announced == 0 ? rest.wire_octets() : announced;
  if (total_octets < header_octets) return malformed;

  const std::uint8_t number = header[9];
  constexpr std::uint16_t more_fragments_or_offset = 0x3fff;
  if ((be16(header, 6) & more_fragments_or_offset) != 0) return fragment_of(number);
  if (number != protocol::tcp) return other_protocol(number);

  const std::size_t captured = std::min(total_octets, header.size());
  return Datagram{.source = address_v4(header, 12),
                  .destination = address_v4(header, 16),
                  .tcp = {header.subspan(header_octets, captured - header_octets), rest.beyond},
                  .octets = total_octets - header_octets,
                  .hop_limit = header[8]};
}

// Length of an extension header, from its second octet (RFC 8200, 4; RFC 4302, 2.2 for AH). 0: none of
// those that can stand before TCP.
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

bool is_extension(std::uint8_t number) noexcept { return extension_octets(number, 0) != 0; }

// Goes over the extension headers to TCP. `datagram.tcp` is what follows IPv6's fixed header.
Found behind_extensions(std::uint8_t number, Datagram datagram) noexcept {
  for (int seen = 0; is_extension(number); ++seen) {
    const Bytes header = datagram.tcp.bytes;
    if (seen == extension_headers_max || datagram.octets < 8) return malformed;
    if (header.size() < 8) return datagram.tcp.too_short();
    const std::size_t octets = extension_octets(number, header[1]);
    if (octets > datagram.octets) return malformed;
    if (octets > header.size()) return datagram.tcp.too_short();

    constexpr std::uint16_t offset_or_more_fragments = 0xfff9;
    const bool whole =
        number != protocol::fragment || (be16(header, 2) & offset_or_more_fragments) == 0;
    if (!whole) return fragment_of(header[0]);
    if (number == protocol::routing && header[3] != 0) datagram.routed_on = true;

    number = header[0];
    datagram.tcp = datagram.tcp.behind(octets);
    datagram.octets -= octets;
  }
  if (number != protocol::tcp) return other_protocol(number);
  return datagram;
}

Found in_ipv6(Rest rest) noexcept {
  const Bytes header = rest.bytes;
  if (header.size() < ipv6_header_octets) return rest.too_short();
  if (header[0] >> 4 != 6) return malformed;

  // 0 with something behind it: a jumbogram (RFC 2675), or offload that left the length out.
  const std::size_t announced = be16(header, 4);
  const std::size_t octets = announced == 0 ? rest.wire_octets() - ipv6_header_octets : announced;
  const std::size_t captured = std::min(octets, header.size() - ipv6_header_octets);
  const Datagram datagram{.source = address_v6(header, 8),
                          .destination = address_v6(header, 24),
                          .tcp = {header.subspan(ipv6_header_octets, captured), rest.beyond},
                          .octets = octets,
                          .hop_limit = header[7]};
  return behind_extensions(header[6], datagram);
}

Found in_raw_ip(Rest rest) noexcept {
  if (rest.bytes.empty()) return rest.too_short();
  return rest.bytes[0] >> 4 == 6 ? in_ipv6(rest) : in_ipv4(rest);
}

bool is_vlan_tag(std::uint16_t type) noexcept {
  return type == ether_type::vlan || type == ether_type::provider_vlan ||
         type == ether_type::old_provider_vlan;
}

Found behind_ether_type(std::uint16_t type, Rest rest) noexcept {
  for (int tags = 0; is_vlan_tag(type) && tags < vlan_tags_max; ++tags) {
    if (rest.bytes.size() < vlan_tag_octets) return rest.too_short();
    type = be16(rest.bytes, 2);
    rest = rest.behind(vlan_tag_octets);
  }
  if (type == ether_type::ipv4) return in_ipv4(rest);
  if (type == ether_type::ipv6) return in_ipv6(rest);
  if (type < ether_type::lowest) type = 0;
  return NotTcp{.why = NotTcpWhy::not_ip, .ether_type = type};
}

// A link layer of `header_octets` that has an EtherType at `type_at`.
Found in_link_layer(Rest rest, std::size_t header_octets, std::size_t type_at) noexcept {
  if (rest.bytes.size() < header_octets) return rest.too_short();
  return behind_ether_type(be16(rest.bytes, type_at), rest.behind(header_octets));
}

Found behind_family(std::uint32_t family, Rest rest) noexcept {
  switch (family) {
    case 2:
      return in_ipv4(rest);  // AF_INET everywhere
    case 10:                 // AF_INET6: Linux
    case 24:                 // NetBSD, OpenBSD
    case 28:                 // FreeBSD
    case 30:
      return in_ipv6(rest);  // macOS
    default:
      return NotTcp{.why = NotTcpWhy::not_ip};
  }
}

constexpr std::uint32_t swapped(std::uint32_t value) noexcept {
  return (value >> 24) | ((value >> 8) & 0xff00U) | ((value << 8) & 0xff0000U) | (value << 24);
}

// The family of LINKTYPE_NULL is in the writer's byte order, which the packet does not tell. No family
// is above 255, so one of the two readings is far too large.
Found in_null(Rest rest) noexcept {
  if (rest.bytes.size() < null_header_octets) return rest.too_short();
  const std::uint32_t family = be32(rest.bytes, 0);
  return behind_family(family > 0xffff ? swapped(family) : family, rest.behind(null_header_octets));
}

Found in_loop(Rest rest) noexcept {
  if (rest.bytes.size() < null_header_octets) return rest.too_short();
  return behind_family(be32(rest.bytes, 0), rest.behind(null_header_octets));
}

Found find_tcp(const Packet& packet) noexcept {
  const std::size_t captured = packet.bytes.size();
  const Rest rest{packet.bytes, std::max<std::size_t>(packet.wire_length, captured) - captured};
  switch (packet.link) {
    case LinkType::ethernet:
      return in_link_layer(rest, ethernet_header_octets, 12);
    case LinkType::linux_cooked:
      return in_link_layer(rest, cooked_header_octets, 14);
    case LinkType::linux_cooked_2:
      return in_link_layer(rest, cooked_2_header_octets, 0);
    case LinkType::null:
      return in_null(rest);
    case LinkType::loop:
      return in_loop(rest);
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
      return in_raw_ip(rest);
    case LinkType::ipv4:
      return in_ipv4(rest);
    case LinkType::ipv6:
      return in_ipv6(rest);
  }
  return NotTcp{.why = NotTcpWhy::link_type_unknown};
}

TcpFlags flags_of(std::uint8_t octet) noexcept {
  return {.fin = (octet & 0x01) != 0,
          .syn = (octet & 0x02) != 0,
          .rst = (octet & 0x04) != 0,
          .psh = (octet & 0x08) != 0,
          .ack = (octet & 0x10) != 0,
          .urg = (octet & 0x20) != 0};
}

// Reads the options that a SYN may bring. An option that does not fit ends the reading: what was read
// before it counts.
void read_options(Bytes options, Segment& segment) noexcept {
  constexpr std::uint8_t end_of_list = 0, no_operation = 1, maximum_segment_size = 2,
                         window_scale = 3;
  std::size_t at = 0;
  while (at < options.size() && options[at] != end_of_list) {
    const std::uint8_t kind = options[at];
    if (kind == no_operation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || length > options.size() - at) return;
    if (kind == maximum_segment_size && length == 4) segment.mss = be16(options, at + 2);
    if (kind == window_scale && length == 3) {
      segment.window_scale = std::min(options[at + 2], window_scale_max);
    }
    at += length;
  }
}

Decoded in_tcp(const Datagram& datagram) noexcept {
  const Bytes header = datagram.tcp.bytes;
  if (datagram.octets < tcp_header_octets) return malformed;
  if (header.size() < tcp_header_octets) return datagram.tcp.too_short();
  const std::size_t header_octets = (header[12] >> 4) * 4U;
  if (header_octets < tcp_header_octets || header_octets > datagram.octets) return malformed;

  // Options that were cut off are no loss: everything that counts is in the fixed part.
  const std::size_t options_end = std::min(header_octets, header.size());
  Decoded decoded{std::in_place_type<Segment>};
  Segment& segment = *std::get_if<Segment>(&decoded);
  segment.source = {datagram.source, be16(header, 0)};
  segment.destination = {datagram.destination, be16(header, 2)};
  segment.sequence = {be32(header, 4)};
  segment.acknowledgement = {be32(header, 8)};
  segment.flags = flags_of(header[13]);
  segment.window = be16(header, 14);
  segment.hop_limit = datagram.hop_limit;
  segment.payload = header.subspan(options_end);
  segment.payload_length = static_cast<std::uint32_t>(datagram.octets - header_octets);
  if (segment.flags.syn) {
    read_options(header.subspan(tcp_header_octets, options_end - tcp_header_octets), segment);
  }
  return decoded;
}

// Adds `bytes` to a one's complement sum (RFC 1071). 64 bits take any packet without an overflow.
std::uint64_t summed(std::uint64_t sum, Bytes bytes) noexcept {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += be16(bytes, at);
  if (at < bytes.size()) sum += static_cast<std::uint64_t>(bytes[at]) << 8;
  return sum;
}

std::uint64_t summed(std::uint64_t sum, const IpAddress& address) noexcept {
  return summed(sum, Bytes{address.octets}.first(address.version == IpVersion::v4 ? 4U : 16U));
}

}  // namespace

Decoded decode(const Packet& packet) noexcept {
  const Found found = find_tcp(packet);
  if (const Datagram* datagram = std::get_if<Datagram>(&found)) return in_tcp(*datagram);
  return *std::get_if<NotTcp>(&found);
}

ChecksumState tcp_checksum(const Packet& packet) noexcept {
  const Found found = find_tcp(packet);
  const Datagram* datagram = std::get_if<Datagram>(&found);
  if (datagram == nullptr || datagram->routed_on) return ChecksumState::unknown;
  const Bytes tcp = datagram->tcp.bytes;
  if (tcp.size() < tcp_header_octets || tcp.size() < datagram->octets)
    return ChecksumState::unknown;

  std::uint64_t sum = summed(summed(0, datagram->source), datagram->destination);
  sum += protocol::tcp + datagram->octets;  // folded below, so it need not be cut into 16 bits here
  sum = summed(sum, tcp);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? ChecksumState::right : ChecksumState::wrong;
}

}  // namespace smtpscope::net
