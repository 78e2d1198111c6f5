// What the messages themselves say of their delivery: reports, and mail that goes in circles.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/messages.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;

// Postfix's hopcount_limit; Sendmail has 25, Exim 30, RFC 5321 6.3 100.
constexpr std::uint32_t received_max = 50;

// "bob@example.com failed (5.1.1)"
std::vector<std::string> reported(const smtp::Message& message) {
  std::vector<std::string> words;
  for (const smtp::DeliveryStatus& report : message.reports) {
    std::string said = shortened(report.recipient, quoted_octets_max);
    if (!report.action.empty()) said += ' ' + shortened(report.action, 40);
    if (!report.status.empty()) said += " (" + shortened(report.status, 40) + ')';
    words.push_back(std::move(said));
  }
  return words;
}

// 5.4.6 is "routing loop detected"; Postfix, Exim, Sendmail, qmail and Exchange say it in words.
bool speaks_of_loop(const smtp::Reply& reply) noexcept {
  constexpr std::array<std::string_view, 8> words = {
      "too many hops", "hop count exceeded", "too many \"Received\"", "too many received",
      "mail loop",     "loops back to",      "routing loop",          "mail forwarding loop"};
  // One of these, and most lines have none.
  constexpr std::array<std::string_view, 3> in_each = {"hop", "loop", "received"};
  if (reply.enhanced && reply.enhanced->subject == 4 && reply.enhanced->detail == 6) return true;
  const auto has_one_of = [](std::string_view line, const auto& these) {
    return std::ranges::any_of(
        these, [&](std::string_view word) { return ascii::contains_no_case(line, word); });
  };
  return std::ranges::any_of(reply.text, [&](const std::string& line) {
    return has_one_of(line, in_each) && has_one_of(line, words);
  });
}

}  // namespace

std::vector<Finding> delivery_null_sender(const Session& session) {
  std::vector<Finding> findings;
  for (const SeenMessage& seen : messages_of(session)) {
    const session::Transaction& transaction = *seen.transaction;
    if (!transaction.sender_known || !transaction.sender.empty() ||
        transaction.mail >= session.exchanges.size() || findings.size() == told_per_rule_max) {
      continue;
    }
    std::vector<std::string> to;
    for (const session::Recipient& recipient : transaction.recipients) {
      to.push_back(shortened(recipient.address, quoted_octets_max));
    }
    const auto reports = reported(*seen.message);
    const std::string what = reports.empty() ? std::string("a bounce or another automatic answer")
                                             : "a report that says: " + listed(reports);
    findings.push_back(found(session, RuleId::delivery_null_sender,
                             fmt::format("The message{}{} has the empty sender <>: {}.",
                                         to.empty() ? "" : " to ", listed(to), what),
                             packets_of(session.exchanges[transaction.mail]), transaction.mail));
  }
  return findings;
}

std::vector<Finding> delivery_loop(const Session& session) {
  std::vector<Finding> findings;
  for (const SeenMessage& seen : messages_of(session)) {
    const std::uint32_t received = seen.message->header.received;
    if (received <= received_max || findings.size() == told_per_rule_max) continue;
    std::vector<Origin> evidence = {seen.message->last};
    if (seen.message->first) evidence.push_back(*seen.message->first);
    findings.push_back(found(
        session, RuleId::delivery_loop,
        fmt::format("In {} stand {} Received fields: so many servers, or the same few again and "
                    "again, have passed it on.",
                    message_words(seen), received),
        std::move(evidence), seen.exchange));
  }
  for (std::size_t index = 0;
       index < session.exchanges.size() && findings.size() < told_per_rule_max; ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_refused(exchange) || exchange.doubtful || !speaks_of_loop(*exchange.reply())) continue;
    findings.push_back(
        found(session, RuleId::delivery_loop,
              fmt::format("The server refused {} because the mail goes in circles: {}.",
                          asked_words(exchange), reply_words(*exchange.reply())),
              packets_of(exchange), index));
  }
  return findings;
}

}  // namespace smtpscope::findings
