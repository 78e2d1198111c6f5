#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/masking.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/auth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using namespace std::string_view_literals;
using session::Session;
using smtp::Exchange;
using smtp::Verb;

// Did the client get as far as the secret? LOGIN asks for the user first, all others send it at
// once.
bool sent_secret(const smtp::AuthExchange& auth) noexcept {
  const std::uint32_t cancels = auth.cancelled ? 1 : 0;
  const std::uint32_t lines =
      (auth.initial_response ? 1U : 0U) + auth.steps - std::min(auth.steps, cancels);
  return lines >= (auth.mechanism == "LOGIN" ? 2U : 1U);
}

std::string_view secret_of(std::string_view mechanism) noexcept {
  return mechanism == "PLAIN" || mechanism == "LOGIN" ? "the password" : "the access token";
}

std::string outcome_of(const Exchange& exchange) {
  const smtp::Reply* reply = exchange.reply();
  if (reply == nullptr) return "whether the server took it is not in the capture";
  return fmt::format("the server {} ({})", reply->first_digit() == 2 ? "accepted it" : "refused it",
                     reply->code);
}

// ---- Who asks for addresses ---------------------------------------------------------------------
// One VRFY is a question; three different ones are a list being tried.
constexpr std::size_t asked_min = 3;
// Old lists have dead addresses. So many in one session, and at least half of those that it names,
// are guesses.
constexpr std::size_t unknown_min = 5;

bool says_unknown_user(const smtp::Reply& reply) {
  if (reply.first_digit() != 5) return false;
  if (reply.enhanced && (reply.enhanced->subject != 0 || reply.enhanced->detail != 0)) {
    const auto [subject, detail] = std::pair(reply.enhanced->subject, reply.enhanced->detail);
    // 5.4.1 is what Exchange Online says of an address that it does not have.
    return (subject == 1 && (detail == 1 || detail == 10)) || (subject == 4 && detail == 1);
  }
  constexpr std::array phrases = {"unknown"sv,    "no such"sv,     "not exist"sv,
                                  "n't exist"sv,  "not found"sv,   "unrouteable"sv,
                                  "no mailbox"sv, "not a valid"sv, "invalid recipient"sv};
  return std::ranges::any_of(reply.text, [&](const std::string& line) {
    return std::ranges::any_of(
        phrases, [&](std::string_view phrase) { return ascii::contains_no_case(line, phrase); });
  });
}

std::string recipient_of(const smtp::Command& rcpt) {
  return smtp::parse_path(rcpt.argument, "TO").address;
}

// How many different ones.
std::size_t recipients_named(const Session& session) {
  std::set<std::string> named;
  for (const Exchange& exchange : session.exchanges) {
    if (!exchange.command || exchange.around_gap || exchange.command->verb != Verb::rcpt) continue;
    named.insert(recipient_of(*exchange.command));
  }
  return named.size();
}

struct Probes {
  std::set<std::string> names;  // that were asked for, each once
  std::vector<Origin> evidence;
  std::size_t exchange = session::no_exchange;

  void add(std::size_t index, const Exchange& asked, std::string name) {
    if (!names.insert(std::move(name)).second) return;
    exchange = std::min(exchange, index);
    if (evidence.size() < 2 * told_per_rule_max) {
      for (const Origin& packet : packets_of(asked)) evidence.push_back(packet);
    }
  }
  [[nodiscard]] std::string words() const {
    std::vector<std::string> first;
    for (const std::string& name : names) first.push_back(quoted(name));
    return listed(first, 3);
  }
};

// ---- Characters that are no text ----------------------------------------------------------------
// NUL, CR and LF have findings of their own.
constexpr ascii::OctetSet controls([](char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\0' && c != '\r' &&
          c != '\n') ||
         c == 0x7f;
});

std::string control_name(char c) {
  switch (c) {
    case '\x1b':
      return "ESC (0x1b)";
    case '\b':
      return "backspace (0x08)";
    case '\a':
      return "BEL (0x07)";
    case 0x7f:
      return "DEL (0x7f)";
    default:
      return fmt::format("0x{:02x}", static_cast<unsigned char>(c));
  }
}

// Octets of another protocol, or of a terminal's negotiation, that were read as a command.
bool is_no_text(const smtp::Command& command) noexcept {
  return command.verb == Verb::unknown &&
         std::ranges::any_of(command.name + command.argument, [](char c) {
           return c == '\0' || static_cast<unsigned char>(c) >= 0x80 || (c > 0x13 && c < 0x18);
         });
}

