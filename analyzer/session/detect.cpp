#include "analyzer/session/detect.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/command.hpp"
#include "dissectors/smtp/reply.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::session {
namespace {

using namespace std::string_view_literals;

// What only a client of mail says. A word that ends in a letter is followed by a blank or the
// line's end.
constexpr std::array client_words = {"EHLO"sv,     "HELO"sv,  "LHLO"sv,     "MAIL FROM:"sv,
                                     "RCPT TO:"sv, "BDAT "sv, "XCLIENT "sv, "XFORWARD "sv};
// What it says as well, and clients of other protocols too.
constexpr std::array shared_words = {"QUIT"sv, "NOOP"sv,     "RSET"sv,
                                     "HELP"sv, "STARTTLS"sv, "DATA"sv};

// Codes of SMTP below 400; those of FTP and NNTP are mostly others. All above 400 are shared.
constexpr std::array<unsigned, 11> codes = {211, 214, 220, 221, 235, 250, 251, 252, 334, 353, 354};

// Lines of the reply to EHLO that a server of anything else does not send.
constexpr std::array extension_words = {
    "PIPELINING"sv, "8BITMIME"sv, "SIZE"sv, "ENHANCEDSTATUSCODES"sv, "STARTTLS"sv, "AUTH"sv,
    "CHUNKING"sv,   "SMTPUTF8"sv, "DSN"sv};

bool begins_with_word(std::string_view line, std::string_view word) noexcept {
  if (!ascii::starts_no_case(line, word)) return false;
  const bool ends_in_letter = ascii::is_alpha(word.back());
  return !ends_in_letter || line.size() == word.size() || ascii::is_blank(line[word.size()]);
}

template <std::size_t count>
bool begins_with_any(std::string_view line,
                     const std::array<std::string_view, count>& words) noexcept {
  return std::ranges::any_of(
      words, [line](std::string_view word) { return begins_with_word(line, word); });
}

// Is it the beginning of such a word, cut off by the end of the segment?
template <std::size_t count>
bool is_beginning_of_any(std::string_view text,
                         const std::array<std::string_view, count>& words) noexcept {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return ascii::starts_no_case(word, text); });
}

bool is_beginning_of_reply(std::string_view text) noexcept {
  return text.size() <= 3 && std::ranges::all_of(text, ascii::is_digit);
}

bool is_text(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) {
    return ascii::is_printable(c) || c == '\t' || c == '\r' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

bool names_mail(std::string_view text) noexcept {
  const bool mail = ascii::contains_no_case(text, "SMTP") || ascii::contains_no_case(text, "LMTP");
  return mail && !ascii::contains_no_case(text, "FTP");
}

unsigned code_of(std::string_view line) noexcept {
  unsigned code = 0;
  for (const char digit : line.substr(0, 3)) code = code * 10 + static_cast<unsigned>(digit - '0');
  return code;
}

// A line that looks like a reply.
Voice voice_of_reply(std::string_view line, bool is_greeting) noexcept {
  const unsigned code = code_of(line);
  const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
  const bool refuses = code >= 400 && code < 600;
  if (is_greeting && code != 220 && !refuses) return Voice::other;
  if ((code == 220 || refuses) && names_mail(text)) return Voice::server;
  if (code == 354) return Voice::server;
  const auto enhanced = smtp::parse_enhanced(text);
  if (enhanced && enhanced->class_digit == code / 100) return Voice::server;
  if (code == 250 && begins_with_any(text, extension_words)) return Voice::server;
  return refuses || std::ranges::find(codes, code) != codes.end() ? Voice::greeting : Voice::other;
}

// The record of a handshake's first message: 1 is ClientHello, 2 ServerHello (RFC 8446, 4 and 5.1).
std::optional<Side> sender_of_hello(std::string_view octets) noexcept {
  if (octets.size() < 6 || octets[0] != 0x16 || octets[1] != 3) return std::nullopt;
  if (octets[5] == 1) return Side::client;
  return octets[5] == 2 ? std::optional(Side::server) : std::nullopt;
}

struct FirstLine {
  std::string_view text;
  std::string_view rest;
  bool whole = false;
};
FirstLine first_line(std::string_view text) noexcept {
  const std::size_t end = text.find('\n');
  FirstLine line;
  line.whole = end != std::string_view::npos;
  line.text = text.substr(0, end);
  if (line.whole) line.rest = text.substr(end + 1);
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return line;
}

bool is_nothing_but_replies(std::string_view text) noexcept {
  if (!text.ends_with('\n')) return false;
  while (!text.empty()) {
    const FirstLine line = first_line(text);
    if (!smtp::looks_like_reply(line.text)) return false;
    text = line.rest;
  }
  return true;
}

}  // namespace

Voice voice_of(std::string_view text, From from) noexcept {
  Voice voice = Voice::silent;
  bool is_first = true;
  while (!text.empty()) {
    const FirstLine line = first_line(text);
    if (begins_with_any(line.text, client_words)) return Voice::client;
    if (smtp::looks_like_reply(line.text)) {
      const Voice reply = voice_of_reply(line.text, is_first && from == From::start);
      const bool may_go_on = !line.whole && reply == Voice::greeting;
      if (reply == Voice::server || reply == Voice::other) return reply;
      if (!may_go_on) voice = reply;
    } else if (line.whole ? !begins_with_any(line.text, shared_words)
                          : !is_beginning_of_any(line.text, client_words) &&
                                !is_beginning_of_any(line.text, shared_words) &&
                                !is_beginning_of_reply(line.text)) {
      if (from == From::start || !is_text(line.text)) return Voice::other;
    }
    if (from == From::middle) break;
    is_first = false;
    text = line.rest;
  }
  return voice;
}

std::optional<Side> speaker_of(std::string_view content) noexcept {
  if (const auto side = sender_of_hello(content)) return side;
  const FirstLine line = first_line(content);
  if (line.whole && smtp::is_surely_command(line.text)) return Side::client;
  if (is_nothing_but_replies(content)) return Side::server;
  return std::nullopt;
}

}  // namespace smtpscope::session
