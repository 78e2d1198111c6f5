// The scanner of messages: its end, what it counts, and what it finds, in any cuts.
#include "dissectors/smtp/message.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/every_cut.hpp"

#include <fmt/format.h>

#include <random>
#include <string>
#include <string_view>

using namespace smtpscope;
using namespace std::string_view_literals;
using smtp::Message;
using smtp::MessageReader;

namespace {

std::string place_of(const Boxed<smtp::MessageSpot>& spot) {
  return spot ? '@' + std::to_string(spot->offset) : std::string();
}

void add(std::string& words, std::string_view name, std::uint64_t count,
         const Boxed<smtp::MessageSpot>& first) {
  if (count > 0) words += fmt::format(" {}={}{}", name, count, place_of(first));
}

// "12 longest=7@5 lf=2@4": octets as stored, then what is not as it should be.
std::string facts_of(const Message& message) {
  const smtp::TextFacts& text = message.text;
  std::string words = std::to_string(message.octets);
  if (message.missing > 0) words += fmt::format(" missing={}", message.missing);
  words += fmt::format(" longest={}@{}", text.longest_line, text.longest_at.offset);
  if (text.long_lines > 0) words += fmt::format(" long={}", text.long_lines);
  add(words, "cr", text.bare_cr, text.first_bare_cr);
  add(words, "lf", text.bare_lf, text.first_bare_lf);
  add(words, "nul", text.nul, text.first_nul);
  add(words, "dots", text.undoubled_dots, text.first_undoubled_dot);
  if (text.first_8bit) words += " 8bit" + place_of(text.first_8bit);
  for (const smtp::OddEnd& end : message.odd_ends) {
    words += fmt::format(" {}.{}@{}:{}", name_of(end.before), name_of(end.behind), end.dot.offset,
                         end.command);
  }
  if (!message.complete) words += " open";
  return words;
}

std::string facts_in_any_cuts(std::string_view text,
                              MessageReader::Framing framing = MessageReader::Framing::dot) {
  return test::every_cut(text, [&](const test::Pieces& pieces) {
    MessageReader reader(framing);
    std::size_t used = 0;
    for (const Octets& piece : pieces) used += reader.ended() ? 0 : reader.take(piece);
    return facts_of(reader.message()) +
           (used < text.size() ? fmt::format(" rest={}", text.size() - used) : "");
  });
}

struct Row {
  const char* name;
  std::string_view text;
  std::string_view facts;
};

}  // namespace

