#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("smtp.greeting-refused and smtp.no-greeting") {
  require_case(GENERATE(values<Case>({
      {"554", "connect\nS: 554 5.7.1 no service for you\n" + quit, "smtp.greeting-refused",
       "The server 198.51.100.25 refused the client 192.0.2.10 in its greeting: 554 5.7.1 no "
       "service for you."},
      {"421", "connect\nS: 421 4.7.0 busy\nS:fin\nC:fin\n", "smtp.greeting-refused"},
      {"220 of several lines", "connect\nS: 220-mx.example.com\nS: 220 welcome\n" + quit, ""},
      {"none, and the client waits", "connect\nwait 30s\nC:fin\nS:fin\n", "smtp.no-greeting",
       "The server 198.51.100.25 never greeted the client 192.0.2.10: the client 192.0.2.10 closed "
       "the connection "
       "(FIN) after 30 s."},
      {"none, and the server closes", "connect\nS:fin\nC:fin\n", "smtp.no-greeting",
       "the server 198.51.100.25 closed"},
      {"none, and the server resets", "connect\nwait 1s\nS:rst\n", "smtp.no-greeting",
       "reset the connection (RST)"},
      {"none, and all is sent blindly", "connect\nC: EHLO x.example.net\nC:fin\nS:fin\n",
       "smtp.command-without-reply"},
      {"none, and commands all the same", "connect\nC: EHLO x.example.net\nwait 5s\nC:fin\nS:fin\n",
       "smtp.no-greeting"},
      {"a health check that leaves at once", "connect\nC:fin\nS:fin\n", "smtp.no-commands"},
      {"none so far", "connect\n", "capture.open"},
      {"port 465 waits for TLS", "connect port=465\nwait 30s\nC:fin\nS:fin\n", ""},
  })));
}

TEST_CASE("smtp.early-talker: by what the client had received") {
  require_case(GENERATE(values<Case>({
      {"before the greeting",
       "connect\nC: EHLO client.example.net\nwait 1200ms\nS: 220 mx\nS: 250 mx\n" + quit,
       "smtp.early-talker",
       "The client 192.0.2.10 sent EHLO client.example.net 1.2 s before the greeting of the "
       "server 198.51.100.25 was complete."},
      {"before its last line",
       "connect\nS: 220-mx.example.com\nC: EHLO client.example.net\nwait 6s\nS: 220 go on\nS: 250 "
       "mx\n" +
           quit,
       "net.slow-greeting smtp.early-talker"},
      {"after the greeting, in the same moment", hello + quit, ""},
      {"captured in swapped order",
       "connect\nswap\nS: 220 mx\nC: EHLO client.example.net\nS: 250 mx\n" + quit, ""},
      {"offered by Exim",
       "connect\nC: EHLO client.example.net\nS: 220 mx ESMTP Exim\nS: 250-mx\\r\\n250 "
       "PIPECONNECT\n" +
           quit,
       ""},
  })));
}

TEST_CASE("smtp.proxy-header: the real client, and what the server made of it") {
  const std::string header = "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\n";
  const std::string rest = "C: EHLO client.example.net\nS: 250 mx\n" + quit;
  require_case(GENERATE_COPY(values<Case>({
      {"version 1", header + "S: 220 mx\n" + rest, "smtp.proxy-header",
       "A proxy sent a PROXY v1 header: it speaks for the client 203.0.113.7:4444, which connected to "
       "198.51.100.25:25."},
      {"version 2",
       "connect\nC: \\r\\n\\r\\n\\0\\r\\nQUIT\\n\\x21\\x11\\0\\x0c\\xc0\\0\\x02\\x01\\xc6\\x33\\x64\\x01\\xdc\\x04"
       "\\0\\x19\\\nS: 220 mx\n" +
           rest,
       "smtp.proxy-header", "a PROXY v2 header: it speaks for the client 192.0.2.1:56324"},
      {"for itself", "connect\nC: PROXY UNKNOWN\nS: 220 mx\n" + rest, "smtp.proxy-header",
       "that names no client."},
      {"refused", header + "S: 220 mx\nS: 502 5.5.2 what?\n" + rest, "smtp.proxy-header",
       "the server took it for a command and refused it: 502 5.5.2 what?."},
      {"refused, with EHLO on its way",
       "connect\nS: 220 mx\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\\r\\nEHLO client.example.net\nS: 502 "
       "5.5.2 what?\nS: 250 mx\n" +
           quit,
       "smtp.proxy-header", "refused it: 502 5.5.2 what?."},
      {"and the client talks early",
       header + "C: EHLO client.example.net\nwait 1s\nS: 220 mx\nS: 250 mx\n" + quit,
       "smtp.proxy-header smtp.early-talker"},
      {"XCLIENT is another thing", hello + "C: XCLIENT ADDR=203.0.113.7\nS: 220 mx\n" + rest,
       "smtp.client-override"},
  })));
}

