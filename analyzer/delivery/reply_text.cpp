#include "analyzer/delivery/reply_text.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using ascii::is_alnum;
using ascii::is_digit;

// What is put for an octet that stands for itself; 0 for those that have to be looked at.
constexpr std::array<char, 256> plain = [] {
  std::array<char, 256> table{};
  for (std::size_t octet = 0x21; octet < table.size(); ++octet) {
    table[octet] = ascii::to_lower(static_cast<char>(octet));
  }
  for (const char special : {'@', '.', ':'}) table[static_cast<unsigned char>(special)] = 0;
  return table;
}();

constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_octet_of_utf8(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }
// RFC 5322's atext, the dot between atoms, and RFC 6532's UTF-8.
constexpr bool is_local(char c) noexcept {
  return is_alnum(c) || is_octet_of_utf8(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

// The character at `at`, or a blank beyond the line.
constexpr char char_at(std::string_view line, std::size_t at) noexcept {
  return at < line.size() ? line[at] : ' ';
}

// Where the local part that ends before `end` begins; `end` if there is none. A quoted one is no
// longer than an address may be (RFC 5321, 4.5.3.1.1).
std::size_t begin_of_local(std::string_view text, std::size_t end) noexcept {
  constexpr std::size_t quoted_octets_max = 64;
  if (end > 1 && text[end - 1] == '"') {
    const std::size_t floor = end - std::min(end, quoted_octets_max + 2);
    for (std::size_t begin = end - 1; begin-- > floor;) {
      if (text[begin] == '"') return begin;
    }
    return end;
  }
  std::size_t begin = end;
  while (begin > 0 && is_local(text[begin - 1])) --begin;
  return begin;
}

// Behind the domain or the address literal that begins at `at`; `at` if there is none.
std::size_t end_of_domain(std::string_view line, std::size_t at) noexcept {
  constexpr std::size_t literal_octets_max = 64;  // "[IPv6:" and the longest address are far fewer
  if (char_at(line, at) == '[') {
    const std::size_t close = line.substr(at, literal_octets_max).find_first_of("] \t");
    return close != std::string_view::npos && line[at + close] == ']' ? at + close + 1 : at;
  }
  std::size_t end = at;
  const auto is_of_label = [](char c) { return is_alnum(c) || is_octet_of_utf8(c); };
  while (end < line.size()) {
    const char c = line[end];
    const bool between = (c == '.' || c == '-' || c == '_') && end > at;
    if (!is_of_label(c) && !between) break;
    if (c == '.' && line[end - 1] == '.') break;  // "<bob@example.com>... User unknown"
    ++end;
  }
  while (end > at && !is_of_label(line[end - 1])) --end;
  return end;
}

// Up to three digits at `at`, up to 255.
bool skip_octet(std::string_view line, std::size_t& at) noexcept {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < 4 && is_digit(char_at(line, at + digits))) {
    value = value * 10 + static_cast<unsigned>(line[at + digits++] - '0');
  }
  if (digits == 0 || digits > 3 || value > 255) return false;
  at += digits;
  return true;
}

// May an address end here? Not inside a longer number or name.
bool ends_at(std::string_view line, std::size_t at) noexcept {
  const char next = char_at(line, at);
  return !is_alnum(next) && next != ':' && !(next == '.' && is_alnum(char_at(line, at + 1)));
}

// Behind the IPv4 address at `begin`; `begin` if there is none.
std::size_t end_of_v4(std::string_view line, std::size_t begin) noexcept {
  std::size_t at = begin;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && char_at(line, at++) != '.') return begin;
    if (!skip_octet(line, at)) return begin;
  }
  // A port may follow.
  const bool has_port = char_at(line, at) == ':';
  return has_port || ends_at(line, at) ? at : begin;
}

