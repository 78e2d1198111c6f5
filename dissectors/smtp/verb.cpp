#include "dissectors/smtp/verb.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace smtpscope::smtp {
namespace {

template <std::uint16_t... code>
constexpr std::array<std::uint16_t, sizeof...(code)> codes{code...};

constexpr Phases phases(auto... phase) {
  return static_cast<Phases>((static_cast<unsigned>(phase) | ...));
}
constexpr Phases anywhere =
    phases(Phase::before_hello, Phase::ready, Phase::has_sender, Phase::has_recipient);
constexpr Phases no_transaction = phases(Phase::ready);
constexpr Phases after_sender = phases(Phase::has_sender, Phase::has_recipient);
constexpr Phases after_recipient = phases(Phase::has_recipient);

constexpr auto rows = std::to_array<VerbInfo>({
    {.verb = Verb::ehlo,
     .name = "EHLO",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250>,
     .failure = codes<550, 554>,
     .syntax = "EHLO domain | address-literal",
     .meaning = "The client says who it is and asks which extensions the server offers. It also "
                "ends a transaction that is open.",
     .example = "EHLO client.example.org",
     .rfc = "RFC 5321, 4.1.1.1"},
    {.verb = Verb::helo,
     .name = "HELO",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250>,
     .failure = codes<550, 554>,
     .syntax = "HELO domain",
     .meaning = "The client says who it is, without asking for extensions. It also ends a "
                "transaction that is open.",
     .example = "HELO client.example.org",
     .rfc = "RFC 5321, 4.1.1.1"},
    {.verb = Verb::lhlo,
     .name = "LHLO",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250>,
     .failure = codes<550, 554>,
     .syntax = "LHLO domain",
     .meaning = "The EHLO of LMTP: the client says who it is and asks which extensions the server "
                "offers.",
     .example = "LHLO mx.example.org",
     .rfc = "RFC 2033, 4.1"},
    {.verb = Verb::mail,
     .name = "MAIL",
     .category = Category::message,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<450, 451, 452, 454, 455, 530, 550, 552, 553, 554, 555>,
     .syntax = "MAIL FROM:<reverse-path> [parameters]",
     .meaning = "Opens a transaction and names the sender, to whom failures are reported. An empty "
                "path, <>, marks a report that must not be answered.",
     .example = "MAIL FROM:<alice@example.org> SIZE=2048",
     .rfc = "RFC 5321, 4.1.1.2"},
    {.verb = Verb::rcpt,
     .name = "RCPT",
     .category = Category::message,
     .phases = after_sender,
     .success = codes<250, 251, 252>,
     .failure = codes<450, 451, 452, 454, 455, 530, 550, 551, 552, 553, 554, 555, 556>,
     .syntax = "RCPT TO:<forward-path> [parameters]",
     .meaning = "Adds one recipient to the transaction. It is sent once for each of them, and each "
                "gets an answer of its own.",
     .example = "RCPT TO:<bob@example.com>",
     .rfc = "RFC 5321, 4.1.1.3"},
    {.verb = Verb::data,
     .name = "DATA",
     .category = Category::message,
     .phases = after_recipient,
     .success = codes<354>,
     .failure = codes<450, 451, 452, 550, 552, 554>,
     .syntax = "DATA",
     .meaning = "Announces the message. After a 354 its lines follow, up to a line that holds one "
                "dot; then the server answers for the message.",
     .example = "DATA",
     .rfc = "RFC 5321, 4.1.1.4"},
    {.verb = Verb::bdat,
     .name = "BDAT",
     .category = Category::message,
     .phases = after_recipient,
     .success = codes<250>,
     .failure = codes<450, 451, 452, 550, 552, 554>,
     .syntax = "BDAT chunk-size [LAST]",
     .meaning = "Sends exactly so many octets of the message right behind this line. LAST marks "
                "the last piece, and its answer is the answer for the message.",
     .example = "BDAT 86 LAST",
     .rfc = "RFC 3030, 2"},
    {.verb = Verb::rset,
     .name = "RSET",
     .category = Category::message,
     .phases = anywhere,
     .success = codes<250>,
     .failure = codes<>,
     .syntax = "RSET",
     .meaning = "Drops the open transaction: sender, recipients and message. The connection, TLS "
                "and the login stay.",
     .example = "RSET",
     .rfc = "RFC 5321, 4.1.1.5"},
    {.verb = Verb::noop,
     .name = "NOOP",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250>,
     .failure = codes<>,
     .syntax = "NOOP [string]",
     .meaning = "Asks for nothing but an answer. Clients use it to see whether the connection "
                "still lives.",
     .example = "NOOP",
     .rfc = "RFC 5321, 4.1.1.9"},
    {.verb = Verb::quit,
     .name = "QUIT",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<221>,
     .failure = codes<>,
     .syntax = "QUIT",
     .meaning = "Ends the session. The server answers 221 and closes the connection; a transaction "
                "that is still open is dropped.",
     .example = "QUIT",
     .rfc = "RFC 5321, 4.1.1.10"},
    {.verb = Verb::vrfy,
     .name = "VRFY",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250, 251, 252>,
     .failure = codes<450, 530, 550, 551, 553, 554>,
     .syntax = "VRFY string",
     .meaning = "Asks whether a user or mailbox exists. Most servers answer 252, which says "
                "nothing either way.",
     .example = "VRFY bob",
     .rfc = "RFC 5321, 4.1.1.6"},
    {.verb = Verb::expn,
     .name = "EXPN",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<250, 252>,
     .failure = codes<450, 530, 550, 554>,
     .syntax = "EXPN string",
     .meaning = "Asks for the members of a mailing list. Nearly every server refuses it.",
     .example = "EXPN staff",
     .rfc = "RFC 5321, 4.1.1.7"},
    {.verb = Verb::help,
     .name = "HELP",
     .category = Category::session,
     .phases = anywhere,
     .success = codes<211, 214>,
     .failure = codes<>,
     .syntax = "HELP [string]",
     .meaning = "Asks the server for a text on its commands, meant for people.",
     .example = "HELP MAIL",
     .rfc = "RFC 5321, 4.1.1.8"},
    {.verb = Verb::starttls,
     .name = "STARTTLS",
     .category = Category::session,
     .phases = no_transaction,
     .success = codes<220>,
     .failure = codes<454, 554>,
     .syntax = "STARTTLS",
     .meaning = "Asks to go on under TLS. After the 220 the handshake begins, and the client says "
                "EHLO again.",
     .example = "STARTTLS",
     .rfc = "RFC 3207, 4"},
    {.verb = Verb::auth,
     .name = "AUTH",
     .category = Category::auth,
     .phases = no_transaction,
     .success = codes<235, 334>,
     .failure = codes<422, 432, 454, 523, 524, 525, 530, 534, 535, 538, 554>,
     .syntax = "AUTH mechanism [initial-response]",
     .meaning = "Logs in with a SASL mechanism. The server may ask with 334 lines before it says "
                "235 or refuses.",
     .example = "AUTH PLAIN AGFsaWNlAHNlY3JldA==",
     .rfc = "RFC 4954, 4"},
    {.verb = Verb::etrn,
     .name = "ETRN",
     .category = Category::session,
     .phases = no_transaction,
     .success = codes<250, 251, 252, 253>,
     .failure = codes<458, 459>,
     .syntax = "ETRN [@]node | #queue",
     .meaning = "Asks the server to try now to deliver what it holds for this host, over a "
                "connection of its own.",
     .example = "ETRN example.org",
     .rfc = "RFC 1985"},
    {.verb = Verb::atrn,
     .name = "ATRN",
     .category = Category::session,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<450, 451, 453, 530>,
     .syntax = "ATRN [domain,domain...]",
     .meaning = "After a login, asks the server to swap roles on this connection and deliver the "
                "mail that waits for the named domains.",
     .example = "ATRN example.org,example.net",
     .rfc = "RFC 2645, 5.2.1"},
    {.verb = Verb::turn,
     .name = "TURN",
     .category = Category::session,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<>,
     .syntax = "TURN",
     .meaning = "Asks to swap the roles of client and server. It proves nothing about who asks, so "
                "it is obsolete and refused.",
     .example = "TURN",
     .rfc = "RFC 821, 3.8; RFC 5321, F.1"},
    {.verb = Verb::burl,
     .name = "BURL",
     .category = Category::message,
     .phases = after_recipient,
     .success = codes<250>,
     .failure = codes<450, 451, 452, 550, 552, 554>,
     .syntax = "BURL imap-url [LAST]",
     .meaning = "Tells a submission server to fetch this part of the message from an IMAP server. "
                "LAST marks the last part.",
     .example = "BURL imap://alice@imap.example.org/Drafts;uidvalidity=7/;uid=1"
                ";urlauth=submit+alice:internal:0123456789abcdef0123456789abcdef LAST",
     .rfc = "RFC 4468, 3"},
    {.verb = Verb::xclient,
     .name = "XCLIENT",
     .category = Category::session,
     .phases = phases(Phase::before_hello, Phase::ready),
     .success = codes<220>,
     .failure = codes<550, 554>,
     .syntax = "XCLIENT name=value...",
     .meaning = "A proxy that the server trusts names the real client. The session then starts "
                "anew with a greeting, as if that client had connected.",
     .example = "XCLIENT NAME=client.example.org ADDR=192.0.2.10",
     .rfc = "no RFC; Postfix, nginx"},
    {.verb = Verb::xforward,
     .name = "XFORWARD",
     .category = Category::session,
     .phases = phases(Phase::before_hello, Phase::ready),
     .success = codes<250>,
     .failure = codes<550>,
     .syntax = "XFORWARD name=value...",
     .meaning = "A server in front of a content filter names the original client, so that logs "
                "show it. Access rules are not affected.",
     .example = "XFORWARD NAME=client.example.org ADDR=192.0.2.10",
     .rfc = "no RFC; Postfix"},
    {.verb = Verb::x_anonymoustls,
     .name = "X-ANONYMOUSTLS",
     .category = Category::session,
     .phases = no_transaction,
     .success = codes<220>,
     .failure = codes<454, 554>,
     .syntax = "X-ANONYMOUSTLS",
     .meaning = "As STARTTLS, between Exchange servers of one organization, which do not check "
                "each other's certificate. The login with X-EXPS follows.",
     .example = "X-ANONYMOUSTLS",
     .rfc = "no RFC; Microsoft Exchange"},
    {.verb = Verb::x_exps,
     .name = "X-EXPS",
     .category = Category::auth,
     .phases = no_transaction,
     .success = codes<235, 334>,
     .failure = codes<454, 530, 534, 535, 538>,
     .syntax = "X-EXPS mechanism [initial-response]",
     .meaning = "As AUTH, between Exchange servers of one organization.",
     .example = "X-EXPS GSSAPI",
     .rfc = "no RFC; Microsoft Exchange"},
    {.verb = Verb::xexch50,
     .name = "XEXCH50",
     .category = Category::message,
     .phases = after_recipient,
     .success = codes<250, 354>,
     .failure = codes<451, 550, 554>,
     .syntax = "XEXCH50 size recipient-number",
     .meaning = "Hands over Exchange's own properties of the message as so many octets. Old "
                "Exchange servers send it to each other before the message.",
     .example = "XEXCH50 768 2",
     .rfc = "no RFC; Microsoft Exchange"},
    {.verb = Verb::send,
     .name = "SEND",
     .category = Category::message,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<451, 452, 552>,
     .syntax = "SEND FROM:<reverse-path>",
     .meaning = "As MAIL, but the text was to appear on the recipient's terminal. Obsolete.",
     .example = "SEND FROM:<alice@example.org>",
     .rfc = "RFC 821, 3.4; RFC 5321, F.6"},
    {.verb = Verb::soml,
     .name = "SOML",
     .category = Category::message,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<451, 452, 552>,
     .syntax = "SOML FROM:<reverse-path>",
     .meaning = "As MAIL, but the text was to appear on the recipient's terminal or, failing that, "
                "to go to the mailbox. Obsolete.",
     .example = "SOML FROM:<alice@example.org>",
     .rfc = "RFC 821, 3.4; RFC 5321, F.6"},
    {.verb = Verb::saml,
     .name = "SAML",
     .category = Category::message,
     .phases = no_transaction,
     .success = codes<250>,
     .failure = codes<451, 452, 552>,
     .syntax = "SAML FROM:<reverse-path>",
     .meaning = "As MAIL, but the text was to appear on the recipient's terminal and to go to the "
                "mailbox as well. Obsolete.",
     .example = "SAML FROM:<alice@example.org>",
     .rfc = "RFC 821, 3.4; RFC 5321, F.6"},
});

constexpr std::size_t row_of(Verb verb) { return static_cast<std::size_t>(verb) - 1; }

constexpr bool in_order_of_enumeration() {
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (row_of(rows[at].verb) != at) return false;
  }
  return rows.back().verb == Verb::saml;
}
static_assert(in_order_of_enumeration());

