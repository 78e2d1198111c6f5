#pragma once
// From a captured packet to its TCP segment: link layer, tunnels, IP, TCP header. Pure; every octet
// sequence is a legal input, and each gives a Segment, a Fragment, an ICMP error about a segment,
// or a reason why none.
//
//     Ethernet, 802.3 | Linux cooked v1, v2 | PPP, Cisco HDLC | 802.11 behind radiotap, Prism, AVS,
//     PPI | null/loop | pflog, NFLOG | raw IP           + 802.1Q tags, MPLS, PPPoE, LLC/SNAP
//         -> IPv4 with options | IPv6 with extension headers
//             -> GRE, ERSPAN, VXLAN, Geneve, GTP-U, Teredo, L2TP, IP in IP -> once more from above
//             -> TCP with options
//
// The addresses are those of the innermost IP header; Segment::tunnels tells what was around it.
// Link layers, VLAN tags, MPLS labels and PPPoE are not told: a connection that was seen in two of
// them is one. A tunnel in UDP is known by its port and by a header that fits: whatever else is on
// that port counts as UDP.
//
// Lengths come from the IP header, not from the frame: Ethernet padding is no payload. Where IPv4's
// total length (or IPv6's payload length) is 0, as segmentation offload leaves it, the length of
// what carries it counts. A payload that the frame cuts off is cut, whatever cut it:
// Segment::payload_length says what IP says. So are TCP's options; a packet that ends in an earlier
// header is NotTcp, cut_short or malformed. Checksums are not looked at: offload makes them wrong
// in most captures of a sender.
#include "dissectors/base/packet.hpp"
#include "dissectors/net/icmp.hpp"
#include "dissectors/net/segment.hpp"

#include <variant>

namespace smtpscope::net {

using Decoded = std::variant<Segment, NotTcp, Fragment, IcmpError>;

// `around` is what a datagram that was put together from fragments had come through already.
[[nodiscard]] Decoded decode(const Packet& packet, const Tunnels& around = {}) noexcept;

// Is the TCP checksum of the packet (of the innermost one, in tunnels) right?
enum class ChecksumState : unsigned char { right, wrong, unknown };
[[nodiscard]] ChecksumState tcp_checksum(const Packet& packet) noexcept;

}  // namespace smtpscope::net
