#include "analyzer/render/numbers.hpp"

#include "tests/support/catch.hpp"

#include <chrono>

namespace smtpscope::render {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp at(std::int64_t nanoseconds) { return Timestamp{Nanoseconds{nanoseconds}}; }

std::string rfc3339(Timestamp time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

}  // namespace

TEST_CASE("times of day") {
  CHECK(rfc3339(at(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(rfc3339(at(1'767'323'045'123'456'000)) == "2026-01-02T03:04:05.123456Z");
  CHECK(rfc3339(at(1'767'323'045'123'456'789)) == "2026-01-02T03:04:05.123456789Z");
  CHECK(rfc3339(at(1'767'323'045'000'000'001)) == "2026-01-02T03:04:05.000000001Z");
  CHECK(rfc3339(at(1'709'164'800'000'000'000)) == "2024-02-29T00:00:00.000000Z");
  CHECK(rfc3339(at(-1'000)) == "1969-12-31T23:59:59.999999Z");
  CHECK(date_and_time(at(1'767'323'045'123'456'000)) == "2026-01-02 03:04:05.123456 UTC");
  CHECK(date_and_second(at(1'767'323'045'999'999'999)) == "2026-01-02 03:04:05");
}

TEST_CASE("the ends of what a timestamp can hold are written, whatever they mean") {
  CHECK(rfc3339(Timestamp::max()) == "2262-04-11T23:47:16.854775807Z");
  CHECK(rfc3339(Timestamp::min()) == "1677-09-21T00:12:43.145224192Z");
}

TEST_CASE("seconds and milliseconds are cut, not rounded") {
  std::string out;
  append_seconds(out, 1'234'567'999ns);
  CHECK(out == "1.234567");
  out.clear();
  append_seconds(out, Nanoseconds::max());
  CHECK(out == "9223372036.854775");
  out.clear();
  append_milliseconds(out, 12'345'999ns);
  CHECK(out == "12.345");
  out.clear();
  append_seconds(out, 0ns);
  CHECK(out == "0.000000");
  CHECK(plain_seconds(12'345'999'999ns) == "12.345");
}

TEST_CASE("spans in a column") {
  struct Row {
    Nanoseconds span;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {0ns, "0 us"},           {499ns, "0 us"},
      {1'500ns, "2 us"},       {999'499ns, "999 us"},
      {999'500ns, "1.0 ms"},   {1'250us, "1.3 ms"},
      {9'949us, "9.9 ms"},     {9'950us, "10 ms"},
      {73'400us, "73 ms"},     {999'400us, "999 ms"},
      {1s, "1.00 s"},          {1'234ms, "1.23 s"},
      {9'994ms, "9.99 s"},     {9'995ms, "10.0 s"},
      {99'949ms, "99.9 s"},    {99'950ms, "100 s"},
      {305s, "305 s"},         {9'999s, "9999 s"},
      {10'000s, "2 h 46 min"}, {Nanoseconds::max(), "2562047 h 47 min"},
  }));
  CHECK(span_text(row.span) == row.text);
}

}  // namespace smtpscope::render
