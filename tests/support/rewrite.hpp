#pragma once
// Recorded packets, rewritten as another network, or another capture of it, would have had them.
// What the two hosts said to each other stays the same, so what is told about it must stay the same
// too: tests/property/variants_test.cpp.
//
// The captures are of Ethernet with IPv4 or IPv6, without IP options or extension headers, as
// samples/ has them; other packets pass unchanged. Checksums are right afterwards. Frames are
// numbered anew from 1.
#include "tests/support/test_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace smtpscope::test {

using Packets = std::vector<TestPacket>;

// Where the headers of a TCP packet begin. payload_end leaves out what Ethernet pads.
struct TcpPlaces {
  std::size_t ip_at = 0, tcp_at = 0, payload_at = 0, payload_end = 0;
  [[nodiscard]] std::size_t payload_octets() const noexcept { return payload_end - payload_at; }
};
// Nothing if it is no TCP packet, or not captured whole.
[[nodiscard]] std::optional<TcpPlaces> tcp_places_of(const TestPacket& packet);

// Each payload in segments of at most `octets`, all at the time of the one that they replace.
[[nodiscard]] Packets recut(std::span<const TestPacket> packets, std::size_t octets);
// Sequence numbers of each direction moved so that they pass 2^32 in the middle of its octets; in
// quotes of ICMP, too.
[[nodiscard]] Packets wrapped_around(std::span<const TestPacket> packets);
// Each packet once more: as another port of the switch mirrors it (the same octets, at once), or as
// TCP sends it again (a new IP identification, 250 ms later; handshake and pure acknowledgements
// stay alone).
[[nodiscard]] Packets captured_twice(std::span<const TestPacket> packets);
[[nodiscard]] Packets sent_twice(std::span<const TestPacket> packets);
// The packets in another order, none further than `window` places from its own; times stay with the
// places. Those of one direction change places whatever the time between them, as on the way; those
// of two only within `swap_time`, as in the capturing machine. The handshake of each connection
// stays before all others.
[[nodiscard]] Packets shuffled(std::span<const TestPacket> packets, std::size_t window,
                               Nanoseconds swap_time, std::mt19937& random);
// All packets of the answering sides captured by a clock that is `ahead` of the other one, and
// merged by time.
[[nodiscard]] Packets with_other_clock(std::span<const TestPacket> packets, Nanoseconds ahead);

// Numbered from 1.
void renumber(Packets& packets);

}  // namespace smtpscope::test