// A name of up to eight octets as one number, in upper case. Names of one length never share it.
constexpr std::uint64_t key(std::string_view name) {
  std::uint64_t sum = 0;
  for (const char c : name) sum = sum << 8 | static_cast<unsigned char>(ascii::to_upper(c));
  return sum;
}
constexpr std::size_t key_octets = 8;

constexpr Verb verb_of_key(std::uint64_t number) {
  switch (number) {
    case key("EHLO"):
      return Verb::ehlo;
    case key("HELO"):
      return Verb::helo;
    case key("LHLO"):
      return Verb::lhlo;
    case key("MAIL"):
      return Verb::mail;
    case key("RCPT"):
      return Verb::rcpt;
    case key("DATA"):
      return Verb::data;
    case key("BDAT"):
      return Verb::bdat;
    case key("RSET"):
      return Verb::rset;
    case key("NOOP"):
      return Verb::noop;
    case key("QUIT"):
      return Verb::quit;
    case key("VRFY"):
      return Verb::vrfy;
    case key("EXPN"):
      return Verb::expn;
    case key("HELP"):
      return Verb::help;
    case key("STARTTLS"):
      return Verb::starttls;
    case key("AUTH"):
      return Verb::auth;
    case key("ETRN"):
      return Verb::etrn;
    case key("ATRN"):
      return Verb::atrn;
    case key("TURN"):
      return Verb::turn;
    case key("BURL"):
      return Verb::burl;
    case key("XCLIENT"):
      return Verb::xclient;
    case key("XFORWARD"):
      return Verb::xforward;
    case key("X-EXPS"):
      return Verb::x_exps;
    case key("XEXCH50"):
      return Verb::xexch50;
    case key("SEND"):
      return Verb::send;
    case key("SOML"):
      return Verb::soml;
    case key("SAML"):
      return Verb::saml;
    default:
      return Verb::unknown;
  }
}

