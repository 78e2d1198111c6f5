#include "tests/support/catch.hpp"
#include "tests/transcript/pieces_row.hpp"

using namespace smtpscope;
using test::PiecesRow;
using test::read;
using test::require_pieces;

TEST_CASE("swaks: marks tell who spoke, and whether inside TLS") {
  const auto row = GENERATE(values<PiecesRow>({
      {"in clear",
       "=== Trying 198.51.100.25:25...\n=== Connected to 198.51.100.25.\n<-  220 mx\n -> QUIT\n<-  "
       "221 bye\n",
       "S: 220 mx|C: QUIT|S: 221 bye|"},
      {"refused", "<-  220 mx\n -> RCPT TO:<bob@example.com>\n<** 550 no\n",
       "S: 220 mx|C: RCPT TO:<bob@example.com>|S: 550 no|"},
      {"what swaks did not want to say", "<-  220 mx\n**> QUIT\n", "S: 220 mx|C: QUIT|"},
      {"TLS",
       "<-  220 mx\n -> STARTTLS\n<-  220 go\n=== TLS started with cipher TLSv1.3:AES:256\n ~> "
       "EHLO x\n<~  250 mx\n*~> QUIT\n<~* 500 no\n",
       "S: 220 mx|C: STARTTLS|S: 220 go|C~ EHLO x|S~ 250 mx|C~ QUIT|S~ 500 no|"},
      {"an empty line of the message, with and without its blank", "<-  354 go\n -> \n ->\n -> .\n",
       "S: 354 go|C: |C: |C: .|"},
      {"CRs that a file or a terminal brought along", "<-  220 mx\r\n -> a line\r\r\n",
       "S: 220 mx|C: a line|"},
      {"lines of others", "<-  220 mx\nhello\n -x\n->\n=== response in 0.1s\n -> QUIT\n",
       "S: 220 mx|C: QUIT|"},
  }));
  require_pieces(row, read(row.text));
}

TEST_CASE("swaks: what it says about the connection") {
  const auto sessions = read(
      "=== Trying mx.example.com:587...\n=== Connected to mx.example.com.\n"
      "=== TLS started with cipher TLSv1.3:TLS_AES_256_GCM_SHA384:256\n=== TLS no local "
      "certificate set\n"
      "=== TLS peer DN=\"/CN=mx.example.com\"\n<~  220 mx\n ~> QUIT\n<~  221 bye\n=== Connection "
      "closed with remote host.\n");
  REQUIRE(sessions.size() == 1);
  const transcript::Transcript& told = sessions.front();
  CHECK(told.server_name == "mx.example.com");
  CHECK(told.server.port == 587);
  CHECK(told.connected == 2);
  REQUIRE(told.tls);
  CHECK(told.tls->mode == smtp::TlsFacts::Mode::implicit);
  CHECK(told.tls->line == 3);
  CHECK(told.tls->facts.version == "TLSv1.3");
  CHECK(told.tls->facts.cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(told.tls->facts.subject == "/CN=mx.example.com");
  REQUIRE(told.ending);
  CHECK(told.ending->by == Side::client);
  CHECK(told.ending->line == 9);
  CHECK_FALSE(told.failure);
}

TEST_CASE("swaks: the certificate as newer versions write it, and an address of IPv6") {
  const auto sessions = read(
      "=== Trying [2001:db8::25]:25...\n=== TLS started with cipher TLSv1.2:X:256\n"
      "=== TLS peer[0]   subject=[/CN=mx.example.com]\n=== TLS peer [0] "
      "subject=[/CN=mx.example.com]\n");
  REQUIRE(sessions.size() == 1);
  CHECK(net::to_string(sessions.front().server) == "[2001:db8::25]:25");
  REQUIRE(sessions.front().tls);
  CHECK(sessions.front().tls->facts.subject == "/CN=mx.example.com");
}

TEST_CASE("swaks: several runs in one file are several sessions") {
  const auto sessions = read(
      "=== Trying mx.example.com:25...\n<-  220 mx\n -> QUIT\n<-  221 bye\n=== Connection closed "
      "with remote host.\n"
      "=== Trying mx.example.com:25...\n*** Error connecting to mx.example.com:25:\n*** "
      "\tIO::Socket::INET: connect: Connection refused\n");
  REQUIRE(sessions.size() == 2);
  CHECK_FALSE(sessions[0].failure);
  CHECK(sessions[1].pieces.empty());
  REQUIRE(sessions[1].failure);
  CHECK(sessions[1].failure->words == "IO::Socket::INET: connect: Connection refused");
  CHECK(sessions[1].failure->line == 8);
  CHECK(sessions[1].first_line == 6);
}
