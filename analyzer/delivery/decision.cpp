#include "analyzer/delivery/decision.hpp"

#include "analyzer/delivery/certainty.hpp"
#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/greylisting.hpp"
#include "analyzer/findings/handshake.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using findings::Departure;
using findings::Finding;
using findings::RuleId;
using session::no_exchange;
using session::Recipient;
using session::RecipientOutcome;
using session::Session;
using session::Transaction;
using session::TransactionOutcome;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

const Finding* find(const std::vector<Finding>& findings, RuleId rule) noexcept {
  const auto found = std::ranges::find_if(findings, [rule](const Finding& finding) {
    return finding.rule == rule && findings::severity_of(finding) != findings::Severity::note;
  });
  return found == findings.end() ? nullptr : &*found;
}

bool is_command(const Exchange& exchange, std::initializer_list<Verb> verbs) noexcept {
  return exchange.kind == ExchangeKind::command && exchange.command &&
         std::ranges::find(verbs, exchange.command->verb) != verbs.end();
}

Asked asked_at(const Exchange& exchange) noexcept {
  using enum smtp::Answered;
  if (exchange.kind == ExchangeKind::greeting) return asked_by(greeting, Verb::unknown);
  const bool of_message =
      exchange.kind == ExchangeKind::end_of_data || exchange.kind == ExchangeKind::unsolicited;
  return asked_by(of_message ? end_of_data : command,
                  exchange.command ? exchange.command->verb : Verb::unknown);
}

Classification classification_at(const Session& session, ReplyPlace place,
                                 Classifying& classifying) {
  const Exchange& exchange = session.exchanges[place.exchange];
  ReplyText text;
  text.read(exchange.replies[place.reply]);
  Classification found = classifying.classify(text, {asked_at(exchange), session.greeting});
  // What delivery.greylisted calls so is so here, too, whatever the rules make of the rest of the
  // reply.
  const bool greylisted = findings::greylisting_of(exchange, exchange.replies[place.reply]) !=
                          findings::Greylisting::none;
  if (!greylisted || found.reason == "greylisted") return found;
  return {find_reason("greylisted"), "greylisted", {}, found.provider};
}

void classify(const Session& session, Decision& decision, Classifying& classifying) {
  const Classification found = classification_at(session, *decision.by, classifying);
  decision.reason = found.reason;
  decision.rule = found.rule;
  decision.provider = found.provider;
}

// A server that gave up waiting does not know why nothing came.
void explain_wait(const Session& session, const std::vector<Finding>& findings,
                  Decision& decision) noexcept {
  constexpr std::uint16_t closing = 421;
  if (decision.reason != "networkerror" || reply_of(session, decision)->code != closing) return;
  for (const RuleId rule : {RuleId::net_mtu_black_hole, RuleId::net_stalled}) {
    if (decision.cause == nullptr) decision.cause = find(findings, rule);
  }
  if (decision.cause == nullptr) return;
  decision.reason = "stalled";
  decision.rule = {};
}

// ---- What broke a session off, by the findings, the most telling one first ----------------------
struct Break {
  RuleId rule;
  Reason reason;  // empty: by whose side it was
};
constexpr std::array breaks = {
    Break{RuleId::net_proxy_refused, "proxy-refused"},
    Break{RuleId::net_refused, "connection-refused"},
    Break{RuleId::net_icmp_unreachable, "unreachable"},
    Break{RuleId::net_timeout, "connection-timeout"},
    Break{RuleId::net_not_connected, {}},
    Break{RuleId::tls_failed, {}},
    Break{RuleId::tls_handshake_failed, {}},
    Break{RuleId::tls_left_after_handshake, "tls-certificate"},
    Break{RuleId::smtp_not_smtp, "protocol-mismatch"},
    Break{RuleId::tls_not_tls, "protocol-mismatch"},
    Break{RuleId::smtp_no_greeting, "no-greeting"},
    Break{RuleId::delivery_lost_after_data, "no-final-reply"},
    Break{RuleId::net_reset, "reset"},
    Break{RuleId::net_closed_early, {}},
    Break{RuleId::net_mtu_black_hole, "stalled"},
    Break{RuleId::net_stalled, "stalled"},
    Break{RuleId::net_idle_close, {}},
    Break{RuleId::smtp_command_without_reply, {}},
    Break{RuleId::security_plaintext_after_tls, "tls-handshake"},
};

