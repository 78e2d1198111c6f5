#pragma once
// The same message in two sessions: what the later one is to the earlier.
#include "analyzer/findings/attempt.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace smtpscope::findings {

enum class AgainKind : std::uint8_t {  // the gravest first
  duplicate,                           // the earlier attempt was accepted
  may_be_twice,                        // ... was sent to its end and never answered
  retry,                               // ... was refused, or broken off
  next_hop,                            // the host that took it passes it on
  hop_before,                          // ... and the session in which it does was told first
};

struct Again {
  AgainKind kind = AgainKind::retry;
  const Attempt* other = nullptr;  // among those given
  // Of the other one, that this attempt is for, too; none of a hop.
  std::vector<const Tried*> recipients;
  bool all_greylisted = false;  // the retry of a recipient that was greylisted, and nothing else
};
// The gravest relation to one of them, of equal ones the latest. Nothing for a split delivery (the
// same message to other recipients on another connection), for what the capture leaves open, and
// for one session that is seen twice (before and behind an address translation).
[[nodiscard]] std::optional<Again> again(const Attempt& attempt, std::span<const Attempt> earlier,
                                         Nanoseconds age_max);

}  // namespace smtpscope::findings
