#include "tests/findings/judged.hpp"

#include "analyzer/session/analyzer.hpp"

namespace smtpscope::findings {
namespace {

// Where the client's next octet lies after these parts of scripts.
constexpr int hello_octets = 25;
constexpr int sender_octets = hello_octets + 31;

std::string at(int offset) { return "C@" + std::to_string(offset) + ": "; }

}  // namespace

TEST_CASE("net.stalled and net.mtu-black-hole: the same segment again and again, to the end") {
  const std::string large = "C*: 1460 a line of text\\r\\n\n";
  const auto again = [](int offset, const std::string& octets, const char* wait) {
    return std::string("wait ") + wait + "\nC@" + std::to_string(offset) + ": " + octets + "\\\n";
  };
  const std::string noop = "NOOP\\r\\n";
  const std::string text(1460, 'x');
  const int at_message = sender_octets + 27 + 6;
  require_case(GENERATE_COPY(values<Case>({
      {"full-sized segments, while small ones passed",
       go_on + large + again(at_message, text, "300ms") + again(at_message, text, "600ms") +
           again(at_message, text, "1200ms"),
       "net.mtu-black-hole capture.open",
       "The client 192.0.2.10 sent a segment of 1460 octets again 3 times over 1.8 s, and it was never "
       "acknowledged, while segments of up to 31 octets got through."},
      {"a command",
       hello + "C: NOOP\n" + again(hello_octets, noop, "300ms") +
           again(hello_octets, noop, "600ms") + again(hello_octets, noop, "1200ms"),
       "net.stalled capture.open", "sent a segment of 6 octets again 3 times over 1.8 s"},
      {"acknowledged in the end",
       hello + "C: NOOP\n" + again(hello_octets, noop, "300ms") +
           again(hello_octets, noop, "600ms") + again(hello_octets, noop, "1200ms") +
           "S: 250 Ok\n" + quit,
       ""},
      {"only twice",
       hello + "C: NOOP\n" + again(hello_octets, noop, "300ms") +
           again(hello_octets, noop, "1200ms"),
       "capture.open"},
  })));
}

TEST_CASE("net.zero-window") {
  require_case(GENERATE(values<Case>({
      {"1.5 s, with a probe",
       go_on +
           "C*: 1460 a line of text\\r\\n\nwindow S 0\nack S\nwait 1500ms\nwindow S 64240\nack S\nC: \n" +
           taken_and_quit,
       "net.zero-window",
       "The receive window of the server 198.51.100.25 stayed closed (0 octets) for 1.5 s."},
      {"half a second",
       go_on +
           "C*: 1460 a line of text\\r\\n\nwindow S 0\nack S\nwait 500ms\nwindow S 64240\nack S\nC: \n" +
           taken_and_quit,
       ""},
      {"an old reply sent again, with the window of its time",
       go_on +
           "C*: 1460 a line of text\\r\\n\nack S\nwindow S 0\nS@0: 220 mx\\\nwindow S 64240\nwait 1500ms\nack S\nC: \n" +
           taken_and_quit,
       ""},
      {"of an RST, which has none", hello + "C: QUIT\nS: 221 Bye\nwindow C 0\nC:rst\n", ""},
  })));
}

TEST_CASE("net.loss and net.reordered") {
  std::string lossy = go_on;
  for (int i = 0; i < 6; ++i) lossy += "again\nC*: 100 x line of text\\r\\n\n";
  std::string doubled = go_on;
  for (int i = 0; i < 4; ++i) doubled += "again\nC*: 100 x line of text\\r\\n\n";
  const std::string end = "C: \n" + taken_and_quit;
  const auto six_in = [](int segments) {
    std::string lines;
    for (int i = 0; i < segments; ++i)
      lines += (i < 6 ? "again\nC*: 100 x line of text\\r\\n\n"
                      : "wait 1ms\nC*: 100 x line of text\\r\\n\n");
    return lines;
  };
  const std::string few = six_in(187), more = six_in(176);
  std::string too_big = "C*: 1460 a line of text\\r\\n\nicmp 3 4 mtu=1400 from=203.0.113.1\n";
  for (int i = 0; i < 6; ++i) too_big += "again\nC*: 100 x line of text\\r\\n\n";
  require_case(GENERATE_COPY(values<Case>({
      {"6 of 19", lossy + "C: \n" + taken_and_quit, "net.loss",
       "The client 192.0.2.10 sent 6 of 19 segments again (32 %)."},
      {"just at 3 %: 6 of 200", go_on + few + end, ""},
      {"just above: 6 of 189", go_on + more + end, "net.loss",
       "sent 6 of 189 segments again (3.2 %)."},
      {"a router says that they are too big", go_on + too_big + end, "net.icmp-unreachable"},
      {"fewer than 5", doubled + "C: \n" + taken_and_quit, ""},
      {"two segments in swapped order, at once",
       go_on +
           "C*: 100 x line of text\\r\\n\nwait 1ms\nswap\nC*: 100 y line of text\\r\\n\nwait 1ms\nC*: 100 z line of text\\r\\n\nC: \n" +
           taken_and_quit,
       "net.reordered", "nothing was lost"},
  })));
}

TEST_CASE("net.reset-ignored: an RST that ends nothing") {
  require_case(GENERATE(values<Case>({
      {"far outside the window", hello + "S:rst@1200000000\nC: NOOP\nS: 250 Ok\n" + quit,
       "net.reset-ignored",
       "1 RST in the name of the server 198.51.100.25 ended nothing: the connection went on."},
      {"in its place, and the server goes on", hello + "S:rst\nC: NOOP\nS: 250 Ok\n" + quit,
       "net.reset-ignored"},
      {"in its place, and the client sends once more before it comes", hello + "S:rst\nC: NOOP\n",
       "net.reset"},
      {"two in a row", hello + "C: QUIT\nS: 221 Bye\nC:rst\nC:rst\n", ""},
  })));
}

TEST_CASE("net.conflicting-overlap: both versions, and which one counted") {
  // MAIL FROM:<alice@example.org>, and then the same place with another name.
  const std::string rcpt = "C: RCPT TO:<bob@example.com>\n";
  const int at_rcpt = sender_octets;
  require_case(GENERATE_COPY(values<Case>({
      {"after it was told",
       with_sender + rcpt + at(at_rcpt + 9) + "eve\\\nS: 250 2.1.5 Ok\nC: RSET\nS: 250 Ok\n" + quit,
       "net.conflicting-overlap",
       "came twice with different values: \"bob\" in frame 9, \"eve\" in frame 10."},
      {"and the reply names the first one",
       with_sender + rcpt + at(at_rcpt + 9) +
           "eve\\\nS: 250 2.1.5 bob@example.com ok\nC: RSET\nS: 250 Ok\n" + quit,
       "net.conflicting-overlap", "its reply shows that the server took the first."},
      {"and the reply names the second one",
       with_sender + rcpt + at(at_rcpt + 9) +
           "eve\\\nS: 250 2.1.5 eve@example.com ok\nC: RSET\nS: 250 Ok\n" + quit,
       "net.conflicting-overlap", "its reply shows that the server took the second."},
      {"before it was told: behind a hole",
       with_sender + at(at_rcpt + 4) + " TO:<bob@example.com>\n" + at(at_rcpt + 4) +
           " TO:<eve@example.com>\n" + at(at_rcpt) +
           "RCPT\\\nS: 250 2.1.5 Ok\nC: RSET\nS: 250 Ok\n" + quit,
       "net.conflicting-overlap", "\"bob\" in frame 9, \"eve\" in frame 10."},
      {"the same octets again",
       with_sender + rcpt + at(at_rcpt) + "RCPT TO:<bob@example.com>\nS: 250 Ok\nC: RSET\n" +
           "S: 250 Ok\n" + quit,
       ""},
      {"a keep-alive with another octet", hello + at(hello_octets - 1) + "\\0\\\nack S\n" + quit,
       ""},
  })));
}

TEST_CASE("net.conflicting-overlap: a login is shown in neither version") {
  const std::string login = "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\n";
  const auto findings = judge(test::session_of(hello + login + at(hello_octets + 11) +
                                               "AGFsaWNlAHNlY3JldDE=\\\nS: 235 Ok\n" + quit));
  INFO(texts_of(findings));
  CHECK(ids_of(findings).find("net.conflicting-overlap") != std::string::npos);
  CHECK(texts_of(findings).find("neither is shown") != std::string::npos);
  CHECK(texts_of(findings).find("AGFsaWNl") == std::string::npos);
}

TEST_CASE("net.bad-checksum: with --check-sums, where a good copy follows") {
  const auto session_of = [](std::string_view script, session::Checksums checksums) {
    session::Analyzer analyzer("script", session::Order::first_packet, {}, {}, checksums);
    for (const test::TestPacket& packet : test::packets_of(script)) analyzer.take(packet.view());
    analyzer.finish(session::FileEnd::whole);
    return analyzer.next_session();
  };
  const std::string damaged =
      hello + "badsum\nC: NOOX\n" + at(hello_octets) + "NOOP\nS: 250 Ok\n" + quit;
  SECTION("left out") {
    const auto session = session_of(damaged, session::Checksums::check);
    REQUIRE(session);
    CHECK(session->exchanges[2].command->name == "NOOP");
    CHECK(ids_of(judge(*session)) == "net.bad-checksum");
  }
  SECTION("without the option, what comes first is told, and that it is contradicted") {
    const auto session = session_of(damaged, session::Checksums::ignore);
    REQUIRE(session);
    CHECK(ids_of(judge(*session)).find("net.conflicting-overlap") != std::string::npos);
  }
  SECTION("a host whose checksums are all wrong is no broken one") {
    const std::string offload =
        "badsum\nsyn\nbadsum\nC: EHLO c\nbadsum\nC: NOOP\nbadsum\nC: QUIT\nbadsum\nC:fin\n";
    const auto session = session_of(offload, session::Checksums::check);
    REQUIRE(session);
    CHECK(session->transport.bad_checksums[0] == 0);
  }
}

TEST_CASE("capture.clock: no wait is computed across it") {
  require_case(GENERATE(values<Case>({
      {"back by 3 s", hello + "wait 20s\nC: NOOP\nback 3s\nS: 250 Ok\n" + quit, "capture.clock",
       "Time runs backwards by 3.0 s between frame 7 and frame 8; no wait is computed across it."},
      {"by less than a millisecond", hello + "C: NOOP\nwait 0ms\nback 500us\nS: 250 Ok\n" + quit,
       ""},
      {"back by a quarter of a second", hello + "C: NOOP\nback 250ms\nS: 250 Ok\n" + quit,
       "capture.clock", "by 0.2 s"},
      {"one time far off",
       hello + "C: NOOP\nwait 60s\nS: 250 Ok\nback 60s\nC: QUIT\nS: 221 Bye\nclose\n",
       "capture.clock"},
  })));
}

TEST_CASE("capture.clock: a warning above 1 s") {
  const auto severity_of_jump = [](const std::string& jump) {
    const auto findings =
        judge(test::session_of(hello + "wait 20s\nC: NOOP\nback " + jump + "\nS: 250 Ok\n" + quit));
    REQUIRE(ids_of(findings) == "capture.clock");
    return severity_of(findings.front());
  };
  CHECK(severity_of_jump("20ms") == Severity::note);
  CHECK(severity_of_jump("1010ms") == Severity::note);
  CHECK(severity_of_jump("1011ms") == Severity::warning);
  CHECK(severity_of_jump("15s") == Severity::warning);
}

TEST_CASE("capture.limit: says which") {
  CHECK(ids_of(judge(test::session_of(delivered + quit))).empty());
  session::AnalyzerLimits limits;
  limits.session.exchanges = 3;
  const session::Session session =
      test::session_of(delivered + quit, session::FileEnd::whole, limits);
  CHECK(session.exchanges.size() == 3);
  const auto findings = judge(session);
  INFO(texts_of(findings));
  CHECK(std::ranges::count(findings, RuleId::capture_limit, &Finding::rule) == 1);
  CHECK(texts_of(findings).find(
            "the dialogue is too long to be kept whole (4 exchanges are only counted).") !=
        std::string::npos);
  // It may be one of the four.
  CHECK(std::ranges::count(findings, RuleId::smtp_no_quit, &Finding::rule) == 0);
}

TEST_CASE("beside accepted messages that are left out no rule tells of what is not there") {
  const std::string mail =
      "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\nC: DATA\n"
      "S: 354 go on\nC: Subject: test\nC: \nC: text\nC: .\nS: 250 2.0.0 Ok\n";
  std::string many;
  for (int i = 0; i < 300; ++i) many += mail + "wait 1s\n";
  session::AnalyzerLimits limits;
  limits.session.exchanges = 100;
  const auto told = [&](const std::string& script) {
    return judge(test::session_of(script, session::FileEnd::whole, limits));
  };
  const auto findings = told(hello + many + quit);
  CHECK(ids_of(told(hello + mail + quit)).empty());
  CHECK(ids_of(findings) == "capture.limit");
  CHECK(texts_of(findings).find(
            "messages, which the server accepted without a flaw, are left out).") !=
        std::string::npos);

  const std::string refused =
      "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\nC: RCPT TO:<nobody@example.com>\n"
      "S: 550 5.1.1 no such user\nC: RSET\nS: 250 2.0.0 Ok\n";
  const auto with_refusal = told(hello + many + refused + many + quit);
  CHECK(std::ranges::count(with_refusal, RuleId::delivery_refused, &Finding::rule) == 1);
}

}  // namespace smtpscope::findings
