#pragma once
// The way down through the headers of one packet, for decode.cpp. A loop and no recursion: each
// step looks at the header that `rest_` begins with, moves behind it, and says which layer comes
// next.
//
//     captured   |#### headers ####|......... rest_ .........|
//     on the wire                  |.... announced_ octets, as the header before says ....|
//
// Nothing is allocated, and every loop has a named limit. The steps stand in decode.cpp (Ethernet,
// IP: what nearly every packet has), link_layers.cpp and tunnels.cpp.
#include "dissectors/base/packet.hpp"
#include "dissectors/net/icmp.hpp"
#include "dissectors/net/segment.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace smtpscope::net {

// A provider's tags, MPLS, VXLAN and another tunnel in it come to about fifteen.
inline constexpr int headers_max = 32;
// RFC 8200 names seven kinds, each once (destination options twice).
inline constexpr int extension_headers_max = 16;

namespace ether_type {
inline constexpr std::uint16_t lowest = 0x0600;  // below is a length: IEEE 802.3
inline constexpr std::uint16_t ipv4 = 0x0800;
inline constexpr std::uint16_t arp = 0x0806;
inline constexpr std::uint16_t bridged = 0x6558;  // Ethernet in GRE, Geneve, ...
inline constexpr std::uint16_t vlan = 0x8100;
inline constexpr std::uint16_t ppp = 0x880b;
inline constexpr std::uint16_t ipv6 = 0x86dd;
inline constexpr std::uint16_t mpls = 0x8847;
inline constexpr std::uint16_t mpls_multicast = 0x8848;
inline constexpr std::uint16_t pppoe_session = 0x8864;
inline constexpr std::uint16_t provider_vlan = 0x88a8;
inline constexpr std::uint16_t backbone = 0x88e7;  // 802.1ah: MAC in MAC
inline constexpr std::uint16_t vn_tag = 0x8926;
inline constexpr std::uint16_t service_chain = 0x894f;  // NSH, RFC 8300
inline constexpr std::uint16_t old_provider_vlan = 0x9100;
inline constexpr std::uint16_t older_provider_vlan = 0x9200;
}  // namespace ether_type

namespace protocol {
inline constexpr std::uint8_t hop_by_hop = 0;
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t ipv4 = 4;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t ipv6 = 41;
inline constexpr std::uint8_t routing = 43;
inline constexpr std::uint8_t fragment = 44;
inline constexpr std::uint8_t gre = 47;
inline constexpr std::uint8_t authentication = 51;
inline constexpr std::uint8_t icmp_v6 = 58;
inline constexpr std::uint8_t destination_options = 60;
inline constexpr std::uint8_t ether_ip = 97;
inline constexpr std::uint8_t l2tp = 115;
inline constexpr std::uint8_t mpls = 137;
}  // namespace protocol

inline constexpr std::size_t ipv4_header_octets = 20;
inline constexpr std::size_t ipv6_header_octets = 40;

// What the next octets are.
enum class Layer : std::uint8_t {
  ethernet,
  ethernet_backbone,
  vlan,
  vn_tag,
  llc,
  mpls,
  pppoe,
  ppp,
  ppp_directed,
  ppp_hdlc,
  cisco_hdlc,
  cisco_hdlc_directed,
  cooked,
  cooked_2,
  null,
  loop,
  wifi,
  radiotap,
  prism,
  avs,
  ppi,
  pflog,
  nflog,
  service_chain,
  ip,  // one or the other
  ipv4,
  ipv6,
  authentication,
  ipv4_in_ip,
  ipv6_in_ip,
  gre,
  ether_ip,
  l2tp,
  mpls_in_ip,
  udp,
  tcp,       // arrived
  fragment,  // arrived at a piece of a datagram
  nothing,   // not_tcp says why
};

class Descent {
 public:
  Descent(const Packet& packet, const Tunnels& around) noexcept
      : tunnels(around),
        rest_(packet.bytes),
        not_captured_(std::max<std::size_t>(packet.wire_length, rest_.size()) - rest_.size()) {}

