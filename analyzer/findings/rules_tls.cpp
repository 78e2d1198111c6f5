#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

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
  const bool in_tls = session.tls && (other == Side::client ? session.tls->client_octets : session.tls->server_octets) > 0;
  if (in_tls) return fmt::format("{} spoke TLS", who);
  const Departure departure = departure_of(session);
  if (departure.by == other) return departure_words(session, departure);
  return fmt::format("{} said nothing", who);
}

}  // namespace

std::vector<Finding> tls_hidden(const session::Session& session) {
  if (!hidden_by_tls(session) || other_protocol(session) || not_tls(session)) return {};
  const smtp::TlsFacts& tls = *session.tls;
  const bool implicit = tls.mode == smtp::TlsFacts::Mode::implicit;
  const std::string_view how = implicit ? "TLS from the first octet" : "STARTTLS";
  std::vector<Origin> evidence = {*tls.first};
  if (tls.accept) evidence.push_back(*tls.accept);
  return {found(
      session, RuleId::tls_hidden,
      fmt::format(
          "From {} on the session is encrypted ({}): {} of the client and {} of the server, "
          "over {}, are hidden.",
          frame_words(session, *tls.first), how, counted(tls.client_octets, "octet"), tls.server_octets,
          span_words(elapsed(tls.first->time, tls.last.time))),
      std::move(evidence))};
}

std::vector<Finding> tls_not_tls(const session::Session& session) {
  const auto fault = not_tls(session);
  if (!fault) return {};
  const Side first = fault->by[0] ? Side::client : Side::server;
  const Spoken& spoken = *fault->by[index_of(first)];
  std::string text = fmt::format("{} sent {}", side_first(session, first), spoken_words(spoken));
  std::vector<Origin> evidence = {spoken.at};
  if (fault->is_of_both()) {
    text += fmt::format(" and {} {}", side_words(session, Side::server), spoken_words(*fault->by[1]));
    evidence.push_back(fault->by[1]->at);
  }
  if (fault->accept) {
    text += fmt::format(" behind the 220 to STARTTLS ({}), where TLS was due", frame_words(session, *fault->accept));
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
                fmt::format("{} got no TLS with {}: {}.", session.transcript->tool, side_words(session, Side::server),
                            quoted(failure.words)),
                std::move(evidence))};
}

}  // namespace smtpscope::findings
