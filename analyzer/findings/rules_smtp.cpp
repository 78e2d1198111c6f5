#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/command_faults.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/held_up.hpp"
#include "analyzer/findings/masking.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/out_of_step.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/text_runs.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Command;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::is_command;
using smtp::Reply;
using smtp::ReplyFlaw;
using smtp::Unanswered;
using smtp::Verb;

constexpr std::size_t unknown_commands_told = 4;

std::size_t index_in(const Session& session, const Exchange& exchange) noexcept {
  return static_cast<std::size_t>(&exchange - session.exchanges.data());
}

// ---- Commands -----------------------------------------------------------------------------------
bool is_obsolete(Verb verb) noexcept {
  return verb == Verb::send || verb == Verb::soml || verb == Verb::saml || verb == Verb::turn;
}

bool is_refused_as_unknown(const Exchange& exchange) noexcept {
  const Reply* reply = exchange.reply();
  return reply != nullptr && (reply->code == 500 || reply->code == 502);
}

bool is_offered(const Session& session, std::string_view name) noexcept {
  return std::ranges::any_of(session.extensions, [&](std::string_view line) {
    return ascii::equal_no_case(line.substr(0, std::min(line.find_first_of(" \t="), line.size())),
                                name);
  });
}

bool is_unknown_command(const Session& session, const Exchange& exchange) noexcept {
  if (!is_command(exchange) || exchange.around_gap) return false;
  const Command& command = *exchange.command;
  if (is_telnet(command)) return false;  // smtp.telnet tells it
  if (command.line_end == smtp::LineEnd::cut) return false;
  if (is_obsolete(command.verb)) return is_refused_as_unknown(exchange);
  return command.verb == Verb::unknown && !is_offered(session, command.name);
}

std::string verdict_of_server(const Exchange& exchange) {
  const Reply* reply = exchange.reply();
  if (reply == nullptr) return answer_words(exchange);
  const std::string_view did = reply->first_digit() < 4 ? "took it" : "refused it";
  return fmt::format("the server {}: {}", did, reply_words(*reply));
}

// ---- Replies ------------------------------------------------------------------------------------
// Can this reply be judged as what a server said to this command?
bool is_certain(const Exchange& exchange, const Reply& reply) noexcept {
  return !exchange.around_gap && !reply.has(ReplyFlaw::cut_short);
}

smtp::Answered answered_by(const Exchange& exchange) noexcept {
  if (exchange.kind == ExchangeKind::greeting) return smtp::Answered::greeting;
  return exchange.kind == ExchangeKind::end_of_data ? smtp::Answered::end_of_data
                                                    : smtp::Answered::command;
}

std::string expected_codes(const Exchange& exchange) {
  if (exchange.kind == ExchangeKind::greeting) return "220";
  if (exchange.kind == ExchangeKind::end_of_data) return "250";
  const smtp::VerbInfo* const row = smtp::info(exchange.command->verb);
  std::vector<std::string> codes;
  for (const std::uint16_t code : row->success) codes.push_back(std::to_string(code));
  return listed(codes);
}

bool is_unexpected(const Exchange& exchange) noexcept {
  const Reply* reply = exchange.reply();
  if (reply == nullptr || !is_certain(exchange, *reply) || exchange.early_reply) return false;
  if (reply->code == 0 || reply->has(ReplyFlaw::bad_code)) return false;
  if (exchange.kind == ExchangeKind::unsolicited || exchange.kind == ExchangeKind::lost_command)
    return false;
  if (exchange.kind == ExchangeKind::command &&
      (!exchange.command || exchange.command->verb == Verb::unknown)) {
    return false;
  }
  const Verb verb = exchange.command ? exchange.command->verb : Verb::unknown;
  return !smtp::is_expected(answered_by(exchange), verb, reply->code);
}

std::string what_is_wrong(const Reply& reply) {
  if (reply.has(ReplyFlaw::no_code) && !reply.strays.empty()) {
    return fmt::format("the line {} has no code", quoted(reply.strays.front()));
  }
  if (reply.has(ReplyFlaw::bad_code)) return fmt::format("{:03} is no reply code", reply.code);
  return fmt::format("neither a space nor a hyphen stands behind the code {:03}", reply.code);
}

bool is_malformed(const Reply& reply) noexcept {
  return reply.has(ReplyFlaw::no_code) || reply.has(ReplyFlaw::bad_code) ||
         reply.has(ReplyFlaw::bad_separator);
}

// One finding for each exchange for which `says` gives a text, up to a number that is enough.
std::vector<Finding> for_each_exchange(
    const Session& session, RuleId rule,
    const std::function<std::optional<std::string>(const Exchange&)>& says,
    std::size_t most = told_per_rule_max) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size() && findings.size() < most; ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (auto text = says(exchange)) {
      findings.push_back(found(session, rule, std::move(*text), packets_of(exchange), index));
    }
  }
  return findings;
}

}  // namespace

