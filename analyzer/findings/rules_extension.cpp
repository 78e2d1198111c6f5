// What the client used, against what EHLO offered: extensions, pipelining, limits, octets above
// 127.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Offer;
using session::Session;
using smtp::Command;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

bool names_path(const Command& command) noexcept {
  return command.verb == Verb::mail || command.verb == Verb::rcpt;
}

smtp::PathArgument path_of(const Command& command) {
  return smtp::parse_path(command.argument, command.verb == Verb::mail ? "FROM" : "TO");
}

// ---- Extensions ---------------------------------------------------------------------------------
// The keyword that offers a command. AUTH is security.auth-not-offered's.
struct Brought {
  Verb verb;
  std::string_view keyword;
};
constexpr std::array brought_by = {
    Brought{Verb::bdat, "CHUNKING"},     Brought{Verb::starttls, "STARTTLS"},
    Brought{Verb::etrn, "ETRN"},         Brought{Verb::atrn, "ATRN"},
    Brought{Verb::burl, "BURL"},         Brought{Verb::xclient, "XCLIENT"},
    Brought{Verb::xforward, "XFORWARD"}, Brought{Verb::x_anonymoustls, "X-ANONYMOUSTLS"},
    Brought{Verb::x_exps, "X-EXPS"},     Brought{Verb::xexch50, "XEXCH50"},
};

std::string_view keyword_of(Verb verb) noexcept {
  const auto* const row = std::ranges::find(brought_by, verb, &Brought::verb);
  return row == brought_by.end() ? std::string_view() : row->keyword;
}

// A parameter in no table that the server took: one of its own that it need not offer to all.
bool is_private_agreement(const Exchange& exchange, const smtp::Parameter& parameter) noexcept {
  return is_accepted(exchange) &&
         smtp::find_parameter(exchange.command->verb, parameter.keyword) == nullptr;
}

std::vector<std::string> not_offered(const Exchange& exchange, const Offer& offer) {
  std::vector<std::string> words;
  const Command& command = *exchange.command;
  const std::string_view keyword = keyword_of(command.verb);
  if (!keyword.empty() && offer.find(keyword) == nullptr) words.emplace_back(keyword);
  if (!names_path(command)) return words;
  for (const smtp::Parameter& parameter : path_of(command).parameters) {
    const std::string_view wanted = smtp::extension_of(command.verb, parameter);
    if (offer.find(wanted) != nullptr || is_private_agreement(exchange, parameter)) continue;
    if (!std::ranges::all_of(parameter.keyword,
                             [](char c) { return ascii::is_alnum(c) || c == '-'; }))
      continue;
    std::string word = parameter.keyword;
    if (wanted != parameter.keyword) word += fmt::format(" (of {})", wanted);
    words.push_back(shortened(word, quoted_octets_max));
  }
  return words;
}

std::string_view lacks(const Offer& offer) noexcept {
  return offer.extended ? "the answer to EHLO did not offer"
                        : "HELO asks for no extensions, so nobody offered";
}

std::string words_of(const Exchange& exchange, const std::vector<std::string>& words,
                     const Offer& offer) {
  if (names_path(*exchange.command)) {
    return fmt::format("{} uses {}, which {}; {}.", quoted(asked_words(exchange)), listed(words),
                       lacks(offer), answer_words(exchange));
  }
  return fmt::format("The client sent {}, and {} {}; {}.", asked_words(exchange), lacks(offer),
                     listed(words), answer_words(exchange));
}

// ---- Groups of commands -------------------------------------------------------------------------
// RFC 2920, 3.1: these can stand only at the end of a group; RFC 3207, 4 and RFC 4954, 4 add
// theirs. What stands behind STARTTLS is security.starttls-injection's.
bool ends_group(Verb verb) noexcept {
  constexpr std::array last_in_group = {Verb::ehlo, Verb::lhlo, Verb::data, Verb::vrfy, Verb::expn,
                                        Verb::turn, Verb::quit, Verb::noop, Verb::auth};
  return std::ranges::find(last_in_group, verb) != last_in_group.end();
}

