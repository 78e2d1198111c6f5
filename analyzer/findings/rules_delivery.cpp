// What was refused, for whom, and in which words. One finding for each thing that was refused: the
// sender, each recipient, the message; never for what only repeats it (503 behind a refused MAIL,
// 554 to DATA behind refused recipients), nor for a fault of the client that a finding of its own
// tells.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/command_faults.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/greylisting.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Recipient;
using session::RecipientOutcome;
using session::Session;
using session::Transaction;
using smtp::Answered;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Verb;

struct Refusal {
  std::string what;          // "the recipient bob@example.com"
  std::size_t exchange = 0;  // where the reply is
  const Reply* reply = nullptr;
};

// Registered enhanced codes say why; else the reply code, in answer to this command.
std::string_view meaning_of(const Exchange& exchange, const Reply& reply) noexcept {
  if (reply.enhanced && (reply.enhanced->detail != 0 || reply.enhanced->subject != 0)) {
    const smtp::EnhancedInfo* row =
        smtp::find_enhanced(reply.enhanced->subject, reply.enhanced->detail);
    if (row != nullptr && reply.enhanced->detail != 0) return row->meaning;
  }
  if (ends_message(exchange) || exchange.kind == ExchangeKind::unsolicited) {
    return smtp::reply_meaning(Answered::end_of_data, Verb::unknown, reply.code);
  }
  const Verb verb = exchange.command ? exchange.command->verb : Verb::unknown;
  return smtp::reply_meaning(Answered::command, verb, reply.code);
}

std::string address_words(std::string_view address) {
  return address.empty() ? "<>" : shortened(address, quoted_octets_max);
}

class Refusals {
 public:
  explicit Refusals(const Session& session) : session_(session) {}
  [[nodiscard]] std::vector<Refusal> of(const Transaction& transaction) const;

 private:
  void add(std::vector<Refusal>& list, std::string what, std::size_t exchange,
           std::size_t reply) const;
  void add_recipients(std::vector<Refusal>& list, const Transaction& transaction) const;
  void add_message(std::vector<Refusal>& list, const Transaction& transaction) const;
  [[nodiscard]] std::size_t refused_chunk(const Transaction& transaction) const noexcept;

  const Session& session_;
};

void Refusals::add(std::vector<Refusal>& list, std::string what, std::size_t exchange,
                   std::size_t reply) const {
  list.push_back({std::move(what), exchange, &session_.exchanges[exchange].replies[reply]});
}

std::vector<Refusal> Refusals::of(const Transaction& transaction) const {
  std::vector<Refusal> list;
  if (transaction.mail != no_exchange && is_refused(session_.exchanges[transaction.mail])) {
    // What was asked for first was done, and the mail went on: nothing was refused.
    if (asks_for_more(*session_.exchanges[transaction.mail].reply()) &&
        was_tried_again(session_, transaction))
      return {};
    add(list, "the sender " + address_words(transaction.sender), transaction.mail,
        session_.exchanges[transaction.mail].replies.size() - 1);
    return list;
  }
  add_recipients(list, transaction);
  add_message(list, transaction);
  return list;
}

// Those that RCPT refused, and those that the message's own replies refused (LMTP, PRDR).
void Refusals::add_recipients(std::vector<Refusal>& list, const Transaction& transaction) const {
  for (const Recipient& recipient : transaction.recipients) {
    const bool refused = recipient.outcome == RecipientOutcome::rejected ||
                         recipient.outcome == RecipientOutcome::deferred;
    if (!refused || recipient.decided_by == no_exchange) continue;
    const Exchange& exchange = session_.exchanges[recipient.decided_by];
    const bool by_rcpt = recipient.decided_by == recipient.rcpt;
    if (!by_rcpt && exchange.replies.size() < 2) continue;
    if (by_rcpt && transaction.mail == no_exchange && transaction.sender_known) continue;
    const std::size_t reply = by_rcpt ? exchange.replies.size() - 1 : recipient.reply;
    if (reply >= exchange.replies.size()) continue;
    add(list, "the recipient " + address_words(recipient.address), recipient.decided_by, reply);
  }
}

// The first BDAT that was refused; those sent behind it are refused because of it.
std::size_t Refusals::refused_chunk(const Transaction& transaction) const noexcept {
  const std::vector<Exchange>& exchanges = session_.exchanges;
  const std::size_t last =
      transaction.end_of_data == no_exchange ? exchanges.size() - 1 : transaction.end_of_data;
  for (std::size_t index = transaction.data; index <= last; ++index) {
    const auto& command = exchanges[index].command;
    if (!command || command->verb != Verb::bdat) return no_exchange;
    if (is_refused(exchanges[index]) && exchanges[index].replies.size() == 1) return index;
  }
  return no_exchange;
}

