#pragma once
// Builds one captured frame from explicit fields: any of our link layers, IPv4 or IPv6, TCP.
// Lengths and checksums are right; a test that wants a wrong one patches it, at the place that
// Frame tells.
//
//     const Frame frame = build({.source = endpoint_of("192.0.2.10:40000"),
//                                .destination = endpoint_of("198.51.100.25:25"),
//                                .flags = {.ack = true},
//                                .payload = "EHLO client.example.net\r\n"});
//     frame.bytes[frame.ip_at + 8] = 1;  // TTL
#include "dissectors/base/packet.hpp"
#include "dissectors/net/segment.hpp"
#include "tests/support/test_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// "192.0.2.1" or "2001:db8::1"; throws std::invalid_argument on anything else.
[[nodiscard]] net::IpAddress address_of(std::string_view text);
// "192.0.2.1:25" or "[2001:db8::1]:25"; throws std::invalid_argument on anything else.
[[nodiscard]] net::Endpoint endpoint_of(std::string_view text);

// An IPv6 extension header. `body` is all of it but the first octet (the number of the next one).
struct ExtensionHeader {
  std::uint8_t number = 0;
  std::vector<std::uint8_t> body{};
};

struct FrameFields {
  LinkType link = LinkType::ethernet;
  std::vector<std::uint16_t> vlan_tags{};  // their EtherTypes, outermost first: 0x8100, 0x88a8
  std::uint32_t null_family = 0;           // of null and loop; 0: 2 or 30, as on macOS
  bool null_big_endian = false;            // byte order of the writer, null only

  net::Endpoint source;
  net::Endpoint destination;  // of the same IP version
  std::uint8_t hop_limit = 64;
  std::uint8_t ip_protocol = 6;
  std::vector<std::uint8_t> ip_options{};     // IPv4 only; a multiple of 4 octets
  std::vector<ExtensionHeader> extensions{};  // IPv6 only

  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  net::TcpFlags flags;
  std::uint16_t window = 64240;
  // Filled up to a multiple of 4 octets with "end of list".
  std::vector<std::uint8_t> tcp_options{};
  std::string payload{};
  std::size_t trailing_octets = 0;  // behind the IP datagram, as Ethernet pads
};

struct Frame {
  std::vector<std::uint8_t> bytes;
  std::size_t ip_at = 0;  // places in `bytes`
  std::size_t tcp_at = 0;
  std::size_t payload_at = 0;
};

[[nodiscard]] Frame build(const FrameFields& fields);

// An ICMP error, of the version of IP that `quoted` has, to whoever sent that segment.
struct IcmpFields {
  FrameFields quoted;
  net::IpAddress reporter;
  std::uint8_t type = 3;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;
  std::size_t quoted_octets = 28;  // IPv4: its header and 8 octets; IPv6 gives 20 more
};
// tcp_at is where ICMP begins, payload_at where the quote does.
[[nodiscard]] Frame build_icmp(const IcmpFields& fields);

// The frame as packet 1 of a capture, whole.
[[nodiscard]] TestPacket packet_of(const Frame& frame, LinkType link);

}  // namespace smtpscope::test
