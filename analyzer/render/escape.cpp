#include "analyzer/render/escape.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace smtpscope::render {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::string_view hex_digits = "0123456789abcdef";

struct Character {
  std::int32_t code = -1;  // below 0: the octet is no UTF-8
  std::size_t octets = 1;
};

// The character at the beginning of `text`, which is not empty.
Character first_of(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t code = -1;
  const auto taken =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size(), 4)), &code);
  if (taken <= 0) return {};
  return {code, static_cast<std::size_t>(taken)};
}

bool is_printable_ascii(std::int32_t code) noexcept { return code >= 0x20 && code < 0x7f; }

// Has the character a picture of its own, that changes nothing around it?
bool is_shown(std::int32_t code) noexcept {
  if (code < 0x80) return is_printable_ascii(code);
  const utf8proc_property_t* const property = utf8proc_get_property(code);
  if (property->ignorable) return false;
  switch (property->category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

void append_hex(std::string& out, std::uint32_t value, unsigned digits) {
  for (unsigned left = digits; left > 0; --left)
    out += hex_digits[(value >> ((left - 1) * 4)) & 0xfU];
}

unsigned hex_digits_of(std::uint32_t value) noexcept {
  unsigned digits = 1;
  while ((value >>= 4) != 0) ++digits;
  return digits;
}

// TAB, LF and CR have a letter in both forms.
char letter_of(std::int32_t code) noexcept {
  switch (code) {
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    default:
      return '\0';
  }
}

void append_visible(std::string& out, std::int32_t code) {
  const auto value = static_cast<std::uint32_t>(code);
  out += '\\';
  if (const char letter = letter_of(code)) {
    out += letter;
  } else if (value < 0x80) {
    out += 'x';
    append_hex(out, value, 2);
  } else {
    out += "u{";
    append_hex(out, value, hex_digits_of(value));
    out += '}';
  }
}

void append_json_unit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  append_hex(out, unit, 4);
}

void append_json_escape(std::string& out, std::int32_t code) {
  const auto value = static_cast<std::uint32_t>(code);
  if (const char letter = letter_of(code)) {
    out += '\\';
    out += letter;
  } else if (value < 0x10000) {
    append_json_unit(out, value);
  } else {  // a surrogate pair (RFC 8259, 7)
    append_json_unit(out, 0xd800 + ((value - 0x10000) >> 10));
    append_json_unit(out, 0xdc00 + ((value - 0x10000) & 0x3ff));
  }
}

// Sixteen octets at a time, as one vector (GCC's and clang's extension).
using Block = std::array<char, 16>;
using Octets16 [[gnu::vector_size(sizeof(Block))]] = std::uint8_t;

template <char also>
bool is_odd(const Block& block) noexcept {
  const auto octets = std::bit_cast<Octets16>(block);
  constexpr std::uint8_t blank = ' ', most = 0x7e - ' ', escape = '\\', other = also;
  const Octets16 from_blank = octets - blank;  // what lies below it is large
  const auto odd = (from_blank > most) | (octets == escape) | (octets == other);
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(odd);
  return (halves[0] | halves[1]) != 0;
}

// Only printable ASCII, no backslash, and no `also`.
template <char also>
bool is_plain_without(std::string_view octets) noexcept {
  Block block;
  if (octets.size() < block.size()) {
    block.fill(' ');
    octets.copy(block.data(), block.size());
    return !is_odd<also>(block);
  }
  const std::string_view last = octets.substr(octets.size() - block.size());
  for (; octets.size() > block.size(); octets.remove_prefix(block.size())) {
    octets.copy(block.data(), block.size());
    if (is_odd<also>(block)) return false;
  }
  last.copy(block.data(), block.size());
  return !is_odd<also>(block);
}

std::size_t width_of(std::int32_t code) noexcept {
  if (is_printable_ascii(code)) return 1;
  return static_cast<std::size_t>(std::max(utf8proc_charwidth(code), 0));
}

}  // namespace

bool is_plain(std::string_view octets) noexcept { return is_plain_without<'\\'>(octets); }
bool is_plain_json(std::string_view octets) noexcept { return is_plain_without<'"'>(octets); }

void append_escaped(std::string& out, std::string_view octets) {
  if (is_plain(octets)) {
    out += octets;
    return;
  }
  while (!octets.empty()) {
    const Character character = first_of(octets);
    if (character.code < 0) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(octets.front()), 2);
    } else if (character.code == '\\') {
      out += "\\\\";
    } else if (is_shown(character.code)) {
      out += octets.substr(0, character.octets);
    } else {
      append_visible(out, character.code);
    }
    octets.remove_prefix(character.octets);
  }
}

std::string escaped(std::string_view octets) {
  std::string out;
  append_escaped(out, octets);
  return out;
}

void append_json_string(std::string& out, std::string_view octets) {
  out += '"';
  while (!octets.empty()) {
    const Character character = first_of(octets);
    if (character.code < 0) {
      out += "\xef\xbf\xbd";  // U+FFFD
    } else if (character.code == '"' || character.code == '\\') {
      out += '\\';
      out += octets.front();
    } else if (is_shown(character.code)) {
      out += octets.substr(0, character.octets);
    } else {
      append_json_escape(out, character.code);
    }
    octets.remove_prefix(character.octets);
  }
  out += '"';
}

std::size_t display_width(std::string_view text) noexcept {
  if (is_plain(text)) return text.size();
  std::size_t width = 0;
  while (!text.empty()) {
    const Character character = first_of(text);
    width += width_of(character.code);
    text.remove_prefix(character.octets);
  }
  return width;
}

std::size_t octets_that_fit(std::string_view text, std::size_t columns) noexcept {
  std::size_t octets = 0;
  std::size_t width = 0;
  while (octets < text.size()) {
    const Character character = first_of(text.substr(octets));
    width += width_of(character.code);
    if (width > columns && octets > 0) break;
    octets += character.octets;
  }
  return octets;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  if (columns > 1) {
    const std::string_view begin = text.substr(0, octets_that_fit(text, columns - 1));
    if (display_width(begin) < columns) out = begin;
  }
  return out += ellipsis;
}

std::string pad_to_width(std::string_view text, std::size_t columns) {
  std::string out(text);
  const std::size_t width = display_width(text);
  if (width < columns) out.append(columns - width, ' ');
  return out;
}

}  // namespace smtpscope::render