Reason closed_by(const Session& session) noexcept {
  const Departure departure = findings::departure_of(session);
  if (departure.how == Departure::How::reset) return "reset";
  return departure.by == Side::client ? "client-closed" : "server-closed";
}

Reason reason_of_break(const Session& session, RuleId rule) noexcept {
  if (rule == RuleId::net_not_connected)
    return findings::has_failed(session, session::FailureKind::host_unknown) ? "host-not-found"
                                                                             : "unreachable";
  if (rule == RuleId::tls_handshake_failed) {
    const auto failure = findings::handshake_failure(session);
    return failure && failure->on_certificate ? "tls-certificate" : "tls-handshake";
  }
  if (rule != RuleId::tls_failed) return closed_by(session);
  return ascii::contains_no_case(session.transcript->failure->words, "certificate")
             ? "tls-certificate"
             : "tls-handshake";
}

bool end_is_seen(const Session& session) noexcept {
  const Departure::How how = findings::departure_of(session).how;
  return how == Departure::How::fin || how == Departure::How::reset;
}

std::optional<Decision> broken(const Session& session,
                               const std::vector<Finding>& findings) noexcept {
  for (const Break& row : breaks) {
    const Finding* finding = find(findings, row.rule);
    if (finding == nullptr) continue;
    // It may still go on.
    if (row.rule == RuleId::net_idle_close && !end_is_seen(session)) continue;
    if (row.rule == RuleId::tls_not_tls && !findings::fails_for_want_of_tls(session)) continue;
    Decision decision;
    decision.outcome = Outcome::failed_network;
    decision.reason = row.reason.empty() ? reason_of_break(session, row.rule) : row.reason;
    const bool is_tls = row.rule == RuleId::tls_failed ||
                        row.rule == RuleId::tls_handshake_failed ||
                        row.rule == RuleId::tls_left_after_handshake;
    if (is_tls) decision.outcome = Outcome::failed_tls;
    decision.broken_by = finding;
    return decision;
  }
  return std::nullopt;
}

// ---- A transaction ------------------------------------------------------------------------------
// The reply that decided it: the one for all, else that of the first recipient with this outcome.
std::optional<ReplyPlace> deciding_reply(
    const Session& session, const Transaction& transaction,
    std::initializer_list<RecipientOutcome> outcomes) noexcept {
  const auto fits = [&](const Recipient& recipient) {
    return recipient.decided_by != no_exchange &&
           std::ranges::find(outcomes, recipient.outcome) != outcomes.end() &&
           !session.exchanges[recipient.decided_by].replies.empty();
  };
  for (const Recipient& recipient : transaction.recipients) {
    if (!fits(recipient)) continue;
    const std::size_t replies = session.exchanges[recipient.decided_by].replies.size();
    return ReplyPlace{recipient.decided_by, std::min(recipient.reply, replies - 1)};
  }
  if (transaction.decided_by == no_exchange ||
      session.exchanges[transaction.decided_by].replies.empty()) {
    return std::nullopt;
  }
  // Of several replies that cannot be told apart by recipient, one that decided so.
  const auto& replies = session.exchanges[transaction.decided_by].replies;
  const bool of_refusal = std::ranges::find(outcomes, RecipientOutcome::accepted) == outcomes.end();
  const auto refusal = std::ranges::find_if(
      replies, [](const smtp::Reply& reply) { return reply.first_digit() >= 4; });
  const bool found = of_refusal && refusal != replies.end();
  return ReplyPlace{
      transaction.decided_by,
      found ? static_cast<std::size_t>(refusal - replies.begin()) : replies.size() - 1};
}

