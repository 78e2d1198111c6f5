#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

constexpr Nanoseconds slow_greeting = std::chrono::seconds{5};
constexpr Nanoseconds slow_reply = std::chrono::seconds{5};
constexpr Nanoseconds slow_end_of_message = std::chrono::seconds{10};

constexpr std::size_t index_of(Side side) noexcept { return static_cast<std::size_t>(side); }

// How long a client should wait at least.
struct TimeLimit {
  Verb verb;
  std::string_view words;
};
constexpr std::array time_limits = {
    TimeLimit{Verb::mail, "RFC 5321, 4.5.3.2.2 lets a client wait 5 min for this one"},
    TimeLimit{Verb::rcpt, "RFC 5321, 4.5.3.2.3 lets a client wait 5 min for this one"},
    TimeLimit{Verb::data, "RFC 5321, 4.5.3.2.4 lets a client wait 2 min for this one"},
    TimeLimit{Verb::bdat, "RFC 5321, 4.5.3.2.5 lets a client wait 3 min for a block of a message"},
};

std::string_view time_limit(const Exchange& exchange) noexcept {
  if (ends_message(exchange)) return "RFC 5321, 4.5.3.2.6 lets a client wait 10 min for this one";
  const Verb verb = exchange.command ? exchange.command->verb : Verb::unknown;
  const auto* const row = std::ranges::find(time_limits, verb, &TimeLimit::verb);
  if (row != time_limits.end()) return row->words;
  return "RFC 5321, 4.5.3.2 names no limit for this one, and 5 min is usual";
}

Nanoseconds less_round_trip(const Session& session, Nanoseconds wait) noexcept {
  const Nanoseconds trip = session.transport.round_trip.value_or(Nanoseconds{0});
  return wait > trip ? wait - trip : Nanoseconds{0};
}

std::string tries(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  std::string words = counted(transport.syn_tries, "try", "tries");
  if (transport.syn_tries > 1 && transport.syn && transport.last_syn) {
    words += " over " + span_words(elapsed(transport.syn->time, transport.last_syn->time));
  }
  return words;
}

std::vector<Origin> attempts(const Session& session) {
  std::vector<Origin> packets;
  const tcp::TransportFacts& transport = session.transport;
  for (const auto& packet : {transport.syn, transport.last_syn, transport.reset}) {
    if (packet) packets.push_back(*packet);
  }
  return packets;
}

// What a break left undone, as the end of a sentence; empty if nothing.
std::string left_undone(const Session& session) {
  if (session.open_message) {
    return fmt::format(" in the middle of the message, after {} of it",
                       counted(session.open_message->octets, "octet"));
  }
  if (const auto pending = first_unanswered(session)) {
    return fmt::format(" while {} waited for its reply", asked_words(session.exchanges[*pending]));
  }
  if (transaction_left_open(session)) return " in the middle of a transaction";
  return {};
}

// A client that stopped inside a line.
bool left_in_a_line(const Session& session) noexcept {
  if (session.exchanges.empty() || session.gap_count > 0) return false;
  const Exchange& last = session.exchanges.back();
  return last.kind == ExchangeKind::command && last.command && last.replies.empty() &&
         last.command->line_end == smtp::LineEnd::cut;
}

// The server ended a dialogue that was going well, with no command pending: neither a 421 nor a refusal
// nor the end of its work explains it.
bool server_left_without_a_word(const Session& session) noexcept {
  if (!session.has_greeting() || !has_commands(session) || has_quit(session)) return false;
  if (first_unanswered(session) || hidden_by_tls(session)) return false;
  const auto answered =
      std::ranges::find_if(session.exchanges.rbegin(), session.exchanges.rend(),
                           [](const Exchange& exchange) { return exchange.reply() != nullptr; });
  const Exchange& last = *answered;
  // 221 says goodbye, whatever it answers: Postfix to "GET / HTTP/1.1", or to a line of text.
  return last.reply()->first_digit() < 4 && last.reply()->code != 221 && !ends_message(last) &&
         !last.around_gap && session.gap_count == 0;
}

// The server's octets are missing in, or right before, the reply of this exchange: it may have begun sooner.
bool gap_in_reply(const Session& session, std::size_t index) noexcept {
  return std::ranges::any_of(session.gaps, [&](const session::GapFact& gap) {
    return gap.side == Side::server && gap.before == index && !gap.hidden_by_tls;
  });
}

}  // namespace

std::vector<Finding> net_refused(const Session& session) {
  if (session.transport.opened != tcp::Opened::refused) return {};
  return {found(
      session, RuleId::net_refused,
      fmt::format("The server {} refused the connection of {}: RST in answer to the SYN ({}).",
                  net::to_string(session.server), side_words(session, Side::client),
                  tries(session)),
      attempts(session))};
}

