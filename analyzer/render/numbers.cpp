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

// `value` / 10^`scale`, with `decimals` digits behind the point; the rest is cut.
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

void append_seconds(std::string& out, Nanoseconds span) { append_decimal(out, span.count(), 9, 6); }

void append_milliseconds(std::string& out, Nanoseconds span) {
  append_decimal(out, span.count(), 6, 3);
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
  append_decimal(out, span.count(), 9, 3);
  return out;
}

std::string span_text(Nanoseconds span) {
  // In units of 10^scale nanoseconds, rounded to `decimals` digits.
  const auto in_units = [&](unsigned scale, unsigned decimals, const char* unit) {
    const std::uint64_t step = power_of_ten(scale - decimals);
    std::string out;
    const auto rounded = (static_cast<std::uint64_t>(span.count()) + step / 2) / step * step;
    append_decimal(out, static_cast<std::int64_t>(rounded), scale, decimals);
    if (decimals == 0) out.pop_back();  // the point
    return out += unit;
  };
  using namespace std::chrono_literals;
  if (span < 999'500ns) return in_units(3, 0, " us");
  if (span < 9'950us) return in_units(6, 1, " ms");
  if (span < 1s) return in_units(6, 0, " ms");
  if (span < 9'995ms) return in_units(9, 2, " s");
  if (span < 99'950ms) return in_units(9, 1, " s");
  if (span < 10'000s) return in_units(9, 0, " s");
  const std::int64_t minutes = span / 1min;
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

}  // namespace smtpscope::render
