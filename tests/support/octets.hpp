#pragma once
// Octets of a frame, written one after the other, in network byte order unless said otherwise.
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smtpscope::test {

using Octets = std::vector<std::uint8_t>;

inline void put8(Octets& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put16(Octets& out, std::size_t value) {
  put8(out, value >> 8);
  put8(out, value);
}
inline void put32(Octets& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
inline void put16_little(Octets& out, std::size_t value) {
  put8(out, value);
  put8(out, value >> 8);
}
inline void put32_little(Octets& out, std::uint32_t value) {
  put16_little(out, value & 0xffff);
  put16_little(out, value >> 16);
}
inline void put(Octets& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

inline void set16(Octets& out, std::size_t at, std::size_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

// The Internet checksum (RFC 1071) over what it has been given.
[[nodiscard]] inline std::uint16_t internet_checksum(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i] << 8) : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace smtpscope::test
