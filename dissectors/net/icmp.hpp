#pragma once
// An ICMP or ICMPv6 error: somebody on the way, or the host itself, could not forward or deliver a
// packet, and quotes its beginning (RFC 792; RFC 4443, 2.4). All that it says may be forged:
// whether the quoted packet was ever sent is for tcp::Connection to judge.
//
//     IP  ICMP type code ... | IP header of the lost packet, and at least 8 octets behind it
//         <---- error ---->  | <---- quote: addresses, ports, sequence number ---->
//
// Only errors that quote the head of a TCP segment are told: not echo, not redirects, not what
// quotes a later fragment or the outside of a tunnel.
#include "dissectors/base/bytes.hpp"
#include "dissectors/net/address.hpp"
#include "dissectors/net/segment.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace smtpscope::net {

struct IcmpError {
  IpAddress reporter;  // who sent it; its version says which ICMP it is
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // that "fragmentation needed" and "packet too big" name; 0: none
  // Of the quoted packet.
  Endpoint source, destination;
  Sequence sequence;
  std::uint32_t packet_octets = 0;   // of the whole IP packet, as its header says
  std::uint16_t identification = 0;  // of IPv4
  friend bool operator==(const IcmpError&, const IcmpError&) = default;
};

// Does it say that the packet was too large for a link (and may pass if it were smaller)?
[[nodiscard]] bool is_too_big(const IcmpError& error) noexcept;
// "communication administratively prohibited", "fragmentation needed, MTU 1400"; for a code that
// nobody assigned the words of its type: "destination unreachable".
[[nodiscard]] std::string words_of(const IcmpError& error);

// Reads ICMP's header and the quote behind it. `icmp` ends where the packet, or what was captured
// of it, does. Addresses of the quote have to be of the same version of IP.
[[nodiscard]] std::optional<IcmpError> read_icmp_error(const IpAddress& reporter,
                                                       Bytes icmp) noexcept;

}  // namespace smtpscope::net
