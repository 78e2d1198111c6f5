#include "dissectors/net/decode.hpp"

#include <algorithm>
#include <cstring>

// Each layer is one function that looks at its own header and hands the rest to the next one.
// Nothing is allocated, and every loop has a named limit.
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

// Length of an extension header, from its second octet (RFC 8200, 4; RFC 4302, 2.2 for AH). 0: none
// of those that can stand before TCP.
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

bool is_vlan_tag(std::uint16_t type) noexcept {
  return type == ether_type::vlan || type == ether_type::provider_vlan ||
         type == ether_type::old_provider_vlan;
}

constexpr std::uint32_t swapped(std::uint32_t value) noexcept {
  return (value >> 24) | ((value >> 8) & 0xff00U) | ((value << 8) & 0xff0000U) | (value << 24);
}

// The way down through the headers of one packet. Each step returns whether it led to TCP; if it
// did not, `not_tcp` says why.
class Descent {
 public:
  explicit Descent(const Packet& packet) noexcept
      : rest_(packet.bytes),
        beyond_(std::max<std::size_t>(packet.wire_length, rest_.size()) - rest_.size()) {}

  // Through link layer and IP.
  [[nodiscard]] bool to_tcp(LinkType link) noexcept;
  // Through TCP's header, to which to_tcp() led.
  [[nodiscard]] bool into(Segment& segment) noexcept;

  // What to_tcp() found: the addresses of source and destination as IP's header has them; TCP's
  // header and all behind it, as far as captured and never more than was there; how much that was
  // on the wire.
  IpVersion version = IpVersion::v4;
  Bytes addresses;
  Bytes tcp;
  std::size_t tcp_octets = 0;
  std::uint8_t hop_limit = 0;
  bool routed_on = false;  // a routing header names the real destination
  // Why there is no segment.
  NotTcp not_tcp;

 private:
  [[nodiscard]] bool behind_link_layer(std::size_t header_octets, std::size_t type_at) noexcept;
  [[nodiscard]] bool behind_ether_type(std::uint16_t type) noexcept;
  [[nodiscard]] bool in_null() noexcept;
  [[nodiscard]] bool in_loop() noexcept;
  [[nodiscard]] bool behind_family(std::uint32_t family) noexcept;
  [[nodiscard]] bool in_raw_ip() noexcept;
  [[nodiscard]] bool in_ipv4() noexcept;
  [[nodiscard]] bool in_ipv6() noexcept;
  [[nodiscard]] bool behind_extensions(std::uint8_t number) noexcept;

  bool ends(NotTcp why) noexcept {
    not_tcp = why;
    return false;
  }
  bool malformed() noexcept { return ends({.why = NotTcpWhy::malformed}); }
  // When a header does not fit: did the capture cut it, or the sender?
  bool too_short() noexcept {
    return ends({.why = beyond_ > 0 ? NotTcpWhy::cut_short : NotTcpWhy::malformed});
  }
  bool fragment_of(std::uint8_t number) noexcept {
    return ends({.why = NotTcpWhy::fragment, .ip_protocol = number});
  }
  bool other_protocol(std::uint8_t number) noexcept;

  Bytes rest_;          // behind the headers of the link layer
  std::size_t beyond_;  // octets on the wire that were not captured
};