std::size_t begin_of(const Transaction& transaction) noexcept {
  if (transaction.mail != no_exchange) return transaction.mail;
  if (!transaction.recipients.empty()) return transaction.recipients.front().rcpt;
  return transaction.data;
}

// Did the client itself end the last transaction, by RSET, QUIT or a new EHLO?
bool was_given_up(const Session& session, const Transaction& transaction) noexcept {
  const std::size_t begin = begin_of(transaction);
  if (begin == no_exchange) return false;
  return std::any_of(
      session.exchanges.begin() + static_cast<std::ptrdiff_t>(begin), session.exchanges.end(),
      [](const Exchange& exchange) {
        return is_command(exchange, {Verb::rset, Verb::quit, Verb::ehlo, Verb::helo, Verb::lhlo});
      });
}

Decision undecided(const Session& session, const std::vector<Finding>& findings,
                   std::size_t index) {
  const Transaction& transaction = session.transactions[index];
  const bool ended = transaction.end_of_data != no_exchange;
  const Finding* lost = ended ? find(findings, RuleId::delivery_lost_after_data) : nullptr;
  const bool is_lost = lost != nullptr && lost->exchange == transaction.end_of_data;
  const bool is_last = index + 1 == session.transactions.size();
  if (is_lost || (is_last && !was_given_up(session, transaction))) {
    if (const auto decision = broken(session, findings)) return *decision;
  }
  Decision decision;
  const bool aborted = transaction.outcome == TransactionOutcome::aborted;
  decision.outcome = aborted ? Outcome::aborted : Outcome::incomplete;
  return decision;
}

// ---- A session without mail ---------------------------------------------------------------------
std::optional<Decision> refused_at(const Session& session, std::size_t index, Outcome for_good,
                                   Outcome for_now) {
  const Exchange& exchange = session.exchanges[index];
  if (!findings::is_refused(exchange)) return std::nullopt;
  Decision decision;
  decision.by = ReplyPlace{index, exchange.replies.size() - 1};
  decision.outcome = exchange.reply()->first_digit() == 5 ? for_good : for_now;
  return decision;
}

// The last one of these commands, if it was refused and nothing of the kind succeeded after it.
std::optional<Decision> refused_last(const Session& session, std::initializer_list<Verb> verbs,
                                     Outcome for_good, Outcome for_now) {
  for (std::size_t index = session.exchanges.size(); index-- > 0;) {
    if (is_command(session.exchanges[index], verbs))
      return refused_at(session, index, for_good, for_now);
  }
  return std::nullopt;
}

// The answer to something may stand behind the capture's end. What answers QUIT tells nothing.
bool waits_at_the_end(const Session& session) noexcept {
  return std::ranges::any_of(session.exchanges, [&](const Exchange& exchange) {
    const bool is_quit = is_command(exchange, {Verb::quit}) && session.has_greeting();
    return exchange.unanswered == smtp::Unanswered::capture_end && !is_quit;
  });
}

bool is_whole(const Session& session) noexcept {
  return session.transport.opened == tcp::Opened::handshake && !session.unseen &&
         !has_holes(session) && session.exchanges_dropped == 0 &&
         !session.transport.reset_had_unseen && session.transport.sent_unseen[0] == 0 &&
         session.transport.sent_unseen[1] == 0 &&
         (end_is_seen(session) || findings::has_quit(session)) && !waits_at_the_end(session);
}

Decision with_outcome(Outcome outcome) {
  Decision decision;
  decision.outcome = outcome;
  return decision;
}

// A connection that two different protocols met on: who spoke TLS wanted to send mail; who spoke
// HTTP did not.
Decision mismatched(const Session& session, const Decision& broken) {
  Decision decision = broken;
  const auto other = findings::other_protocol(session);
  if (broken.broken_by->rule == RuleId::tls_not_tls) decision.outcome = Outcome::failed_tls;
  if (!other || other->side == Side::server) return decision;
  decision.outcome = other->name == "TLS" ? Outcome::failed_tls : Outcome::no_mail;
  return decision;
}