// Behind the IPv6 address at `begin`: eight groups, or fewer with "::" among them (RFC 4291, 2.2).
std::size_t end_of_v6(std::string_view line, std::size_t begin) noexcept {
  std::size_t at = begin;
  unsigned groups = 0;
  bool shortened = false;
  for (;;) {
    if (groups > 0 || shortened || char_at(line, at) == ':') {
      if (char_at(line, at) != ':') break;
      if (char_at(line, at + 1) == ':') {
        if (shortened) return begin;
        shortened = true;
        at += 2;
        if (!is_hex(char_at(line, at))) break;
      } else if (is_hex(char_at(line, at + 1)) && groups > 0) {
        ++at;
      } else {
        break;
      }
    }
    std::size_t digits = 0;
    while (digits < 5 && is_hex(char_at(line, at + digits))) ++digits;
    if (digits == 0 || digits > 4) return begin;
    if (char_at(line, at + digits) == '.') {  // the last 32 bits as IPv4
      const std::size_t end = end_of_v4(line, at);
      if (end == at) break;
      at = end;
      groups += 2;
      break;
    }
    at += digits;
    if (++groups == 8) break;
  }
  const bool whole = shortened ? groups > 0 && groups < 8 : groups == 8;
  return whole && ends_at(line, at) ? at : begin;
}

std::optional<std::uint16_t> code_before(std::string_view line) noexcept {
  if (!smtp::looks_like_reply(line)) {
    if (line.size() < 4 || line[3] != '\t') return std::nullopt;
    if (!is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2])) return std::nullopt;
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (code < 200 || code > 599) return std::nullopt;
  return static_cast<std::uint16_t>(code);
}

// The enhanced code at the beginning of `line`, taken away from it. Some write ":" or "-" behind
// it.
std::optional<smtp::EnhancedCode> take_enhanced(std::string_view& line) noexcept {
  const std::size_t end = std::min(line.find_first_not_of("0123456789."), line.size());
  if (end < 5 || end > 9 ||
      (end < line.size() &&
       std::string_view(" \t:;,-\r").find(line[end]) == std::string_view::npos)) {
    return std::nullopt;
  }
  const auto code = smtp::parse_enhanced(line.substr(0, end));
  if (code) line.remove_prefix(end);
  return code;
}

}  // namespace

unsigned ReplyText::first_digit() const noexcept {
  if (code_ != 0) return code_ / 100U;
  return enhanced_ ? enhanced_->class_digit : 0U;
}

void ReplyText::begin() noexcept {
  size_ = 0;
  code_ = 0;
  enhanced_.reset();
  inside_.reset();
  address_ = ip_ = page_ = {};
}

void ReplyText::finish() noexcept {
  drop_last(' ');
  if (!enhanced_) enhanced_ = inside_;
}

void ReplyText::read(std::string_view reply) {
  begin();
  for (bool first = true; first || !reply.empty(); first = false) {
    std::string_view line = reply.substr(0, reply.find('\n'));
    reply.remove_prefix(std::min(line.size() + 1, reply.size()));
    line = ascii::trim(line);
    const auto code = code_before(line);
    if (code && (first || *code == code_)) {
      code_ = *code;
      line.remove_prefix(std::min<std::size_t>(4, line.size()));
    }
    take_line(line);
  }
  finish();
}

void ReplyText::read(const smtp::Reply& reply) {
  begin();
  code_ = reply.code;
  for (const std::string& line : reply.text) take_line(line);
  finish();
}

void ReplyText::take_line(std::string_view line) noexcept {
  line = ascii::trim(line);
  const auto code = take_enhanced(line);
  if (!enhanced_) enhanced_ = code;
  put_blank();
  for (std::size_t at = 0; at < line.size() && size_ < buffer_.size();) {
    const std::size_t end = std::min(line.size(), at + (buffer_.size() - size_));
    while (at < end) {
      const char c = plain[static_cast<unsigned char>(line[at])];
      if (c == 0) break;
      buffer_[size_++] = c;
      ++at;
    }
    if (at == end) continue;
    switch (line[at]) {
      case '@':
        at = take_at_sign(line, at);
        break;
      case '.':
        at = take_point(line, at);
        break;
      case ':':
        at = take_colon(line, at);
        break;
      default:
        put_blank();
        ++at;
        break;
    }
  }
}

