#pragma once
// What a reply answers, as coarse as its reason depends on it.
#include "dissectors/smtp/reference.hpp"
#include "dissectors/smtp/verb.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::delivery {

enum class Asked : std::uint8_t {
  connection,
  hello,  // EHLO, HELO, LHLO
  starttls,
  login,
  sender,
  recipient,
  data,     // the command, before the text
  message,  // the end of the text; BDAT and what else carries a message
  other,    // any other command
  unknown,  // nobody says what was asked
};
inline constexpr std::size_t asked_count = 10;

[[nodiscard]] Asked asked_by(smtp::Answered answered, smtp::Verb verb) noexcept;
// The word for it in rules: CONN, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, EOM, OTHER, "?".
[[nodiscard]] std::string_view word_of(Asked asked) noexcept;
// Such a word, in capitals; nothing if it is none.
[[nodiscard]] std::optional<Asked> find_asked(std::string_view word) noexcept;
// As people write it, in any case: one of those words, a command ("bdat"), or "." for the end of
// the text. Asked::unknown if it is nothing of the kind.
[[nodiscard]] Asked asked_of(std::string_view word) noexcept;

}  // namespace smtpscope::delivery
