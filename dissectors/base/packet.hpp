#pragma once
// One captured packet: what capture::Source hands out and net::decode reads.
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/frame.hpp"
#include "dissectors/base/time.hpp"

#include <cstdint>

namespace smtpscope {

// The number that says what the first octets of a packet are: LINKTYPE_* of
// https://www.tcpdump.org/linktypes.html (the file's number, not the platform's DLT_*).
enum class LinkType : std::uint32_t {
  null = 0,  // BSD loopback, family in the byte order of the writer
  ethernet = 1,
  ppp = 9,       // PPP, with or without the framing of HDLC
  raw_bsd = 12,  // raw IP as some systems number it (DLT_RAW)
  raw_openbsd = 14,
  ppp_hdlc = 50,  // PPP in HDLC's framing, or Cisco's
  pppoe = 51,     // begins with the header of PPPoE
  atm_llc = 100,  // RFC 2684, LLC-multiplexed: begins with LLC
  raw = 101,      // LINKTYPE_RAW: starts with an IPv4 or IPv6 header
  cisco_hdlc = 104,
  wifi = 105,           // IEEE 802.11
  loop = 108,           // OpenBSD loopback, family in network byte order
  linux_cooked = 113,   // LINKTYPE_LINUX_SLL
  pflog = 117,          // OpenBSD's packet filter
  wifi_prism = 119,     // 802.11 behind a Prism header; behind an AVS one, if that says so
  wifi_radiotap = 127,  // 802.11 behind a radiotap header
  wifi_avs = 163,       // 802.11 behind an AVS header
  ppp_linux = 166,      // PPP behind an octet that tells the direction, as Linux' pppd writes it
  ppi = 192,            // a header that names the link type of what follows
  ppp_directed = 204,   // PPP behind an octet that tells the direction
  cisco_hdlc_directed = 205,
  ipv4 = 228,
  ipv6 = 229,
  nflog = 239,          // Linux' netfilter log
  linux_cooked_2 = 276  // LINKTYPE_LINUX_SLL2
};

struct Packet {
  Bytes bytes;               // as captured; lives until the source's next packet
  std::uint64_t number = 0;  // in its file, from 1, as Wireshark counts
  Timestamp time{};
  // Octets on the wire; above bytes.size() when cut by the snap length.
  std::uint32_t wire_length = 0;
  LinkType link = LinkType::ethernet;
  std::uint32_t file = 0;  // which of the capture's files, from 0
  // In a capture of several files (see FrameId); 0: the same as number.
  std::uint64_t order = 0;
};

[[nodiscard]] constexpr FrameId frame_of(const Packet& packet) noexcept {
  return {packet.number, packet.order == 0 ? packet.number : packet.order, packet.file};
}

}  // namespace smtpscope
