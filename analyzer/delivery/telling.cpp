#include "analyzer/delivery/telling.hpp"

#include "analyzer/delivery/advice.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace smtpscope::delivery {
namespace {

using findings::Departure;
using findings::Finding;
using findings::frame_words;
using findings::listed;
using findings::RuleId;
using findings::server_name;
using findings::side_first;
using session::no_exchange;
using session::Recipient;
using session::RecipientOutcome;
using session::Session;
using session::Transaction;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

std::string address_words(std::string_view address) {
  return address.empty() ? "<>" : findings::shortened(address, findings::quoted_octets_max);
}

std::vector<std::string> addresses(const Transaction& transaction, auto&& wanted) {
  std::vector<std::string> list;
  for (const Recipient& recipient : transaction.recipients) {
    if (wanted(recipient)) list.push_back(address_words(recipient.address));
  }
  return list;
}

std::vector<std::string> all_addresses(const Transaction& transaction) {
  return addresses(transaction, [](const Recipient&) { return true; });
}

// "the message from alice@example.org to bob@example.com"
std::string message_words(const Transaction& transaction,
                          const std::vector<std::string>& recipients) {
  std::string words = "the message";
  if (transaction.sender_known) words += " from " + address_words(transaction.sender);
  if (!recipients.empty()) words += " to " + listed(recipients, 3);
  return words;
}

// "550 5.1.1 No such user (frame 9)"
std::string reply_with_frame(const Session& session, const smtp::Reply& reply) {
  return fmt::format("{} ({})", findings::reply_words(reply, reply_octets_max),
                     frame_words(session, reply.origin));
}

std::string first_capital(std::string text) {
  if (text.starts_with("the ")) text.front() = 'T';
  return text;
}

std::string meaning_words(const Decision& decision) {
  const ReasonInfo* row = find_reason(decision.reason);
  return row == nullptr ? std::string() : ' ' + std::string(meaning_for(*row, decision.rule));
}

// What the reply means, or what the packets show where it cannot know.
std::string cause_words(const Decision& decision) {
  if (decision.cause == nullptr) return meaning_words(decision);
  const bool is_told = decision.reason == "stalled";
  return ' ' + decision.cause->text + (is_told ? std::string() : meaning_words(decision));
}

// ---- Refusals -----------------------------------------------------------------------------------
// What was refused, as the subject of a sentence, and whether it is more than one.
struct Subject {
  std::string words;
  bool several = false;
};

// Refused at the same step and for as long as the reply that is told: what else was refused is
// another matter.
bool is_decided_alike(const Session& session, const Recipient& recipient, const Exchange& by,
                      const smtp::Reply& reply) {
  const RecipientOutcome outcome =
      reply.first_digit() == 4 ? RecipientOutcome::deferred : RecipientOutcome::rejected;
  return recipient.outcome == outcome && (recipient.decided_by == no_exchange ||
                                          session.exchanges[recipient.decided_by].kind == by.kind);
}

Subject refused_in_transaction(const Session& session, const Transaction& transaction,
                               const Exchange& exchange, const smtp::Reply& reply) {
  if (smtp::has_verb(exchange, Verb::mail))
    return {"the sender " + address_words(transaction.sender)};
  const auto refused = addresses(transaction, [&](const Recipient& recipient) {
    return is_decided_alike(session, recipient, exchange, reply);
  });
  if (smtp::has_verb(exchange, Verb::rcpt) || exchange.replies.size() > 1)
    return {listed(refused, 3), refused.size() > 1};
  return {message_words(transaction, refused.empty() ? all_addresses(transaction) : refused)};
}

Subject refused_without_mail(const Session& session, const Exchange& exchange) {
  if (exchange.kind == ExchangeKind::greeting) {
    const std::string client = findings::host_words(session, Side::client);
    return {"the connection" + (client.empty() ? client : " of " + client)};
  }
  if (session.transcript && !exchange.command) return {"A command that is not in the transcript"};
  return {findings::asked_words(exchange)};
}

// " carol@example.com was refused for now."
std::string refused_besides(const Session& session, const Transaction& transaction,
                            const Exchange& exchange, const smtp::Reply& reply) {
  // Then all the others are refused for its sake.
  if (smtp::has_verb(exchange, Verb::mail)) return {};
  std::string words;
  for (const RecipientOutcome outcome : {RecipientOutcome::rejected, RecipientOutcome::deferred}) {
    const auto others = addresses(transaction, [&](const Recipient& recipient) {
      return recipient.outcome == outcome && !is_decided_alike(session, recipient, exchange, reply);
    });
    if (others.empty()) continue;
    words +=
        fmt::format(" {} {} refused for {}.", listed(others, 3), others.size() > 1 ? "were" : "was",
                    outcome == RecipientOutcome::deferred ? "now" : "good");
  }
  return words;
}

std::string refusal_text(const Session& session, const Decision& decision) {
  const Exchange& exchange = session.exchanges[decision.by->exchange];
  const smtp::Reply& reply = *reply_of(session, decision);
  const Transaction* transaction =
      decision.transaction != no_exchange ? &session.transactions[decision.transaction] : nullptr;
  const Subject subject = transaction != nullptr
                              ? refused_in_transaction(session, *transaction, exchange, reply)
                              : refused_without_mail(session, exchange);
  const std::string_view for_now = reply.first_digit() == 4 ? " for now" : "";
  return fmt::format("{} {} refused{} by {}: {}.{}{}", first_capital(subject.words),
                     subject.several ? "were" : "was", for_now, server_name(session),
                     reply_with_frame(session, reply), cause_words(decision),
                     transaction != nullptr
                         ? refused_besides(session, *transaction, exchange, reply)
                         : std::string());
}

// ---- Deliveries ---------------------------------------------------------------------------------
std::string accepted_text(const Session& session, const Decision& decision) {
  const Transaction& transaction = session.transactions[decision.transaction];
  auto accepted = addresses(
      transaction, [](const Recipient& r) { return r.outcome == RecipientOutcome::accepted; });
  if (accepted.empty()) accepted = all_addresses(transaction);
  const smtp::Reply* reply = reply_of(session, decision);
  return fmt::format("{} was accepted by {}{}.",
                     first_capital(message_words(transaction, accepted)), server_name(session),
                     reply != nullptr ? ": " + reply_with_frame(session, *reply) : std::string());
}

std::string delivered_text(const Session& session, const std::vector<Finding>& findings,
                           const Decision& decision) {
  const auto kept = std::ranges::count(session.transactions, session::TransactionOutcome::delivered,
                                       &Transaction::outcome);
  const std::uint64_t messages =
      static_cast<std::uint64_t>(kept) + session::sum_of(session.left_out).transactions;
  std::string text = accepted_text(session, decision);
  if (messages == 2) text += " So was one more message.";
  if (messages > 2) text += fmt::format(" So were {} more messages.", messages - 1);
  const bool unheard = std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.rule == RuleId::delivery_lost_after_data &&
           finding.exchange == session.transactions[decision.transaction].end_of_data;
  });
  if (unheard) text += " But the client had gone before it heard of that, and will send it again.";
  return text;
}