std::vector<Finding> smtp_unknown_command(const Session& session) {
  if (other_protocol(session)) return {};
  TextRuns runs(session);  // told once, by what made text of a message commands
  const auto says = [&](const Exchange& exchange) -> std::optional<std::string> {
    if (!is_unknown_command(session, exchange) || runs.have(index_in(session, exchange)))
      return std::nullopt;
    const Command& command = *exchange.command;
    if (is_masked(command.name)) return std::nullopt;  // security.middlebox tells of it
    if (command.name.empty() && command.argument.empty())
      return fmt::format("The client sent an empty line where a command belongs; {}.",
                         answer_words(exchange));
    const std::string line = command.secret ? asked_words(exchange) : quoted(asked_words(exchange));
    // The server may repeat the line: then its answer is as secret as the line.
    const bool by_code = command.secret && exchange.reply() != nullptr;
    return fmt::format("The client sent {}, which is no SMTP command; {}.", line,
                       by_code ? fmt::format("the server answered {}", exchange.reply()->code)
                               : answer_words(exchange));
  };
  return for_each_exchange(session, RuleId::smtp_unknown_command, says, unknown_commands_told);
}

std::vector<Finding> smtp_bad_syntax(const Session& session) {
  if (other_protocol(session)) return {};
  TextRuns runs(session);
  auto findings = for_each_exchange(
      session, RuleId::smtp_bad_syntax,
      [&](const Exchange& exchange) -> std::optional<std::string> {
        std::string why;
        if (!has_bad_syntax(exchange, why) || runs.have(index_in(session, exchange)))
          return std::nullopt;
        return fmt::format("In {} {}; {}.", quoted(asked_words(exchange)), why,
                           verdict_of_server(exchange));
      });
  for (Finding& finding : findings) {
    if (is_accepted(session.exchanges[finding.exchange])) finding.severity = Severity::note;
  }
  return findings;
}

