// Findings of the net group about the end: who broke off, in which state, and after which silence.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/held_up.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;

// What a person at a keyboard, or a slow lookup, stays below.
constexpr Nanoseconds silence_min = std::chrono::seconds{5};

// ---- What the end left undone -------------------------------------------------------------------
// As the end of a sentence; empty if nothing.
std::string left_undone(const Session& session) {
  if (session.open_message) {
    return fmt::format(" in the middle of the message, after {} of it",
                       counted(session.open_message->octets, "octet"));
  }
  if (const auto pending = first_unanswered(session)) {
    return fmt::format(" while {} waited for its reply", asked_words(session.exchanges[*pending]));
  }
  if (transaction_left_open(session)) return " in the middle of a transaction";
  return {};
}

// A client that stopped inside a line.
bool left_in_a_line(const Session& session) noexcept {
  if (session.exchanges.empty() || session.gap_count > 0) return false;
  const Exchange& last = session.exchanges.back();
  return is_command(last) && last.replies.empty() && last.command->line_end == smtp::LineEnd::cut;
}

// The server ended a dialogue that was going well, with no command pending: neither a 421 nor a
// refusal nor the end of its work explains it.
bool server_left_without_a_word(const Session& session) noexcept {
  if (!session.has_greeting() || !has_commands(session) || has_quit(session)) return false;
  if (first_unanswered(session) || hidden_by_tls(session)) return false;
  const auto answered =
      std::ranges::find_if(session.exchanges.rbegin(), session.exchanges.rend(),
                           [](const Exchange& exchange) { return exchange.reply() != nullptr; });
  const Exchange& last = *answered;
  // 221 says goodbye, whatever it answers: Postfix to "GET / HTTP/1.1", or to a line of text.
  return last.reply()->first_digit() < 4 && last.reply()->code != 221 && !ends_message(last) &&
         !last.around_gap && session.gap_count == 0;
}

// Did the server say 421, or may it have, in what the capture lacks of its last words?
bool may_have_said_goodbye(const Session& session) noexcept {
  const smtp::Reply* const last = last_reply(session);
  if (last != nullptr && is_farewell(session, *last)) return true;
  const StreamOffset end = last == nullptr ? 0 : last->extent.end;
  return std::ranges::any_of(session.gaps, [end](const session::GapFact& gap) {
    return gap.side == Side::server && gap.offset + gap.length > end;
  });
}

// ---- Silence ------------------------------------------------------------------------------------
// The last words of the dialogue, and from then on nothing until it ended.
struct Silence {
  Side whose = Side::client;  // whose turn it was
  Origin since;
  Timestamp until{};
  Origin end;                                  // the 421, FIN or RST; else the last packet
  const smtp::Reply* farewell = nullptr;       // the 421
  std::size_t awaited = session::no_exchange;  // of the server: what it did not answer
};

// The server's 421, or its other last words, that answer no command.
const smtp::Reply* unasked_farewell(const Session& session) noexcept {
  if (session.exchanges.empty()) return nullptr;
  const Exchange& last = session.exchanges.back();
  const smtp::Reply* reply = last.reply();
  const bool unasked = last.kind == ExchangeKind::unsolicited && reply != nullptr;
  return unasked && is_farewell(session, *reply) ? reply : nullptr;
}

// The latest packet with words of the dialogue, but for the farewell.
Origin last_words(const Session& session, const smtp::Reply* farewell) noexcept {
  Origin last = session.transport.handshake_done.value_or(session.transport.first);
  const auto look_at = [&last](const Origin& origin) {
    if (origin.frame > last.frame) last = origin;
  };
  for (const Exchange& exchange : session.exchanges) {
    if (exchange.command) look_at(exchange.command->origin);
    for (const smtp::Reply& reply : exchange.replies) {
      if (&reply != farewell) look_at(reply.origin);
    }
    if (exchange.auth && !exchange.auth->challenges.empty())
      look_at(exchange.auth->challenges.back().origin);
  }
  if (session.open_message) look_at(session.open_message->last);
  return last;
}

