#pragma once
// Puts a captured packet into another link layer or a tunnel, as the same packet would have been
// captured elsewhere in the network; and cuts it into IP fragments. Built from the formats, not
// with the code under test.
//
//     const TestPacket wrapped = in_vxlan(in_vlan(packet), 42);
//
// The packet may have any link layer of frame_builder.hpp, without tags; what holds no IP comes
// back as it is from functions that need IP. Number and time stay, and a packet that the snap
// length cut stays cut: the lengths of outer headers are those of the wire.
#include "tests/support/test_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::test {

// Link layers. The result has the link type that belongs to it.
[[nodiscard]] TestPacket as_ethernet(const TestPacket& packet);
[[nodiscard]] TestPacket as_raw_ip(const TestPacket& packet);
[[nodiscard]] TestPacket as_802_3(const TestPacket& packet);  // LLC and SNAP
[[nodiscard]] TestPacket as_ppp(const TestPacket& packet);    // without framing
[[nodiscard]] TestPacket as_ppp_compressed(const TestPacket& packet);
[[nodiscard]] TestPacket as_ppp_hdlc(const TestPacket& packet);
[[nodiscard]] TestPacket as_ppp_directed(const TestPacket& packet);
[[nodiscard]] TestPacket as_ppp_linux(const TestPacket& packet);
[[nodiscard]] TestPacket as_cisco_hdlc(const TestPacket& packet);
[[nodiscard]] TestPacket as_atm_llc(const TestPacket& packet);
[[nodiscard]] TestPacket as_pppoe(const TestPacket& packet);  // LINKTYPE_PPP_ETHER
[[nodiscard]] TestPacket as_pflog(const TestPacket& packet);
[[nodiscard]] TestPacket as_nflog(const TestPacket& packet);

struct WifiForm {
  bool qos = false;
  bool four_addresses = false;
  bool ht_control = false;  // QoS only
  bool encrypted = false;   // the mark, and CCMP's header before the octets
  bool padded = false;      // the header is filled up to a multiple of four
};
[[nodiscard]] TestPacket as_wifi(const TestPacket& packet, WifiForm form = {});
// Before 802.11; the packet must be of as_wifi().
[[nodiscard]] TestPacket with_radiotap(const TestPacket& wifi);
[[nodiscard]] TestPacket with_prism(const TestPacket& wifi);
[[nodiscard]] TestPacket with_avs(const TestPacket& wifi);
[[nodiscard]] TestPacket with_ppi(const TestPacket& any);

// Between Ethernet and IP.
[[nodiscard]] TestPacket in_vlan(const TestPacket& packet, std::uint16_t vlan = 100,
                                 std::uint16_t ether_type = 0x8100);
[[nodiscard]] TestPacket in_qinq(const TestPacket& packet);
[[nodiscard]] TestPacket in_mpls(const TestPacket& packet, std::size_t labels = 2);
enum class ControlWord : unsigned char { without, with };
[[nodiscard]] TestPacket in_mpls_pseudowire(const TestPacket& packet, ControlWord word);
[[nodiscard]] TestPacket in_pppoe(const TestPacket& packet);
[[nodiscard]] TestPacket in_backbone(const TestPacket& packet);  // MAC in MAC, 802.1ah
[[nodiscard]] TestPacket in_vn_tag(const TestPacket& packet);
[[nodiscard]] TestPacket in_service_chain(const TestPacket& packet);

// Tunnels, between 203.0.113.1 and 203.0.113.2 over Ethernet.
[[nodiscard]] TestPacket in_ip(const TestPacket& packet);    // ipip, 6in4
[[nodiscard]] TestPacket in_ipv6(const TestPacket& packet);  // 4in6, 6in6
struct GreForm {
  bool checksum = false;
  std::optional<std::uint32_t> key{};
  bool sequence = false;
};
[[nodiscard]] TestPacket in_gre(const TestPacket& packet, GreForm form = {});
[[nodiscard]] TestPacket in_gre_ethernet(const TestPacket& packet, GreForm form = {});
[[nodiscard]] TestPacket in_pptp(const TestPacket& packet, std::uint16_t call = 7);
[[nodiscard]] TestPacket in_erspan_1(const TestPacket& packet);
[[nodiscard]] TestPacket in_erspan_2(const TestPacket& packet, std::uint16_t session = 9);
enum class PlatformHeader : unsigned char { without, with };
[[nodiscard]] TestPacket in_erspan_3(const TestPacket& packet, std::uint16_t session = 9,
                                     PlatformHeader platform = PlatformHeader::without);
[[nodiscard]] TestPacket in_vxlan(const TestPacket& packet, std::uint32_t network = 42,
                                  std::uint16_t port = 4789);
[[nodiscard]] TestPacket in_vxlan_gpe(const TestPacket& packet, std::uint32_t network = 42);
[[nodiscard]] TestPacket in_geneve(const TestPacket& packet, std::uint32_t network = 42,
                                   std::size_t option_octets = 8);
[[nodiscard]] TestPacket in_gtp_u(const TestPacket& packet, std::uint32_t tunnel = 5,
                                  std::size_t extensions = 1);
[[nodiscard]] TestPacket in_teredo(const TestPacket& packet);  // IPv6 only; others as they are
[[nodiscard]] TestPacket in_l2tp(const TestPacket& packet, std::uint16_t session = 3);  // v2, PPP
[[nodiscard]] TestPacket in_l2tp_3(const TestPacket& packet, std::uint32_t session = 3,
                                   std::size_t cookie_octets = 4);  // over IP
[[nodiscard]] TestPacket in_l2tp_3_udp(const TestPacket& packet, std::uint32_t session = 3);
[[nodiscard]] TestPacket in_ether_ip(const TestPacket& packet);
[[nodiscard]] TestPacket in_mpls_over_ip(const TestPacket& packet);
[[nodiscard]] TestPacket in_mpls_over_udp(const TestPacket& packet);
[[nodiscard]] TestPacket in_gre_over_udp(const TestPacket& packet);

// The packet's IP datagram in fragments of at most so many octets of payload (a multiple of 8). One
// that fits comes back whole; one that the snap length cut stays as it is.
[[nodiscard]] std::vector<TestPacket> fragmented(const TestPacket& packet, std::size_t octets);

}  // namespace smtpscope::test
