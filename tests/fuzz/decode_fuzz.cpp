// Any octets, of any link type, cut anywhere, decode to a reason, to a segment whose payload lies
// inside the packet and is not longer than it says, or to an ICMP error that quotes one and has
// words; and the same octets always decode to the same.
//
// Input: one octet chooses the link type, two say how much of the packet was not captured, the rest
// is the packet.
#include "dissectors/base/check.hpp"
#include "dissectors/net/decode.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

using namespace smtpscope;

namespace {

constexpr std::array link_types{LinkType::ethernet,
                                LinkType::linux_cooked,
                                LinkType::linux_cooked_2,
                                LinkType::null,
                                LinkType::loop,
                                LinkType::raw,
                                LinkType::raw_bsd,
                                LinkType::raw_openbsd,
                                LinkType::ipv4,
                                LinkType::ipv6,
                                LinkType::wifi_radiotap,
                                LinkType::wifi,
                                LinkType::wifi_prism,
                                LinkType::wifi_avs,
                                LinkType::ppi,
                                LinkType::ppp,
                                LinkType::ppp_hdlc,
                                LinkType::ppp_directed,
                                LinkType::ppp_linux,
                                LinkType::pppoe,
                                LinkType::cisco_hdlc,
                                LinkType::atm_llc,
                                LinkType::pflog,
                                LinkType::nflog,
                                static_cast<LinkType>(147)};

bool lies_in(Bytes inner, Bytes outer) {
  constexpr std::less_equal<const std::uint8_t*> not_behind;
  return not_behind(outer.data(), inner.data()) &&
         not_behind(inner.data() + inner.size(), outer.data() + outer.size());
}

void check_segment(const net::Segment& segment, const Packet& packet) {
  check(lies_in(segment.payload, packet.bytes), "the payload lies in the packet");
  check(segment.payload.size() <= segment.payload_length, "no more is captured than there was");
  check(segment.flags.syn || (!segment.mss && !segment.window_scale), "only a SYN has options");
  check(segment.window_scale.value_or(0) <= 14, "no window is scaled beyond 14 bits");
  check(segment.source.address.version == segment.destination.address.version,
        "both ends have one version of IP");
}

void check_fragment(const net::Fragment& fragment, const Packet& packet) {
  check(lies_in(fragment.octets, packet.bytes), "a piece lies in the packet");
  check(fragment.octets.size() <= fragment.length, "no more is captured than there was");
  check(fragment.offset % 8 == 0 && fragment.offset <= 65528, "an offset counts in eights");
  check(fragment.more || fragment.offset > 0, "a whole datagram is no piece");
}

void check_icmp_error(const net::IcmpError& error) {
  check(error.source.address.version == error.reporter.version &&
            error.destination.address.version == error.reporter.version,
        "an error and what it quotes have one version of IP");
  check(!net::words_of(error).empty(), "an error has words");
  check(error.mtu == 0 || net::is_too_big(error), "only what was too big has a size that fits");
}

void check_equal(const net::Decoded& a, const net::Decoded& b) {
  check(a.index() == b.index(), "the same packet decodes to the same");
  if (const auto* error = std::get_if<net::IcmpError>(&a)) {
    check(*error == *std::get_if<net::IcmpError>(&b), "the same packet has the same error");
  }
  const auto* not_tcp = std::get_if<net::NotTcp>(&a);
  if (not_tcp == nullptr) return;
  check(not_tcp->why == std::get_if<net::NotTcp>(&b)->why, "the same packet has the same reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  if (input.size() < 3) return 0;
  const Bytes octets = input.subspan(3);
  const Packet packet{.bytes = octets,
                      .number = 1,
                      .wire_length = static_cast<std::uint32_t>(octets.size()) + be16(input, 1),
                      .link = link_types[input[0] % link_types.size()]};
  const net::Decoded decoded = net::decode(packet);
  if (const auto* segment = std::get_if<net::Segment>(&decoded)) check_segment(*segment, packet);
  if (const auto* piece = std::get_if<net::Fragment>(&decoded)) check_fragment(*piece, packet);
  if (const auto* error = std::get_if<net::IcmpError>(&decoded)) check_icmp_error(*error);
  check_equal(decoded, net::decode(packet));
  const net::ChecksumState checksum = net::tcp_checksum(packet);
  const auto* not_tcp = std::get_if<net::NotTcp>(&decoded);
  check(checksum == net::ChecksumState::unknown || decoded.index() == 0 ||
            (not_tcp != nullptr && not_tcp->why == net::NotTcpWhy::malformed),
        "what is not TCP has no checksum of TCP");
  return 0;
}
