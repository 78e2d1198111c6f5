#include "analyzer/render/numbers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace smtpscope::render {
namespace {

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

// `value` / 10^`scale`, with `decimals` digits behind the point; the rest is cut. Written from its
// end, with divisors that the compiler knows: JSON has several of them in each line.
template <unsigned scale, unsigned decimals>
void append_decimal(std::string& out, std::int64_t value) {
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) magnitude = 0 - magnitude;
  magnitude /= power_of_ten(scale - decimals);
  std::array<char, 24> text{};  // of 2^63, a point and a sign
  auto at = text.end();
  for (unsigned digit = 0; digit <= decimals || magnitude > 0; ++digit) {
    if (digit == decimals) *--at = '.';
    *--at = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  }
  if (value < 0) *--at = '-';
  out.append(at, text.end());
}

// In units of 10^`scale` nanoseconds, rounded to `decimals` digits.
template <unsigned scale, unsigned decimals>
std::string in_units(Nanoseconds span, const char* unit) {
  constexpr std::uint64_t step = power_of_ten(scale - decimals);
  const auto rounded = (static_cast<std::uint64_t>(span.count()) + step / 2) / step * step;
  std::string out;
  append_decimal<scale, decimals>(out, static_cast<std::int64_t>(rounded));
  if (decimals == 0) out.pop_back();  // the point
  return out += unit;
}

// A time in parts. In whole seconds, as a day in nanoseconds overflows at the ends of what a
// Timestamp holds.
struct Parts {
  std::chrono::year_month_day date;
  std::uint64_t second_of_day = 0;
  std::uint64_t nanosecond = 0;
};

Parts parts_of(Timestamp time) {
  using namespace std::chrono;
  const auto second = floor<seconds>(time.time_since_epoch());
  const auto day = floor<days>(second);
  // Modulo, as the beginning of the first second is before the first Timestamp.
  const std::int64_t nanosecond = time.time_since_epoch().count() % 1'000'000'000;
  return {year_month_day(sys_days(day)), static_cast<std::uint64_t>((second - day).count()),
          static_cast<std::uint64_t>(nanosecond < 0 ? nanosecond + 1'000'000'000 : nanosecond)};
}

void append_date(std::string& out, const Parts& parts) {
  append_digits(out, static_cast<std::uint64_t>(static_cast<int>(parts.date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(parts.date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(parts.date.day()), 2);
}

void append_clock(std::string& out, const Parts& parts) {
  append_digits(out, parts.second_of_day / 3600, 2);
  out += ':';
  append_digits(out, parts.second_of_day / 60 % 60, 2);
  out += ':';
  append_digits(out, parts.second_of_day % 60, 2);
}

// ".123456", or ".123456789" where the last three digits are not all zero.
void append_fraction(std::string& out, const Parts& parts) {
  out += '.';
  if (parts.nanosecond % 1000 == 0)
    append_digits(out, parts.nanosecond / 1000, 6);
  else
    append_digits(out, parts.nanosecond, 9);
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_seconds(std::string& out, Nanoseconds span) { append_decimal<9, 6>(out, span.count()); }

void append_milliseconds(std::string& out, Nanoseconds span) {
  append_decimal<6, 3>(out, span.count());
}

void append_rfc3339(std::string& out, Timestamp time) {
  const Parts parts = parts_of(time);
  append_date(out, parts);
  out += 'T';
  append_clock(out, parts);
  append_fraction(out, parts);
  out += 'Z';
}

std::string date_words(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const Parts parts{year_month_day(day), static_cast<std::uint64_t>((time - day).count()), 0};
  std::string out;
  append_date(out, parts);
  out += 'T';
  append_clock(out, parts);
  return out += 'Z';
}

std::string date_and_time(Timestamp time) {
  std::string out = date_and_second(time);
  append_fraction(out, parts_of(time));
  return out += " UTC";
}

std::string date_and_second(Timestamp time) {
  const Parts parts = parts_of(time);
  std::string out;
  append_date(out, parts);
  out += ' ';
  append_clock(out, parts);
  return out;
}

std::string plain_seconds(Nanoseconds span) {
  std::string out;
  append_decimal<9, 3>(out, span.count());
  return out;
}

std::string span_text(Nanoseconds span) {
  using namespace std::chrono_literals;
  if (span < 999'500ns) return in_units<3, 0>(span, " us");
  if (span < 9'950us) return in_units<6, 1>(span, " ms");
  if (span < 1s) return in_units<6, 0>(span, " ms");
  if (span < 9'995ms) return in_units<9, 2>(span, " s");
  if (span < 99'950ms) return in_units<9, 1>(span, " s");
  if (span < 10'000s) return in_units<9, 0>(span, " s");
  const std::int64_t minutes = span / 1min;
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace smtpscope::render
