#include "dissectors/smtp/reply.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::smtp {
namespace {

// What most servers say to EHLO: a reply of several lines is nearly always that one, and has room
// for it at once.
constexpr std::size_t lines_of_hello = 8;

bool starts_with_code(std::string_view text) noexcept {
  return text.size() >= 3 && ascii::is_digit(text[0]) && ascii::is_digit(text[1]) &&
         ascii::is_digit(text[2]);
}

std::uint16_t code_of(std::string_view text) noexcept {
  return static_cast<std::uint16_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
}

// Up to three digits; nothing if there is none or more.
std::optional<std::uint16_t> take_number(std::string_view& text) noexcept {
  std::uint16_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && ascii::is_digit(text[digits])) {
    if (++digits > 3) return std::nullopt;
    value = static_cast<std::uint16_t>(value * 10 + (text[digits - 1] - '0'));
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take_point(std::string_view& text) noexcept {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

bool Reply::has(ReplyFlaw flaw) const noexcept {
  return std::ranges::find(flaws, flaw) != flaws.end();
}

bool looks_like_reply(std::string_view text) noexcept {
  return starts_with_code(text) && (text.size() == 3 || text[3] == ' ' || text[3] == '-' ||
                                    text[3] == '\r' || text[3] == '\n');
}

std::optional<EnhancedCode> parse_enhanced(std::string_view text) noexcept {
  if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5')) return std::nullopt;
  EnhancedCode code;
  code.class_digit = static_cast<std::uint8_t>(text[0] - '0');
  text.remove_prefix(1);
  if (!take_point(text)) return std::nullopt;
  const auto subject = take_number(text);
  if (!subject || !take_point(text)) return std::nullopt;
  const auto detail = take_number(text);
  if (!detail || (!text.empty() && !ascii::is_blank(text.front()))) return std::nullopt;
  code.subject = *subject;
  code.detail = *detail;
  return code;
}

void ReplyReader::flaw(ReplyFlaw flaw) {
  if (!open_->has(flaw)) open_->flaws.push_back(flaw);
}

void ReplyReader::add_line(std::string_view text) {
  if (open_->text.size() >= limits_.lines || octets_ + text.size() > limits_.octets) {
    flaw(ReplyFlaw::over_limit);
    return;
  }
  octets_ += text.size();
  open_->text.emplace_back(text);
}

void ReplyReader::take_stray(const Line& line) {
  flaw(ReplyFlaw::no_code);
  if (open_->strays.size() < limits_.strays) open_->strays.emplace_back(line.text.substr(0, 512));
}

void ReplyReader::begin(const Line& line) {
  open_.emplace();
  open_->extent.begin = line.extent.begin;
  open_->begun = line.begun;
  octets_ = 0;
}

Boxed<Reply> ReplyReader::take_unfinished() noexcept { return std::exchange(unfinished_, {}); }

std::optional<Reply> ReplyReader::take(const Line& line, OtherCode other) {
  if (!open_) begin(line);
  const bool another = other == OtherCode::another_reply && !open_->text.empty() &&
                       looks_like_reply(line.text) && code_of(line.text) != open_->first_code;
  if (another) {
    flaw(ReplyFlaw::unfinished);
    unfinished_ = std::move(*open_);
    begin(line);
  }
  open_->extent.end = line.extent.end;
  open_->origin = line.origin;
  open_->peer_acknowledged = line.peer_acknowledged;
  if (!starts_with_code(line.text)) {
    take_stray(line);
    return std::nullopt;
  }
  const std::uint16_t code = code_of(line.text);
  if (code < 200 || code > 599) flaw(ReplyFlaw::bad_code);
  if (open_->first_code == 0 && open_->text.empty()) {
    open_->first_code = code;
  } else if (code != open_->first_code) {
    flaw(ReplyFlaw::code_changed);
  }
  open_->code = code;
  if (line.end == LineEnd::lf) flaw(ReplyFlaw::bare_lf);
  if (line.dropped > 0) flaw(ReplyFlaw::over_limit);

  std::string_view text = line.text.substr(3);
  const bool more = text.starts_with('-');
  if (!text.empty() && !more && !ascii::is_blank(text.front())) {
    flaw(ReplyFlaw::bad_separator);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  if (open_->text.empty()) {
    open_->enhanced = parse_enhanced(text);
    if (more) open_->text.reserve(lines_of_hello);
  }
  add_line(text);
  if (more) return std::nullopt;
  return std::exchange(open_, std::nullopt);
}

std::optional<Reply> ReplyReader::cut() {
  if (!open_) return std::nullopt;
  flaw(ReplyFlaw::cut_short);
  return std::exchange(open_, std::nullopt);
}

}  // namespace smtpscope::smtp
