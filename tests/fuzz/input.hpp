#pragma once
// What a fuzz target makes its steps of: the octets of an input, taken from the front. Behind their
// end there are zeros.
#include "dissectors/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace smtpscope::fuzz {

class Input {
 public:
  explicit Input(Bytes bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::uint8_t octet() {
    const Bytes taken = octets(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  [[nodiscard]] std::uint16_t two() {
    const std::uint8_t high = octet();
    return static_cast<std::uint16_t>(high << 8 | octet());
  }
  [[nodiscard]] Bytes octets(std::size_t count) {
    const Bytes taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  Bytes bytes_;
};

}  // namespace smtpscope::fuzz