// Which part of the mail got through, then what was refused.
std::string partial_text(const Session& session, const Decision& decision) {
  const Transaction& transaction = session.transactions[decision.transaction];
  const auto accepted = addresses(
      transaction, [](const Recipient& r) { return r.outcome == RecipientOutcome::accepted; });
  const std::string refused =
      decision.by ? refusal_text(session, decision) : decision.broken_by->text;
  if (!accepted.empty()) {
    return fmt::format("{} took the message for {}. {}", server_name(session), listed(accepted, 3),
                       refused);
  }
  const auto taken = std::ranges::count_if(session.transactions, [](const Transaction& t) {
    return t.outcome == session::TransactionOutcome::delivered ||
           t.outcome == session::TransactionOutcome::partially_delivered;
  });
  const std::uint64_t left_out = session::sum_of(session.left_out).transactions;
  return fmt::format("{} took {} of {} messages. {}", server_name(session),
                     static_cast<std::uint64_t>(taken) + left_out,
                     session.transactions.size() + left_out, refused);
}

// ---- The rest -----------------------------------------------------------------------------------
std::string aborted_text(const Session& session, const Decision& decision) {
  const Transaction& transaction = session.transactions[decision.transaction];
  const std::size_t begin = transaction.mail != no_exchange ? transaction.mail : 0;
  std::string how = "left";
  for (std::size_t index = begin; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.kind != ExchangeKind::command || !exchange.command) continue;
    const Verb verb = exchange.command->verb;
    if (verb == Verb::rset || verb == Verb::quit || verb == Verb::ehlo || verb == Verb::helo ||
        verb == Verb::lhlo) {
      how = fmt::format("sent {} ({})", exchange.command->name,
                        frame_words(session, exchange.command->origin));
      break;
    }
  }
  const auto refused =
      std::ranges::count_if(transaction.recipients, [](const session::Recipient& recipient) {
        return recipient.outcome == session::RecipientOutcome::rejected ||
               recipient.outcome == session::RecipientOutcome::deferred;
      });
  const std::string so_far = refused == 0 ? std::string("nothing had been refused")
                                          : fmt::format("{} of {} recipients had been refused",
                                                        refused, transaction.recipients.size());
  return fmt::format("{} {} before {} was sent; {}.", side_first(session, Side::client), how,
                     message_words(transaction, all_addresses(transaction)), so_far);
}

