#pragma once
// An IPv4 or IPv6 address, and an endpoint of TCP.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::net {

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

struct IpAddress {
  IpVersion version = IpVersion::v4;
  std::array<std::uint8_t, 16> octets{};  // v4: the first four, the rest zero
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};
// "192.0.2.1", "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string to_string(const IpAddress& address);
// "192.0.2.1", "2001:db8::1" in any of its forms, nothing around it.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text) noexcept;

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
// "192.0.2.1:25", "[2001:db8::1]:25".
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace smtpscope::net
