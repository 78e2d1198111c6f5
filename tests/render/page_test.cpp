#include "analyzer/render/page.hpp"

#include "analyzer/render/escape.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

#include <random>

namespace smtpscope::render {
namespace {

std::string joined(const Spans& spans) {
  std::string text;
  for (const Span& span : spans) text += span.text;
  return text;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  for (const Spans& line : wrap({{text, Style::plain}}, columns)) lines.push_back(joined(line));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("where a text breaks") {
  CHECK(wrapped("", 10) == Lines{""});
  CHECK(wrapped("one two", 10) == Lines{"one two"});
  CHECK(wrapped("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrapped("one two three", 8) == Lines{"one two", "three"});
  CHECK(wrapped("abcdefghij", 4) == Lines{"abcd", "efgh", "ij"});
  CHECK(wrapped("a bcdefghij", 4) == Lines{"a", "bcde", "fghi", "j"});
  CHECK(wrapped("日本語です", 5) == Lines{"日本", "語で", "す"});
  CHECK(wrapped("a  b", 10) == Lines{"a  b"});
  CHECK(wrapped("a         b", 5) == Lines{"a", "b"});
  CHECK(wrapped("  indent", 20) == Lines{"  indent"});
  CHECK(wrapped("end  ", 20) == Lines{"end"});
}

TEST_CASE("a word of several styles is not torn apart at the seams") {
  const auto lines = wrap({{"aaa bb", Style::red}, {"cc dd", Style::plain}}, 8);
  REQUIRE(lines.size() == 2);
  CHECK(joined(lines[0]) == "aaa bbcc");
  CHECK(joined(lines[1]) == "dd");
  CHECK(lines[0].size() == 2);
}

TEST_CASE("wrapping keeps every character, and the width") {
  std::mt19937 random(7);
  const std::vector<std::string> letters{"a", "b", " ", " ", "é", "日", "e\xcc\x81", "\\x1b"};
  for (int round = 0; round < 5'000; ++round) {
    Spans spans;
    std::string text;
    for (std::size_t parts = random() % 4; parts > 0; --parts) {
      std::string part;
      for (std::size_t length = random() % 20; length > 0; --length)
        part += letters[random() % letters.size()];
      spans.push_back({part, static_cast<Style>(random() % 3)});
      text += part;
    }
    const std::size_t columns = 2 + random() % 20;
    std::string all;
    for (const Spans& line : wrap(spans, columns)) {
      if (display_width(line) > columns) FAIL("wider than " << columns << ": " << joined(line));
      all += joined(line);
    }
    std::erase(all, ' ');
    std::erase(text, ' ');
    if (all != text) FAIL("was: " << text << ", is: " << all);
  }
}

TEST_CASE("a line of a page") {
  std::string out;
  SECTION("without a width nothing is wrapped, and a gloss has its column") {
    Page page(out, Color::never, 0);
    page.line({{"> ", Style::plain}}, {{std::string(300, 'x'), Style::plain}}, "far");
    page.line({{"> ", Style::plain}}, {{"short", Style::plain}}, "near");
    const auto lines = test::lines_of(out);
    CHECK(lines.at(0) == "> " + std::string(300, 'x') + "   far");
    CHECK(lines.at(1).find("near") == 50);
  }
  SECTION("with a width the rest hangs under the body") {
    Page page(out, Color::never, 64);
    page.line({{"12345678 ", Style::plain}},
              {{"one " + std::string(54, 'x') + " three", Style::plain}}, "gloss");
    CHECK(out == "12345678 one\n         " + std::string(54, 'x') + "\n         three\n");
  }
  SECTION("a gloss moves to the left before it goes") {
    Page page(out, Color::never, 64);
    page.line({}, {{std::string(20, 'x'), Style::plain}}, "at 48, as always");
    page.line({}, {{std::string(20, 'x'), Style::plain}}, "at 38, to have room to the end");
    page.line({}, {{std::string(50, 'x'), Style::plain}}, "too long by 1");
    const auto lines = test::lines_of(out);
    CHECK(lines.at(0).find("at 48") == 48);
    CHECK(lines.at(1).size() == 64);
    CHECK(lines.at(2) == std::string(50, 'x'));
  }
  SECTION("colour is codes of 16 colours, and nothing else changes") {
    Page(out, Color::always, 0).line({{"a ", Style::dim}}, {{"b", Style::bold_red}}, "c");
    std::string plain;
    Page(plain, Color::never, 0).line({{"a ", Style::dim}}, {{"b", Style::bold_red}}, "c");
    CHECK(out.find("\x1b[1;31mb\x1b[0m") != std::string::npos);
    CHECK(test::without_colour(out) == plain);
  }
  SECTION("no blanks at the end") {
    Page(out, Color::never, 0).line({{"a   ", Style::plain}}, {});
    CHECK(out == "a\n");
  }
  SECTION("a terminal that is too narrow gets lines of the least width") {
    Page page(out, Color::never, 10);
    CHECK(page.width() == Page::width_min);
  }
}

TEST_CASE("a rule goes across the page") {
  std::string out;
  Page(out, Color::never, 70).rule('~', "TLS hides the rest", Style::bold);
  CHECK(out.starts_with("~~~~ TLS hides the rest ~~~~"));
  CHECK(out.size() == 71);
  out.clear();
  Page(out, Color::never, 64)
      .rule('~', std::string(50, 'x') + ' ' + std::string(50, 'y'), Style::bold);
  for (const std::string& line : test::lines_of(out)) CHECK(line.size() == 64);
  out.clear();
  Page(out, Color::never, 0).rule('~', std::string(200, 'x'), Style::bold);
  CHECK(test::lines_of(out).size() == 1);
}

}  // namespace smtpscope::render
