// net.slow-connect and net.icmp-unreachable: getting to the other host at all.
#include "tests/findings/judged.hpp"

#include "analyzer/session/analyzer.hpp"

namespace smtpscope::findings {
namespace {

// The message's first segment stands here in the client's stream.
const std::string at_message = "C@" + std::to_string(25 + 31 + 27 + 6) + ": ";
const std::string rest =
    "S: 220 mx.example.com ESMTP\nC: EHLO client.example.net\nS: 250 mx.example.com\n" + quit;

std::string again(const char* wait, std::size_t octets) {
  return std::string("wait ") + wait + '\n' + at_message + std::string(octets, 'x') + "\\\n";
}

}  // namespace

TEST_CASE("net.slow-connect: a second SYN, or more than a second") {
  require_case(GENERATE(values<Case>({
      {"the second SYN is answered", "syn\nwait 1s\nsyn\nanswer\n" + rest, "net.slow-connect",
       "The connection of the client 192.0.2.10 to the server 198.51.100.25 was made only after 1.0 s, with 2 tries of "
       "the SYN."},
      {"the fourth", "syn\nwait 1s\nsyn\nwait 2s\nsyn\nwait 4s\nsyn\nanswer\n" + rest,
       "net.slow-connect", "after 7.0 s, with 4 tries"},
      {"one SYN, a late answer", "syn\nwait 1200ms\nanswer\n" + rest, "net.slow-connect",
       "after 1.2 s, with 1 try"},
      {"one SYN, and just a second", "syn\nwait 980ms\nanswer\n" + rest, ""},
      // 200 ms apart: sent again.
      {"one SYN that was captured twice", "again\nconnect\n" + rest, "net.slow-connect"},
      {"a long way: each reply takes as long",
       "syn\nwait 1s\nsyn\nwait 200ms\nanswer\nwait 1200ms\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\n"
       "wait 1200ms\nS: 250 mx.example.com\nC: QUIT\nwait 1200ms\nS: 221 2.0.0 Bye\nclose\n",
       ""},
      {"the clock was set meanwhile", "syn\nwait 9s\nsyn\nback 5s\nanswer\n" + rest,
       "capture.clock"},
      {"no handshake in the end", "syn\nwait 1s\nsyn\n", "net.timeout"},
  })));
}

TEST_CASE("net.icmp-unreachable: what it quotes did not arrive") {
  require_case(GENERATE_COPY(values<Case>({
      {"a filter at the first try", "syn\nicmp 3 13 from=203.0.113.1\n", "net.icmp-unreachable",
       "203.0.113.1 answered the SYN of the client 192.0.2.10 with ICMP \"communication administratively "
       "prohibited\" (type 3, code 13): no try was answered."},
      {"at all three; and it is no timeout",
       "syn\nicmp 3 1 from=203.0.113.1\nwait 1s\nsyn\nicmp 3 1 from=203.0.113.1\nwait 2s\nsyn\nicmp 3 1 "
       "from=203.0.113.1\n",
       "net.icmp-unreachable",
       "\"host unreachable\" (type 3, code 1), 3 times: no try was answered."},
      {"IPv6",
       "syn client=[2001:db8:1::10]:40000 server=[2001:db8:2::25]:25\nicmp 1 1 from=2001:db8:3::1\n",
       "net.icmp-unreachable",
       "\"communication with destination administratively prohibited\" (type 1, code 1)"},
      {"on a mail port that is found out later",
       "midstream\nack C\nicmp 3 1\nC: EHLO client.example.net\nS: 250 mx\n",
       "capture.midstream net.icmp-unreachable capture.open"},
      {"too big, and the sender does not hear of it: no black hole, no stall",
       go_on + "C*: 1460 a line of text\\r\\n\nicmp 3 4 mtu=1400 from=203.0.113.1\n" +
           again("300ms", 1460) + again("600ms", 1460) + again("1200ms", 1460),
       "net.icmp-unreachable capture.open",
       "203.0.113.1 answered a packet of 1500 octets of the client 192.0.2.10 with ICMP \"fragmentation needed, MTU "
       "1400\" (type 3, code 4): what was in it did not arrive later."},
      {"the way breaks in the middle: no stall besides",
       hello +
           "C: NOOP\nicmp 3 0 from=203.0.113.1\nwait 300ms\nC@25: NOOP\nwait 600ms\nC@25: NOOP\nwait 1200ms\n"
           "C@25: NOOP\n",
       "net.icmp-unreachable capture.open", "\"network unreachable\" (type 3, code 0)"},
  })));
}

TEST_CASE("net.icmp-unreachable: a note where the sender adapts and goes on") {
  const auto severity_in = [](const std::string& script) {
    const auto findings = judge(test::session_of(script));
    INFO(texts_of(findings));
    REQUIRE(ids_of(findings) == "net.icmp-unreachable");
    return severity_of(findings.front());
  };
  SECTION("smaller segments") {
    const std::string script =
        go_on + "drop\nC*: 1460 a line of text\\r\\n\nicmp 3 4 mtu=1400 from=203.0.113.1\n" +
        at_message + std::string(900, 'x') + "\\r\\n" + std::string(458, 'x') + "\\\n" + "C@" +
        std::to_string(89 + 1360) + ": " + std::string(100, 'x') + "\\\nC: \n" + taken_and_quit;
    CHECK(severity_in(script) == Severity::note);
    CHECK(texts_of(judge(test::session_of(script))).find("the sender went on with smaller ones.") !=
          std::string::npos);
  }
  SECTION("a later SYN") {
    CHECK(severity_in("syn\nicmp 3 1\nwait 10ms\nsyn\nanswer\n" + rest + "") == Severity::note);
  }
  SECTION("an acknowledgement that was lost on its way") {
    CHECK(severity_in(hello + "ack C\nicmp 11 0 from=203.0.113.1\n" + quit) == Severity::note);
  }
}

TEST_CASE("net.icmp-unreachable: quotes that prove nothing") {
  require_case(GENERATE_COPY(values<Case>({
      {"a sequence number that was never sent", hello + "ack C\nicmp 3 1 seq=70000\n" + quit, ""},
      {"one before the connection", hello + "ack C\nicmp 3 1 seq=4294900000\n" + quit, ""},
      {"a ping", hello + "ack C\nicmp 8 0\n" + quit, ""},
  })));
}

TEST_CASE("ICMP errors about sessions are counted once, as packets of mail") {
  const auto analysed = [](const std::string& script) {
    session::Analyzer analyzer("script", session::Order::first_packet);
    const auto packets = test::packets_of(script);
    for (const test::TestPacket& packet : packets) analyzer.take(packet.view());
    analyzer.finish(session::FileEnd::whole);
    const session::Accounts& accounts = analyzer.accounts();
    CHECK(accounts.packets == packets.size());
    std::uint64_t sum = accounts.mail + accounts.other_tcp + accounts.duplicates;
    for (const std::uint64_t count : accounts.not_tcp) sum += count;
    CHECK(sum == packets.size());
    std::uint64_t frames = 0;
    while (const auto session = analyzer.next_session())
      frames += session->frames + session->duplicates;
    CHECK(frames == accounts.mail + accounts.duplicates);
    return accounts;
  };
  const auto icmp = [](const session::Accounts& accounts) {
    return accounts.not_tcp[static_cast<std::size_t>(net::NotTcpWhy::icmp)];
  };
  SECTION("of a session") {
    const auto accounts = analysed("syn\nicmp 3 13\nwait 1s\nsyn\nicmp 3 13\n");
    CHECK(accounts.mail == 4);
    CHECK(accounts.icmp_errors == 2);
    CHECK(icmp(accounts) == 0);
  }
  SECTION("forged") {
    const auto accounts = analysed("connect\nicmp 3 13 seq=99999\n");
    CHECK(accounts.mail == 3);
    CHECK(accounts.icmp_misfits == 1);
    CHECK(icmp(accounts) == 1);
  }
  SECTION("of a flow that turns out to be mail, and of one that does not") {
    const auto mail =
        analysed("midstream\nack C\nicmp 3 1\nC: EHLO client.example.net\nS: 250 mx\n");
    CHECK(icmp(mail) + mail.icmp_errors == 1);
    const auto web = analysed("connect port=80\nicmp 3 1\nC: GET / HTTP/1.1\nclose");
    CHECK(icmp(web) == 1);
    CHECK(web.mail == 0);
  }
  SECTION("a flood about a flow that is not decided") {
    std::string script = "midstream\nack C\n";
    for (int i = 0; i < 100; ++i) script += "icmp 3 1\n";
    const auto accounts = analysed(script);
    CHECK(icmp(accounts) + accounts.icmp_errors + accounts.duplicates == 100);
  }
  SECTION("a flood of kinds: some are told, all are counted") {
    std::string script = "connect\n";
    for (int i = 0; i < 100; ++i) script += "icmp 3 " + std::to_string(i) + '\n';
    CHECK(analysed(script).icmp_errors == 100);
    const auto session = test::session_of(script);
    CHECK(session.transport.icmp.size() == tcp::ConnectionLimits{}.icmp_kept);
    CHECK(session.transport.icmp_packets == 100);
  }
}

}  // namespace smtpscope::findings
