#pragma once
// The commands of SMTP, ESMTP and LMTP: one table, one row a command. The dialogue, the findings,
// the reference and the docs read the same row.
#include <cstdint>
#include <span>
#include <string_view>

namespace smtpscope::smtp {

enum class Verb : std::uint8_t {
  unknown,  // not in the table; the first, so that Verb{} is it
  ehlo,
  helo,
  lhlo,
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  starttls,
  auth,
  etrn,
  atrn,
  turn,
  burl,
  xclient,
  xforward,
  x_anonymoustls,
  x_exps,
  xexch50,
  send,
  soml,
  saml,
};

// The client says who it is.
[[nodiscard]] constexpr bool is_hello(Verb verb) noexcept {
  return verb == Verb::ehlo || verb == Verb::helo || verb == Verb::lhlo;
}

enum class Category : std::uint8_t { session, auth, message };

// Where in the dialogue a command may stand (RFC 5321, 4.1.4). A set of bits.
enum class Phase : std::uint8_t {
  before_hello = 1,   // connected, no EHLO/HELO/LHLO accepted yet
  ready = 2,          // after EHLO/HELO/LHLO, no transaction open
  has_sender = 4,     // MAIL was accepted
  has_recipient = 8,  // at least one RCPT was accepted
};
using Phases = std::uint8_t;  // Phase values or'ed
[[nodiscard]] constexpr bool allows(Phases phases, Phase phase) noexcept {
  return (phases & static_cast<Phases>(phase)) != 0;
}

struct VerbInfo {
  Verb verb = Verb::unknown;
  std::string_view name;  // "STARTTLS"
  Category category = Category::session;
  Phases phases = 0;                       // where the RFC allows it
  std::span<const std::uint16_t> success;  // reply codes that say yes (or go on: 334, 354)
  std::span<const std::uint16_t> failure;  // codes that say no; 421 and 500-504 need no mention
  std::string_view syntax;                 // "MAIL FROM:<reverse-path> [parameters]"
  std::string_view meaning;                // one or two sentences
  std::string_view example;                // one line as a client sends it
  std::string_view rfc;                    // "RFC 5321, 4.1.1.2"
};

// All rows but Verb::unknown, in the order of the enumeration.
[[nodiscard]] std::span<const VerbInfo> verbs() noexcept;
// The row of `verb`, or nullptr for Verb::unknown.
[[nodiscard]] const VerbInfo* info(Verb verb) noexcept;
// By name, in any case: "starttls" -> Verb::starttls. Verb::unknown if it is none.
[[nodiscard]] Verb find_verb(std::string_view name) noexcept;
// May a server answer `verb` with `code`, by RFC 5321 4.3.2, the extensions' own RFCs and the
// practice of the big servers? Of class 2 and 3 only what the row's `success` lists, and two rare
// ones (353 to BDAT, 355 to MAIL). A refusal, 400..599, is never of the wrong kind: policies choose
// their codes freely, and the finding that asks here looks for answers that belong elsewhere. To
// Verb::unknown only a refusal is expected.
[[nodiscard]] bool is_expected(Verb verb, std::uint16_t code) noexcept;

}  // namespace smtpscope::smtp
