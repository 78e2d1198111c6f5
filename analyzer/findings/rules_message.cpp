// What the octets and lines of commands, replies and messages are like, and how large a message is.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/messages.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/text_runs.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using namespace std::string_view_literals;
using session::Session;
using smtp::Exchange;
using smtp::MessageSpot;
using smtp::Reply;
using smtp::TextFacts;
using smtp::Verb;

void add_octets(std::vector<std::string>& words, std::uint64_t count, std::string_view what,
                const Boxed<MessageSpot>& first) {
  if (count == 0 || !first) return;
  words.push_back(count == 1
                      ? fmt::format("1 {} at octet {}", what, first->offset)
                      : fmt::format("{} {}, the first at octet {}", count, what, first->offset));
}

std::vector<Origin> origins_of(std::initializer_list<Boxed<MessageSpot>> spots) {
  std::vector<Origin> origins;
  for (const auto& spot : spots) {
    if (spot) origins.push_back(spot->origin);
  }
  return origins;
}

// ---- Line ends and NUL --------------------------------------------------------------------------
bool has_bare_end(const Exchange& exchange) noexcept {
  const smtp::Command& command = *exchange.command;
  return command.line_end == smtp::LineEnd::lf || command.argument.find('\r') != std::string::npos;
}

bool has_nul(const Exchange& exchange) noexcept {
  const smtp::Command& command = *exchange.command;
  return command.name.find('\0') != std::string::npos ||
         command.argument.find('\0') != std::string::npos;
}

// All commands that are so, told at the first of them.
struct Commands {
  std::size_t first = session::no_exchange;
  std::uint64_t count = 0;
};
Commands commands_that(const Session& session, const std::function<bool(const Exchange&)>& are_so) {
  TextRuns runs(session);
  Commands commands;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    // What is no command at all may be anything, TLS too.
    if (!is_command(exchange) || exchange.command->verb == Verb::unknown) continue;
    if (!are_so(exchange) || runs.have(index)) continue;
    if (commands.count++ == 0) commands.first = index;
  }
  return commands;
}

void tell_bare_commands(const Session& session, std::vector<Finding>& findings) {
  const Commands commands = commands_that(session, has_bare_end);
  if (commands.count == 0) return;
  const Exchange& first = session.exchanges[commands.first];
  const std::string others =
      commands.count == 1 ? std::string()
                          : fmt::format(", and {}", counted(commands.count - 1, "more command"));
  const std::string_view what = first.command->line_end == smtp::LineEnd::lf
                                    ? "ended {} by LF without CR{}"sv
                                    : "put a CR without LF into {}{}"sv;
  findings.push_back(
      found(session, RuleId::smtp_bare_lf,
            "The client " + fmt::format(fmt::runtime(what), asked_words(first), others) + '.',
            {first.command->origin}, commands.first));
}

void tell_bare_replies(const Session& session, std::vector<Finding>& findings) {
  std::uint64_t count = 0;
  std::size_t first = session::no_exchange;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    for (const Reply& reply : session.exchanges[index].replies) {
      if (reply.has(smtp::ReplyFlaw::bare_lf) && count++ == 0) first = index;
    }
  }
  if (count == 0) return;
  const Exchange& exchange = session.exchanges[first];
  const std::string others =
      count == 1 ? std::string()
                 : fmt::format(", and in {}", counted(count - 1, "other reply", "other replies"));
  findings.push_back(
      found(session, RuleId::smtp_bare_lf,
            fmt::format("The server ended a line by LF without CR in its reply to {}{}.",
                        asked_words(exchange), others),
            {exchange.reply()->origin}, first));
}

// ---- Length -------------------------------------------------------------------------------------
constexpr std::uint64_t command_line_octets = 512;  // RFC 5321, 4.5.3.1.4
constexpr std::uint64_t reply_line_octets = 512;    // 4.5.3.1.5
constexpr std::uint64_t auth_line_octets = 12288;   // RFC 4954, 4

// What each parameter adds to the line that MAIL or RCPT may have, by the RFC that brings it.
struct Allowance {
  std::string_view keyword;
  std::uint64_t octets;
};
constexpr std::array allowances = {
    Allowance{"SIZE", 26},       Allowance{"BODY", 17},        Allowance{"AUTH", 500},
    Allowance{"RET", 107},       Allowance{"ENVID", 107},      Allowance{"NOTIFY", 500},
    Allowance{"ORCPT", 500},     Allowance{"BY", 17},          Allowance{"RRVS", 33},
    Allowance{"SMTPUTF8", 10},   Allowance{"HOLDFOR", 34},     Allowance{"HOLDUNTIL", 34},
    Allowance{"TRANSID", 12},    Allowance{"MT-PRIORITY", 15}, Allowance{"SUBMITTER", 256},
    Allowance{"REQUIRETLS", 11},
};

