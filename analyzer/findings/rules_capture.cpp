#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::GapFact;
using session::Session;
using smtp::Exchange;

constexpr std::size_t gaps_told_one_by_one = 3;
// Times that people compare are wrong, too.
constexpr Nanoseconds large_jump = std::chrono::seconds{1};

// Is it a gap to tell? What TLS hides loses nothing; a side that is not in the capture at all and
// packets cut by the snap length are findings of their own.
bool is_told(const Session& session, const GapFact& gap) noexcept {
  return !gap.hidden_by_tls && gap.cause != GapCause::cut_packet && session.unseen != gap.side;
}

const Exchange* exchange_at(const Session& session, std::size_t index) noexcept {
  return index < session.exchanges.size() ? &session.exchanges[index] : nullptr;
}

// The transaction that this exchange's message belongs to, counted from 1; 0 if it is none.
std::size_t transaction_of(const Session& session, std::size_t exchange) noexcept {
  for (std::size_t at = 0; at < session.transactions.size(); ++at) {
    const session::Transaction& transaction = session.transactions[at];
    if (transaction.end_of_data == exchange || transaction.data == exchange) return at + 1;
  }
  return 0;
}

bool lies_in_message(const Session& session, const GapFact& gap) noexcept {
  if (gap.side != Side::client) return false;
  const Exchange* next = exchange_at(session, gap.before);
  if (next == nullptr) return session.open_message && session.open_message->missing > 0;
  return next->message && next->message->missing > 0;
}

std::string command_name(const Exchange& exchange) {
  if (exchange.command && exchange.kind == smtp::ExchangeKind::command &&
      exchange.command->verb != smtp::Verb::unknown) {
    return exchange.command->name;
  }
  return asked_words(exchange);
}

// Where in the dialogue: "in the message of the 1st transaction", "between MAIL and RCPT".
std::string place(const Session& session, const GapFact& gap) {
  if (lies_in_message(session, gap)) {
    const std::size_t number = gap.before < session.exchanges.size()
                                   ? transaction_of(session, gap.before)
                                   : session.transactions.size();
    return number == 0 ? "in a message"
                       : fmt::format("in the message of the {} transaction", ordinal(number));
  }
  const Exchange* next = exchange_at(session, gap.before);
  const Exchange* previous = gap.before > 0 ? exchange_at(session, gap.before - 1) : nullptr;
  if (gap.side == Side::server && next != nullptr) {
    return fmt::format("in or before the reply to {}", command_name(*next));
  }
  if (next != nullptr && previous != nullptr) {
    return fmt::format("between {} and {}", command_name(*previous), command_name(*next));
  }
  if (next != nullptr) return fmt::format("before {}", command_name(*next));
  if (previous != nullptr) return fmt::format("after {}", command_name(*previous));
  return "where the whole dialogue would be";
}

std::string_view why(GapCause cause) noexcept {
  switch (cause) {
    case GapCause::acknowledged:
      return "acknowledged and not in the capture";
    case GapCause::end_of_stream:
      return "missing in the capture";
    case GapCause::limit:
      return "left out, because too much waited behind the gap";
    case GapCause::not_shown:
      return "not shown by the tool";
    case GapCause::cut_packet:
      break;
  }
  return "cut off by the snap length";
}

std::string_view limit_words(session::Limit limit) noexcept {
  switch (limit) {
    case session::Limit::flows:
      return "too many connections were open at a time, and this one was given up before its end";
    case session::Limit::memory:
      return "too much waited in all connections together, and this one gave up what it held";
    case session::Limit::held_segments:
      return "too much waited behind a gap of this connection";
    case session::Limit::held_dialogue:
      return "too much waited for a reply of the server";
    case session::Limit::exchanges:
      return "the dialogue is too long to be kept whole";
    case session::Limit::transcript:
      return "the transcript is too long to be read whole";
  }
  return {};
}

Finding one_gap(const Session& session, const GapFact& gap) {
  const std::size_t exchange =
      gap.before < session.exchanges.size() ? gap.before : session::no_exchange;
  return found(session, RuleId::capture_gap,
               fmt::format("{} of {} {} {}: {}.", counted(gap.length, "octet"),
                           side_words(session, gap.side), gap.length == 1 ? "is" : "are",
                           why(gap.cause), place(session, gap)),
               {gap.origin}, exchange);
}

Finding all_others(const Session& session, const std::vector<GapFact>& gaps) {
  std::array<std::uint64_t, 2> octets{};
  for (const GapFact& gap : gaps) octets[index_of(gap.side)] += gap.length;
  std::string text = fmt::format("{} more gaps hide {} of the client and {} of the server",
                                 gaps.size(), counted(octets[0], "octet"), octets[1]);
  const std::uint64_t uncounted = session.gap_count - session.gaps.size();
  if (uncounted > 0) text += fmt::format(", and {} were only counted", uncounted);
  return found(session, RuleId::capture_gap, text + '.', {gaps.front().origin});
}

}  // namespace