// What the server has not answered when the capture ends; of a connection that somebody closed
// there are other rules.
std::size_t pending_at_the_end(const Session& session) noexcept {
  const auto asks = [](const Exchange& exchange) {
    return exchange.kind == ExchangeKind::end_of_data ||
           (is_command(exchange) && exchange.command->line_end != smtp::LineEnd::cut);
  };
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (asks(exchange) && exchange.replies.empty() &&
        exchange.unanswered != smtp::Unanswered::lost_in_gap)
      return index;
  }
  return session::no_exchange;
}

// A login in its middle: after the client's answer it is the server's turn, and the capture does
// not tell when that was.
bool in_login(const Session& session) noexcept {
  return !session.exchanges.empty() && session.exchanges.back().auth &&
         session.exchanges.back().replies.empty();
}

bool may_judge_silence(const Session& session) noexcept {
  const bool connected = session.transport.opened == tcp::Opened::handshake ||
                         session.transport.opened == tcp::Opened::midstream;
  // One that counts octets as sent was not silent.
  const auto& ahead = session.transport.sent_unseen;
  const bool has_holes = session.gap_count > 0 || session.unseen || session.exchanges_dropped > 0 ||
                         ahead[index_of(Side::client)] > 0 || ahead[index_of(Side::server)] > 0;
  const bool limited = session.limits[static_cast<std::size_t>(session::Limit::flows)] > 0;
  if (!connected || has_holes || limited || session.file_cut_short) return false;
  if (hidden_by_tls(session) || session.proxy || other_protocol(session) || has_quit(session))
    return false;
  return !session.exchanges.empty() && !in_login(session);
}

std::optional<Silence> last_silence(const Session& session) {
  if (!may_judge_silence(session)) return std::nullopt;
  const Departure departure = departure_of(session);
  const bool was_ended =
      departure.how == Departure::How::fin || departure.how == Departure::How::reset;
  Silence silence;
  silence.farewell = unasked_farewell(session);
  silence.since = last_words(session, silence.farewell);
  silence.end = silence.farewell != nullptr ? silence.farewell->begun : departure.at;
  const bool has_end = was_ended || silence.farewell != nullptr;
  silence.until = has_end ? silence.end.time : session.transport.ended;
  if (!session.open_message) silence.awaited = pending_at_the_end(session);
  if (silence.awaited != session::no_exchange) silence.whose = Side::server;
  // Smtp.command-without-reply and its kin.
  const bool told_elsewhere = silence.whose == Side::server && has_end;
  if (told_elsewhere || elapsed(silence.since.time, silence.until) < silence_min)
    return std::nullopt;
  if (session::clock_jumps_between(session, silence.since, session.transport.last))
    return std::nullopt;
  const smtp::Reply* last = last_reply(session);
  const bool refused = last != nullptr && last != silence.farewell && last->code == 421;
  return refused || is_held_up(session) ? std::nullopt : std::optional(silence);
}

// A mail was begun, and nothing has decided about it but the farewell.
bool was_in_transaction(const Session& session) noexcept {
  if (session.transactions.empty()) return false;
  const session::Transaction& last = session.transactions.back();
  const bool begun = last.mail != session::no_exchange && is_accepted(session.exchanges[last.mail]);
  if (!begun || last.end_of_data != session::no_exchange) return false;
  const auto after = session.exchanges.begin() + static_cast<std::ptrdiff_t>(last.mail);
  return std::none_of(after, session.exchanges.end(), [](const Exchange& exchange) {
    const smtp::Verb verb = exchange.command ? exchange.command->verb : smtp::Verb::unknown;
    return verb == smtp::Verb::rset || is_hello(verb);
  });
}

