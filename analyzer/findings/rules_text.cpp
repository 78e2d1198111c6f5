// Text and commands that are taken for each other: a message where commands are read, and commands
// that hide in a message.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/messages.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/text_runs.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::OddEnd;
using smtp::Verb;

std::vector<Origin> packets_of_run(const Session& session, const TextRun& run) {
  std::vector<Origin> packets = packets_of(session.exchanges[run.cause]);
  packets.push_back(session.exchanges[run.begin].command->origin);
  packets.push_back(session.exchanges[run.end - 1].command->origin);
  return packets;
}

std::string lines_words(const TextRun& run) { return counted(run.end - run.begin, "line"); }

// ---- Chunks -------------------------------------------------------------------------------------
std::vector<Origin> evidence_of(const Session& session, std::size_t first, std::size_t second) {
  std::vector<Origin> packets = packets_of(session.exchanges[first]);
  const std::vector<Origin> more = packets_of(session.exchanges[second]);
  packets.insert(packets.end(), more.begin(), more.end());
  return packets;
}

// DATA in a transaction whose message began with BDAT.
void tell_mixed(const Session& session, std::vector<Finding>& findings) {
  std::size_t chunk = no_exchange;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    const bool starts_over = has_verb(exchange, Verb::mail) || has_verb(exchange, Verb::rset) ||
                             has_verb(exchange, Verb::ehlo) || has_verb(exchange, Verb::helo);
    if (starts_over || ends_message(exchange)) chunk = no_exchange;
    if (has_verb(exchange, Verb::bdat) && is_accepted(exchange) && !ends_message(exchange))
      chunk = index;
    if (chunk == no_exchange || !has_verb(exchange, Verb::data) || exchange.around_gap) continue;
    if (gap_up_to(session, Side::client, index)) continue;  // the last chunk may lie in it
    findings.push_back(found(
        session, RuleId::smtp_chunk_mismatch,
        fmt::format("The client sent DATA in the middle of a message that it began with {}; {}.",
                    asked_words(session.exchanges[chunk]), answer_words(exchange)),
        evidence_of(session, chunk, index), index));
    chunk = no_exchange;
  }
}

// The message was left after a chunk that was taken, for the next one or for good.
void tell_no_last(const Session& session, std::vector<Finding>& findings) {
  std::size_t chunk = no_exchange;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (has_verb(exchange, Verb::bdat)) {
      chunk = is_accepted(exchange) && !ends_message(exchange) && !exchange.around_gap
                  ? index
                  : no_exchange;
      continue;
    }
    const bool leaves = has_verb(exchange, Verb::mail) || has_verb(exchange, Verb::quit);
    if (leaves && chunk != no_exchange && !gap_up_to(session, Side::client, index)) {
      findings.push_back(found(
          session, RuleId::smtp_chunk_mismatch,
          fmt::format("The client sent {} behind {}, and no BDAT with LAST ended the message.",
                      asked_words(exchange), asked_words(session.exchanges[chunk])),
          evidence_of(session, chunk, index), index));
    }
    chunk = no_exchange;
  }
}

// The client waits for the answer to a chunk that is not whole, or leaves.
void tell_short_chunk(const Session& session, std::vector<Finding>& findings) {
  if (session.exchanges.empty() || session.unseen) return;
  const std::size_t index = session.exchanges.size() - 1;
  const Exchange& last = session.exchanges[index];
  if (!has_verb(last, Verb::bdat) || !last.message || last.message->complete ||
      last.message->missing > 0)
    return;
  if (!last.replies.empty() || gap_up_to(session, Side::client, index)) return;
  const auto chunk = smtp::parse_chunk(last.command->argument);
  const Departure departure = departure_of(session);
  const bool client_waited = departure.by == Side::client && departure.how == Departure::How::fin;
  if (!chunk || !(client_waited || departure.how == Departure::How::silence)) return;
  std::uint64_t before = 0;
  for (std::size_t earlier = index;
       earlier-- > 0 && has_verb(session.exchanges[earlier], Verb::bdat);) {
    if (!session.exchanges[earlier].message) break;
    before = session.exchanges[earlier].message->octets;
    break;
  }
  const std::uint64_t came = last.message->octets - std::min(before, last.message->octets);
  if (came >= chunk->octets) return;
  findings.push_back(found(session, RuleId::smtp_chunk_mismatch,
                           fmt::format("{} announced {}, and {} came before the end.",
                                       asked_words(last), counted(chunk->octets, "octet"), came),
                           {last.command->origin, last.message->last, departure.at}, index));
}

// ---- Smuggling ----------------------------------------------------------------------------------
std::string mark_words(const OddEnd& end) {
  return fmt::format("{}.{} at octet {}", name_of(end.before), name_of(end.behind), end.dot.offset);
}

// What the server made of it, in words.
std::string taken_words(const Session& session, const SeenMessage& seen) {
  const std::size_t next = seen.exchange + 1;
  std::string words = "the server took that for the end of the message";
  if (next >= session.exchanges.size() || session.exchanges[next].replies.empty()) return words;
  return fmt::format("{}, and answered {} by {}", words, asked_words(session.exchanges[next]),
                     reply_words(*session.exchanges[next].reply()));
}

