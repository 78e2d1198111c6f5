// What a rule would say where a gap may be the cause: nothing but that there is a gap.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("nothing is said that a gap may explain") {
  require_case(GENERATE(values<Case>({
      {"RCPT is out of sequence, and RSET may be lost",
       with_recipient +
           "drop\nC: RSET\nS: 250 Ok\nC: RCPT TO:<carol@example.com>\nS: 503 5.5.1 need MAIL\n" +
           quit,
       "capture.gap"},
      {"MAIL is out of sequence, and another one may be lost",
       hello +
           "drop\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: MAIL FROM:<alice@example.org>\nS: 503 nested\n" +
           quit,
       "capture.gap"},
      {"a malformed sender, and the reply may be another command's",
       hello + "C: NOOP\ndrop\nS: 250 Ok\nC: MAIL FROM:<alice@\nS: 501 5.1.7 what\n" + quit,
       "capture.gap smtp.bad-syntax"},
      {"the mechanism may not have been offered",
       greeted +
           "C: EHLO client.example.net\ndrop\nS: 250-mx.example.com\\r\\n250 AUTH PLAIN\nC: AUTH GSSAPI\n"
           "S: 535 5.7.8 Invalid authentication mechanism\n" +
           quit,
       "capture.gap"},
      {"a login was refused, whatever was offered",
       greeted +
           "C: EHLO client.example.net\ndrop\nS: 250-mx.example.com\\r\\n250 AUTH PLAIN\nC: AUTH CRAM-MD5\n"
           "S: 334 PDEyM0BteD4=\nC: YWxpY2UgMTIz\nS: 535 5.7.8 authentication failed\n" +
           quit,
       "capture.gap security.auth-failed security.weak-auth"},
      {"the 421 may be lost",
       in_message + "C: text\nwait 20s\ndrop\nS: 421 4.4.2 timeout\nS:fin\nC:fin\n", "capture.gap"},
      {"the first octets may have been a proxy's, and their answer misled the client",
       "connect\ndrop\nC: PROXY UNKNOWN\nS: 220 mx.example.com\\r\\n500 5.5.2 what\nC: EHLO client.example.net\n"
       "C: HELO client.example.net\nS: 250 mx.example.com\\r\\n250 mx.example.com\n" +
           quit,
       "capture.gap"},
      {"DATA may have been refused",
       with_recipient + "C: DATA\ndrop\nS: 554 no\nC: text\nC: .\nS:fin\nC:fin\n", "capture.gap"},
  })));
}

TEST_CASE("security.smuggling: the command that asked for the message is lost") {
  require_case(GENERATE(values<Case>({
      {"the other lines of the client end in CRLF",
       with_recipient +
           "drop\nC: DATA\nS: 354 go on\nC: Subject: a\\r\\n\\r\\ntext\\n.\\nMAIL FROM:<x@example.org>\\r\\n.\nS: 250 Ok\n" +
           quit,
       "capture.gap security.smuggling"},
  })));
}

// What nothing in the capture shows is no gap: the packet that says how it went on is the last one.
TEST_CASE("nothing is said that a packet behind the capture's end may explain") {
  require_case(GENERATE(values<Case>({
      {"a client that had closed did not wait for the reply",
       sent + "wait 8s\nC:fin\nwait 12s\nS: 250 2.0.0 Ok\n", "smtp.no-quit"},
      {"a FIN that was answered was there", hello + "C: NOOP\nwait 10s\ndrop\nC:fin\nS:fin\n",
       "smtp.command-without-reply"},
  })));
}

}  // namespace smtpscope::findings