std::vector<Finding> smtp_bad_sequence(const Session& session) {
  std::vector<Finding> findings;
  TextRuns runs(session);
  for (const SequenceFault& fault : sequence_faults(session)) {
    if (runs.have(fault.exchange)) continue;
    const Exchange& exchange = session.exchanges[fault.exchange];
    findings.push_back(found(session, RuleId::smtp_bad_sequence,
                             fmt::format("The client sent {} although {}; {}.",
                                         asked_words(exchange), fault.why, answer_words(exchange)),
                             packets_of(exchange), fault.exchange));
    if (is_accepted(exchange)) findings.back().severity = Severity::note;
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_bad_reply(const Session& session) {
  if (other_protocol(session)) return {};
  auto findings = for_each_exchange(
      session, RuleId::smtp_bad_reply, [&](const Exchange& exchange) -> std::optional<std::string> {
        const auto bad = std::ranges::find_if(exchange.replies, [&](const Reply& reply) {
          return is_certain(exchange, reply) && is_malformed(reply);
        });
        if (bad == exchange.replies.end()) return std::nullopt;
        if (exchange.kind == ExchangeKind::greeting && first_words_lost(session))
          return std::nullopt;
        return fmt::format("In the server's reply to {} {}.", asked_words(exchange),
                           what_is_wrong(*bad));
      });
  const auto& stray = session.stray_server_text;
  if (stray && !stray->strays.empty() && session.gap_count == 0 && !session.tls) {
    findings.push_back(found(session, RuleId::smtp_bad_reply,
                             fmt::format("The server said {}, which is no reply: it has no code.",
                                         quoted(stray->strays.front())),
                             {stray->begun, stray->origin}));
  }
  return findings;
}

std::vector<Finding> smtp_reply_code_changed(const Session& session) {
  return for_each_exchange(
      session, RuleId::smtp_reply_code_changed,
      [&](const Exchange& exchange) -> std::optional<std::string> {
        const auto odd = std::ranges::find_if(exchange.replies, [&](const Reply& reply) {
          return is_certain(exchange, reply) && reply.has(ReplyFlaw::code_changed);
        });
        if (odd == exchange.replies.end()) return std::nullopt;
        if (odd->first_code == odd->code) {
          return fmt::format(
              "A line within the server's reply to {} has another code than its first and last "
              "line ({}).",
              asked_words(exchange), odd->code);
        }
        return fmt::format("The server's reply to {} begins with {} and ends with {}.",
                           asked_words(exchange), odd->first_code, odd->code);
      });
}

std::vector<Finding> smtp_unexpected_reply(const Session& session) {
  if (other_protocol(session)) return {};
  auto findings =
      for_each_exchange(session, RuleId::smtp_unexpected_reply,
                        [&](const Exchange& exchange) -> std::optional<std::string> {
                          if (!is_unexpected(exchange)) return std::nullopt;
                          return fmt::format("The server answered {} with {}; {} would be right.",
                                             asked_words(exchange), reply_words(*exchange.reply()),
                                             expected_codes(exchange));
                        });
  if (!findings.empty() && out_of_step(session)) return {};
  return findings;
}

std::vector<Finding> smtp_reply_without_command(const Session& session) {
  if (other_protocol(session) || session.unseen) return {};
  const auto explained = refused_in_message(session);
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    // Inside a message it is smtp.reply-during-data's.
    const bool answers_nothing = exchange.kind == ExchangeKind::unsolicited && !exchange.in_data &&
                                 exchange.reply() != nullptr;
    const bool answers_header =
        session.proxy && session.proxy->answered <= index &&
        std::none_of(session.exchanges.begin(),
                     session.exchanges.begin() + static_cast<std::ptrdiff_t>(index), is_command);
    if (!answers_nothing || exchange.around_gap || explained == index || answers_header) continue;
    const Reply& reply = *exchange.reply();
    if (is_farewell(session, reply) || reply.has(ReplyFlaw::cut_short) ||
        gap_up_to(session, Side::client, index))
      continue;
    // What it answers, if anything, is hidden.
    if (hidden_by_tls(session) && reply.origin.frame > session.tls->first->frame) continue;
    if (is_clear_again(session, reply)) continue;
    findings.push_back(
        found(session, RuleId::smtp_reply_without_command,
              fmt::format("The server said {} when nothing was asked.", reply_words(reply)),
              {reply.origin}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  if (!findings.empty() && out_of_step(session)) return {};
  return findings;
}

std::vector<Finding> smtp_command_without_reply(const Session& session) {
  const auto first = first_unanswered(session);
  // Who puts a command behind STARTTLS and goes on with TLS gets its answer there, if any.
  if (!first || other_protocol(session) || hidden_by_tls(session) || out_of_step(session))
    return {};
  if (fails_for_want_of_tls(session)) return {};
  const Exchange& exchange = session.exchanges[*first];
  // The more telling findings: delivery.lost-after-data, smtp.no-greeting, net.reset.
  if (TextRuns(session).have(*first)) return {};  // text, which is no command's
  if (ends_message(exchange) || greeting_never_came(session) || reset_midway(session) ||
      is_held_up(session))
    return {};
  const Departure departure = departure_of(session);
  std::vector<std::string> others;
  for (std::size_t index = *first + 1; index < session.exchanges.size(); ++index) {
    const Exchange& other = session.exchanges[index];
    if (other.unanswered == Unanswered::never && other.command)
      others.push_back(asked_words(other));
  }
  const std::string rest =
      others.empty() ? std::string() : fmt::format(", and neither was {}", listed(others, 3));
  return {found(session, RuleId::smtp_command_without_reply,
                fmt::format("{} was never answered{}: {} {} later, lost connection after {}.",
                            asked_words(exchange), rest, departure_words(session, departure),
                            span_words(elapsed(exchange.command->origin.time, departure.at.time)),
                            session::stage(session)),
                {exchange.command->origin, departure.at}, *first)};
}

std::vector<Finding> smtp_no_quit(const Session& session) {
  const Departure departure = departure_of(session);
  const bool by_client = departure.by == Side::client;
  if (!by_client || !has_commands(session) || has_quit(session) || session.unseen) return {};
  if (hidden_by_tls(session) || other_protocol(session) || reset_midway(session)) return {};
  // Its TLS broke off, and it has no clear connection to say QUIT on.
  const bool left_in_tls = session.tls && session.tls->clear_again[index_of(Side::server)] &&
                           !session.tls->clear_again[index_of(Side::client)];
  if (left_in_tls) return {};
  if (session.open_message || gap_up_to(session, Side::client, session.exchanges.size())) return {};
  if (session.exchanges_dropped > 0) return {};  // it may be among those that are not kept
  const bool not_shown = session.transcript && !session.transcript->shows_end;
  if (not_shown || has_failed(session, session::FailureKind::tls)) return {};
  const smtp::Exchange& last = session.exchanges.back();
  const smtp::Reply* reply = last_reply(session);
  const bool at_rest = last.unanswered == Unanswered::no && !first_unanswered(session);
  if (!at_rest || reply == nullptr || is_farewell(session, *reply) || lost_end_of_message(session))
    return {};
  const std::string_view how = departure.how == Departure::How::reset ? "reset" : "closed";
  return {found(session, RuleId::smtp_no_quit,
                fmt::format("{} {} the connection without QUIT, after {}.",
                            side_first(session, Side::client), how, session::stage(session)),
                {departure.at})};
}

}  // namespace smtpscope::findings
