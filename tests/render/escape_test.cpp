#include "analyzer/render/escape.hpp"

#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace smtpscope::render {
namespace {

std::string json(std::string_view octets) {
  std::string out;
  append_json_string(out, octets);
  return out;
}

}  // namespace

TEST_CASE("what the wire says, as it may be shown") {
  struct Row {
    const char* name;
    std::string octets;
    const char* text;
    const char* json;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", "", "", R"("")"},
      {"plain", "250 Ok <a@example.com>", "250 Ok <a@example.com>", R"("250 Ok <a@example.com>")"},
      {"a quote", "say \"x\"", "say \"x\"", R"("say \"x\"")"},
      {"a backslash", "a\\x1b", "a\\\\x1b", R"("a\\x1b")"},
      {"ESC", "\x1b[31mred", "\\x1b[31mred", R"("\u001b[31mred")"},
      {"CR, LF, TAB", "a\r\nb\tc", "a\\r\\nb\\tc", R"("a\r\nb\tc")"},
      {"NUL", std::string("a\0b", 3), "a\\x00b", R"("a\u0000b")"},
      {"BEL and DEL", "\a\x7f", "\\x07\\x7f", R"("\u0007\u007f")"},
      {"C1 as UTF-8", "\xc2\x9b", "\\u{9b}", R"("\u009b")"},
      {"C1 as an octet", "\x9b", "\\x9b", "\"\xef\xbf\xbd\""},
      {"NEL", "\xc2\x85", "\\u{85}", R"("\u0085")"},
      {"letters", "Grüße, 日本語, é", "Grüße, 日本語, é", "\"Grüße, 日本語, é\""},
      {"right-to-left override",
       "a\xe2\x80\xae"
       "b",
       "a\\u{202e}b", R"("a\u202eb")"},
      {"isolates", "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}", R"("\u2066\u2069")"},
      {"marks of direction", "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u{200e}\\u{200f}\\u{61c}",
       R"("\u200e\u200f\u061c")"},
      {"zero width",
       "a\xe2\x80\x8b"
       "b\xef\xbb\xbf",
       "a\\u{200b}b\\u{feff}", R"("a\u200bb\ufeff")"},
      {"soft hyphen",
       "a\xc2\xad"
       "b",
       "a\\u{ad}b", R"("a\u00adb")"},
      {"separators", "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}", R"("\u2028\u2029")"},
      {"a tag character", "\xf3\xa0\x81\x81", "\\u{e0041}", R"("\udb40\udc41")"},
      {"private use", "\xee\x80\x80", "\\u{e000}", R"("\ue000")"},
      {"unassigned", "\xcd\xb8", "\\u{378}", R"("\u0378")"},
      {"no character", "\xef\xbf\xbf", "\\u{ffff}", R"("\uffff")"},
      {"a filler of Hangul, which looks like nothing", "\xe3\x85\xa4", "\\u{3164}", R"("\u3164")"},
      {"a lone surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80",
       "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"overlong", "\xc0\xaf", "\\xc0\\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {"too high", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
       "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
      {"cut off", "a\xe6\x97", "a\\xe6\\x97", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
      {"a bad octet before a good character", "\xff\xc3\xa9", "\\xffé", "\"\xef\xbf\xbdé\""},
      {"U+FFFD as sent", "\xef\xbf\xbd", "\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
      {"Latin-1", "caf\xe9 x", "caf\\xe9 x", "\"caf\xef\xbf\xbd x\""},
      {"a combining mark", "e\xcc\x81", "e\xcc\x81", "\"e\xcc\x81\""},
      {"beyond the first plane", "\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7", "\"\xf0\x9f\x93\xa7\""},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(escaped(row.octets) == row.text);
    CHECK(json(row.octets) == row.json);
    CHECK(is_plain(row.octets) == (escaped(row.octets) == row.octets && test::is_safe(row.octets) &&
                                   std::ranges::all_of(row.octets, [](char c) { return c > 0; })));
  }
}

TEST_CASE("each octet alone is safe, and has a text of its own") {
  std::set<std::string> texts;
  for (int value = 0; value < 256; ++value) {
    const std::string octet(1, static_cast<char>(value));
    const std::string text = escaped(octet);
    INFO("octet " << value);
    CHECK(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }));
    CHECK(texts.insert(text).second);
    CHECK(test::is_safe(json(octet)));
    CHECK(std::ranges::count(json(octet), '\n') == 0);
  }
}

TEST_CASE("no octets at all give anything but safe text, and no two give the same") {
  std::mt19937 random(20260102);
  // Mostly octets that mean something to UTF-8 or to a terminal.
  using namespace std::string_literals;
  const std::string odd = "\x1b[\xe2\x80\xae\xc2\x9b\\x\n\r\t\0\x7f\xf0\x9f\xed\xa0u{}1b\xff"s;
  std::map<std::string, std::string> seen;
  for (int round = 0; round < 20'000; ++round) {
    std::string octets;
    for (std::size_t length = random() % 12; length > 0; --length) {
      octets += random() % 4 == 0 ? static_cast<char>(random()) : odd[random() % odd.size()];
    }
    const std::string text = escaped(octets);
    const bool safe = test::is_safe(text) && text.find('\n') == std::string::npos;
    if (!safe || !test::is_safe(json(octets))) FAIL("not safe: " << test::in_script(octets));
    const auto [known, is_new] = seen.emplace(text, octets);
    if (!is_new && known->second != octets) FAIL("ambiguous: " << text);
  }
}

TEST_CASE("columns of a terminal") {
  struct Row {
    const char* text;
    std::size_t width;
  };
  const auto row = GENERATE(values<Row>({
      {"", 0},
      {"abc", 3},
      {"日本", 4},
      {"한국어", 6},
      {"e\xcc\x81", 1},
      {"é", 1},
      {"a日b", 4},
      {"…", 1},
      {"\\\\", 2},
  }));
  CHECK(display_width(row.text) == row.width);
}

TEST_CASE("cutting and filling up") {
  CHECK(cut_to_width("abc", 3) == "abc");
  CHECK(cut_to_width("abcd", 3) == "ab…");
  CHECK(cut_to_width("abcd", 1) == "…");
  CHECK(cut_to_width("abcd", 0).empty());
  CHECK(cut_to_width("日本語", 6) == "日本語");
  CHECK(cut_to_width("日本語", 5) == "日本…");
  CHECK(cut_to_width("日本語", 4) == "日…");  // half a character is none
  CHECK(cut_to_width("日本語", 2) == "…");
  CHECK(pad_to_width("ab", 4) == "ab  ");
  CHECK(pad_to_width("日", 4) == "日  ");
  CHECK(pad_to_width("abc", 2) == "abc");
  CHECK(octets_that_fit("日本", 1) == 3);  // never nothing
  CHECK(octets_that_fit("e\xcc\x81x", 1) == 3);
}

TEST_CASE(
    "what needs no escape is known, wherever in a text of any length an octet stands that does") {
  for (std::size_t length = 1; length < 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (int octet = 0; octet < 256; ++octet) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(octet);
        const bool plain = octet >= 0x20 && octet <= 0x7e && octet != '\\';
        if (render::is_plain(text) != plain ||
            render::is_plain_json(text) != (plain && octet != '"')) {
          FAIL("octet " << octet << " at " << at << " of " << length);
        }
      }
    }
  }
  CHECK(render::is_plain(""));
  CHECK(render::is_plain_json(std::string_view()));
}

}  // namespace smtpscope::render