std::string_view first_control(std::string_view text) noexcept {
  const auto* const at = std::ranges::find_if(text, [](char c) { return controls.has(c); });
  return at == text.end() ? std::string_view()
                          : text.substr(static_cast<std::size_t>(at - text.begin()), 1);
}

}  // namespace

std::vector<Finding> security_middlebox(const Session& session) {
  Masking masking = masking_of(session);
  if (!masking.any()) return {};
  std::vector<std::string> signs;
  if (masking.banner) signs.push_back("the banner is " + quoted(shortened(session.greeting, 40)));
  if (!masking.keywords.empty()) signs.push_back("EHLO's answer shows " + listed(masking.keywords));
  if (!masking.no_keywords.empty())
    signs.push_back("EHLO's answer has lines that are no keywords: " +
                    quoted(masking.no_keywords.front()));
  if (!masking.verbs.empty()) signs.push_back("commands came as " + listed(masking.verbs));
  return {found(session, RuleId::security_middlebox,
                fmt::format("Something between {} and {} rewrites SMTP: {}.",
                            side_words(session, Side::client), side_words(session, Side::server),
                            listed(signs)),
                std::move(masking.evidence), masking.exchange)};
}

std::vector<Finding> security_address_probing(const Session& session) {
  Probes asked;
  Probes unknown;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!exchange.command || exchange.around_gap) continue;
    const smtp::Command& command = *exchange.command;
    if (command.verb == Verb::vrfy || command.verb == Verb::expn)
      asked.add(index, exchange, command.argument);
    const bool is_unknown = command.verb == Verb::rcpt && exchange.reply() != nullptr &&
                            says_unknown_user(*exchange.reply());
    if (is_unknown) unknown.add(index, exchange, recipient_of(command));
  }
  std::vector<Finding> findings;
  if (asked.names.size() >= asked_min) {
    findings.push_back(
        found(session, RuleId::security_address_probing,
              fmt::format("{} asked for {} names with VRFY or EXPN: {}.",
                          side_first(session, Side::client), asked.names.size(), asked.words()),
              std::move(asked.evidence), asked.exchange));
  }
  if (unknown.names.size() < unknown_min) return findings;
  const std::size_t named = recipients_named(session);
  if (unknown.names.size() * 2 >= named) {
    findings.push_back(found(
        session, RuleId::security_address_probing,
        fmt::format("{} of the {} recipients that {} named do not exist: {}.", unknown.names.size(),
                    named, side_words(session, Side::client), unknown.words()),
        std::move(unknown.evidence), unknown.exchange));
  }
  return findings;
}

std::vector<Finding> security_control_in_text(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  for (std::size_t index = 0;
       index < session.exchanges.size() && findings.size() < told_per_rule_max; ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.command && !exchange.command->secret && !exchange.auth &&
        !is_no_text(*exchange.command)) {
      const smtp::Command& command = *exchange.command;
      std::string_view control = first_control(command.name);
      if (control.empty()) control = first_control(command.argument);
      if (!control.empty()) {
        const std::string line = command.name + ' ' + command.argument;
        findings.push_back(found(session, RuleId::security_control_in_text,
                                 fmt::format("{} sent a control character, {}, in a command: {}.",
                                             side_first(session, Side::client),
                                             control_name(control.front()), quoted(line)),
                                 {exchange.command->origin}, index));
      }
    }
    for (const smtp::Reply& reply : exchange.replies) {
      const auto line = std::ranges::find_if(
          reply.text, [](const std::string& text) { return !first_control(text).empty(); });
      if (line == reply.text.end()) continue;
      findings.push_back(
          found(session, RuleId::security_control_in_text,
                fmt::format("{} sent a control character, {}, in a reply: {:03} {}.",
                            side_first(session, Side::server),
                            control_name(first_control(*line).front()), reply.code, quoted(*line)),
                {reply.origin}, index));
      break;
    }
  }
  return findings;
}

std::vector<Finding> security_credentials_in_clear(const Session& session) {
  std::vector<Finding> findings;
  const bool no_tls = not_tls(session).has_value();
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!exchange.auth || !exchange.command) continue;
    if (session::came_under_tls(session.tls, exchange) && !no_tls) continue;
    const smtp::AuthExchange& auth = *exchange.auth;
    if (!smtp::sends_reusable_secret(auth.mechanism) || !sent_secret(auth)) continue;
    const std::string user = auth.user.empty() ? "a user" : quoted(auth.user);
    findings.push_back(
        found(session, RuleId::security_credentials_in_clear,
              fmt::format("{} sent {} of {} in clear with AUTH {}; {}.",
                          side_first(session, Side::client), secret_of(auth.mechanism), user,
                          auth.mechanism, outcome_of(exchange)),
              packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