TEST_CASE("smtp.proxy-header is an error where the server refused it") {
  const std::string header =
      "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\nS: 220 mx\n";
  const auto severity = [](const std::string& script) {
    return severity_of(judge(test::session_of(script)).front());
  };
  CHECK(severity(header + quit) == Severity::note);
  CHECK(severity(header + "S: 500 what?\n" + quit) == Severity::error);
}

TEST_CASE("smtp.not-smtp: names the protocol, and only that") {
  require_case(GENERATE(values<Case>({
      {"HTTP",
       greeted + "C: GET / HTTP/1.1\\r\\nHost: mx.example.com\\r\\nAccept: */*\\r\\n\nS: 500 "
                 "what\nS: 500 what\n"
                 "S: 500 what\nS: 500 what\nclose\n",
       "smtp.not-smtp",
       "The client 192.0.2.10 speaks HTTP (\"GET / HTTP/1.1\") on port 25, where SMTP is "
       "expected."},
      {"TLS", greeted + "C: \\x16\\x03\\x01\\0\\x05hello\\\nS: 500 what\nclose\n", "smtp.not-smtp",
       "speaks TLS on port 25"},
      {"TLS, and silence", "connect port=587\nC: \\x16\\x03\\x01\\0\\x05hello\\\nwait 9s\nclose\n",
       "smtp.not-smtp", "speaks TLS on port 587"},
      {"SSH", greeted + "C: SSH-2.0-OpenSSH_9.2\nS: 500 what\nclose\n", "smtp.not-smtp", "SSH"},
      {"IMAP answers", "connect\nS: * OK [CAPABILITY IMAP4rev1] ready\nclose\n", "smtp.not-smtp",
       "The server 198.51.100.25 speaks IMAP"},
      {"TLS on port 465",
       "connect port=465\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: "
       "\\x16\\x03\\x03\\0\\x05hello\\\nclose\n",
       "tls.hidden"},
      {"TLS that the server speaks, too",
       "connect port=587\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: "
       "\\x16\\x03\\x03\\0\\x05hello\\\nclose\n",
       "tls.hidden"},
      {"GET alone is an unknown command", greeted + "C: GET\nS: 500 what\n" + quit,
       "smtp.unknown-command"},
  })));
}

TEST_CASE("smtp.unknown-command") {
  require_case(GENERATE(values<Case>({
      {"one", hello + "C: FOO bar\nS: 502 5.5.2 Error: command not recognized\n" + quit,
       "smtp.unknown-command",
       "The client sent \"FOO bar\", which is no SMTP command; the server answered 502 5.5.2 "
       "Error: command not "
       "recognized."},
      {"an empty line", hello + "C: \nS: 500 5.5.2 bad syntax\n" + quit, "smtp.unknown-command",
       "The client sent an empty line where a command belongs; the server answered 500 5.5.2 bad syntax."},
      {"from the fifth on nothing more",
       hello +
           "C: A\nS: 500 a\nC: B\nS: 500 b\nC: C\nS: 500 c\nC: D\nS: 500 d\nC: E\nS: 500 e\nC: "
           "F\nS: 500 f\n" +
           quit,
       "smtp.unknown-command smtp.many-errors smtp.unknown-command smtp.unknown-command smtp.unknown-command"},
      {"obsolete, and unknown to the server",
       hello + "C: SOML FROM:<a@example.org>\nS: 500 what\n" + quit, "smtp.unknown-command"},
      {"obsolete, and refused otherwise", hello + "C: TURN\nS: 454 not for you\n" + quit, ""},
      {"known, and refused", hello + "C: ETRN example.org\nS: 500 5.5.2 unknown\n" + quit, ""},
      {"offered by the server",
       greeted + "C: EHLO client.example.net\nS: 250-mx\\r\\n250 XFOO\nC: XFOO 1\nS: 250 Ok\n" +
           quit,
       ""},
      {"answered with a period of its own", hello + "C: FOO bar\nS: 500 What is that.\n" + quit,
       "smtp.unknown-command", "the server answered 500 What is that.\n"},
      {"text of a message",
       with_recipient + "C: DATA\nS: 354 go on\nC: FOO bar\nC: .\nS: 250 Ok\n" + quit, ""},
  })));
}

