#include "analyzer/findings/history.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/clear_mail.hpp"
#include "dissectors/base/ascii.hpp"

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
      settled_(limits.settled),
      greylistings_(limits.greylistings),
      tls_failures_(limits.tls_failures) {}

void Trace::set_id(std::uint64_t id) noexcept {
  for (Attempt& attempt : attempts) attempt.session.id = id;
  if (tls_failure) tls_failure->session.id = id;
}

Trace trace_of(const Session& session, const AttemptLimits& limits) {
  Trace trace;
  trace.client = session.client.address;
  trace.server = session.server.address;
  trace.is_transcript = session.transcript.has_value();
  if (trace.is_transcript) return trace;
  const AttemptReader reader(session, limits);
  for (const Transaction& transaction : session.transactions) {
    if (is_worth_keeping(transaction)) trace.attempts.push_back(reader.read(transaction));
    if (!transaction.sender_known) continue;
    for (const session::Recipient& recipient : transaction.recipients)
      trace.tried.push_back({trace.client, trace.server, transaction.sender, recipient.address});
  }
  trace.tls_failure = tls_failure_of(session);
  trace.is_hidden_by_tls = !trace.tls_failure && hidden_by_tls(session);
  trace.is_in_clear =
      first_in_clear(session) != nullptr && std::ranges::none_of(session.exchanges, asks_for_tls);
  trace.helo = session.helo;
  return trace;
}

void History::add(Trace trace) {
  if (trace.is_transcript) return;
  for (Attempt& attempt : trace.attempts) {
    add_greylistings(trace, attempt);
    if (!attempt.message_id.empty()) add_attempt(std::move(attempt));
  }
  add_tls(trace);
}

bool History::concerns(const Trace& trace) const {
  if (trace.is_transcript) return true;
  const TlsFailure* const failure =
      trace.is_in_clear ? tls_failures_.find(Hosts{trace.client, trace.server}) : nullptr;
  if (failure != nullptr && is_same_client(*failure, trace.helo)) return true;
  const auto is_known = [this](const GreylistKey& key) {
    return greylistings_.find(key) != nullptr;
  };
  if (knows_greylisting() && std::ranges::any_of(trace.tried, is_known)) return true;
  return std::ranges::any_of(trace.attempts, [this](const Attempt& attempt) {
    return !attempts(attempt.message_id).empty();
  });
}

void History::add_attempt(Attempt attempt) {
  const std::string key = attempt.message_id;
  std::vector<Attempt> attempts = messages_.take(key);
  if (attempts.empty()) attempts = settled_.take(key);
  if (attempts.size() == limits_.attempts) attempts.erase(attempts.begin());
  attempts.push_back(std::move(attempt));
  std::size_t octets = entry_octets + key.size();
  for (const Attempt& each : attempts) octets += octets_of(each);
  auto& memory = std::ranges::all_of(attempts, &Attempt::is_settled) ? settled_ : messages_;
  memory.put(key, std::move(attempts), octets);
}

void History::add_greylistings(const Trace& trace, const Attempt& attempt) {
  for (const Tried& tried : attempt.recipients) {
    const bool let_in = tried.fate == Fate::accepted || tried.fate == Fate::unheard;
    if (!tried.greylisted && !(let_in && knows_greylisting())) continue;
    GreylistKey key{trace.client, trace.server, attempt.sender, tried.recipient};
    const std::size_t octets = entry_octets + key.sender.size() + key.recipient.size();
    if (let_in) {
      greylistings_.erase(key);
    } else {
      greylistings_.put(key, {attempt.session, tried.decided}, octets);
    }
  }
}

void History::add_tls(Trace& trace) {
  const Hosts hosts{trace.client, trace.server};
  if (auto& failure = trace.tls_failure) {
    const std::size_t octets =
        entry_octets + failure->helo.size() + failure->reply.size() + failure->words.size();
    tls_failures_.put(hosts, std::move(*failure), octets);
  } else if (trace.is_hidden_by_tls) {
    tls_failures_.erase(hosts);
  }
}

bool History::is_same_client(const TlsFailure& failure, std::string_view helo) noexcept {
  return failure.helo.empty() || helo.empty() || ascii::equal_no_case(failure.helo, helo);
}

std::span<const Attempt> History::attempts(std::string_view message_id) const {
  if (message_id.empty()) return {};
  const std::vector<Attempt>* found = messages_.find(message_id);
  if (found == nullptr) found = settled_.find(message_id);
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
  return messages_.octets() + settled_.octets() + greylistings_.octets() + tls_failures_.octets();
}

}  // namespace smtpscope::findings
