#pragma once
// Why mail is not delivered, in the words of the field: what each reason means, whose side it is on, what
// to do; and the table that finds the reason of a reply.
#include "analyzer/delivery/verdict.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace smtpscope::delivery {

struct ReasonInfo {
  std::string_view name;
  Fault fault;
  std::string_view meaning;  // a sentence
  std::string_view
      advice;  // a sentence; {recipient}, {sender}, {client} and {server} stand for the actual ones
};
[[nodiscard]] std::span<const ReasonInfo> reasons() noexcept;
[[nodiscard]] const ReasonInfo* find_reason(std::string_view name) noexcept;

// What was refused. A set of bits.
enum class Refused : std::uint8_t {
  connection = 1,
  hello = 2,  // EHLO, HELO, LHLO
  starttls = 4,
  login = 8,
  sender = 16,
  recipient = 32,
  message = 64,  // DATA, BDAT, the end of the message
  other = 128,   // any other command
};
[[nodiscard]] Refused refused_by(smtp::Answered answered, smtp::Verb verb) noexcept;

// Which enhanced codes a row is for: X.subject.detail with detail in [from, to].
struct EnhancedRange {
  enum class Kind : std::uint8_t { any_or_none, none, some } kind = Kind::any_or_none;
  std::uint16_t subject = 0;
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};

// One row of the table; the first one that fits decides.
struct ReplyReason {
  std::uint16_t code_from = 400;  // of the reply
  std::uint16_t code_to = 599;
  EnhancedRange enhanced;
  std::uint8_t refused = 0;  // Refused values or'ed
  std::string_view
      words;  // one of these has to stand in the text, "virus|malware"; empty: any text
  Reason reason;
  std::string_view example;  // a reply for which this row decides; to the lowest one of `refused`
};
[[nodiscard]] std::span<const ReplyReason> reply_reasons() noexcept;

}  // namespace smtpscope::delivery
