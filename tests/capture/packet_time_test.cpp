#include "analyzer/capture/packet_time.hpp"

#include "tests/support/catch.hpp"

#include <cstdint>
#include <limits>

using smtpscope::capture::packet_time;

TEST_CASE("the time of a packet") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  struct Row {
    const char* name;
    std::int64_t seconds, nanoseconds, expected;
  };
  const auto row = GENERATE(values<Row>({
      {"usual", 1'767'323'045, 123'456'789, 1'767'323'045'123'456'789},
      {"the beginning", 0, 0, 0},
      {"before 1970", -1, 500'000'000, -500'000'000},
      {"nanoseconds below a second", 7, -5, 7'000'000'000},
      {"nanoseconds above a second", 7, 1'000'000'000, 7'999'999'999},
      {"far above", 7, most, 7'999'999'999},
      {"far below", 7, least, 7'000'000'000},
      {"too late to tell", most, most, 9'160'300'036'999'999'999},
      {"too early to tell", least, least, -31'536'000'000'000'000},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(packet_time(row.seconds, row.nanoseconds).time_since_epoch().count() == row.expected);
  }
}

TEST_CASE("any time can be taken from any other") {
  const auto last = packet_time(std::numeric_limits<std::int64_t>::max(), 999'999'999);
  const auto first = packet_time(std::numeric_limits<std::int64_t>::min(), 0);
  std::int64_t difference = 0;
  CHECK_FALSE(__builtin_sub_overflow(last.time_since_epoch().count(),
                                     first.time_since_epoch().count(), &difference));
}
