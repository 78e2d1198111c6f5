#pragma once
// Octets as digits.
#include "dissectors/base/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace smtpscope {

// Two small digits for each octet.
[[nodiscard]] inline std::string hex(Bytes octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const std::uint8_t octet : octets) {
    text += digits[octet >> 4U];
    text += digits[octet & 0xfU];
  }
  return text;
}

}  // namespace smtpscope