bool Descent::other_protocol(std::uint8_t number) noexcept {
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

bool Descent::to_tcp(LinkType link) noexcept {
  switch (link) {
    case LinkType::ethernet:
      return behind_link_layer(ethernet_header_octets, 12);
    case LinkType::linux_cooked:
      return behind_link_layer(cooked_header_octets, 14);
    case LinkType::linux_cooked_2:
      return behind_link_layer(cooked_2_header_octets, 0);
    case LinkType::null:
      return in_null();
    case LinkType::loop:
      return in_loop();
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
      return in_raw_ip();
    case LinkType::ipv4:
      return in_ipv4();
    case LinkType::ipv6:
      return in_ipv6();
  }
  return ends({.why = NotTcpWhy::link_type_unknown});
}

// A link layer of `header_octets` that has an EtherType at `type_at`.
bool Descent::behind_link_layer(std::size_t header_octets, std::size_t type_at) noexcept {
  if (rest_.size() < header_octets) return too_short();
  const std::uint16_t type = be16(rest_, type_at);
  rest_ = rest_.subspan(header_octets);
  return behind_ether_type(type);
}

bool Descent::behind_ether_type(std::uint16_t type) noexcept {
  for (int tags = 0; is_vlan_tag(type) && tags < vlan_tags_max; ++tags) {
    if (rest_.size() < vlan_tag_octets) return too_short();
    type = be16(rest_, 2);
    rest_ = rest_.subspan(vlan_tag_octets);
  }
  if (type == ether_type::ipv4) return in_ipv4();
  if (type == ether_type::ipv6) return in_ipv6();
  if (type < ether_type::lowest) type = 0;
  return ends({.why = NotTcpWhy::not_ip, .ether_type = type});
}

// The family of LINKTYPE_NULL is in the writer's byte order, which the packet does not tell. No
// family is above 255, so one of the two readings is far too large.
bool Descent::in_null() noexcept {
  if (rest_.size() < null_header_octets) return too_short();
  const std::uint32_t family = be32(rest_, 0);
  return behind_family(family > 0xffff ? swapped(family) : family);
}

bool Descent::in_loop() noexcept {
  if (rest_.size() < null_header_octets) return too_short();
  return behind_family(be32(rest_, 0));
}

bool Descent::behind_family(std::uint32_t family) noexcept {
  rest_ = rest_.subspan(null_header_octets);
  switch (family) {
    case 2:
      return in_ipv4();  // AF_INET everywhere
    case 10:             // AF_INET6: Linux
    case 24:             // NetBSD, OpenBSD
    case 28:             // FreeBSD
    case 30:
      return in_ipv6();  // macOS
    default:
      return ends({.why = NotTcpWhy::not_ip});
  }
}

bool Descent::in_raw_ip() noexcept {
  if (rest_.empty()) return too_short();
  return rest_[0] >> 4 == 6 ? in_ipv6() : in_ipv4();
}

bool Descent::in_ipv4() noexcept {
  const Bytes header = rest_;
  if (header.size() < ipv4_header_octets) return too_short();
  const std::size_t header_octets = (header[0] & 0x0fU) * 4U;
  if (header[0] >> 4 != 4 || header_octets < ipv4_header_octets) return malformed();
  if (header.size() < header_octets) return too_short();

  const std::size_t announced = be16(header, 2);
  const std::size_t total_octets = announced == 0 ? header.size() + beyond_ : announced;
  if (total_octets < header_octets) return malformed();

  const std::uint8_t number = header[9];
  constexpr std::uint16_t more_fragments_or_offset = 0x3fff;
  if ((be16(header, 6) & more_fragments_or_offset) != 0) return fragment_of(number);
  if (number != protocol::tcp) return other_protocol(number);

  version = IpVersion::v4;
  addresses = header.subspan(12, 8);
  hop_limit = header[8];
  tcp = header.first(std::min(total_octets, header.size())).subspan(header_octets);
  tcp_octets = total_octets - header_octets;
  return true;
}

bool Descent::in_ipv6() noexcept {
  const Bytes header = rest_;
  if (header.size() < ipv6_header_octets) return too_short();
  if (header[0] >> 4 != 6) return malformed();

  version = IpVersion::v6;
  addresses = header.subspan(8, 32);
  hop_limit = header[7];
  tcp = header.subspan(ipv6_header_octets);
  // 0 with something behind it: a jumbogram (RFC 2675), or offload that left the length out.
  const std::size_t announced = be16(header, 4);
  tcp_octets = announced == 0 ? tcp.size() + beyond_ : announced;
  tcp = tcp.first(std::min(tcp_octets, tcp.size()));
  return behind_extensions(header[6]);
}

// Goes over the extension headers to TCP; `tcp` is what follows IPv6's fixed header.
bool Descent::behind_extensions(std::uint8_t number) noexcept {
  for (int seen = 0; is_extension(number); ++seen) {
    const Bytes header = tcp;
    if (seen == extension_headers_max || tcp_octets < 8) return malformed();
    if (header.size() < 8) return too_short();
    const std::size_t octets = extension_octets(number, header[1]);
    if (octets > tcp_octets) return malformed();
    if (octets > header.size()) return too_short();

    constexpr std::uint16_t offset_or_more_fragments = 0xfff9;
    if (number == protocol::fragment && (be16(header, 2) & offset_or_more_fragments) != 0) {
      return fragment_of(header[0]);
    }
    if (number == protocol::routing && header[3] != 0) routed_on = true;

    number = header[0];
    tcp = header.subspan(octets);
    tcp_octets -= octets;
  }
  return number == protocol::tcp || other_protocol(number);
}

TcpFlags flags_of(std::uint8_t octet) noexcept {
  return {.fin = (octet & 0x01) != 0,
          .syn = (octet & 0x02) != 0,
          .rst = (octet & 0x04) != 0,
          .psh = (octet & 0x08) != 0,
          .ack = (octet & 0x10) != 0,
          .urg = (octet & 0x20) != 0};
}

// Reads the options that a SYN may bring. An option that does not fit ends the reading: what was
// read before it counts.
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

void copy_addresses(Bytes from, IpVersion version, Segment& to) noexcept {
  to.source.address.version = to.destination.address.version = version;
  // The sizes are constants on purpose: a call of memcpy costs more than the rest.
  if (version == IpVersion::v4) {
    std::memcpy(to.source.address.octets.data(), from.data(), 4);
    std::memcpy(to.destination.address.octets.data(), from.data() + 4, 4);
  } else {
    std::memcpy(to.source.address.octets.data(), from.data(), 16);
    std::memcpy(to.destination.address.octets.data(), from.data() + 16, 16);
  }
}

bool Descent::into(Segment& segment) noexcept {
  const Bytes header = tcp;
  if (tcp_octets < tcp_header_octets) return malformed();
  if (header.size() < tcp_header_octets) return too_short();
  const std::size_t header_octets = (header[12] >> 4) * 4U;
  if (header_octets < tcp_header_octets || header_octets > tcp_octets) return malformed();

  // Options that were cut off are no loss: everything that counts is in the fixed part.
  const std::size_t options_end = std::min(header_octets, header.size());
  copy_addresses(addresses, version, segment);
  segment.source.port = be16(header, 0);
  segment.destination.port = be16(header, 2);
  segment.sequence = {be32(header, 4)};
  segment.acknowledgement = {be32(header, 8)};
  segment.flags = flags_of(header[13]);
  segment.window = be16(header, 14);
  segment.hop_limit = hop_limit;
  segment.payload = header.subspan(options_end);
  segment.payload_length = static_cast<std::uint32_t>(tcp_octets - header_octets);
  if (segment.flags.syn) {
    read_options(header.subspan(tcp_header_octets, options_end - tcp_header_octets), segment);
  }
  return true;
}

// Adds `bytes` to a one's complement sum (RFC 1071). 64 bits take any packet without an overflow.
std::uint64_t summed(std::uint64_t sum, Bytes bytes) noexcept {
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) sum += be16(bytes, at);
  if (at < bytes.size()) sum += static_cast<std::uint64_t>(bytes[at]) << 8;
  return sum;
}

}  // namespace

// The segment is filled where the caller will find it: on the hot path, a copy of it costs as much
// as the decoding.
Decoded decode(const Packet& packet) noexcept {
  Decoded decoded{std::in_place_type<Segment>};
  Descent descent(packet);
  if (!descent.to_tcp(packet.link) || !descent.into(*std::get_if<Segment>(&decoded))) {
    decoded = descent.not_tcp;
  }
  return decoded;
}

ChecksumState tcp_checksum(const Packet& packet) noexcept {
  Descent descent(packet);
  if (!descent.to_tcp(packet.link) || descent.routed_on) return ChecksumState::unknown;
  const Bytes tcp = descent.tcp;
  if (tcp.size() < tcp_header_octets || tcp.size() < descent.tcp_octets) {
    return ChecksumState::unknown;
  }
  // The pseudo header (RFC 9293, 3.1), whose length is folded with the rest.
  std::uint64_t sum = summed(protocol::tcp + descent.tcp_octets, descent.addresses);
  sum = summed(sum, tcp);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff ? ChecksumState::right : ChecksumState::wrong;
}

}  // namespace smtpscope::net
