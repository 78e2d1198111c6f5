#pragma once
// A TCP segment as net::decode found it in a packet, or why there is none.
#include "dissectors/base/bytes.hpp"
#include "dissectors/net/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

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

struct Segment {
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
  std::uint32_t payload_length =
      0;  // on the wire, as the IP header says; above payload.size() when cut
};

// Why a packet is not analysed. Each packet is in one of these counts or gave a Segment.
enum class NotTcpWhy : std::uint8_t {
  link_type_unknown,  // the link layer is none of ours
  not_ip,             // ARP, LLDP, spanning tree, EtherTypes that are no IP...
  udp,
  icmp,               // v4 and v6
  other_ip_protocol,  // ESP, GRE, SCTP...
  fragment,           // an IP fragment (first or later)
  malformed,          // lengths that contradict each other
  cut_short,          // the snap length left less than the headers
};
inline constexpr std::size_t not_tcp_why_count = 8;
[[nodiscard]] const char* to_string(NotTcpWhy why) noexcept;  // "link type unknown", "not IP", ...

struct NotTcp {
  NotTcpWhy why = NotTcpWhy::not_ip;
  std::uint16_t ether_type = 0;  // for not_ip, if there is one
  std::uint8_t ip_protocol = 0;  // for udp, icmp, other_ip_protocol, fragment
};

}  // namespace smtpscope::net
