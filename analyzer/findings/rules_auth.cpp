// Logins: refused ones, those with a mechanism that was not offered, and those that give a secret
// away slowly.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/auth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using namespace std::string_view_literals;
using session::Session;
using smtp::AuthExchange;
using smtp::Exchange;
using smtp::Verb;

// So many refused logins in one session are no slip of the hand.
constexpr std::size_t guesses_min = 3;

bool is_auth(const Exchange& exchange) noexcept {
  return exchange.command && exchange.command->verb == Verb::auth && exchange.auth.has_value();
}

// A mechanism by name. Anything else in its place may be a secret, and is not repeated.
bool is_known(std::string_view mechanism) noexcept {
  constexpr std::array names = {"PLAIN"sv,  "LOGIN"sv,      "CRAM-MD5"sv,   "DIGEST-MD5"sv,
                                "NTLM"sv,   "XOAUTH2"sv,    "XOAUTH"sv,     "OAUTHBEARER"sv,
                                "GSSAPI"sv, "GSS-SPNEGO"sv, "EXTERNAL"sv,   "ANONYMOUS"sv,
                                "OTP"sv,    "SKEY"sv,       "KERBEROS_V4"sv};
  return std::ranges::find(names, mechanism) != names.end() || mechanism == "SCRAM-SHA-1" ||
         mechanism.starts_with("SCRAM-SHA-256") || mechanism == "SCRAM-SHA-1-PLUS" ||
         mechanism == "SCRAM-SHA-512";
}

std::string mechanism_words(const AuthExchange& auth) {
  return is_known(auth.mechanism) ? "AUTH " + auth.mechanism
                                  : "AUTH with a mechanism of another name";
}

std::string user_words(const AuthExchange& auth) {
  return auth.user.empty() ? "a user" : quoted(auth.user);
}

// The mechanism was not on offer, as far as the capture tells for sure.
const session::Offer* offer_without(const Session& session, std::size_t index) {
  const Exchange& exchange = session.exchanges[index];
  if (!is_auth(exchange) || exchange.around_gap || exchange.auth->mechanism.empty()) return nullptr;
  const session::Offer* offer = session.offers.at(index);
  if (offer == nullptr || smtp::offers_mechanism(offer->capabilities, exchange.auth->mechanism))
    return nullptr;
  return offer;
}

// Does the refusal speak of this login, and not of the form or the place of the command?
bool refuses_login(const Exchange& exchange) noexcept {
  if (!exchange.auth || !is_refused(exchange) || exchange.around_gap || exchange.auth->cancelled)
    return false;
  const std::uint16_t code = exchange.reply()->code;
  return code != 421 && (code < 500 || code > 504);
}

// It may be the mechanism that was refused, and not the login: whether it was offered is not in the
// capture.
bool may_refuse_mechanism(const Session& session, std::size_t index) {
  const std::vector<std::string>& text = session.exchanges[index].reply()->text;
  return session.gap_count > 0 && session.offers.at(index) == nullptr &&
         std::ranges::any_of(text, [](const std::string& line) {
           return ascii::contains_no_case(line, "mechanism");
         });
}

std::string_view why(std::uint16_t code) noexcept {
  switch (code) {
    case 432:
      return "the password has to be changed first";
    case 454:
      return "the server cannot check it now";
    case 530:
    case 538:
      return "it wants TLS first";
    case 534:
      return "the mechanism is too weak for it";
    default:
      return {};
  }
}

std::string error_words(const AuthExchange& auth) {
  const auto error = smtp::oauth_error(auth);
  if (!error) return {};
  std::string words = "; of the token it says";
  if (!error->status.empty()) words += " status " + quoted(error->status);
  if (!error->scope.empty()) words += ", scope " + quoted(error->scope);
  if (!error->schemes.empty()) words += ", schemes " + quoted(error->schemes);
  return words;
}

std::vector<std::string> users_of(const Session& session, const std::vector<std::size_t>& logins) {
  std::vector<std::string> users;
  for (const std::size_t index : logins) {
    const std::string& user = session.exchanges[index].auth->user;
    if (user.empty() || std::ranges::find(users, quoted(user)) != users.end()) continue;
    users.push_back(quoted(user));
  }
  return users;
}