// Sent before the client had the reply to the exchange in front of it.
bool is_ahead(const Session& session, std::size_t index) noexcept {
  // A server that took the header of a proxy for a command has misled the client about all that
  // follows.
  if (session.proxy && (session.proxy->answered != session::no_exchange || session.gap_count > 0))
    return false;
  if (first_words_lost(session)) return false;  // they may have been such a header
  if (index == 0 || !is_whole_command(session.exchanges[index])) return false;
  const Exchange& before = session.exchanges[index - 1];
  const Exchange& exchange = session.exchanges[index];
  if (before.around_gap || exchange.around_gap || !before.command || before.replies.empty())
    return false;
  if (before.kind != ExchangeKind::command && before.kind != ExchangeKind::end_of_data)
    return false;
  return knew(*exchange.command, before.replies.front()) == false;
}

// Exim's pipelined connect: its EHLO and what follows are sent on what the server offered the last
// time.
bool by_earlier_offer(const Session& session, std::size_t index) noexcept {
  return session.has_greeting() &&
         knew(*session.exchanges[index].command, *session.exchanges.front().reply()) == false;
}

// ---- Recipients ---------------------------------------------------------------------------------
struct Crowd {
  std::size_t accepted = 0;
  std::size_t refused = 0;                   // as one too many
  std::size_t first = session::no_exchange;  // that was
};

Crowd crowd_of(const Session& session, const session::Transaction& transaction) {
  Crowd crowd;
  for (const session::Recipient& recipient : transaction.recipients) {
    if (recipient.rcpt == session::no_exchange) continue;
    const Exchange& exchange = session.exchanges[recipient.rcpt];
    if (exchange.around_gap || exchange.reply() == nullptr) continue;
    crowd.accepted += recipient.rcpt_accepted ? 1 : 0;
    if (!says_too_many_recipients(*exchange.reply())) continue;
    if (crowd.refused++ == 0) crowd.first = recipient.rcpt;
  }
  return crowd;
}

// ---- Octets above 127 ---------------------------------------------------------------------------
bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_utf8_parameter(const Command& mail) {
  return std::ranges::any_of(path_of(mail).parameters, [](const smtp::Parameter& parameter) {
    return parameter.keyword == "SMTPUTF8";
  });
}

}  // namespace

