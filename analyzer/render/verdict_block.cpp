// The end of a session's timeline: what became of each recipient, and why.
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/gloss.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/render/story.hpp"
#include "analyzer/session/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtpscope::render {
namespace {

constexpr std::size_t label_columns = 14;
constexpr std::size_t address_columns_max = 40;

Span label(std::string_view word) {
  return {pad_to_width("  " + std::string(word), label_columns), Style::dim};
}

Style style_of(session::RecipientOutcome outcome) noexcept {
  switch (outcome) {
    case session::RecipientOutcome::accepted:
      return Style::green;
    case session::RecipientOutcome::rejected:
      return Style::red;
    case session::RecipientOutcome::deferred:
      return Style::yellow;
    case session::RecipientOutcome::unknown:
      break;
  }
  return Style::plain;
}

// The reply that decided about the recipient, if any did.
const smtp::Reply* deciding_reply(const session::Session& session,
                                  const session::Recipient& recipient) {
  if (recipient.decided_by >= session.exchanges.size()) return nullptr;
  const auto& replies = session.exchanges[recipient.decided_by].replies;
  return recipient.reply < replies.size() ? &replies[recipient.reply] : nullptr;
}

std::string facts_of(const Story& story, const session::Transaction& transaction) {
  std::string facts = "from " + sender_of(story, transaction);
  if (const auto& message = transaction.message) {
    if (!message->not_shown) facts += fmt::format(", {} octets", message->octets);
    if (!message->complete) facts += " (not complete)";
    if (message->header.message_id)
      facts += ", Message-ID <" + story.safe(*message->header.message_id) + '>';
  }
  if (transaction.message && !transaction.message->digest.empty()) {
    facts += ", SHA-256 " + transaction.message->digest;
  }
  if (!transaction.queued_as.empty()) facts += ", queued as " + story.safe(transaction.queued_as);
  return facts;
}

std::string why(const Story& story, const session::Recipient& recipient, std::string_view reason) {
  std::string text;
  if (const smtp::Reply* const reply = deciding_reply(story.session, recipient)) {
    text = fmt::format("{:03}", reply->code);
    if (reply->enhanced) text += ' ' + to_string(*reply->enhanced);
    if (reply->origin.frame != 0) text += ", " + story.frame(reply->origin);
  }
  if (!reason.empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", reason);
  return text;
}

void render_recipients(Page& page, const Story& story, const session::Transaction& transaction,
                       const delivery::TransactionVerdict* verdict) {
  std::size_t columns = 0;
  std::vector<std::string> addresses;
  for (const session::Recipient& recipient : transaction.recipients) {
    addresses.push_back("to " + story.safe(recipient.address));
    columns = std::max(columns, display_width(std::string_view(addresses.back())));
  }
  columns = std::min(columns, address_columns_max);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const session::Recipient& recipient = transaction.recipients[i];
    const bool is_judged = verdict != nullptr && i < verdict->recipients.size();
    const std::string reason = why(story, recipient, is_judged ? verdict->recipients[i] : "");
    page.line({label("")},
              {{pad_to_width(addresses[i], columns) + "  ", Style::plain},
               {fmt::format("{:<8}", name_of(recipient.outcome)), style_of(recipient.outcome)},
               {reason.empty() ? "" : "  " + reason, Style::plain}});
  }
}

void render_transactions(Page& page, const Story& story) {
  const auto& transactions = story.session.transactions;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    const bool is_judged = i < story.verdict.transactions.size();
    page.line({label(transactions.size() == 1 ? "mail" : fmt::format("mail {}", i + 1))},
              {{facts_of(story, transactions[i]), Style::plain}});
    render_recipients(page, story, transactions[i],
                      is_judged ? &story.verdict.transactions[i] : nullptr);
  }
}

