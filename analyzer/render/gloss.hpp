#pragma once
// What a line of the dialogue means, in words: a few beside the row, whole sentences where it
// matters.
#include "analyzer/session/session.hpp"
#include "dissectors/smtp/reference.hpp"

#include <string>
#include <string_view>

namespace smtpscope::render {

// A few words for the command of `exchange`, which is there: "one recipient". Of a login they name
// the user, as it was sent.
[[nodiscard]] std::string gloss_of_command(const smtp::Exchange& exchange);
// What a 334 asks or says, decoded where that can be read.
[[nodiscard]] std::string gloss_of_challenge(const smtp::AuthExchange& auth,
                                             const smtp::Reply& challenge);
// A few words for a reply that agrees: "recipient accepted". Empty for refusals, which deserve the
// sentence, and where there is nothing short to say.
[[nodiscard]] std::string_view gloss_of_reply(const smtp::Exchange& exchange,
                                              const smtp::Reply& reply);

// One or two sentences: what the client asks with it.
[[nodiscard]] std::string_view meaning_of_command(const smtp::Command& command) noexcept;
// One or two sentences: what the reply says in answer to this command, and what its enhanced status
// code adds, as "... 5.1.1: There is no such mailbox."
[[nodiscard]] std::string meaning_of_reply(const smtp::Exchange& exchange,
                                           const smtp::Reply& reply);

// "5.1.1"
[[nodiscard]] std::string to_string(smtp::EnhancedCode code);

}  // namespace smtpscope::render
