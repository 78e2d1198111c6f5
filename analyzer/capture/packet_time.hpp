#pragma once
// The time of a packet, from the seconds and nanoseconds that a capture has.
#include "dissectors/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace smtpscope::capture {

// Any two numbers are a legal input, a damaged file has all of them: nanoseconds outside of a
// second, and seconds outside of the years 1969 to 2260, become the nearest inside. A Timestamp
// ends in 2262: so there is room to add a span to any time, and to take any time from any other.
[[nodiscard]] constexpr Timestamp packet_time(std::int64_t seconds,
                                              std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t year = 365 * 24 * 60 * 60;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / second - 2 * year;
  return Timestamp{Nanoseconds{std::clamp(seconds, -year, most) * second +
                               std::clamp<std::int64_t>(nanoseconds, 0, second - 1)}};
}

}  // namespace smtpscope::capture
