// Where a message ends, how long it is, and which header fields it has, in any cuts.
#include "dissectors/smtp/message.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

using namespace smtpscope;
using smtp::MessageReader;

namespace {

constexpr std::size_t whole = static_cast<std::size_t>(-1);

// Takes what belongs to the message, in pieces of `piece` octets; returns how many octets that
// were.
std::size_t read(MessageReader& reader, std::string_view text, std::size_t piece) {
  std::size_t used = 0;
  std::uint64_t frame = 0;
  while (used < text.size() && !reader.ended()) {
    const std::string_view part = text.substr(used, piece);
    used += reader.take({used, as_bytes(part), {++frame, {}}, std::nullopt});
  }
  return used;
}

}  // namespace

TEST_CASE("the end of a message, and its octets without doubled dots") {
  struct Row {
    const char* name;
    std::string_view text;
    std::size_t used;  // npos: it does not end
    std::uint64_t octets;
  };
  constexpr std::size_t npos = std::string_view::npos;
  const auto row = GENERATE(values<Row>({
      {"nothing but the dot", ".\r\nQUIT\r\n", 3, 0},
      {"a line", "text\r\n.\r\nQUIT\r\n", 9, 6},
      {"a doubled dot", "..\r\n.\r\n", 7, 3},
      {"a dot that was not doubled", ".x\r\n.\r\n", 7, 3},
      {"CR CR LF before it", "text\r\r\n.\r\n", 10, 7},
      {"a lone CR", "te\rxt\r\n.\r\n", 10, 7},
      {"a CR behind the dot that no LF follows", ".\rx\r\n.\r\n", 8, 4},
      {"a dot between LF and LF", "text\n.\nx\r\n.\r\n", 13, 10},
      {"a dot between LF and CR LF", "text\n.\r\nx\r\n.\r\n", 14, 11},
      {"a dot between CR LF and LF", "text\r\n.\nx\r\n.\r\n", 14, 10},
      {"no end", "text\r\n.\r", npos, 8},
  }));
  DYNAMIC_SECTION(row.name) {
    for (const std::size_t piece : {whole, std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
      INFO("pieces of " << piece);
      MessageReader reader(MessageReader::Framing::dot);
      CHECK(read(reader, row.text, piece) == std::min(row.used, row.text.size()));
      CHECK(reader.ended() == (row.used != npos));
      if (reader.ended()) CHECK(reader.message().octets == row.octets);
    }
  }
}

TEST_CASE("chunks have no end of their own, and no dots to take away") {
  MessageReader reader(MessageReader::Framing::chunks);
  CHECK(read(reader, "Subject: x\r\n\r\n..\r\n.\r\n", 4) == 21);
  CHECK_FALSE(reader.ended());
  CHECK(reader.message().octets == 21);
  CHECK(reader.message().header.subject == "x");
  CHECK(reader.take({21, {}, {99, {}}, std::nullopt}) == 0);
  CHECK(reader.message().last.frame != 99);
}

TEST_CASE("header fields") {
  struct Row {
    const char* name;
    std::string text;
    std::optional<std::string> subject, message_id;
  };
  const auto row = GENERATE(values<Row>({
      {"both", "Subject: one\r\nMessage-ID: <1@example.net>\r\n\r\n.\r\n", "one", "1@example.net"},
      {"in any case, with blanks", "SUBJECT:  one \r\nmessage-id:<1@example.net>\r\n\r\n.\r\n",
       "one", "1@example.net"},
      {"folded", "Subject: one\r\n two\r\n\tthree\r\n\r\n.\r\n", "one two\tthree", std::nullopt},
      {"the first one counts", "Subject: one\r\nSubject: two\r\n\r\n.\r\n", "one", std::nullopt},
      {"without brackets", "Message-ID: 1@example.net\r\n\r\n.\r\n", std::nullopt, "1@example.net"},
      {"with one bracket", "Message-ID: <1@example.net\r\n\r\n.\r\n", std::nullopt,
       "<1@example.net"},
      {"brackets and nothing", "Message-ID: <>\r\n\r\n.\r\n", std::nullopt, "<>"},
      {"lines that end in LF", "Subject: one\nMessage-ID: <1@example.net>\n\n.\r\n.\r\n", "one",
       "1@example.net"},
      {"in the text", "From: x\r\n\r\nSubject: one\r\n.\r\n", std::nullopt, std::nullopt},
      {"no header at all", "\r\nSubject: one\r\n.\r\n", std::nullopt, std::nullopt},
      {"longer than is kept",
       "Subject: " + std::string(3000, 'x') + "\r\nMessage-ID: <1>\r\n\r\n.\r\n",
       std::string(1991, 'x'), "1"},
  }));
  DYNAMIC_SECTION(row.name) {
    for (const std::size_t piece : {whole, std::size_t{1}, std::size_t{7}}) {
      INFO("pieces of " << piece);
      MessageReader reader(MessageReader::Framing::dot);
      (void)read(reader, row.text, piece);
      CHECK(reader.message().header.subject == row.subject);
      CHECK(reader.message().header.message_id == row.message_id);
    }
  }
}

TEST_CASE("behind what a header may have, no field is looked for") {
  std::string text = "From: x\r\n";
  while (text.size() < std::size_t{300} * 1024)
    text += "X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";
  MessageReader reader(MessageReader::Framing::dot);
  (void)read(reader, text + "Subject: one\r\n\r\n.\r\n", 1460);
  CHECK(reader.ended());
  CHECK_FALSE(reader.message().header.subject);
}

TEST_CASE("a gap: what is missing is counted, and where a field begins is not known any more") {
  MessageReader reader(MessageReader::Framing::dot);
  (void)read(reader, "text\n.\nMessage-ID: <1", whole);
  CHECK(reader.loose_end() != nullptr);
  reader.gap({21, 100, GapCause::acknowledged, {}});
  CHECK(reader.message().last.frame == 1);
  reader.gap({121, 10, GapCause::acknowledged, {5, {}}});
  CHECK(reader.message().last.frame == 5);
  CHECK(reader.loose_end() == nullptr);
  (void)read(reader, ".\r\n\r\nSubject: one\r\n.\r\n", whole);
  CHECK(reader.ended());
  CHECK(reader.message().missing == 110);
  CHECK_FALSE(reader.message().header.message_id);
  CHECK_FALSE(reader.message().header.subject);
  reader.gap({200, 1, GapCause::acknowledged, {6, {}}});
  CHECK(reader.ended());
}

TEST_CASE("behind a lone dot that may be the end, so much is kept and no more") {
  MessageReader reader(MessageReader::Framing::dot);
  (void)read(reader, "text\n.\nRSET\r\n", 2);
  REQUIRE(reader.loose_end() != nullptr);
  CHECK(reader.behind(*reader.loose_end()) == "RSET\r\n");
  CHECK(reader.loose_end()->octets == 5);
  (void)read(reader, std::string(70'000, 'x'), 100);
  CHECK(reader.loose_end() == nullptr);
}
