#pragma once
// Numbers in a file whose writer chose the byte order.
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace smtpscope::capture {

enum class ByteOrder : std::uint8_t { ours, swapped };

[[nodiscard]] inline std::uint16_t number16(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  std::uint16_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return order == ByteOrder::ours ? value : __builtin_bswap16(value);
}
[[nodiscard]] inline std::uint32_t number32(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return order == ByteOrder::ours ? value : __builtin_bswap32(value);
}
// Two halves, as pcapng's times have: the high one first whatever the byte order.
[[nodiscard]] inline std::uint64_t halves64(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  return (static_cast<std::uint64_t>(number32(bytes, at, order)) << 32) |
         number32(bytes, at + 4, order);
}
[[nodiscard]] inline std::uint64_t number64(Bytes bytes, std::size_t at, ByteOrder order) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return order == ByteOrder::ours ? value : __builtin_bswap64(value);
}

}  // namespace smtpscope::capture