// Nothing was asked and nothing begun: a connection that was kept for later, as clients with many
// mails do.
bool was_idle_between_mails(const Session& session, const Silence& silence) noexcept {
  return silence.whose == Side::client && !session.open_message && !was_in_transaction(session) &&
         !left_in_a_line(session);
}

std::optional<Silence> telling_silence(const Session& session) {
  const auto silence = last_silence(session);
  if (!silence || !was_idle_between_mails(session, *silence)) return silence;
  // Then only the server's impatience is worth a word: the client's own end is smtp.no-quit, the
  // capture's capture.open.
  const bool by_server = silence->farewell != nullptr || departure_of(session).by == Side::server;
  return by_server ? silence : std::nullopt;
}

std::string end_words(const Session& session, const Silence& silence) {
  if (silence.farewell != nullptr)
    return fmt::format("the server hung up: {}", reply_words(*silence.farewell));
  const Departure departure = departure_of(session);
  switch (departure.how) {
    case Departure::How::fin:
      return fmt::format("{} closed the connection (FIN)", side_words(session, *departure.by));
    case Departure::How::reset:
      return fmt::format("{} reset the connection (RST)",
                         side_words(session, departure.by.value_or(Side::server)));
    case Departure::How::silence:
      return "nothing more came";
    case Departure::How::capture_end:
      break;
  }
  return "the capture ended";
}

std::string limit_words(const Session& session, const Silence& silence) {
  const bool by_server = silence.whose == Side::server;
  const session::TimeLimit limit = by_server
                                       ? session::limit_of_reply(session.exchanges[silence.awaited])
                                       : session::limit_of_client();
  const std::string_view who = by_server ? "client" : "server";
  if (limit.reference.empty())
    return fmt::format("A {} usually waits {}", who, span_words(limit.limit));
  return fmt::format("{} asks a {} to wait {}", limit.reference, who, span_words(limit.limit));
}

// ---- Sizes --------------------------------------------------------------------------------------
// As limits are set: 64 KiB, 128 KiB ..., whole MiB, and the same in tens.
bool is_round(std::uint64_t octets) noexcept {
  constexpr std::uint64_t least = 64 * 1024, mebi = 1024 * 1024, mega = 1'000'000;
  if (octets < least) return false;
  const bool is_power = (octets & (octets - 1)) == 0;
  return is_power || octets % mebi == 0 || octets % mega == 0 || octets == mega / 10 ||
         octets == mega / 5 || octets == mega / 2;
}

std::string size_words(std::uint64_t octets) {
  if (octets % (1024 * 1024) == 0) return fmt::format("{} MiB", octets / (1024 * 1024));
  if (octets % 1024 == 0) return fmt::format("{} KiB", octets / 1024);
  return octets % 1'000'000 == 0 ? fmt::format("{} MB", octets / 1'000'000)
                                 : fmt::format("{} kB", octets / 1000);
}

// What the reset answers may be something that the capture lacks: octets that it acknowledges, or
// something at the last two steps, which may have been a STARTTLS or the answer to it (then
// tls.not-tls would tell).
bool may_answer_what_is_unseen(const Session& session) noexcept {
  if (session.transport.reset_had_unseen) return true;
  const auto beside_hole = [](const smtp::Exchange& exchange) {
    return exchange.around_gap || exchange.kind == smtp::ExchangeKind::lost_command;
  };
  const auto begin =
      session.exchanges.end() - std::min<std::ptrdiff_t>(2, std::ssize(session.exchanges));
  return !session.open_message && std::any_of(begin, session.exchanges.end(), beside_hole);
}

}  // namespace

std::vector<Finding> net_reset(const Session& session) {
  if (!reset_midway(session) || is_held_up(session) || telling_silence(session)) return {};
  if (may_answer_what_is_unseen(session)) return {};
  const Departure departure = departure_of(session);
  const std::string who = departure.by ? side_first(session, *departure.by) : "A side";
  const auto pending = first_unanswered(session);
  std::vector<Origin> evidence = {departure.at};
  if (session.open_message) evidence.push_back(session.open_message->last);
  if (pending) evidence.push_back(session.exchanges[*pending].command->origin);
  return {
      found(session, RuleId::net_reset,
            fmt::format("{} reset the connection{}: lost connection after {}{}.", who,
                        left_undone(session), session::stage(session),
                        hop_limit_words(session, departure.by, session.transport.reset_hop_limit)),
            std::move(evidence), pending.value_or(session::no_exchange))};
}

