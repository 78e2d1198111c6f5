// English. The meaning of a command is in its row of the verb table; here are the notes.
#include "dissectors/smtp/reference_texts.hpp"

namespace smtpscope::smtp {
namespace {

constexpr std::string_view note(Verb verb) {
  switch (verb) {
    case Verb::unknown:
      return {};
    case Verb::ehlo:
      return "Not every client's name can be checked; a wrong one is a sign of spam, but no proof. "
             "After STARTTLS it must be said again, and offers may differ then.";
    case Verb::helo:
      return "A client that says HELO gets no STARTTLS, AUTH or SIZE. A fall back from EHLO often "
             "points to a box in between that rewrites the dialogue.";
    case Verb::lhlo:
      return "Only in LMTP, mostly between a mail server and its mail store. After the message "
             "each "
             "recipient has an answer of its own.";
    case Verb::mail:
      return "This is the envelope's sender, which SPF checks; the From line in the message may be "
             "another.";
    case Verb::rcpt:
      return "Only recipients with an accepted RCPT get the message; the To and Cc lines play no "
             "part.";
    case Verb::data:
      return "The 354 promises nothing; only the 250 after the dot does. A line that begins with a "
             "dot is sent with a second one in front.";
    case Verb::bdat:
      return "Octets are counted, so nothing is escaped and no dot ends the message. DATA and BDAT "
             "must not be mixed in one transaction.";
    case Verb::rset:
      return "EHLO does the same. Clients send it between messages or after a refusal.";
    case Verb::noop:
      return "It does not change the transaction. Servers may count it against a client that does "
             "nothing else.";
    case Verb::quit:
      return "Clients that just close leave the server to guess whether something went wrong.";
    case Verb::vrfy:
      return "It was used to harvest addresses, so 252 or 502 is the rule.";
    case Verb::expn:
      return "It gives away the members of a list, so 502 is the rule.";
    case Verb::help:
      return "The text is free; nothing in it may be relied on.";
    case Verb::starttls:
      return "The client must forget what was said in clear and send EHLO again. Whoever sits in "
             "between can take STARTTLS out of the offer; MTA-STS and DANE help against that.";
    case Verb::auth:
      return "PLAIN and LOGIN carry the password in mere base64, so they belong under TLS.";
    case Verb::etrn:
      return "For hosts that are online now and then. The mail comes over a new connection, so "
             "nobody else can fetch it.";
    case Verb::atrn:
      return "For hosts without a fixed address, on port 366 (on-demand mail relay). The mail "
             "comes "
             "over the same connection.";
    case Verb::turn:
      return "ETRN and, after a login, ATRN have taken its place.";
    case Verb::burl:
      return "It spares a phone from sending an attachment that the mail store already has.";
    case Verb::xclient:
      return "Seen behind proxies and in test tools. The client named here is a claim, not what "
             "the "
             "packets show.";
    case Verb::xforward:
      return "Seen on the way to content filters. The client named here is a claim, not what the "
             "packets show.";
    case Verb::x_anonymoustls:
      return "Seen only between Exchange servers; TLS with certificates nobody checks.";
    case Verb::x_exps:
      return "Seen only between Exchange servers, mostly with GSSAPI.";
    case Verb::xexch50:
      return "Exchange 2000 and 2003. The octets after it are binary, neither command nor text.";
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return "No server of today offers it; one that shows up is a test or a scan.";
  }
  return {};
}

constexpr Headings words{.command = "Command",
                         .category = "Category",
                         .syntax = "Syntax",
                         .meaning = "Meaning",
                         .example = "Example",
                         .replies = "Replies",
                         .rfc = "RFC",
                         .session = "session",
                         .auth = "authentication",
                         .message = "message"};

}  // namespace

VerbText text_en(Verb verb) noexcept {
  const VerbInfo* const row = info(verb);
  return row == nullptr ? VerbText{} : VerbText{row->meaning, note(verb)};
}

const Headings& headings_en() noexcept { return words; }

}  // namespace smtpscope::smtp