// Nothing for commands that no RFC gives a limit.
std::optional<std::uint64_t> line_limit(const smtp::Command& command) {
  switch (command.verb) {
    case Verb::auth:
    case Verb::x_exps:
      return auth_line_octets;
    case Verb::mail:
    case Verb::rcpt: {
      std::uint64_t limit = command_line_octets;
      const auto path =
          smtp::parse_path(command.argument, command.verb == Verb::mail ? "FROM" : "TO");
      for (const smtp::Parameter& parameter : path.parameters) {
        const auto* const row =
            std::ranges::find(allowances, parameter.keyword, &Allowance::keyword);
        if (row != allowances.end()) limit += row->octets;
      }
      return limit;
    }
    case Verb::burl:
    case Verb::xclient:
    case Verb::xforward:
    case Verb::xexch50:
      return std::nullopt;
    case Verb::unknown:
      if (command.secret) return auth_line_octets;
      break;
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
    case Verb::data:
    case Verb::bdat:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::starttls:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::x_anonymoustls:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      break;
  }
  return command_line_octets;
}

void tell_long_commands(const Session& session, std::vector<Finding>& findings) {
  TextRuns runs(session);
  for (std::size_t index = 0;
       index < session.exchanges.size() && findings.size() < told_per_rule_max; ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_command(exchange) || exchange.around_gap) continue;
    const std::uint64_t octets = exchange.command->extent.size();
    if (octets <= command_line_octets) continue;  // the least of all limits
    const auto limit = line_limit(*exchange.command);
    if (!limit || octets <= *limit || runs.have(index)) continue;
    findings.push_back(
        found(session, RuleId::smtp_line_too_long,
              fmt::format("The line {} has {} octets, and {} are allowed; {}.",
                          asked_words(exchange), octets, *limit, answer_words(exchange)),
              packets_of(exchange), index));
  }
}

// Code and separator stand before the text, CR LF behind it.
std::size_t longest_line(const Reply& reply) noexcept {
  std::size_t longest = 0;
  for (const std::string& line : reply.text) longest = std::max(longest, line.size() + 6);
  return longest;
}

void tell_long_replies(const Session& session, std::vector<Finding>& findings) {
  for (std::size_t index = 0;
       index < session.exchanges.size() && findings.size() < told_per_rule_max; ++index) {
    const Exchange& exchange = session.exchanges[index];
    const auto is_long = [](const Reply& reply) { return longest_line(reply) > reply_line_octets; };
    const auto reply = std::ranges::find_if(exchange.replies, is_long);
    if (reply == exchange.replies.end()) continue;
    findings.push_back(
        found(session, RuleId::smtp_line_too_long,
              fmt::format("A line of the server's reply to {} has {} octets, and {} are allowed.",
                          asked_words(exchange), longest_line(*reply), reply_line_octets),
              {reply->origin}, index));
  }
}

// ---- Size ---------------------------------------------------------------------------------------
// What the client told with SIZE=, where it did: 0 means that it does not know (RFC 1870, 6.1).
std::optional<std::uint64_t> declared_size(const session::Transaction& transaction) {
  const smtp::Parameter* const size = mail_parameter(transaction, "SIZE");
  if (size == nullptr) return std::nullopt;
  std::uint64_t octets = 0;
  const char* const end = size->value.data() + size->value.size();
  const auto [read, error] = std::from_chars(size->value.data(), end, octets);
  if (error != std::errc() || read != end || octets == 0) return std::nullopt;
  return octets;
}

std::optional<std::uint64_t> offered_size(const Session& session,
                                          const session::Transaction& transaction) {
  const session::Offer* const offer = session.offers.at(transaction.mail);
  return offer == nullptr ? std::nullopt : smtp::size_limit(offer->capabilities);
}

// A tenth, and 2 kB: clients estimate before they know the line ends and what they will add.
bool is_far_from(std::uint64_t declared, std::uint64_t actual) noexcept {
  const std::uint64_t difference = declared > actual ? declared - actual : actual - declared;
  return difference > 2048 && difference > declared / 10;
}

// At the start of a sentence.
std::string message_first(const SeenMessage& seen) {
  std::string words = message_words(seen);
  words.front() = ascii::to_upper(words.front());
  return words;
}

std::string verdict_on(const Session& session, std::size_t exchange) {
  return exchange < session.exchanges.size() ? answer_words(session.exchanges[exchange]) : "";
}

}  // namespace

