#pragma once
// Replies that answer the command before, or behind, the one they stand against.
//
//     C: MAIL  RCPT  DATA              the server owes 250 250 354
//     S: 250 250 250 354               354 is left over, and 250 to DATA impossible: one reply too many
//     S: 250 354                       354 to RCPT is impossible: RCPT was never answered
//
// Told only where a code is impossible for its command and a shift by one makes all of them fit.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace smtpscope::findings {

enum class Shift : std::uint8_t {
  extra_reply,    // each reply answers the command before
  missing_reply,  // each reply answers the command behind
};
struct OutOfStep {
  Shift shift = Shift::extra_reply;
  std::size_t since = 0;       // the exchange from which on
  std::size_t impossible = 0;  // the exchange whose code cannot be its own
};
[[nodiscard]] std::optional<OutOfStep> out_of_step(const session::Session& session);

}  // namespace smtpscope::findings