// Every row can be found: by its key, or it is the one long name.
constexpr bool each_name_has_its_key() {
  return std::ranges::all_of(rows, [](const VerbInfo& row) {
    return row.name.size() > key_octets ? row.verb == Verb::x_anonymoustls
                                        : verb_of_key(key(row.name)) == row.verb;
  });
}
static_assert(each_name_has_its_key());

// Positive answers that hardly anyone meets, so they are not in the rows.
constexpr auto rare = std::to_array<std::pair<Verb, std::uint16_t>>({
    {Verb::mail, 355},  // CHECKPOINT, RFC 1845: go on from this octet
    {Verb::bdat,
     353},  // PRDR, an expired draft that Exim speaks: answers for each recipient follow
});

constexpr bool is_refusal(std::uint16_t code) { return code >= 400 && code <= 599; }

}  // namespace

std::span<const VerbInfo> verbs() noexcept { return rows; }

const VerbInfo* info(Verb verb) noexcept {
  return verb == Verb::unknown ? nullptr : &rows[row_of(verb)];
}

Verb find_verb(std::string_view name) noexcept {
  if (name.size() > key_octets) {
    const bool is_it = ascii::equal_no_case(name, info(Verb::x_anonymoustls)->name);
    return is_it ? Verb::x_anonymoustls : Verb::unknown;
  }
  const Verb verb = verb_of_key(key(name));
  // NUL octets in front of a name do not change its key.
  return verb != Verb::unknown && info(verb)->name.size() == name.size() ? verb : Verb::unknown;
}

bool is_expected(Verb verb, std::uint16_t code) noexcept {
  if (is_refusal(code)) return true;
  const VerbInfo* const row = info(verb);
  if (row == nullptr) return false;
  if (std::ranges::find(rare, std::pair(verb, code)) != rare.end()) return true;
  return std::ranges::find(row->success, code) != row->success.end();
}

}  // namespace smtpscope::smtp