// A tool that prints replies alone: the first refusal among them is, most likely, what the mail was
// refused by.
std::optional<Decision> refused_somewhere(const Session& session) {
  if (!session.transcript || session.transcript->has_commands) return std::nullopt;
  const auto refused = std::ranges::find_if(session.exchanges, findings::is_refused);
  if (refused == session.exchanges.end()) return std::nullopt;
  return refused_at(session, static_cast<std::size_t>(refused - session.exchanges.begin()),
                    Outcome::rejected, Outcome::deferred);
}

Decision decide_without_mail(const Session& session, const std::vector<Finding>& findings) {
  if (session.has_greeting()) {
    if (const auto refused = refused_at(session, 0, Outcome::rejected, Outcome::deferred))
      return *refused;
  }
  const auto cut = broken(session, findings);
  if (cut && cut->reason == "protocol-mismatch") return mismatched(session, *cut);
  if (cut && cut->outcome == Outcome::failed_tls && session.tls_seen) return *cut;
  if (findings::hidden_by_tls(session)) return with_outcome(Outcome::hidden_by_tls);
  if (cut && cut->reason == "tls-handshake") {
    Decision decision = *cut;
    decision.outcome = Outcome::failed_tls;
    return decision;
  }
  if (session.unseen) return refused_somewhere(session).value_or(with_outcome(Outcome::incomplete));
  const auto tls = refused_last(session, {Verb::starttls, Verb::x_anonymoustls},
                                Outcome::failed_tls, Outcome::failed_tls);
  const auto login =
      refused_last(session, {Verb::auth, Verb::x_exps}, Outcome::rejected, Outcome::deferred);
  const auto hello = refused_last(session, {Verb::ehlo, Verb::helo, Verb::lhlo}, Outcome::rejected,
                                  Outcome::deferred);
  for (const auto& refused : {login, tls, hello}) {
    if (refused) return *refused;
  }
  if (cut) return *cut;
  return with_outcome(is_whole(session) ? Outcome::no_mail : Outcome::incomplete);
}

// Did the client leave when it had heard what the server offers?
bool left_after_hello(const Session& session) noexcept {
  return std::ranges::all_of(session.exchanges, [](const Exchange& exchange) {
    return exchange.kind == ExchangeKind::greeting ||
           is_command(exchange, {Verb::ehlo, Verb::helo, Verb::quit});
  });
}

// TLS that did not come about behind a box that hides STARTTLS. Who leaves without a word there
// insists on TLS.
void explain_want_of_tls(const Session& session, const std::vector<Finding>& findings,
                         Decision& decision) noexcept {
  const bool refused = decision.outcome == Outcome::failed_tls && decision.by;
  const bool left = decision.outcome == Outcome::no_mail && left_after_hello(session);
  if (!refused && !left) return;
  const Finding* const stripped = find(findings, RuleId::security_starttls_stripped);
  if (stripped == nullptr) return;
  decision.outcome = Outcome::failed_tls;
  decision.reason = "starttls-stripped";
  decision.rule = {};
  (refused ? decision.cause : decision.broken_by) = stripped;
}

// ---- All together -------------------------------------------------------------------------------
bool delivers(Outcome outcome) noexcept {
  return outcome == Outcome::delivered || outcome == Outcome::partially_delivered;
}

// The first decision with one of these outcomes.
const Decision* first_of(const std::vector<const Decision*>& decisions,
                         std::initializer_list<Outcome> outcomes) noexcept {
  const auto found = std::ranges::find_if(decisions, [&](const Decision* decision) {
    return std::ranges::find(outcomes, decision->outcome) != outcomes.end();
  });
  return found == decisions.end() ? nullptr : *found;
}

// What was not decided in clear may have been decided under TLS.
bool may_go_on_under_tls(const Session& session, const Decision& decision) noexcept {
  const bool open = decision.outcome == Outcome::aborted || decision.outcome == Outcome::incomplete;
  return open && findings::hidden_by_tls(session);
}

