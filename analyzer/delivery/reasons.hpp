#pragma once
// Why mail is not delivered, in the words of the field: what each reason means, whose side it is
// on, what to do.
#include "analyzer/delivery/verdict.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace smtpscope::delivery {

struct ReasonInfo {
  std::string_view name;
  Fault fault;
  std::string_view meaning;  // a sentence
  // A sentence; {recipient}, {sender}, {client} and {server} stand for the actual ones.
  std::string_view advice;
};
[[nodiscard]] std::span<const ReasonInfo> reasons() noexcept;
[[nodiscard]] const ReasonInfo* find_reason(std::string_view name) noexcept;
// The advice of a reason, or a better one where the rule that told it knows more of the cause.
[[nodiscard]] std::string_view advice_for(const ReasonInfo& reason, std::string_view rule) noexcept;
// ... and what it means, likewise.
[[nodiscard]] std::string_view meaning_for(const ReasonInfo& reason,
                                           std::string_view rule) noexcept;
// Those of them that a reply can have; the others are seen in captures only.
[[nodiscard]] std::span<const ReasonInfo> reasons_of_replies() noexcept;

}  // namespace smtpscope::delivery
