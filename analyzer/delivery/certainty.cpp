#include "analyzer/delivery/certainty.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/handshake.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using session::Session;
using session::Transaction;
using smtp::Exchange;
using smtp::ExchangeKind;

// Commands and replies are missing, so a command may be missing together with its reply. What is
// missing inside a message's text hides none.
bool hides_whole_exchanges(const Session& session) noexcept {
  std::array<std::uint64_t, 2> missing{};
  for (const session::GapFact& gap : session.gaps) {
    if (!gap.hidden_by_tls) missing[static_cast<std::size_t>(gap.side)] += gap.length;
  }
  std::uint64_t in_messages = 0;
  for (const Transaction& transaction : session.transactions) {
    if (transaction.message) in_messages += transaction.message->missing;
  }
  return missing[0] > in_messages && missing[1] > 0;
}

bool has_unknown_mail(const Session& session) noexcept {
  return std::ranges::any_of(session.transactions, [](const Transaction& transaction) {
    return transaction.outcome == session::TransactionOutcome::unknown;
  });
}

// A refusal whose command is lost: of a mail that is not seen otherwise, perhaps.
bool has_refused_unseen(const Session& session) noexcept {
  return std::ranges::any_of(session.exchanges, [](const Exchange& exchange) {
    return exchange.kind == ExchangeKind::lost_command && findings::is_refused(exchange);
  });
}

// Did both sides take part in it? Where the answer to STARTTLS is lost, or on a port for clear
// text, one of them may have said no in octets that are lost.
bool is_tls_of_both(const Session& session) noexcept {
  const smtp::TlsFacts& tls = *session.tls;
  if (tls.accept) return true;
  if (tls.mode == smtp::TlsFacts::Mode::implicit &&
      session.service == session::Service::submissions)
    return true;
  return tls.client_octets > session.missing[index_of(Side::client)] &&
         tls.server_octets > session.missing[index_of(Side::server)];
}

}  // namespace

bool has_holes(const Session& session) noexcept {
  return !std::ranges::all_of(session.gaps, &session::GapFact::hidden_by_tls);
}

bool is_certain(const Session& session, const Decision& decision) noexcept {
  if (decision.outcome == Outcome::incomplete) return true;
  if (decision.outcome == Outcome::hidden_by_tls)
    return is_tls_of_both(session) && findings::surely_hides_dialogue(session);
  if (session.exchanges_dropped > 0) return false;
  if (!std::ranges::all_of(session.transactions, &Transaction::certain)) return false;
  if (hides_whole_exchanges(session) || has_refused_unseen(session)) return false;
  if (has_holes(session) && has_unknown_mail(session)) return false;
  // The server gave up waiting, and the client had sent more than came: what kept it is not seen.
  if (decision.reason == "networkerror" &&
      session.transport.sent_unseen[index_of(Side::client)] > 0)
    return false;
  const bool is_guess = session.transcript && !session.transcript->has_commands &&
                        session.transactions.empty() && decision.by;
  if (is_guess) return false;
  // What looks like a break may be what the capture lacks.
  if (decision.broken_by != nullptr && has_holes(session)) return false;
  if (!session.transactions.empty() || !decision.by) return true;
  // Without mail: the same command may have been tried again.
  const std::size_t index = decision.by->exchange;
  return !session.exchanges[index].around_gap &&
         std::ranges::none_of(session.gaps, [index](const session::GapFact& gap) {
           return !gap.hidden_by_tls && gap.up_to > index;
         });
}

}  // namespace smtpscope::delivery
