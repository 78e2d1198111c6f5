#include "analyzer/session/left_out.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Verb;

// What waited longer than this may be told as slow.
constexpr Nanoseconds prompt = std::chrono::seconds{1};
// A message with more Received fields may go in circles.
constexpr std::uint32_t usual_hops = 10;

bool is_flawless(const smtp::Message& message) noexcept {
  const smtp::TextFacts& text = message.text;
  return message.complete && !message.not_shown && message.missing == 0 &&
         message.reports.empty() && message.odd_ends.empty() &&
         message.header.received <= usual_hops && text.long_lines == 0 && text.bare_cr == 0 &&
         text.bare_lf == 0 && text.nul == 0 && text.undoubled_dots == 0 && !text.first_8bit;
}

bool is_flawless(const Exchange& exchange) noexcept {
  const bool is_plain = !exchange.around_gap && !exchange.doubtful && !exchange.early_reply &&
                        !exchange.in_data && !exchange.auth;
  if (!is_plain || !exchange.command || exchange.unanswered != smtp::Unanswered::no ||
      exchange.replies.size() != 1)
    return false;
  const smtp::Command& command = *exchange.command;
  const Reply& reply = exchange.replies.front();
  const bool is_prompt = elapsed(command.origin.time, reply.origin.time) < prompt;
  return is_prompt && !command.secret && command.line_end == smtp::LineEnd::crlf &&
         reply.flaws.empty() && reply.strays.empty() &&
         (!exchange.message || is_flawless(*exchange.message));
}

bool is_accepted(const Exchange& exchange, Verb verb) noexcept {
  const unsigned digit = verb == Verb::data ? 3 : 2;
  return exchange.kind == ExchangeKind::command && exchange.command &&
         exchange.command->verb == verb && is_flawless(exchange) &&
         exchange.replies.front().first_digit() == digit;
}

bool is_accepted_end(const Exchange& exchange) noexcept {
  return ends_message(exchange) && is_flawless(exchange) &&
         exchange.replies.front().first_digit() == 2;
}

// The end of the transaction that begins at `begin`, with what cleared it away; `begin` itself
// where there is none, or where it is not over before `to`, or has anything in it that has to be
// kept.
std::size_t end_of_accepted(const std::vector<Exchange>& exchanges, std::size_t begin,
                            std::size_t to) noexcept {
  if (!is_accepted(exchanges[begin], Verb::mail)) return begin;
  std::size_t at = begin + 1;
  while (at < to &&
         (is_accepted(exchanges[at], Verb::rcpt) || is_accepted(exchanges[at], Verb::data) ||
          (is_accepted(exchanges[at], Verb::bdat) && !ends_message(exchanges[at])))) {
    ++at;
  }
  if (at == to || !is_accepted_end(exchanges[at])) return begin;
  ++at;
  while (at < to &&
         (is_accepted(exchanges[at], Verb::rset) || is_accepted(exchanges[at], Verb::noop)))
    ++at;
  return at;
}

bool touches(const std::vector<GapFact>& gaps, std::size_t begin, std::size_t end) noexcept {
  return std::ranges::any_of(
      gaps, [&](const GapFact& gap) { return gap.before <= end && gap.up_to >= begin; });
}

void add(LeftOut& to, const LeftOut& more) noexcept {
  if (to.exchanges == 0) to.first = more.first;
  to.last = more.last;
  to.exchanges += more.exchanges;
  to.transactions += more.transactions;
  to.recipients += more.recipients;
}

LeftOut left_out_of(const std::vector<Exchange>& exchanges, std::size_t begin,
                    std::size_t end) noexcept {
  LeftOut left_out;
  left_out.exchanges = end - begin;
  left_out.transactions = 1;
  const auto first = exchanges.begin() + static_cast<std::ptrdiff_t>(begin);
  left_out.recipients = static_cast<std::uint64_t>(
      std::count_if(first, exchanges.begin() + static_cast<std::ptrdiff_t>(end),
                    [](const Exchange& each) { return has_verb(each, Verb::rcpt); }));
  left_out.first = first->command->origin;
  left_out.last = exchanges[end - 1].replies.front().origin;
  return left_out;
}

}  // namespace

LeftOut sum_of(const std::vector<LeftOut>& left_out) noexcept {
  LeftOut sum;
  for (const LeftOut& each : left_out) add(sum, each);
  return sum;
}

std::size_t octets_of(const Exchange& exchange) noexcept {
  std::size_t octets = exchange.command ? exchange.command->argument.size() : 0;
  for (const Reply& reply : exchange.replies) {
    for (const std::string& line : reply.text) octets += line.size();
  }
  if (!exchange.message) return octets;
  for (const smtp::DeliveryStatus& report : exchange.message->reports)
    octets += report.recipient.size() + report.diagnostic.size();
  return octets;
}

std::size_t leave_out_accepted(std::vector<Exchange>& exchanges, std::size_t from, std::size_t to,
                               std::vector<GapFact>& gaps, std::vector<LeftOut>& left_out) {
  const std::vector<GapFact> gaps_before = gaps;  // with the places as they were
  std::vector<LeftOut> places;
  LeftOut here;
  auto earlier = left_out.begin();
  auto gap = gaps.begin();
  std::size_t octets = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at <= exchanges.size();) {
    if (earlier != left_out.end() && earlier->before == at) add(here, *earlier++);
    std::size_t end = at >= from && at < to ? end_of_accepted(exchanges, at, to) : at;
    // Between it and what cleared it away: rare enough.
    if (earlier != left_out.end() && earlier->before < end) end = at;
    if (end > at && !touches(gaps_before, at, end)) {
      add(here, left_out_of(exchanges, at, end));
      for (; at < end; ++at) octets += octets_of(exchanges[at]);
      continue;
    }
    if (here.exchanges > 0) {
      here.before = kept;
      places.push_back(std::exchange(here, {}));
    }
    for (; gap != gaps.end() && gap->before == at; ++gap) {
      gap->before -= at - kept;
      gap->up_to -= at - kept;
    }
    if (at < exchanges.size() && kept != at) exchanges[kept] = std::move(exchanges[at]);
    ++kept;
    ++at;
  }
  for (; gap != gaps.end(); ++gap) {  // of exchanges that are still to come
    const std::size_t gone = exchanges.size() + 1 - kept;
    gap->before -= gone;
    gap->up_to -= gone;
  }
  exchanges.erase(exchanges.begin() + static_cast<std::ptrdiff_t>(kept - 1), exchanges.end());
  left_out = std::move(places);
  return octets;
}

}  // namespace smtpscope::session
