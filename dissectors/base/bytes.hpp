#pragma once
// Views of octets as they were on the wire, and the few ways to read numbers from them.
//
// A view never owns. Whoever hands one out says until when it lives.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace smtpscope {

using Bytes = std::span<const std::uint8_t>;

// The same octets seen as text. No conversion, no check: any octet may be in it.
[[nodiscard]] inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Big-endian numbers (network byte order) at `at`. The caller has checked that they lie inside.
[[nodiscard]] constexpr std::uint16_t be16(Bytes bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}
[[nodiscard]] constexpr std::uint32_t be32(Bytes bytes, std::size_t at) noexcept {
  return (static_cast<std::uint32_t>(be16(bytes, at)) << 16) | be16(bytes, at + 2);
}

}  // namespace smtpscope
