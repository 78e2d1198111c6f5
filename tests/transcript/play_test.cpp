#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "tests/support/catch.hpp"
#include "tests/transcript/told.hpp"

#include <string>

using namespace smtpscope;
using delivery::Outcome;
using test::explained;
using test::Explained;
using test::finding_names;
using test::read;

namespace {

const std::string connected =
    "=== Trying mx.example.com:25...\n=== Connected to mx.example.com.\n<-  220 mx.example.com "
    "ESMTP\n";
const std::string secured =
    connected +
    " -> EHLO client.example.net\n<-  250-mx.example.com\n<-  250 STARTTLS\n -> STARTTLS\n"
    "<-  220 2.0.0 go ahead\n=== TLS started with cipher TLSv1.3:TLS_AES_256_GCM_SHA384:256\n";
const std::string in_tls =
    secured + " ~> EHLO client.example.net\n<~  250-mx.example.com\n<~  250 AUTH PLAIN LOGIN\n";
const std::string mail =
    " ~> MAIL FROM:<alice@example.net>\n<~  250 2.1.0 Ok\n ~> RCPT TO:<bob@example.com>\n";
const std::string end = " ~> QUIT\n<~  221 2.0.0 Bye\n=== Connection closed with remote host.\n";

Explained told(const std::string& text) {
  const auto sessions = read(text);
  REQUIRE(sessions.size() == 1);
  return explained(sessions.front());
}

std::string json_of(const Explained& told) {
  std::string json;
  render::write_json(json, told.session, told.findings, told.verdict, {});
  return json;
}

std::string text_of(const Explained& told, render::Level level = render::Level::full) {
  std::string text;
  render::TextOptions options;
  options.level = level;
  render::render_session(text, told.session, told.findings, told.verdict, options);
  return text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what was said inside TLS is told, and marked as such") {
  const Explained session =
      told(in_tls + mail +
           "<~  250 2.1.5 Ok\n ~> DATA\n<~  354 go\n ~> Subject: x\n ~> \n ~> hello\n ~> .\n"
           "<~  250 2.0.0 Ok: queued as 1A2B3C\n" +
           end);
  CHECK(finding_names(session).empty());
  CHECK(session.verdict.outcome == Outcome::delivered);
  CHECK(session.verdict.certain);
  REQUIRE(session.session.tls);
  CHECK(session.session.tls->decrypted);
  CHECK_FALSE(session.session.tls->stayed_clear);
  REQUIRE(session.session.exchanges.size() == 9);
  for (std::size_t i = 0; i < session.session.exchanges.size(); ++i)
    CHECK(session.session.exchanges[i].encrypted == (i > 2));
  REQUIRE(session.session.transactions.size() == 1);
  CHECK(session.session.transactions[0].queued_as == "1A2B3C");
  CHECK(session.session.transactions[0].message->octets == 21);
}

TEST_CASE("a login inside TLS is no login in clear, and its secrets are masked") {
  const std::string login = " ~> AUTH PLAIN AGFsaWNlAHNlY3JldA==\n<~* 535 5.7.8 no\n";
  const Explained inside = told(in_tls + login + end);
  CHECK(finding_names(inside) == "security.auth-failed");
  for (const std::string& shown : {json_of(inside), text_of(inside)}) {
    INFO(shown);
    CHECK(has(shown, "alice"));
    CHECK_FALSE(has(shown, "AGFsaWNlAHNlY3JldA"));
    CHECK_FALSE(has(shown, "secret"));
  }
  const Explained clear =
      told(connected +
           " -> EHLO client.example.net\n<-  250-mx\n<-  250 AUTH PLAIN\n"
           " -> AUTH PLAIN AGFsaWNlAHNlY3JldA==\n<** 535 5.7.8 no\n -> QUIT\n<-  221 bye\n");
  CHECK(has(finding_names(clear), "security.credentials-in-clear"));
}

TEST_CASE("no EHLO behind STARTTLS") {
  const Explained session =
      told(secured + " ~> MAIL FROM:<alice@example.net>\n<~* 503 5.5.1 EHLO first\n" + end);
  CHECK(has(finding_names(session), "smtp.no-ehlo-after-tls"));
}

TEST_CASE("failures that the tool tells of become verdicts") {
  struct Row {
    const char* name;
    std::string text;
    Outcome outcome;
    std::string_view reason;
    const char* findings;
  };
  const std::string trying =
      "=== Trying mx.example.com:25...\n*** Error connecting to mx.example.com:25:\n*** "
      "\tIO::Socket::INET: ";
  const auto row = GENERATE_COPY(values<Row>({
      {"refused", trying + "connect: Connection refused\n", Outcome::failed_network,
       "connection-refused", "net.refused"},
      {"timeout", trying + "connect: Connection timed out\n", Outcome::failed_network,
       "connection-timeout", "net.timeout"},
      {"no route", trying + "connect: No route to host\n", Outcome::failed_network, "unreachable",
       "net.not-connected"},
      {"no such host", trying + "getaddrinfo: Name or service not known\n", Outcome::failed_network,
       "host-not-found", "net.not-connected"},
      {"TLS",
       connected +
           " -> EHLO x.example.net\n<-  250-mx\n<-  250 STARTTLS\n -> STARTTLS\n<-  220 go\n"
           "*** TLS startup failed (connect(): error:0A000102:SSL routines::unsupported "
           "protocol)\n",
       Outcome::failed_tls, "tls-handshake", "tls.failed"},
      {"a certificate",
       connected +
           " -> EHLO x.example.net\n<-  250-mx\n<-  250 STARTTLS\n -> STARTTLS\n<-  220 go\n"
           "*** TLS startup failed (connect(): error:0A000086:SSL routines::certificate verify "
           "failed)\n",
       Outcome::failed_tls, "tls-certificate", "tls.failed"},
      {"gone behind the message",
       in_tls + mail +
           "<~  250 2.1.5 Ok\n ~> DATA\n<~  354 go\n ~> hello\n ~> .\n"
           "*** Remote host closed connection unexpectedly.\n",
       Outcome::failed_network, "no-final-reply", "delivery.lost-after-data"},
      {"gone behind RCPT", in_tls + mail + "*** Remote host closed connection unexpectedly.\n",
       Outcome::failed_network, "server-closed", "smtp.command-without-reply"},
      {"not said how it ended", in_tls + mail, Outcome::incomplete, "", "capture.open"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Explained session = told(row.text);
    CHECK(session.verdict.outcome == row.outcome);
    CHECK(session.verdict.reason == row.reason);
    CHECK(finding_names(session) == row.findings);
    INFO(session.verdict.text << '\n' << session.verdict.advice << '\n' << text_of(session));
    CHECK_FALSE(has(session.verdict.text, "capture"));
    CHECK_FALSE(has(session.verdict.text, "0.0.0.0"));
    CHECK_FALSE(has(session.verdict.advice, "0.0.0.0"));
    CHECK_FALSE(has(text_of(session), "0.0.0.0"));
    CHECK_FALSE(has(text_of(session), "SYN"));
    CHECK_FALSE(has(text_of(session), "(FIN)"));
    CHECK_FALSE(has(text_of(session), "frame"));
  }
}

TEST_CASE("a message that the tool does not show has no size") {
  const auto sessions = read(
      "* Connected to mx.example.com (198.51.100.25) port 25 (#0)\n< 220 mx.example.com\r\n> EHLO "
      "client.example.net\r\n"
      "< 250 mx.example.com\r\n> MAIL FROM:<alice@example.net>\r\n< 250 ok\r\n> RCPT "
      "TO:<bob@example.com>\r\n< 250 ok\r\n"
      "> DATA\r\n< 354 go\r\n< 250 2.0.0 Ok: queued as 1A2B3C\r\n> QUIT\r\n< 221 bye\r\n* Closing "
      "connection 0\n");
  REQUIRE(sessions.size() == 1);
  const Explained session = explained(sessions.front());
  CHECK(session.verdict.outcome == Outcome::delivered);
  CHECK(session.verdict.certain);
  CHECK(finding_names(session).empty());
  CHECK(has(
      json_of(session),
      R"("message":{"octets":null,"missing":null,"message_id":null,"subject":null,"complete":true})"));
  CHECK(has(text_of(session), "its text is not in the transcript"));
}

TEST_CASE("... nor if the server goes before it answers") {
  const auto sessions = read(
      "* Connected to mx.example.com (198.51.100.25) port 25 (#0)\n< 220 mx.example.com\r\n> EHLO "
      "client.example.net\r\n"
      "< 250 mx.example.com\r\n> MAIL FROM:<alice@example.net>\r\n< 250 ok\r\n> RCPT "
      "TO:<bob@example.com>\r\n< 250 ok\r\n"
      "> DATA\r\n< 354 go\r\n* We are completely uploaded and fine\n* response reading failed "
      "(errno: 104)\n* Closing connection 0\n"
      "curl: (56) response reading failed (errno: 104)\n");
  REQUIRE(sessions.size() == 1);
  const Explained session = explained(sessions.front());
  CHECK(session.verdict.outcome == Outcome::failed_network);
  CHECK(session.verdict.reason == "no-final-reply");
}

TEST_CASE("replies without their commands: each refusal is told, and nothing is made up") {
  const auto sessions = read(
      "CONNECTED(00000003)\nNew, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\n---\n250 "
      "CHUNKING\n250-mx.example.com\n250 SIZE\n"
      "250 2.1.0 Ok\n550 5.1.1 <nouser@example.com>: User unknown\n554 5.5.1 Error: no valid "
      "recipients\nDONE\n");
  REQUIRE(sessions.size() == 1);
  const Explained session = explained(sessions.front());
  CHECK_FALSE(session.session.transcript->has_commands);
  CHECK(session.session.transactions.empty());
  CHECK(session.verdict.outcome == Outcome::rejected);
  CHECK(session.verdict.reason == "userunknown");
  CHECK_FALSE(session.verdict.certain);
  CHECK(session.verdict.reply == "550 5.1.1 <nouser@example.com>: User unknown");
  CHECK(has(session.verdict.text, "A command that is not in the transcript was refused"));
  CHECK(has(finding_names(session), "capture.midstream"));
}

TEST_CASE("where a transcript begins") {
  struct Row {
    const char* name;
    const char* text;
    tcp::Opened opened;
    bool has_greeting, has_commands;
  };
  const auto row = GENERATE(values<Row>({
      {"with the connection", "=== Connected to mx.example.com.\n<** 554 5.7.1 no\n",
       tcp::Opened::handshake, true, true},
      {"with the greeting", "<-  220 mx\n -> QUIT\n<-  221 bye\n", tcp::Opened::handshake, true,
       true},
      {"with a command", " -> QUIT\n<-  221 bye\n", tcp::Opened::midstream, false, true},
      {"with a refusal alone", "<** 550 5.1.1 User unknown\n", tcp::Opened::midstream, false,
       false},
      {"openssl on port 465", "CONNECTED(1)\nNew, TLSv1.3, Cipher is X\n220 mx\nQUIT\n",
       tcp::Opened::handshake, true, true},
      {"... with commands from a pipe",
       "CONNECTED(1)\nNew, TLSv1.3, Cipher is X\n220 mx\n250 mx\n550 5.1.1 User unknown\n",
       tcp::Opened::handshake, true, false},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto sessions = read(row.text);
    REQUIRE(sessions.size() == 1);
    const session::Session session = transcript::play(sessions.front());
    CHECK(session.transport.opened == row.opened);
    CHECK(session.has_greeting() == row.has_greeting);
    CHECK(session.transcript->has_commands == row.has_commands);
    CHECK(session.unseen.has_value() != row.has_commands);
  }
}

TEST_CASE("what came before TLS is not encrypted, also where nobody knows whose reply it is") {
  const auto sessions = read(
      "CONNECTED(1)\nNew, TLSv1.3, Cipher is X\n250 CHUNKING\nEHLO client.example.net\n250 mx\n");
  REQUIRE(sessions.size() == 1);
  const session::Session session = transcript::play(sessions.front());
  REQUIRE(session.exchanges.size() == 2);
  CHECK_FALSE(session.exchanges[0].encrypted);
  CHECK(session.exchanges[1].encrypted);
}

TEST_CASE("a refusal that was kept alone is explained, as far as it goes") {
  const Explained session = told("<** 550 5.1.1 <nouser@example.com>: User unknown\n");
  CHECK(session.verdict.outcome == Outcome::rejected);
  CHECK(session.verdict.reason == "userunknown");
  CHECK_FALSE(session.verdict.certain);
}

TEST_CASE("there are no times, and nothing of packets") {
  const Explained session = told(in_tls + end);
  const std::string json = json_of(session);
  INFO(json);
  CHECK(has(json, R"("start":null,"duration_s":null)"));
  CHECK(has(json, R"("client":{"ip":null,"port":null,"helo":"client.example.net"})"));
  CHECK(has(json, R"("server":{"ip":null,"port":25,)"));
  CHECK(has(
      json,
      R"("transcript":{"tool":"swaks","server":"mx.example.com","has_commands":true,"failure":null})"));
  CHECK(has(json, R"("retransmissions":null)"));
  CHECK(has(json, R"("decrypted":true)"));
  CHECK_FALSE(has(json, R"("time_s":0)"));
  CHECK_FALSE(has(json, R"("latency_ms":0)"));
  CHECK_FALSE(has(json, "slowest"));
  CHECK_FALSE(has(text_of(session, render::Level::dialogue), "time/s"));
  CHECK_FALSE(has(text_of(session, render::Level::summary), "1970"));
}
