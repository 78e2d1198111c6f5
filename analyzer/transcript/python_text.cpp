#include "analyzer/transcript/python_text.hpp"

#include "dissectors/base/ascii.hpp"

#include <charconv>
#include <cstdint>

namespace smtpscope::transcript {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  const auto octet = [&out](std::uint32_t value) {
    out += static_cast<char>(static_cast<unsigned char>(value));
  };
  if (code < 0x80) {
    octet(code);
  } else if (code < 0x800) {
    octet(0xC0U | (code >> 6U));
    octet(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    octet(0xE0U | (code >> 12U));
    octet(0x80U | ((code >> 6U) & 0x3FU));
    octet(0x80U | (code & 0x3FU));
  } else {
    octet(0xF0U | ((code >> 18U) & 0x07U));
    octet(0x80U | ((code >> 12U) & 0x3FU));
    octet(0x80U | ((code >> 6U) & 0x3FU));
    octet(0x80U | (code & 0x3FU));
  }
}

std::size_t hex_digits_of(char kind) noexcept {
  return kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
}

// What "\" and the rest of `text` stand for; how much of `text` that takes.
std::size_t append_escape(std::string& out, std::string_view text, bool of_bytes) {
  const char kind = text.front();
  if (const std::size_t digits = hex_digits_of(kind); digits > 0 && text.size() > digits) {
    std::uint32_t code = 0;
    const char* const end = text.data() + 1 + digits;
    if (const auto read = std::from_chars(text.data() + 1, end, code, 16);
        read.ec == std::errc() && read.ptr == end) {
      of_bytes
          ? static_cast<void>(out += static_cast<char>(static_cast<unsigned char>(code & 0xFFU)))
          : append_utf8(out, code);
      return 1 + digits;
    }
  }
  switch (kind) {
    case 'r':
      out += '\r';
      break;
    case 'n':
      out += '\n';
      break;
    case 't':
      out += '\t';
      break;
    case '\\':
    case '\'':
    case '"':
      out += kind;
      break;
    default:  // none that repr() writes
      out += '\\';
      out += kind;
  }
  return 1;
}

}  // namespace

std::optional<std::string> python_octets(std::string_view text) {
  const bool of_bytes = text.starts_with('b');
  if (of_bytes) text.remove_prefix(1);
  if (text.empty() || (text.front() != '\'' && text.front() != '"')) return std::nullopt;
  const char quote = text.front();
  text.remove_prefix(1);
  std::string out;
  while (!text.empty() && text.front() != quote) {
    const std::size_t plain = text.find_first_of(quote == '"' ? "\"\\" : "'\\");
    if (plain == std::string_view::npos) return std::nullopt;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.front() != '\\') break;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    text.remove_prefix(append_escape(out, text, of_bytes));
  }
  if (text.empty()) return std::nullopt;
  return out;
}

}  // namespace smtpscope::transcript