std::vector<Finding> smtp_extension_not_offered(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  std::vector<std::string> told;  // each once a session, not for each recipient
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_whole_command(exchange) || exchange.around_gap) continue;
    const Offer* const offer = session.offers.at(index);
    if (offer == nullptr) continue;
    std::vector<std::string> words = not_offered(exchange, *offer);
    std::erase_if(words, [&](const std::string& word) {
      return std::ranges::find(told, word) != told.end();
    });
    if (words.empty()) continue;
    told.insert(told.end(), words.begin(), words.end());
    findings.push_back(found(session, RuleId::smtp_extension_not_offered,
                             words_of(exchange, words, *offer), packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_pipelining_not_offered(const Session& session) {
  if (other_protocol(session)) return {};
  std::size_t ahead = 0;
  std::optional<std::size_t> first;
  for (std::size_t index = 1; index < session.exchanges.size(); ++index) {
    if (!is_ahead(session, index) || by_earlier_offer(session, index)) continue;
    const Offer* const offer = session.offers.at(index);
    const Exchange& before = session.exchanges[index - 1];
    const bool past_sync = before.kind == ExchangeKind::command && ends_group(before.command->verb);
    if (offer == nullptr || offer->find("PIPELINING") != nullptr || past_sync) continue;
    if (before.command->verb == Verb::starttls) continue;
    ++ahead;
    if (!first) first = index;
  }
  if (!first) return {};
  const Exchange& exchange = session.exchanges[*first];
  const Exchange& before = session.exchanges[*first - 1];
  const std::string more =
      ahead > 1 ? fmt::format(" ({} in all)", counted(ahead, "command")) : std::string();
  return {found(
      session, RuleId::smtp_pipelining_not_offered,
      fmt::format("The client sent {} without waiting for the reply to {}{}, and {} PIPELINING.",
                  asked_words(exchange), asked_words(before), more,
                  lacks(*session.offers.at(*first))),
      {exchange.command->begun, before.replies.front().origin}, *first)};
}

std::vector<Finding> smtp_pipelining_past_sync(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  for (std::size_t index = 1; index < session.exchanges.size(); ++index) {
    const Exchange& before = session.exchanges[index - 1];
    if (!is_ahead(session, index) || by_earlier_offer(session, index)) continue;
    if (before.kind != ExchangeKind::command || !ends_group(before.command->verb)) continue;
    const Exchange& exchange = session.exchanges[index];
    // The text of a message that did not wait for DATA's reply: smtp.text-as-commands.
    if (before.command->verb == Verb::data && exchange.command->verb == Verb::unknown) continue;
    findings.push_back(found(
        session, RuleId::smtp_pipelining_past_sync,
        fmt::format("The client sent {} behind {} without waiting for its reply; {} must be the "
                    "last command of a group.",
                    asked_words(exchange), asked_words(before), before.command->name),
        {exchange.command->begun, before.replies.front().origin}, index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_too_many_recipients(const Session& session) {
  if (session.unseen || other_protocol(session)) return {};
  std::vector<Finding> findings;
  for (const session::Transaction& transaction : session.transactions) {
    const Crowd crowd = crowd_of(session, transaction);
    std::optional<std::uint64_t> offered;
    if (transaction.mail != session::no_exchange) {
      if (const Offer* const offer = session.offers.at(transaction.mail))
        offered = smtp::limit_of(offer->capabilities, "RCPTMAX");
    }
    const std::size_t named = transaction.recipients.size();
    if (crowd.refused > 0) {
      const Exchange& first = session.exchanges[crowd.first];
      findings.push_back(
          found(session, RuleId::smtp_too_many_recipients,
                fmt::format("{} took {} of one message and refused {} more as too many: {}.",
                            server_name(session), counted(crowd.accepted, "recipient"),
                            crowd.refused, reply_words(*first.reply())),
                packets_of(first), crowd.first));
    } else if (offered && named > *offered) {
      const std::size_t over = transaction.recipients[static_cast<std::size_t>(*offered)].rcpt;
      if (over == session::no_exchange) continue;
      findings.push_back(found(session, RuleId::smtp_too_many_recipients,
                               fmt::format("The client named {}, and the server's LIMITS allow {}.",
                                           counted(named, "recipient"), *offered),
                               packets_of(session.exchanges[over]), over));
    }
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_8bit_command(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  const Command* mail = nullptr;  // that opened the transaction
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.kind == ExchangeKind::lost_command || exchange.around_gap) mail = nullptr;
    if (!is_whole_command(exchange) || exchange.around_gap) continue;
    const Command& command = *exchange.command;
    if (command.verb == Verb::mail) mail = &command;
    const bool asks = command.verb == Verb::vrfy || command.verb == Verb::expn;
    if (!(names_path(command) || asks) || is_ascii(command.argument)) continue;
    if (command.verb == Verb::rcpt && mail == nullptr) continue;
    const bool declared =
        asks ? ascii::contains_no_case(command.argument, " SMTPUTF8") : has_utf8_parameter(*mail);
    if (declared) continue;
    findings.push_back(
        found(session, RuleId::smtp_8bit_command,
              fmt::format("{} has octets above 127, and SMTPUTF8 was not asked for; {}.",
                          quoted(asked_words(exchange)), answer_words(exchange)),
              packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
