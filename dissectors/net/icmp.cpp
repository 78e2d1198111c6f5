#include "dissectors/net/icmp.hpp"

#include "dissectors/net/descent.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace smtpscope::net {
namespace {

constexpr std::size_t icmp_header_octets = 8;
constexpr std::size_t ipv4_octets = 20;
constexpr std::size_t ipv6_octets = 40;
constexpr std::size_t quoted_tcp_octets = 8;  // ports and sequence number; RFC 792 promises no more

namespace v4 {
constexpr std::uint8_t unreachable = 3, time_exceeded = 11, parameter_problem = 12;
constexpr std::uint8_t fragmentation_needed = 4;  // a code of `unreachable`
}  // namespace v4
namespace v6 {
constexpr std::uint8_t unreachable = 1, too_big = 2, time_exceeded = 3, parameter_problem = 4;
}  // namespace v6

struct Meaning {
  IpVersion version;
  std::uint8_t type;
  std::uint8_t code;
  std::string_view words;
};
// IANA's registries of ICMP and ICMPv6 parameters.
constexpr auto meanings = std::to_array<Meaning>({
    {IpVersion::v4, v4::unreachable, 0, "network unreachable"},
    {IpVersion::v4, v4::unreachable, 1, "host unreachable"},
    {IpVersion::v4, v4::unreachable, 2, "protocol unreachable"},
    {IpVersion::v4, v4::unreachable, 3, "port unreachable"},
    {IpVersion::v4, v4::unreachable, v4::fragmentation_needed, "fragmentation needed"},
    {IpVersion::v4, v4::unreachable, 5, "source route failed"},
    {IpVersion::v4, v4::unreachable, 6, "destination network unknown"},
    {IpVersion::v4, v4::unreachable, 7, "destination host unknown"},
    {IpVersion::v4, v4::unreachable, 8, "source host isolated"},
    {IpVersion::v4, v4::unreachable, 9,
     "communication with destination network administratively prohibited"},
    {IpVersion::v4, v4::unreachable, 10,
     "communication with destination host administratively prohibited"},
    {IpVersion::v4, v4::unreachable, 11, "network unreachable for this type of service"},
    {IpVersion::v4, v4::unreachable, 12, "host unreachable for this type of service"},
    {IpVersion::v4, v4::unreachable, 13, "communication administratively prohibited"},
    {IpVersion::v4, v4::unreachable, 14, "host precedence violation"},
    {IpVersion::v4, v4::unreachable, 15, "precedence cutoff in effect"},
    {IpVersion::v4, v4::time_exceeded, 0, "time to live exceeded in transit"},
    {IpVersion::v4, v4::time_exceeded, 1, "fragment reassembly time exceeded"},
    {IpVersion::v6, v6::unreachable, 0, "no route to destination"},
    {IpVersion::v6, v6::unreachable, 1,
     "communication with destination administratively prohibited"},
    {IpVersion::v6, v6::unreachable, 2, "beyond scope of source address"},
    {IpVersion::v6, v6::unreachable, 3, "address unreachable"},
    {IpVersion::v6, v6::unreachable, 4, "port unreachable"},
    {IpVersion::v6, v6::unreachable, 5, "source address failed ingress or egress policy"},
    {IpVersion::v6, v6::unreachable, 6, "route to destination rejected"},
    {IpVersion::v6, v6::unreachable, 7, "error in source routing header"},
    {IpVersion::v6, v6::too_big, 0, "packet too big"},
    {IpVersion::v6, v6::time_exceeded, 0, "hop limit exceeded in transit"},
    {IpVersion::v6, v6::time_exceeded, 1, "fragment reassembly time exceeded"},
});

// Of codes that are not in the table.
std::string_view type_words(IpVersion version, std::uint8_t type) noexcept {
  if (version == IpVersion::v6 && type == v6::too_big) return "packet too big";
  const bool time = type == (version == IpVersion::v4 ? v4::time_exceeded : v6::time_exceeded);
  const bool parameter =
      type == (version == IpVersion::v4 ? v4::parameter_problem : v6::parameter_problem);
  return time ? "time exceeded" : parameter ? "parameter problem" : "destination unreachable";
}

bool is_error(IpVersion version, std::uint8_t type) noexcept {
  if (version == IpVersion::v4) {
    return type == v4::unreachable || type == v4::time_exceeded || type == v4::parameter_problem;
  }
  return type >= v6::unreachable && type <= v6::parameter_problem;
}

IpAddress address_at(Bytes bytes, IpVersion version) noexcept {
  IpAddress address;
  address.version = version;
  std::memcpy(address.octets.data(), bytes.data(), version == IpVersion::v4 ? 4 : 16);
  return address;
}

// Takes the quoted IPv4 header off; false if no segment's head stands behind it.
bool take_ipv4(Bytes& quote, IcmpError& error) noexcept {
  if (quote.size() < ipv4_octets || quote[0] >> 4 != 4) return false;
  const std::size_t header_octets = (quote[0] & 0x0fU) * 4U;
  constexpr std::uint16_t offset = 0x1fff;
  const bool is_head = (be16(quote, 6) & offset) == 0;
  if (header_octets < ipv4_octets || header_octets > quote.size() || !is_head) return false;
  if (quote[9] != protocol::tcp) return false;
  error.packet_octets = be16(quote, 2);
  error.identification = be16(quote, 4);
  error.source.address = address_at(quote.subspan(12), IpVersion::v4);
  error.destination.address = address_at(quote.subspan(16), IpVersion::v4);
  quote = quote.subspan(header_octets);
  return true;
}

// Likewise of IPv6, with the extension headers that can stand before TCP.
bool take_ipv6(Bytes& quote, IcmpError& error) noexcept {
  if (quote.size() < ipv6_octets || quote[0] >> 4 != 6) return false;
  error.packet_octets = be16(quote, 4) + static_cast<std::uint32_t>(ipv6_octets);
  error.source.address = address_at(quote.subspan(8), IpVersion::v6);
  error.destination.address = address_at(quote.subspan(24), IpVersion::v6);
  std::uint8_t number = quote[6];
  quote = quote.subspan(ipv6_octets);
  for (int seen = 0; number != protocol::tcp; ++seen) {
    if (seen == extension_headers_max || quote.size() < 8) return false;
    const std::size_t octets = extension_octets(number, quote[1]);
    if (octets == 0 || octets > quote.size()) return false;
    constexpr std::uint16_t offset = 0xfff8;
    if (number == protocol::fragment && (be16(quote, 2) & offset) != 0) return false;
    number = quote[0];
    quote = quote.subspan(octets);
  }
  return true;
}

}  // namespace

