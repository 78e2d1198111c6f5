#pragma once
// Which failure the words of a tool, of its libraries or of the system tell of.
#include "analyzer/session/told.hpp"

#include <string_view>

namespace smtpscope::transcript {

[[nodiscard]] session::FailureKind failure_kind(std::string_view words) noexcept;
[[nodiscard]] constexpr bool is_of_connecting(session::FailureKind kind) noexcept {
  return kind == session::FailureKind::refused || kind == session::FailureKind::timed_out ||
         kind == session::FailureKind::unreachable || kind == session::FailureKind::host_unknown;
}

}  // namespace smtpscope::transcript
