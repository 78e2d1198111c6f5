#include "dissectors/smtp/ntlm.hpp"

#include <cstddef>
#include <cstdint>

namespace smtpscope::smtp {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view signature = "NTLMSSP\0"sv;
constexpr std::uint32_t challenge_type = 2;
constexpr std::uint32_t authenticate_type = 3;
constexpr std::uint32_t unicode_flag = 1;

enum class Encoding : std::uint8_t { oem, utf16 };

std::uint32_t le(std::string_view octets, std::size_t at, std::size_t count) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;)
    value = (value << 8) | static_cast<unsigned char>(octets[at + i]);
  return value;
}

// One row of the table of lengths and offsets.
std::string_view field(std::string_view message, std::size_t row) noexcept {
  if (row + 8 > message.size()) return {};
  const std::size_t length = le(message, row, 2);
  const std::size_t offset = le(message, row + 4, 4);
  if (offset > message.size() || length > message.size() - offset) return {};
  return message.substr(offset, length);
}

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto put = [&](std::uint32_t octet) { out.push_back(static_cast<char>(octet)); };
  if (rune < 0x80) return put(rune);
  if (rune < 0x800) {
    put(0xc0 | rune >> 6);
  } else if (rune < 0x10000) {
    put(0xe0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3f));
  } else {
    put(0xf0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3f));
    put(0x80 | (rune >> 6 & 0x3f));
  }
  put(0x80 | (rune & 0x3f));
}

// A half of a pair that stands alone becomes the replacement character; an odd octet at the end is
// dropped.
std::string utf8_of_utf16(std::string_view octets) {
  constexpr std::uint32_t replacement = 0xfffd;
  std::string out;
  for (std::size_t at = 0; at + 2 <= octets.size(); at += 2) {
    std::uint32_t unit = le(octets, at, 2);
    const bool high = unit >= 0xd800 && unit < 0xdc00;
    const std::uint32_t next = high && at + 4 <= octets.size() ? le(octets, at + 2, 2) : 0;
    if (next >= 0xdc00 && next < 0xe000) {
      unit = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
      at += 2;
    } else if (unit >= 0xd800 && unit < 0xe000) {
      unit = replacement;
    }
    append_utf8(out, unit);
  }
  return out;
}

std::string decoded(std::string_view octets, Encoding encoding) {
  return encoding == Encoding::utf16 ? utf8_of_utf16(octets) : std::string(octets);
}

Encoding encoding_by(std::string_view message, std::size_t flags) noexcept {
  return (le(message, flags, 4) & unicode_flag) != 0 ? Encoding::utf16 : Encoding::oem;
}

// The message of this type, if it is in the octets and has its table.
std::optional<std::string_view> find_message(std::string_view octets, std::uint32_t type,
                                             std::size_t least) noexcept {
  const std::size_t begin = octets.find(signature);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string_view message = octets.substr(begin);
  if (message.size() < least || le(message, signature.size(), 4) != type) return std::nullopt;
  return message;
}

}  // namespace

std::optional<NtlmNames> parse_ntlm_authenticate(std::string_view octets) {
  constexpr std::size_t lm = 12, nt = 20, domain = 28, user = 36, workstation = 44,
                        session_key = 52, flags = 60;
  const auto message = find_message(octets, authenticate_type, session_key);
  if (!message) return std::nullopt;
  // The oldest clients send neither a session key nor flags: their payload begins there, and is not
  // Unicode.
  bool has_flags = message->size() >= flags + 4;
  for (const std::size_t row : {domain, user, workstation}) {
    const bool over_flags = le(*message, row, 2) != 0 && le(*message, row + 4, 4) < flags + 4;
    if (over_flags) has_flags = false;
  }
  const Encoding encoding = has_flags ? encoding_by(*message, flags) : Encoding::oem;
  NtlmNames names;
  names.user = decoded(field(*message, user), encoding);
  names.domain = decoded(field(*message, domain), encoding);
  names.workstation = decoded(field(*message, workstation), encoding);
  names.proofs = {field(*message, lm), field(*message, nt)};
  if (has_flags) names.proofs.push_back(field(*message, session_key));
  return names;
}

std::optional<std::string> parse_ntlm_challenge(std::string_view octets) {
  constexpr std::size_t target = 12, flags = 20, end_of_challenge = 32;
  const auto message = find_message(octets, challenge_type, end_of_challenge);
  if (!message) return std::nullopt;
  return decoded(field(*message, target), encoding_by(*message, flags));
}

}  // namespace smtpscope::smtp
