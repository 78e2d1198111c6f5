#pragma once
// The text of a reply as rules see it: what differs from mail to mail is gone, so that a pattern
// looks at the server's own words alone (<virus@example.com> is no virus), and the same refusal is
// the same text each time.
//
//     550-5.1.1 The email account  <Bob@Example.COM>            550, 5.1.1,
//     550 5.1.1 does not exist at [192.0.2.1]          ->       "the email account @ does not exist at %"
//
// Lines are joined by a blank, without the code and the enhanced code before them; letters of ASCII
// are small, white space is one blank, a mail address is "@", an IP address is "%". Other octets
// stay as they are.
#include "dissectors/smtp/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::delivery {

struct ReplyTextLimits {
  // Of the text. What tells the reason stands at its beginning; the rest are pages to read and tags
  // of the server.
  std::size_t octets = 2048;
};

class ReplyText {
 public:
  explicit ReplyText(ReplyTextLimits limits = {}) : buffer_(limits.octets, '\0') {}

  // Takes a whole reply: lines with or without codes, parted by LF. Used again, it needs no new
  // memory.
  void read(std::string_view reply);
  // The same from a session.
  void read(const smtp::Reply& reply);

  // 0: it has none. Outside 200..599 it is part of the text.
  [[nodiscard]] std::uint16_t code() const noexcept { return code_; }
  // The one behind the reply code; else the first one inside the text, as in "(#5.1.1)", that is of
  // the same class as the reply code.
  [[nodiscard]] const std::optional<smtp::EnhancedCode>& enhanced() const noexcept {
    return enhanced_;
  }
  // The first digit, of either code; 0 if there is none.
  [[nodiscard]] unsigned first_digit() const noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {buffer_.data(), size_}; }

  // The first mail address, IP address and web page that it names, as they stand there, without
  // brackets; empty if there is none. They live as long as what was read.
  [[nodiscard]] std::string_view address() const noexcept { return address_; }
  [[nodiscard]] std::string_view ip() const noexcept { return ip_; }
  [[nodiscard]] std::string_view page() const noexcept { return page_; }

 private:
  void begin() noexcept;
  void take_line(std::string_view line) noexcept;
  void finish() noexcept;
  void put(char c) noexcept {
    if (size_ < buffer_.size()) buffer_[size_++] = c;
  }
  void put_blank() noexcept {
    if (size_ > 0 && buffer_[size_ - 1] != ' ') put(' ');
  }
  void drop_last(char c) noexcept {
    if (size_ > 0 && buffer_[size_ - 1] == c) --size_;
  }
  // What may begin or lie at this place of the line; they give the place behind what they took.
  std::size_t take_at_sign(std::string_view line, std::size_t at) noexcept;
  std::size_t take_point(std::string_view line, std::size_t at) noexcept;
  std::size_t take_colon(std::string_view line, std::size_t at) noexcept;
  std::size_t put_ip(std::string_view line, std::size_t begin, std::size_t at,
                     std::size_t end) noexcept;
  void note_code_inside(std::string_view line, std::size_t at) noexcept;
  void note_page(std::string_view line, std::size_t at) noexcept;

  std::string buffer_;  // as long as the limit, always
  std::size_t size_ = 0;
  std::uint16_t code_ = 0;
  std::optional<smtp::EnhancedCode> enhanced_;
  std::optional<smtp::EnhancedCode> inside_;  // in the text
  std::string_view address_, ip_, page_;
};

}  // namespace smtpscope::delivery
