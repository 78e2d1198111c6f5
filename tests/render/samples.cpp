#include "tests/render/samples.hpp"

#include "tests/support/session_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace smtpscope::test {

Told told_of(std::string_view script) {
  Told told{session_of(script), {}, {}};
  told.verdict.text = "Nothing to say.";
  for (const session::Transaction& transaction : told.session.transactions) {
    told.verdict.transactions.push_back(
        {{}, {}, {}, std::vector<delivery::Reason>(transaction.recipients.size())});
  }
  return told;
}

Told delivered() {
  Told told = told_of(R"(
    connect
    S: 220 mx.example.com ESMTP
    C: EHLO client.example.net
    S: 250-mx.example.com\r\n250-PIPELINING\r\n250 SIZE 10240000
    C: MAIL FROM:<alice@example.net> SIZE=30
    S: 250 2.1.0 Ok
    C: RCPT TO:<bob@example.com>
    wait 2s
    S: 250 2.1.5 Ok
    C: DATA
    S: 354 Go on
    C: Subject: lunch\r\nMessage-ID: <1@example.net>\r\n\r\nAt noon?
    C: .
    S: 250 2.0.0 Ok: queued as 4F1A2
    C: QUIT
    S: 221 2.0.0 Bye
    close
  )");
  told.verdict.outcome = delivery::Outcome::delivered;
  told.verdict.fault = delivery::Fault::none;
  told.verdict.reply = "250 2.0.0 Ok: queued as 4F1A2";
  told.verdict.text = "The server took the message.";
  return told;
}

Told refused() {
  Told told = told_of(R"(
    connect
    S: 220 mx.example.com ESMTP
    C: EHLO client.example.net
    S: 250 mx.example.com
    C: MAIL FROM:<alice@example.net>
    S: 250 2.1.0 Ok
    C: RCPT TO:<bob@example.com>
    S: 550-5.1.1 No such user\r\n550 5.1.1 Ask the postmaster
    C: QUIT
    S: 221 2.0.0 Bye
    close
  )");
  const Origin reply = told.session.exchanges.at(3).replies.at(0).origin;
  told.findings.push_back(
      {findings::RuleId::delivery_refused, "The server refused bob@example.com.", {reply}, 3});
  told.verdict.outcome = delivery::Outcome::rejected;
  told.verdict.reason = "userunknown";
  told.verdict.reply = "550 5.1.1 No such user";
  told.verdict.decided_at = reply;
  told.verdict.permanent = true;
  told.verdict.fault = delivery::Fault::recipient;
  told.verdict.text = "The server refused the only recipient.";
  told.verdict.advice = "Check the address.";
  told.verdict.transactions.at(0) = {"userunknown", {}, {}, {"userunknown"}};
  return told;
}

std::string json_of(const Told& told, render::Secrets secrets) {
  std::string out;
  render::write_json(out, told.session, told.findings, told.verdict, {secrets});
  return out;
}

std::string text_of(const Told& told, const render::TextOptions& options) {
  std::string out;
  render::render_session(out, told.session, told.findings, told.verdict, options);
  return out;
}

std::string in_script(std::string_view octets) {
  std::string out;
  for (const char octet : octets)
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(octet));
  return out;
}

std::string without_colour(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t code = std::min(text.find("\x1b["), text.size());
    out += text.substr(0, code);
    text.remove_prefix(code);
    if (!text.empty()) text.remove_prefix(std::min(text.find('m') + 1, text.size()));
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// A decoder of its own, so that a fault of the one that is tested does not hide itself.
bool is_safe(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto octet = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const std::uint32_t first = octet(0);
    if (first < 0x80) {
      if ((first < 0x20 && first != '\n') || first == 0x7f) return false;
      ++at;
      continue;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return false;
    std::uint32_t code = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((octet(i) & 0xc0U) != 0x80U) return false;
      code = (code << 6) | (octet(i) & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_control = code < 0xa0;
    const bool is_bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
                         code == 0x200e || code == 0x200f || code == 0x061c;
    const bool is_separator = code == 0x2028 || code == 0x2029;
    const bool is_invisible = (code >= 0x200b && code <= 0x200d) || code == 0xfeff || code == 0xad;
    const bool is_no_character =
        code < least[length] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff;
    if (is_control || is_bidi || is_separator || is_invisible || is_no_character) return false;
    at += length;
  }
  return true;
}

}  // namespace smtpscope::test
