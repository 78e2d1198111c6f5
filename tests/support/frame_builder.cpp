#include "tests/support/frame_builder.hpp"

#include "tests/support/octets.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace smtpscope::test {
namespace {

Bytes octets_of(const net::IpAddress& address) {
  return Bytes{address.octets}.first(address.version == net::IpVersion::v4 ? 4U : 16U);
}

std::uint16_t ether_type_of(const FrameFields& fields) {
  return fields.source.address.version == net::IpVersion::v4 ? 0x0800 : 0x86dd;
}

void put_tags(Octets& out, const FrameFields& fields) {
  for (std::size_t i = 1; i < fields.vlan_tags.size(); ++i) {
    put16(out, 100 + i);
    put16(out, fields.vlan_tags[i]);
  }
  put16(out, 100);
  put16(out, ether_type_of(fields));
}

// The EtherType at the end of a link layer header, and the tags that it may announce.
void put_type(Octets& out, const FrameFields& fields) {
  if (fields.vlan_tags.empty()) return put16(out, ether_type_of(fields));
  put16(out, fields.vlan_tags.front());
  put_tags(out, fields);
}

void put_ethernet(Octets& out, const FrameFields& fields) {
  put(out, Octets{0x02, 0, 0, 0, 0, 0x25, 0x02, 0, 0, 0, 0, 0x10});
  put_type(out, fields);
}

void put_cooked(Octets& out, const FrameFields& fields) {
  put(out, Octets{0, 0, 0, 1, 0, 6, 0x02, 0, 0, 0, 0, 0x10, 0, 0});
  put_type(out, fields);
}

void put_cooked_2(Octets& out, const FrameFields& fields) {
  put16(out, fields.vlan_tags.empty() ? ether_type_of(fields) : fields.vlan_tags.front());
  put(out, Octets{0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 0x02, 0, 0, 0, 0, 0x10, 0, 0});
  if (!fields.vlan_tags.empty()) put_tags(out, fields);
}

std::uint32_t family_of(const FrameFields& fields) {
  if (fields.null_family != 0) return fields.null_family;
  return fields.source.address.version == net::IpVersion::v4 ? 2 : 30;
}

void put_link_layer(Octets& out, const FrameFields& fields) {
  switch (fields.link) {
    case LinkType::ethernet:
      return put_ethernet(out, fields);
    case LinkType::linux_cooked:
      return put_cooked(out, fields);
    case LinkType::linux_cooked_2:
      return put_cooked_2(out, fields);
    case LinkType::loop:
      return put32(out, family_of(fields));
    case LinkType::null: {
      put32(out, family_of(fields));
      if (!fields.null_big_endian) std::reverse(out.begin(), out.end());
      return;
    }
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
    case LinkType::ipv4:
    case LinkType::ipv6:
      return;
    case LinkType::ppp:
    case LinkType::ppp_hdlc:
    case LinkType::pppoe:
    case LinkType::atm_llc:
    case LinkType::cisco_hdlc:
    case LinkType::wifi:
    case LinkType::pflog:
    case LinkType::wifi_prism:
    case LinkType::wifi_radiotap:
    case LinkType::wifi_avs:
    case LinkType::ppp_linux:
    case LinkType::ppi:
    case LinkType::ppp_directed:
    case LinkType::cisco_hdlc_directed:
    case LinkType::nflog:
      break;  // see wrap.hpp
  }
  throw std::invalid_argument("no such link layer");
}

Octets tcp_of(const FrameFields& fields) {
  Octets options = fields.tcp_options;
  options.resize((options.size() + 3) / 4 * 4);
  Octets tcp;
  put16(tcp, fields.source.port);
  put16(tcp, fields.destination.port);
  put32(tcp, fields.sequence);
  put32(tcp, fields.acknowledgement);
  tcp.push_back(static_cast<std::uint8_t>((5 + options.size() / 4) << 4));
  const net::TcpFlags& flags = fields.flags;
  tcp.push_back(static_cast<std::uint8_t>(flags.fin | flags.syn << 1 | flags.rst << 2 |
                                          flags.psh << 3 | flags.ack << 4 | flags.urg << 5));
  put16(tcp, fields.window);
  put32(tcp, 0);  // checksum, urgent pointer
  put(tcp, options);
  put(tcp, as_bytes(fields.payload));

  Octets summed;
  put(summed, octets_of(fields.source.address));
  put(summed, octets_of(fields.destination.address));
  put16(summed, fields.ip_protocol);
  put32(summed, static_cast<std::uint32_t>(tcp.size()));
  put(summed, tcp);
  set16(tcp, 16, internet_checksum(summed));
  return tcp;
}

void put_ipv4(Octets& out, const FrameFields& fields, std::size_t payload_octets) {
  const std::size_t at = out.size();
  const std::size_t header_octets = 20 + fields.ip_options.size();
  if (header_octets % 4 != 0 || header_octets > 60) throw std::invalid_argument("IP options");
  out.push_back(static_cast<std::uint8_t>(0x40 | header_octets / 4));
  out.push_back(0);
  put16(out, (header_octets + payload_octets) & 0xffff);
  put16(out, 1);       // identification
  put16(out, 0x4000);  // don't fragment
  out.push_back(fields.hop_limit);
  out.push_back(fields.ip_protocol);
  put16(out, 0);
  put(out, octets_of(fields.source.address));
  put(out, octets_of(fields.destination.address));
  put(out, fields.ip_options);
  set16(out, at + 10, internet_checksum(Bytes{out}.subspan(at)));
}

void put_ipv6(Octets& out, const FrameFields& fields, std::size_t payload_octets) {
  Octets extensions;
  for (std::size_t i = 0; i < fields.extensions.size(); ++i) {
    const bool last = i + 1 == fields.extensions.size();
    extensions.push_back(last ? fields.ip_protocol : fields.extensions[i + 1].number);
    put(extensions, fields.extensions[i].body);
  }
  put32(out, 0x60000000);
  put16(out, (extensions.size() + payload_octets) & 0xffff);
  out.push_back(fields.extensions.empty() ? fields.ip_protocol : fields.extensions.front().number);
  out.push_back(fields.hop_limit);
  put(out, octets_of(fields.source.address));
  put(out, octets_of(fields.destination.address));
  put(out, extensions);
}

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("no port: " + std::string(text));
  }
  return port;
}

}  // namespace

