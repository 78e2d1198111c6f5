#pragma once
// An IPv4 or IPv6 address, and an endpoint of TCP.
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::net {

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

struct IpAddress {
  IpVersion version = IpVersion::v4;
  std::array<std::uint8_t, 16> octets{};  // v4: the first four, the rest zero

  // By version, then octet by octet. Compared as two numbers: each packet's addresses are, several
  // times.
  friend bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
    return a.version == b.version && a.half(0) == b.half(0) && a.half(1) == b.half(1);
  }
  friend std::strong_ordering operator<=>(const IpAddress& a, const IpAddress& b) noexcept {
    if (a.version != b.version) return a.version <=> b.version;
    const std::size_t at = a.half(0) != b.half(0) ? 0 : 1;
    return in_order(a.half(at)) <=> in_order(b.half(at));
  }

 private:
  // As it lies in memory.
  [[nodiscard]] std::uint64_t half(std::size_t which) const noexcept {
    return std::bit_cast<std::array<std::uint64_t, 2>>(octets)[which];
  }
  // The first octet counts most.
  [[nodiscard]] static std::uint64_t in_order(std::uint64_t half) noexcept {
    if constexpr (std::endian::native == std::endian::big) return half;
    return __builtin_bswap64(half);
  }
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
