#pragma once
// What net::decode found in a packet: a TCP segment, a fragment of an IP datagram, or why neither.
#include "dissectors/base/bytes.hpp"
#include "dissectors/net/address.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace smtpscope::net {

// A 32-bit sequence number of TCP: wraps. Never compared with < ; see tcp::Reassembler::offset_of.
struct Sequence {
  std::uint32_t value = 0;
  friend bool operator==(const Sequence&, const Sequence&) = default;
};
[[nodiscard]] constexpr Sequence operator+(Sequence a, std::uint32_t n) noexcept {
  return {a.value + n};
}
// How far `a` lies behind (+) or before (-) `b`, by the shorter way around.
[[nodiscard]] constexpr std::int32_t operator-(Sequence a, Sequence b) noexcept {
  return static_cast<std::int32_t>(a.value - b.value);
}

struct TcpFlags {
  bool fin = false, syn = false, rst = false, psh = false, ack = false, urg = false;
};

// What IP was carried in, where that is more than a link layer: a network of its own lies inside.
enum class TunnelKind : std::uint8_t {
  ip_in_ip,    // RFC 2003
  ip6_in_ip,   // 6in4, RFC 4213
  ip_in_ip6,   // 4in6, RFC 2473
  ip6_in_ip6,  // RFC 2473
  gre,         // RFC 2784, 2890; NVGRE (RFC 7637) too
  pptp,        // the GRE of RFC 2637, with PPP inside
  erspan,      // a mirror port over GRE
  vxlan,       // RFC 7348
  vxlan_gpe,
  geneve,     // RFC 8926
  gtp_u,      // the user plane of mobile networks, 3GPP TS 29.281
  teredo,     // RFC 4380
  l2tp,       // v2: RFC 2661, v3: RFC 3931
  ether_ip,   // RFC 3378
  mpls_in_ip  // RFC 4023, RFC 7510
};
inline constexpr std::size_t tunnel_kind_count = 15;

struct Tunnel {
  TunnelKind kind = TunnelKind::gre;
  // VNI, GRE's key, ERSPAN's session, TEID, call, L2TP's session.
  std::optional<std::uint32_t> id{};
};
[[nodiscard]] std::string to_string(const Tunnel& tunnel);  // "vxlan 42", "gre"

// The tunnels that a packet came through, outermost first. Small, since each segment has one.
class Tunnels {
 public:
  // Nobody was seen to stack more; further ones count only.
  static constexpr std::size_t told_max = 4;

  void enter(TunnelKind kind, std::optional<std::uint32_t> id = std::nullopt) noexcept {
    if (count_ < told_max) {
      kinds_[count_] = kind;
      ids_[count_] = id.value_or(0);
      if (id) with_id_ = static_cast<std::uint8_t>(with_id_ | 1U << count_);
    }
    if (count_ < UINT8_MAX) ++count_;
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  // How many are told, and the i-th of these.
  [[nodiscard]] std::size_t told() const noexcept { return count_ < told_max ? count_ : told_max; }
  [[nodiscard]] Tunnel operator[](std::size_t i) const noexcept {
    const bool has_id = (with_id_ >> i & 1U) != 0;
    return {kinds_[i], has_id ? std::optional(ids_[i]) : std::nullopt};
  }
  friend auto operator<=>(const Tunnels&, const Tunnels&) = default;

 private:
  std::array<std::uint32_t, told_max> ids_{};
  std::array<TunnelKind, told_max> kinds_{};
  std::uint8_t with_id_ = 0;  // a bit for each
  std::uint8_t count_ = 0;
};

struct Segment {
  Segment() noexcept {
  }  // written by hand, it does not clear all the octets first: a fifth of decode()

  Endpoint source;
  Endpoint destination;
  Sequence sequence;         // of the first octet of payload (of the SYN, if there is one)
  Sequence acknowledgement;  // meaningful if flags.ack
  TcpFlags flags;
  std::uint16_t window = 0;                  // as sent, not scaled
  std::optional<std::uint16_t> mss;          // from options, SYN only
  std::optional<std::uint8_t> window_scale;  // from options, SYN only
  std::uint8_t hop_limit = 0;                // TTL or hop limit
  Bytes payload;                             // captured part; lives as long as the packet
  // On the wire, as the IP header says; above payload.size() when cut.
  std::uint32_t payload_length = 0;

  // What tells a packet from another one that carries the same (see ip::DuplicateFinder).
  std::uint16_t identification = 0;          // of IPv4; 0: none (all of IPv6, some of IPv4)
  std::uint16_t checksum = 0;                // as sent, not checked
  std::optional<std::uint32_t> timestamp{};  // TSval of the option, RFC 7323
  // Two packets with different marks were captured in two places: other MAC addresses, other VLAN,
  // other interface. Nothing can be read from it.
  std::uint32_t place_mark = 0;
  Tunnels tunnels{};
};

// A piece of an IP datagram. What it carries is known when all are there: ip::FragmentTable.
struct Fragment {
  IpAddress source, destination;
  std::uint32_t identification = 0;
  std::uint8_t ip_protocol = 0;  // of what the datagram carries; of IPv6: as this piece says
  std::uint8_t hop_limit = 0;
  bool routed_on = false;  // of IPv6: a routing header names the real destination
  bool more = false;       // this is not the last piece
  std::uint32_t offset = 0;
  Bytes octets;              // as captured; lives as long as the packet
  std::uint32_t length = 0;  // on the wire; above octets.size() when cut
  Tunnels tunnels{};
};

// Why a packet is not analysed. Each packet is in one of these counts or gave a Segment; a Fragment
// that does not complete its datagram counts as `fragment`.
enum class NotTcpWhy : std::uint8_t {
  link_type_unknown,  // the link layer is none of ours
  not_ip,             // ARP, LLDP, spanning tree, EtherTypes that are no IP...
  udp,
  icmp,                // v4 and v6
  other_ip_protocol,   // ESP, OSPF, SCTP...; a tunnel whose inside is no IP
  fragment,            // an IP fragment (first or later)
  malformed,           // lengths that contradict each other
  cut_short,           // the snap length left less than the headers
  encrypted_wireless,  // 802.11 with WEP, WPA...
  too_deep,            // more headers around each other than decode() takes
};
inline constexpr std::size_t not_tcp_why_count = 10;
[[nodiscard]] const char* to_string(NotTcpWhy why) noexcept;  // "link type unknown", "not IP", ...

struct NotTcp {
  NotTcpWhy why = NotTcpWhy::not_ip;
  std::uint16_t ether_type = 0;  // for not_ip, if there is one
  std::uint8_t ip_protocol = 0;  // for udp, icmp, other_ip_protocol, fragment
};

}  // namespace smtpscope::net