void Refusals::add_message(std::vector<Refusal>& list, const Transaction& transaction) const {
  if (transaction.data == no_exchange) return;
  const bool none_accepted =
      std::ranges::none_of(transaction.recipients, &Recipient::rcpt_accepted);
  if (none_accepted && !transaction.recipients.empty()) return;
  if (const std::size_t chunk = refused_chunk(transaction); chunk != no_exchange) {
    add(list, "the message", chunk, session_.exchanges[chunk].replies.size() - 1);
    return;
  }
  for (const std::size_t index : {transaction.data, transaction.end_of_data}) {
    if (index == no_exchange || !is_refused(session_.exchanges[index])) continue;
    if (session_.exchanges[index].replies.size() == 1) add(list, "the message", index, 0);
    return;
  }
  if (&transaction != &session_.transactions.back()) return;
  if (const auto early = refused_in_message(session_))
    add(list, "the message, still being sent,", *early, 0);
}

// Exchanges whose refusal is told by smtp.bad-sequence or smtp.bad-syntax, or would be if there
// were no gap.
class Blamed {
 public:
  explicit Blamed(const Session& session)
      : session_(session), out_of_order_(sequence_faults(session)) {}

  [[nodiscard]] bool tells(const Refusal& refusal) const {
    if (!refuses_form(*refusal.reply)) return false;
    // Then a fault of the client is the cause, and beside a gap nobody knows which one.
    if (session_.exchanges[refusal.exchange].around_gap) return true;
    std::string why;
    return std::ranges::binary_search(out_of_order_, refusal.exchange, {},
                                      &SequenceFault::exchange) ||
           has_bad_syntax(session_.exchanges[refusal.exchange], why);
  }

 private:
  const Session& session_;
  std::vector<SequenceFault> out_of_order_;
};

// Each refusal is told by one of these rules.
RuleId rule_of(const Exchange& exchange, const Reply& reply) {
  if (reply.first_digit() == 5) return RuleId::delivery_refused;
  return greylisting_of(exchange, reply) == Greylisting::none ? RuleId::delivery_deferred
                                                              : RuleId::delivery_greylisted;
}

std::string refusal_words(const Session& session, const Refusal& refusal) {
  const Exchange& exchange = session.exchanges[refusal.exchange];
  const Reply& reply = *refusal.reply;
  const std::string server = server_name(session);
  switch (reply.first_digit() == 4 ? greylisting_of(exchange, reply) : Greylisting::none) {
    case Greylisting::said:
      return fmt::format("{} greylisted {}: {}. It asks everybody it does not know to come again.",
                         server, refusal.what, reply_words(reply));
    case Greylisting::likely:
      return fmt::format(
          "{} refused {} for now, which looks like greylisting: {}. No other cause is given.",
          server, refusal.what, reply_words(reply));
    case Greylisting::none:
      break;
  }
  return fmt::format("{} refused {}{}: {}. {}", server, refusal.what,
                     reply.first_digit() == 4 ? " for now" : "", reply_words(reply),
                     meaning_of(exchange, reply));
}

bool has_refusal(const Session& session) noexcept {
  return std::ranges::any_of(session.exchanges, [](const Exchange& exchange) {
    return std::ranges::any_of(exchange.replies,
                               [](const Reply& reply) { return reply.first_digit() >= 4; });
  });
}

std::vector<Finding> tell_refusals(const Session& session, RuleId rule) {
  if (session.unseen || !has_refusal(session)) return {};
  const Blamed blamed(session);
  std::vector<Finding> findings;
  for (const Transaction& transaction : session.transactions) {
    for (const Refusal& refusal : Refusals(session).of(transaction)) {
      const Exchange& exchange = session.exchanges[refusal.exchange];
      if (rule_of(exchange, *refusal.reply) != rule || blamed.tells(refusal)) continue;
      std::vector<Origin> evidence = {refusal.reply->origin};
      if (exchange.command) evidence.push_back(exchange.command->origin);
      findings.push_back(found(session, rule, refusal_words(session, refusal), std::move(evidence),
                               refusal.exchange));
    }
  }
  return findings;
}

// ---- The retry of what was greylisted -----------------------------------------------------------
// The same client came to the same server with this sender and recipient, and was asked to come
// again.
const Greylisted* greylisted_before(const Session& session, const History& history,
                                    const Transaction& transaction, const Recipient& recipient) {
  const Origin asked = session.exchanges[recipient.rcpt].command->origin;
  return history.greylisting(
      {session.client.address, session.server.address, transaction.sender, recipient.address},
      asked.time);
}

std::string_view retry_words(const Recipient& recipient) noexcept {
  switch (recipient.outcome) {
    case RecipientOutcome::accepted:
      return "accepted";
    case RecipientOutcome::rejected:
      return "refused for good";
    case RecipientOutcome::deferred:
      return "refused for now";
    case RecipientOutcome::unknown:
      break;
  }
  return recipient.rcpt_accepted ? "let past greylisting" : "not answered";
}

