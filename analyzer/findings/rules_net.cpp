// Findings of the net group about waits, and about the side that is not there.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/timing.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;

constexpr Nanoseconds slow_greeting = std::chrono::seconds{5};
constexpr Nanoseconds slow_reply = std::chrono::seconds{5};
constexpr Nanoseconds slow_end_of_message = std::chrono::seconds{10};

std::string limit_words(const session::TimeLimit& limit) {
  if (limit.reference.empty()) {
    return fmt::format("RFC 5321, 4.5.3.2 names no limit, and {} is usual",
                       span_words(limit.limit));
  }
  return fmt::format("{} lets a client wait {}", limit.reference, span_words(limit.limit));
}

// The client had closed before, and nothing shows that it heard the reply: it did not wait for so
// long, perhaps.
bool may_have_gone(const Session& session, const smtp::Reply& reply) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  const auto& fin = transport.fin[index_of(Side::client)];
  return fin && fin->frame < reply.origin.frame &&
         transport.acknowledged[index_of(Side::server)] < reply.extent.end;
}

}  // namespace

std::vector<Finding> net_asymmetric(const Session& session) {
  if (!session.unseen || session.transcript) return {};
  const Side unseen = *session.unseen;
  const std::uint64_t missing = session.missing[index_of(unseen)];
  const std::string known =
      missing > 0 ? fmt::format("; it sent {}", counted(missing, "octet")) : std::string();
  return {
      found(session, RuleId::net_asymmetric,
            fmt::format("Only the packets of {} are in the capture, and none of {}{}.",
                        side_words(session, opposite(unseen)), side_words(session, unseen), known),
            {session.transport.first})};
}

std::vector<Finding> net_slow_greeting(const Session& session) {
  if (!session.has_greeting()) return {};
  const auto wait = session::reply_wait(session, 0);
  if (!wait || session::own_time(session, *wait) <= slow_greeting) return {};
  return {
      found(session, RuleId::net_slow_greeting,
            fmt::format("{} greeted {} after the connection was made; {}, and many give up sooner.",
                        side_first(session, Side::server), span_words(wait->span),
                        limit_words(*wait->limit)),
            {wait->from, wait->to}, 0)};
}

std::vector<Finding> net_slow_reply(const Session& session) {
  std::vector<Finding> findings;
  // Delivery.lost-after-data says how long that took.
  const auto lost = lost_end_of_message(session);
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    const bool asks =
        exchange.kind == ExchangeKind::end_of_data || exchange.kind == ExchangeKind::command;
    const bool thinks =
        exchange.auth && exchange.auth->steps > 0;  // the client takes its time, too
    if (!asks || thinks || lost == index) continue;
    const auto wait = session::reply_wait(session, index);
    const Nanoseconds limit = ends_message(exchange) ? slow_end_of_message : slow_reply;
    if (!wait || session::own_time(session, *wait) <= limit) continue;
    if (may_have_gone(session, exchange.replies.front())) continue;
    findings.push_back(found(
        session, RuleId::net_slow_reply,
        fmt::format("{} took {} to answer {}; {} for this one.", side_first(session, Side::server),
                    span_words(wait->span), asked_words(exchange), limit_words(*wait->limit)),
        {exchange.command ? exchange.command->origin : wait->from, wait->to}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
