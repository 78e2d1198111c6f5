// The scan of text by blocks tells what a walk from octet to octet tells, with each kind of vectors
// that this machine has, wherever the text lies in memory, and reads nothing behind its end.
#include "dissectors/smtp/text_scan.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <string_view>

using namespace smtpscope;
using namespace std::string_view_literals;
using smtp::scan_text;
using smtp::TextStretch;

namespace smtpscope::smtp {

std::ostream& operator<<(std::ostream& out, const TextStretch& it) {
  return out << "octets=" << it.octets << " ends=" << it.first_end << ',' << it.last_end
             << " longest=" << it.longest << '@' << it.longest_at << " long=" << it.long_lines
             << " lf=" << it.bare_lf << '@' << it.first_bare_lf << " nul=" << it.nul << '@'
             << it.first_nul << " 8bit@" << it.first_8bit;
}

}  // namespace smtpscope::smtp

namespace {

bool ends_before(std::string_view text, std::size_t at) {
  const bool at_line_start = at > 0 && text[at - 1] == '\n';
  if (at_line_start && (text[at] == '.' || text[at] == '\0')) return true;
  return text[at] == '\r' && !text.substr(at + 1).starts_with('\n');
}

void count(std::size_t at, std::size_t& how_many, std::size_t& first) {
  if (how_many++ == 0) first = at;
}

TextStretch walk(std::string_view text) {
  TextStretch told;
  std::size_t& at = told.octets;
  for (; at < text.size() && !ends_before(text, at); ++at) {
    if (text[at] == '\0') count(at, told.nul, told.first_nul);
    if (static_cast<std::uint8_t>(text[at]) > 127 && told.first_8bit == TextStretch::nowhere)
      told.first_8bit = at;
    if (text[at] != '\n') continue;
    if (at == 0 || text[at - 1] != '\r') count(at, told.bare_lf, told.first_bare_lf);
    const std::size_t length = at + 1 - told.last_end;
    if (told.first_end == 0) {
      told.first_end = at + 1;
    } else {
      if (length > smtp::text_line_octets_max) ++told.long_lines;
      if (length > told.longest) told.longest_at = told.last_end;
      told.longest = std::max(told.longest, length);
    }
    told.last_end = at + 1;
  }
  return told;
}

// In memory that ends where the text ends, and begins so many octets behind where memory does.
TextStretch scan_at(std::string_view text, std::size_t alignment,
                    TextStretch (*scan)(Bytes) = scan_text) {
  const std::unique_ptr<std::uint8_t[]> memory(new std::uint8_t[alignment + text.size()]);
  std::ranges::copy(as_bytes(text), memory.get() + alignment);
  return scan({memory.get() + alignment, text.size()});
}

// Lines of any length, most of them as they should be.
std::string random_text(std::mt19937& random) {
  const auto upto = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random);
  };
  constexpr std::string_view odd[] = {"\r",  "\n",    "\0"sv,     ".",    "\xff", "\r\r\n",
                                      "\n.", "\r\n.", "\r\n\0"sv, "\x7f", "\x80", "\x01"};
  const std::size_t odds = upto(3) * upto(3);
  std::string text;
  for (std::size_t lines = upto(12); lines > 0; --lines) {
    text.append(upto(20) == 0 ? 900 + upto(200) : upto(90), 'x');
    if (upto(9) < odds) text += odd[upto(std::size(odd) - 1)];
    text += upto(9) > 0 ? "\r\n" : "";
  }
  return text;
}

}  // namespace

TEST_CASE("where a stretch of text ends, and what is in it") {
  struct Row {
    const char* name;
    std::string_view text;
    std::size_t octets;
    std::size_t first_end = 0, last_end = 0;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", "", 0},
      {"a part of a line", "abc", 3},
      {"lines", "abc\r\nde\r\nf", 10, 5, 9},
      {"a CR at the end: what follows is not known", "abc\r\nde\r", 7, 5, 5},
      {"a CR that no LF follows", "abc\rde\r\n", 3},
      {"CR CR LF", "abc\r\r\n", 3},
      {"a bare LF is only counted", "abc\nde\n\n", 8, 4, 8},
      {"a dot begins the next line", "abc\r\n.\r\n", 5, 5, 5},
      {"a dot at the very start is inside of a line", ".\r\nab", 5, 3, 3},
      {"NUL begins the next line", "abc\r\n\0\r\n"sv, 5, 5, 5},
      {"NUL elsewhere", "a\0bc\r\n\r\n"sv, 8, 6, 8},
  }));
  DYNAMIC_SECTION(row.name) {
    const TextStretch told = scan_text(as_bytes(row.text));
    CHECK(told == walk(row.text));
    CHECK(told.octets == row.octets);
    CHECK(told.first_end == row.first_end);
    CHECK(told.last_end == row.last_end);
  }
}

TEST_CASE("blocks tell what octets tell, with all vectors that there are") {
  const auto kinds = smtp::text_scans();
  REQUIRE(!kinds.empty());
  for (const smtp::TextScan& kind : kinds) {
    INFO("vectors of " << kind.vectors);
    std::mt19937 random(20260102);
    for (unsigned round = 0; round < 2000; ++round) {
      const std::string text = random_text(random);
      const TextStretch expected = walk(text);
      const TextStretch told = scan_at(text, round % 64, kind.scan);
      INFO(Catch::StringMaker<std::string>::convert(text));
      REQUIRE(told == expected);
    }
  }
}

TEST_CASE("an odd octet at each place of some blocks") {
  for (const std::string_view odd :
       {"\r"sv, "\n"sv, "\0"sv, "\xff"sv, "\r\n"sv, "\r\n."sv, "\r\n\0"sv, "\n."sv, "\r\r"sv}) {
    for (std::size_t size = 125; size < 132; ++size) {
      for (std::size_t at = 0; at <= size; ++at) {
        const std::string text =
            std::string(at, 'x').append(odd).append(size - at, 'x') + "\r\nend\r\n";
        REQUIRE(scan_at(text, at % 64) == walk(text));
        REQUIRE(scan_at(text.substr(0, size), at % 64) == walk(text.substr(0, size)));
      }
    }
  }
}
