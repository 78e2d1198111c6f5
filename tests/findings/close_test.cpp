// net.idle-close and net.cut-at-size: ends after a silence, ends at a round number.
#include "analyzer/session/analyzer.hpp"
#include "tests/findings/judged.hpp"
#include "tests/support/script.hpp"

namespace smtpscope::findings {
namespace {

const std::string offered = "C: DATA\nS: 354 go on\n";
const std::string timeout = "S: 421 4.4.2 mx.example.com Error: timeout exceeded\nS:fin\nC:fin\n";

Severity severity_in(const std::string& script, std::string_view id) {
  const auto findings = judge(test::session_of(script));
  INFO(texts_of(findings));
  const auto found =
      std::ranges::find_if(findings, [id](const Finding& f) { return info(f.rule).name == id; });
  REQUIRE(found != findings.end());
  return severity_of(*found);
}

}  // namespace

TEST_CASE("net.idle-close: the client says nothing where it is its turn") {
  require_case(GENERATE(values<Case>({
      {"a 421, in the middle of a transaction", with_recipient + "wait 300s\n" + timeout,
       "net.idle-close",
       "The client 192.0.2.10 said nothing for 5 min while it was its turn; then the server hung up: 421 4.4.2 "
       "mx.example.com Error: timeout exceeded: timeout after RCPT. RFC 5321, 4.5.3.2.7 asks a server to wait 5 min."},
      {"a FIN", with_recipient + "wait 6s\nS:fin\nC:fin\n", "net.idle-close",
       "said nothing for 6.0 s while it was its turn; then the server 198.51.100.25 closed the connection (FIN): timeout "
       "after RCPT."},
      {"an RST", with_recipient + "wait 60s\nS:rst\n", "net.idle-close",
       "then the server 198.51.100.25 reset the connection (RST): timeout after RCPT."},
      {"in the message", in_message + "wait 30s\n" + timeout, "net.idle-close delivery.deferred",
       "said nothing for 30 s while it was sending the message"},
      {"the client gives up itself", with_recipient + "wait 6s\nC:fin\nS:fin\n",
       "net.idle-close smtp.no-quit", "then the client 192.0.2.10 closed the connection (FIN)"},
      {"4.9 s are no silence", with_recipient + "wait 4900ms\n" + timeout, ""},
      {"4.9 s and FIN: net.closed-early", with_recipient + "wait 4900ms\nS:fin\nC:fin\n",
       "net.closed-early"},
      {"keep-alives are no words",
       with_recipient + "wait 3s\nkeepalive C\nack S\nwait 3s\n" + timeout, "net.idle-close"},
      {"it waits a long time, and goes on",
       with_recipient + "wait 60s\nC: RSET\nS: 250 Ok\n" + quit, ""},
      {"in TLS nobody knows whose turn it is",
       hello_tls +
           "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x04abcd\\\nwait 60s\nS:fin\nC:fin\n",
       "tls.hidden"},
      {"around a gap", with_recipient + "drop\nS: 250 what\nC: DATA\nwait 60s\n" + timeout,
       "capture.gap delivery.deferred"},
      {"after QUIT", delivered + "C: QUIT\nS: 221 Bye\nwait 60s\nS:fin\nC:fin\n", ""},
  })));
}

TEST_CASE("net.idle-close: at the end of the capture") {
  // The second connection only shows that time goes on.
  const auto ids_of_first = [](const std::string& script, const std::string& wait) {
    session::Analyzer analyzer("script", session::Order::first_packet);
    const std::string later = "wait " + wait + "\nsyn port=80\n";
    for (const test::TestPacket& packet : test::packets_of(script + later))
      analyzer.take(packet.view());
    analyzer.finish(session::FileEnd::whole);
    const auto session = analyzer.next_session();
    REQUIRE(session);
    const auto findings = judge(*session);
    INFO(texts_of(findings));
    require_promises(*session, findings);
    return ids_of(findings) + " | " + texts_of(findings);
  };
  using Catch::Contains;
  CHECK_THAT(ids_of_first(sent, "20s"),
             Contains("net.idle-close") &&
                 Contains("The server 198.51.100.25 said nothing for 20 s while it had to "
                          "answer the end of the message; then the capture ended: timeout "
                          "after END-OF-MESSAGE. RFC 5321, 4.5.3.2.6 asks a client to wait "
                          "10 min."));
  CHECK_THAT(ids_of_first(hello + "C: NOOP\n", "20s"), Contains(". A client usually waits 5 min."));
  CHECK_THAT(ids_of_first(with_recipient, "20s"),
             Contains("net.idle-close") && Contains("The client"));
  CHECK_THAT(ids_of_first(sent, "4s"), !Contains("net.idle-close"));
  CHECK_THAT(ids_of_first(delivered, "60s"), !Contains("net.idle-close"));  // kept for later
  CHECK_THAT(ids_of_first(hello, "60s"), !Contains("net.idle-close"));
}

TEST_CASE(
    "net.idle-close: a connection is watched for as long as it counts as open, however late others come") {
  session::Analyzer analyzer("script", session::Order::first_packet);
  const std::string days_later = "wait 9000min\nsyn port=80\nsyn port=81\n";
  for (const test::TestPacket& packet : test::packets_of(sent + days_later))
    analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  const auto session = analyzer.next_session();
  REQUIRE(session);
  const auto findings = judge(*session);
  REQUIRE(ids_of(findings) == "net.idle-close");
  CHECK_THAT(
      texts_of(findings),
      Catch::Contains("said nothing for 15 min while it had to answer the end of the message; "
                      "then nothing more came: timeout"));
  require_promises(*session, findings);
}

TEST_CASE("net.idle-close: one fault, one finding, and as grave as it is") {
  CHECK(severity_in(with_recipient + "wait 6s\n" + timeout, "net.idle-close") == Severity::warning);
  CHECK(severity_in(delivered + "wait 60s\n" + timeout, "net.idle-close") == Severity::note);
  CHECK(severity_in(in_message + "wait 60s\nS:rst\n", "net.idle-close") == Severity::error);
  require_case(GENERATE(values<Case>({
      {"the server never answers, and the client leaves",
       hello + "C: NOOP\nwait 60s\nC:fin\nS:fin\n", "smtp.command-without-reply"},
      {"... after the final dot", sent + "wait 60s\nC:fin\nS:fin\n", "delivery.lost-after-data"},
      {"... and before it greets", "connect\nwait 60s\nC:fin\nS:fin\n", "smtp.no-greeting"},
      {"what was sent does not get through",
       hello +
           "C: NOOP\nwait 300ms\nC@25: NOOP\nwait 600ms\nC@25: NOOP\nwait 1200ms\nC@25: NOOP\nwait 60s\nC:rst\n",
       "net.stalled"},
  })));
}

TEST_CASE("net.cut-at-size: a round number of octets") {
  require_case(GENERATE(values<Case>({
      {"64 KiB", with_recipient + offered + "C*: 65536 a line of text\\r\\n\nS:rst\n",
       "net.reset net.cut-at-size",
       "The message broke off after exactly 65536 octets of the message (64 KiB): lost connection after DATA."},
      {"of the connection: 1 MiB",
       with_recipient + offered + "C*: 1048487 a line of text\\r\\n\nC:fin\nS:fin\n",
       "net.cut-at-size net.closed-early",
       "after exactly 1048576 octets of the connection (1 MiB)"},
      {"a dot that was doubled counts on the wire",
       with_recipient + offered + "C: ..\nC*: 99996 a line of text\\r\\n\nS:rst\n",
       "net.reset net.cut-at-size", "after exactly 100000 octets of the message, as sent (100 kB)"},
      {"one less", with_recipient + offered + "C*: 65535 a line of text\\r\\n\nS:rst\n",
       "net.reset"},
      {"one more", with_recipient + offered + "C*: 65537 a line of text\\r\\n\nS:rst\n",
       "net.reset"},
      {"32 KiB: too many programs write so much at once",
       with_recipient + offered + "C*: 32768 a line of text\\r\\n\nS:rst\n", "net.reset"},
      {"the capture ends there", with_recipient + offered + "C*: 65536 a line of text\\r\\n\n",
       "capture.open"},
      {"a message that is complete",
       with_recipient + offered + "C*: 65531 a line of text\\r\\n\nC: \nC: .\nS: 250 Ok\n" + quit,
       ""},
      {"with a hole in it",
       with_recipient + offered +
           "C*: 35000 a line of text\\r\\n\ndrop\nC*: 536 x\nC*: 30000 a line of text\\r\\n\nS:rst\n",
       "net.reset capture.gap"},
  })));
}

TEST_CASE("net.reset: what it answers may not be in the capture") {
  require_case(GENERATE(values<Case>({
      {"the command that waits is there", hello + "C: NOOP\nS:rst\n", "net.reset"},
      {"the other side's RST in answer says nothing of it", hello + "C: NOOP\nS:rst\nC:rst\n",
       "net.reset"},
      {"the RST acknowledges a command that is not", hello + "drop\nC: NOOP\nS:rst\n", ""},
      {"the command before it was lost, and it may have been STARTTLS",
       hello + "drop\nC: STARTTLS\nS: 220 Ready\nC: NOOP\nS:rst\n", "capture.gap"},
  })));
}

TEST_CASE("net.reset and net.reset-ignored: a forged one shows by its hop limit") {
  require_case(GENERATE(values<Case>({
      {"it ended the session", in_message + "ttl S 47\nS:rst\n", "net.reset",
       "lost connection after DATA, and its hop limit is 47 where the server's other packets have 64: it may come from "
       "a box in between."},
      {"the same hop limit as ever", "connect\nttl S 57\n" + in_message.substr(8) + "S:rst\n",
       "net.reset", "lost connection after DATA."},
      {"it ended nothing",
       hello + "ttl S 128\nS:rst@1200000000\nttl S 64\nC: NOOP\nS: 250 Ok\n" + quit,
       "net.reset-ignored",
       "the connection went on, and its hop limit is 128 where the server's other packets have 64"},
  })));
}

}  // namespace smtpscope::findings
