// The reason of a reply. Rows in order, the first that fits decides: what the text says beyond doubt, then
// the enhanced code (RFC 3463 and the registry), then the reply code in answer to this command.
#include "analyzer/delivery/reasons.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using smtp::Answered;
using smtp::Verb;

constexpr std::uint8_t bits(auto... refused) {
  return static_cast<std::uint8_t>((static_cast<unsigned>(refused) | ...));
}
using enum Refused;
constexpr std::uint8_t anything = 255;
constexpr std::uint8_t at_the_door = bits(connection, hello);
constexpr std::uint8_t envelope = bits(sender, recipient);
constexpr std::uint8_t before_message = bits(connection, hello, sender, recipient);
constexpr std::uint8_t mail = bits(sender, recipient, message);

constexpr EnhancedRange any{};
constexpr EnhancedRange none{.kind = EnhancedRange::Kind::none};
constexpr EnhancedRange x(std::uint16_t subject, std::uint16_t detail) {
  return {EnhancedRange::Kind::some, subject, detail, detail};
}
constexpr EnhancedRange x(std::uint16_t subject, std::uint16_t from, std::uint16_t to) {
  return {EnhancedRange::Kind::some, subject, from, to};
}
constexpr EnhancedRange all_of(std::uint16_t subject) { return x(subject, 0, 999); }

