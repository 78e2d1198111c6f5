#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("net.refused and net.timeout: connections that are not made") {
  require_case(GENERATE(values<Case>({
      {"refused", "refuse\n", "net.refused",
       "The server 198.51.100.25:25 refused the connection of the client "
       "192.0.2.10: RST in answer to the SYN (1 try)."},
      {"refused at the second try", "syn\nwait 1s\nsyn\nwait 1s\nrefuse\n", "net.refused",
       "(3 tries over 2.0 s)"},
      {"accepted, then reset after QUIT", hello + "C: QUIT\nS: 221 Bye\nS:rst\n", ""},
      {"never answered", "syn\nwait 1s\nsyn\nwait 2s\nsyn\n", "net.timeout",
       "never answered the SYN of the client 192.0.2.10 (3 tries over 3.0 s)"},
      {"one SYN at the end of the capture", "syn\n", ""},
      {"answered at the second try", "again\nconnect\nS: 220 mx\nC: QUIT\nS: 221 Bye\nclose\n",
       "net.slow-connect"},
  })));
}

TEST_CASE("net.reset: in the middle, and nowhere else") {
  require_case(GENERATE(values<Case>({
      {"by the server, a command pending",
       with_sender + "C: RCPT TO:<bob@example.com>\nwait 2s\nS:rst\n", "net.reset",
       "The server 198.51.100.25 reset the connection while RCPT TO:<bob@example.com> waited for "
       "its reply: lost "
       "connection after RCPT."},
      {"by the server, in the message", in_message + "S:rst\n", "net.reset",
       "in the middle of the message, after 17 octets of it: lost connection after DATA."},
      {"by the client, in a transaction", with_recipient + "C:rst\n", "net.reset",
       "The client 192.0.2.10 reset the connection in the middle of a transaction"},
      {"by the server, between commands", hello + "S:rst\n", "net.reset",
       "lost connection after EHLO"},
      {"after QUIT was answered", delivered + "C: QUIT\nS: 221 Bye\nC:rst\n", ""},
      {"after QUIT, not answered", delivered + "C: QUIT\nS:rst\n", ""},
      {"after the server's FIN", delivered + "C: QUIT\nS: 221 Bye\nS:fin\nC:rst\n", ""},
      {"after a 421", hello + "S: 421 4.4.2 timeout\nS:rst\n", ""},
      {"after a refusal",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 554 5.7.1 Go away\nS:rst\n",
       "delivery.refused"},
      {"the client left without any command", greeted + "C:rst\n", "smtp.no-commands"},
      {"the client left between transactions", delivered + "C:rst\n", "smtp.no-quit"},
      {"the message was ended: more telling", sent + "S:rst\n", "delivery.lost-after-data"},
  })));
}

TEST_CASE("net.closed-early") {
  require_case(GENERATE(values<Case>({
      {"the client, in the message", in_message + "close\n", "net.closed-early",
       "The client 192.0.2.10 closed the connection in the middle of the message, after 17 octets "
       "of it: lost "
       "connection after DATA."},
      {"the server, while the message was sent", in_message + "S:fin\nC:fin\n", "net.closed-early",
       "The server 198.51.100.25 closed the connection in the middle of the message, after 17 "
       "octets of it, without "
       "a 421"},
      {"the server, between commands", with_sender + "S:fin\nC:fin\n", "net.closed-early",
       "The server 198.51.100.25 closed the connection, without a 421: lost connection after "
       "MAIL."},
      {"the client, in a line", with_sender + "C: RCPT TO:<bo\\\nC:fin\nS:fin\n",
       "net.closed-early", "in the middle of a line: \"RCPT TO:<bo\""},
      {"the server, with a 421", with_sender + "S: 421 4.3.2 shutting down\nS:fin\nC:fin\n", ""},
      {"the server, with a 221 to what is no command",
       with_sender + "C: HALLO\nS: 221 2.7.0 Goodbye\nS:fin\nC:fin\n", "smtp.unknown-command"},
      {"the server, after a refusal",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 550 5.1.1 no\nS:fin\nC:fin\n",
       "delivery.refused"},
      {"the server, when all was done", delivered + "S:fin\nC:fin\n", ""},
      {"the client, when all was answered", with_recipient + "close\n", "smtp.no-quit"},
      {"a command pending: more telling",
       with_sender + "C: RCPT TO:<bob@example.com>\nS:fin\nC:fin\n", "smtp.command-without-reply"},
      {"half-close: the client still reads",
       sent + "C: QUIT\nC:fin\nS: 250 2.0.0 Ok\nS: 221 Bye\nS:fin\nack C\n", ""},
  })));
}

TEST_CASE("net.asymmetric: one direction only") {
  const std::string one_sided =
      "midstream\ndrop\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\ndrop\nS: 250 mx\n"
      "C: MAIL FROM:<alice@example.org>\ndrop\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\ndrop\nS: "
      "250 Ok\n"
      "C: DATA\ndrop\nS: 354 go on\nC: text\nC: .\ndrop\nS: 250 Ok\nC: QUIT\ndrop\nS: 221 Bye\nack "
      "C\n";
  const auto session = test::session_of(one_sided);
  const auto findings = judge(session);
  INFO(texts_of(findings));
  REQUIRE(session.unseen == Side::server);
  CHECK(ids_of(findings).find("net.asymmetric") != std::string::npos);
  CHECK(ids_of(findings).find("smtp.") == std::string::npos);
  CHECK(ids_of(findings).find("delivery.") == std::string::npos);
  CHECK(ids_of(findings).find("capture.gap") == std::string::npos);
}

