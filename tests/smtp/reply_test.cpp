// Replies: what the lines of a server make, and what is wrong with them.
#include "dissectors/smtp/reply.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace smtpscope;
using smtp::ReplyFlaw;

namespace {

Octets all_of(std::string_view text) { return {0, as_bytes(text), {1, {}}, std::nullopt}; }

// All replies in the text; the last one by cut(), if it was open.
std::vector<smtp::Reply> read(std::string_view text, std::size_t piece) {
  smtp::LineReader lines(1000);
  smtp::ReplyReader reader;
  std::vector<smtp::Reply> replies;
  for (std::size_t at = 0; at < text.size();) {
    Octets octets = all_of(text.substr(at, piece));
    octets.offset = at;
    const auto taken = lines.take(octets);
    at += taken.octets;
    if (taken.line == nullptr) continue;
    if (auto reply = reader.take(*taken.line)) replies.push_back(std::move(*reply));
  }
  if (auto reply = reader.cut()) replies.push_back(std::move(*reply));
  return replies;
}

struct Row {
  const char* name;
  std::string_view text;
  std::uint16_t code;
  std::vector<std::string> lines;
  std::vector<ReplyFlaw> flaws;
};

}  // namespace

TEST_CASE("one reply") {
  const auto row = GENERATE(values<Row>({
      {"one line", "250 ok\r\n", 250, {"ok"}, {}},
      {"several lines", "250-a\r\n250-b\r\n250 c\r\n", 250, {"a", "b", "c"}, {}},
      {"a code and nothing else", "334\r\n", 334, {""}, {}},
      {"a bare LF", "250 ok\n", 250, {"ok"}, {ReplyFlaw::bare_lf}},
      {"a line without a code before it", "\r\n250 ok\r\n", 250, {"ok"}, {ReplyFlaw::no_code}},
      {"no separator", "250ok\r\n", 250, {"ok"}, {ReplyFlaw::bad_separator}},
      {"a code that is none", "999 x\r\n", 999, {"x"}, {ReplyFlaw::bad_code}},
      {"another code in the last line",
       "250-a\r\n550 b\r\n",
       550,
       {"a", "b"},
       {ReplyFlaw::code_changed}},
      {"cut", "250-a\r\n250-", 250, {"a"}, {ReplyFlaw::cut_short}},
  }));
  DYNAMIC_SECTION(row.name) {
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{1}, std::size_t{3}}) {
      const auto replies = read(row.text, piece);
      REQUIRE(replies.size() == 1);
      CHECK(replies.front().code == row.code);
      CHECK(replies.front().text == row.lines);
      CHECK(replies.front().flaws == row.flaws);
    }
  }
}

TEST_CASE("a reply beyond the limits is told without the rest") {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "250-x\r\n";
  const auto replies = read(text + "250 end\r\n", 1000);
  REQUIRE(replies.size() == 1);
  CHECK(replies.front().text.size() == smtp::ReplyLimits{}.lines);
  CHECK(replies.front().has(ReplyFlaw::over_limit));
}

TEST_CASE("another reply begins before the last line of one") {
  smtp::LineReader lines(1000);
  smtp::ReplyReader reader;
  CHECK_FALSE(reader.take(*lines.take(all_of("220-x\r\n")).line));
  const auto reply = reader.take(*lines.take(all_of("250 ok\r\n")).line,
                                 smtp::ReplyReader::OtherCode::another_reply);
  const auto unfinished = reader.take_unfinished();
  REQUIRE(reply);
  REQUIRE(unfinished);
  CHECK(reply->code == 250);
  CHECK(unfinished->code == 220);
  CHECK(unfinished->flaws == std::vector{ReplyFlaw::unfinished});
}

TEST_CASE("enhanced codes") {
  CHECK(smtp::parse_enhanced("5.1.1 no such user") == smtp::EnhancedCode{5, 1, 1});
  CHECK(smtp::parse_enhanced("4.7.650") == smtp::EnhancedCode{4, 7, 650});
  for (const char* text : {"", "5.1", "3.1.1 x", "5.1.1x", "5.1.1234 x", "5..1 x", "192.0.2.1 x"}) {
    CHECK_FALSE(smtp::parse_enhanced(text));
  }
}
