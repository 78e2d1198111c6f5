// What a tool says about its own session, where a transcript was read.
#include "analyzer/findings/history.hpp"
#include "analyzer/transcript/detect.hpp"
#include "analyzer/transcript/play.hpp"
#include "analyzer/transcript/read.hpp"
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

std::vector<Finding> judged_transcript(const std::string& text) {
  const auto tool = transcript::detect(text);
  REQUIRE(tool);
  const auto sessions = transcript::read(*tool, text);
  REQUIRE(sessions.size() == 1);
  return judge(transcript::play(sessions.front()));
}

void require_told(const Case& row) {
  INFO(row.name);
  const auto findings = judged_transcript(row.script);
  CHECK(ids_of(findings) == row.ids);
  const auto says = [&](const Finding& finding) {
    return finding.text.find(row.text) != std::string::npos;
  };
  if (!row.text.empty()) CHECK(std::ranges::any_of(findings, says));
}

const std::string trying =
    "=== Trying mx.example.com:25...\n*** Error connecting to mx.example.com:25:\n*** "
    "\tIO::Socket::INET: ";
const std::string asked =
    "=== Trying mx.example.com:25...\n=== Connected to mx.example.com.\n<-  220 mx.example.com "
    "ESMTP\n"
    " -> EHLO client.example.net\n<-  250-mx.example.com\n<-  250 STARTTLS\n -> STARTTLS\n<-  220 "
    "2.0.0 go ahead\n";
const std::string secured =
    asked + "=== TLS started with cipher TLSv1.3:TLS_AES_256_GCM_SHA384:256\n";
const std::string hello_inside =
    " ~> EHLO client.example.net\n<~  250-mx.example.com\n<~  250 AUTH PLAIN\n";
const std::string left = " ~> QUIT\n<~  221 2.0.0 Bye\n=== Connection closed with remote host.\n";

}  // namespace

TEST_CASE(
    "net.not-connected, and what else keeps a tool from its server: net.refused, net.timeout") {
  require_told(GENERATE(values<Case>({
      {"no address", trying + "getaddrinfo: Name or service not known\n", "net.not-connected",
       "swaks got no connection to mx.example.com, port 25: \"IO::Socket::INET: getaddrinfo: Name "
       "or service not known\"."},
      {"no route", trying + "connect: No route to host\n", "net.not-connected", "No route to host"},
      {"refused", trying + "connect: Connection refused\n", "net.refused",
       "swaks got no connection to mx.example.com, port 25"},
      {"never answered", trying + "connect: Connection timed out\n", "net.timeout",
       "Connection timed out"},
      {"connected", secured + hello_inside + left, ""},
  })));
}

TEST_CASE("tls.failed") {
  require_told(GENERATE(values<Case>({
      {"the handshake",
       asked + "*** TLS startup failed (connect(): error:0A000102:SSL routines::unsupported "
               "protocol)\n",
       "tls.failed", "swaks got no TLS with the server mx.example.com: \"TLS startup failed"},
      {"curl does not trust the certificate",
       "* Connected to mx.example.com (198.51.100.25) port 25 (#0)\n< 220 mx.example.com\n> EHLO "
       "client.example.net\n"
       "< 250-mx.example.com\n< 250 STARTTLS\n> STARTTLS\n< 220 go ahead\n* SSL certificate "
       "problem: self-signed certificate\n"
       "curl: (60) SSL certificate problem: self-signed certificate\n",
       "tls.failed",
       "curl got no TLS with the server 198.51.100.25: \"SSL certificate problem: self-signed "
       "certificate\"."},
      {"TLS came about", secured + hello_inside + left, ""},
      {"it was refused before",
       "<-  220 mx.example.com\n -> EHLO client.example.net\n<-  250-mx.example.com\n<-  250 "
       "STARTTLS\n -> STARTTLS\n"
       "<** 454 4.7.0 no\n*** STARTTLS attempted but failed\n -> QUIT\n<-  221 bye\n",
       "security.starttls-refused"},
  })));
}

TEST_CASE(
    "inside TLS: smtp.no-ehlo-after-tls, and no tls.not-tls, security.credentials-in-clear, "
    "security.mail-in-clear") {
  const std::string login = " ~> AUTH PLAIN AGFsaWNlAHNlY3JldA==\n<~  235 2.7.0 ok\n";
  require_told(GENERATE_COPY(values<Case>({
      {"a login", secured + hello_inside + login + left, ""},
      {"EHLO left out",
       secured + " ~> MAIL FROM:<alice@example.net>\n<~* 503 5.5.1 EHLO first\n" + left,
       "smtp.no-ehlo-after-tls delivery.refused",
       "The first command after STARTTLS is MAIL FROM:<alice@example.net>, and not EHLO"},
      {"a message",
       secured + hello_inside +
           " ~> MAIL FROM:<alice@example.net>\n<~  250 ok\n ~> RCPT TO:<bob@example.com>\n<~  250 "
           "ok\n"
           " ~> DATA\n<~  354 go\n ~> Subject: x\n ~> \n ~> text\n ~> .\n<~  250 ok\n" +
           left,
       ""},
  })));
}

TEST_CASE("transcripts have no times, so that none is a retry of another") {
  const std::string refused =
      secured + hello_inside +
      " ~> MAIL FROM:<alice@example.net>\n<~  250 ok\n ~> RCPT TO:<bob@example.com>\n<~  250 ok\n"
      " ~> DATA\n<~  354 go\n ~> Message-ID: <1@example.net>\n ~> \n ~> text\n ~> .\n<~* 451 4.3.0 "
      "later\n" +
      left;
  const auto sessions = transcript::read(transcript::Tool::swaks, refused + refused);
  REQUIRE(sessions.size() == 2);
  History history;
  std::string ids;
  for (const auto& each : sessions) {
    const session::Session session = transcript::play(each);
    ids += ids_of(judge(session, history)) + '|';
    history.add(session);
  }
  CHECK(ids == "delivery.deferred|delivery.deferred|");
}

}  // namespace smtpscope::findings