net::IpAddress address_of(std::string_view text) {
  if (const auto address = net::parse_address(text)) return *address;
  throw std::invalid_argument("no address: " + std::string(text));
}

net::Endpoint endpoint_of(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument("no port: " + std::string(text));
  std::string_view host = text.substr(0, colon);
  const std::uint16_t port = port_of(text.substr(colon + 1));
  if (!host.empty() && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return {address_of(host), port};
}

Frame build(const FrameFields& fields) {
  const Octets tcp = tcp_of(fields);
  Frame frame;
  put_link_layer(frame.bytes, fields);
  frame.ip_at = frame.bytes.size();
  if (fields.source.address.version == net::IpVersion::v4) {
    put_ipv4(frame.bytes, fields, tcp.size());
  } else {
    put_ipv6(frame.bytes, fields, tcp.size());
  }
  frame.tcp_at = frame.bytes.size();
  put(frame.bytes, tcp);
  frame.payload_at = frame.bytes.size() - fields.payload.size();
  frame.bytes.resize(frame.bytes.size() + fields.trailing_octets);
  return frame;
}

Frame build_icmp(const IcmpFields& fields) {
  FrameFields quoted = fields.quoted;
  quoted.link = LinkType::raw;
  quoted.vlan_tags.clear();
  quoted.trailing_octets = 0;
  const bool is_v4 = fields.reporter.version == net::IpVersion::v4;
  Octets quote = build(quoted).bytes;
  quote.resize(std::min(quote.size(), fields.quoted_octets + (is_v4 ? 0U : 20U)));

  FrameFields outer = fields.quoted;
  outer.source = {fields.reporter, 0};
  outer.destination = {fields.quoted.source.address, 0};
  outer.ip_protocol = static_cast<std::uint8_t>(is_v4 ? 1 : 58);
  outer.ip_options.clear();
  outer.extensions.clear();
  Octets icmp{fields.type, fields.code, 0, 0};
  put32(icmp, fields.mtu);
  put(icmp, quote);
  Octets summed;
  if (!is_v4) {
    put(summed, octets_of(outer.source.address));
    put(summed, octets_of(outer.destination.address));
    put32(summed, static_cast<std::uint32_t>(icmp.size()));
    put32(summed, outer.ip_protocol);
  }
  put(summed, icmp);
  set16(icmp, 2, internet_checksum(summed));

  Frame frame;
  put_link_layer(frame.bytes, outer);
  frame.ip_at = frame.bytes.size();
  is_v4 ? put_ipv4(frame.bytes, outer, icmp.size()) : put_ipv6(frame.bytes, outer, icmp.size());
  frame.tcp_at = frame.bytes.size();
  put(frame.bytes, icmp);
  frame.payload_at = frame.tcp_at + 8;
  return frame;
}

TestPacket packet_of(const Frame& frame, LinkType link) {
  return {.bytes = frame.bytes,
          .number = 1,
          .time = {},
          .wire_length = static_cast<std::uint32_t>(frame.bytes.size()),
          .link = link};
}

}  // namespace smtpscope::test