TEST_CASE("smtp.unknown-command: an answer to AUTH that comes too late is not shown") {
  const auto findings = judge(test::session_of(
      can_log_in +
      "C: AUTH LOGIN\nS: 503 5.5.1 no\nC: aHVudGVyMg==\nS: 500 5.5.2 what is aHVudGVyMg==\n" +
      quit));
  INFO(texts_of(findings));
  CHECK(ids_of(findings) == "smtp.unknown-command");
  CHECK(findings.front().text ==
        "The client sent a line that looks like an authentication response, which is no SMTP "
        "command; the server "
        "answered 500.");
}

TEST_CASE("smtp.bad-syntax") {
  const std::string rset = "C: RSET\nS: 250 Ok\n" + quit;
  require_case(GENERATE_COPY(values<Case>({
      {"a blank behind the colon, taken",
       hello + "C: MAIL FROM: <alice@example.org>\nS: 250 Ok\n" + rset, "smtp.bad-syntax",
       "In \"MAIL FROM: <alice@example.org>\" a blank stands behind the colon; the server took it: "
       "250 Ok."},
      {"no brackets, refused",
       hello + "C: MAIL FROM:alice@example.org\nS: 501 5.1.7 Bad sender address syntax\n" + rset,
       "smtp.bad-syntax", "the server refused it: 501 5.1.7 Bad sender address syntax."},
      {"DATA with an argument", with_recipient + "C: DATA now\nS: 501 5.5.4 no\n" + rset,
       "smtp.bad-syntax"},
      {"a local name that was refused",
       with_sender + "C: RCPT TO:<root>\nS: 504 5.5.2 need fully-qualified\n" + rset,
       "smtp.bad-syntax"},
      {"a blank behind the colon, and refused for another reason",
       with_sender + "C: RCPT TO: <bob@example.com>\nS: 550 5.1.1 unknown\n" + rset,
       "smtp.bad-syntax delivery.refused"},
      {"a local name that was taken", with_sender + "C: RCPT TO:<root>\nS: 250 Ok\n" + rset, ""},
      {"letters of other scripts",
       hello + "C: MAIL FROM:<j\\xc3\\xb6rg@example.org> SMTPUTF8\nS: 250 Ok\n" + rset, ""},
      {"parameters",
       hello + "C: MAIL FROM:<> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=x+2D\nS: 250 Ok\n" + rset,
       ""},
      {"blanks at the end", hello + "C: RSET \nS: 250 Ok\nC: NOOP is all well\nS: 250 Ok\n" + quit,
       ""},
      {"quoted local part", with_sender + "C: RCPT TO:<\"b o b\"@example.com>\nS: 250 Ok\n" + rset,
       ""},
  })));
}

TEST_CASE("smtp.bad-syntax is a note where the server took it") {
  const auto severity = [](const std::string& reply) {
    return severity_of(
        judge(test::session_of(hello + "C: MAIL FROM: <alice@example.org>\n" + reply)).front());
  };
  CHECK(severity("S: 250 Ok\nC: RSET\nS: 250 Ok\n" + quit) == Severity::note);
  CHECK(severity("S: 501 no\n" + quit) == Severity::error);
  CHECK(severity("S: 451 later\n" + quit) == Severity::error);
}

