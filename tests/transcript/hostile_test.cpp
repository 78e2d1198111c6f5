// Any octets are a legal transcript: nothing crashes, grows without a bound, or comes out
// unescaped.
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "tests/support/catch.hpp"
#include "tests/transcript/told.hpp"

#include <algorithm>
#include <string>

using namespace smtpscope;
using transcript::Tool;
using namespace std::string_literals;

namespace {

constexpr Tool all_tools[] = {Tool::swaks, Tool::curl, Tool::smtplib, Tool::openssl};

std::string shown(const transcript::Transcript& transcript) {
  const test::Explained told = test::explained(transcript);
  std::string out;
  render::TextOptions options;
  options.level = render::Level::full;
  render::render_session(out, told.session, told.findings, told.verdict, options);
  render::write_json(out, told.session, told.findings, told.verdict, {});
  return out;
}

bool is_clean(const std::string& text) {
  return std::ranges::none_of(text, [](char c) {
    return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == '\x7f');
  });
}

}  // namespace

TEST_CASE("octets that are no text") {
  const std::string hostile[] = {
      std::string("\0\0\0\0", 4),
      "<-  220 mx\0\x1b[2J\xff\xfe\n -> EHLO \x1b]0;x\x07\xe2\x80\xae\n<-  250 "
      "\x80\x81\n*** Remote host closed connection\x1b[31m\n"s,
      "=== Trying \x1b[2J:99999999999999999999...\n=== TLS started with cipher \x1b:\x07:\n=== TLS "
      "peer DN=\"\x1b[31m\"\n ~> QUIT\n",
      "* Connected to \x1b[2J (\x07) port 0 (\n< 354 \n* SSL connection using \x1b / \x07\n*  "
      "subject: \x1b\ncurl: (56) \x1b\n",
      "connect: ('\x1b', 25)\nsend: '\\x1b[2J\\x00\\r\\n'\nreply: b'220 "
      "\\xff\\x1b\\r\\n'\nTraceback \nssl.E: \x1b[2J\n",
      "CONNECTED(\nNew, \x1b, Cipher is \x07\n250 \x1b\n\x08\x08\x08\nclosed\n",
      std::string(100'000, '\r') + "\n" + std::string(100'000, '-') + "--:--:--\r",
  };
  for (const std::string& text : hostile) {
    for (const Tool tool : all_tools) {
      for (const auto& each : transcript::read(tool, text)) CHECK(is_clean(shown(each)));
    }
  }
}

TEST_CASE("one huge line") {
  const std::string line = "<-  220 " + std::string(4'000'000, 'x') + "\n -> QUIT\n<-  221 bye\n";
  const auto sessions = transcript::read(Tool::swaks, line);
  REQUIRE(sessions.size() == 1);
  CHECK(shown(sessions.front()).size() < 2'000'000);
}

TEST_CASE("limits are told") {
  std::string many;
  for (int i = 0; i < 20; ++i) many += "=== Trying mx.example.com:25...\n<-  220 mx\n";
  SECTION("sessions") {
    const auto sessions = transcript::read(Tool::swaks, many, {.sessions = 3});
    REQUIRE(sessions.size() == 3);
    CHECK(sessions.back().cut_short);
    CHECK_FALSE(sessions.front().cut_short);
    CHECK(test::finding_names(test::explained(sessions.back())).find("capture.limit") !=
          std::string::npos);
  }
  SECTION("lines of the dialogue") {
    const auto sessions = transcript::read(Tool::swaks, many, {.pieces = 5});
    std::size_t pieces = 0;
    for (const auto& each : sessions) pieces += each.pieces.size();
    CHECK(pieces == 5);
    CHECK(sessions.back().cut_short);
  }
  SECTION("words") {
    const auto sessions =
        transcript::read(Tool::swaks, "*** Connection refused " + std::string(10'000, 'x') + "\n");
    REQUIRE(sessions.size() == 1);
    CHECK(sessions.front().failure->words.size() == transcript::ReadLimits{}.words_octets);
  }
}

TEST_CASE("without a line of the tool there is no session") {
  for (const Tool tool : all_tools) CHECK(transcript::read(tool, "hello\nworld\n").empty());
}
