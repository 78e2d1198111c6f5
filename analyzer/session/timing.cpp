#include "analyzer/session/timing.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;
using std::chrono::minutes;

struct LimitOfVerb {
  Verb verb;
  TimeLimit limit;
};
constexpr std::array limits_of_verbs = {
    LimitOfVerb{Verb::mail, {minutes{5}, "RFC 5321, 4.5.3.2.2"}},
    LimitOfVerb{Verb::rcpt, {minutes{5}, "RFC 5321, 4.5.3.2.3"}},
    LimitOfVerb{Verb::data, {minutes{2}, "RFC 5321, 4.5.3.2.4"}},
    LimitOfVerb{Verb::bdat, {minutes{3}, "RFC 5321, 4.5.3.2.5"}},
};
constexpr TimeLimit limit_of_greeting{minutes{5}, "RFC 5321, 4.5.3.2.1"};
constexpr TimeLimit limit_of_message_end{minutes{10}, "RFC 5321, 4.5.3.2.6"};
constexpr TimeLimit limit_of_server{minutes{5}, "RFC 5321, 4.5.3.2.7"};
constexpr TimeLimit usual_limit{minutes{5}, ""};

bool gap_between(const Session& session, const Origin& from, const Origin& to) noexcept {
  return std::ranges::any_of(session.gaps, [&](const GapFact& gap) {
    return !gap.hidden_by_tls && gap.origin.time >= from.time && gap.origin.time <= to.time;
  });
}

// The server's octets are missing in, or right before, this reply: it may have begun sooner.
bool gap_in_reply(const Session& session, std::size_t index) noexcept {
  return std::ranges::any_of(session.gaps, [&](const GapFact& gap) {
    return gap.side == Side::server && gap.before == index && !gap.hidden_by_tls;
  });
}

std::optional<Wait> measured(const Session& session, Step step, std::size_t exchange,
                             const Origin& from, const Origin& to) noexcept {
  if (from.frame == 0 || to.frame == 0 || to.time < from.time || session.transcript)
    return std::nullopt;
  if (gap_between(session, from, to) || clock_jumps_between(session, from, to)) return std::nullopt;
  return Wait{step, exchange, from, to, elapsed(from.time, to.time), std::nullopt};
}

// A 421 behind the client's FIN is about that, and answers no command: Exim's "421 lost input
// connection".
bool is_about_the_close(const Session& session, const smtp::Reply& reply) noexcept {
  const auto& fin = session.transport.fin[static_cast<std::size_t>(Side::client)];
  return reply.code == 421 && fin && fin->time <= reply.origin.time;
}

// The reply of an earlier exchange: with commands sent ahead the server begins with the next one
// only then.
std::optional<Origin> reply_before(const Session& session, std::size_t index) noexcept {
  const auto behind = std::ranges::upper_bound(session.left_out, index, {}, &LeftOut::before);
  const LeftOut* const left_out =
      behind == session.left_out.begin() ? nullptr : &*std::prev(behind);
  while (index-- > 0) {
    if (left_out != nullptr && left_out->before > index) return left_out->last;
    if (const smtp::Reply* reply = session.exchanges[index].reply()) return reply->origin;
  }
  return std::nullopt;
}

std::optional<Wait> connect_wait(const Session& session) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  if (!transport.syn || !transport.handshake_done) return std::nullopt;
  return measured(session, Step::connect, no_exchange, *transport.syn, *transport.handshake_done);
}

std::optional<Wait> message_wait(const Session& session, std::size_t index) noexcept {
  const auto& message = session.exchanges[index].message;
  if (!message || !message->first || message->missing > 0) return std::nullopt;
  return measured(session, Step::message, index, *message->first, message->last);
}

}  // namespace

TimeLimit limit_of_reply(const Exchange& exchange) noexcept {
  if (exchange.kind == ExchangeKind::greeting) return limit_of_greeting;
  if (ends_message(exchange)) return limit_of_message_end;
  const Verb verb = exchange.command ? exchange.command->verb : Verb::unknown;
  const auto* const row = std::ranges::find(limits_of_verbs, verb, &LimitOfVerb::verb);
  return row == limits_of_verbs.end() ? usual_limit : row->limit;
}

TimeLimit limit_of_client() noexcept { return limit_of_server; }

std::optional<Wait> reply_wait(const Session& session, std::size_t index) noexcept {
  const Exchange& exchange = session.exchanges[index];
  const auto sent = asked_at(session, index);
  if (!sent || !wait_of(session, index) || gap_in_reply(session, index)) return std::nullopt;
  if (is_about_the_close(session, exchange.replies.front())) return std::nullopt;
  const auto before = reply_before(session, index);
  const Origin asked = before && before->time > sent->time ? *before : *sent;
  auto wait = measured(session, Step::reply, index, asked, exchange.replies.front().origin);
  if (wait) wait->limit = limit_of_reply(exchange);
  return wait;
}

// A command that the client sent before it had the reply did not wait for anything.
std::optional<Wait> command_wait(const Session& session, std::size_t index) noexcept {
  const Exchange& exchange = session.exchanges[index];
  const auto before = reply_before(session, index);
  if (!before || !exchange.command || exchange.around_gap) return std::nullopt;
  const bool has_text =
      exchange.message && exchange.kind == ExchangeKind::end_of_data && exchange.message->first;
  const Origin words = has_text ? *exchange.message->first : exchange.command->begun;
  if (words.frame < before->frame) return std::nullopt;
  auto wait = measured(session, Step::command, index, *before, words);
  if (wait) wait->limit = limit_of_client();
  return wait;
}

std::optional<Wait> slowest_step(const Session& session) noexcept {
  std::optional<Wait> slowest = connect_wait(session);
  const auto look_at = [&slowest](const std::optional<Wait>& wait) {
    if (wait && (!slowest || *slowest < *wait)) slowest = wait;
  };
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    look_at(command_wait(session, index));
    look_at(message_wait(session, index));
    look_at(reply_wait(session, index));
  }
  return slowest;
}

Nanoseconds own_time(const Session& session, const Wait& wait) noexcept {
  const Nanoseconds trip = session.transport.round_trip.value_or(Nanoseconds{0});
  return wait.span > trip ? wait.span - trip : Nanoseconds{0};
}

}  // namespace smtpscope::session
