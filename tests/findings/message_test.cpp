// Rules about what messages are made of. Each rule: where it fires, and the nearest case in which
// it must not.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

// Up to the answer of DATA, with this answer to EHLO and these parameters of MAIL.
std::string begun(const std::string& offer, const std::string& parameters = "") {
  return greeted + "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250 " + offer +
         "\nC: MAIL FROM:<alice@example.org>" + parameters +
         "\nS: 250 2.1.0 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 go on\n";
}
const std::string ended = "C: .\nS: 250 2.0.0 Ok: queued as 4F7\n" + quit;
const std::string with_body =  // up to its text
    with_recipient + "C: DATA\nS: 354 go on\n";
const std::string hidden =  // commands, and a message
    "MAIL FROM:<boss@example.org>\\r\\nRCPT TO:<carol@example.com>\\r\\nDATA\\r\\nhidden\\r\\n.\n";
const std::string five_replies =
    "S: 250 2.0.0 Ok: queued as 4F7\\r\\n250 2.1.0 Ok\\r\\n250 2.1.5 Ok\\r\\n354 go on\\r\\n250 2.0.0 Ok: queued as "
    "4F8\n";

}  // namespace

TEST_CASE("smtp.bare-lf") {
  require_case(GENERATE(values<Case>({
      {"in a message", with_body + "C: one\\ntwo\\nthree\n" + ended, "smtp.bare-lf",
       "2 LF without CR, the first at octet 3"},
      {"a CR in a message", with_body + "C: one\\rtwo\n" + ended, "smtp.bare-lf",
       "1 CR without LF at octet 3"},
      {"a command", greeted + "C: EHLO client.example.net\\n\\\nS: 250 mx\n" + quit, "smtp.bare-lf",
       "ended EHLO client.example.net by LF without CR"},
      {"replies", greeted + "C: EHLO client.example.net\nS: 250 mx\\n\\\n" + quit, "smtp.bare-lf",
       "The server ended a line by LF without CR in its reply to EHLO client.example.net"},
      {"TLS that is read as commands",
       hello + "C: \\x16\\x03\\x01\\0\\x05\\n\\0\\0\\n\\\nS: 500 what\\r\\n500 what\n" + quit,
       "smtp.unknown-command smtp.unknown-command"},
      {"CR LF cut in two", with_body + "C: one\\r\\\nC: \\ntwo\n" + ended, ""},
      {"with BODY=BINARYMIME",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx\\r\\n250-CHUNKING\\r\\n250 BINARYMIME\nC: MAIL "
           "FROM:<alice@example.org> BODY=BINARYMIME\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\n"
           "C: BDAT 4 LAST\nC: a\\n\\0\\r\\\nS: 250 Ok\n" +
           quit,
       ""},
      {"behind a gap nobody knows",
       with_body + "C: one\\r\\\ndrop\nC: \\ntwo\\r\\\nC: \\nthree\n" + ended, "capture.gap"},
  })));
}

TEST_CASE("smtp.nul-octet") {
  require_case(GENERATE(values<Case>({
      {"in a message", with_body + "C: o\\0e\n" + ended, "smtp.nul-octet",
       "stands 1 NUL octet at octet 1"},
      {"in a command", hello + "C: NOOP \\0\nS: 250 Ok\n" + quit, "smtp.nul-octet",
       "stands in a command"},
      {"the word", with_body + "C: NUL \\\\0\n" + ended, ""},
  })));
}

TEST_CASE("smtp.8bit-undeclared") {
  require_case(GENERATE(values<Case>({
      {"not declared", begun("8BITMIME") + "C: caf\\xC3\\xA9\n" + ended, "smtp.8bit-undeclared",
       "the first at octet 3, and was not sent with BODY=8BITMIME"},
      {"not offered", begun("SIZE") + "C: caf\\xC3\\xA9\n" + ended, "smtp.8bit-undeclared",
       "the server does not offer 8BITMIME"},
      {"declared", begun("8BITMIME", " BODY=8bitmime") + "C: caf\\xC3\\xA9\n" + ended, ""},
      {"a message in UTF-8", begun("SMTPUTF8", " SMTPUTF8") + "C: caf\\xC3\\xA9\n" + ended, ""},
      {"seven bits", begun("8BITMIME") + "C: cafe\n" + ended, ""},
  })));
}

