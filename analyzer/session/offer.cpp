#include "analyzer/session/offer.hpp"

#include <algorithm>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::Reply;
using smtp::Verb;

// After these the server has forgotten what it offered, and may offer something else.
bool begins_anew(const Exchange& exchange) noexcept {
  const Reply* const reply = exchange.reply();
  if (!exchange.command || reply == nullptr || reply->first_digit() != 2) return false;
  const Verb verb = exchange.command->verb;
  return verb == Verb::starttls || verb == Verb::x_anonymoustls || verb == Verb::xclient ||
         verb == Verb::turn || verb == Verb::atrn;
}

bool is_whole(const Exchange& exchange) noexcept {
  const Reply& reply = *exchange.reply();
  return !exchange.around_gap && !reply.has(smtp::ReplyFlaw::cut_short) &&
         !reply.has(smtp::ReplyFlaw::over_limit) && !reply.has(smtp::ReplyFlaw::unfinished);
}

}  // namespace

Offers::Offers(std::span<const Exchange> exchanges, std::span<const GapFact> gaps,
               const Boxed<smtp::TlsFacts>& tls) {
  std::size_t next_gap = 0;
  for (std::size_t index = 0; index < exchanges.size(); ++index) {
    const Exchange& exchange = exchanges[index];
    bool lost = exchange.kind == smtp::ExchangeKind::lost_command;
    for (; next_gap < gaps.size() && gaps[next_gap].before <= index; ++next_gap) {
      lost = lost || !gaps[next_gap].hidden_by_tls;
    }
    if (lost || begins_anew(exchange)) unsure_.push_back(index);
    if (!is_hello(exchange)) continue;
    const Reply* const reply = exchange.reply();
    if (reply == nullptr) {
      unsure_.push_back(index);
    } else if (reply->first_digit() == 2) {
      if (!is_whole(exchange)) {
        unsure_.push_back(index);
        continue;
      }
      const bool extended = exchange.command->verb != Verb::helo;
      offers_.push_back(
          {index, extended, came_under_tls(tls, exchange),
           extended ? smtp::capabilities_of(*reply) : std::vector<smtp::Capability>{}});
    }
  }
}

const Offer* Offers::of(std::size_t hello) const noexcept {
  const auto offer = std::ranges::lower_bound(offers_, hello, {}, &Offer::hello);
  return offer == offers_.end() || offer->hello != hello ? nullptr : &*offer;
}

const Offer* Offers::at(std::size_t index) const noexcept {
  const auto behind = std::ranges::lower_bound(offers_, index, {}, &Offer::hello);
  if (behind == offers_.begin()) return nullptr;
  const Offer& last = *std::prev(behind);
  const auto unsure = std::ranges::upper_bound(unsure_, last.hello);
  return unsure != unsure_.end() && *unsure < index ? nullptr : &last;
}

bool came_under_tls(const Boxed<smtp::TlsFacts>& tls, const Exchange& exchange) noexcept {
  if (exchange.encrypted) return true;
  if (!tls || !tls->accept || !exchange.command) return false;
  const smtp::Command& command = *exchange.command;
  const auto& clear_again = tls->clear_again[index_of(Side::client)];
  if (clear_again && command.origin.frame >= clear_again->at.frame) return false;
  if (command.peer_acknowledged) return *command.peer_acknowledged >= tls->accept_end;
  return command.origin.frame > tls->accept->frame;
}

}  // namespace smtpscope::session
