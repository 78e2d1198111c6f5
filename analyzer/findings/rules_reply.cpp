// Replies against the commands they answer: their codes, their order, their moment.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/out_of_step.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/text_runs.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Verb;

constexpr std::size_t many_errors = 5;
// A client that waits as long as this for a reply does not pipeline.
constexpr Nanoseconds patient = std::chrono::seconds{1};
// A reply that comes so soon behind the client's next octets was let go by them.
constexpr Nanoseconds at_once = std::chrono::milliseconds{200};

bool names_host(const Exchange& exchange) noexcept {
  return exchange.kind == ExchangeKind::greeting || is_hello(exchange);
}

// 5.x.x beside 250. A greeting and the answer to EHLO begin with a name, and have no such code.
bool is_mismatch(const Reply& reply) noexcept {
  const unsigned digit = reply.first_digit();
  return reply.enhanced && (digit == 2 || digit == 4 || digit == 5) &&
         reply.enhanced->class_digit != digit;
}

bool says_552_for_452(const Exchange& exchange) noexcept {
  const Reply* const reply = exchange.reply();
  if (!has_verb(exchange, Verb::rcpt) || reply == nullptr || reply->code != 552) return false;
  return says_too_many_recipients(*reply);
}

// 421 announces that the server closes. One that goes on to answer did not mean it.
bool goes_on_after_421(const Session& session, std::size_t index) noexcept {
  const Reply* const reply = session.exchanges[index].reply();
  if (reply == nullptr || reply->code != 421) return false;
  return std::any_of(session.exchanges.begin() + static_cast<std::ptrdiff_t>(index + 1),
                     session.exchanges.end(), [](const Exchange& later) {
                       const Reply* const answer = later.reply();
                       return answer != nullptr && answer->code != 421 && !later.around_gap;
                     });
}

// Refusals that no other finding counts: of recipients, addresses and logins they do.
bool is_error(const Exchange& exchange) noexcept {
  if (!is_command(exchange) || exchange.around_gap) return false;
  const Verb verb = exchange.command->verb;
  if (verb == Verb::rcpt || verb == Verb::vrfy || verb == Verb::expn || verb == Verb::auth ||
      verb == Verb::x_exps)
    return false;
  const Reply* const reply = exchange.reply();
  return reply != nullptr && reply->first_digit() == 5;
}

}  // namespace