constexpr auto rows = std::to_array<ReplyReason>({
    // ---- TLS and login: the command says enough.
    {400, 599, any, bits(starttls), "", "failedstarttls", "454 4.7.0 TLS not available"},
    {530, 530, any, anything, "starttls", "failedstarttls",
     "530 5.7.0 Must issue a STARTTLS command first"},
    {422, 599, any, bits(login), "", "securityerror", "535 5.7.8 authentication failed"},
    {530, 530, any, anything, "", "securityerror", "530 5.7.0 Authentication required"},
    {534, 535, any, anything, "", "securityerror", "535 5.7.0 not logged in"},
    {538, 538, any, anything, "", "securityerror", "538 5.7.11 encryption required"},

    // ---- What the text says beyond doubt.
    {400, 599, any, anything, "synchronization error|improper command pipelining", "syntaxerror",
     "554 SMTP synchronization error"},
    {400, 499, any, mail, "greylist|graylist|grey-list|gray-list|grey list|gray list", "greylisted",
     "450 4.2.0 <bob@example.com>: Recipient address rejected: Greylisted"},
    {400, 499, x(7, 1), bits(recipient), "try again|come back|retry", "greylisted",
     "451 4.7.1 Please try again in 5 minutes"},
    {400, 499, x(2, 0), bits(recipient), "try again|come back|retry", "greylisted",
     "450 4.2.0 Please try again later"},
    {450, 451, none, bits(recipient), "try again|come back", "greylisted",
     "451 Please come back in a while"},
    {400, 599, all_of(7), bits(recipient), "relay", "norelaying",
     "554 5.7.1 <bob@example.com>: Relay access denied"},
    {400, 599, none, bits(recipient), "relay", "norelaying", "550 relay not permitted"},
    {400, 599, any, mail, "virus|malware|infected", "virusdetected",
     "554 5.7.1 message contains a virus"},
    {400, 599, any, mail, "dmarc|spf record|spf check|spf fail|dkim", "authfailure",
     "550 5.7.1 rejected by the DMARC policy of example.org"},
    {400, 599, any, before_message,
     "reverse dns|ptr record|reverse hostname|cannot find your hostname", "requireptr",
     "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.10]"},
    {400, 599, any, before_message,
     "too many connections|rate limit|too many messages|too many recipients", "ratelimited",
     "421 4.7.0 Too many connections from 192.0.2.10"},
    {400, 599, any, before_message,
     "blacklist|blocklist|block list|dnsbl|blocked using|client host rejected|helo command "
     "rejected",
     "blocked",
     "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using bl.example.net"},
    {400, 599, any, envelope, "sender address rejected", "rejected",
     "553 5.7.1 <alice@example.org>: Sender address rejected: not owned by user"},
    {400, 599, all_of(7), bits(message), "spam|junk mail|unsolicited", "spamdetected",
     "554 5.7.1 taken for spam"},
    {400, 599, none, bits(message), "spam|junk mail|unsolicited", "spamdetected",
     "550 this looks like spam"},
    {500, 599, x(4, 1), bits(recipient), "recipient address rejected", "userunknown",
     "550 5.4.1 Recipient address rejected: Access denied."},

    // ---- The enhanced code. X.1: the address.
    {400, 599, x(1, 0), bits(sender), "", "rejected", "553 5.1.0 sender rejected"},
    {400, 599, x(1, 0), bits(recipient, message), "", "userunknown", "550 5.1.0 Address rejected"},
    {400, 599, x(1, 1), anything, "", "userunknown", "550 5.1.1 User unknown"},
    {400, 599, x(1, 2), anything, "", "hostunknown", "550 5.1.2 Host unknown"},
    {400, 599, x(1, 3), anything, "", "userunknown", "501 5.1.3 Bad recipient address syntax"},
    {400, 599, x(1, 6), anything, "", "hasmoved", "551 5.1.6 gone to another place"},
    {400, 599, x(1, 7, 8), anything, "", "rejected",
     "553 5.1.8 Domain of sender address does not exist"},
    {400, 599, x(1, 10), anything, "", "notaccept", "556 5.1.10 Recipient address has null MX"},

    // ---- X.2: the mailbox.
    {400, 599, x(2, 1), anything, "", "suspend", "550 5.2.1 The account is disabled"},
    {400, 599, x(2, 2), anything, "", "mailboxfull", "552 5.2.2 over quota"},
    {400, 599, x(2, 3), anything, "", "emailtoolarge",
     "552 5.2.3 Message larger than this mailbox takes"},

    // ---- X.3: the mail system.
    {400, 599, x(3, 1), anything, "", "systemfull", "452 4.3.1 Insufficient system storage"},
    {500, 599, x(3, 2), anything, "", "notaccept",
     "554 5.3.2 System not accepting network messages"},
    {400, 599, x(3, 4), anything, "", "emailtoolarge",
     "552 5.3.4 Message size exceeds fixed limit"},
    {400, 599, all_of(3), anything, "", "systemerror", "451 4.3.0 queue file write error"},

    // ---- X.4: network and routing.
    {400, 599, x(4, 7), anything, "", "expired", "554 5.4.7 delivery time expired"},
    {400, 599, all_of(4), anything, "", "networkerror", "554 5.4.6 Too many hops"},

    // ---- X.5: the protocol.
    {400, 599, x(5, 3), anything, "", "ratelimited", "452 4.5.3 Too many recipients"},
    {400, 599, all_of(5), anything, "", "syntaxerror", "503 5.5.1 MAIL first"},

    // ---- X.6: the content.
    {400, 599, all_of(6), anything, "", "contenterror", "554 5.6.0 malformed header"},

    // ---- X.7: security and policy.
    {400, 599, x(7, 10), anything, "", "failedstarttls", "523 5.7.10 Encryption needed"},
    {400, 599, x(7, 25), anything, "", "requireptr",
     "550 5.7.25 validation of the client's address failed"},
    {400, 599, x(7, 20, 26), anything, "", "authfailure",
     "550 5.7.26 several checks of the sender failed"},
    {400, 599, x(7, 27), anything, "", "rejected", "550 5.7.27 Sender address has null MX"},
    {400, 599, x(7, 28), anything, "", "ratelimited", "421 4.7.28 unusual rate of mail"},
    {400, 599, x(7, 29), anything, "", "authfailure", "550 5.7.29 ARC validation failure"},
    {400, 599, x(7, 30), anything, "", "failedstarttls", "550 5.7.30 REQUIRETLS support required"},
    {500, 599, x(7, 606, 649), anything, "", "blocked",
     "550 5.7.606 Access denied, banned sending IP"},
    {400, 499, x(7, 650, 651), anything, "", "badreputation",
     "451 4.7.650 slowed down for its reputation"},
    {400, 599, x(7, 0, 1), at_the_door, "", "blocked", "554 5.7.1 No service for you"},
    {400, 599, x(7, 1), bits(sender), "", "rejected", "550 5.7.1 Access denied"},
    {400, 599, x(7, 1, 2), bits(recipient, message), "", "policyviolation",
     "554 5.7.1 refused by policy"},
    {400, 599, x(7, 0), bits(message), "", "policyviolation",
     "552 5.7.0 content is a security issue"},
    {400, 599, all_of(7), anything, "", "securityerror", "550 5.7.8 not allowed"},

    // ---- The reply code in answer to this command.
    {421, 421, any, anything, "", "systemerror", "421 Service not available"},
    {451, 451, any, anything, "", "systemerror", "451 Local error in processing"},
    {452, 452, any, anything, "", "systemfull", "452 Insufficient storage"},
    {454, 454, any, envelope, "", "securityerror", "454 not now"},
    {500, 504, any, anything, "", "syntaxerror", "501 Syntax error"},
    {521, 521, any, anything, "", "notaccept", "521 No mail here"},
    {523, 523, any, mail, "", "emailtoolarge", "523 too long"},
    {550, 550, any, at_the_door, "", "blocked", "550 Go away"},
    {550, 550, any, bits(sender), "", "rejected", "550 not this sender"},
    {550, 550, any, bits(recipient), "", "userunknown", "550 No such user here"},
    {550, 550, any, bits(message), "", "policyviolation", "550 Message refused"},
    {551, 551, any, bits(recipient, message), "", "hasmoved", "551 User not local"},
    {552, 552, any, bits(recipient), "", "mailboxfull", "552 Mailbox over its quota"},
    {552, 552, any, bits(sender, message), "", "emailtoolarge", "552 Too much mail data"},
    {553, 553, any, bits(sender), "", "rejected", "553 sender name not allowed"},
    {553, 553, any, bits(recipient), "", "userunknown", "553 mailbox name not allowed"},
    {554, 554, any, at_the_door, "", "blocked", "554 No SMTP service here"},
    {554, 554, any, bits(message), "", "policyviolation", "554 Transaction failed"},
    {555, 555, any, anything, "", "syntaxerror", "555 parameter not known"},
    {556, 556, any, anything, "", "notaccept", "556 Domain takes no mail"},
    {400, 599, any, anything, "", "undefined", "450 not now"},
});