TEST_CASE("what a message's text is like, in any cuts") {
  const auto row = GENERATE(values<Row>({
      {"lines", "one\r\ntwo, three\r\n.\r\n"sv, "17 longest=12@5"},
      {"nothing but the end", ".\r\n"sv, "0 longest=0@0"},
      {"what follows the end is not its own", "a\r\n.\r\nQUIT\r\n"sv, "3 longest=3@0 rest=6"},
      {"never ended", "a\r\nbcd"sv, "6 longest=3@0 open"},
      {"never ended behind a CR", "a\r\nbcd\r"sv, "7 longest=4@3 open"},
      {"stuffed dots are not stored, and not counted", "..\r\n..a\r\n.\r\n"sv, "7 longest=4@4"},
      {"bare LF", "a\nb\r\nc\n\n.\r\nd\r\n.\r\n"sv, "14 longest=3@2 lf=3@1"},
      {"bare CR", "a\rb\r\n\r\rc\r\n.\r\n"sv, "10 longest=5@0 cr=3@1"},
      {"a CR before CR LF", "a\r\r\n.\r\n"sv, "4 longest=4@0 cr=1@1"},
      {"NUL", "a\0b\r\n\0\0\r\n.\r\n"sv, "9 longest=5@0 nul=3@1"},
      {"octets above 127", "abc\r\n\xC3\xA9\r\n.\r\n"sv, "9 longest=5@0 8bit@5"},
      {"a dot that was not doubled", "a\r\n.b\r\n.cc\r\n.\r\n"sv, "10 longest=4@7 dots=2@3"},
      {"a dot behind a bare LF is text", "a\n.b\r\n.\r\n"sv, "6 longest=4@2 lf=1@1"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(facts_in_any_cuts(row.text) == row.facts); }
}

TEST_CASE("lines above the limit") {
  const std::string fits = std::string(998, 'x') + "\r\n";
  const std::string above = std::string(999, 'x') + "\r\n";
  const auto facts = [](const std::string& text) {
    MessageReader reader(MessageReader::Framing::dot);
    for (std::size_t at = 0; at < text.size(); at += 7) {
      (void)reader.take({at, as_bytes(std::string_view(text).substr(at, 7)), {}, std::nullopt});
    }
    return facts_of(reader.message());
  };
  CHECK(facts(fits + ".\r\n") == "1000 longest=1000@0");
  CHECK(facts(fits + above + above + ".\r\n") == "3002 longest=1001@1000 long=2");
  CHECK(facts("." + std::string(1000, '.') + "\r\n.\r\n") == "1002 longest=1002@0 long=1");
  CHECK(facts("." + std::string(998, '.') + "\r\n.\r\n") == "1000 longest=1000@0");
}

TEST_CASE("BDAT: nothing ends it, and a lone dot is text") {
  const auto row = GENERATE(values<Row>({
      {"dots", "a\r\n.\r\n..\r\n.x\n.\n"sv, "15 longest=4@6 lf=2@12 open"},
      {"octets of all kinds", "a\0\r\xff"sv, "4 longest=4@0 cr=1@2 nul=1@1 8bit@3 open"},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(facts_in_any_cuts(row.text, MessageReader::Framing::chunks) == row.facts);
  }
}

TEST_CASE("ends that are none, and what follows them") {
  const auto row = GENERATE(values<Row>({
      {"LF.LF", "a\n.\nRSET\r\n.\r\n"sv, "10 longest=6@4 lf=2@1 LF.LF@2:RSET"},
      {"LF.CRLF", "a\n.\r\nRSET\r\n.\r\n"sv, "11 longest=6@5 lf=1@1 LF.CRLF@2:RSET"},
      {"LF.CR", "a\n.\rRSET\r\n.\r\n"sv, "10 longest=8@2 cr=1@3 lf=1@1 LF.CR@2:RSET"},
      {"CR.LF", "a\r.\nRSET\r\n.\r\n"sv, "10 longest=6@4 cr=1@1 lf=1@3 CR.LF@2:RSET"},
      {"CR.CR", "a\r.\rRSET\r\n.\r\n"sv, "10 longest=10@0 cr=2@1 CR.CR@2:RSET"},
      {"CR.CRLF", "a\r.\r\nRSET\r\n.\r\n"sv, "11 longest=6@5 cr=1@1 CR.CRLF@2:RSET"},
      {"CRLF.LF", "a\r\n.\nRSET\r\n.\r\n"sv, "10 longest=6@5 lf=1@4 CRLF.LF@3:RSET"},
      {"CRLF.CR", "a\r\n.\rRSET\r\n.\r\n"sv, "10 longest=7@3 cr=1@4 CRLF.CR@3:RSET"},
      {"CRLF.CRCRLF", "a\r\n.\r\r\nRSET\r\n.\r\n"sv, "12 longest=6@7 cr=1@4 CRLF.CRCRLF@3:RSET"},
      {"CRCRLF.CRCRLF", "a\r\r\n.\r\r\nRSET\r\n.\r\n"sv,
       "13 longest=6@8 cr=2@1 CRCRLF.CRCRLF@4:RSET"},
      {"CRLF NUL.CRLF", "a\r\n\0.\r\nRSET\r\n.\r\n"sv,
       "13 longest=6@7 nul=1@3 CRLF NUL.CRLF@4:RSET"},
      {"text follows", "a\n.\nhello\r\n.\r\n"sv, "11 longest=7@4 lf=2@1"},
      {"nothing follows", "a\n.\n.\r\n.\r\n"sv, "7 longest=3@4 lf=2@1"},
      {"two of them", "a\n.\nRSET\n.\r\nQUIT\r\n.\r\n"sv,
       "18 longest=6@12 lf=3@1 LF.LF@2:RSET LF.CRLF@9:QUIT"},
      {"a lone dot behind text is none", "a.\nRSET\r\n.\r\n"sv, "9 longest=6@3 lf=1@2"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(facts_in_any_cuts(row.text) == row.facts); }
}

TEST_CASE("texts at random, longer than any vector: cuts change nothing") {
  std::mt19937 random(20260102);
  const auto upto = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random);
  };
  constexpr std::string_view parts[] = {"\r\n",     "\r\n",     "\r\n",     "\n",       "\r",
                                        ".",        "\r\n.",    "\r\n..",   "\n.\n",    "\0"sv,
                                        "\r\n\0"sv, "\xC3\xA9", "RSET\r\n", "\r\n.\r\n"};
  for (unsigned round = 0; round < 400; ++round) {
    const auto framing =
        round % 4 == 0 ? MessageReader::Framing::chunks : MessageReader::Framing::dot;
    std::string text;
    const std::size_t kinds = 2 + upto(std::size(parts) - 3);
    for (std::size_t n = upto(14); n > 0; --n) {
      text.append(upto(1) * upto(upto(15) == 0 ? 1100 : 100), 'x').append(parts[upto(kinds)]);
    }
    const auto facts_in = [&](const test::Cuts& cuts) {
      MessageReader reader(framing);
      for (const Octets& piece : test::Pieces(text, cuts)) {
        if (!reader.ended()) (void)reader.take(piece);
      }
      return facts_of(reader.message());
    };
    const std::string whole = facts_in({});
    INFO(Catch::StringMaker<std::string>::convert(text));
    test::Cuts cuts, everywhere;
    for (std::size_t at = 1; at < text.size(); ++at) {
      everywhere.push_back(at);
      if (upto(70) == 0) cuts.push_back(at);
    }
    REQUIRE(facts_in(cuts) == whole);
    REQUIRE(facts_in(everywhere) == whole);
  }
}

TEST_CASE("a gap hides where lines begin and end") {
  MessageReader reader(MessageReader::Framing::dot);
  (void)reader.take({0, as_bytes("a\r\nbb\r"sv), {}, std::nullopt});
  reader.gap({6, 100, GapCause::acknowledged, {}});
  (void)reader.take({106, as_bytes("\nccc\r\n.\r\n"sv), {}, std::nullopt});
  CHECK(reader.ended());
  CHECK(facts_of(reader.message()) == "12 missing=100 longest=5@107");
}

TEST_CASE("behind a gap only the first octet may follow a CR") {
  MessageReader reader(MessageReader::Framing::dot);
  (void)reader.take({0, as_bytes("a\r\n"sv), {}, std::nullopt});
  reader.gap({3, 100, GapCause::acknowledged, {}});
  (void)reader.take({103, as_bytes("b\n.\n\nc\r\n.\r\n"sv), {}, std::nullopt});
  CHECK(facts_of(reader.message()) == "11 missing=100 longest=3@0 lf=3@104");
}

TEST_CASE("much behind a lone dot: what is kept has a limit, and is found again behind it") {
  MessageReader reader(MessageReader::Framing::dot);
  std::string text = "a\n.\n" + std::string(100'000, 'x') + "\r\n\n.\nQUIT\r\n.\r\n";
  (void)reader.take({0, as_bytes(std::string_view(text)), {}, std::nullopt});
  CHECK(reader.ended());
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "\n.\n";
  MessageReader flooded(MessageReader::Framing::dot);
  (void)flooded.take({0, as_bytes(std::string_view(many)), {}, std::nullopt});
  CHECK(flooded.message().text.bare_lf == 200'000);
}

TEST_CASE("header fields, unfolded") {
  const std::string_view text =
      "Received: from a\r\n\tby b\r\nreceived: from c\r\nFrom: Alice <alice@example.org>\r\nTO: bob@example.com\r\n"
      "Subject: one\r\n two\r\nSubject: again\r\nMessage-Id: <1@example.org>\r\nDate: Fri, 2 Jan 2026 03:04:05 +0000\r\n"
      "Content-Type: text/plain\r\n\r\nSubject: of the body\r\nReceived: none\r\n.\r\n";
  const std::string fields = test::every_cut(text, [](const test::Pieces& pieces) {
    MessageReader reader(MessageReader::Framing::dot);
    for (const Octets& piece : pieces) (void)reader.take(piece);
    const smtp::HeaderFields& header = reader.message().header;
    return fmt::format("{}|{}|{}|{}|{}|{}|{}", header.received, header.from.value_or("-"),
                       header.to.value_or("-"), header.subject.value_or("-"),
                       header.message_id.value_or("-"), header.date.value_or("-"),
                       header.content_type.value_or("-"));
  });
  CHECK(
      fields ==
      "2|Alice <alice@example.org>|bob@example.com|one two|1@example.org|Fri, 2 Jan 2026 03:04:05 +0000|text/plain");
}

TEST_CASE("of what may be a bounce the body is kept, with the fields that say how to read it") {
  struct Row {
    const char* name;
    std::string header, body;
    bool is_kept;
  };
  const std::string qmail = "Hi. This is the qmail-send program at mx.example.net.\r\n";
  for (const Row& row : std::vector<Row>{
           {"a report", "Content-Type: Multipart/Report;\r\n boundary=b\r\n", "--b\r\n", true},
           {"qmail's", "Subject: failure notice\r\n", qmail, true},
           {"qmail's behind empty lines", "Content-Type: text/plain\r\n", "\r\n\r\n" + qmail, true},
           {"a text", "Content-Type: text/plain\r\n", "Hi. This is me.\r\n", false},
           {"a short text", "", "Hi\r\n", false},
           {"HTML that begins so", "Content-Type: text/html\r\n", qmail, false},
           {"parts of another kind", "Content-Type: multipart/mixed; boundary=b\r\n", "--b\r\n",
            false},
       }) {
    INFO(row.name);
    const std::string text = row.header + "\r\n" + row.body + ".\r\n";
    const std::string kept = test::every_cut(text, [](const test::Pieces& pieces) {
      MessageReader reader(MessageReader::Framing::dot);
      for (const Octets& piece : pieces) (void)reader.take(piece);
      return reader.message().report;
    });
    CHECK(kept.ends_with("\r\n" + row.body + ".\r\n") == row.is_kept);
    CHECK(kept.empty() == !row.is_kept);
    CHECK(kept.starts_with("Content-Type") ==
          (row.is_kept && row.header.starts_with("Content-Type")));
  }
}

TEST_CASE("a bounce is kept up to a limit, as far as it goes, or not at all") {
  const std::string head = "Content-Type: multipart/report; boundary=b\r\n\r\n";
  const std::string more(100'000, 'x');
  MessageReader reader(MessageReader::Framing::dot);
  (void)reader.take({0, as_bytes(head), {1, {}}, std::nullopt});
  (void)reader.take({head.size(), as_bytes(more), {2, {}}, std::nullopt});
  CHECK(reader.held_octets() == 64 * 1024);
  SECTION("a hole ends it") {
    reader.gap({head.size() + more.size(), 10, GapCause::acknowledged, {3, {}}});
    CHECK(reader.message().report.size() == 64 * 1024);
    CHECK(reader.held_octets() == 0);
  }
  SECTION("memory is needed elsewhere") {
    reader.give_up_held();
    CHECK(reader.held_octets() == 0);
    reader.finish();
    CHECK(reader.message().report.empty());
  }
}
