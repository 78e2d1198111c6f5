#include "tests/support/catch.hpp"
#include "tests/transcript/pieces_row.hpp"

using namespace smtpscope;
using session::FailureKind;
using test::PiecesRow;
using test::read;
using test::require_pieces;

TEST_CASE("curl: signs tell who spoke, and TLS is told of") {
  const auto row = GENERATE(values<PiecesRow>({
      {"in clear",
       "* Connected to mx.example.com (198.51.100.25) port 25 (#0)\n< 220 mx\r\n> EHLO x\r\n< "
       "250-mx\r\n< 250 SIZE\r\n",
       "S: 220 mx|C: EHLO x|S: 250-mx|S: 250 SIZE|"},
      {"TLS",
       "< 220 go\r\n} [5 bytes data]\n* SSL connection using TLSv1.3 / AES\n{ [5 bytes data]\n> "
       "EHLO x\r\n< 250 mx\r\n",
       "S: 220 go|C~ EHLO x|S~ 250 mx|"},
      {"the message is not shown", "< 354 go\r\n} [301 bytes data]\n< 250 ok\r\n",
       "S: 354 go|C: (not shown)|S: 250 ok|"},
      {"its end is told", "< 354 go\r\n* We are completely uploaded and fine\n< 250 ok\r\n",
       "S: 354 go|C: (not shown)|C: \r\n.|S: 250 ok|"},
      {"... only once, and not behind the reply",
       "< 354 go\r\n< 250 ok\r\n* upload completely sent off: 10 bytes\n",
       "S: 354 go|C: (not shown)|S: 250 ok|"},
      {"the meter stands in front",
       "< 220 mx\r\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     "
       "0> EHLO x\r\n"
       "\r100   100    0     0  100   100      0   3485 --:--:--  0:00:01 --:--:--  3571< 250 "
       "mx\r\n",
       "S: 220 mx|C: EHLO x|S: 250 mx|"},
      {"--trace-time and --trace-ids",
       "20:41:08.123456 [0-0] < 220 mx\r\n20:41:08.123457 [0-0] > QUIT\r\n", "S: 220 mx|C: QUIT|"},
  }));
  require_pieces(row, transcript::read(transcript::Tool::curl, row.text));
}

TEST_CASE("curl: what it says about the connection") {
  const auto sessions = read(
      "*   Trying 198.51.100.25:465...\n* Connected to mx.example.com (198.51.100.25) port 465 "
      "(#0)\n"
      "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / RSASSA-PSS\n* Server "
      "certificate:\n"
      "*  subject: CN=mx.example.com\n*  issuer: CN=Example CA\n< 220 mx\r\n> QUIT\r\n< 221 "
      "bye\r\n* Closing connection 0\n");
  REQUIRE(sessions.size() == 1);
  const transcript::Transcript& told = sessions.front();
  CHECK(told.server_name == "mx.example.com");
  CHECK(net::to_string(told.server) == "198.51.100.25:465");
  REQUIRE(told.tls);
  CHECK(told.tls->mode == smtp::TlsFacts::Mode::implicit);
  CHECK(told.tls->facts.version == "TLSv1.3");
  CHECK(told.tls->facts.cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(told.tls->facts.subject == "CN=mx.example.com");
  CHECK(told.tls->facts.issuer == "CN=Example CA");
  REQUIRE(told.ending);
  CHECK(told.ending->by == Side::client);
}

TEST_CASE("curl: its failures") {
  struct Row {
    const char* name;
    const char* text;
    std::optional<FailureKind> kind;
    const char* words;
  };
  const auto row = GENERATE(values<Row>({
      {"refused",
       "*   Trying 198.51.100.25:25...\n* connect to 198.51.100.25 port 25 failed: Connection "
       "refused\ncurl: (7) Failed to connect to mx.example.com port 25 after 0 ms: Couldn't "
       "connect to server\n",
       FailureKind::refused, "connect to 198.51.100.25 port 25 failed: Connection refused"},
      {"no such host",
       "* Could not resolve host: mx.example.com\ncurl: (6) Could not resolve host: "
       "mx.example.com\n",
       FailureKind::host_unknown, "Could not resolve host: mx.example.com"},
      {"timeout",
       "*   Trying 198.51.100.25:25...\ncurl: (28) Failed to connect to mx.example.com port 25 "
       "after 2000 ms: Timeout was reached\n",
       FailureKind::timed_out,
       "Failed to connect to mx.example.com port 25 after 2000 ms: Timeout was reached"},
      {"certificate",
       "< 220 go\r\n* SSL certificate problem: self-signed certificate\ncurl: (60) SSL certificate "
       "problem: self-signed certificate\n",
       FailureKind::tls, "SSL certificate problem: self-signed certificate"},
      {"handshake", "< 220 go\r\ncurl: (35) error:0A000102:SSL routines::unsupported protocol\n",
       FailureKind::tls, "error:0A000102:SSL routines::unsupported protocol"},
      {"the server has gone",
       "< 354 go\r\n* response reading failed (errno: 104)\n* Closing connection 0\ncurl: (56) "
       "response reading failed (errno: 104)\n",
       FailureKind::closed, "response reading failed (errno: 104)"},
      {"a refusal is none", "< 550 no\r\n* RCPT failed: 550\ncurl: (55) RCPT failed: 550\n",
       std::nullopt, ""},
      {"an address that refuses, and another one",
       "*   Trying 198.51.100.25:25...\n* connect to 198.51.100.25 port 25 failed: Connection "
       "refused\n"
       "*   Trying 198.51.100.26:25...\n* Connected to mx.example.com (198.51.100.26) port 25 "
       "(#0)\n< 220 mx\r\n",
       std::nullopt, ""},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto sessions = transcript::read(transcript::Tool::curl, row.text);
    REQUIRE(sessions.size() == 1);
    const auto& failure = sessions.front().failure;
    CHECK(failure.has_value() == row.kind.has_value());
    if (!failure || !row.kind) return;
    CHECK(failure->kind == *row.kind);
    CHECK(failure->words == row.words);
  }
}
