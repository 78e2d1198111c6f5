#pragma once
// From a captured packet to its TCP segment: link layer, IP, TCP header. Pure; every octet sequence
// is a legal input, and each gives either a Segment or a reason why not.
//
//     Ethernet (+ 802.1Q, 802.1ad tags) | Linux cooked v1, v2 | null/loop | raw IP
//         -> IPv4 with options | IPv6 with extension headers
//             -> TCP with options
//
// Lengths come from the IP header, not from the frame: Ethernet padding is no payload. Where IPv4's
// total length (or IPv6's payload length) is 0, as segmentation offload leaves it, the frame's
// length counts. A payload that the frame cuts off is cut, whatever cut it: Segment::payload_length
// says what IP says. So are TCP's options; a packet that ends in an earlier header is NotTcp,
// cut_short or malformed. Checksums are not looked at: offload makes them wrong in most captures of
// a sender.
#include "dissectors/base/packet.hpp"
#include "dissectors/net/segment.hpp"

#include <variant>

namespace smtpscope::net {

using Decoded = std::variant<Segment, NotTcp>;

[[nodiscard]] Decoded decode(const Packet& packet) noexcept;

// Is the TCP checksum of the packet right? For the note about offload: one look at a few packets.
enum class ChecksumState : unsigned char { right, wrong, unknown };
[[nodiscard]] ChecksumState tcp_checksum(const Packet& packet) noexcept;

}  // namespace smtpscope::net
