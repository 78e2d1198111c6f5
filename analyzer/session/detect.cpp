#include "analyzer/session/detect.hpp"

#include "analyzer/session/builder.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/reply.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::session {
namespace {

constexpr std::array<std::string_view, 5> client_words = {"EHLO ", "HELO ", "LHLO ", "MAIL FROM:", "RCPT TO:"};

// What only a client of mail says: its greeting, or the envelope where the beginning is missing.
bool is_mail_command(std::string_view text) noexcept {
  return std::ranges::any_of(client_words, [text](std::string_view word) {
    return ascii::starts_no_case(text, word);
  });
}

bool is_greeting(std::string_view text) noexcept {
  return smtp::looks_like_reply(text) && text.starts_with("220");
}

bool is_mail_greeting(std::string_view text) noexcept {
  return is_greeting(text) &&
         (ascii::contains_no_case(text, "SMTP") || ascii::contains_no_case(text, "LMTP"));
}

}  // namespace

std::optional<Side> sender_of(const net::Segment& segment) noexcept {
  if (segment.flags.syn) return segment.flags.ack ? Side::server : Side::client;
  const bool from_mail = is_mail_port(segment.source.port);
  const bool to_mail = is_mail_port(segment.destination.port);
  if (from_mail != to_mail) return from_mail ? Side::server : Side::client;
  const std::string_view text = as_text(segment.payload);
  if (is_mail_command(text)) return Side::client;
  if (is_mail_greeting(text)) return Side::server;
  return std::nullopt;
}

Likeness likeness_of(Side side, std::string_view first_octets) noexcept {
  if (side == Side::client) return is_mail_command(first_octets) ? Likeness::mail : Likeness::other;
  if (is_mail_greeting(first_octets)) return Likeness::mail;
  return is_greeting(first_octets) ? Likeness::maybe : Likeness::other;
}

}  // namespace smtpscope::session
