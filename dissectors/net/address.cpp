#include "dissectors/net/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>

namespace smtpscope::net {
namespace {

constexpr std::size_t groups_of_v6 = 8;

struct Run {
  std::size_t begin = 0;
  std::size_t length = 0;
};

void append(std::string& out, std::uint16_t number, int base) {
  char digits[8];
  const auto result = std::to_chars(std::begin(digits), std::end(digits), number, base);
  out.append(digits, result.ptr);
}

void append_v4(std::string& out, const std::uint8_t* octets) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    append(out, octets[i], 10);
  }
}

// What "::" stands for: the longest run of at least two zero groups, the first of equal ones (RFC
// 5952, 4.2.2 and 4.2.3).
Run longest_zeros(const std::array<std::uint16_t, groups_of_v6>& groups) {
  Run best, run;
  for (std::size_t i = 0; i < groups_of_v6; ++i) {
    if (groups[i] != 0) {
      run = {};
      continue;
    }
    if (run.length == 0) run.begin = i;
    ++run.length;
    if (run.length > best.length) best = run;
  }
  return best.length >= 2 ? best : Run{groups_of_v6, 0};
}

// ::ffff:192.0.2.1 is written with dots (RFC 5952, 5).
bool is_mapped_v4(const std::array<std::uint16_t, groups_of_v6>& groups) {
  for (std::size_t i = 0; i < 5; ++i) {
    if (groups[i] != 0) return false;
  }
  return groups[5] == 0xffff;
}

std::string to_string_v6(const std::array<std::uint8_t, 16>& octets) {
  std::array<std::uint16_t, groups_of_v6> groups{};
  for (std::size_t i = 0; i < groups_of_v6; ++i) {
    groups[i] = static_cast<std::uint16_t>((octets[2 * i] << 8) | octets[2 * i + 1]);
  }
  std::string out;
  if (is_mapped_v4(groups)) {
    out = "::ffff:";
    append_v4(out, octets.data() + 12);
    return out;
  }
  const Run zeros = longest_zeros(groups);
  for (std::size_t i = 0; i < groups_of_v6; ++i) {
    if (i == zeros.begin) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    append(out, groups[i], 16);
  }
  return out;
}

}  // namespace

std::string to_string(const IpAddress& address) {
  if (address.version == IpVersion::v6) return to_string_v6(address.octets);
  std::string out;
  append_v4(out, address.octets.data());
  return out;
}

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> copy{};  // inet_pton wants a NUL behind it
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(text, copy.begin());
  IpAddress address;
  if (inet_pton(AF_INET, copy.data(), address.octets.data()) == 1) return address;
  address.version = IpVersion::v6;
  if (inet_pton(AF_INET6, copy.data(), address.octets.data()) == 1) return address;
  return std::nullopt;
}

std::string to_string(const Endpoint& endpoint) {
  std::string out = to_string(endpoint.address);
  if (endpoint.address.version == IpVersion::v6) out = '[' + out + ']';
  out += ':';
  append(out, endpoint.port, 10);
  return out;
}

}  // namespace smtpscope::net