TEST_CASE("net.asymmetric: a server that says nothing is no missing direction") {
  CHECK(ids_of(judge(test::session_of("connect\nwait 30s\nack C\nwait 5s\nC:fin\n"))) ==
        "smtp.no-greeting");
}

TEST_CASE("net.slow-greeting") {
  const std::string rest = "C: QUIT\nS: 221 Bye\nclose\n";
  require_case(GENERATE_COPY(values<Case>({
      {"12 s", "connect\nwait 12s\nS: 220 mx.example.com\n" + rest, "net.slow-greeting",
       "The server 198.51.100.25 greeted 12 s after the connection was made"},
      {"4 s", "connect\nwait 4s\nS: 220 mx.example.com\n" + rest, ""},
  })));
}

TEST_CASE("net.slow-greeting: the round trip is not the server's") {
  auto session = test::session_of("connect\nwait 6s\nS: 220 mx.example.com\n" + quit);
  REQUIRE(ids_of(judge(session)) == "net.slow-greeting");
  session.transport.round_trip = std::chrono::seconds{2};
  CHECK(ids_of(judge(session)).empty());
}

TEST_CASE("net.slow-reply") {
  const std::string rest = "C: QUIT\nS: 221 Bye\nclose\n";
  require_case(GENERATE_COPY(values<Case>({
      {"to RCPT",
       with_sender + "C: RCPT TO:<bob@example.com>\nwait 31s\nS: 250 Ok\nC: RSET\nS: 250 Ok\n" +
           rest,
       "net.slow-reply",
       "The server 198.51.100.25 took 31 s to answer RCPT TO:<bob@example.com>; RFC 5321, "
       "4.5.3.2.3 lets a client "
       "wait 5 min for this one."},
      {"to the end of the message", sent + "wait 12s\nS: 250 2.0.0 Ok\n" + rest, "net.slow-reply",
       "10 min"},
      {"to the end of the message, within its limit", sent + "wait 8s\nS: 250 2.0.0 Ok\n" + rest,
       ""},
      {"the client gave up, and 421 is about that",
       hello + "C: QUIT\nwait 10s\nC:fin\nS: 421 lost input connection\nC:rst\n", ""},
      {"a 421 that was slow", hello + "C: QUIT\nwait 10s\nS: 421 shutting down\nS:fin\nC:fin\n",
       "net.slow-reply", "to answer QUIT"},
      {"a client that thinks", hello + "wait 60s\n" + rest, ""},
      {"only the first of a group is slow",
       hello +
           "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nRCPT "
           "TO:<carol@example.com>\n"
           "wait 9s\nS: 250 Ok\nS: 250 Ok\nS: 250 Ok\nC: RSET\nS: 250 Ok\n" +
           rest,
       "net.slow-reply", "to answer MAIL FROM:<alice@example.org>"},
      {"somebody who types a password",
       can_log_in +
           "C: AUTH CRAM-MD5\nS: 334 PDE+\nwait 30s\nC: YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZg==\nS: 235 "
           "Ok\n" +
           rest,
       "security.weak-auth"},
  })));
}

TEST_CASE("net.slow-reply: no wait is computed across a gap") {
  const auto script = GENERATE(values<std::string>({
      "wait 1s\ndrop\nS: 250-a\nwait 8s\nS: 250 b\n",
      "S: 250-a\ndrop\nS: 250-b\nwait 8s\nS: 250 c\n",
  }));
  const auto session = test::session_of(with_sender + "C: RCPT TO:<bob@example.com>\n" + script +
                                        "C: RSET\nS: 250 Ok\n" + quit);
  CHECK(ids_of(judge(session)) == "capture.gap");
}

TEST_CASE("net.proxy-refused: whatever the proxy said, it is quoted") {
  const std::string ask =
      "connect port=1080\nC: \\x05\\x01\\0\\\nS: \\x05\\0\\\n"
      "C: \\x05\\x01\\0\\x03\\x0emx.example.com\\0\\x19\\\n";
  const std::string connect = "connect port=3128\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\n";
  require_case(GENERATE_COPY(values<Case>({
      {"SOCKS 5", ask + "S: \\x05\\x04\\0\\x01\\0\\0\\0\\0\\0\\0\\\nclose\n", "net.proxy-refused",
       "The proxy 198.51.100.25 did not connect the client 192.0.2.10 to mx.example.com:25: socks5 answered 4 host "
       "unreachable."},
      {"SOCKS 5, a code without a meaning",
       ask + "S: \\x05\\x44\\0\\x01\\0\\0\\0\\0\\0\\0\\\nclose\n", "net.proxy-refused",
       "socks5 answered 68."},
      {"CONNECT", connect + "S: HTTP/1.1 407 Login, please\\r\\n\nclose\n", "net.proxy-refused",
       "HTTP CONNECT answered 407 Login, please."},
      {"no answer is no refusal", connect + "close\n", "smtp.not-smtp"},
      {"granted at the second try",
       connect +
           "S: HTTP/1.1 407 Login, please\\r\\n\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.1 200 "
           "Ok\\r\\n\nS: 220 mx\nC: EHLO client.example.net\nS: 250 mx\n" +
           quit,
       ""},
  })));
}

}  // namespace smtpscope::findings