std::string one_refusal(const Session& session, const Exchange& exchange) {
  const smtp::Reply& reply = *exchange.reply();
  std::string text =
      fmt::format("{} refused the login of {} with {}: {}", server_name(session),
                  user_words(*exchange.auth), mechanism_words(*exchange.auth), reply_words(reply));
  if (const std::string_view reason = why(reply.code); !reason.empty())
    text += fmt::format(" ({})", reason);
  return text + error_words(*exchange.auth) + '.';
}

std::string many_refusals(const Session& session, const std::vector<std::size_t>& logins) {
  const Exchange& first = session.exchanges[logins.front()];
  const Exchange& last = session.exchanges[logins.back()];
  const std::vector<std::string> users = users_of(session, logins);
  std::string text = fmt::format("{} refused {} logins", server_name(session), logins.size());
  if (!users.empty()) text += " of " + listed(users);
  text += fmt::format(" over {}, the last one with {}: {}",
                      span_words(elapsed(first.reply()->origin.time, last.reply()->origin.time)),
                      mechanism_words(*last.auth), reply_words(*last.reply()));
  const bool let_in =
      std::any_of(session.exchanges.begin() + static_cast<std::ptrdiff_t>(logins.back()),
                  session.exchanges.end(),
                  [](const Exchange& exchange) { return exchange.auth && is_accepted(exchange); });
  if (let_in) {
    text += "; then one was accepted";
  } else if (logins.size() >= guesses_min) {
    text += "; somebody is guessing passwords, or a client keeps trying an old one";
  }
  return text + '.';
}

}  // namespace

std::vector<Finding> security_auth_failed(const Session& session) {
  std::vector<std::size_t> logins;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    if (!refuses_login(session.exchanges[index]) || may_refuse_mechanism(session, index)) continue;
    if (offer_without(session, index) == nullptr) logins.push_back(index);
  }
  if (logins.empty()) return {};
  std::vector<Origin> evidence;
  for (std::size_t at = 0; at < std::min(logins.size(), told_per_rule_max); ++at) {
    for (const Origin& packet : packets_of(session.exchanges[logins[at]]))
      evidence.push_back(packet);
  }
  std::string text = logins.size() == 1 ? one_refusal(session, session.exchanges[logins.front()])
                                        : many_refusals(session, logins);
  return {found(session, RuleId::security_auth_failed, std::move(text), std::move(evidence),
                logins.front())};
}

std::vector<Finding> security_auth_not_offered(const Session& session) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const session::Offer* offer = offer_without(session, index);
    if (offer == nullptr) continue;
    const Exchange& exchange = session.exchanges[index];
    const smtp::Capability* auth = offer->find("AUTH");
    std::string text = fmt::format("{} used {}, and ", side_first(session, Side::client),
                                   mechanism_words(*exchange.auth));
    if (!offer->extended) {
      text += "said HELO before, to which a server offers nothing";
    } else if (auth != nullptr) {
      std::vector<std::string> others;
      for (const std::string& value : auth->values)
        others.push_back(shortened(value, quoted_octets_max));
      text += others.empty() ? "the server offers AUTH without any mechanism"
                             : "the server offers only " + listed(others);
    } else if (offer->find("STARTTLS") != nullptr && !offer->under_tls) {
      text += "the server offers no AUTH here; it offers STARTTLS, and may offer AUTH behind it";
    } else {
      text += "the server offers no AUTH";
    }
    std::vector<Origin> evidence = packets_of(exchange);
    for (const Origin& packet : packets_of(session.exchanges[offer->hello]))
      evidence.push_back(packet);
    findings.push_back(found(session, RuleId::security_auth_not_offered,
                             text + "; " + answer_words(exchange) + '.', std::move(evidence),
                             index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> security_weak_auth(const Session& session) {
  std::vector<Finding> findings;
  std::vector<std::string_view> told;
  const bool no_tls = not_tls(session).has_value();
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!exchange.auth || !smtp::is_weak(exchange.auth->mechanism) ||
        exchange.auth->responses.empty())
      continue;
    if (session::came_under_tls(session.tls, exchange) && !no_tls) continue;
    const std::string_view mechanism = exchange.auth->mechanism;
    if (std::ranges::find(told, mechanism) != told.end()) continue;
    told.push_back(mechanism);
    findings.push_back(found(
        session, RuleId::security_weak_auth,
        fmt::format("{} used AUTH {} for {} in clear: the password can be guessed from what this "
                    "capture shows.",
                    side_first(session, Side::client), mechanism, user_words(*exchange.auth)),
        packets_of(exchange), index));
  }
  return findings;
}

}  // namespace smtpscope::findings