std::string incomplete_text(const Session& session) {
  if (session.unseen && session.transcript) {
    return fmt::format(
        "The transcript does not show what {} sent, so what became of the mail is not certain.",
        findings::side_words(session, *session.unseen));
  }
  if (session.unseen) {
    return fmt::format(
        "The packets of {} are not in the capture, so what became of the mail is unknown.",
        findings::side_words(session, *session.unseen));
  }
  if (std::ranges::any_of(session.gaps,
                          [](const session::GapFact& gap) { return !gap.hidden_by_tls; })) {
    return "Octets are missing in the capture, and what decided is among them.";
  }
  if (session.exchanges_dropped > 0) {
    return fmt::format(
        "The dialogue is longer than what is kept of one: the first {} are told, {} behind them "
        "are only counted.",
        findings::counted(session.exchanges.size(), "exchange"), session.exchanges_dropped);
  }
  const Departure::How how = findings::departure_of(session).how;
  if (how == Departure::How::capture_end || how == Departure::How::silence) {
    const std::string_view end = how == Departure::How::silence ? "The connection fell silent"
                                 : session.transcript           ? "The transcript ended"
                                                                : "The capture ended";
    return fmt::format("{} after {}, before anything was decided.", end, session::stage(session));
  }
  if (session.transcript)
    return "The transcript does not show the beginning, and what it shows decides nothing.";
  return "The connection began before the capture, and what it shows decides nothing.";
}

// When it broke off, and how far the two had come. Where nobody had said anything, the finding has
// it all.
std::string last_answer(const Session& session, const Finding& broken_by) {
  const auto answered =
      std::find_if(session.exchanges.rbegin(), session.exchanges.rend(),
                   [](const Exchange& exchange) { return exchange.reply() != nullptr; });
  if (answered == session.exchanges.rend() || session.transcript) return {};
  const smtp::Reply& reply = *answered->reply();
  std::string words =
      fmt::format(" The last answer was {} to {} ({})", reply.code,
                  findings::asked_words(*answered), frame_words(session, reply.origin));
  const Origin& end = broken_by.evidence.back();
  if (end.frame == FrameId{}) return words + '.';
  // Packets of the two sides may stand slightly out of order.
  const Nanoseconds later = std::max(elapsed(reply.origin.time, end.time), Nanoseconds{0});
  return words + fmt::format("; the end came {} later.", findings::span_words(later));
}

// How much of what the client had sent came to the server, as that acknowledged it.
std::string acknowledged_words(const Session& session) {
  const auto client = index_of(Side::client);
  const std::uint64_t sent =
      session.octets[client] + session.missing[client] + session.transport.sent_unseen[client];
  if (session.transcript || session.unseen || session.exchanges.empty() || sent == 0) return {};
  const std::uint64_t arrived = session.transport.acknowledged[client];
  const std::string server = first_capital(server_name(session));
  if (arrived >= sent)
    return fmt::format(" {} had acknowledged all {} of the client.", server,
                       findings::counted(sent, "octet"));
  return fmt::format(" {} had acknowledged {} of {} of the client.", server, arrived,
                     findings::counted(sent, "octet"));
}

std::string broken_text(const Session& session, const Decision& decision) {
  std::string text = decision.broken_by->text;
  if (decision.reason == "starttls-stripped")
    text += fmt::format(" {} left without sending mail, as one does that insists on TLS.",
                        side_first(session, Side::client));
  text += meaning_words(decision);
  if (decision.outcome != Outcome::failed_network) return text;
  return text + last_answer(session, *decision.broken_by) + acknowledged_words(session);
}