void tell_retry(std::vector<Finding>& findings, const Session& session, const Recipient& recipient,
                const Greylisted& before) {
  const Exchange& exchange = session.exchanges[recipient.rcpt];
  const std::string after =
      fmt::format("{} after {}", span_words(elapsed(before.at.time, exchange.command->origin.time)),
                  session_words(session, before.session));
  const auto again = std::ranges::find(findings, recipient.rcpt, &Finding::exchange);
  if (again != findings.end()) {
    again->text += fmt::format(" It came {}, where it was greylisted, too.", after);
    return;
  }
  findings.push_back(
      found(session, RuleId::delivery_greylisted,
            fmt::format("The recipient {} was greylisted, came again {}, and was {}.",
                        address_words(recipient.address), after, retry_words(recipient)),
            packets_of(exchange), recipient.rcpt));
}

std::vector<std::string> addresses(const Transaction& transaction, RecipientOutcome outcome) {
  std::vector<std::string> list;
  for (const Recipient& recipient : transaction.recipients) {
    if (recipient.outcome == outcome) list.push_back(address_words(recipient.address));
  }
  return list;
}

}  // namespace

std::vector<Finding> delivery_refused(const Session& session) {
  return tell_refusals(session, RuleId::delivery_refused);
}

std::vector<Finding> delivery_deferred(const Session& session) {
  return tell_refusals(session, RuleId::delivery_deferred);
}

// A session cannot tell of the retry, which comes later: it says "greylisted" by itself. The retry
// says what it is the retry of, how long after it came, and what became of it.
std::vector<Finding> delivery_greylisted(const Session& session, const History& history) {
  std::vector<Finding> findings = tell_refusals(session, RuleId::delivery_greylisted);
  if (session.unseen || !history.knows_greylisting()) return findings;
  std::size_t told = 0;
  for (const Transaction& transaction : session.transactions) {
    if (!transaction.sender_known) continue;
    for (const Recipient& recipient : transaction.recipients) {
      if (told == told_per_rule_max) return findings;
      const Greylisted* const before = greylisted_before(session, history, transaction, recipient);
      if (before == nullptr) continue;
      ++told;
      tell_retry(findings, session, recipient, *before);
    }
  }
  return findings;
}

std::vector<Finding> delivery_partial(const Session& session) {
  if (session.unseen) return {};
  std::vector<Finding> findings;
  for (const Transaction& transaction : session.transactions) {
    const std::size_t accepted = addresses(transaction, RecipientOutcome::accepted).size();
    const auto rejected = addresses(transaction, RecipientOutcome::rejected);
    const auto deferred = addresses(transaction, RecipientOutcome::deferred);
    if (accepted == 0 || rejected.size() + deferred.size() == 0 ||
        transaction.end_of_data == no_exchange)
      continue;
    std::string text = fmt::format("{} took the message for {} of {} recipients",
                                   server_name(session), accepted, transaction.recipients.size());
    if (!rejected.empty()) text += ", refused " + listed(rejected);
    if (!deferred.empty()) text += ", refused for now " + listed(deferred);
    std::vector<Origin> evidence = packets_of(session.exchanges[transaction.end_of_data]);
    for (const Recipient& recipient : transaction.recipients) {
      if (recipient.decided_by != no_exchange && recipient.decided_by == recipient.rcpt) {
        evidence.push_back(session.exchanges[recipient.rcpt].reply()->origin);
      }
    }
    findings.push_back(found(session, RuleId::delivery_partial, text + '.', std::move(evidence),
                             transaction.end_of_data));
  }
  return findings;
}

std::vector<Finding> delivery_lost_after_data(const Session& session) {
  const auto index = lost_end_of_message(session);
  if (!index) return {};
  const Exchange& exchange = session.exchanges[*index];
  const Departure departure = departure_of(session);
  const Reply* reply = exchange.reply();
  const Origin asked = exchange.command   ? exchange.command->origin
                       : exchange.message ? exchange.message->last
                                          : Origin();
  const std::string who = departure.by ? side_words(session, *departure.by) : "a side";
  const std::string_view did = departure.how == Departure::How::reset ? "reset" : "closed";
  const std::string wait = asked.frame != 0 && !session.transcript
                               ? ' ' + span_words(elapsed(asked.time, departure.at.time)) + " later"
                               : std::string();
  std::string text;
  if (reply == nullptr) {
    text = fmt::format(
        "The end of the message was sent and never answered: {} {} the connection{}, lost "
        "connection after {}.",
        who, did, wait, session::stage(session));
  } else if (exchange.unanswered == smtp::Unanswered::never) {
    text = fmt::format(
        "Only {} to the end of the message came, and not one for each recipient: {} {} the "
        "connection{}.",
        counted(exchange.replies.size(), "reply", "replies"), who, did, wait);
  } else {
    text = fmt::format(
        "The end of the message was answered too late: {} {} the connection{}, and only then came "
        "{}.",
        who, did, wait, reply_words(*reply));
  }
  std::vector<Origin> evidence = {asked, departure.at};
  if (reply != nullptr) evidence.push_back(reply->origin);
  return {found(session, RuleId::delivery_lost_after_data, std::move(text), std::move(evidence),
                *index)};
}

}  // namespace smtpscope::findings