TEST_CASE("smtp.line-too-long") {
  require_case(GENERATE(values<Case>({
      {"of a message", with_body + "C*: 999 x\nC: \n" + ended, "smtp.line-too-long",
       "1 line has more than 1000 octets"},
      {"998 octets and CR LF", with_body + "C*: 998 x\nC: \n" + ended, ""},
      {"a command", hello + "C: NOOP " + std::string(506, 'x') + "\nS: 250 Ok\n" + quit,
       "smtp.line-too-long", "has 513 octets, and 512 are allowed"},
      {"a command of 512 octets",
       hello + "C: NOOP " + std::string(505, 'x') + "\nS: 250 Ok\n" + quit, ""},
      {"parameters make room", begun("DSN", " ENVID=" + std::string(95, 'x')) + "C: text\n" + ended,
       ""},
      {"a reply", hello + "C: NOOP\nS: 250 " + std::string(507, 'x') + "\n" + quit,
       "smtp.line-too-long", "has 513 octets"},
      {"a reply of 512 octets", hello + "C: NOOP\nS: 250 " + std::string(506, 'x') + "\n" + quit,
       ""},
  })));
}

TEST_CASE("smtp.size-exceeds-limit") {
  require_case(GENERATE(values<Case>({
      {"announced",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx\\r\\n250 SIZE 1000\nC: MAIL FROM:<alice@example.org> "
           "SIZE=2000\nS: 552 5.3.4 too big\n" +
           quit,
       "smtp.size-exceeds-limit delivery.refused",
       "MAIL announces SIZE=2000, and the server offers SIZE 1000"},
      {"sent", begun("SIZE 100") + "C*: 200 x\nC: \nC: .\nS: 552 5.3.4 too big\n" + quit,
       "smtp.size-exceeds-limit delivery.refused",
       "has 202 octets, and the server offers SIZE 100"},
      {"as large as allowed", begun("SIZE 102") + "C*: 100 x\nC: \n" + ended, ""},
      {"no limit", begun("SIZE 0") + "C*: 200 x\nC: \n" + ended, ""},
  })));
}

TEST_CASE("smtp.size-mismatch") {
  require_case(GENERATE(values<Case>({
      {"less", begun("SIZE", " SIZE=9000") + "C: short\n" + ended, "smtp.size-mismatch",
       "MAIL announced SIZE=9000, and the message from <alice@example.org> has 7 octets"},
      {"more", begun("SIZE", " SIZE=10") + "C*: 3000 x\nC: \n" + ended,
       "smtp.size-mismatch smtp.line-too-long"},
      {"nearly", begun("SIZE", " SIZE=2000") + "C: short\n" + ended, ""},
      {"not known", begun("SIZE", " SIZE=0") + "C: short\n" + ended, ""},
      {"not whole", begun("SIZE", " SIZE=9000") + "C: short\n", "capture.open"},
  })));
}

TEST_CASE("smtp.dot-stuffing") {
  require_case(GENERATE(values<Case>({
      {"a lone dot, and the rest as commands",
       with_body +
           "C: one\nC: .\nC: two words\nC: three\nC: .\nS: 250 Ok\\r\\n500 what\\r\\n500 what\\r\\n500 what\n" +
           quit,
       "smtp.dot-stuffing", "3 lines behind it came as commands, the first of them \"two words\""},
      {"the same, where the server is faster",
       with_body + "C: one\nC: .\nS: 250 Ok\nC: two words\nS: 500 what\nC: .\nS: 500 what\n" + quit,
       "smtp.dot-stuffing"},
      {"a dot before text", with_body + "C: one\nC: .two\n" + ended, "smtp.dot-stuffing",
       "1 line begins with a dot that the client did not double, the first at octet 5"},
      {"doubled", with_body + "C: ..\nC: ..two\n" + ended, ""},
      {"in a chunk nothing is doubled",
       with_recipient + "C: BDAT 6 LAST\nC: .two\nS: 250 Ok\n" + quit, ""},
      {"an empty line and a dot behind the message",
       with_body + "C: one\\r\\n.\\r\\n\\r\\n.\nS: 250 Ok\\r\\n500 what\\r\\n500 what\n" + quit,
       "smtp.unknown-command smtp.unknown-command"},
      {"a next mail that goes wrong: its client waits for each reply",
       with_body +
           "C: one\nC: .\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 503 no MAIL\nC: DATA\nS: 503 no RCPT\n"
           "C: two words\nS: 500 what\nC: .\nS: 500 what\n" +
           quit,
       "smtp.bad-sequence smtp.bad-sequence smtp.text-as-commands",
       "2 lines, although DATA was refused"},
      {"one unknown command behind a message",
       with_body + "C: one\nC: .\nS: 250 Ok\nC: BOGUS\nS: 500 what\n" + quit,
       "smtp.unknown-command"},
  })));
}

