#include "analyzer/findings/clear_mail.hpp"

#include "analyzer/findings/evidence.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Session;
using session::Transaction;
using smtp::Exchange;
using smtp::Verb;

bool is_loopback(const net::IpAddress& address) noexcept {
  if (address.version == net::IpVersion::v4) return address.octets[0] == 127;
  const bool zeros = std::all_of(address.octets.begin(), address.octets.end() - 1,
                                 [](auto octet) { return octet == 0; });
  return zeros && address.octets.back() == 1;
}

// What never leaves the host needs no TLS; LMTP mostly does not, and nobody offers it there.
bool stays_at_home(const Session& session) noexcept {
  return session.protocol == session::Protocol::lmtp ||
         session.client.address == session.server.address || is_loopback(session.client.address) ||
         is_loopback(session.server.address);
}

}  // namespace

bool asks_for_tls(const Exchange& exchange) noexcept {
  return exchange.command && (exchange.command->verb == Verb::starttls ||
                              exchange.command->verb == Verb::x_anonymoustls);
}

const Transaction* first_in_clear(const Session& session) noexcept {
  if (session.tls || stays_at_home(session)) return nullptr;
  const auto sent = std::ranges::find_if(session.transactions, [](const Transaction& transaction) {
    return transaction.message && transaction.message->octets > 0 &&
           transaction.data != no_exchange;
  });
  return sent == session.transactions.end() ? nullptr : &*sent;
}

const session::Offer* offer_not_taken(const Session& session, const Transaction& sent) noexcept {
  const session::Offer* const offer = session.offers.at(sent.data);
  return offer != nullptr && offer->find("STARTTLS") != nullptr ? offer : nullptr;
}

std::vector<Origin> packets_of_message(const Session& session, const Transaction& transaction) {
  std::vector<Origin> packets = packets_of(session.exchanges[transaction.data]);
  if (transaction.end_of_data != no_exchange) {
    for (const Origin& packet : packets_of(session.exchanges[transaction.end_of_data]))
      packets.push_back(packet);
  }
  return packets;
}

}  // namespace smtpscope::findings
