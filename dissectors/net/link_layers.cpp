// The link layers besides Ethernet, and what can stand between Ethernet and IP.
#include "dissectors/net/descent.hpp"

namespace smtpscope::net {
namespace {

constexpr std::uint32_t swapped(std::uint32_t value) noexcept {
  return (value >> 24) | ((value >> 8) & 0xff00U) | ((value << 8) & 0xff0000U) | (value << 24);
}

std::uint16_t le16(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t le32(Bytes bytes, std::size_t at) noexcept { return swapped(be32(bytes, at)); }

// LLC and SNAP in front of an EtherType (RFC 1042); the second one is Apple's, for bridged frames.
bool is_snap(Bytes bytes) noexcept {
  return bytes[0] == 0xaa && bytes[1] == 0xaa && bytes[2] == 0x03 && bytes[3] == 0 &&
         bytes[4] == 0 && (bytes[5] == 0 || bytes[5] == 0xf8);
}

constexpr std::size_t snap_octets = 8;

}  // namespace

// Logical link control (IEEE 802.2): only SNAP, and IPv4's own number, lead to IP.
Layer Descent::in_llc() noexcept {
  constexpr std::size_t llc_octets = 3;
  if (announced_ < llc_octets) return not_ip();
  if (!has(llc_octets)) return too_short(llc_octets);
  constexpr std::uint8_t ipv4 = 0x06;
  if (rest_[0] == ipv4 && rest_[1] == ipv4 && rest_[2] == 0x03) {
    skip(llc_octets);
    return Layer::ipv4;
  }
  if (rest_[0] != 0xaa || rest_[1] != 0xaa || rest_[2] != 0x03) return not_ip();
  if (!has(snap_octets)) return too_short(snap_octets);
  if (!is_snap(rest_)) return not_ip();
  const std::uint16_t type = be16(rest_, 6);
  skip(snap_octets);
  return by_ether_type(type);
}

// 802.1ah: what the provider's frame carries is the customer's whole frame.
Layer Descent::in_ethernet_backbone() noexcept {
  constexpr std::size_t instance_tag_octets = 4;
  if (!has(instance_tag_octets)) return too_short(instance_tag_octets);
  skip(instance_tag_octets);
  return Layer::ethernet;
}

// The tag between a switch and the virtual interfaces of a host.
Layer Descent::in_vn_tag() noexcept {
  constexpr std::size_t tag_octets = 6;
  if (!has(tag_octets)) return too_short(tag_octets);
  const std::uint16_t type = be16(rest_, 4);
  skip(tag_octets);
  return by_ether_type(type);
}

// The network service header (RFC 8300).
Layer Descent::in_service_chain() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return too_short(least_octets);
  const std::size_t octets = (rest_[1] & 0x3fU) * 4U;
  const std::uint8_t next = rest_[3];
  if (octets < least_octets) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  switch (next) {
    case 1:
      return Layer::ipv4;
    case 2:
      return Layer::ipv6;
    case 3:
      return Layer::ethernet;
    case 5:
      return Layer::mpls;
    default:
      return not_ip();
  }
}

// One label of the stack (RFC 3032). Nothing in it tells what lies under the last one.
Layer Descent::in_mpls() noexcept {
  constexpr std::size_t label_octets = 4;
  if (!has(label_octets)) return too_short(label_octets);
  const std::uint32_t entry = be32(rest_, 0);
  mark_place(entry >> 12);
  skip(label_octets);
  const bool last = (entry & 0x100U) != 0;
  return last ? behind_labels() : Layer::mpls;
}

// IP, by the version that it begins with (RFC 4928); or an Ethernet frame, with or without a
// control word of zeros before it (RFC 4448). An address of Ethernet may begin with any of these
// digits.
Layer Descent::behind_labels() noexcept {
  constexpr std::size_t control_word_octets = 4;
  constexpr std::size_t enough_to_tell = control_word_octets + 14 + ipv6_header_octets;
  if (!has(1)) return too_short(1);
  if (looks_like_ethernet(rest_, octets_left())) return Layer::ethernet;
  switch (rest_[0] >> 4) {
    case 4:
      return Layer::ipv4;
    case 6:
      return Layer::ipv6;
    case 0:
      if (has(control_word_octets) && looks_like_ethernet(rest_.subspan(control_word_octets),
                                                          octets_left() - control_word_octets)) {
        skip(control_word_octets);
        return Layer::ethernet;
      }
      break;
    default:
      break;
  }
  const bool may_be_cut = not_captured_ > 0 && !has(enough_to_tell);
  return may_be_cut ? too_short(enough_to_tell) : not_ip();
}

// RFC 2516, the session stage.
Layer Descent::in_pppoe() noexcept {
  constexpr std::size_t header_octets = 6;
  if (!has(header_octets)) return too_short(header_octets);
  constexpr std::uint8_t version_and_type = 0x11, session_data = 0;
  if (rest_[0] != version_and_type) return malformed();
  if (rest_[1] != session_data) return not_ip();
  mark_place(be16(rest_, 2));
  const std::size_t length = be16(rest_, 4);
  skip(header_octets);
  bound(length);
  return Layer::ppp;
}

// RFC 1661 and 1662: address and control may be left out, and the first octet of the protocol.
Layer Descent::in_ppp() noexcept {
  if (!has(2)) return too_short(2);
  if (rest_[0] == 0xff && rest_[1] == 0x03) skip(2);
  if (!has(1)) return too_short(1);
  const bool compressed = (rest_[0] & 1U) != 0;
  const std::size_t protocol_octets = compressed ? 1 : 2;
  if (!has(protocol_octets)) return too_short(protocol_octets);
  const std::uint16_t number = compressed ? rest_[0] : be16(rest_, 0);
  skip(protocol_octets);
  switch (number) {
    case 0x0021:
      return Layer::ipv4;
    case 0x0057:
      return Layer::ipv6;
    case 0x0281:
    case 0x0283:
      return Layer::mpls;
    default:
      return not_ip();
  }
}

// An octet before the rest says who sent it.
Layer Descent::behind_direction(Layer next) noexcept {
  if (!has(1)) return too_short(1);
  skip(1);
  // Linux' pppd writes it over the address of HDLC, and leaves the control octet.
  if (next == Layer::ppp && has(1) && rest_[0] == 0x03) skip(1);
  return next;
}

Layer Descent::in_ppp_hdlc() noexcept {
  if (!has(1)) return too_short(1);
  constexpr std::uint8_t cisco_unicast = 0x0f, cisco_multicast = 0x8f;
  const bool is_cisco = rest_[0] == cisco_unicast || rest_[0] == cisco_multicast;
  return is_cisco ? Layer::cisco_hdlc : Layer::ppp;
}

// RFC 1547, 4.3.1.
Layer Descent::in_cisco_hdlc() noexcept {
  constexpr std::size_t header_octets = 4;
  if (!has(header_octets)) return too_short(header_octets);
  const std::uint16_t type = be16(rest_, 2);
  skip(header_octets);
  return by_ether_type(type);
}

Layer Descent::in_cooked() noexcept {
  constexpr std::size_t header_octets = 16;
  if (!has(header_octets)) return too_short(header_octets);
  mark_place(be16(rest_, 0) ^ be32(rest_, 6));  // incoming or outgoing, address
  const std::uint16_t type = be16(rest_, 14);
  skip(header_octets);
  constexpr std::uint16_t llc = 0x0004;
  return type == llc ? Layer::llc : by_ether_type(type);
}

Layer Descent::in_cooked_2() noexcept {
  constexpr std::size_t header_octets = 20;
  if (!has(header_octets)) return too_short(header_octets);
  mark_place(be32(rest_, 4) ^ static_cast<std::uint32_t>(rest_[10] << 24));  // interface, direction
  const std::uint16_t type = be16(rest_, 0);
  skip(header_octets);
  constexpr std::uint16_t llc = 0x0004;
  return type == llc ? Layer::llc : by_ether_type(type);
}

// The family of LINKTYPE_NULL is in the writer's byte order, which the packet does not tell. No
// family is above 255, so one of the two readings is far too large.
Layer Descent::in_null() noexcept {
  constexpr std::size_t header_octets = 4;
  if (!has(header_octets)) return too_short(header_octets);
  const std::uint32_t family = be32(rest_, 0);
  return behind_family(family > 0xffff ? swapped(family) : family);
}

Layer Descent::in_loop() noexcept {
  constexpr std::size_t header_octets = 4;
  if (!has(header_octets)) return too_short(header_octets);
  return behind_family(be32(rest_, 0));
}

Layer Descent::behind_family(std::uint32_t family) noexcept {
  skip(4);
  switch (family) {
    case 2:
      return Layer::ipv4;  // AF_INET everywhere
    case 10:               // AF_INET6: Linux
    case 24:               // NetBSD, OpenBSD
    case 28:               // FreeBSD
    case 30:
      return Layer::ipv6;  // macOS
    default:
      return not_ip();
  }
}

// IEEE 802.11: only data frames lead to IP. The pieces of a frame that the radio cut are not put
// together, and neither are several frames in one (A-MSDU) taken apart.
Layer Descent::in_wifi() noexcept {
  constexpr std::size_t least_octets = 2;
  if (!has(least_octets)) return too_short(least_octets);
  const unsigned kind = rest_[0] >> 2 & 0x03U, subtype = rest_[0] >> 4U;
  constexpr unsigned data = 2, no_data_bit = 4, qos_bit = 8;
  if (kind != data || (subtype & no_data_bit) != 0) return not_ip();

  const std::uint8_t flags = rest_[1];
  constexpr unsigned to_and_from_bridge = 0x03, more_pieces = 0x04, is_protected = 0x40,
                     has_control = 0x80;
  const bool is_qos = (subtype & qos_bit) != 0;
  const bool has_four_addresses = (flags & to_and_from_bridge) == to_and_from_bridge;
  const std::size_t qos_at = has_four_addresses ? 30 : 24;
  const std::size_t header_octets =
      qos_at + (is_qos ? 2U : 0U) + (is_qos && (flags & has_control) != 0 ? 4U : 0U);
  if (!has(header_octets)) return too_short(header_octets);
  mark_place(be32(rest_, 6) ^ be32(rest_, 12) ^ (flags & to_and_from_bridge));
  const bool is_piece = (flags & more_pieces) != 0 || (rest_[22] & 0x0fU) != 0;
  const bool holds_several = is_qos && (rest_[qos_at] & 0x80U) != 0;
  // Some radios put the header's end on a multiple of four; radiotap can tell, others do not.
  const std::size_t padding = header_octets % 4;
  skip(header_octets);
  if (padding != 0 && !has(padding + snap_octets) && not_captured_ > 0) {
    return too_short(padding + snap_octets);
  }
  if (padding != 0 && has(padding + snap_octets) && !is_snap(rest_) &&
      is_snap(rest_.subspan(padding))) {
    skip(padding);
  }
  // Some drivers decrypt, and leave the mark: the beginning of plain text cannot come by chance.
  if ((flags & is_protected) != 0 && !(has(snap_octets) && is_snap(rest_))) {
    return ends({.why = NotTcpWhy::encrypted_wireless});
  }
  return is_piece || holds_several ? not_ip() : Layer::llc;
}

Layer Descent::in_radiotap() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return too_short(least_octets);
  const std::size_t octets = le16(rest_, 2);
  if (octets < least_octets) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return Layer::wifi;
}

