#pragma once
// The messages of a session with what was said about them, for the rules that look at what they
// hold.
#include "analyzer/session/offer.hpp"
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

struct SeenMessage {
  const smtp::Message* message = nullptr;
  const session::Transaction* transaction = nullptr;
  std::size_t exchange = session::no_exchange;  // its end; DATA or BDAT if that never came
};
[[nodiscard]] std::vector<SeenMessage> messages_of(const session::Session& session);
// The same without those sent with BODY=BINARYMIME, in which every octet and every line is allowed,
// or whose MAIL is not in the capture.
[[nodiscard]] std::vector<SeenMessage> text_messages_of(const session::Session& session);

// Of MAIL; nullptr if there is none.
[[nodiscard]] const smtp::Parameter* mail_parameter(const session::Transaction& transaction,
                                                    std::string_view keyword) noexcept;

// "the message from <alice@example.org>"
[[nodiscard]] std::string message_words(const SeenMessage& seen);

// Commands follow an end of data in it that is none by the RFC: nullptr if not. A client that ends
// all of its lines in LF does not hide anything.
[[nodiscard]] const smtp::OddEnd* hidden_commands(const session::Session& session,
                                                  const SeenMessage& seen) noexcept;

}  // namespace smtpscope::findings
