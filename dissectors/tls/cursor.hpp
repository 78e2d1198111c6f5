#pragma once
// Reads TLS's numbers and vectors (RFC 8446, 3) one after the other. Past the end everything is
// zero or empty, and ok() says so: the caller asks once, at the end.
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace smtpscope::tls {

class Cursor {
 public:
  explicit Cursor(Bytes octets) noexcept : rest_(octets) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  [[nodiscard]] Bytes rest() const noexcept { return rest_; }

  // A number of so many octets, 4 at most.
  [[nodiscard]] std::uint32_t number(std::size_t octets) noexcept {
    std::uint32_t value = 0;
    for (const std::uint8_t octet : bytes(octets)) value = (value << 8) | octet;
    return value;
  }
  [[nodiscard]] std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
  [[nodiscard]] Bytes bytes(std::size_t count) noexcept {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  // A vector behind its length of so many octets.
  [[nodiscard]] Bytes vector(std::size_t length_octets) noexcept {
    return bytes(number(length_octets));
  }

 private:
  Bytes rest_;
  bool ok_ = true;
};

}  // namespace smtpscope::tls
