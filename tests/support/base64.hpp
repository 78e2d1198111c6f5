#pragma once
// Base64 as RFC 4648 writes it, with padding: what clients put behind AUTH.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpscope::test {

[[nodiscard]] inline std::string base64(std::string_view octets) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::string_view three = octets.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = (bits << 8) | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= three.size() ? alphabet[(bits >> (18 - 6 * i)) & 0x3fU] : '=';
    }
  }
  return out;
}

}  // namespace smtpscope::test
