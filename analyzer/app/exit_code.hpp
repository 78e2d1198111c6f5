#pragma once
// What the process ends with.
#include "dissectors/base/result.hpp"

namespace smtpscope::app {

enum class ExitCode : int {
  analysed = 0,
  found = 1,       // --fail-on, and such a finding was told
  unusable = 2,    // usage, cannot open, bad filter, stdout cannot be written
  damaged = 3,     // the input breaks off or is damaged; what could be read was told
  permission = 4,  // no right to capture
};

[[nodiscard]] constexpr ExitCode exit_code_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::open:
    case ErrorKind::output:
      return ExitCode::unusable;
    case ErrorKind::damaged:
      return ExitCode::damaged;
    case ErrorKind::permission:
      return ExitCode::permission;
  }
  return ExitCode::unusable;
}

// Of several the gravest counts: input that could not be used at all, then input that was damaged,
// then findings.
[[nodiscard]] constexpr ExitCode graver(ExitCode a, ExitCode b) noexcept {
  if (a == ExitCode::unusable || b == ExitCode::unusable) return ExitCode::unusable;
  return static_cast<int>(a) > static_cast<int>(b) ? a : b;
}

}  // namespace smtpscope::app
