// The dialogue's rules, one row each: what the two sides send, and the exchanges that must come
// out.
#include "dissectors/smtp/dialogue.hpp"

#include "dissectors/smtp/auth.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/every_cut.hpp"
#include "tests/support/talk.hpp"

#include <functional>

using namespace smtpscope;
using test::Talk;
using namespace std::string_view_literals;

namespace {

struct Row {
  const char* name;
  std::function<void(Talk&)> talk;
  const char* exchanges;
};

void hello(Talk& t) {
  t.server("220 mx.example.com ESMTP\r\n").client("EHLO client.example.net\r\n");
  t.server("250-mx.example.com\r\n250 PIPELINING\r\n");
}
void envelope(Talk& t) {
  hello(t);
  t.client("MAIL FROM:<alice@example.net>\r\n").server("250 ok\r\n");
  t.client("RCPT TO:<bob@example.com>\r\n").server("250 ok\r\n");
}

// A message with a second one inside it, behind `end`.
void smuggle(Talk& t, std::string_view end) {
  envelope(t);
  t.client("DATA\r\n").server("354 go\r\n");
  t.client(
      "Subject: x\r\n\r\nhello" + std::string(end) +
      "MAIL FROM:<admin@example.net>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: y\r\n\r\nho\r\n.\r\n");
}

constexpr auto hello_text = "greeting=220 EHLO=250 ";

}  // namespace