// The Prism header is in the byte order of its writer; AVS' stands in its place with some drivers.
Layer Descent::in_prism() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return too_short(least_octets);
  constexpr std::uint32_t avs_magic = 0x80211000;
  if ((be32(rest_, 0) & 0xfffff000U) == avs_magic) return Layer::avs;
  constexpr std::uint32_t plausible_max = 4096;
  const std::uint32_t length = le32(rest_, 4);
  const std::size_t octets = length <= plausible_max ? length : be32(rest_, 4);
  if (octets < least_octets || octets > plausible_max) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return Layer::wifi;
}

Layer Descent::in_avs() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return too_short(least_octets);
  const std::size_t octets = be32(rest_, 4);
  if (octets < least_octets) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return Layer::wifi;
}

// Per-packet information: a header of fields, and the link type of what follows.
Layer Descent::in_ppi() noexcept {
  constexpr std::size_t least_octets = 8;
  if (!has(least_octets)) return too_short(least_octets);
  const std::size_t octets = le16(rest_, 2);
  const std::uint32_t link = le32(rest_, 4);
  if (octets < least_octets) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  switch (static_cast<LinkType>(link)) {
    case LinkType::ethernet:
      return Layer::ethernet;
    case LinkType::wifi:
      return Layer::wifi;
    case LinkType::ppp:
      return Layer::ppp;
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
      return Layer::ip;
    case LinkType::ipv4:
      return Layer::ipv4;
    case LinkType::ipv6:
      return Layer::ipv6;
    case LinkType::null:
    case LinkType::loop:
    case LinkType::linux_cooked:
    case LinkType::linux_cooked_2:
    case LinkType::ppp_hdlc:
    case LinkType::ppp_linux:
    case LinkType::ppp_directed:
    case LinkType::pppoe:
    case LinkType::atm_llc:
    case LinkType::cisco_hdlc:
    case LinkType::cisco_hdlc_directed:
    case LinkType::pflog:
    case LinkType::nflog:
    case LinkType::wifi_prism:
    case LinkType::wifi_radiotap:
    case LinkType::wifi_avs:
    case LinkType::ppi:
      break;
  }
  return ends({.why = NotTcpWhy::link_type_unknown});
}

