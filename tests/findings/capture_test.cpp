#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("capture.gap: where in the dialogue") {
  require_case(GENERATE(values<Case>({
      {"between commands", hello + "drop\nC: NOOP\ndrop\nS: 250 Ok\nC: QUIT\nS: 221 Bye\nclose\n",
       "capture.gap capture.gap",
       "6 octets of the client 192.0.2.10 are acknowledged and not in the capture: "
       "between EHLO and QUIT."},
      {"in a message",
       with_recipient +
           "C: DATA\nS: 354 go on\nC: Subject: test\ndrop\nC*: 700 x\nC: \nC: .\nS: 250 Ok\n" +
           quit,
       "capture.gap",
       "700 octets of the client 192.0.2.10 are acknowledged and not in the capture: in the "
       "message of the 1st transaction."},
      {"in a reply",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx.example.com\ndrop\nS: 250-SIZE 1000\nS: 250 "
           "HELP\n" +
           quit,
       "capture.gap",
       "of the server 198.51.100.25 are acknowledged and not in the capture: in or before the "
       "reply to EHLO."},
      {"lost and sent again is no gap", hello + "again\ndrop\nC: NOOP\nS: 250 Ok\n" + quit, ""},
  })));
}

TEST_CASE("capture.gap: many gaps are told as a few") {
  std::string script = with_recipient + "C: DATA\nS: 354 go on\n";
  for (int i = 0; i < 7; ++i) script += "drop\nC*: 100 x\nC: \nack S\n";
  const auto findings = judge(test::session_of(script + "C: .\nS: 250 Ok\n" + quit));
  INFO(texts_of(findings));
  CHECK(ids_of(findings) == "capture.gap capture.gap capture.gap capture.gap");
  CHECK(findings.back().text == "4 more gaps hide 400 octets of the client and 0 of the server.");
}

TEST_CASE("capture.gap: what TLS hides is no gap") {
  CHECK(ids_of(judge(test::session_of(
            hello_tls + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\ndrop\nC*: 500 "
                        "\\xff\nC*: 20 \\xfe\n"
                        "S: \\x16\\x03\\x03\\0\\x05hello\\\nclose\n"))) == "tls.hidden");
}

TEST_CASE("capture.cut-by-snaplen, capture.midstream and capture.open: the file and its packets") {
  require_case(GENERATE(values<Case>({
      {"cut by the snap length",
       with_recipient + "C: DATA\nS: 354 go on\nsnap 96\nC*: 700 x\nC: \nC: .\nS: 250 Ok\n" + quit,
       "capture.cut-by-snaplen", "1 of "},
      {"began before", "midstream\nC: QUIT\nS: 221 Bye\nclose\n", "capture.midstream"},
      {"began with it", hello + quit, ""},
      {"still open", hello, "capture.open",
       "The connection was still open when the capture ended, after EHLO."},
      {"half-closed is not open", hello + "C: QUIT\nS: 221 Bye\nC:fin\n", ""},
      {"reset is not open", hello + "C: QUIT\nS: 221 Bye\nC:rst\n", ""},
  })));
}

TEST_CASE("capture.truncated-file: only where it cuts a connection off") {
  require_case({"open", hello, "capture.truncated-file",
                "breaks off inside a packet while the connection was open, after EHLO"},
               session::FileEnd::cut_short);
  require_case({"closed before", hello + quit, ""}, session::FileEnd::cut_short);
}

}  // namespace smtpscope::findings
