#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"
#include "dissectors/smtp/auth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::Verb;

// Did the client get as far as the secret? LOGIN asks for the user first, all others send it at once.
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

}  // namespace

std::vector<Finding> security_starttls_refused(const Session& session) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    const bool asks_for_tls = exchange.command && (exchange.command->verb == Verb::starttls ||
                                                   exchange.command->verb == Verb::x_anonymoustls);
    if (!asks_for_tls || !is_refused(exchange) || exchange.around_gap) continue;
    findings.push_back(found(session, RuleId::security_starttls_refused,
                             fmt::format("{} refused {}: {}.", side_first(session, Side::server),
                                         asked_words(exchange), reply_words(*exchange.reply())),
                             packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> security_credentials_in_clear(const Session& session) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!exchange.auth || !exchange.command || session::came_under_tls(session, exchange)) continue;
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
