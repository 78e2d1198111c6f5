#include "analyzer/render/gloss.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/numbers.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/auth.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtpscope::render {
namespace {

using smtp::Verb;

constexpr std::size_t short_meaning_max = 40;

smtp::Answered answered_by(const smtp::Exchange& exchange) noexcept {
  switch (exchange.kind) {
    case smtp::ExchangeKind::greeting:
      return smtp::Answered::greeting;
    case smtp::ExchangeKind::end_of_data:
      return smtp::Answered::end_of_data;
    case smtp::ExchangeKind::command:
    case smtp::ExchangeKind::unsolicited:
    case smtp::ExchangeKind::lost_command:
      break;
  }
  return smtp::Answered::command;
}

Verb verb_of(const smtp::Exchange& exchange) noexcept {
  return exchange.command ? exchange.command->verb : Verb::unknown;
}

bool is_last_chunk(const smtp::Exchange& exchange) {
  const auto chunk = smtp::parse_chunk(exchange.command->argument);
  return chunk && chunk->last;
}

std::string gloss_of_auth(const smtp::Exchange& exchange) {
  if (!exchange.auth || exchange.auth->user.empty()) return "logs in";
  const smtp::AuthExchange& auth = *exchange.auth;
  std::string gloss = "logs in as " + auth.user;
  if (!auth.domain.empty()) gloss += " of " + auth.domain;
  if (!auth.workstation.empty()) gloss += ", from " + auth.workstation;
  if (!auth.acting_as.empty()) gloss += ", to act as " + auth.acting_as;
  return gloss;
}

std::string_view gloss_of_verb(Verb verb) noexcept {
  switch (verb) {
    case Verb::unknown:
      return "no command of SMTP";
    case Verb::ehlo:
      return "greets, asks for extensions";
    case Verb::helo:
      return "greets, wants no extensions";
    case Verb::lhlo:
      return "greets, speaks LMTP";
    case Verb::mail:
      return "opens a mail: the sender";
    case Verb::rcpt:
      return "a recipient";
    case Verb::data:
      return "offers a message";
    case Verb::bdat:
      return "a piece of the message";
    case Verb::rset:
      return "drops the open mail, if any";
    case Verb::noop:
      return "asks for a sign of life";
    case Verb::quit:
      return "takes its leave";
    case Verb::vrfy:
      return "asks whether the user exists";
    case Verb::expn:
      return "asks who is on the list";
    case Verb::help:
      return "asks for help";
    case Verb::starttls:
      return "asks to encrypt from here on";
    case Verb::auth:
    case Verb::x_exps:
      return "logs in";
    case Verb::etrn:
      return "asks for mail that waits for it";
    case Verb::atrn:
    case Verb::turn:
      return "asks to swap roles and get its mail";
    case Verb::burl:
      return "names a message in a mail store";
    case Verb::xclient:
      return "says for which client it speaks";
    case Verb::xforward:
      return "says whose mail it passes on";
    case Verb::x_anonymoustls:
      return "asks to encrypt (Exchange)";
    case Verb::xexch50:
      return "data between Exchange servers";
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return "opens a message to a terminal";
  }
  return {};
}

std::string_view gloss_of_acceptance(const smtp::Exchange& exchange, std::uint16_t code) {
  switch (verb_of(exchange)) {
    case Verb::mail:
      return "sender accepted";
    case Verb::rcpt:
      if (code == 251) return "recipient accepted, to be forwarded";
      return code == 252 ? "cannot tell, will try" : "recipient accepted";
    case Verb::bdat:
      return is_last_chunk(exchange) ? "message accepted" : "piece taken";
    case Verb::rset:
      return "done";
    case Verb::noop:
      return "alive";
    case Verb::quit:
      return "goodbye";
    case Verb::vrfy:
      return code == 252 ? "neither yes nor no" : "yes";
    case Verb::starttls:
    case Verb::x_anonymoustls:
      return "go ahead with TLS";
    case Verb::auth:
    case Verb::x_exps:
      return code == 235 ? "logged in" : "";
    case Verb::burl:
      return "message accepted";
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      return "welcome";
    case Verb::unknown:
    case Verb::data:
    case Verb::expn:
    case Verb::help:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::xclient:
    case Verb::xforward:
    case Verb::xexch50:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      break;
  }
  return {};
}

// MAIL FROM:<>. Not by its letters: AUTH=<> may stand behind any sender.
bool names_no_sender(std::string_view argument) {
  const smtp::PathArgument path = smtp::parse_path(argument, "FROM");
  return path.address.empty() && path.flaws.empty();
}

}  // namespace