std::vector<Finding> net_closed_early(const Session& session) {
  const Departure departure = departure_of(session);
  if (departure.how != Departure::How::fin || other_protocol(session) || session.unseen) return {};
  if (telling_silence(session)) return {};
  const bool by_server = departure.by == Side::server;
  const bool in_message = message_left_open(session) && !has_quit(session) &&
                          !first_unanswered(session) && !greeting_never_came(session);
  const bool in_line = departure.by == Side::client && left_in_a_line(session);
  if (!in_message && !in_line && !(by_server && server_left_without_a_word(session))) return {};
  if (by_server && may_have_said_goodbye(session)) return {};
  std::string what = left_undone(session);
  if (in_line) what = " in the middle of a line: " + quoted(asked_words(session.exchanges.back()));
  if (by_server) what += ", without a 421";
  return {found(session, RuleId::net_closed_early,
                fmt::format("{} closed the connection{}: lost connection after {}.",
                            side_first(session, *departure.by), what, session::stage(session)),
                {departure.at})};
}

std::vector<Finding> net_idle_close(const Session& session) {
  const auto silence = telling_silence(session);
  if (!silence) return {};
  const bool of_server = silence->whose == Side::server;
  const std::string turn =
      of_server
          ? fmt::format("it had to answer {}", asked_words(session.exchanges[silence->awaited]))
          : std::string(session.open_message ? "it was sending the message" : "it was its turn");
  Finding finding =
      found(session, RuleId::net_idle_close,
            fmt::format("{} said nothing for {} while {}; then {}: timeout after {}. {}.",
                        side_first(session, silence->whose),
                        span_words(elapsed(silence->since.time, silence->until)), turn,
                        end_words(session, *silence), session::stage(session),
                        limit_words(session, *silence)),
            {silence->since, silence->end});
  if (was_idle_between_mails(session, *silence)) finding.severity = Severity::note;
  if (reset_midway(session)) finding.severity = Severity::error;
  return {std::move(finding)};
}

std::vector<Finding> net_cut_at_size(const Session& session) {
  if (!message_left_open(session) || session.gap_count > 0) return {};
  const Departure departure = departure_of(session);
  if (departure.how == Departure::How::capture_end || session.transactions.empty()) return {};
  // The box may count octets of the message, of its text on the wire, or of the connection.
  const std::size_t data = session.transactions.back().data;
  if (data >= session.exchanges.size() || !session.exchanges[data].command) return {};
  const StreamOffset begin = session.exchanges[data].command->extent.end;
  const std::uint64_t sent = session.octets[index_of(Side::client)];
  const std::uint64_t arrived = session.transport.acknowledged[index_of(Side::client)];
  const auto behind = [begin](std::uint64_t octets) { return octets > begin ? octets - begin : 0; };
  const std::pair<std::uint64_t, std::string_view> sizes[] = {
      {session.open_message->octets, "of the message"},
      {behind(sent), "of the message, as sent"},
      {behind(arrived), "of the message, as acknowledged"},
      {sent, "of the connection"},
  };
  const auto* const round =
      std::ranges::find_if(sizes, [](const auto& size) { return is_round(size.first); });
  if (round == std::end(sizes)) return {};
  return {
      found(session, RuleId::net_cut_at_size,
            fmt::format("The message broke off after exactly {} {} ({}): lost connection after {}.",
                        counted(round->first, "octet"), round->second, size_words(round->first),
                        session::stage(session)),
            {session.open_message->last, departure.at})};
}

}  // namespace smtpscope::findings
