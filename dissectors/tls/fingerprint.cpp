#include "dissectors/tls/fingerprint.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/tls/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace smtpscope::tls {
namespace {

constexpr std::uint16_t server_name = 0, alpn = 16;

bool is_grease(std::uint16_t number) noexcept {
  return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

std::vector<std::uint16_t> types_of(const std::vector<Extension>& extensions) {
  std::vector<std::uint16_t> types;
  types.reserve(extensions.size());
  for (const Extension& extension : extensions) types.push_back(extension.type);
  return types;
}

template <typename Numbers>
std::string decimals(const Numbers& numbers) {
  std::string text;
  for (const std::uint16_t number : numbers) {
    if (is_grease(number)) continue;
    text += fmt::format("{}{}", text.empty() ? "" : "-", number);
  }
  return text;
}

std::string hexadecimals(const std::vector<std::uint16_t>& numbers) {
  std::string text;
  for (const std::uint16_t number : numbers)
    text += fmt::format("{}{:04x}", text.empty() ? "" : ",", number);
  return text;
}

std::string short_hash(std::string_view text) {
  return text.empty() ? "000000000000" : hex_digest(Hash::sha256, text).substr(0, 12);
}

std::string_view version_of(std::uint16_t version) noexcept {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    default:
      return "00";
  }
}

// The first and the last character of the first protocol.
std::string ends_of_alpn(const ClientHello& hello) {
  if (hello.alpn.empty() || hello.alpn.front().empty()) return "00";
  const std::string& first = hello.alpn.front();
  if (ascii::is_alnum(first.front()) && ascii::is_alnum(first.back()))
    return {first.front(), first.back()};
  const std::string digits = fmt::format("{:02x}{:02x}", static_cast<unsigned char>(first.front()),
                                         static_cast<unsigned char>(first.back()));
  return {digits.front(), digits.back()};
}

std::vector<std::uint16_t> without_grease(std::vector<std::uint16_t> numbers) {
  std::erase_if(numbers, is_grease);
  return numbers;
}

}  // namespace

std::string ja3(const ClientHello& hello) {
  return hex_digest(Hash::md5, fmt::format("{},{},{},{},{}", hello.version, decimals(hello.suites),
                                           decimals(types_of(hello.extensions)),
                                           decimals(hello.groups), decimals(hello.point_formats)));
}

std::string ja3s(const ServerHello& hello) {
  const std::uint16_t legacy = std::min<std::uint16_t>(hello.version, 0x0303);
  return hex_digest(Hash::md5, fmt::format("{},{},{}", legacy, hello.suite,
                                           decimals(types_of(hello.extensions))));
}

std::string ja4(const ClientHello& hello) {
  std::vector<std::uint16_t> suites = without_grease(hello.suites);
  std::vector<std::uint16_t> extensions = without_grease(types_of(hello.extensions));
  const bool has_name = std::ranges::find(extensions, server_name) != extensions.end();
  const std::string head =
      fmt::format("t{}{}{:02}{:02}{}", version_of(hello.highest_version()), has_name ? 'd' : 'i',
                  std::min<std::size_t>(suites.size(), 99),
                  std::min<std::size_t>(extensions.size(), 99), ends_of_alpn(hello));
  std::ranges::sort(suites);
  std::erase_if(extensions, [](std::uint16_t type) { return type == server_name || type == alpn; });
  std::ranges::sort(extensions);
  std::string rest = hexadecimals(extensions);
  const std::vector<std::uint16_t> signatures = without_grease(hello.signatures);
  if (!rest.empty() && !signatures.empty()) rest += '_' + hexadecimals(signatures);
  return fmt::format("{}_{}_{}", head, short_hash(hexadecimals(suites)), short_hash(rest));
}

}  // namespace smtpscope::tls
