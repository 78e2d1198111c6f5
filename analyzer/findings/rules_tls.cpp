#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/handshake.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

std::string spoken_words(const Spoken& spoken) {
  if (spoken.words.empty()) return std::string(spoken.name);
  return fmt::format("{} ({})", spoken.name, spoken.words);
}

// What the side did that is not to blame.
std::string other_side_words(const session::Session& session, Side other) {
  const std::string who = side_words(session, other);
  const bool in_tls = session.tls && (other == Side::client ? session.tls->client_octets
                                                            : session.tls->server_octets) > 0;
  if (in_tls) return fmt::format("{} spoke TLS", who);
  const Departure departure = departure_of(session);
  if (departure.by == other) return departure_words(session, departure);
  return fmt::format("{} said nothing", who);
}

// ---- Clear text after TLS -----------------------------------------------------------------------
// The first exchange in clear behind the TLS of `side`: a command, or a reply.
std::size_t first_again(const session::Session& session, Side side, const Origin& at) noexcept {
  const auto first = std::ranges::find_if(session.exchanges, [&](const smtp::Exchange& exchange) {
    if (side == Side::client) return exchange.command && exchange.command->begun.frame >= at.frame;
    return !exchange.replies.empty() && exchange.replies.front().begun.frame >= at.frame;
  });
  return first == session.exchanges.end()
             ? session::no_exchange
             : static_cast<std::size_t>(first - session.exchanges.begin());
}

std::optional<Finding> clear_again(const session::Session& session) {
  if (!session.tls) return std::nullopt;
  constexpr std::uint8_t alert = 0x15;
  std::string text;
  std::vector<Origin> evidence;
  std::size_t exchange = session::no_exchange;
  for (const Side side : {Side::server, Side::client}) {
    const auto& again = session.tls->clear_again[index_of(side)];
    if (!again) continue;
    const std::size_t index = first_again(session, side, again->at);
    if (index == session::no_exchange) continue;  // beyond the limit of what is kept
    const smtp::Exchange& said = session.exchanges[index];
    const std::string words =
        side == Side::client ? asked_words(said) : reply_words(said.replies.front());
    text += fmt::format("{} spoke TLS{}, and then SMTP in clear again: {}",
                        text.empty() ? side_first(session, side) : "; " + side_words(session, side),
                        again->behind == alert ? " up to an alert" : "", quoted(words));
    evidence.push_back(again->at);
    if (exchange == session::no_exchange) exchange = index;
  }
  if (text.empty()) return std::nullopt;
  return found(session, RuleId::security_plaintext_after_tls, text + '.', std::move(evidence),
               exchange);
}

// STARTTLS was accepted, and both sides go on as if TLS were there: behind a tap that decrypts it
// looks so.
std::optional<Finding> decrypting_tap(const session::Session& session) {
  const std::size_t starttls = accepted_starttls(session);
  if (starttls == session::no_exchange || !session.tls->stayed_clear || session.tls->first ||
      session.unseen)
    return std::nullopt;
  const std::size_t first = first_behind_accept(session, starttls);
  if (first == session::no_exchange || not_tls(session)) return std::nullopt;
  const smtp::Exchange& exchange = session.exchanges[first];
  if (exchange.around_gap || !is_hello(exchange) || exchange.replies.empty()) return std::nullopt;
  Finding finding =
      found(session, RuleId::security_plaintext_after_tls,
            fmt::format("Behind the 220 to STARTTLS ({}) both sides go on as if TLS were there, "
                        "and all of it is in clear: {}, and {}.",
                        frame_words(session, *session.tls->accept), asked_words(exchange),
                        answer_words(exchange)),
            {*session.tls->accept, exchange.command->begun, exchange.replies.back().origin}, first);
  finding.severity = Severity::note;
  return finding;
}

}  // namespace

std::vector<Finding> tls_hidden(const session::Session& session) {
  if (!hidden_by_tls(session) || other_protocol(session) || not_tls(session) ||
      handshake_failure(session))
    return {};
  const smtp::TlsFacts& tls = *session.tls;
  const bool implicit = tls.mode == smtp::TlsFacts::Mode::implicit;
  const std::string_view how = implicit ? "TLS from the first octet" : "STARTTLS";
  std::vector<Origin> evidence = {*tls.first};
  if (tls.accept) evidence.push_back(*tls.accept);
  return {
      found(session, RuleId::tls_hidden,
            fmt::format(
                "From {} on the session is encrypted ({}): {} of the client and {} of the server, "
                "over {}, are hidden.",
                frame_words(session, *tls.first), how, counted(tls.client_octets, "octet"),
                tls.server_octets, span_words(elapsed(tls.first->time, tls.last.time))),
            std::move(evidence))};
}

std::vector<Finding> security_plaintext_after_tls(const session::Session& session) {
  if (auto again = clear_again(session)) return {std::move(*again)};
  if (auto tap = decrypting_tap(session)) return {std::move(*tap)};
  return {};
}

std::vector<Finding> tls_not_tls(const session::Session& session) {
  const auto fault = not_tls(session);
  if (!fault) return {};
  const Side first = fault->by[0] ? Side::client : Side::server;
  const Spoken& spoken = *fault->by[index_of(first)];
  std::string text = fmt::format("{} sent {}", side_first(session, first), spoken_words(spoken));
  std::vector<Origin> evidence = {spoken.at};
  if (fault->is_of_both()) {
    text +=
        fmt::format(" and {} {}", side_words(session, Side::server), spoken_words(*fault->by[1]));
    evidence.push_back(fault->by[1]->at);
  }
  if (fault->accept) {
    text += fmt::format(" behind the 220 to STARTTLS ({}), where TLS was due",
                        frame_words(session, *fault->accept));
    evidence.push_back(*fault->accept);
  } else {
    text += fmt::format(" on port {}, where TLS is due from the first octet", session.server.port);
  }
  if (!fault->is_of_both()) text += "; " + other_side_words(session, opposite(first));
  return {found(session, RuleId::tls_not_tls, text + '.', std::move(evidence), spoken.exchange)};
}

std::vector<Finding> tls_failed(const session::Session& session) {
  if (!has_failed(session, session::FailureKind::tls)) return {};
  const session::Failure& failure = *session.transcript->failure;
  std::vector<Origin> evidence = {failure.at};
  if (session.tls && session.tls->accept) evidence.push_back(*session.tls->accept);
  return {found(session, RuleId::tls_failed,
                fmt::format("{} got no TLS with {}: {}.", session.transcript->tool,
                            side_words(session, Side::server), quoted(failure.words)),
                std::move(evidence))};
}

}  // namespace smtpscope::findings