std::string no_mail_text(const Session& session, const Decision& decision) {
  if (decision.broken_by != nullptr)
    return decision.broken_by->text + " Nobody tried to send mail.";
  if (!findings::has_commands(session)) {
    return fmt::format("{} left without any command: nobody tried to send mail.",
                       side_first(session, Side::client));
  }
  return "Nobody tried to send mail in this session.";
}

std::string hidden_text(const Session& session) {
  return fmt::format(
      "From {} on the session is encrypted: whether mail was sent, and what became of it, cannot "
      "be seen.",
      frame_words(session, *session.tls->first));
}

// ---- Advice -------------------------------------------------------------------------------------
// The recipient that the deciding reply is about, or the first one.
std::string recipient_name(const Session& session, const Decision& decision) {
  if (decision.transaction == no_exchange) return "the recipient";
  const auto& recipients = session.transactions[decision.transaction].recipients;
  const auto decided = std::ranges::find_if(recipients, [&](const Recipient& recipient) {
    return decision.by && recipient.decided_by == decision.by->exchange &&
           recipient.reply == decision.by->reply;
  });
  if (decided != recipients.end()) return address_words(decided->address);
  return recipients.empty() ? "the recipient" : address_words(recipients.front().address);
}

std::string sender_name(const Session& session, const Decision& decision) {
  if (decision.transaction == no_exchange) return "the sender";
  return address_words(session.transactions[decision.transaction].sender);
}

std::string transcript_advice(const Session& session) {
  if (session.transcript->has_commands)
    return "Keep all that the tool prints, from the connection on.";
  return "Keep what is typed as well: a log by script(1) has both.";
}

std::string client_name(const Session& session) {
  const std::string client = findings::host_words(session, Side::client);
  return client.empty() ? "the client" : client;
}

std::string filled(std::string_view advice, const Session& session, const Decision& decision) {
  const std::string recipient = recipient_name(session, decision);
  const std::string sender = sender_name(session, decision);
  const std::string client = client_name(session);
  const std::string server = server_name(session);
  std::string text;
  append_advice(text, advice, {recipient, sender, client, server});
  return text;
}

}  // namespace

std::string text_of(const Session& session, const std::vector<Finding>& findings,
                    const Decision& decision) {
  switch (decision.outcome) {
    case Outcome::delivered:
      return delivered_text(session, findings, decision);
    case Outcome::partially_delivered:
      return partial_text(session, decision);
    case Outcome::aborted:
      return aborted_text(session, decision);
    case Outcome::no_mail:
      return no_mail_text(session, decision);
    case Outcome::hidden_by_tls:
      return hidden_text(session);
    case Outcome::incomplete:
      return incomplete_text(session);
    case Outcome::rejected:
    case Outcome::deferred:
    case Outcome::failed_network:
    case Outcome::failed_tls:
      break;
  }
  if (decision.by) return refusal_text(session, decision);
  return broken_text(session, decision);
}

std::string advice_of(const Session& session, const Decision& decision) {
  switch (decision.outcome) {
    case Outcome::hidden_by_tls:
      return "The logs of the two hosts tell what happened inside.";
    case Outcome::incomplete:
      if (session.transcript) return transcript_advice(session);
      if (session.exchanges_dropped > 0 && session.gaps.empty() && !session.unseen)
        return "A larger --max-exchanges keeps more of it, for as much more memory.";
      return "Capture the whole session, in both directions, on one of the two hosts.";
    case Outcome::delivered:
    case Outcome::no_mail:
    case Outcome::aborted:
      return {};
    case Outcome::partially_delivered:
    case Outcome::rejected:
    case Outcome::deferred:
    case Outcome::failed_network:
    case Outcome::failed_tls:
      break;
  }
  const ReasonInfo* row = find_reason(decision.reason);
  if (row == nullptr) return {};
  const smtp::Reply* reply = reply_of(session, decision);
  const bool deferred =
      reply != nullptr && reply->first_digit() == 4 && decision.reason != "greylisted";
  return (deferred ? "The client will try again by itself. " : "") +
         filled(advice_for(*row, decision.rule), session, decision);
}

}  // namespace smtpscope::delivery
