#include "analyzer/render/numbers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace smtpscope::render {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr std::uint64_t power_of_ten(unsigned exponent) noexcept {
  std::uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// `value` with leading zeros.
void append_digits(std::string& out, std::uint64_t value, unsigned digits) {
  std::array<char, 20> text{};
  for (unsigned i = digits; i > 0; --i) {
    text[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(text.data(), digits);
}

// `value` / 10^`scale`, with `decimals` digits behind the point.
void append_decimal(std::string& out, std::int64_t value, unsigned scale, unsigned decimals) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  magnitude /= power_of_ten(scale - decimals);
  append_number(out, magnitude / power_of_ten(decimals));
  out += '.';
  append_digits(out, magnitude % power_of_ten(decimals), decimals);
}

void append_date(std::string& out, Timestamp time) {
  const std::chrono::year_month_day date(floor<days>(time));
  append_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
}

void append_clock(std::string& out, Timestamp time) {
  const auto second = floor<std::chrono::seconds>(time - floor<days>(time)).count();
  append_digits(out, static_cast<std::uint64_t>(second / 3600), 2);
  out += ':';
  append_digits(out, static_cast<std::uint64_t>(second / 60 % 60), 2);
  out += ':';
  append_digits(out, static_cast<std::uint64_t>(second % 60), 2);
}

// ".123456", or ".123456789" where the last three digits are not all zero.
void append_fraction(std::string& out, Timestamp time) {
  const auto fraction = static_cast<std::uint64_t>((time - floor<std::chrono::seconds>(time)).count());
  out += '.';
  if (fraction % 1000 == 0)
    append_digits(out, fraction / 1000, 6);
  else
    append_digits(out, fraction, 9);
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_seconds(std::string& out, Nanoseconds span) { append_decimal(out, span.count(), 9, 6); }

void append_milliseconds(std::string& out, Nanoseconds span) { append_decimal(out, span.count(), 6, 3); }

void append_rfc3339(std::string& out, Timestamp time) {
  append_date(out, time);
  out += 'T';
  append_clock(out, time);
  append_fraction(out, time);
  out += 'Z';
}

std::string date_and_time(Timestamp time) {
  std::string out = date_and_second(time);
  append_fraction(out, time);
  return out += " UTC";
}

std::string date_and_second(Timestamp time) {
  std::string out;
  append_date(out, time);
  out += ' ';
  append_clock(out, time);
  return out;
}

std::string plain_seconds(Nanoseconds span) {
  std::string out;
  append_decimal(out, span.count(), 9, 3);
  return out;
}

std::string span_text(Nanoseconds span) {
  const std::int64_t nanoseconds = span.count();
  const std::int64_t milliseconds = nanoseconds / 1'000'000;
  const std::int64_t seconds = milliseconds / 1000;
  std::string out;
  if (milliseconds < 10) {
    append_decimal(out, nanoseconds, 6, 1);
    return out += " ms";
  }
  if (seconds < 1) return fmt::format("{} ms", milliseconds);
  if (seconds < 100) {
    append_decimal(out, nanoseconds, 9, seconds < 10 ? 2 : 1);
    return out += " s";
  }
  if (seconds < 10'000) return fmt::format("{} s", seconds);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace smtpscope::render