TEST_CASE("smtp.text-as-commands") {
  require_case(GENERATE(values<Case>({
      {"behind a refused DATA",
       with_sender +
           "C: DATA\nS: 503 5.5.1 need RCPT\nC: Subject: hello\nS: 500 what\nC: \nS: 500 what\nC: .\nS: 500 "
           "what\n" +
           quit,
       "smtp.bad-sequence smtp.text-as-commands",
       "the message, 3 lines, although DATA was refused: 503"},
      {"in the same flight, before the 354",
       with_recipient +
           "C: DATA\\r\\nSubject: x\\r\\n\\r\\ntext\\r\\n.\nS: 354 go "
           "on\\r\\n250 Ok\n" +
           quit,
       "smtp.text-as-commands", "before it had the answer to DATA; that was 354 go on"},
      {"a server that says goodbye to the first line",
       with_sender +
           "C: RCPT TO:<bob@example.com>\\r\\nDATA\\r\\nFrom: x\\r\\nSubject: y\\r\\n\\r\\ntext\\r\\n.\nS: 550 5.1.1 "
           "no\\r\\n554 5.5.1 no\\r\\n221 2.7.0 Goodbye\nS:fin\nC:fin\n",
       "delivery.refused smtp.text-as-commands", "the message, 5 lines, although DATA was refused"},
      {"behind the 354", with_body + "C: Subject: x\n" + ended, ""},
      {"RSET behind a refused DATA",
       with_recipient + "C: DATA\nS: 452 4.3.1 no room\nC: RSET\nS: 250 Ok\n" + quit,
       "delivery.deferred"},
  })));
}

TEST_CASE("smtp.chunk-mismatch") {
  require_case(GENERATE(values<Case>({
      {"DATA between chunks",
       with_recipient +
           "C: BDAT 6\nC: text\nS: 250 Ok\nC: DATA\nS: 503 5.5.1 no\nC: RSET\nS: 250 Ok\n" + quit,
       "smtp.chunk-mismatch", "The client sent DATA in the middle of a message"},
      {"no LAST", with_recipient + "C: BDAT 6\nC: text\nS: 250 Ok\n" + quit, "smtp.chunk-mismatch",
       "no BDAT with LAST ended the message"},
      {"more than announced",
       with_recipient + "C: BDAT 6 LAST\nC: text\nC: more text\nS: 250 Ok\\r\\n500 what\n" + quit,
       "smtp.chunk-mismatch", "More came than BDAT 6 LAST announced"},
      {"less than announced, and the client closes",
       with_recipient + "C: BDAT 60 LAST\nC: text\nwait 20s\nC:fin\nS:fin\n",
       "smtp.chunk-mismatch delivery.lost-after-data net.idle-close",
       "announced 60 octets, and 6 came"},
      {"the last chunk in a gap, and DATA of the next mail",
       with_recipient +
           "C: BDAT 6\nC: text\nS: 250 Ok\ndrop\nC: BDAT 0 LAST\nS: 250 Ok\nC: DATA\nS: 354 go on\nC: .\nS: "
           "250 Ok\n" +
           quit,
       "capture.gap"},
      {"RSET gives the message up",
       with_recipient + "C: BDAT 6\nC: text\nS: 250 Ok\nC: RSET\nS: 250 Ok\n" + quit, ""},
      {"two chunks",
       with_recipient + "C: BDAT 6\nC: text\nS: 250 Ok\nC: BDAT 0 LAST\nS: 250 Ok\n" + quit, ""},
  })));
}

