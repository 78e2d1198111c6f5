#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("smtp.bad-sequence: what the client could know") {
  const std::string rset = "C: RSET\nS: 250 Ok\n" + quit;
  require_case(GENERATE_COPY(values<Case>({
      {"RCPT without MAIL", hello + "C: RCPT TO:<bob@example.com>\nS: 503 5.5.1 need MAIL\n" + quit,
       "smtp.bad-sequence",
       "The client sent RCPT TO:<bob@example.com> although no sender was named with MAIL; the "
       "server answered 503 "
       "5.5.1 need MAIL."},
      {"RCPT behind a refused MAIL, known",
       hello +
           "C: MAIL FROM:<alice@example.org>\nS: 550 5.7.1 no\nC: RCPT TO:<bob@example.com>\nS: "
           "503 5.5.1 no\n" +
           quit,
       "delivery.refused smtp.bad-sequence", "although MAIL had been refused"},
      {"RCPT in one group with a refused MAIL",
       hello +
           "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nDATA\nS: 550 "
           "5.7.1 no\nS: 503 5.5.1 no\n"
           "S: 503 5.5.1 no\n" +
           quit,
       "delivery.refused"},
      {"DATA without RCPT", with_sender + "C: DATA\nS: 503 5.5.1 need RCPT\n" + rset,
       "smtp.bad-sequence", "although no recipient was named with RCPT"},
      {"DATA, all recipients refused, known",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 550 5.1.1 no\nC: DATA\nS: 554 5.5.1 no valid "
           "recipients\n" +
           rset,
       "delivery.refused smtp.bad-sequence", "although every recipient had been refused"},
      {"DATA in one group with refused recipients",
       with_sender +
           "C: RCPT TO:<bob@example.com>\\r\\nDATA\nS: 550 5.1.1 no\nS: 554 5.5.1 no valid "
           "recipients\n" +
           rset,
       "delivery.refused"},
      {"DATA, one of two accepted",
       with_recipient +
           "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: DATA\nS: 354 go on\nC: x\nC: .\nS: "
           "250 Ok\n" +
           quit,
       "delivery.refused delivery.partial"},
      {"MAIL inside a transaction",
       with_recipient + "C: MAIL FROM:<alice@example.org>\nS: 503 5.5.1 nested\n" + rset,
       "smtp.bad-sequence", "although a transaction was open already"},
      {"a nested MAIL is refused, and the first one goes on",
       with_sender +
           "C: DATA\nS: 503 5.5.1 need RCPT\nC: MAIL FROM:<alice@example.org>\nS: 503 5.5.1 "
           "nested\n"
           "C: RCPT TO:<bob@example.com>\nS: 250 Ok\n" +
           rset,
       "smtp.bad-sequence"},
      {"MAIL after RSET",
       with_recipient + "C: RSET\nS: 250 Ok\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" + rset,
       ""},
      {"MAIL after a refused MAIL",
       hello +
           "C: MAIL FROM:<alice@example.org>\nS: 450 4.1.8 no\nC: MAIL "
           "FROM:<alice@example.net>\nS: 250 Ok\n" +
           rset,
       "delivery.deferred"},
      {"MAIL after a message", delivered + "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" + rset,
       ""},
      {"MAIL before EHLO",
       greeted + "C: MAIL FROM:<alice@example.org>\nS: 503 5.5.1 EHLO first\n" + quit,
       "smtp.bad-sequence", "although neither EHLO nor HELO was said"},
      {"MAIL after HELO",
       greeted +
           "C: HELO client.example.net\nS: 250 mx\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\n" +
           rset,
       ""},
      {"a transaction that began before the capture",
       "midstream\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\n" + rset, "capture.midstream"},
      {"MAIL in a gap",
       hello +
           "drop\nC: MAIL FROM:<alice@example.org>\ndrop\nS: 250 Ok\nC: RCPT "
           "TO:<bob@example.com>\nS: 250 Ok\n" +
           rset,
       "capture.gap capture.gap"},
  })));
}

TEST_CASE("smtp.bad-sequence is a note where the server took it") {
  const auto severity = [](const std::string& reply) {
    return severity_of(
        judge(test::session_of(greeted + "C: MAIL FROM:<alice@example.org>\n" + reply)).front());
  };
  CHECK(severity("S: 250 Ok\nC: RSET\nS: 250 Ok\n" + quit) == Severity::note);
  CHECK(severity("S: 503 EHLO first\n" + quit) == Severity::error);
}

TEST_CASE("smtp.bad-sequence: BDAT") {
  require_case(GENERATE(values<Case>({
      {"chunks of one message",
       with_recipient +
           "C: BDAT 5\\r\\nabcde\\\nS: 250 Ok\nC: BDAT 5 LAST\\r\\nabcde\\\nS: 250 Ok: queued\n" +
           quit,
       ""},
      {"in one group with a refused recipient",
       with_sender +
           "C: RCPT TO:<bob@example.com>\\r\\nBDAT 5 LAST\\r\\nabcde\\\nS: 550 5.1.1 no\nS: 503 "
           "5.5.1 no\n" +
           quit,
       "delivery.refused"},
      {"without a recipient", with_sender + "C: BDAT 5 LAST\\r\\nabcde\\\nS: 503 5.5.1 no\n" + quit,
       "smtp.bad-sequence"},
  })));
}

}  // namespace smtpscope::findings