TEST_CASE("exchanges of a whole connection") {
  const auto row = GENERATE(values<Row>({
      {"a delivery",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n").server("354 go on\r\n").client("Subject: x\r\n\r\nhello\r\n.\r\n");
         t.server("250 queued as A1\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"pipelined commands are answered in order",
       [](Talk& t) {
         hello(t);
         t.client(
             "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n");
         t.server("250 ok\r\n550 5.1.1 no\r\n250 ok\r\n354 go\r\n")
             .client("hi\r\n.\r\n")
             .server("250 ok\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=550 RCPT=250 DATA=354 .=250"},
      {"commands behind a refused DATA are commands",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\nRSET\r\nQUIT\r\n").server("554 no\r\n250 ok\r\n221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=554 RSET=250 QUIT=221"},
      {"a message in the same flight as DATA is held until the 354",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\nSubject: x\r\n\r\nRSET\r\n.\r\nQUIT\r\n")
             .server("354 go\r\n250 ok\r\n221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"a message of nothing but the dot",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n").server("354 go\r\n").client(".\r\n").server("250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250"},
      {"a stuffed dot ends nothing",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("\r\n..\r\n.x\r\n.\r\n")
             .server("250 ok\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250"},
      {"BDAT chunks hold no commands",
       [](Talk& t) {
         envelope(t);
         t.client("BDAT 6\r\nQUIT\r\n")
             .server("250 6 octets\r\n")
             .client("BDAT 6 LAST\r\nRSET\r\n");
         t.server("250 ok\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 BDAT=250 BDAT=250 QUIT=221"},
      {"a refused BDAT takes its chunk along",
       [](Talk& t) {
         hello(t);
         t.client("BDAT 6 LAST\r\nRSET\r\nQUIT\r\n").server("503 no MAIL\r\n221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 BDAT=503 QUIT=221"},
      {"BDAT 0 LAST ends a message",
       [](Talk& t) {
         envelope(t);
         t.client("BDAT 3\r\nabcBDAT 0 LAST\r\nQUIT\r\n")
             .server("250 ok\r\n250 ok\r\n221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 BDAT=250 BDAT=250 QUIT=221"},
      {"BDAT with a size that is none has no chunk",
       [](Talk& t) {
         envelope(t);
         t.client("BDAT -3 LAST\r\n")
             .server("501 syntax\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 BDAT=501 QUIT=221"},
      {"AUTH with continuation lines is one exchange",
       [](Talk& t) {
         hello(t);
         t.client("AUTH LOGIN\r\n").server("334 VXNlcm5hbWU6\r\n").client("YWxpY2U=\r\n");
         t.server("334 UGFzc3dvcmQ6\r\n").client("c2VjcmV0\r\n").server("235 ok\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 AUTH(LOGIN,alice,2)=235 QUIT=221"},
      {"AUTH PLAIN with its response on the line",
       [](Talk& t) {
         hello(t);
         t.client("AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n")
             .server("535 no\r\n")
             .client("QUIT\r\n")
             .close();
       },
       "greeting=220 EHLO=250 AUTH(PLAIN,alice,0)=535 QUIT=-"},
      {"a cancelled AUTH",
       [](Talk& t) {
         hello(t);
         t.client("AUTH CRAM-MD5\r\n")
             .server("334 PDE+\r\n")
             .client("*\r\n")
             .server("501 cancelled\r\n")
             .close();
       },
       "greeting=220 EHLO=250 AUTH(CRAM-MD5,,1)=501"},
      {"a 334 with nothing behind it",
       [](Talk& t) {
         hello(t);
         t.client("AUTH XOAUTH2 dXNlcj1hAWE=\r\n")
             .server("334\r\n")
             .client("\r\n")
             .server("535 no\r\n")
             .close();
       },
       "greeting=220 EHLO=250 AUTH(XOAUTH2,a,1)=535"},
      {"LMTP answers the end of data once a recipient",
       [](Talk& t) {
         t.server("220 lmtp\r\n")
             .client("LHLO c\r\n")
             .server("250 x\r\n")
             .client("MAIL FROM:<a@example.net>\r\n");
         t.server("250 ok\r\n").client("RCPT TO:<b@example.com>\r\n").server("250 ok\r\n");
         t.client("RCPT TO:<x@example.com>\r\n").server("550 no\r\n");
         t.client("RCPT TO:<c@example.com>\r\n")
             .server("250 ok\r\n")
             .client("DATA\r\n")
             .server("354 go\r\n");
         t.client("hi\r\n.\r\n")
             .server("250 b\r\n452 c\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 LHLO=250 MAIL=250 RCPT=250 RCPT=550 RCPT=250 DATA=354 .=250+452 QUIT=221"},
      {"PRDR: 353, one a recipient, one for all",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("hi\r\n.\r\n")
             .server("353 wait\r\n250 b\r\n250 all\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=353+250+250"},
      {"421 with nothing pending answers nothing",
       [](Talk& t) {
         hello(t);
         t.server("421 timeout\r\n").close();
       },
       "greeting=220 EHLO=250 !=421"},
      {"a reply that was sent before the command came answers nothing",
       [](Talk& t) {
         hello(t);
         t.client("NOOP\r\n").say(Side::server, "451 tired\r\n", 6).server("250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 !=451 NOOP=250"},
      {"a reply inside a message answers its end",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("hi\r\n")
             .server("552 too big\r\n")
             .client("ho\r\n.\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=552"},
      {"a reply inside a message that never ends",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n").server("354 go\r\n").client("hi\r\n").server("421 going\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 !data=421"},
      {"LF.LF ends a message where the server takes it so",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("hi\n.\n")
             .server("250 ok\r\n")
             .client("QUIT\n")
             .server("221 b\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"what follows a loose end are commands",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\nhate\r\n.\n\n").server("354 go\r\n250 ok\r\n500 what\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 =500"},
      {"commands behind an odd end: a server that did not take it",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"commands behind an odd end: a server that took it",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"the same, and the client's QUIT crosses the replies",
       [](Talk& t) {
         smuggle(t, "\r.\r");
         t.server("250 queued\r\n").client("QUIT\r\n").say(Side::server, "250 ok\r\n", 6);
         t.server("250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"the same, where acknowledgements do not tell",
       [](Talk& t) {
         smuggle(t, "\r\n\0.\r\n"sv);
         t.server("250 queued\r\n")
             .client("QUIT\r\n")
             .server("250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 b\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"commands behind an odd end: a server for which a CR ends a line reads an empty one behind CR CRLF",
       [](Talk& t) {
         smuggle(t, "\r\n.\r\r\n");
         t.server("250 queued\r\n500 what\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 =500 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"... and one for which CR CRLF ends a line does not",
       [](Talk& t) {
         smuggle(t, "\r\n.\r\r\n");
         t.server("250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"commands behind an odd end, and the next message behind them",
       [](Talk& t) {
         smuggle(t, "\n.\r\n");
         t.server("250 queued\r\n").client("MAIL FROM:<a@example.net>\r\n").server("250 ok\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 MAIL=250 QUIT=221"},
      {"commands behind an odd end: a server that refuses the line ends and leaves",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("521 5.5.2 bare <LF> received\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=521"},
      {"... although the message goes on",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n").server("354 go\r\n").client("hi\n.\nMAIL FROM:<x@example.org>\r\n");
         t.server("521 5.5.2 bare <LF> received\r\n").client("more\r\n.\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=521"},
      {"commands behind an odd end, and the capture ends",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n").client("QUIT\r\n").close(EndCause::capture_end);
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=open"},
      {"... in qmail's words, with a code that others use for much",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("451 See http://pobox.com/~djb/docs/smtplf.html.\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=451"},
      {"... in Sendmail's words",
       [](Talk& t) {
         smuggle(t, "\r.\r");
         t.server("554 5.5.0 Bare carriage return\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=554"},
      {"commands behind an odd end: the server says goodbye behind its answer, which is no second answer",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n421 idle\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 !=421"},
      {"commands behind an odd end: a refusal in front of QUIT that knows of it is QUIT's",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n").client("QUIT\r\n").server("554 no\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=554"},
      {"commands behind an odd end, and a hole in the answers",
       [](Talk& t) {
         smuggle(t, "\n.\n");
         t.server("250 queued\r\n")
             .gap(Side::server, 20)
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"commands that nobody answers",
       [](Talk& t) {
         hello(t);
         t.client("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=- RCPT=-"},
      {"no greeting", [](Talk& t) { t.client("EHLO c\r\n").close(); }, "EHLO=-"},
      {"STARTTLS accepted, then TLS",
       [](Talk& t) {
         hello(t);
         t.client("STARTTLS\r\n")
             .server("220 go\r\n")
             .client("\x16\x03\x01\x02\x05hello")
             .server("\x16\x03\x03\x01")
             .close();
       },
       "greeting=220 EHLO=250 STARTTLS=220"},
      {"STARTTLS refused, on in clear",
       [](Talk& t) {
         hello(t);
         t.client("STARTTLS\r\n")
             .server("454 not now\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 STARTTLS=454 QUIT=221"},
      {"STARTTLS accepted, and a tap that decrypts",
       [](Talk& t) {
         hello(t);
         t.client("STARTTLS\r\n")
             .server("220 go\r\n")
             .client("EHLO c\r\n")
             .server("250 x\r\n")
             .close();
       },
       "greeting=220 EHLO=250 STARTTLS=220 EHLO=250"},
      {"STARTTLS accepted, a command in clear, and then TLS, octet by octet",
       [](Talk& t) {
         hello(t);
         t.client("STARTTLS\r\nRSET\r\n")
             .server("220 go\r\n")
             .client("\x16")
             .client("\x03")
             .client("\x01");
         t.client({"\0\x05hello", 7}).server("\x16\x03\x03\x01").close();
         CHECK_FALSE(t.dialogue().tls()->stayed_clear);
       },
       "greeting=220 EHLO=250 STARTTLS=220 RSET=-"},
      {"a multi-line reply in pieces with an odd last line",
       [](Talk& t) {
         t.server("220-a\r\n220-")
             .server("b\r\n220\r\n")
             .client("QUIT\r\n")
             .server("221 x\r\n")
             .close();
       },
       "greeting=220 QUIT=221"},
      {"a greeting that is never finished, as postscreen's trap",
       [](Talk& t) {
         t.server("220-mx.example.com ESMTP\r\n").client("EHLO c\r\nMAIL FROM:<a@example.net>\r\n");
         t.server("250-mx\r\n250 SIZE\r\n250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250"},
      {"an empty line before a reply",
       [](Talk& t) {
         hello(t);
         t.client("NOOP\r\n").server("\r\n250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 NOOP=250"},
  }));
  DYNAMIC_SECTION(row.name) {
    Talk talk;
    row.talk(talk);
    CHECK(talk.summary() == row.exchanges);
  }
}

TEST_CASE("gaps: nothing is shifted and nothing is invented") {
  const auto row = GENERATE(values<Row>({
      {"a command is missing",
       [](Talk& t) {
         hello(t);
         t.client("MAIL FROM:<a@example.net>\r\n")
             .server("250 ok\r\n")
             .gap(Side::client, 30)
             .server("550 no\r\n");
         t.client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 ?=550 QUIT=221"},
      {"a reply is missing",
       [](Talk& t) {
         hello(t);
         t.client("MAIL FROM:<a@example.net>\r\n")
             .gap(Side::server, 8)
             .client("RCPT TO:<b@example.com>\r\n");
         t.server("550 no\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=lost RCPT=550 QUIT=221"},
      {"the first of three pipelined replies is missing",
       [](Talk& t) {
         hello(t);
         t.client("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
             .gap(Side::server, 8);
         t.server("250 ok\r\n354 go\r\n").client("hi\r\n.\r\n").server("250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=lost RCPT=250 DATA=354 .=250"},
      {"the 354 is missing",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .gap(Side::server, 8)
             .client("Subject: x\r\n\r\nhi\r\n.\r\n")
             .server("250 ok\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=lost .=250"},
      {"the answer to DATA is missing, and it was no",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n").gap(Side::server, 8).client("RSET\r\n").server("250 ok\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=lost RSET=250"},
      {"octets in the middle of a message",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("Subject: x\r\n\r\nhi")
             .gap(Side::client, 100);
         t.client("QUIT\r\n.\r\n")
             .server("250 ok\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 .=250 QUIT=221"},
      {"the end of a message",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("Subject: x\r\n\r\nhi")
             .gap(Side::client, 100);
         t.server("250 ok\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 (.)=250 QUIT=221"},
      {"inside a chunk: its size is known",
       [](Talk& t) {
         envelope(t);
         t.client("BDAT 20 LAST\r\nab")
             .gap(Side::client, 18)
             .client("QUIT\r\n")
             .server("250 ok\r\n221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 BDAT=250 QUIT=221"},
      {"DATA itself is missing",
       [](Talk& t) {
         envelope(t);
         t.gap(Side::client, 6)
             .server("354 go\r\n")
             .client("Subject: x\r\n\r\nQUIT\r\n.\r\n")
             .server("250 ok\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 ?=354 .=250"},
      {"the client's side only",
       [](Talk& t) {
         t.gap(Side::server, 20)
             .client("EHLO c\r\n")
             .gap(Side::server, 60)
             .client("MAIL FROM:<a@example.net>\r\n");
         t.gap(Side::server, 8)
             .client("RCPT TO:<b@example.com>\r\n")
             .gap(Side::server, 8)
             .client("DATA\r\n");
         t.gap(Side::server, 8)
             .client("hi\r\n.\r\n")
             .gap(Side::server, 8)
             .client("QUIT\r\n")
             .gap(Side::server, 8)
             .close();
       },
       "EHLO=lost MAIL=lost RCPT=lost DATA=lost .=lost QUIT=lost"},
      {"the server's side only",
       [](Talk& t) {
         t.server("220 x\r\n")
             .gap(Side::client, 10)
             .server("250 x\r\n")
             .gap(Side::client, 20)
             .server("250 ok\r\n");
         t.gap(Side::client, 20).server("250 ok\r\n").gap(Side::client, 6).server("354 go\r\n");
         t.gap(Side::client, 200)
             .server("250 queued\r\n")
             .gap(Side::client, 6)
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 ?=250 ?=250 ?=250 ?=354 (.)=250 ?=221"},
      {"the end of a message, and commands behind it",
       [](Talk& t) {
         envelope(t);
         t.client("DATA\r\n")
             .server("354 go\r\n")
             .client("Subject: x\r\n\r\nhi")
             .gap(Side::client, 100);
         t.server("250 ok\r\n250 ok\r\n550 no\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 (.)=250 ?=250 ?=550 QUIT=221"},
      {"DATA, its message and the end of that",
       [](Talk& t) {
         envelope(t);
         t.gap(Side::client, 60)
             .server("354 go\r\n250 ok\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 EHLO=250 MAIL=250 RCPT=250 ?=354 ?=250 QUIT=221"},
      {"a 354 answers DATA, and what stands behind it the message",
       [](Talk& t) {
         hello(t);
         t.client("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nhi\r\n.\r\n")
             .gap(Side::server, 16);
         t.server("354 go\r\n552 full\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 MAIL=lost RCPT=lost DATA=354 .=552 QUIT=221"},
      {"EHLO, and the end of the message has one reply all the same",
       [](Talk& t) {
         t.server("220 x\r\n").gap(Side::client, 8).server("250 x\r\n");
         t.client("MAIL FROM:<a@example.net>\r\n").server("250 ok\r\n");
         t.client("RCPT TO:<b@example.com>\r\n")
             .server("250 ok\r\n")
             .client("DATA\r\n")
             .server("354 go\r\n");
         t.client("hi\r\n.\r\n")
             .server("354 go\r\n250 ok\r\n")
             .client("QUIT\r\n")
             .server("221 bye\r\n")
             .close();
       },
       "greeting=220 ?=250 MAIL=250 RCPT=250 DATA=354 .=354 !=250 QUIT=221"},
      {"a multi-line reply with a hole",
       [](Talk& t) {
         t.server("220 x\r\n")
             .client("EHLO c\r\n")
             .server("250-mx\r\n250-PIPE")
             .gap(Side::server, 10);
         t.server("ITY\r\n250 SIZE\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
       },
       "greeting=220 EHLO=250 QUIT=221"},
  }));
  DYNAMIC_SECTION(row.name) {
    Talk talk;
    row.talk(talk);
    CHECK(talk.summary() == row.exchanges);
  }
}

TEST_CASE("gaps: what is not sure of an exchange is marked") {
  Talk talk;
  SECTION("the beginning of a line that the server did not understand") {
    talk.gap(Side::client, 10)
        .server("220 x\r\n")
        .client("EHLO c\r\n")
        .server("500 what?\r\n")
        .close();
    REQUIRE(talk.summary() == "greeting=220 EHLO=500");
    CHECK(talk.exchanges().back().around_gap);
  }
  SECTION("one that it did was whole") {
    talk.gap(Side::client, 10).server("220 x\r\n").client("EHLO c\r\n").server("250 x\r\n").close();
    REQUIRE(talk.summary() == "greeting=220 EHLO=250");
    CHECK_FALSE(talk.exchanges().back().around_gap);
  }
  SECTION("the end of what may be no message, since DATA may have been refused") {
    envelope(talk);
    talk.client("DATA\r\n").gap(Side::server, 20).client("Subject: x\r\n\r\nhi\r\n.\r\n").close();
    REQUIRE(talk.summary() == "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=lost .=-");
    CHECK(talk.exchanges().back().around_gap);
  }
  SECTION("more replies than there are commands, and no command is lost: some were read as text") {
    envelope(talk);
    talk.client("DATA\r\n").server("354 go\r\n").client("hi\r\n.\r\n").gap(Side::server, 8);
    talk.server("250 one\r\n250 two\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
    REQUIRE(talk.summary() ==
            "greeting=220 EHLO=250 MAIL=250 RCPT=250 DATA=354 ?=250 .=250 QUIT=221");
    CHECK(talk.exchanges()[6].doubtful);
  }
}

TEST_CASE("gaps: a TLS alert to a client that went on in clear begins no TLS") {
  Talk talk;
  talk.server("220 x\r\n").client("STARTTLS\r\n").gap(Side::server, 18).client("RSET\r\n");
  talk.server("\x15\x03\x03\x00\x02\x02\x0a"sv).close();
  REQUIRE(talk.dialogue().tls());
  CHECK(talk.dialogue().tls()->stayed_clear);
}

TEST_CASE("gaps: a reply whose first lines may be missing is marked as cut") {
  using smtp::ReplyFlaw;
  Talk talk;
  SECTION("lines of EHLO's reply stand behind the gap") {
    talk.server("220 x\r\n")
        .client("EHLO c\r\n")
        .gap(Side::server, 20)
        .server("250-SIZE\r\n250 HELP\r\n")
        .close();
    CHECK(talk.exchanges().back().reply()->has(ReplyFlaw::cut_short));
  }
  SECTION("its last line alone") {
    talk.server("220 x\r\n")
        .client("EHLO c\r\n")
        .gap(Side::server, 20)
        .server("250 HELP\r\n")
        .close();
    CHECK(talk.exchanges().back().reply()->has(ReplyFlaw::cut_short));
  }
  SECTION("the gap had another reply, and this one answers what was asked then") {
    talk.gap(Side::server, 20).client("EHLO c\r\n").server("250-x\r\n250 HELP\r\n").close();
    CHECK_FALSE(talk.exchanges().back().reply()->has(ReplyFlaw::cut_short));
  }
  SECTION("one line answers most commands") {
    talk.server("220 x\r\n")
        .client("NOOP\r\nNOOP\r\n")
        .gap(Side::server, 8)
        .server("250 ok\r\n")
        .close();
    CHECK_FALSE(talk.exchanges().back().reply()->has(ReplyFlaw::cut_short));
  }
}

TEST_CASE("a start in the middle") {
  SECTION("in the envelope") {
    Talk talk(smtp::Start::midstream);
    talk.client("RCPT TO:<b@example.com>\r\n")
        .server("250 ok\r\n")
        .client("DATA\r\n")
        .server("354 go\r\n");
    talk.client("hi\r\n.\r\n")
        .server("250 ok\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .close();
    CHECK(talk.summary() == "RCPT=250 DATA=354 .=250 QUIT=221");
  }
  SECTION("in a message") {
    Talk talk(smtp::Start::midstream);
    talk.client("some text\r\nhelp me\r\ndata of mine\r\n.\r\n")
        .server("250 ok\r\n")
        .client("QUIT\r\n")
        .server("221 bye\r\n")
        .close();
    CHECK(talk.summary() == "?=250 QUIT=221");
  }
  SECTION("at the greeting") {
    Talk talk(smtp::Start::midstream);
    talk.server("220 x ESMTP\r\n")
        .client("EHLO c\r\n")
        .server("250 x\r\n")
        .client("QUIT\r\n")
        .server("221 b\r\n")
        .close();
    CHECK(talk.summary() == "greeting=220 EHLO=250 QUIT=221");
  }
  SECTION("in TLS") {
    Talk talk(smtp::Start::midstream);
    talk.client(std::string_view("\x17\x03\x03\x00\x20"
                                 "0123",
                                 9))
        .server(std::string_view("\x17\x03\x03\x00\x08zzz", 8))
        .close();
    CHECK(talk.summary().empty());
    REQUIRE(talk.dialogue().tls());
    CHECK(talk.dialogue().tls()->client_octets == 9);
    CHECK(talk.dialogue().tls()->server_octets == 8);
  }
}

TEST_CASE("implicit TLS is known by the header of its first record, however it is cut") {
  Talk talk;
  for (const char octet : std::string_view("\x16\x03\x01\x02\x05hello")) talk.client({&octet, 1});
  for (const char octet : std::string_view("\x16\x03\x03")) talk.server({&octet, 1});
  talk.close();
  CHECK(talk.summary().empty());
  REQUIRE(talk.dialogue().tls());
  CHECK(talk.dialogue().tls()->mode == smtp::TlsFacts::Mode::implicit);
  CHECK(talk.dialogue().tls()->first->frame == 1);
  CHECK(talk.dialogue().tls()->client_octets == 10);
  CHECK(talk.dialogue().tls()->server_octets == 3);
}

TEST_CASE("a client in clear and a server that speaks TLS from the first octet") {
  const std::string_view alert("\x15\x03\x01\0\x02\x02\x46", 7);
  const auto check_clear = [](const Talk& talk, const std::string& summary) {
    CHECK(talk.summary() == summary);
    REQUIRE(talk.dialogue().tls());
    CHECK(talk.dialogue().tls()->mode == smtp::TlsFacts::Mode::implicit);
    CHECK(talk.dialogue().tls()->stayed_clear);
    CHECK(talk.dialogue().tls()->server_octets == 7);
    CHECK(talk.dialogue().tls()->client_octets == 0);
  };
  SECTION("the alert answers") {
    Talk talk;
    check_clear(talk.client("EHLO c\r\n").server(alert).client("QUIT\r\n").close(),
                "EHLO=- QUIT=-");
  }
  SECTION("octet by octet") {
    Talk talk;
    talk.client("E").client("HLO c\r\n");
    for (const char octet : alert) talk.server({&octet, 1});
    check_clear(talk.client("QUIT\r\n").close(), "EHLO=- QUIT=-");
  }
  SECTION("the alert stands in the capture before the words that it answers") {
    Talk talk;
    check_clear(talk.server(alert).say(Side::client, "EHLO c\r\n", 7).client("QUIT\r\n").close(),
                "EHLO=- QUIT=-");
  }
}

namespace {

const std::string client_hello("\x16\x03\x01\0\x05hello", 10);
const std::string handshake_failure("\x15\x03\x03\0\x02\x02\x28", 7);
const std::string other_alert("\x15\x03\x03\0\x02\x01\x5a", 7);

// What `client` and `server` say behind the 220 to STARTTLS, cut everywhere: the summary, and what
// TLS is said to hide.
std::string behind_220(std::string_view client, std::string_view server) {
  return test::every_cut(server, [&](const test::Pieces& of_server) {
    return test::every_cut(client, [&](const test::Pieces& of_client) {
      Talk talk;
      hello(talk);
      talk.client("STARTTLS\r\n").server("220 go\r\n");
      for (const Octets& piece : of_client) talk.client(as_text(piece.bytes));
      for (const Octets& piece : of_server) talk.server(as_text(piece.bytes));
      talk.close();
      const smtp::TlsFacts& tls = *talk.dialogue().tls();
      std::string again;
      if (tls.clear_again[0]) again += " client-again";
      if (tls.clear_again[1]) again += " server-again";
      return talk.summary() + ' ' + std::to_string(tls.client_octets) + ' ' +
             std::to_string(tls.server_octets) + again;
    });
  });
}

}  // namespace

TEST_CASE(
    "clear text behind whole records of TLS is read, however it is cut; anything else is TLS for good") {
  const std::string up_to = "greeting=220 EHLO=250 STARTTLS=220";
  struct AfterTls {
    const char* name;
    std::string client;
    std::string server;
    std::string told;
  };
  const AfterTls row = GENERATE_COPY(values<AfterTls>({
      {"an alert, and a reply", client_hello, handshake_failure + "454 4.7.0 no TLS\r\n",
       " !=454 10 7 server-again"},
      {"a reply of several lines", client_hello, handshake_failure + "454-no\r\n454 TLS\r\n",
       " !=454 10 7 server-again"},
      {"both go on in clear", client_hello + other_alert + "QUIT\r\n",
       handshake_failure + "221 Bye\r\n", " QUIT=221 17 7 client-again server-again"},
      {"an empty record before it", client_hello + std::string("\x17\x03\x03\0\0", 5) + "RSET\r\n",
       handshake_failure, " RSET=- 15 7 client-again"},
      {"text inside a record", client_hello + std::string("\x17\x03\x03\0\x06QUIT\r\n", 11),
       client_hello + std::string("\x17\x03\x03\0\x0e"
                                  "454 no TLS\r\n\r\n",
                                  19),
       " 21 29"},
      {"text, and the record is not over",
       client_hello + std::string("\x17\x03\x03\0\x40QUIT\r\nQUIT\r\n", 17), client_hello,
       " 27 10"},
      {"no command", client_hello + "hello there\r\nQUIT\r\n", client_hello, " 29 10"},
      {"no reply", client_hello, handshake_failure + "hello\r\n250 Ok\r\n", " 10 22"},
      {"control characters in it", client_hello + "EHLO \x01\r\nQUIT\r\n",
       handshake_failure + "250 \x80\r\n250 Ok\r\n", " 24 22"},
      {"the line is not over", client_hello + "QUIT", handshake_failure + "454 no", " 14 13"},
      {"a header that is none", client_hello + std::string("\x16\x02\0\0\0QUIT\r\n", 11),
       handshake_failure, " 21 7"},
      {"TLS once more, behind clear text",
       client_hello + other_alert + "RSET\r\n" + client_hello + "QUIT", handshake_failure,
       " RSET=- 31 7"},
  }));
  INFO(row.name);
  CHECK(behind_220(row.client, row.server) == up_to + row.told);
}

TEST_CASE("a gap inside TLS: clear text is known only where the place of the records is") {
  const auto play = [](std::uint64_t length) {
    Talk talk;
    hello(talk);
    talk.client("STARTTLS\r\n")
        .server("220 go\r\n")
        .client(client_hello)
        .server(std::string("\x16\x03\x03\0\x64hello", 10));
    talk.gap(Side::server, length).server("454 4.7.0 no TLS\r\n").close();
    return talk.summary();
  };
  // The rest of the record, and no more.
  CHECK(play(95) == "greeting=220 EHLO=250 STARTTLS=220 !=454");
  CHECK(play(94) == "greeting=220 EHLO=250 STARTTLS=220");
  CHECK(play(96) == "greeting=220 EHLO=250 STARTTLS=220");
}

TEST_CASE("the octets of XEXCH50 are no commands") {
  const auto play = [](std::string_view announced, std::string_view octets) {
    return test::every_cut(octets, [&](const test::Pieces& pieces) {
      Talk talk;
      hello(talk);
      talk.client("XEXCH50 " + std::string(announced) + "\r\n").server("354 go\r\n");
      for (const Octets& piece : pieces) talk.client(as_text(piece.bytes));
      talk.server("250 ok\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
      return talk.summary();
    });
  };
  const std::string taken = "greeting=220 EHLO=250 XEXCH50=354+250 QUIT=221";
  CHECK(play("12 2", "RSET\r\nRSET\r\n") == taken);
  CHECK(play("5 2", std::string("\0\x16\x03\n\r", 5)) == taken);
  CHECK(play("0 2", "") == taken);
  CHECK(play("6 2", "RSET\r\nNOOP\r\n") == "greeting=220 EHLO=250 XEXCH50=354+250 NOOP=221 QUIT=-");
  Talk before;  // sent before the 354 was there
  hello(before);
  before.client("XEXCH50 6 2\r\nRSET\r\n")
      .server("354 go\r\n250 ok\r\n")
      .client("QUIT\r\n")
      .server("221 bye\r\n")
      .close();
  CHECK(before.summary() == taken);
  Talk refused;
  hello(refused);
  refused.client("XEXCH50 6 2\r\n")
      .server("504 no\r\n")
      .client("QUIT\r\n")
      .server("221 bye\r\n")
      .close();
  CHECK(refused.summary() == "greeting=220 EHLO=250 XEXCH50=504 QUIT=221");
  Talk without;  // nothing is announced, so nothing follows
  hello(without);
  without.client("XEXCH50 many\r\n")
      .server("354 go\r\n")
      .client("QUIT\r\n")
      .server("250 ok\r\n221 bye\r\n")
      .close();
  CHECK(without.summary() == taken);
  Talk lost;  // its end and what stood behind it
  hello(lost);
  lost.client("XEXCH50 600 2\r\n")
      .server("354 go\r\n")
      .client("RSET\r\n")
      .gap(Side::client, 700)
      .client("QUIT\r\n");
  lost.server("250 ok\r\n221 bye\r\n").close();
  CHECK(lost.summary().starts_with("greeting=220 EHLO=250 XEXCH50=354"));
  CHECK(lost.summary().ends_with("QUIT=221"));
  Talk holed;
  hello(holed);
  holed.client("XEXCH50 600 2\r\n")
      .server("354 go\r\n")
      .client("RSET\r\n")
      .gap(Side::client, 588)
      .client("RSET\r\n");
  holed.server("250 ok\r\n").client("QUIT\r\n").server("221 bye\r\n").close();
  CHECK(holed.summary() == taken);
}

TEST_CASE("first octets that only look like TLS are read after all") {
  Talk talk;
  talk.server("220 mx.example.com ESMTP\r\n").client("\x16").client("\x03").client("x\r\nQUIT\r\n");
  talk.server("500 What?\r\n221 Bye\r\n").close();
  CHECK_FALSE(talk.dialogue().tls());
  REQUIRE(talk.exchanges().size() == 3);
  CHECK(talk.exchanges()[1].command->begun.frame == 2);
  CHECK(talk.exchanges()[2].command->verb == smtp::Verb::quit);
}

TEST_CASE("what TLS hides is counted from its first octet") {
  Talk talk;
  hello(talk);
  talk.client("STARTTLS\r\n")
      .server("220 go\r\n")
      .client("\x16\x03\x01zz")
      .gap(Side::client, 100)
      .server("\x16\x03\x03")
      .close();
  REQUIRE(talk.dialogue().tls());
  const smtp::TlsFacts& tls = *talk.dialogue().tls();
  CHECK(tls.command->frame == 4);
  CHECK(tls.accept->frame == 5);
  CHECK(tls.first->frame == 6);
  CHECK(tls.client_octets == 105);
  CHECK(tls.server_octets == 3);
}

TEST_CASE("message facts") {
  Talk talk;
  envelope(talk);
  talk.client("DATA\r\n").server("354 go\r\n");
  talk.client("Message-ID: <1@example.net>\r\nSubject: one\r\n two\r\n\r\n..a\r\n.\r\n")
      .server("250 ok\r\n")
      .close();
  const smtp::Message& message = *talk.exchanges().back().message;
  CHECK(message.octets == 55);
  CHECK(message.header.subject == "one two");
  CHECK(message.header.message_id == "1@example.net");
  CHECK(message.complete);
}

TEST_CASE("lines that look like authentication are secret, also where the server refused AUTH") {
  Talk talk;
  hello(talk);
  talk.client("AUTH LOGIN\r\n")
      .server("504 no\r\n")
      .client("YWxpY2U=\r\n")
      .server("500 what\r\n")
      .close();
  CHECK(talk.summary() == std::string(hello_text) + "AUTH(LOGIN,,0)=504 YWxpY2U==500");
  CHECK(talk.exchanges().back().command->secret);
}

TEST_CASE("a line that might be a secret is one, whoever it was meant for") {
  for (const std::string line :
       {"Authorization: Basic YWxpY2U6c2VjcmV0", "proxy-authorization: Basic YWxpY2U6c2VjcmV0"}) {
    Talk talk;
    hello(talk);
    talk.client(line + "\r\n").server("500 what\r\n").close();
    CHECK(talk.exchanges().back().command->secret);
  }
  struct Line {
    std::string text;
    bool secret;
  };
  for (const Line& line :
       {Line{"c2Vj/mV0+aa=", true}, Line{"abc", false}, Line{"what is this", false}}) {
    INFO(line.text);
    Talk talk;
    hello(talk);
    talk.client("AUTH LOGIN\r\n")
        .server("504 no\r\n")
        .client(line.text + "\r\n")
        .server("500 what\r\n")
        .close();
    CHECK(talk.exchanges().back().command->secret == line.secret);
  }
}

TEST_CASE("the first octets are told once, also where they had to be held") {
  Talk talk;
  talk.server("220 x\r\n").client("DATA\r\nabc\r\n.\r\n").server("354 go\r\n250 ok\r\n").close();
  CHECK(talk.dialogue().first_octets(Side::client) == "DATA\r\nabc\r\n.\r\n");
  CHECK(talk.dialogue().first_octets(Side::server) == "220 x\r\n354 go\r\n250 ok\r\n");
}

TEST_CASE("what stands behind a gap is not among the first octets") {
  Talk talk;
  talk.server("220 x\r\n").client("EHLO c\r\n").gap(Side::server, 10).server("250 ok\r\n").close();
  CHECK(talk.dialogue().first_octets(Side::server) == "220 x\r\n");
}

TEST_CASE("limits: what waits is bounded, and reaching a limit is counted") {
  smtp::DialogueLimits limits;
  limits.held_octets = 100;
  limits.waiting_exchanges = 8;
  Talk talk(smtp::Start::connection, limits);
  hello(talk);
  SECTION("octets that wait for a reply") {
    talk.client("DATA\r\n");
    for (int i = 0; i < 100; ++i) talk.client("some text of a message\r\n");
    talk.client(".\r\n").close();
    CHECK(talk.dialogue().counts().limits_reached == 1);
  }
  SECTION("pieces that wait for a reply, however small they are") {
    limits.held_octets = 1024 * 1024;
    limits.held_pieces = 10;
    Talk pieces(smtp::Start::connection, limits);
    hello(pieces);
    pieces.client("DATA\r\n");
    for (int i = 0; i < 100; ++i) pieces.client("x");
    CHECK(pieces.dialogue().counts().limits_reached == 1);
  }
  SECTION("replies behind a gap, for which there is no command yet") {
    talk.gap(Side::server, 100);
    for (int i = 0; i < 40; ++i) talk.server("250 ok\r\n");
    talk.close();
    CHECK(talk.exchanges().size() <= 2 + limits.waiting_exchanges);
  }
  SECTION("replies inside a message") {
    talk.client("DATA\r\n").server("354 go\r\n").client("hi\r\n");
    for (int i = 0; i < 200; ++i) talk.server("250 ok\r\n");
    talk.client(".\r\n").close();
    CHECK(talk.exchanges().size() < 220);
  }
  SECTION("challenges") {
    limits.auth_lines = 4;
    Talk asked(smtp::Start::connection, limits);
    hello(asked);
    asked.client("AUTH LOGIN\r\n");
    for (int i = 0; i < 40; ++i) asked.server("334 \r\n").client("YWxpY2U=\r\n");
    asked.server("535 no\r\n").close();
    REQUIRE(asked.exchanges().back().auth);
    CHECK(asked.exchanges().back().auth->challenges.size() == 4);
    CHECK(asked.exchanges().back().auth->responses.size() <= 4);
  }
  SECTION("commands that wait for a reply") {
    for (int i = 0; i < 100; ++i) talk.client("NOOP\r\n");
    talk.close();
    CHECK(talk.dialogue().counts().limits_reached > 0);
    CHECK(talk.exchanges().size() == 102);
  }
}
