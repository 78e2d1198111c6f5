#pragma once
// Time as the capture tells it: nanoseconds since 1970-01-01T00:00:00Z, from packets alone.
#include <chrono>
#include <cstdint>

namespace smtpscope {

using Nanoseconds = std::chrono::nanoseconds;
using Timestamp = std::chrono::time_point<std::chrono::system_clock, Nanoseconds>;

// `later` - `earlier`, and never below zero: packets of a capture can be out of order by a little.
[[nodiscard]] constexpr Nanoseconds elapsed(Timestamp earlier, Timestamp later) noexcept {
  return later > earlier ? later - earlier : Nanoseconds{0};
}
[[nodiscard]] constexpr double to_seconds(Nanoseconds span) noexcept {
  return static_cast<double>(span.count()) / 1e9;
}

}  // namespace smtpscope
