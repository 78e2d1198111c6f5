#include "analyzer/findings/history.hpp"

#include "analyzer/findings/circumstances.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::Session;
using session::Transaction;

bool is_recent(Timestamp then, Timestamp now, Nanoseconds age_max) noexcept {
  return then <= now && now - then <= age_max;
}

// What a failure, or a greylisting, takes beside its strings; a node of each container, too.
constexpr std::size_t entry_octets = 256;

bool is_worth_keeping(const Transaction& transaction) noexcept {
  if (!message_id_of(transaction).empty()) return true;
  return std::ranges::any_of(transaction.recipients, [](const session::Recipient& recipient) {
    return recipient.outcome == session::RecipientOutcome::deferred || recipient.rcpt_accepted;
  });
}

}  // namespace

History::History(HistoryLimits limits)
    : limits_(limits),
      messages_(limits.messages),
      greylistings_(limits.greylistings),
      tls_failures_(limits.tls_failures) {}

void History::add(const Session& session) {
  if (session.transcript) return;  // no times, and mostly no hosts
  const AttemptReader reader(session, limits_.attempt);
  for (const Transaction& transaction : session.transactions) {
    if (!is_worth_keeping(transaction)) continue;
    Attempt attempt = reader.read(transaction);
    add_greylistings(session, attempt);
    if (!attempt.message_id.empty()) add_attempt(std::move(attempt));
  }
  add_tls(session);
}

void History::add_attempt(Attempt attempt) {
  const std::string key = attempt.message_id;
  std::vector<Attempt> attempts = messages_.take(key);
  if (attempts.size() == limits_.attempts) attempts.erase(attempts.begin());
  attempts.push_back(std::move(attempt));
  std::size_t octets = entry_octets + 2 * key.size();
  for (const Attempt& each : attempts) octets += octets_of(each);
  messages_.put(key, std::move(attempts), octets);
}

void History::add_greylistings(const Session& session, const Attempt& attempt) {
  for (const Tried& tried : attempt.recipients) {
    const bool let_in = tried.fate == Fate::accepted || tried.fate == Fate::unheard;
    if (!tried.greylisted && !(let_in && knows_greylisting())) continue;
    GreylistKey key{session.client.address, session.server.address, attempt.sender,
                    tried.recipient};
    const std::size_t octets = entry_octets + 2 * (key.sender.size() + key.recipient.size());
    if (let_in) {
      greylistings_.erase(key);
    } else {
      greylistings_.put(key, {attempt.session, tried.decided}, octets);
    }
  }
}

void History::add_tls(const Session& session) {
  const Hosts hosts{session.client.address, session.server.address};
  if (auto failure = tls_failure_of(session)) {
    const std::size_t octets = entry_octets + failure->helo.size() + failure->reply.size() + failure->words.size();
    tls_failures_.put(hosts, std::move(*failure), octets);
  } else if (hidden_by_tls(session)) {
    tls_failures_.erase(hosts);
  }
}

std::span<const Attempt> History::attempts(std::string_view message_id) const {
  if (message_id.empty()) return {};
  const std::vector<Attempt>* found = messages_.find(message_id);
  return found == nullptr ? std::span<const Attempt>() : std::span<const Attempt>(*found);
}

const Greylisted* History::greylisting(const GreylistKey& key, Timestamp now) const {
  const Greylisted* found = greylistings_.find(key);
  return found != nullptr && is_recent(found->at.time, now, limits_.greylisting_age) ? found
                                                                                     : nullptr;
}

const TlsFailure* History::tls_failure(const net::IpAddress& client, const net::IpAddress& server,
                                       Timestamp now) const {
  const TlsFailure* found = tls_failures_.find(Hosts{client, server});
  return found != nullptr && is_recent(found->at.time, now, limits_.tls_failure_age) ? found
                                                                                     : nullptr;
}

std::size_t History::octets() const noexcept {
  return messages_.octets() + greylistings_.octets() + tls_failures_.octets();
}

}  // namespace smtpscope::findings
