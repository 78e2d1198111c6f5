#pragma once
// Numbers and times as text: by integers alone, so that the same value gives the same text
// everywhere. Digits of a time beyond the shown ones are cut, never rounded up: a time that is
// shown has passed.
#include "dissectors/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace smtpscope::render {

void append_number(std::string& out, std::uint64_t value);
// "0.012345": six digits behind the point.
void append_seconds(std::string& out, Nanoseconds span);
// "12.345": three digits behind the point.
void append_milliseconds(std::string& out, Nanoseconds span);
// RFC 3339 in UTC with microseconds, or nanoseconds where there are any:
// "2026-01-02T03:04:05.123456Z".
void append_rfc3339(std::string& out, Timestamp time);

// For people.

// "2026-01-02 03:04:05.123456 UTC"
[[nodiscard]] std::string date_and_time(Timestamp time);
// "2026-01-02 03:04:05"
[[nodiscard]] std::string date_and_second(Timestamp time);
// "2026-01-02T03:04:05Z": of years that a Timestamp does not reach, too.
[[nodiscard]] std::string date_words(std::chrono::sys_seconds time);
// "12.345", seconds with three digits.
[[nodiscard]] std::string plain_seconds(Nanoseconds span);
// For a column: "43 us", "7.6 ms", "73 ms", "1.23 s", "305 s", "5 h 20 min". Rounded, as it is no
// time of day.
[[nodiscard]] std::string span_text(Nanoseconds span);

}  // namespace smtpscope::render