std::string gloss_of_command(const smtp::Exchange& exchange) {
  const smtp::Command& command = *exchange.command;
  if (exchange.kind == smtp::ExchangeKind::end_of_data) return "end of the message";
  if (command.secret) return "a stray answer of a login";
  if (exchange.auth) return gloss_of_auth(exchange);
  if (command.verb == Verb::mail && names_no_sender(command.argument)) {
    return "opens a mail: no sender, a report";
  }
  if (command.verb == Verb::bdat && is_last_chunk(exchange)) return "the message's last piece";
  return std::string(gloss_of_verb(command.verb));
}

std::string gloss_of_challenge(const smtp::AuthExchange& auth, const smtp::Reply& challenge) {
  const auto decoded = smtp::decoded_challenge(challenge);
  if (!decoded || decoded->empty()) return "asks on";
  const bool is_oauth = auth.mechanism == "XOAUTH2" || auth.mechanism == "OAUTHBEARER";
  if (const auto error = is_oauth ? smtp::parse_oauth_error(*decoded) : std::nullopt) {
    std::string gloss = "does not take the token";
    if (!error->status.empty()) gloss += ": status " + error->status;
    if (!error->schemes.empty()) gloss += "; schemes " + error->schemes;
    if (!error->scope.empty()) gloss += "; scope " + error->scope;
    return gloss;
  }
  if (const std::string target = smtp::ntlm_target(*decoded); !target.empty())
    return "challenge of " + target;
  return is_plain(*decoded) ? "asks: " + *decoded : "asks on";
}

std::string_view gloss_of_reply(const smtp::Exchange& exchange, const smtp::Reply& reply) {
  const unsigned digit = reply.first_digit();
  if (digit != 2 && digit != 3) return {};
  switch (exchange.kind) {
    case smtp::ExchangeKind::greeting:
      return "ready";
    case smtp::ExchangeKind::end_of_data:
      return digit == 2 ? "message accepted" : "";
    case smtp::ExchangeKind::unsolicited:
      return "answers nothing";
    case smtp::ExchangeKind::lost_command:
      return {};
    case smtp::ExchangeKind::command:
      break;
  }
  if (verb_of(exchange) == Verb::data && reply.code == 354) return "go ahead, up to a lone dot";
  if (digit == 2) {
    const std::string_view known = gloss_of_acceptance(exchange, reply.code);
    if (!known.empty()) return known;
  }
  const std::string_view meaning =
      smtp::reply_meaning(answered_by(exchange), verb_of(exchange), reply.code);
  return meaning.size() <= short_meaning_max ? meaning : std::string_view();
}

std::string_view meaning_of_command(const smtp::Command& command) noexcept {
  if (command.name == ".") return "The message ends here; the server answers for all of it.";
  if (command.secret) return "An answer of a login that was over already.";
  if (command.verb == Verb::unknown) return "This is no command of SMTP.";
  return smtp::verb_text(command.verb, smtp::Language::en).meaning;
}

std::string meaning_of_reply(const smtp::Exchange& exchange, const smtp::Reply& reply) {
  std::string meaning(smtp::reply_meaning(answered_by(exchange), verb_of(exchange), reply.code));
  // "2.1.0" adds nothing to 250, and "5.0.0" nothing to 550.
  if (!reply.enhanced || reply.enhanced->class_digit < 4 || reply.enhanced->subject == 0)
    return meaning;
  const auto* const known = smtp::find_enhanced(reply.enhanced->subject, reply.enhanced->detail);
  if (known == nullptr || known->meaning.empty()) return meaning;
  meaning += ' ';
  meaning += to_string(*reply.enhanced);
  meaning += ": ";
  meaning += known->meaning;
  return meaning;
}

std::string to_string(smtp::EnhancedCode code) {
  std::string text;
  append_number(text, code.class_digit);
  text += '.';
  append_number(text, code.subject);
  text += '.';
  append_number(text, code.detail);
  return text;
}

}  // namespace smtpscope::render
