// Whether the mail was encrypted, and if not, whose doing that was: nobody asked, nobody offered,
// somebody took the offer away, or somebody put words between STARTTLS and TLS.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/clear_mail.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/masking.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Session;
using session::Transaction;
using smtp::Exchange;
using smtp::ExchangeKind;

std::string sender_words(const Transaction& transaction) {
  return transaction.sender.empty() ? "<>" : shortened(transaction.sender, quoted_octets_max);
}

std::string message_words(const Transaction& transaction) {
  return transaction.sender_known ? "The message from " + sender_words(transaction) : "A message";
}

// What the client made of the refusal, where it sent its mail all the same.
std::string in_clear_after(const Session& session, std::size_t refused) {
  const Transaction* const sent = first_in_clear(session);
  if (sent == nullptr || sent->data < refused) return {};
  return fmt::format(
      "; {} went in clear all the same",
      sent->sender_known ? "the message from " + sender_words(*sent) : "the message");
}

// Commands that the client sent when it could not have seen the 220 yet.
std::vector<std::size_t> behind_starttls(const Session& session, std::size_t starttls) {
  std::vector<std::size_t> commands;
  for (std::size_t index = starttls + 1; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!exchange.command) continue;
    if (!is_ahead_of_tls(exchange, session.exchanges[starttls])) break;
    commands.push_back(index);
  }
  return commands;
}

Finding client_injection(const Session& session, std::size_t starttls,
                         const std::vector<std::size_t>& commands) {
  std::vector<std::string> words;
  std::vector<Origin> evidence = packets_of(session.exchanges[starttls]);
  std::size_t answered = 0;
  for (const std::size_t index : commands) {
    const Exchange& exchange = session.exchanges[index];
    words.push_back(quoted(asked_words(exchange)));
    if (!exchange.replies.empty()) ++answered;
    if (evidence.size() < told_per_rule_max) evidence.push_back(exchange.command->origin);
  }
  std::string text =
      fmt::format("{} sent {} in clear behind STARTTLS, before the server's {}: {}",
                  side_first(session, Side::client), counted(commands.size(), "command"),
                  session.exchanges[starttls].reply()->code, listed(words, 3));
  text +=
      answered > 0 ? "; the server answered in clear" : "; no answer in clear is in the capture";
  return found(session, RuleId::security_starttls_injection, text + '.', std::move(evidence),
               starttls);
}

// A reply that came right behind the 220 and answers nothing: its sender had got nothing since
// STARTTLS.
std::size_t reply_behind_accept(const Session& session, std::size_t starttls) noexcept {
  const Exchange& asked = session.exchanges[starttls];
  const smtp::Reply& accepted = *asked.reply();
  for (std::size_t index = starttls + 1; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.kind != ExchangeKind::unsolicited || exchange.around_gap ||
        exchange.replies.empty())
      continue;
    const smtp::Reply& reply = exchange.replies.front();
    const bool joins = reply.extent.begin == accepted.extent.end;
    const bool unasked =
        reply.peer_acknowledged && *reply.peer_acknowledged <= asked.command->extent.end;
    if (joins && unasked && !is_farewell(session, reply)) return index;
  }
  return no_exchange;
}

// STARTTLS without an offer: the refusal is told there.
bool is_told_as_not_offered(const Session& session, std::size_t index) {
  const std::vector<Finding> told = smtp_extension_not_offered(session);
  return std::ranges::any_of(told, [&](const Finding& finding) {
    // Told once.
    return finding.exchange <= index && asks_for_tls(session.exchanges[finding.exchange]);
  });
}

}  // namespace