  // Through link layers, tunnels and IP, to tcp, fragment or nothing.
  [[nodiscard]] Layer go_down(LinkType link) noexcept;
  // Through TCP's header, to which go_down() led.
  [[nodiscard]] bool into(Segment& segment) noexcept;
  // What go_down() found to be ICMP, if it is an error about a segment.
  [[nodiscard]] std::optional<IcmpError> icmp_error() const noexcept;
  // What go_down() found to be a piece of a datagram.
  [[nodiscard]] Fragment fragment() const noexcept;

  // What IP carries: TCP's header and all behind it, as far as captured and never more than was
  // there; how much that was on the wire.
  [[nodiscard]] Bytes carried() const noexcept { return rest_; }
  [[nodiscard]] std::size_t carried_octets() const noexcept { return announced_; }

  // Of the innermost IP header: the addresses of source and destination as they stand there.
  IpVersion version = IpVersion::v4;
  Bytes addresses;
  std::uint8_t hop_limit = 0;
  std::uint32_t identification = 0;
  bool routed_on = false;  // a routing header names the real destination
  Tunnels tunnels;
  // Why there is no segment.
  NotTcp not_tcp;

 private:
  [[nodiscard]] Layer step(Layer layer) noexcept;

  // Link layers.
  [[nodiscard]] Layer in_ethernet() noexcept;
  [[nodiscard]] Layer in_ethernet_backbone() noexcept;
  [[nodiscard]] Layer in_vlan() noexcept;
  [[nodiscard]] Layer in_vn_tag() noexcept;
  [[nodiscard]] Layer in_llc() noexcept;
  [[nodiscard]] Layer in_mpls() noexcept;
  [[nodiscard]] Layer behind_labels() noexcept;
  [[nodiscard]] Layer in_pppoe() noexcept;
  [[nodiscard]] Layer in_ppp() noexcept;
  [[nodiscard]] Layer in_ppp_hdlc() noexcept;
  [[nodiscard]] Layer in_cisco_hdlc() noexcept;
  [[nodiscard]] Layer in_cooked() noexcept;
  [[nodiscard]] Layer in_cooked_2() noexcept;
  [[nodiscard]] Layer in_null() noexcept;
  [[nodiscard]] Layer in_loop() noexcept;
  [[nodiscard]] Layer behind_family(std::uint32_t family) noexcept;
  [[nodiscard]] Layer in_wifi() noexcept;
  [[nodiscard]] Layer in_radiotap() noexcept;
  [[nodiscard]] Layer in_prism() noexcept;
  [[nodiscard]] Layer in_avs() noexcept;
  [[nodiscard]] Layer in_ppi() noexcept;
  [[nodiscard]] Layer in_pflog() noexcept;
  [[nodiscard]] Layer in_nflog() noexcept;
  [[nodiscard]] Layer in_service_chain() noexcept;
  [[nodiscard]] Layer behind_direction(Layer next) noexcept;
  [[nodiscard]] Layer by_ether_type(std::uint16_t type) noexcept;
  [[nodiscard]] Layer by_type_or_length(std::uint16_t type) noexcept;

  // IP.
  [[nodiscard]] Layer in_ip() noexcept;
  [[nodiscard]] Layer in_ipv4() noexcept;
  [[nodiscard]] Layer in_ipv6() noexcept;
  [[nodiscard]] Layer behind_extensions(std::uint8_t number) noexcept;
  [[nodiscard]] Layer in_authentication() noexcept;
  [[nodiscard]] Layer by_protocol(std::uint8_t number) noexcept;
  [[nodiscard]] Layer other_protocol(std::uint8_t number) noexcept;

