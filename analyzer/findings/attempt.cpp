#include "analyzer/findings/attempt.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/greylisting.hpp"
#include "analyzer/findings/wording.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Recipient;
using session::RecipientOutcome;
using session::Session;
using session::Transaction;
using smtp::Exchange;
using smtp::Reply;

// The reply that decided about the recipient; nullptr if none did.
const Reply* deciding(const Session& session, const Recipient& recipient) noexcept {
  if (recipient.decided_by == no_exchange) return nullptr;
  const Exchange& exchange = session.exchanges[recipient.decided_by];
  return recipient.reply < exchange.replies.size() ? &exchange.replies[recipient.reply]
                                                   : exchange.reply();
}

Fate fate_of(const Transaction& transaction, const Recipient& recipient, bool is_lost) noexcept {
  switch (recipient.outcome) {
    case RecipientOutcome::accepted:
      return Fate::accepted;
    case RecipientOutcome::rejected:
      return Fate::refused;
    case RecipientOutcome::deferred:
      return Fate::deferred;
    case RecipientOutcome::unknown:
      break;
  }
  if (is_lost) return Fate::unheard;
  const bool ended = transaction.end_of_data != no_exchange;
  return !ended && transaction.outcome == session::TransactionOutcome::aborted ? Fate::broken_off
                                                                               : Fate::unknown;
}

Origin begin_of(const Session& session, const Transaction& transaction) noexcept {
  std::size_t index = transaction.mail;
  if (index == no_exchange && !transaction.recipients.empty())
    index = transaction.recipients.front().rcpt;
  if (index == no_exchange) index = transaction.data;
  if (index == no_exchange || !session.exchanges[index].command) return session.transport.first;
  return session.exchanges[index].command->origin;
}

}  // namespace

SessionRef reference_to(const Session& session) noexcept {
  return {session.id, session.transport.first, session.transport.last};
}

bool Attempt::any_accepted() const noexcept {
  return std::ranges::find(recipients, Fate::accepted, &Tried::fate) != recipients.end();
}

bool Attempt::is_settled() const noexcept {
  return std::ranges::all_of(recipients, [](const Tried& tried) {
    return (tried.fate == Fate::accepted && tried.heard) || tried.fate == Fate::refused;
  });
}

std::string_view message_id_of(const Transaction& transaction) noexcept {
  if (!transaction.message || !transaction.message->header.message_id) return {};
  return *transaction.message->header.message_id;
}

AttemptReader::AttemptReader(const Session& session, AttemptLimits limits)
    : session_(session),
      limits_(limits),
      lost_(lost_end_of_message(session)),
      end_(departure_of(session).at) {}

Attempt AttemptReader::read(const Transaction& transaction) const {
  Attempt attempt{reference_to(session_),
                  session_.client,
                  session_.server,
                  transaction.sender,
                  std::string(message_id_of(transaction)),
                  transaction.queued_as,
                  session_.helo.substr(0, limits_.name_octets),
                  server_name(session_).substr(0, limits_.name_octets),
                  {},
                  {},
                  {}};
  attempt.begun = attempt.decided = begin_of(session_, transaction);
  const bool is_lost = lost_ && transaction.end_of_data == *lost_;
  const bool is_sure = transaction.certain && transaction.sender_known && !session_.unseen;
  for (const Recipient& recipient : transaction.recipients) {
    if (attempt.recipients.size() == limits_.recipients) break;
    Tried tried{recipient.address,
                is_sure ? fate_of(transaction, recipient, is_lost) : Fate::unknown,
                false,
                !is_lost,
                {},
                end_};
    if (const Reply* reply = deciding(session_, recipient)) {
      tried.greylisted =
          tried.fate == Fate::deferred &&
          greylisting_of(session_.exchanges[recipient.decided_by], *reply) != Greylisting::none;
      tried.reply = reply_words(*reply, limits_.reply_octets);
      tried.decided = reply->origin;
    }
    if (tried.decided.time > attempt.decided.time) attempt.decided = tried.decided;
    attempt.recipients.push_back(std::move(tried));
  }
  return attempt;
}

std::size_t octets_of(const Attempt& attempt) noexcept {
  std::size_t octets = sizeof(Attempt) + attempt.sender.size() + attempt.message_id.size() +
                       attempt.queued_as.size() + attempt.helo.size() + attempt.server_name.size();
  for (const Tried& tried : attempt.recipients)
    octets += sizeof(Tried) + tried.recipient.size() + tried.reply.size();
  return octets;
}

}  // namespace smtpscope::findings