std::vector<Finding> smtp_bare_lf(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  tell_bare_commands(session, findings);
  tell_bare_replies(session, findings);
  for (const SeenMessage& seen : text_messages_of(session)) {
    const TextFacts& text = seen.message->text;
    if (text.bare_cr + text.bare_lf == 0 || hidden_commands(session, seen) != nullptr) continue;
    std::vector<std::string> words;
    add_octets(words, text.bare_lf, "LF without CR", text.first_bare_lf);
    add_octets(words, text.bare_cr, "CR without LF", text.first_bare_cr);
    findings.push_back(
        found(session, RuleId::smtp_bare_lf,
              fmt::format("In {} stand{} {}.", message_words(seen),
                          text.bare_cr + text.bare_lf == 1 ? "s" : "", fmt::join(words, ", and ")),
              origins_of({text.first_bare_lf, text.first_bare_cr}), seen.exchange));
    if (findings.size() >= told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_nul_octet(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  if (const Commands commands = commands_that(session, has_nul); commands.count > 0) {
    const Exchange& first = session.exchanges[commands.first];
    findings.push_back(
        found(session, RuleId::smtp_nul_octet,
              fmt::format("A NUL octet stands in {}; {}.",
                          commands.count == 1 ? "a command" : counted(commands.count, "command"),
                          answer_words(first)),
              packets_of(first), commands.first));
  }
  for (const SeenMessage& seen : text_messages_of(session)) {
    const TextFacts& text = seen.message->text;
    if (text.nul == 0 || hidden_commands(session, seen) != nullptr) continue;
    std::vector<std::string> words;
    add_octets(words, text.nul, text.nul == 1 ? "NUL octet" : "NUL octets", text.first_nul);
    findings.push_back(found(session, RuleId::smtp_nul_octet,
                             fmt::format("In {} stand{} {}.", message_words(seen),
                                         text.nul == 1 ? "s" : "", fmt::join(words, "")),
                             origins_of({text.first_nul}), seen.exchange));
    if (findings.size() >= told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_8bit_undeclared(const Session& session) {
  std::vector<Finding> findings;
  for (const SeenMessage& seen : text_messages_of(session)) {
    const auto& first = seen.message->text.first_8bit;
    if (!first) continue;
    const smtp::Parameter* const body = mail_parameter(*seen.transaction, "BODY");
    const bool declared = body != nullptr && ascii::equal_no_case(body->value, "8BITMIME");
    if (declared || mail_parameter(*seen.transaction, "SMTPUTF8") != nullptr) continue;
    const session::Offer* const offer = session.offers.at(seen.transaction->mail);
    const bool not_offered = offer != nullptr && offer->find("8BITMIME") == nullptr;
    findings.push_back(found(
        session, RuleId::smtp_8bit_undeclared,
        fmt::format(
            "{} has octets above 127, the first at octet {}, and {}.", message_first(seen),
            first->offset,
            not_offered ? "the server does not offer 8BITMIME" : "was not sent with BODY=8BITMIME"),
        {first->origin, session.exchanges[seen.transaction->mail].command->origin}, seen.exchange));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_line_too_long(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  tell_long_commands(session, findings);
  tell_long_replies(session, findings);
  for (const SeenMessage& seen : text_messages_of(session)) {
    if (findings.size() >= told_per_rule_max) break;
    const TextFacts& text = seen.message->text;
    if (text.long_lines == 0) continue;
    findings.push_back(found(
        session, RuleId::smtp_line_too_long,
        fmt::format(
            "In {} {} more than {} octets; the longest, at octet {}, has {}.", message_words(seen),
            text.long_lines == 1 ? "1 line has" : counted(text.long_lines, "line") + " have",
            smtp::text_line_octets_max, text.longest_at.offset, text.longest_line),
        {text.longest_at.origin}, seen.exchange));
  }
  return findings;
}

std::vector<Finding> smtp_size_mismatch(const Session& session) {
  std::vector<Finding> findings;
  for (const SeenMessage& seen : messages_of(session)) {
    const smtp::Message& message = *seen.message;
    const auto declared = declared_size(*seen.transaction);
    if (!declared || !message.complete || message.missing > 0 ||
        !is_far_from(*declared, message.octets))
      continue;
    const Exchange& mail = session.exchanges[seen.transaction->mail];
    findings.push_back(found(session, RuleId::smtp_size_mismatch,
                             fmt::format("MAIL announced SIZE={}, and {} has {}.", *declared,
                                         message_words(seen), counted(message.octets, "octet")),
                             {mail.command->origin, message.last}, seen.exchange));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_size_exceeds_limit(const Session& session) {
  std::vector<Finding> findings;
  for (const session::Transaction& transaction : session.transactions) {
    if (findings.size() == told_per_rule_max) break;
    const auto limit = offered_size(session, transaction);
    if (!limit || transaction.mail >= session.exchanges.size()) continue;
    const auto declared = declared_size(transaction);
    if (declared && *declared > *limit) {
      const Exchange& mail = session.exchanges[transaction.mail];
      findings.push_back(
          found(session, RuleId::smtp_size_exceeds_limit,
                fmt::format("MAIL announces SIZE={}, and the server offers SIZE {}; {}.", *declared,
                            *limit, answer_words(mail)),
                packets_of(mail), transaction.mail));
      continue;
    }
    if (!transaction.message || transaction.message->octets <= *limit) continue;
    const SeenMessage seen{&*transaction.message, &transaction,
                           transaction.end_of_data != session::no_exchange ? transaction.end_of_data
                                                                           : transaction.data};
    const std::string answer = verdict_on(session, seen.exchange);
    findings.push_back(
        found(session, RuleId::smtp_size_exceeds_limit,
              fmt::format("{} has {}, and the server offers SIZE {}{}{}.", message_first(seen),
                          counted(transaction.message->octets, "octet"), *limit,
                          answer.empty() ? "" : "; ", answer),
              {transaction.message->last}, seen.exchange));
  }
  return findings;
}

}  // namespace smtpscope::findings
