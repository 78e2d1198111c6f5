#include "analyzer/findings/out_of_step.hpp"

#include "analyzer/findings/circumstances.hpp"

#include <algorithm>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;

// The commands and the replies of a session, each in its order, as they were paired: command i has
// reply i.
struct Ladder {
  std::vector<std::size_t> commands;    // exchanges
  std::vector<const Reply*> replies;    // behind the last command: those that answer nothing
  std::vector<std::size_t> reply_from;  // exchanges
};

// Nothing where something is not certain: then the ladder proves nothing.
std::optional<Ladder> ladder_of(const Session& session) {
  if (session.unseen || session.gap_count > 0 || hidden_by_tls(session) || !session.has_greeting())
    return std::nullopt;
  Ladder ladder;
  bool left_over = false;
  for (std::size_t index = 1; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.around_gap || exchange.replies.size() > 1 || exchange.auth || exchange.in_data)
      return std::nullopt;
    const Reply* const reply = exchange.reply();
    if (exchange.kind == ExchangeKind::unsolicited) {
      left_over = true;
    } else {
      if (!exchange.command || left_over) return std::nullopt;
      // An unanswered command in the middle was passed over by the pairing itself.
      if (ladder.replies.size() < ladder.commands.size() && reply != nullptr) return std::nullopt;
      ladder.commands.push_back(index);
    }
    if (reply == nullptr) continue;
    if (reply->has(smtp::ReplyFlaw::cut_short)) return std::nullopt;
    ladder.replies.push_back(reply);
    ladder.reply_from.push_back(index);
  }
  return ladder;
}

bool fits(const Session& session, const Ladder& ladder, std::size_t command,
          std::size_t reply) noexcept {
  if (command >= ladder.commands.size()) return false;
  const Exchange& exchange = session.exchanges[ladder.commands[command]];
  const bool ends = exchange.kind == ExchangeKind::end_of_data;
  return smtp::is_expected(ends ? smtp::Answered::end_of_data : smtp::Answered::command,
                           exchange.command->verb, ladder.replies[reply]->code);
}

// Do all replies from `since` on fit the command that is `shift` away?
bool all_fit(const Session& session, const Ladder& ladder, std::size_t since,
             Shift shift) noexcept {
  for (std::size_t reply = since; reply < ladder.replies.size(); ++reply) {
    if (shift == Shift::extra_reply && reply == since) continue;  // the one too many
    const std::size_t command = shift == Shift::extra_reply ? reply - 1 : reply + 1;
    if (!fits(session, ladder, command, reply)) return false;
  }
  return true;
}

}  // namespace

std::optional<OutOfStep> out_of_step(const Session& session) {
  const auto ladder = ladder_of(session);
  if (!ladder) return std::nullopt;
  const std::size_t paired = std::min(ladder->replies.size(), ladder->commands.size());
  std::size_t misfit = 0;
  while (misfit < paired && fits(session, *ladder, misfit, misfit)) ++misfit;
  if (misfit == paired) return std::nullopt;
  const bool left_over = ladder->replies.size() > ladder->commands.size();
  const bool left_out = ladder->replies.size() < ladder->commands.size();
  if (left_out && all_fit(session, *ladder, misfit, Shift::missing_reply)) {
    return OutOfStep{Shift::missing_reply, ladder->commands[misfit], ladder->reply_from[misfit]};
  }
  if (left_over && misfit > 0 && all_fit(session, *ladder, misfit, Shift::extra_reply)) {
    return OutOfStep{Shift::extra_reply, ladder->commands[misfit], ladder->reply_from[misfit]};
  }
  return std::nullopt;
}

}  // namespace smtpscope::findings