std::vector<Finding> capture_gap(const Session& session) {
  std::vector<GapFact> gaps;
  std::ranges::copy_if(session.gaps, std::back_inserter(gaps),
                       [&](const GapFact& gap) { return is_told(session, gap); });
  std::vector<Finding> findings;
  for (const GapFact& gap : gaps) {
    if (findings.size() == gaps_told_one_by_one && gaps.size() > gaps_told_one_by_one + 1) break;
    findings.push_back(one_gap(session, gap));
  }
  gaps.erase(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(findings.size()));
  if (!gaps.empty()) findings.push_back(all_others(session, gaps));
  return findings;
}

std::vector<Finding> capture_cut_by_snaplen(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.cut_packets == 0) return {};
  const Origin first = transport.first_cut.value_or(transport.first);
  return {found(
      session, RuleId::capture_cut_by_snaplen,
      fmt::format(
          "{} of {} packets are shorter in the capture than on the wire; the first one is {}.",
          transport.cut_packets, transport.packets, frame_words(session, first)),
      {first})};
}

std::vector<Finding> capture_midstream(const Session& session) {
  if (session.transport.opened != tcp::Opened::midstream) return {};
  if (session.transcript) {
    return {found(
        session, RuleId::capture_midstream,
        fmt::format("The transcript of {} does not show how the dialogue began{}.",
                    session.transcript->tool,
                    session.transcript->has_commands ? "" : ", nor anything that the client sent"),
        {session.transport.first})};
  }
  return {found(session, RuleId::capture_midstream,
                "The connection began before the capture: its SYN is not there.",
                {session.transport.first})};
}

std::vector<Finding> capture_open(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  const bool connected =
      transport.opened == tcp::Opened::handshake || transport.opened == tcp::Opened::midstream;
  if (!connected || departure_of(session).how != Departure::How::capture_end ||
      session.file_cut_short)
    return {};
  const smtp::Reply* last = last_reply(session);
  const bool said_goodbye = has_quit(session) || (last != nullptr && last->code == 221);
  if (session.transcript && said_goodbye) return {};  // then no tool has anything more to say
  const std::string text =
      session.transcript
          ? fmt::format("The transcript does not show how the connection ended, after {}.",
                        session::stage(session))
          : fmt::format("The connection was still open when the capture ended, after {}.",
                        session::stage(session));
  return {found(session, RuleId::capture_open, text, {transport.last})};
}

std::vector<Finding> capture_truncated_file(const Session& session) {
  if (!session.file_cut_short) return {};
  return {found(
      session, RuleId::capture_truncated_file,
      fmt::format(
          "The capture file breaks off inside a packet while the connection was open, after {}.",
          session::stage(session)),
      {session.transport.last})};
}

std::vector<Finding> capture_clock(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.jumps.empty()) return {};
  const auto span = [](const tcp::ClockJump& jump) {
    return elapsed(jump.after.time, jump.before.time);
  };
  const auto largest = std::ranges::max_element(transport.jumps, {}, span);
  std::string text =
      fmt::format("Time runs backwards by {} between {} and {}", span_words(span(*largest)),
                  frame_words(session, largest->before), frame_words(session, largest->after));
  if (transport.clock_jumps > 1)
    text += fmt::format(", and {} more", counted(transport.clock_jumps - 1, "time"));
  Finding finding = found(session, RuleId::capture_clock, text + "; no wait is computed across it.",
                          {largest->before, largest->after});
  if (span(*largest) > large_jump) finding.severity = Severity::warning;
  return {std::move(finding)};
}

std::vector<Finding> capture_limit(const Session& session) {
  std::vector<std::string> reached;
  for (std::size_t limit = 0; limit < session.limits.size(); ++limit) {
    if (session.limits[limit] > 0)
      reached.emplace_back(limit_words(static_cast<session::Limit>(limit)));
  }
  if (reached.empty()) return {};
  std::string text = "A limit of the analyzer was reached: " + listed(reached, reached.size());
  if (const std::uint64_t accepted = session::sum_of(session.left_out).transactions; accepted > 0) {
    text += fmt::format(" ({}, which the server accepted without a flaw, {} left out)",
                        counted(accepted, "message"), accepted == 1 ? "is" : "are");
  }
  if (session.exchanges_dropped > 0) {
    text += fmt::format(" ({} are only counted)", counted(session.exchanges_dropped, "exchange"));
  }
  return {found(session, RuleId::capture_limit, text + '.', {session.transport.last})};
}

}  // namespace smtpscope::findings
