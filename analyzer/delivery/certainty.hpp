#pragma once
// Whether a decision would stand if the capture had everything.
#include "analyzer/delivery/decision.hpp"

namespace smtpscope::delivery {

// Are octets missing that would have shown something?
[[nodiscard]] bool has_holes(const session::Session& session) noexcept;
// Could what the capture lacks make it another decision? (Where nothing is decided, no.)
[[nodiscard]] bool is_certain(const session::Session& session, const Decision& decision) noexcept;

}  // namespace smtpscope::delivery
