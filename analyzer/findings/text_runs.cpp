#include "analyzer/findings/text_runs.hpp"

#include "analyzer/findings/circumstances.hpp"

#include <algorithm>
#include <optional>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

constexpr std::size_t lines_looked_at = 10'000;  // for the lone dot of a text

bool is_line(const Exchange& exchange) noexcept {
  return is_command(exchange) && !exchange.around_gap;
}

// Did the server carry it out? Postfix says 221 to what it takes for a spammer's text, and leaves.
bool is_taken(const Exchange& exchange) noexcept {
  const smtp::Reply* reply = exchange.reply();
  return reply != nullptr && reply->first_digit() < 4 && reply->code != 221;
}

bool is_no_command(const Exchange& exchange) noexcept {
  return is_line(exchange) && exchange.command->verb == Verb::unknown && !is_taken(exchange);
}

bool is_lone_dot(const Exchange& exchange) noexcept {
  return is_no_command(exchange) && exchange.command->name == "." &&
         exchange.command->argument.empty();
}

// "Subject: hello"
bool is_field(const Exchange& exchange) noexcept {
  const std::string& name = exchange.command->name;
  return is_no_command(exchange) && name.size() > 1 && name.find(':') != std::string::npos;
}

// To the lone dot, if no line before it was taken as a command; some lines of a text are words that
// SMTP has.
std::optional<std::size_t> lone_dot_from(const Session& session, std::size_t begin) {
  const std::size_t end = std::min(session.exchanges.size(), begin + lines_looked_at);
  for (std::size_t index = begin; index < end; ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (is_lone_dot(exchange)) return index;
    if (!is_line(exchange) || is_taken(exchange)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<TextRun::Behind> cause_of(const Exchange& exchange) noexcept {
  if (exchange.around_gap) return std::nullopt;
  if (exchange.kind == ExchangeKind::end_of_data) return TextRun::Behind::end_of_data;
  if (!is_line(exchange)) return std::nullopt;
  if (exchange.command->verb == Verb::bdat) return TextRun::Behind::chunk;
  if (exchange.command->verb == Verb::data && is_refused(exchange))
    return TextRun::Behind::refused_data;
  return std::nullopt;
}

// Was the line sent before the client could have the reply?
bool in_flight(const Exchange& line, const Exchange& before) noexcept {
  return before.reply() != nullptr && line.command && knew(*line.command, *before.reply()) == false;
}

// A command, sent by one who had waited for the reply: text goes on without waiting.
bool is_next_command(const Exchange& line, const Exchange& before) noexcept {
  return before.reply() != nullptr && !is_no_command(line) &&
         knew(*line.command, *before.reply()) == true;
}

// Empty lines, and the dot of one who sends it twice, are no text.
bool says_something(const Session& session, const TextRun& run) noexcept {
  for (std::size_t index = run.begin; index < run.end; ++index) {
    const Exchange& line = session.exchanges[index];
    if (!is_lone_dot(line) && !(line.command->name.empty() && line.command->argument.empty()))
      return true;
  }
  return false;
}

std::optional<TextRun> run_behind(const Session& session, std::size_t cause) {
  const auto behind = cause_of(session.exchanges[cause]);
  const std::size_t begin = cause + 1;
  if (!behind || begin >= session.exchanges.size() || !is_line(session.exchanges[begin]))
    return std::nullopt;
  const Exchange& before = session.exchanges[cause];
  const Exchange& first = session.exchanges[begin];
  if (*behind != TextRun::Behind::refused_data && is_next_command(first, before))
    return std::nullopt;
  if (const auto dot = lone_dot_from(session, begin))
    return TextRun{*behind, cause, begin, *dot + 1, true};
  if (!is_no_command(first)) return std::nullopt;
  const bool is_text =
      in_flight(first, before) || (*behind == TextRun::Behind::refused_data && is_field(first));
  if (!is_text) return std::nullopt;
  std::size_t end = begin;
  while (end < session.exchanges.size() && is_no_command(session.exchanges[end])) ++end;
  return TextRun{*behind, cause, begin, end, false};
}

}  // namespace

std::vector<TextRun> text_runs(const Session& session) {
  std::vector<TextRun> runs;
  if (session.unseen || other_protocol(session)) return runs;
  for (std::size_t index = 0; index + 1 < session.exchanges.size(); ++index) {
    const auto run = run_behind(session, index);
    if (!run || !says_something(session, *run)) continue;
    runs.push_back(*run);
    index = run->end - 1;
  }
  return runs;
}

bool TextRuns::have(std::size_t exchange) {
  if (!runs_) runs_ = text_runs(*session_);
  return std::ranges::any_of(*runs_, [exchange](const TextRun& run) {
    return run.begin <= exchange && exchange < run.end;
  });
}

}  // namespace smtpscope::findings