bool fits(const EnhancedRange& range, const std::optional<smtp::EnhancedCode>& code) noexcept {
  switch (range.kind) {
    case EnhancedRange::Kind::any_or_none:
      return true;
    case EnhancedRange::Kind::none:
      return !code;
    case EnhancedRange::Kind::some:
      break;
  }
  return code && code->subject == range.subject && code->detail >= range.from &&
         code->detail <= range.to;
}

// `words` in small letters, with "|" between them.
bool says_one_of(const smtp::Reply& reply, std::string_view words) noexcept {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, std::min(words.find('|'), words.size()));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (std::ranges::any_of(reply.text,
                            [&](std::string_view line) { return ascii::contains_no_case(line, word); }))
      return true;
  }
  return false;
}

bool fits(const ReplyReason& row, Refused refused, const smtp::Reply& reply) noexcept {
  return reply.code >= row.code_from && reply.code <= row.code_to &&
         (row.refused & static_cast<std::uint8_t>(refused)) != 0 &&
         fits(row.enhanced, reply.enhanced) && (row.words.empty() || says_one_of(reply, row.words));
}

}  // namespace

Refused refused_by(Answered answered, Verb verb) noexcept {
  if (answered == Answered::greeting) return connection;
  if (answered == Answered::end_of_data) return message;
  switch (verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      return hello;
    case Verb::starttls:
    case Verb::x_anonymoustls:
      return starttls;
    case Verb::auth:
    case Verb::x_exps:
      return login;
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return sender;
    case Verb::rcpt:
      return recipient;
    case Verb::data:
    case Verb::bdat:
    case Verb::burl:
    case Verb::xexch50:
      return message;
    case Verb::unknown:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::xclient:
    case Verb::xforward:
      break;
  }
  return other;
}

std::span<const ReplyReason> reply_reasons() noexcept { return rows; }

Reason reason_of(Answered answered, Verb verb, const smtp::Reply& reply) noexcept {
  const Refused refused = refused_by(answered, verb);
  const auto* const row =
      std::ranges::find_if(rows, [&](const ReplyReason& r) { return fits(r, refused, reply); });
  return row == rows.end() ? Reason{} : row->reason;
}

}  // namespace smtpscope::delivery
