#pragma once
// The time of a packet, from the seconds and nanoseconds that a capture has.
#include "dissectors/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace smtpscope::capture {

// Any two numbers are a legal input, a damaged file has all of them: nanoseconds outside of a
// second, and seconds that a Timestamp cannot tell (it ends in the year 2262), become the nearest
// that can be told.
[[nodiscard]] constexpr Timestamp packet_time(std::int64_t seconds,
                                              std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / second - 1;
  return Timestamp{Nanoseconds{std::clamp(seconds, -most, most) * second +
                               std::clamp<std::int64_t>(nanoseconds, 0, second - 1)}};
}

}  // namespace smtpscope::capture