std::string answer_to_whole(const Session& session, const SeenMessage& seen) {
  const Exchange& end = session.exchanges[seen.exchange];
  if (end.kind != ExchangeKind::end_of_data) return "the message was never ended";
  if (end.replies.empty()) return answer_words(end);
  if (is_refused(end))
    return fmt::format("the server refused the message: {}", reply_words(*end.reply()));
  return fmt::format("the server did not take it for the end: one reply, {}, answers all of it",
                     reply_words(*end.reply()));
}

}  // namespace

std::vector<Finding> smtp_text_as_commands(const Session& session) {
  std::vector<Finding> findings;
  for (const TextRun& run : text_runs(session)) {
    if (run.behind != TextRun::Behind::refused_data || findings.size() == told_per_rule_max)
      continue;
    findings.push_back(found(
        session, RuleId::smtp_text_as_commands,
        fmt::format("The client sent the message, {}, although {}.", lines_words(run),
                    "DATA was refused: " + reply_words(*session.exchanges[run.cause].reply())),
        packets_of_run(session, run), run.cause));
  }
  for (const SeenMessage& seen : messages_of(session)) {
    if (hidden_commands(session, seen) != nullptr) break;  // what follows is hidden in its text
    if (seen.transaction->data == no_exchange) continue;   // it lies in a gap
    const Exchange& data = session.exchanges[seen.transaction->data];
    const auto& saw = seen.message->peer_acknowledged;
    if (!has_verb(data, Verb::data) || data.replies.empty() || data.around_gap || !saw) continue;
    const smtp::Reply& reply = *data.reply();
    if (reply.code != 354 || *saw >= reply.extent.end || findings.size() == told_per_rule_max)
      continue;
    findings.push_back(
        found(session, RuleId::smtp_text_as_commands,
              fmt::format("The client sent {} before it had the answer to DATA; that was {}.",
                          message_words(seen), reply_words(reply)),
              {data.command->origin, seen.message->first.value_or(Origin()), reply.origin},
              seen.transaction->data));
  }
  return findings;
}

std::vector<Finding> smtp_dot_stuffing(const Session& session) {
  std::vector<Finding> findings;
  for (const TextRun& run : text_runs(session)) {
    if (run.behind != TextRun::Behind::end_of_data || findings.size() == told_per_rule_max)
      continue;
    findings.push_back(found(
        session, RuleId::smtp_dot_stuffing,
        fmt::format("A line with a lone dot in the text ended the message, since the client did "
                    "not double the dot; {} behind it came as commands, the first of them {}.",
                    lines_words(run), quoted(asked_words(session.exchanges[run.begin]))),
        packets_of_run(session, run), run.cause));
  }
  for (const SeenMessage& seen : messages_of(session)) {
    const smtp::TextFacts& text = seen.message->text;
    if (text.undoubled_dots == 0 || findings.size() == told_per_rule_max) continue;
    const bool is_one = text.undoubled_dots == 1;
    findings.push_back(found(
        session, RuleId::smtp_dot_stuffing,
        fmt::format(
            "In {} {} with a dot that the client did not double, the first at octet {}; the server "
            "takes the dot away.",
            message_words(seen),
            is_one ? "1 line begins" : counted(text.undoubled_dots, "line") + " begin",
            text.first_undoubled_dot->offset),
        {text.first_undoubled_dot->origin}, seen.exchange));
  }
  return findings;
}

std::vector<Finding> smtp_chunk_mismatch(const Session& session) {
  std::vector<Finding> findings;
  if (other_protocol(session)) return findings;
  for (const TextRun& run : text_runs(session)) {
    if (run.behind != TextRun::Behind::chunk) continue;
    findings.push_back(found(
        session, RuleId::smtp_chunk_mismatch,
        fmt::format("More came than {} announced: {} behind the chunk {} no command, the first of "
                    "them {}.",
                    asked_words(session.exchanges[run.cause]), lines_words(run),
                    run.end - run.begin == 1 ? "is" : "are",
                    quoted(asked_words(session.exchanges[run.begin]))),
        packets_of_run(session, run), run.cause));
  }
  tell_mixed(session, findings);
  tell_no_last(session, findings);
  tell_short_chunk(session, findings);
  if (findings.size() > told_per_rule_max) findings.resize(told_per_rule_max);
  return findings;
}

std::vector<Finding> security_smuggling(const Session& session) {
  std::vector<Finding> findings;
  for (const SeenMessage& seen : messages_of(session)) {
    const OddEnd* const end = hidden_commands(session, seen);
    if (end == nullptr || seen.exchange >= session.exchanges.size()) continue;
    std::vector<Origin> evidence = packets_of(session.exchanges[seen.exchange]);
    evidence.push_back(end->dot.origin);
    findings.push_back(found(
        session, RuleId::security_smuggling,
        fmt::format("In {} stands {}, which is no end of data, and behind it the command {}: {}.",
                    message_words(seen), mark_words(*end),
                    quoted(shortened(end->command, quoted_octets_max)),
                    end->taken ? taken_words(session, seen) : answer_to_whole(session, seen)),
        std::move(evidence), seen.exchange));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