// "3.1 s until the reply to RCPT TO:<bob@example.com>, of which the way takes 80 ms; the limit is 5
// min (RFC 5321,
// 4.5.3.2.3)". Empty where nothing took long enough to be worth a line.
std::string slowest_of(const Story& story) {
  constexpr Nanoseconds worth_a_line = std::chrono::seconds{1};
  const auto wait = session::slowest_step(story.session);
  if (!wait || wait->span <= worth_a_line) return {};
  std::string words = findings::span_words(wait->span);
  const bool has_exchange = wait->exchange < story.session.exchanges.size();
  const std::string about =
      has_exchange ? findings::asked_words(story.session.exchanges[wait->exchange]) : "";
  switch (wait->step) {
    case session::Step::connect:
      return words + " until the connection was made";
    case session::Step::message:
      return words + " for sending the message";
    case session::Step::command:
      words += " of the client until " + about;
      break;
    case session::Step::reply: {
      words += " of the server until the reply to " + about;
      const auto& trip = story.session.transport.round_trip;
      constexpr Nanoseconds long_way = std::chrono::milliseconds{10};
      if (trip && *trip >= long_way)
        words += fmt::format(", {} of it on the way", findings::span_words(*trip));
      break;
    }
  }
  if (!wait->limit) return words;
  const std::string limit = findings::span_words(wait->limit->limit);
  if (wait->limit->reference.empty()) return words + fmt::format("; {} is the usual limit", limit);
  return words + fmt::format("; the limit is {} ({})", limit, wait->limit->reference);
}

// "for good for 4 of 6 recipients", where others are deferred.
std::string refused_for_good(const session::Session& session) {
  auto all = static_cast<std::size_t>(session::sum_of(session.left_out).recipients);
  std::size_t refused = 0;
  for (const session::Transaction& transaction : session.transactions) {
    all += transaction.recipients.size();
    refused += static_cast<std::size_t>(std::ranges::count(
        transaction.recipients, session::RecipientOutcome::rejected, &session::Recipient::outcome));
  }
  return refused == 0 ? std::string()
                      : fmt::format("for good for {} of {} recipients", refused, all);
}

std::string details_of(const Story& story) {
  const delivery::Verdict& verdict = story.verdict;
  std::string details;
  const auto add = [&](std::string_view words) {
    if (words.empty()) return;
    details += details.empty() ? "  " : "; ";
    details += words;
  };
  if (!verdict.certain) add("likely, not certain");
  if (!verdict.reason.empty()) add(verdict.reason);
  if (verdict.permanent) add(*verdict.permanent ? "for good" : "for now, it may work later");
  if (verdict.outcome == delivery::Outcome::deferred) add(refused_for_good(story.session));
  if (verdict.fault != delivery::Fault::none && verdict.fault != delivery::Fault::unknown) {
    add(verdict.fault == delivery::Fault::policy
            ? "it is the receiver's policy"
            : fmt::format("it lies with the {}", delivery::to_string(verdict.fault)));
  }
  if (verdict.decided_at && verdict.decided_at->frame != 0) {
    add(story.frame(*verdict.decided_at));
  }
  return details;
}

}  // namespace

void render_verdict(Page& page, const Story& story) {
  const delivery::Verdict& verdict = story.verdict;
  render_transactions(page, story);
  const std::string slowest = slowest_of(story);
  if (!slowest.empty()) page.line({label("slowest")}, {{story.safe(slowest), Style::plain}});
  page.line({label("verdict")}, {{in_capitals(verdict.outcome), style_of(verdict.outcome)},
                                 {details_of(story), Style::plain}});
  if (!verdict.text.empty()) page.line({label("")}, {{story.safe(verdict.text), Style::plain}});
  const bool is_quoted = verdict.text.find(verdict.reply) != std::string::npos;
  if (!is_quoted) page.line({label("reply")}, {{story.safe(verdict.reply), Style::plain}});
  if (!verdict.advice.empty())
    page.line({label("what to do")}, {{story.safe(verdict.advice), Style::bold}});
}

}  // namespace smtpscope::render