Decision combined(const std::vector<const Decision*>& decisions) {
  using enum Outcome;
  const bool any_delivered = std::ranges::any_of(decisions, delivers, &Decision::outcome);
  if (any_delivered) {
    if (const Decision* partial =
            first_of(decisions, {partially_delivered, rejected, deferred, failed_network})) {
      Decision decision = *partial;
      decision.outcome = partially_delivered;
      return decision;
    }
    if (const Decision* unseen = first_of(decisions, {incomplete})) return *unseen;
    return *first_of(decisions, {delivered});  // what the client gave up by itself it did not want
  }
  for (const Outcome worst : {rejected, deferred, failed_network, incomplete}) {
    if (const Decision* decision = first_of(decisions, {worst})) return *decision;
  }
  return *decisions.back();
}

Decision of_transaction(const Session& session, const std::vector<Finding>& findings,
                        std::size_t index, Classifying& classifying) {
  const Transaction& transaction = session.transactions[index];
  using enum RecipientOutcome;
  Decision decision;
  decision.transaction = index;
  switch (transaction.outcome) {
    case TransactionOutcome::delivered:
      decision.outcome = Outcome::delivered;
      decision.by = deciding_reply(session, transaction, {accepted});
      break;
    case TransactionOutcome::partially_delivered:
      decision.outcome = Outcome::partially_delivered;
      decision.by = deciding_reply(session, transaction, {rejected, deferred});
      break;
    case TransactionOutcome::rejected:
      decision.outcome = Outcome::rejected;
      decision.by = deciding_reply(session, transaction, {rejected});
      break;
    case TransactionOutcome::deferred:
      decision.outcome = Outcome::deferred;
      decision.by = deciding_reply(session, transaction, {deferred});
      break;
    case TransactionOutcome::aborted:
    case TransactionOutcome::unknown:
      decision = undecided(session, findings, index);
      break;
  }
  if (decision.by && decision.outcome != Outcome::delivered) {
    classify(session, decision, classifying);
    explain_wait(session, findings, decision);
  }
  decision.transaction = index;
  return decision;
}

}  // namespace

Reason recipient_reason(const Session& session, const Recipient& recipient,
                        const Decision& transaction, Classifying& classifying) {
  switch (recipient.outcome) {
    case RecipientOutcome::accepted:
      return {};
    case RecipientOutcome::unknown:
      return transaction.broken_by != nullptr ? transaction.reason : Reason{};
    case RecipientOutcome::rejected:
    case RecipientOutcome::deferred:
      break;
  }
  if (recipient.decided_by == no_exchange ||
      session.exchanges[recipient.decided_by].replies.empty())
    return {};
  const std::size_t replies = session.exchanges[recipient.decided_by].replies.size();
  const ReplyPlace place{recipient.decided_by, std::min(recipient.reply, replies - 1)};
  const bool is_explained =
      transaction.cause != nullptr && recipient.decided_by == transaction.by->exchange;
  if (is_explained || transaction.by == place) return transaction.reason;
  return classification_at(session, place, classifying).reason;
}

Decisions decide(const Session& session, const std::vector<Finding>& findings,
                 Classifying& classifying) {
  Decisions made;
  if (session.transactions.empty()) {
    made.session = decide_without_mail(session, findings);
    if (made.session.by) classify(session, made.session, classifying);
    explain_want_of_tls(session, findings, made.session);
    return made;
  }
  made.transactions.reserve(session.transactions.size());
  std::vector<const Decision*> that_count;
  for (std::size_t index = 0; index < session.transactions.size(); ++index) {
    const Decision& decision =
        made.transactions.emplace_back(of_transaction(session, findings, index, classifying));
    if (findings::was_tried_again(session, session.transactions[index]) ||
        may_go_on_under_tls(session, decision))
      continue;
    that_count.push_back(&decision);
  }
  made.session = that_count.empty() ? with_outcome(Outcome::hidden_by_tls) : combined(that_count);
  return made;
}

const smtp::Reply* reply_of(const Session& session, const Decision& decision) noexcept {
  return decision.by ? &session.exchanges[decision.by->exchange].replies[decision.by->reply]
                     : nullptr;
}

}  // namespace smtpscope::delivery