std::vector<Finding> smtp_enhanced_mismatch(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (names_host(exchange) || exchange.kind == ExchangeKind::unsolicited) continue;
    const auto odd = std::ranges::find_if(exchange.replies, is_mismatch);
    if (odd == exchange.replies.end() || odd->has(smtp::ReplyFlaw::cut_short)) continue;
    const smtp::EnhancedCode& code = *odd->enhanced;
    findings.push_back(found(
        session, RuleId::smtp_enhanced_mismatch,
        fmt::format("The reply to {} says {} and {}.{}.{} at once: {}.", asked_words(exchange),
                    odd->code, code.class_digit, code.subject, code.detail, reply_words(*odd)),
        {odd->origin}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_legacy_code(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.around_gap) continue;
    std::string text;
    if (says_552_for_452(exchange)) {
      text = fmt::format("The server says {} to one recipient too many; 452 is the code for that.",
                         reply_words(*exchange.reply()));
    } else if (goes_on_after_421(session, index)) {
      text = fmt::format(
          "The server answered {} with {}, which announces that it closes, and went on.",
          asked_words(exchange), reply_words(*exchange.reply()));
    } else {
      continue;
    }
    findings.push_back(found(session, RuleId::smtp_legacy_code, std::move(text),
                             {exchange.reply()->origin}, index));
    break;  // it will do so each time
  }
  return findings;
}

std::vector<Finding> smtp_out_of_step(const Session& session) {
  const auto step = out_of_step(session);
  if (!step) return {};
  const Exchange& since = session.exchanges[step->since];
  const Exchange& shown = session.exchanges[step->impossible];
  const std::string_view how =
      step->shift == Shift::extra_reply
          ? "one reply too many came before, and each that follows answers the command before"
          : "that was never answered, and each reply that follows answers the next command";
  return {found(
      session, RuleId::smtp_out_of_step,
      fmt::format("Since {} the replies are out of step: {} ({} to {} is impossible).",
                  asked_words(since), how, reply_words(*shown.reply()), asked_words(shown)),
      {since.command ? since.command->origin : session.transport.first, shown.reply()->origin},
      step->since)};
}

std::vector<Finding> smtp_reply_held_back(const Session& session) {
  if (other_protocol(session) || session.unseen) return {};
  const Nanoseconds trip = session.transport.round_trip.value_or(Nanoseconds{0});
  for (std::size_t index = 1; index < session.exchanges.size(); ++index) {
    const Exchange& held = session.exchanges[index - 1];
    const Exchange& next = session.exchanges[index];
    if (!held.command || !next.command || held.replies.empty() || held.around_gap ||
        next.around_gap)
      continue;
    const Reply& reply = held.replies.front();
    const Nanoseconds wait = elapsed(held.command->origin.time, next.command->begun.time);
    const bool let_go =
        reply.peer_acknowledged && *reply.peer_acknowledged >= next.command->extent.end;
    const bool unaware = knew(*next.command, reply) == false;
    if (!unaware || !let_go || wait < patient || held.auth) continue;
    if (elapsed(next.command->origin.time, reply.origin.time) > trip + at_once) continue;
    if (clock_jumps_between(session, held.command->origin, reply.origin)) continue;
    return {
        found(session, RuleId::smtp_reply_held_back,
              fmt::format("The reply to {} came {} after it, and only when the client had sent {}.",
                          asked_words(held),
                          span_words(elapsed(held.command->origin.time, reply.origin.time)),
                          asked_words(next)),
              {held.command->origin, next.command->origin, reply.origin}, index - 1)};
  }
  return {};
}

std::vector<Finding> smtp_reply_during_data(const Session& session) {
  if (other_protocol(session) || session.unseen) return {};
  const auto refused = refused_in_message(session);  // delivery.refused tells it
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    const Reply* const reply = exchange.reply();
    if (reply == nullptr || exchange.around_gap || refused == index) continue;
    const bool before_end = exchange.kind == ExchangeKind::end_of_data && exchange.early_reply;
    const bool inside = exchange.kind == ExchangeKind::unsolicited && exchange.in_data;
    if (!(before_end || inside) || is_farewell(session, *reply)) continue;
    findings.push_back(
        found(session, RuleId::smtp_reply_during_data,
              fmt::format("The server said {} while the client was still sending the message.",
                          reply_words(*reply)),
              {reply->origin}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_many_errors(const Session& session) {
  if (other_protocol(session) || session.unseen) return {};
  TextRuns text(session);  // its lines are one fault, told elsewhere
  std::size_t errors = 0;
  std::size_t fifth = session::no_exchange;
  std::map<std::uint16_t, std::size_t> by_code;
  std::vector<Origin> evidence;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_error(exchange) || text.have(index)) continue;
    ++by_code[exchange.reply()->code];
    if (++errors <= many_errors) evidence.push_back(exchange.reply()->origin);
    if (errors == many_errors) fifth = index;
  }
  if (errors < many_errors) return {};
  std::vector<std::string> codes;
  codes.reserve(by_code.size());
  for (const auto& [code, count] : by_code)
    codes.push_back(fmt::format("{} {}", counted(count, "time"), code));
  return {found(session, RuleId::smtp_many_errors,
                fmt::format("The server refused {} of the client ({}).", counted(errors, "command"),
                            listed(codes, 6)),
                std::move(evidence), fifth)};
}

}  // namespace smtpscope::findings