TEST_CASE("security.smuggling") {
  require_case(GENERATE(values<Case>({
      {"not taken",
       with_body + "C: text\\n.\\n" + hidden + "S: 250 2.0.0 Ok: queued as 4F7\n" + quit,
       "security.smuggling",
       "stands LF.LF at octet 5, which is no end of data, and behind it the command \"MAIL FROM:<boss@example.org>\": the "
       "server did not take it for the end: one reply, 250 2.0.0 Ok: queued as 4F7, answers all of it."},
      {"taken", with_body + "C: text\\n.\\r\\n" + hidden + five_replies + quit,
       "security.smuggling",
       "stands LF.CRLF at octet 5, which is no end of data, and behind it the command \"MAIL FROM:<boss@example.org>\": the "
       "server took that for the end of the message, and answered MAIL FROM:<boss@example.org> by 250 2.1.0 Ok."},
      {"refused",
       with_body + "C: text\\r.\\r" + hidden + "S: 521 5.5.2 bare <CR> received\nS:fin\nC:fin\n",
       "security.smuggling delivery.refused", "the server refused the message: 521"},
      {"a lone dot between bare LFs, and text behind it",
       with_body + "C: text\\n.\\nMAIL is a word\n" + ended, "smtp.bare-lf"},
      {"a dot behind CR LF that is doubled", with_body + "C: text\\r\\n..\\r\\nQUIT\n" + ended, ""},
      {"commands in a message, and no dot",
       with_body + "C: text\\nMAIL FROM:<boss@example.org>\n" + ended, "smtp.bare-lf"},
      {"a client that ends all lines in LF",
       with_recipient + "C: DATA\\n\\\nS: 354 go on\nC: text\\n.\\nQUIT\\n\\\nS: 250 "
                        "Ok\\r\\n221 Bye\nS:fin\nC:fin\n",
       "smtp.bare-lf smtp.bare-lf"},
  })));
}

TEST_CASE("security.smuggling: two messages where the server took it") {
  const session::Session session =
      test::session_of(with_body + "C: text\\n.\\r\\n" + hidden + five_replies + quit);
  REQUIRE(session.transactions.size() == 2);
  CHECK(session.transactions[0].message->octets == 5);
  CHECK(session.transactions[0].queued_as == "4F7");
  CHECK(session.transactions[1].sender == "boss@example.org");
  CHECK(session.transactions[1].recipients.at(0).address == "carol@example.com");
  CHECK(session.transactions[1].outcome == session::TransactionOutcome::delivered);
  CHECK(session.transactions[1].queued_as == "4F8");
}

TEST_CASE("delivery.null-sender") {
  const std::string bounce =
      hello + "C: MAIL FROM:<>\nS: 250 Ok\nC: RCPT TO:<alice@example.org>\nS: 250 Ok\n";
  require_case(GENERATE_COPY(values<Case>({
      {"with a report",
       bounce +
           "C: DATA\nS: 354 go\nC: Content-Type: multipart/report; boundary=b\\r\\n\\r\\n--b\\r\\nContent-Type: "
           "message/delivery-status\\r\\n\\r\\nReporting-MTA: dns; mx\\r\\n\\r\\nFinal-Recipient: rfc822; "
           "bob@example.com\\r\\nAction: failed\\r\\nStatus: 5.1.1\\r\\n\\r\\n--b--\n" +
           ended,
       "delivery.null-sender", "a report that says: bob@example.com failed (5.1.1)"},
      {"without", bounce + "C: DATA\nS: 354 go\nC: Subject: away\n" + ended, "delivery.null-sender",
       "The message to alice@example.org has the empty sender <>"},
      {"a question whether the address exists", bounce + quit, ""},
  })));
}

TEST_CASE("delivery.loop") {
  const auto hops = [](int count) {
    std::string fields;
    for (int i = 0; i < count; ++i) fields += "C: Received: from a by b\n";
    return fields;
  };
  require_case(GENERATE_COPY(values<Case>({
      {"51 hops", with_body + hops(51) + ended, "delivery.loop", "stand 51 Received fields"},
      {"50 hops", with_body + hops(50) + ended, ""},
      {"a refusal that says so",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 554 5.4.6 Too many hops\n" + quit,
       "delivery.loop delivery.refused"},
      {"a refusal of another kind",
       with_sender + "C: RCPT TO:<loop@example.com>\nS: 550 5.1.1 no such user: loop\n" + quit,
       "delivery.refused"},
  })));
}

}  // namespace smtpscope::findings
