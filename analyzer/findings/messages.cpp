#include "analyzer/findings/messages.hpp"

#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtpscope::findings {

using session::no_exchange;
using session::Session;
using session::Transaction;

std::vector<SeenMessage> messages_of(const Session& session) {
  std::vector<SeenMessage> messages;
  for (const Transaction& transaction : session.transactions) {
    if (!transaction.message) continue;
    const std::size_t end =
        transaction.end_of_data != no_exchange ? transaction.end_of_data : transaction.data;
    messages.push_back({&*transaction.message, &transaction, end});
  }
  return messages;
}

std::vector<SeenMessage> text_messages_of(const Session& session) {
  std::vector<SeenMessage> messages = messages_of(session);
  std::erase_if(messages, [](const SeenMessage& seen) {
    const smtp::Parameter* const body = mail_parameter(*seen.transaction, "BODY");
    return seen.transaction->mail == no_exchange ||
           (body != nullptr && ascii::equal_no_case(body->value, "BINARYMIME"));
  });
  return messages;
}

const smtp::Parameter* mail_parameter(const Transaction& transaction,
                                      std::string_view keyword) noexcept {
  const auto found = std::ranges::find(transaction.parameters, keyword, &smtp::Parameter::keyword);
  return found == transaction.parameters.end() ? nullptr : &*found;
}

std::string message_words(const SeenMessage& seen) {
  if (!seen.transaction->sender_known) return "the message";
  return fmt::format("the message from <{}>",
                     shortened(seen.transaction->sender, quoted_octets_max));
}

namespace {

// The command that asked for the message; where that is lost, another one of its transaction.
const smtp::Command* command_before(const Session& session, const SeenMessage& seen) noexcept {
  const Transaction& transaction = *seen.transaction;
  const std::size_t last =
      transaction.recipients.empty() ? no_exchange : transaction.recipients.back().rcpt;
  for (const std::size_t index : {transaction.data, last, transaction.mail}) {
    if (index < session.exchanges.size() && session.exchanges[index].command)
      return &*session.exchanges[index].command;
  }
  return nullptr;
}

}  // namespace

const smtp::OddEnd* hidden_commands(const Session& session, const SeenMessage& seen) noexcept {
  const smtp::Command* const command = command_before(session, seen);
  if (command == nullptr || command->line_end == smtp::LineEnd::lf) return nullptr;
  const auto& ends = seen.message->odd_ends;
  const auto hides = [](const smtp::OddEnd& end) { return !end.command.empty(); };
  const auto taken =
      std::ranges::find_if(ends, [&](const smtp::OddEnd& end) { return end.taken && hides(end); });
  if (taken != ends.end()) return &*taken;
  const auto first = std::ranges::find_if(ends, hides);
  return first == ends.end() ? nullptr : &*first;
}

}  // namespace smtpscope::findings