std::vector<Finding> security_starttls_refused(const Session& session) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!asks_for_tls(exchange) || !is_refused(exchange) || exchange.around_gap) continue;
    if (is_told_as_not_offered(session, index)) continue;
    // It would be, perhaps.
    if (session.gap_count > 0 && session.offers.at(index) == nullptr) continue;
    findings.push_back(found(session, RuleId::security_starttls_refused,
                             fmt::format("{} refused {}: {}{}.", side_first(session, Side::server),
                                         asked_words(exchange), reply_words(*exchange.reply()),
                                         in_clear_after(session, index)),
                             packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> security_starttls_injection(const Session& session) {
  if (session.unseen) return {};
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!asks_for_tls(exchange) || !is_accepted(exchange) || exchange.around_gap) continue;
    const std::vector<std::size_t> commands = behind_starttls(session, index);
    if (!commands.empty()) findings.push_back(client_injection(session, index, commands));
    const std::size_t reply = reply_behind_accept(session, index);
    if (reply != no_exchange) {
      const smtp::Reply& extra = session.exchanges[reply].replies.front();
      findings.push_back(
          found(session, RuleId::security_starttls_injection,
                fmt::format("Behind the {} to STARTTLS more came in clear from {}: {}.",
                            exchange.reply()->code, side_words(session, Side::server),
                            quoted(reply_words(extra))),
                {exchange.reply()->origin, extra.origin}, index));
    }
    if (findings.size() >= told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> security_starttls_stripped(const Session& session) {
  Masking masking = masking_of(session);
  if (!is_starttls_stripped(session, masking)) return {};
  std::vector<std::string> shown;
  for (const std::string& word : masking.keywords) {
    if (word.size() == 8) shown.push_back(shortened(word, quoted_octets_max));
  }
  std::string text;
  if (!shown.empty()) {
    text = fmt::format(
        "The answer to EHLO shows {} where a word as long as STARTTLS stood, and no STARTTLS",
        listed(shown));
  } else if (masking.banner) {
    text =
        "The banner is full of stars, as of a firewall that rewrites SMTP, and STARTTLS is not "
        "offered";
  } else {
    text = "A command as long as STARTTLS reached the server as XXXXXXXX";
  }
  const Transaction* sent = first_in_clear(session);
  text += sent != nullptr ? "; the mail went in clear." : ".";
  return {found(session, RuleId::security_starttls_stripped, std::move(text),
                std::move(masking.evidence), masking.exchange)};
}

std::vector<Finding> security_starttls_not_used(const Session& session) {
  const Transaction* sent = first_in_clear(session);
  if (sent == nullptr || std::ranges::any_of(session.exchanges, asks_for_tls)) return {};
  const session::Offer* const offer = offer_not_taken(session, *sent);
  if (offer == nullptr) return {};
  std::vector<Origin> evidence = packets_of_message(session, *sent);
  evidence.push_back(session.exchanges[offer->hello].reply()->origin);
  return {found(
      session, RuleId::security_starttls_not_used,
      fmt::format("{} offered STARTTLS, {} did not use it: {} went in clear.", server_name(session),
                  side_words(session, Side::client),
                  sent->sender_known ? "the message from " + sender_words(*sent) : "the message"),
      std::move(evidence), sent->data)};
}

std::vector<Finding> security_mail_in_clear(const Session& session) {
  const Transaction* sent = first_in_clear(session);
  // A refused STARTTLS, an offer that was not taken and one that was taken away say more.
  if (sent == nullptr || std::ranges::any_of(session.exchanges, asks_for_tls)) return {};
  if (offer_not_taken(session, *sent) != nullptr ||
      is_starttls_stripped(session, masking_of(session)))
    return {};
  const session::Offer* offer = session.offers.at(sent->data);
  std::string text = message_words(*sent) + " went in clear";
  if (offer != nullptr && offer->extended) {
    text += fmt::format("; {} offered no STARTTLS", server_name(session));
  } else if (offer != nullptr) {
    text += "; the client said HELO, to which a server offers no TLS";
  }
  return {found(session, RuleId::security_mail_in_clear, text + '.',
                packets_of_message(session, *sent), sent->data)};
}

}  // namespace smtpscope::findings
