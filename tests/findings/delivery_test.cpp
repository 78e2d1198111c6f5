#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("delivery.refused and delivery.deferred: each thing once") {
  const std::string rset = "C: RSET\nS: 250 Ok\n" + quit;
  require_case(GENERATE_COPY(values<Case>({
      {"a recipient",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 550 5.1.1 <bob@example.com>: unknown\n" +
           rset,
       "delivery.refused",
       "mx.example.com refused the recipient bob@example.com: 550 5.1.1 <bob@example.com>: "
       "unknown. The domain takes "
       "mail, but has no mailbox of this name."},
      {"two recipients",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 550 5.1.1 no\nC: RCPT TO:<carol@example.com>\nS: 450 "
           "4.2.0 later\n" +
           rset,
       "delivery.refused delivery.deferred",
       "refused the recipient carol@example.com for now: 450 4.2.0 later."},
      {"the sender", hello + "C: MAIL FROM:<>\nS: 550 5.7.1 no bounces\n" + quit,
       "delivery.refused", "refused the sender <>:"},
      {"the message", sent + "S: 554 5.7.1 no\n" + quit, "delivery.refused",
       "refused the message: 554 5.7.1 no."},
      {"a chunk",
       with_recipient + "C: BDAT 5\\r\\nabcde\\\nS: 552 5.3.4 too big\nC: RSET\nS: 250 Ok\n" + quit,
       "delivery.refused", "refused the message: 552 5.3.4 too big."},
      {"DATA", with_recipient + "C: DATA\nS: 451 4.3.0 later\n" + rset, "delivery.deferred",
       "refused the message for now"},
      {"LMTP, one of two",
       "connect port=24\nS: 220 mx LMTP\nC: LHLO client.example.net\nS: 250 mx\nC: MAIL "
       "FROM:<alice@example.org>\nS: 250 Ok\n"
       "C: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: RCPT TO:<carol@example.com>\nS: 250 Ok\nC: "
       "DATA\nS: 354 go on\n"
       "C: text\nC: .\nS: 250 2.1.5 Ok\nS: 452 4.2.2 over quota\n" +
           quit,
       "delivery.deferred delivery.partial",
       "refused the recipient carol@example.com for now: 452 4.2.2 over quota"},
      {"550 to VRFY is no refused recipient", hello + "C: VRFY bob\nS: 550 5.1.1 no\n" + quit, ""},
      {"450 to VRFY neither", hello + "C: VRFY bob\nS: 450 4.2.1 no\n" + quit, ""},
      {"a login was asked for, and then the sender accepted",
       can_log_in +
           "C: MAIL FROM:<alice@example.org>\nS: 530 5.7.0 log in first\nC: AUTH CRAM-MD5\nS: 334 PDE+\nC: "
           "YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZg==\nS: 235 Ok\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" +
           rset,
       "security.weak-auth"},
      {"a login was asked for, and the client gave up",
       hello + "C: MAIL FROM:<alice@example.org>\nS: 530 5.7.0 log in first\n" + quit,
       "delivery.refused"},
      {"the sender refused for good, and another mail accepted",
       hello +
           "C: MAIL FROM:<alice@example.org>\nS: 552 5.3.4 too big\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" +
           rset,
       "delivery.refused"},
      {"a chunk of LMTP that is answered for each recipient",
       "connect port=24\nS: 220 mx LMTP\nC: LHLO client.example.net\nS: 250-mx\nS: 250 CHUNKING\nC: MAIL "
       "FROM:<alice@example.org>\nS: 250 Ok\n"
       "C: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: RCPT TO:<carol@example.com>\nS: 250 Ok\nC: BDAT 5 LAST\\r\\nabcde\\\n"
       "S: 250 2.1.5 Ok\nS: 550 5.2.0 no\n" +
           quit,
       "delivery.refused delivery.partial",
       "refused the recipient carol@example.com: 550 5.2.0 no"},
      {"a refused greeting is a finding of its own", "connect\nS: 554 5.7.1 no\n" + quit,
       "smtp.greeting-refused"},
  })));
}

TEST_CASE("delivery.partial") {
  const std::string message = "C: DATA\nS: 354 go on\nC: text\nC: .\n";
  require_case(GENERATE_COPY(values<Case>({
      {"one of two",
       with_recipient + "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\n" + message +
           "S: 250 Ok\n" + quit,
       "delivery.refused delivery.partial",
       "mx.example.com took the message for 1 of 2 recipients, refused carol@example.com."},
      {"the message was refused as well",
       with_recipient + "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\n" + message +
           "S: 554 5.7.1 no\n" + quit,
       "delivery.refused delivery.refused"},
      {"all accepted",
       with_recipient + "C: RCPT TO:<carol@example.com>\nS: 250 Ok\n" + message + "S: 250 Ok\n" +
           quit,
       ""},
  })));
}

TEST_CASE("delivery.lost-after-data") {
  require_case(GENERATE(values<Case>({
      {"the server closes", sent + "wait 3s\nS:fin\nC:fin\n", "delivery.lost-after-data",
       "The end of the message was sent and never answered: the server 198.51.100.25 closed the "
       "connection 3.0 s "
       "later, lost connection after END-OF-MESSAGE."},
      {"the client gives up", sent + "wait 300s\nC:fin\nS:fin\n", "delivery.lost-after-data",
       "the client 192.0.2.10 closed the connection 5 min later"},
      {"the answer comes too late", sent + "wait 60s\nC:fin\nwait 5s\nS: 250 2.0.0 Ok\nC:rst\n",
       "delivery.lost-after-data",
       "The end of the message was answered too late: the client 192.0.2.10 closed the connection 60 s later, and "
       "only then came 250 2.0.0 Ok."},
      {"LMTP, one of two answers",
       "connect port=24\nS: 220 mx LMTP\nC: LHLO client.example.net\nS: 250 mx\nC: MAIL "
       "FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: RCPT "
       "TO:<carol@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go on\nC: text\nC: .\nS: 250 2.1.5 "
       "Ok\nS:fin\nC:fin\n",
       "delivery.lost-after-data", "Only 1 reply to the end of the message came"},
      {"BDAT LAST", with_recipient + "C: BDAT 5 LAST\\r\\nabcde\\\nS:rst\n",
       "delivery.lost-after-data"},
      {"the client only closed its own direction",
       sent + "C: QUIT\nC:fin\nS: 250 Ok\nS: 221 Bye\nS:fin\nack C\n", ""},
      {"the capture ended", sent, "capture.open"},
      {"the message was not ended", in_message + "S:fin\nC:fin\n", "net.closed-early"},
      {"the reply is in a gap", sent + "drop\nS: 250 Ok\nC: QUIT\nS: 221 Bye\nclose\n",
       "capture.gap"},
  })));
}

}  // namespace smtpscope::findings