std::size_t ReplyText::take_at_sign(std::string_view line, std::size_t at) noexcept {
  const std::size_t begin = begin_of_local(line, at);
  const std::size_t put_begin =
      begin_of_local(text(), size_);  // elsewhere, where blanks or an address were folded
  const bool has_local = begin != at && put_begin != size_;
  const std::size_t end = has_local ? end_of_domain(line, at + 1) : at + 1;
  if (end == at + 1) {
    put('@');
    return end;
  }
  if (address_.empty()) address_ = line.substr(begin, end - begin);
  size_ = put_begin;
  drop_last('<');
  put('@');
  return char_at(line, end) == '>' ? end + 1 : end;
}

// The address stands in the line from `begin` to `end`; what lies before `at` was put already.
std::size_t ReplyText::put_ip(std::string_view line, std::size_t begin, std::size_t at,
                              std::size_t end) noexcept {
  constexpr std::string_view tag = "ipv6:";  // RFC 5321, 4.1.3
  if (ip_.empty()) ip_ = line.substr(begin, end - begin);
  size_ -= std::min(size_, at - begin);
  if (text().ends_with(tag)) size_ -= tag.size();
  drop_last('[');
  put('%');
  return char_at(line, end) == ']' ? end + 1 : end;
}

std::size_t ReplyText::take_point(std::string_view line, std::size_t at) noexcept {
  const bool between_digits = at > 0 && is_digit(line[at - 1]) && is_digit(char_at(line, at + 1));
  if (between_digits) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 3 && is_digit(line[begin - 1])) --begin;
    const bool is_begin = begin == 0 || (!is_alnum(line[begin - 1]) && line[begin - 1] != '.');
    if (is_begin) {
      const std::size_t end = end_of_v4(line, begin);
      if (end != begin) return put_ip(line, begin, at, end);
      if (at - begin == 1) note_code_inside(line, begin);
    }
  }
  put('.');
  return at + 1;
}

void ReplyText::note_code_inside(std::string_view line, std::size_t at) noexcept {
  if (inside_) return;
  const std::size_t end = std::min(line.find_first_not_of("0123456789.", at), line.size());
  std::string_view word = line.substr(at, end - at);
  while (word.ends_with('.')) word.remove_suffix(1);  // of the sentence
  if (is_alnum(char_at(line, end))) return;
  const auto code = smtp::parse_enhanced(word);
  if (code && (code_ == 0 || code->class_digit == code_ / 100U)) inside_ = code;
}

std::size_t ReplyText::take_colon(std::string_view line, std::size_t at) noexcept {
  const char next = char_at(line, at + 1);
  if (next == '/') note_page(line, at);
  if (is_hex(next) || next == ':') {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 4 && is_hex(line[begin - 1])) --begin;
    const std::string_view before = line.substr(0, begin);
    const bool tagged =
        before.size() >= 5 && ascii::equal_no_case(before.substr(before.size() - 5), "ipv6:");
    const bool is_begin =
        before.empty() || tagged || (!is_alnum(before.back()) && before.back() != ':');
    const std::size_t end = is_begin ? end_of_v6(line, begin) : begin;
    if (end != begin) return put_ip(line, begin, at, end);
  }
  put(':');
  return at + 1;
}

void ReplyText::note_page(std::string_view line, std::size_t at) noexcept {
  if (!page_.empty() || char_at(line, at + 2) != '/') return;
  const std::string_view before = line.substr(0, at);
  for (const std::string_view scheme : {"https", "http"}) {
    if (before.size() < scheme.size()) continue;
    const std::size_t begin = at - scheme.size();
    if (!ascii::equal_no_case(before.substr(begin), scheme)) continue;
    const std::size_t end = std::min(line.find_first_of(" \t\"'<>()[]{}", at), line.size());
    std::string_view page = line.substr(begin, end - begin);
    while (!page.empty() && std::string_view(".,;:!?").find(page.back()) != std::string_view::npos)
      page.remove_suffix(1);
    if (page.size() > scheme.size() + 3) page_ = page;
    return;
  }
}

}  // namespace smtpscope::delivery