bool is_too_big(const IcmpError& error) noexcept {
  if (error.reporter.version == IpVersion::v6) return error.type == v6::too_big;
  return error.type == v4::unreachable && error.code == v4::fragmentation_needed;
}

std::string words_of(const IcmpError& error) {
  const IpVersion version = error.reporter.version;
  const auto* const row = std::ranges::find_if(meanings, [&](const Meaning& meaning) {
    return meaning.version == version && meaning.type == error.type && meaning.code == error.code;
  });
  std::string words(row == meanings.end() ? type_words(version, error.type) : row->words);
  if (is_too_big(error) && error.mtu > 0) words += ", MTU " + std::to_string(error.mtu);
  return words;
}

std::optional<IcmpError> read_icmp_error(const IpAddress& reporter, Bytes icmp) noexcept {
  if (icmp.size() < icmp_header_octets || !is_error(reporter.version, icmp[0])) return std::nullopt;
  IcmpError error;
  error.reporter = reporter;
  error.type = icmp[0];
  error.code = icmp[1];
  if (is_too_big(error))
    error.mtu = reporter.version == IpVersion::v4 ? be16(icmp, 6) : be32(icmp, 4);
  Bytes quote = icmp.subspan(icmp_header_octets);
  const bool has_head =
      reporter.version == IpVersion::v4 ? take_ipv4(quote, error) : take_ipv6(quote, error);
  if (!has_head || quote.size() < quoted_tcp_octets) return std::nullopt;
  error.source.port = be16(quote, 0);
  error.destination.port = be16(quote, 2);
  error.sequence = {be32(quote, 4)};
  return error;
}

}  // namespace smtpscope::net
