#include "analyzer/session/detect.hpp"

#include "analyzer/session/builder.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/reply.hpp"

#include <algorithm>

namespace smtpscope::session {
namespace {

bool contains_no_case(std::string_view text, std::string_view what) noexcept {
  const auto same = [](char a, char b) { return ascii::to_upper(a) == ascii::to_upper(b); };
  return std::search(text.begin(), text.end(), what.begin(), what.end(), same) != text.end();
}

bool is_hello(std::string_view text) noexcept {
  return ascii::starts_no_case(text, "EHLO ") || ascii::starts_no_case(text, "HELO ") ||
         ascii::starts_no_case(text, "LHLO ");
}

bool is_mail_greeting(std::string_view text) noexcept {
  return smtp::looks_like_reply(text) && text.starts_with("220") &&
         (contains_no_case(text, "SMTP") || contains_no_case(text, "LMTP"));
}

}  // namespace

std::optional<Side> sender_of(const net::Segment& segment) noexcept {
  if (segment.flags.syn) return segment.flags.ack ? Side::server : Side::client;
  const bool from_mail = is_mail_port(segment.source.port);
  const bool to_mail = is_mail_port(segment.destination.port);
  if (from_mail != to_mail) return from_mail ? Side::server : Side::client;
  const std::string_view text = as_text(segment.payload);
  if (is_hello(text) || ascii::starts_no_case(text, "MAIL FROM:") || ascii::starts_no_case(text, "RCPT TO:")) {
    return Side::client;
  }
  if (is_mail_greeting(text)) return Side::server;
  return std::nullopt;
}

Likeness likeness_of(Side side, std::string_view first_octets) noexcept {
  if (side == Side::client) {
    const bool command = is_hello(first_octets) || ascii::starts_no_case(first_octets, "MAIL FROM:") ||
                         ascii::starts_no_case(first_octets, "RCPT TO:");
    return command ? Likeness::mail : Likeness::other;
  }
  if (is_mail_greeting(first_octets)) return Likeness::mail;
  return smtp::looks_like_reply(first_octets) && first_octets.starts_with("220") ? Likeness::maybe
                                                                                   : Likeness::other;
}

}  // namespace smtpscope::session