std::vector<Finding> net_timeout(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.opened != tcp::Opened::timeout || !transport.syn) return {};
  // One SYN at the end of a capture: its answer may have come a moment later.
  if (transport.syn_tries < 2) return {};
  return {found(session, RuleId::net_timeout,
                fmt::format("The server {} never answered the SYN of {} ({}).",
                            net::to_string(session.server), side_words(session, Side::client),
                            tries(session)),
                attempts(session))};
}

std::vector<Finding> net_reset(const Session& session) {
  if (!reset_midway(session)) return {};
  const Departure departure = departure_of(session);
  const std::string who = departure.by ? side_first(session, *departure.by) : "A side";
  const auto pending = first_unanswered(session);
  std::vector<Origin> evidence = {departure.at};
  if (session.open_message) evidence.push_back(session.open_message->last);
  if (pending) evidence.push_back(session.exchanges[*pending].command->origin);
  return {found(session, RuleId::net_reset,
                fmt::format("{} reset the connection{}: lost connection after {}.", who,
                            left_undone(session), session::stage(session)),
                std::move(evidence), pending.value_or(session::no_exchange))};
}

std::vector<Finding> net_closed_early(const Session& session) {
  const Departure departure = departure_of(session);
  if (departure.how != Departure::How::fin || other_protocol(session) || session.unseen) return {};
  const bool by_server = departure.by == Side::server;
  const bool in_message = message_left_open(session) && !has_quit(session) && !first_unanswered(session) &&
                          !greeting_never_came(session);
  const bool in_line = departure.by == Side::client && left_in_a_line(session);
  if (!in_message && !in_line && !(by_server && server_left_without_a_word(session))) return {};
  std::string what = left_undone(session);
  if (in_line) what = " in the middle of a line: " + quoted(asked_words(session.exchanges.back()));
  if (by_server) what += ", without a 421";
  return {found(session, RuleId::net_closed_early,
                fmt::format("{} closed the connection{}: lost connection after {}.",
                            side_first(session, *departure.by), what, session::stage(session)),
                {departure.at})};
}

std::vector<Finding> net_asymmetric(const Session& session) {
  if (!session.unseen) return {};
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
  const auto connected = session::asked_at(session, 0);
  const auto wait = session::wait_of(session, 0);
  if (!connected || !wait || less_round_trip(session, *wait) <= slow_greeting) return {};
  const Origin greeted = session.exchanges.front().replies.front().origin;
  if (gap_between(session, *connected, greeted) || gap_in_reply(session, 0)) return {};
  return {found(
      session, RuleId::net_slow_greeting,
      fmt::format("{} greeted {} after the connection was made; RFC 5321, 4.5.3.2.1 lets a client "
                  "wait 5 min, and many give up sooner.",
                  side_first(session, Side::server), span_words(*wait)),
      {*connected, greeted}, 0)};
}

namespace {

// A 421 behind the client's FIN is about that, and answers no command: Exim's "421 lost input connection".
bool is_about_the_close(const Session& session, const smtp::Reply& reply) noexcept {
  const auto& fin = session.transport.fin[static_cast<std::size_t>(Side::client)];
  return reply.code == 421 && fin && fin->time <= reply.origin.time;
}

}  // namespace

std::vector<Finding> net_slow_reply(const Session& session) {
  std::vector<Finding> findings;
  std::optional<Origin> previous;  // the reply before: with pipelining the server begins only then
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    const auto before = previous;
    if (const smtp::Reply* reply = exchange.reply()) previous = reply->origin;
    const bool asks =
        exchange.kind == ExchangeKind::end_of_data || exchange.kind == ExchangeKind::command;
    const bool thinks =
        exchange.auth && exchange.auth->steps > 0;  // the client takes its time, too
    const auto sent = session::asked_at(session, index);
    if (!asks || thinks || !sent || !session::wait_of(session, index)) continue;
    const Origin asked = before && before->time > sent->time ? *before : *sent;
    const Origin answered = exchange.replies.front().origin;
    const Nanoseconds wait = elapsed(asked.time, answered.time);
    const Nanoseconds limit = ends_message(exchange) ? slow_end_of_message : slow_reply;
    if (less_round_trip(session, wait) <= limit) continue;
    if (gap_between(session, asked, answered) || gap_in_reply(session, index)) continue;
    if (is_about_the_close(session, exchange.replies.front())) continue;
    findings.push_back(
        found(session, RuleId::net_slow_reply,
              fmt::format("{} took {} to answer {}; {}.", side_first(session, Side::server),
                          span_words(wait), asked_words(exchange), time_limit(exchange)),
              {*sent, answered}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
