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

TEST_CASE("what looks odd and is not: the network") {
  const std::string offloaded =
      "badsum\nS: 220 mx\nbadsum\nC: EHLO client.example.net\nbadsum\nS: 250 mx\n" + quit;
  require_case(GENERATE_COPY(values<Case>({
      {"checksums that the network card fills in", "connect\n" + offloaded, ""},
      {"half-close, and all is answered",
       sent + "C: QUIT\nC:fin\nS: 250 2.0.0 Ok\nS: 221 Bye\nS:fin\nack C\n", ""},
      {"an RST after the server's FIN", delivered + "C: QUIT\nS: 221 Bye\nS:fin\nC:rst\n", ""},
      {"lines split over segments",
       "connect\nS: 220 mx\ncut 1\nC: EHLO client.example.net\ncut 2\nS: 250-mx\\r\\n250 HELP\ncut 1\nC: NOOP\ncut "
       "1\nS: 250 Ok\n" +
           quit,
       ""},
  })));
}

TEST_CASE("what looks odd and is not: Ethernet's padding") {
  constexpr std::size_t least_frame = 60;  // of Ethernet, without its checksum
  auto packets = test::packets_of(delivered + quit);
  std::size_t padded = 0;
  for (test::TestPacket& packet : packets) {
    if (packet.bytes.size() >= least_frame) continue;
    packet.bytes.resize(least_frame, 0xa5);
    packet.wire_length = least_frame;
    ++padded;
  }
  REQUIRE(padded > 3);
  session::Analyzer analyzer("script", session::Order::first_packet, {}, {},
                             session::Checksums::check);
  for (const test::TestPacket& packet : packets) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  const auto session = analyzer.next_session();
  REQUIRE(session);
  CHECK(ids_of(judge(*session)) == "");
  CHECK(session->octets == test::session_of(delivered + quit).octets);
}

TEST_CASE("what looks odd and is not: a long way is not slow") {
  const std::string far =
      "syn\nwait 900ms\nanswer\nwait 900ms\nS: 220 mx\nC: EHLO client.example.net\nwait 900ms\nS: 250 mx\n"
      "C: MAIL FROM:<alice@example.org>\nwait 900ms\nS: 250 Ok\nC: RSET\nwait 900ms\nS: 250 Ok\n"
      "C: QUIT\nwait 900ms\nS: 221 Bye\nclose\n";
  CHECK(ids_of(judge(test::session_of(far))) == "");
}

TEST_CASE("what looks odd and is not: ports used again are another session") {
  session::Analyzer analyzer("script", session::Order::first_packet);
  const std::string once =
      " client=192.0.2.10:40000\nS: 220 mx\nC: EHLO client.example.net\nS: 250 mx\n" + quit;
  const std::string script =
      "connect isn=1000,2000" + once + "wait 90s\nconnect isn=900000,800000" + once;
  for (const test::TestPacket& packet : test::packets_of(script)) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  std::size_t sessions = 0;
  while (const auto session = analyzer.next_session()) {
    CHECK(session->exchanges.size() == 3);
    CHECK(ids_of(judge(*session)) == "");
    ++sessions;
  }
  CHECK(sessions == 2);
}

TEST_CASE("what looks odd and is not: the dialogue") {
  require_case(GENERATE(values<Case>({
      {"550 to VRFY is no refused recipient",
       hello + "C: VRFY carol@example.com\nS: 550 5.1.1 no such user\nC: RSET\nS: 250 Ok\n" + quit,
       ""},
      {"DATA behind a refused recipient of the same group: its 503 is a consequence",
       with_sender +
           "C: RCPT TO:<bob@example.com>\\r\\nDATA\nS: 550 5.1.1 no such user\nS: 503 5.5.1 no recipients\n" +
           quit,
       "delivery.refused"},
      {"commands inside a chunk are text",
       with_recipient +
           "C: BDAT 22 LAST\\r\\nQUIT\\r\\nNOSUCH\\r\\nDATA\\r\\n\\r\\n\\\nS: 250 Ok\n" + quit,
       ""},
      {"commands inside a message are text",
       in_message + "C: QUIT\nC: RCPT TO:<x>\nC: BOGUS\nC: .\nS: 250 Ok\n" + quit, ""},
      {"334 and 353",
       can_log_in +
           "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPTEyMw==\nS: 334 cj0xMjM0\nC: Yz1iaXdz\nS: 235 Ok\n"
           "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: DATA\n"
           "S: 354 go on\nC: text\nC: .\nS: 353 prdr\nS: 250 first\nS: 250 all\n" +
           quit,
       ""},
      {"a reply lost in a gap shifts no other",
       with_sender +
           "C: RCPT TO:<bob@example.com>\ndrop\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 go on\nC: text\nC: .\nS: 250 Ok\n" +
           quit,
       "capture.gap"},
  })));
}

TEST_CASE("what looks odd and is not: TLS") {
  // ServerHello with the random of a HelloRetryRequest, then a second ClientHello.
  const std::string retry =
      "S: \\x16\\x03\\x03\\0\\x28\\x02\\0\\0\\x24\\x03\\x03\\xcf\\x21\\xad\\x74\\xe5\\x9a\\x61\\x11\\xbe\\x1d\\x8c\\x02"
      "\\x1e\\x65\\xb8\\x91\\xc2\\xa2\\x11\\x16\\x7a\\xbb\\x8c\\x5e\\x07\\x9e\\x09\\xe2\\xc8\\xa8\\x33\\x9c\\0\\\n"
      "C: \\x16\\x03\\x03\\0\\x05again\\\nS: \\x16\\x03\\x03\\0\\x05hello\\\n";
  const std::string begun =
      hello_tls + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\n";
  const std::string secret =
      "C: \\x17\\x03\\x03\\0\\x06QUIT\\r\\n\\\nS: \\x17\\x03\\x03\\0\\x08550 no\\r\\n\\\nclose\n";
  require_case(GENERATE_COPY(values<Case>({
      {"a HelloRetryRequest is no failure", begun + retry + secret, "tls.hidden"},
      {"what looks like a dialogue in encrypted octets",
       begun + "S: \\x16\\x03\\x03\\0\\x05hello\\\n" + secret, "tls.hidden"},
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
