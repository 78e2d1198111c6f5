// What a session shows together with earlier ones of the capture: mail in clear after TLS failed,
// the same message again. (A greylisted recipient that comes again: rules_delivery.cpp.)
#include "analyzer/findings/again.hpp"
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/clear_mail.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Session;
using session::Transaction;

// ---- Mail in clear after TLS failed -------------------------------------------------------------
std::string failure_words(const TlsFailure& failure) {
  switch (failure.how) {
    case TlsFailure::How::refused:
      return fmt::format("STARTTLS was refused there ({})", failure.reply);
    case TlsFailure::How::not_tls:
      return "where TLS was due there, a side sent something else";
    case TlsFailure::How::handshake:
      return fmt::format("the handshake failed there: {}", failure.words);
    case TlsFailure::How::cut_short:
      break;
  }
  return fmt::format(
      "the handshake was cut short there: the client had sent {} of TLS and the server {} when the "
      "{} left",
      counted(failure.octets[0], "octet"), failure.octets[1], name_of(*failure.left));
}

// Whether it could have been tried again.
std::string offer_words(const Session& session, const Transaction& sent) {
  const session::Offer* const offer = session.offers.at(sent.data);
  if (offer == nullptr) return {};
  if (offer->find("STARTTLS") != nullptr) return "; this time STARTTLS was offered and not used";
  return offer->extended ? "; this time STARTTLS was not offered"
                         : "; this time the client said HELO, to which TLS is not offered";
}

// ---- The same message again ---------------------------------------------------------------------
std::string id_words(const Attempt& attempt) {
  return '<' + shortened(attempt.message_id, quoted_octets_max) + '>';
}

// "to bob@example.com"
std::string recipients_words(const Again& again) {
  std::vector<std::string> words;
  for (const Tried* tried : again.recipients)
    words.push_back(shortened(tried->recipient, quoted_octets_max));
  return "to " + listed(words, 3);
}

std::string in_brackets(const std::string& reply) {
  return reply.empty() ? std::string() : " (" + reply + ')';
}

// What became of the earlier attempt, in a sentence that begins with "where".
std::string fate_words(const Again& again) {
  const Tried& tried = *again.recipients.front();
  switch (tried.fate) {
    case Fate::accepted:
      return tried.heard
                 ? "where it was accepted already" + in_brackets(tried.reply)
                 : "where it was accepted" + in_brackets(tried.reply) + " when the client had gone";
    case Fate::deferred:
      return "where it was refused for now" + in_brackets(tried.reply);
    case Fate::refused:
      return "where it was refused for good" + in_brackets(tried.reply);
    case Fate::unheard:
      return "where its end was sent and never answered";
    case Fate::broken_off:
      return "where it was broken off before its end";
    case Fate::unknown:
      break;
  }
  return "where its end is not known";
}

// What became of this one, for the first of those recipients.
Fate fate_of(const Attempt& attempt, const Tried& earlier) noexcept {
  const auto now = std::ranges::find_if(attempt.recipients, [&](const Tried& each) {
    return ascii::equal_no_case(each.recipient, earlier.recipient);
  });
  return now == attempt.recipients.end() ? Fate::unknown : now->fate;
}

std::string outcome_words(Fate fate) {
  switch (fate) {
    case Fate::accepted:
      return "This time it was accepted";
    case Fate::deferred:
      return "This time it was refused for now";
    case Fate::refused:
      return "This time it was refused for good";
    case Fate::unheard:
      return "This time its end was sent and never answered";
    case Fate::broken_off:
      return "This time it was broken off before its end";
    case Fate::unknown:
      break;
  }
  return "What became of it this time is not known";
}