TEST_CASE(
    "smtp.bad-reply, smtp.reply-code-changed, smtp.unexpected-reply and smtp.reply-without-command") {
  require_case(GENERATE(values<Case>({
      {"a line without a code", hello + "C: NOOP\nS: fine\\r\\n250 Ok\n" + quit, "smtp.bad-reply",
       "In the server's reply to NOOP the line \"fine\" has no code."},
      {"a code out of range", hello + "C: NOOP\nS: 999 Ok\n" + quit, "smtp.bad-reply",
       "999 is no reply code"},
      {"another separator", hello + "C: NOOP\nS: 250:Ok\n" + quit, "smtp.bad-reply",
       "neither a space nor a hyphen"},
      {"nothing but text", "connect\nS: hello there\nclose\n", "smtp.bad-reply",
       "\"hello there\", which is no reply"},
      {"three digits alone", hello + "C: NOOP\nS: 250\n" + quit, ""},
      {"a reply in many segments",
       greeted + "C: EHLO client.example.net\ncut 3\nS: 250-mx.example.com\\r\\n250 HELP\n" + quit,
       ""},
      {"codes that change", hello + "C: NOOP\nS: 250-fine\\r\\n451 not so\n" + quit,
       "smtp.reply-code-changed", "The server's reply to NOOP begins with 250 and ends with 451."},
      {"codes that stay", hello + "C: NOOP\nS: 250-fine\\r\\n250 so\n" + quit, ""},
      {"250 to DATA", with_recipient + "C: DATA\nS: 250 Ok\n" + quit, "smtp.unexpected-reply",
       "The server answered DATA with 250 Ok; 354 would be right."},
      {"a refusal is never of the wrong kind",
       with_recipient + "C: DATA\nS: 451 4.3.0 later\n" + quit, "delivery.deferred"},
      {"220 to the end of a message", sent + "S: 220 Ok\n" + quit, "smtp.unexpected-reply"},
      {"252 to VRFY", hello + "C: VRFY bob\nS: 252 perhaps\n" + quit, ""},
      {"whatever to an unknown command", hello + "C: FOO\nS: 250 Ok\n" + quit,
       "smtp.unknown-command"},
      {"two replies to one command",
       hello + "C: NOOP\nS: 250 Ok\nS: 250 Ok\nwait 1s\nC: QUIT\nS: 221 Bye\nclose\n",
       "smtp.reply-without-command", "The server said 250 Ok when nothing was asked."},
      {"Exchange says goodbye with 451",
       hello + "wait 3s\nS: 451 4.7.0 Timeout waiting for client input\nS:fin\nC:fin\n", ""},
      {"451, and the dialogue goes on",
       hello + "S: 451 4.7.0 what\nwait 1s\nC: QUIT\nS: 221 Bye\nclose\n",
       "smtp.reply-without-command"},
      {"421 may always come", hello + "S: 421 4.4.2 timeout\nS:fin\nC:fin\n", ""},
      {"a refusal in the message, and then the end",
       in_message + "S: 552 5.3.4 too big\nS:fin\nC:fin\n", "delivery.refused",
       "the message, still being sent,"},
  })));
}

TEST_CASE("smtp.command-without-reply") {
  require_case(GENERATE(values<Case>({
      {"the server closes", with_sender + "C: RCPT TO:<bob@example.com>\nwait 2s\nS:fin\nC:fin\n",
       "smtp.command-without-reply",
       "RCPT TO:<bob@example.com> was never answered: the server 198.51.100.25 closed the "
       "connection (FIN) 2.0 s "
       "later, lost connection after RCPT."},
      {"the client gives up",
       with_sender + "C: RCPT TO:<bob@example.com>\nwait 60s\nC:fin\nS:fin\n",
       "smtp.command-without-reply",
       "the client 192.0.2.10 closed the connection (FIN) 60 s later"},
      {"of a group the first one",
       hello + "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nDATA\nwait "
               "1s\nS:fin\nC:fin\n",
       "smtp.command-without-reply", "and neither was RCPT TO:<bob@example.com> and DATA"},
      {"sent when the server's FIN was on its way",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 521 5.7.1 no\nS:fin\nC: RSET\nC:fin\n",
       "delivery.refused"},
      {"QUIT is not worth it", delivered + "C: QUIT\nS:fin\nC:fin\n", ""},
      {"a 421 explains it, whoever closes",
       hello + "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\nS: 421 4.3.2 "
               "no\nC:fin\nS:fin\n",
       "delivery.deferred"},
      {"a 421 explains it",
       hello + "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\nS: 421 4.3.2 "
               "no\nS:fin\nC:fin\n",
       "delivery.deferred"},
      {"a refusal that it was sent before explains it",
       hello + "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\nS: 550 5.7.1 "
               "no\nS:fin\nC:fin\n",
       "delivery.refused"},
      {"the capture ended", with_sender + "C: RCPT TO:<bob@example.com>\n", "capture.open"},
      {"the reply is in a gap", hello + "C: NOOP\ndrop\nS: 250 Ok\nC: NOOP\nS: 250 Ok\n" + quit,
       "capture.gap"},
  })));
}

TEST_CASE("smtp.no-quit") {
  require_case(GENERATE(values<Case>({
      {"closed", delivered + "close\n", "smtp.no-quit",
       "The client 192.0.2.10 closed the connection without QUIT, after END-OF-MESSAGE."},
      {"with QUIT", delivered + quit, ""},
      {"the server closed first", delivered + "S:fin\nC:fin\n", ""},
      {"after a 421", delivered + "S: 421 4.4.2 bye\nclose\n", ""},
      {"no command at all", greeted + "close\n", "smtp.no-commands"},
      {"hidden by TLS",
       hello_tls + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: "
                   "\\x16\\x03\\x03\\0\\x05hello\\\nclose\n",
       "tls.hidden"},
      {"QUIT in a gap", delivered + "drop\nC: QUIT\nS: 221 Bye\nclose\n", "capture.gap"},
  })));
}

}  // namespace smtpscope::findings