  // Tunnels.
  [[nodiscard]] Layer in_ip_in_ip(IpVersion inner) noexcept;
  [[nodiscard]] Layer in_gre() noexcept;
  [[nodiscard]] Layer in_pptp(std::uint16_t flags) noexcept;
  [[nodiscard]] Layer in_erspan_2() noexcept;
  [[nodiscard]] Layer in_erspan_3() noexcept;
  [[nodiscard]] Layer in_redirect() noexcept;
  [[nodiscard]] Layer in_ether_ip() noexcept;
  [[nodiscard]] Layer in_mpls_in_ip() noexcept;
  [[nodiscard]] Layer in_l2tp_over_ip() noexcept;
  [[nodiscard]] std::optional<Layer> behind_l2tp_session(std::uint32_t session) noexcept;
  [[nodiscard]] Layer in_udp() noexcept;
  [[nodiscard]] Layer in_mpls_over_udp() noexcept;
  [[nodiscard]] Layer in_vxlan() noexcept;
  [[nodiscard]] Layer in_vxlan_gpe() noexcept;
  [[nodiscard]] Layer in_geneve() noexcept;
  [[nodiscard]] Layer in_gtp_u() noexcept;
  [[nodiscard]] Layer in_teredo() noexcept;
  [[nodiscard]] Layer in_l2tp_over_udp() noexcept;
  [[nodiscard]] Layer enter(TunnelKind kind, std::optional<std::uint32_t> id, Layer next) noexcept;
  [[nodiscard]] Layer enter_in_udp(TunnelKind kind, std::optional<std::uint32_t> id,
                                   Layer next) noexcept;

  // No header announced the length of what is left: it goes to the end of the frame.
  static constexpr std::size_t to_the_end = SIZE_MAX / 2;
  [[nodiscard]] std::size_t octets_left() const noexcept {
    return announced_ >= to_the_end / 2 ? rest_.size() + not_captured_ : announced_;
  }
  [[nodiscard]] bool has(std::size_t octets) const noexcept { return rest_.size() >= octets; }
  void skip(std::size_t octets) noexcept {
    rest_ = rest_.subspan(octets);
    announced_ -= octets;
  }
  // A header says how much follows from here: what lies behind that is padding.
  void bound(std::size_t octets) noexcept {
    announced_ = octets;
    rest_ = rest_.first(std::min(octets, rest_.size()));
  }
  void mark_place(std::uint32_t value) noexcept { place_ = (place_ ^ value) * 0x9e3779b1U; }

  Layer ends(NotTcp why) noexcept {
    not_tcp = why;
    return Layer::nothing;
  }
  // What does not lead to IP behind a UDP header on the port of a tunnel is just UDP.
  Layer not_ip(std::uint16_t type = 0) noexcept {
    if (only_udp_is_sure_) return other_protocol(protocol::udp);
    return ends({.why = NotTcpWhy::not_ip, .ether_type = type});
  }
  Layer malformed() noexcept {
    if (only_udp_is_sure_) return other_protocol(protocol::udp);
    return ends({.why = NotTcpWhy::malformed});
  }
  // When `octets` of a header are not there: did the capture cut it, or the sender?
  Layer too_short(std::size_t octets) noexcept {
    if (not_captured_ == 0 || announced_ < octets) return malformed();
    return ends({.why = NotTcpWhy::cut_short});
  }

  Bytes rest_;                          // behind the headers so far, without padding
  std::size_t not_captured_;            // octets at the end of the frame
  std::size_t announced_ = to_the_end;  // of rest_ on the wire; never below rest_.size()
  std::uint32_t place_ = 0;
  std::uint32_t fragment_offset_ = 0;
  bool more_fragments_ = false;
  std::uint8_t carried_protocol_ = 0;  // of a fragment
  bool only_udp_is_sure_ = false;
};

// Length of an extension header that can stand before TCP, from its second octet (RFC 8200, 4; RFC
// 4302, 2.2 for AH). 0: it is none of those.
[[nodiscard]] std::size_t extension_octets(std::uint8_t number, std::uint8_t length) noexcept;

// Does this begin like an IP datagram that fits in `octets`? Stricter than decoding it: for places
// where something else may stand. All of the fixed header has to be captured.
[[nodiscard]] bool looks_like_ip(Bytes bytes, std::size_t octets) noexcept;
// Likewise of an Ethernet frame, with IP, ARP or a tag in it.
[[nodiscard]] bool looks_like_ethernet(Bytes bytes, std::size_t octets) noexcept;

// Adds `bytes` to a one's complement sum (RFC 1071). 64 bits take any packet without an overflow.
[[nodiscard]] std::uint64_t ones_sum(std::uint64_t sum, Bytes bytes) noexcept;
[[nodiscard]] constexpr std::uint16_t folded(std::uint64_t sum) noexcept {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace smtpscope::net
