#include "dissectors/smtp/digest.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace smtpscope;
using smtp::DigestReader;

namespace {

std::string digest_of(std::string_view sent, DigestReader::Dots dots, std::size_t cut) {
  DigestReader reader(dots);
  while (!sent.empty()) {
    // Of its own, so that nothing behind it can be read.
    const std::string piece(sent.substr(0, cut));
    reader.take(as_bytes(piece));
    sent.remove_prefix(piece.size());
  }
  return reader.finish().value_or("none");
}

}  // namespace

// The right ones are what `printf ... | sha256sum` says.
TEST_CASE("the digest of a message is that of the file it becomes") {
  struct Row {
    const char* name;
    DigestReader::Dots dots;
    std::string_view sent, digest;
  };
  using enum DigestReader::Dots;
  const auto row = GENERATE(values<Row>({
      {"empty", doubled, ".\r\n",
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      // "Hello\r\n"
      {"a line", doubled, "Hello\r\n.\r\n",
       "05ade08fcfb104f40b2536a14dfcd6e916d643f5cf8044b19028b607ae8f4908"},
      // "a\r\n.b\r\n.\r\n..c\r\n"
      {"stuffed dots", doubled, "a\r\n..b\r\n..\r\n...c\r\n.\r\n",
       "8449cd4d9773da6e9653dcef22099fb34dc5d56edf68af08d987b15c7c830bdb"},
      {"the same in chunks", as_they_are, "a\r\n.b\r\n.\r\n..c\r\n",
       "8449cd4d9773da6e9653dcef22099fb34dc5d56edf68af08d987b15c7c830bdb"},
      // "a\r\rb\n.c\r\n"
      {"a dot that was not doubled, bare CR and LF", doubled, "a\r\rb\n.c\r\n.\r\n",
       "c24ee8667e06276a39f9dd05a81835f430b4f417db0a00cc773d948f8ee85209"},
      // "\r\rx\r\n": a dot goes, the CRs behind it stay
      {"dot CR CR", doubled, ".\r\rx\r\n.\r\n",
       "d09d41749f8161df2b7c68dc3f56ceca9106abecf2cb2e32423c9d9a04f8aea6"},
  }));
  DYNAMIC_SECTION(row.name) {
    for (std::size_t cut = 1; cut <= row.sent.size(); ++cut)
      CHECK(digest_of(row.sent, row.dots, cut) == row.digest);
  }
}

TEST_CASE("a message with a hole has no digest") {
  DigestReader reader(DigestReader::Dots::doubled);
  reader.take(as_bytes("Hello\r\n"));
  reader.give_up();
  reader.take(as_bytes(".\r\n"));
  CHECK_FALSE(reader.finish());
}
