#include "analyzer/findings/tls_failure.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/clear_mail.hpp"
#include "analyzer/findings/handshake.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::Session;

constexpr std::size_t reply_octets_max = 120;
// The shortest that a side can say in a whole handshake: a session resumed in TLS 1.2 takes about
// 100 octets of each side (hello, ChangeCipherSpec, Finished). An alert alone is 7.
constexpr std::uint64_t least_handshake = 64;

TlsFailure failure_in(const Session& session, TlsFailure::How how, Origin at) {
  TlsFailure failure;
  failure.session = reference_to(session);
  failure.how = how;
  failure.helo = session.helo;
  failure.at = at;
  return failure;
}

std::optional<TlsFailure> refused(const Session& session) {
  const auto last =
      std::find_if(session.exchanges.rbegin(), session.exchanges.rend(), asks_for_tls);
  if (last == session.exchanges.rend() || !is_refused(*last) || last->around_gap)
    return std::nullopt;
  TlsFailure failure = failure_in(session, TlsFailure::How::refused, last->reply()->origin);
  failure.reply = reply_words(*last->reply(), reply_octets_max);
  return failure;
}

}  // namespace

std::optional<TlsFailure> tls_failure_of(const Session& session) {
  if (!session.tls) return refused(session);
  const smtp::TlsFacts& tls = *session.tls;
  const Departure departure = departure_of(session);
  if (fails_for_want_of_tls(session))
    return failure_in(session, TlsFailure::How::not_tls, departure.at);
  if (const auto handshake = handshake_failure(session)) {
    TlsFailure failure = failure_in(session, TlsFailure::How::handshake, handshake->at);
    failure.words =
        handshake->alert != nullptr
            ? fmt::format("the {} sent the alert {}", name_of(*handshake->by),
                          alert_meaning(handshake->alert->description))
            : fmt::format("the {} left {}", name_of(*handshake->by), tls::name_of(handshake->step));
    return failure;
  }
  if (left_after_handshake(session)) {
    TlsFailure failure = failure_in(session, TlsFailure::How::handshake, departure.at);
    failure.words = "the client left right behind it";
    return failure;
  }
  const bool is_whole =
      !session.unseen && session.missing[0] + session.missing[1] == 0 && session.gap_count == 0;
  if (!is_whole || !departure.by || !hidden_by_tls(session) || other_protocol(session))
    return std::nullopt;
  if (std::min(tls.client_octets, tls.server_octets) >= least_handshake) return std::nullopt;
  TlsFailure failure = failure_in(session, TlsFailure::How::cut_short, departure.at);
  failure.octets = {tls.client_octets, tls.server_octets};
  failure.left = departure.by;
  return failure;
}

}  // namespace smtpscope::findings
