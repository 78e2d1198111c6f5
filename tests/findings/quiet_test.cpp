// Ordinary traffic, as the servers and clients of the field produce it: no finding at all.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("ordinary sessions give no finding") {
  require_case(GENERATE(values<Case>({
      {"one command at a time", delivered + quit, ""},
      {"pipelining, as Postfix does it",
       greeted + "C: EHLO client.example.net\nS: "
                 "250-mx.example.com\\r\\n250-PIPELINING\\r\\n250-SIZE 10240000\\r\\n250 DSN\n"
                 "C: MAIL FROM:<alice@example.org> SIZE=320\\r\\nRCPT TO:<bob@example.com> "
                 "ORCPT=rfc822;bob@example.com\\r\\nDATA\n"
                 "S: 250 2.1.0 Ok\\r\\n250 2.1.5 Ok\\r\\n354 End data with <CR><LF>.<CR><LF>\n"
                 "C: Subject: test\\r\\n\\r\\ntext\\r\\n.\\r\\nQUIT\nS: 250 2.0.0 Ok: queued as "
                 "4F7\\r\\n221 2.0.0 Bye\n"
                 "S:fin\nC:fin\n",
       ""},
      {"the client resets after QUIT", delivered + "C: QUIT\nS: 221 Bye\nS:fin\nC:rst\n", ""},
      {"several messages, with RSET between",
       delivered +
           "C: RSET\nS: 250 Ok\nC: MAIL FROM:<>\nS: 250 Ok\n"
           "C: RCPT TO:<Postmaster>\nS: 250 Ok\nC: DATA\nS: 354 go\nC: ..\nC: .\nS: 250 Ok\n" +
           quit,
       "delivery.null-sender"},
      {"PRDR",
       with_recipient +
           "C: DATA\nS: 354 go on\nC: text\nC: .\nS: 353 prdr\nS: 250 first\nS: 250 all\n" + quit,
       ""},
      {"XCLIENT starts over",
       hello +
           "C: XCLIENT NAME=client.example.org ADDR=192.0.2.77\nS: 220 mx.example.com ESMTP\nC: "
           "EHLO client.example.org\n"
           "S: 250 mx\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: RSET\nS: 250 Ok\n" +
           quit,
       "smtp.client-override"},
      {"SCRAM",
       can_log_in +
           "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPTEyMw==\nS: 334 cj0xMjM0\nC: Yz1iaXdz\nS: 334 "
           "dj1hYmM=\nC: \nS: 235 Ok\n" +
           quit,
       ""},
      {"packets doubled by a mirror port",
       "connect\nagain\nS: 220 mx\nagain\nC: EHLO client.example.net\nagain\nS: 250 mx\n" + quit,
       ""},
      {"a PROXY header",
       "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\nS: 220 mx\nC: EHLO "
       "client.example.net\nS: 250 mx\n" +
           quit,
       "smtp.proxy-header"},
      {"a CONNECT that was granted",
       "connect port=3128\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.1 200 Ok\\r\\n\nS: 220 "
       "mx\nC: EHLO client.example.net\nS: 250 mx\n" +
           quit,
       ""},
      {"a lonely connection", greeted + "close\n", "smtp.no-commands"},
  })));
}

TEST_CASE("the same session gives the same findings in the same order") {
  const auto session = test::session_of(hello +
                                        "C: FOO\nS: 500 a\nC: MAIL FROM: alice\nS: 501 b\nC: "
                                        "DATA\nS: 503 c\nwait 9s\nS: 250 d\nS:rst\n");
  const auto first = judge(session);
  const auto second = judge(session);
  REQUIRE(first.size() > 3);
  CHECK(texts_of(first) == texts_of(second));
  CHECK(
      std::ranges::is_sorted(first, {}, [](const Finding& f) { return f.evidence.front().frame; }));
}

}  // namespace smtpscope::findings
