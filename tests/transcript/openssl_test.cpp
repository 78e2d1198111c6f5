#include "tests/support/catch.hpp"
#include "tests/transcript/pieces_row.hpp"

using namespace smtpscope;
using session::FailureKind;
using test::PiecesRow;
using test::read;
using test::require_pieces;

namespace {

const std::string opened =
    "CONNECTED(00000003)\ndepth=0 CN = mx.example.com\nverify error:num=18:self-signed "
    "certificate\nverify return:1\n---\n"
    "Server certificate\n-----BEGIN CERTIFICATE-----\nMIIDLjCCAhagAwIBAgIUO6Fx\n-----END "
    "CERTIFICATE-----\n"
    "subject=CN = mx.example.com\nissuer=CN = Example CA\n---\nSSL handshake has read 1616 bytes "
    "and written 435 bytes\n---\n"
    "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\nVerify return code: 18 (self-signed "
    "certificate)\n---\n";
const std::string ticket =
    "---\nPost-Handshake New Session Ticket arrived:\nSSL-Session:\n    Protocol  : TLSv1.3\n    "
    "0000 - 15 91 9e fc\n\n"
    "    Verify return code: 18\n---\nread R BLOCK\n";

}  // namespace

TEST_CASE("openssl: what is typed, what the server says, and what is openssl's own") {
  const auto row = GENERATE(values<PiecesRow>({
      {"the end of its own EHLO's answer came in clear", opened + "250 CHUNKING\nEHLO x\n250 mx\n",
       "S: 250 CHUNKING|C~ EHLO x|S~ 250 mx|"},
      {"a ticket in between", opened + "250 CHUNKING\n" + ticket + "EHLO x\n250 mx\n",
       "S: 250 CHUNKING|C~ EHLO x|S~ 250 mx|"},
      {"a terminal's log", opened + "250 CHUNKING\r\r\nEHLO x\r\n250 mx\r\r\n",
       "S: 250 CHUNKING|C~ EHLO x|S~ 250 mx|"},
      {"TLS from the first octet", opened + "220 mx\nEHLO x\n", "S~ 220 mx|C~ EHLO x|"},
      {"-quiet", "depth=0 CN = mx\nverify return:1\n250 CHUNKING\nEHLO x\n250 mx\n",
       "S: 250 CHUNKING|C~ EHLO x|S~ 250 mx|"},
      {"a message with lines like replies",
       opened + "250 X\nDATA\n354 go\n250 is a number\n.\n250 ok\n",
       "S: 250 X|C~ DATA|S~ 354 go|C~ 250 is a number|C~ .|S~ 250 ok|"},
      {"what was wiped out while typing", opened + "250 X\nEHLX\b \bO x\n250 mx\n",
       "S: 250 X|C~ EHLO x|S~ 250 mx|"},
      {"QUIT ends openssl, and is not sent", opened + "250 X\nQUIT\nDONE\nexit\n", "S: 250 X|"},
      {"RCPT asks openssl for a new handshake",
       opened + "250 X\nMAIL FROM:<>\n250 ok\nRCPT TO:<bob@example.com>\nRENEGOTIATING\n",
       "S: 250 X|C~ MAIL FROM:<>|S~ 250 ok|"},
      {"replies alone", opened + "250 X\n250 2.1.0 Ok\n550 5.1.1 no\nDONE\n",
       "S: 250 X|S~ 250 2.1.0 Ok|S~ 550 5.1.1 no|"},
  }));
  require_pieces(row, read(row.text));
}

TEST_CASE("openssl: what it says about TLS") {
  const auto sessions = read(opened + "250 CHUNKING\nEHLO x\n250 mx\nclosed\n");
  REQUIRE(sessions.size() == 1);
  const transcript::Transcript& told = sessions.front();
  REQUIRE(told.tls);
  CHECK(told.tls->mode == smtp::TlsFacts::Mode::starttls);
  CHECK(told.tls->facts.version == "TLSv1.3");
  CHECK(told.tls->facts.cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(told.tls->facts.subject == "CN = mx.example.com");
  CHECK(told.tls->facts.issuer == "CN = Example CA");
  REQUIRE(told.ending);
  CHECK(told.ending->by == Side::server);
}

TEST_CASE("openssl: its failures") {
  struct Row {
    const char* name;
    std::string text;
    std::optional<FailureKind> kind;
  };
  const auto row = GENERATE(values<Row>({
      {"refused",
       "40B7247B037F0000:error:8000006F:system library:BIO_connect:Connection "
       "refused:../crypto/bio/bio_sock2.c:117:calling connect()\n"
       "40B7247B037F0000:error:10000067:BIO routines:BIO_connect:connect "
       "error:../crypto/bio/bio_sock2.c:119:\nconnect:errno=111\n",
       FailureKind::refused},
      {"no such host",
       "40B7:error:2008F002:BIO routines:BIO_lookup_ex:system "
       "lib:../crypto/bio/bio_addr.c:758:Name or service not known\nconnect:errno=22\n",
       FailureKind::host_unknown},
      {"handshake",
       "CONNECTED(00000003)\n40B7:error:0A000102:SSL "
       "routines:ssl_choose_client_version:unsupported protocol:../ssl/statem/statem_lib.c:1987:\n",
       FailureKind::tls},
      {"none", opened + "250 X\nEHLO x\n250 mx\n", std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto sessions = read(row.text);
    REQUIRE(sessions.size() == 1);
    const auto& failure = sessions.front().failure;
    CHECK(failure.has_value() == row.kind.has_value());
    if (failure && row.kind) CHECK(failure->kind == *row.kind);
  }
}