// The header says its own length, which its padding to four octets is not part of.
Layer Descent::in_pflog() noexcept {
  constexpr std::size_t least_octets = 4;
  if (!has(least_octets)) return too_short(least_octets);
  const std::size_t octets = (rest_[0] + 3U) & ~std::size_t{3};
  if (octets < least_octets) return malformed();
  if (!has(octets)) return too_short(octets);
  skip(octets);
  return Layer::ip;
}

// Fields of type and length, in the byte order of the writer; one of them is the packet.
Layer Descent::in_nflog() noexcept {
  constexpr std::size_t header_octets = 4, field_header_octets = 4;
  constexpr int fields_max = 64;  // the kernel knows about twenty
  constexpr std::uint16_t payload = 9;
  if (!has(header_octets)) return too_short(header_octets);
  skip(header_octets);
  for (int fields = 0; fields < fields_max; ++fields) {
    if (!has(field_header_octets)) return too_short(field_header_octets);
    const bool is_little_endian = le16(rest_, 2) < 0x100;  // no type is higher
    const std::size_t length = is_little_endian ? le16(rest_, 0) : be16(rest_, 0);
    const std::uint16_t type = is_little_endian ? le16(rest_, 2) : be16(rest_, 2);
    if (length < field_header_octets) return malformed();
    if (type == payload) {
      skip(field_header_octets);
      bound(length - field_header_octets);
      return Layer::ip;
    }
    const std::size_t padded = (length + 3U) & ~std::size_t{3};
    if (!has(padded)) return too_short(padded);
    skip(padded);
  }
  return malformed();
}

}  // namespace smtpscope::net