std::string tried_again_words(const Session& session, const Attempt& attempt, const Again& again) {
  const Fate fate = fate_of(attempt, *again.recipients.front());
  std::string text = fmt::format(
      "The message {} {} comes again, {} after {}, {}. {}", id_words(attempt),
      recipients_words(again), span_words(elapsed(again.other->decided.time, attempt.begun.time)),
      session_words(session, again.other->session), fate_words(again), outcome_words(fate));
  const bool may_be_there =
      fate == Fate::accepted || fate == Fate::unheard || fate == Fate::unknown;
  if (!may_be_there || again.kind == AgainKind::retry) return text + '.';
  const bool twice = again.kind == AgainKind::duplicate && fate == Fate::accepted;
  return text + (twice ? ": it is delivered twice." : "; it may be delivered twice.");
}

std::string hop_words(const Session& session, const Attempt& attempt, const Again& again) {
  const bool is_next = again.kind == AgainKind::next_hop;
  const Attempt& first = is_next ? *again.other : attempt;
  const Attempt& second = is_next ? attempt : *again.other;
  const std::string there = session_words(session, again.other->session);
  const bool by_address = first.server.address == second.client.address;
  const std::string from =
      by_address ? std::string()
                 : fmt::format(" from {} as {}", net::to_string(second.client.address),
                               shortened(second.helo, quoted_octets_max));
  return fmt::format(
      "The message {} goes from host to host: {} took it from {}{}{}, and passes it on{} to {}{}.",
      id_words(attempt), net::to_string(first.server.address), net::to_string(first.client.address),
      is_next ? " in " + there : "",
      first.queued_as.empty() ? "" : " as " + shortened(first.queued_as, 40), from,
      net::to_string(second.server.address), is_next ? "" : " in " + there);
}

}  // namespace

std::vector<Finding> security_tls_fallback(const Session& session, const History& history) {
  const Transaction* const sent = first_in_clear(session);
  // Where it was asked for in this session, too, security.starttls-refused tells what came of it.
  if (sent == nullptr || std::ranges::any_of(session.exchanges, asks_for_tls)) return {};
  std::vector<Origin> evidence = packets_of_message(session, *sent);
  const Timestamp now = evidence.front().time;
  const TlsFailure* const failure =
      history.tls_failure(session.client.address, session.server.address, now);
  if (failure == nullptr || !History::is_same_client(*failure, session.helo)) return {};
  const std::string from =
      sent->sender_known
          ? " from " + (sent->sender.empty() ? "<>" : shortened(sent->sender, quoted_octets_max))
          : std::string();
  return {found(
      session, RuleId::security_tls_fallback,
      fmt::format("The message{} went in clear, {} after TLS failed between {} and {} in {}: {}{}.",
                  from, span_words(elapsed(failure->at.time, now)),
                  side_words(session, Side::client), side_words(session, Side::server),
                  session_words(session, failure->session), failure_words(*failure),
                  offer_words(session, *sent)),
      std::move(evidence), sent->data)};
}

std::vector<Finding> delivery_again(const Session& session, const History& history) {
  std::vector<Finding> findings;
  std::optional<AttemptReader> reader;
  for (const Transaction& transaction : session.transactions) {
    const auto earlier = history.attempts(message_id_of(transaction));
    if (earlier.empty() || transaction.data == no_exchange) continue;
    if (!reader) reader.emplace(session, history.limits().attempt);
    const Attempt attempt = reader->read(transaction);
    const auto relation = again(attempt, earlier, history.limits().message_age);
    // That it comes again because it was greylisted is told by delivery.greylisted.
    if (!relation || relation->all_greylisted) continue;
    const bool is_hop =
        relation->kind == AgainKind::next_hop || relation->kind == AgainKind::hop_before;
    const std::string text = is_hop ? hop_words(session, attempt, *relation)
                                    : tried_again_words(session, attempt, *relation);
    const std::size_t place =
        transaction.end_of_data != no_exchange ? transaction.end_of_data : transaction.data;
    // It stands where it is known what became of the message.
    findings.push_back(
        found(session, RuleId::delivery_again, text, packets_of(session.exchanges[place]), place));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
