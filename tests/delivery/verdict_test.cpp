#include "analyzer/delivery/verdict.hpp"

#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <string>

namespace smtpscope::delivery {
namespace {

const std::string greeted = "connect\nS: 220 mx.example.com ESMTP\n";
const std::string hello = greeted + "C: EHLO client.example.net\nS: 250 mx.example.com\n";
const std::string with_sender = hello + "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\n";
const std::string with_recipient = with_sender + "C: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\n";
const std::string sent = with_recipient + "C: DATA\nS: 354 go on\nC: text\nC: .\n";
const std::string delivered = sent + "S: 250 2.0.0 Ok: queued as 4F7\n";
const std::string second = "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\n";
const std::string masked =
    "connect\nS: 220 ****************************************\nC: EHLO client.example.net\n"
    "S: 250-mx.example.com\\r\\n250-SIZE 1000\\r\\n250-XXXXXXXA\\r\\n250 8BITMIME\n";
const std::string quit = "C: QUIT\nS: 221 2.0.0 Bye\nclose\n";
const std::string tls = "C: \\x16\\x03\\x01\\0\\x05hello\\\nS: \\x16\\x03\\x03\\0\\x05hello\\\n";

Verdict verdict_of(std::string_view script) {
  const session::Session session = test::session_of(script);
  return weigh(session, findings::judge(session));
}

// "rejected userunknown sender for-good"
std::string summary_of(const Verdict& verdict) {
  std::string summary(to_string(verdict.outcome));
  summary += ' ' + (verdict.reason.empty() ? std::string("-") : std::string(verdict.reason));
  summary += ' ' + std::string(to_string(verdict.fault));
  if (verdict.permanent) summary += *verdict.permanent ? " for-good" : " for-now";
  return summary;
}

struct Row {
  const char* name;
  std::string script;
  std::string_view summary;
  std::string_view text;  // part of the text or the advice
};

void require_row(const Row& row) {
  DYNAMIC_SECTION(row.name) {
    const Verdict verdict = verdict_of(row.script);
    INFO(verdict.text << '\n' << verdict.advice);
    CHECK(summary_of(verdict) == row.summary);
    CHECK((verdict.text + '\n' + verdict.advice).find(row.text) != std::string::npos);
    CHECK(verdict.text.find('{') == std::string::npos);
    CHECK(verdict.advice.find('{') == std::string::npos);
    CHECK((verdict.reply.empty() || verdict.decided_at.has_value()));
  }
}

}  // namespace

TEST_CASE("outcomes of a mail") {
  const auto row = GENERATE(values<Row>({
      {"delivered", delivered + quit, "delivered - none",
       "The message from alice@example.org to bob@example.com was accepted by mx.example.com: 250 "
       "2.0.0 Ok: queued as "
       "4F7 (frame 15)."},
      {"a recipient refused for good",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 550 5.1.1 <bob@example.com>: no such user\n" + quit,
       "rejected userunknown sender for-good",
       "bob@example.com was refused by mx.example.com: 550 5.1.1 <bob@example.com>: no such user "
       "(frame 10). The mailbox "
       "does not exist.\nCheck the spelling of bob@example.com"},
      {"a recipient refused for now",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 452 4.2.2 over quota\n" + quit,
       "deferred mailboxfull recipient for-now",
       "The client will try again by itself. The owner of bob@example.com"},
      {"greylisted",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 451 4.7.1 Greylisting in action, come back later\n" +
           quit,
       "deferred greylisted none for-now", "Nothing is to be done"},
      {"the sender refused",
       hello + "C: MAIL FROM:<alice@example.org>\nS: 553 5.1.8 Domain does not exist\n" + quit,
       "rejected rejected sender for-good", "The sender alice@example.org"},
      {"the sender refused, and a group behind it",
       hello +
           "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nDATA\nS: 450 "
           "4.1.8 no\nS: 503 5.5.1 no\n"
           "S: 503 5.5.1 no\n" +
           quit,
       "deferred rejected sender for-now", "450 4.1.8 no (frame 8)"},
      {"login demanded",
       hello + "C: MAIL FROM:<alice@example.org>\nS: 530 5.7.0 Authentication required\n" + quit,
       "rejected securityerror sender for-good", "alice@example.org was refused"},
      {"the message refused", sent + "S: 554 5.7.1 this is spam\n" + quit,
       "rejected spamdetected sender for-good",
       "The message from alice@example.org to bob@example.com was refused by mx.example.com: 554 "
       "5.7.1"},
      {"all recipients refused, and DATA in the same group",
       with_sender +
           "C: RCPT TO:<bob@example.com>\\r\\nDATA\nS: 550 5.1.1 no\nS: 554 5.5.1 no valid "
           "recipients\n" +
           quit,
       "rejected userunknown sender for-good", "550 5.1.1 no"},
      {"refused while it was sent",
       with_recipient + "C: DATA\nS: 354 go on\nC: text\nS: 552 5.3.4 too big\nS:fin\nC:fin\n",
       "rejected emailtoolarge sender for-good", "552 5.3.4 too big"},
      {"one of two recipients",
       with_recipient +
           "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: DATA\nS: 354 go on\nC: text\nC: "
           ".\nS: 250 Ok\n" +
           quit,
       "partially-delivered userunknown sender for-good",
       "mx.example.com took the message for bob@example.com. carol@example.com was refused by "
       "mx.example.com: 550 5.1.1 no"},
      {"some refused for good, and one for now",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 450 4.2.0 later\nC: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\n"
           "C: RCPT TO:<dave@example.com>\nS: 550 5.1.1 no\n" +
           quit,
       "rejected userunknown sender for-good",
       "carol@example.com and dave@example.com were refused by mx.example.com: 550 5.1.1 no (frame 12). The mailbox "
       "does not exist. bob@example.com was refused for now."},
      {"refused for good, then thrown out",
       with_sender +
           "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\n"
           "S: 421 4.7.0 too many errors\nS:fin\nC:fin\n",
       "deferred policyviolation policy for-now",
       "The message from alice@example.org to bob@example.com was refused for now by mx.example.com: 421 4.7.0 too "
       "many errors (frame 13). A policy of the receiver forbids it. carol@example.com was refused for good."},
      {"the message refused, after one of its recipients",
       with_recipient +
           "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: DATA\nS: 354 go on\nC: text\nC: .\n"
           "S: 554 5.7.1 this is spam\n" +
           quit,
       "rejected spamdetected sender for-good", "to bob@example.com was refused"},
      {"given up", with_recipient + "C: RSET\nS: 250 Ok\n" + quit, "aborted - client",
       "The client 192.0.2.10 sent RSET (frame 11) before the message from alice@example.org to "
       "bob@example.com was sent; nothing had been refused."},
      {"given up, and one of two recipients had been refused",
       with_recipient + "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: RSET\nS: 250 Ok\n" +
           quit,
       "aborted - client", "was sent; 1 of 2 recipients had been refused."},
      {"LMTP, one of two",
       "connect port=24\nS: 220 mx LMTP\nC: LHLO client.example.net\nS: 250 mx\nC: MAIL "
       "FROM:<alice@example.org>\nS: 250 Ok\n"
       "C: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: RCPT TO:<carol@example.com>\nS: 250 Ok\nC: "
       "DATA\nS: 354 go on\n"
       "C: text\nC: .\nS: 250 2.1.5 Ok\nS: 452 4.2.2 over quota\n" +
           quit,
       "partially-delivered mailboxfull recipient for-now",
       "took the message for bob@example.com. carol@example.com was"},
  }));
  require_row(row);
}

TEST_CASE("several mails in a session") {
  const std::string refused =
      "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: RSET\nS: 250 Ok\n";
  const std::string deferred =
      "C: RCPT TO:<carol@example.com>\nS: 450 4.2.0 no\nC: RSET\nS: 250 Ok\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"all delivered",
       delivered + second +
           "C: RCPT TO:<carol@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go\nC: .\nS: 250 Ok\n" +
           quit,
       "delivered - none", "So was one more message."},
      {"one delivered, one refused", delivered + second + refused + quit,
       "partially-delivered userunknown sender for-good",
       "mx.example.com took 1 of 2 messages. carol@example.com was refused"},
      {"one delivered, one given up", delivered + second + "C: RSET\nS: 250 Ok\n" + quit,
       "delivered - none", "4F7"},
      {"one refused, one deferred", with_sender + deferred + second + refused + quit,
       "rejected userunknown sender for-good", "550 5.1.1"},
      {"one delivered, one broken off",
       delivered + second + "C: RCPT TO:<carol@example.com>\nS:rst\n",
       "partially-delivered reset server for-now",
       "took 1 of 2 messages. The server 198.51.100.25 reset the connection"},
      {"one delivered, of one the end is not seen",
       delivered + second + "C: RCPT TO:<carol@example.com>\nS: 250 Ok\n", "incomplete - unknown",
       "The capture ended after RCPT"},
  }));
  require_row(row);
}

TEST_CASE("behind a proxy the mail is judged as without one") {
  const std::string header = "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\n";
  const std::string refused =
      "S: 250 mx\nC: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT TO:<bob@example.com>\n"
      "S: 550 5.1.1 no\n";
  const std::string socks =
      "connect port=1080\nC: \\x05\\x01\\0\\\nS: \\x05\\0\\\n"
      "C: \\x05\\x01\\0\\x03\\x0emx.example.com\\0\\x19\\\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"a header", header + "S: 220 mx\nC: EHLO client.example.net\n" + refused + quit,
       "rejected userunknown sender for-good", "550 5.1.1 no"},
      {"a header that the server refused",
       header + "S: 220 mx\nS: 502 what?\nC: EHLO client.example.net\n" + refused + quit,
       "rejected userunknown sender for-good", "550 5.1.1 no"},
      {"SOCKS says no", socks + "S: \\x05\\x05\\0\\x01\\0\\0\\0\\0\\0\\0\\\nclose\n",
       "failed-network proxy-refused network for-now", "socks5 answered 5 connection refused"},
      {"CONNECT says no",
       "connect port=3128\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.1 403 Not here\\r\\n\nclose\n",
       "failed-network proxy-refused network for-now", "HTTP CONNECT answered 403 Not here"},
  }));
  require_row(row);
}

TEST_CASE("the network, or a side, broke it off") {
  const auto row = GENERATE(values<Row>({
      {"refused", "refuse\n", "failed-network connection-refused server for-now",
       "RST in answer to the SYN"},
      {"never answered", "syn\nwait 1s\nsyn\n", "failed-network connection-timeout network for-now",
       "never answered the SYN"},
      {"no greeting", "connect\nwait 30s\nclose\n", "failed-network no-greeting server for-now",
       "never greeted"},
      {"reset by the server", with_recipient + "C: DATA\nS:rst\n",
       "failed-network reset server for-now", "while DATA waited for its reply"},
      {"reset by the client", with_recipient + "C:rst\n", "failed-network reset client for-now",
       "The client 192.0.2.10 reset"},
      {"closed by the server", with_recipient + "C: DATA\nS:fin\nC:fin\n",
       "failed-network server-closed server for-now", "DATA was never answered"},
      {"closed by the server, in the message",
       with_recipient + "C: DATA\nS: 354 go\nC: text\nS:fin\nC:fin\n",
       "failed-network server-closed server for-now", "in the middle of the message"},
      {"what was answered last, and when",
       with_recipient + "C: DATA\nS: 354 go\nC: text\nwait 2s\nS:fin\nC:fin\n",
       "failed-network server-closed server for-now",
       "The last answer was 354 to DATA (frame 12); the end came 2.0 s later."},
      {"the server gives up, and nothing shows why",
       with_recipient +
           "C: DATA\nS: 354 go on\nwait 300s\nS: 421 4.4.2 timeout exceeded\nS:fin\nC:fin\n",
       "deferred networkerror network for-now", ""},
      {"closed by the client, in the message",
       with_recipient + "C: DATA\nS: 354 go\nC: text\nclose\n",
       "failed-network client-closed client for-now", "in the middle of the message"},
      {"no final reply", sent + "wait 20s\nS:fin\nC:fin\n",
       "failed-network no-final-reply server for-now", "so it may arrive twice"},
      {"no final reply, and the client gave up", sent + "wait 300s\nclose\n",
       "failed-network no-final-reply server for-now", ""},
      {"the client gave up after a while",
       with_sender + "C: RCPT TO:<bob@example.com>\nwait 60s\nclose\n",
       "failed-network client-closed server for-now", "60 s later"},
      {"the client gave up at once", with_sender + "C: RCPT TO:<bob@example.com>\nclose\n",
       "failed-network client-closed client for-now", ""},
      {"the final reply came too late", sent + "wait 60s\nC:fin\nwait 5s\nS: 250 2.0.0 Ok\nC:rst\n",
       "delivered - none",
       "But the client had gone before it heard of that, and will send it again."},
      {"a close right after a refusal is explained by it",
       with_sender + "C: RCPT TO:<bob@example.com>\nS: 554 5.7.1 Go away\nS:rst\n",
       "rejected policyviolation policy for-good", "554 5.7.1 Go away"},
      {"broken off before any mail", hello + "S:rst\n", "failed-network reset server for-now",
       "lost connection after EHLO"},
      {"given up with RSET, and then reset", with_recipient + "C: RSET\nS: 250 Ok\nC:rst\n",
       "aborted - client", "sent RSET"},
  }));
  require_row(row);
}

TEST_CASE("sessions without mail") {
  const auto row = GENERATE(values<Row>({
      {"greeting 554", "connect\nS: 554 5.7.1 no service\n" + quit,
       "rejected blocked sender for-good",
       "The connection of 192.0.2.10 was refused by 198.51.100.25: 554 5.7.1 no service (frame "
       "4)."},
      {"greeting 421", "connect\nS: 421 4.7.0 Too many connections\nS:fin\nC:fin\n",
       "deferred ratelimited sender for-now", "was refused for now"},
      {"EHLO refused", greeted + "C: EHLO x\nS: 550 5.7.1 Go away\n" + quit,
       "rejected blocked sender for-good", "EHLO x was refused"},
      {"EHLO unknown, HELO taken",
       greeted + "C: EHLO x.example.net\nS: 502 what\nC: HELO x.example.net\nS: 250 mx\n" + quit,
       "no-mail - none", "Nobody tried"},
      {"login refused",
       hello + "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\nS: 535 5.7.8 authentication failed\n" + quit,
       "rejected securityerror sender for-good",
       "AUTH PLAIN as alice was refused by mx.example.com: 535 5.7.8"},
      {"login refused for now",
       hello + "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\nS: 454 4.7.0 later\n" + quit,
       "deferred securityerror sender for-now", ""},
      {"login refused, then taken",
       hello +
           "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjE=\nS: 535 5.7.8 no\nC: AUTH PLAIN "
           "AGFsaWNlAGh1bnRlcjI=\nS: 235 Ok\n" +
           quit,
       "no-mail - none", ""},
      {"STARTTLS refused", hello + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit,
       "failed-tls failedstarttls server for-now",
       "STARTTLS was refused for now by mx.example.com: 454"},
      {"STARTTLS hidden, and the client leaves", masked + quit,
       "failed-tls starttls-stripped network for-good",
       "The client 192.0.2.10 left without sending mail, as one does that insists on TLS."},
      {"STARTTLS hidden, and tried all the same",
       masked + "C: STARTTLS\nS: 500 5.5.2 what\n" + quit,
       "failed-tls starttls-stripped network for-good",
       "STARTTLS was refused by 198.51.100.25: 500 5.5.2 what"},
      {"STARTTLS hidden, and the client wanted something else",
       masked + "C: VRFY bob\nS: 252 perhaps\n" + quit, "no-mail - none", ""},
      {"STARTTLS refused, and the mail goes all the same",
       hello + "C: STARTTLS\nS: 454 4.7.0 no\n" + second +
           "C: RCPT TO:<bob@example.com>\nS: 250 Ok\nC: DATA\nS: 354 go\nC: .\nS: 250 Ok\n" + quit,
       "delivered - none", ""},
      {"TLS on a clear port", greeted + "C: \\x16\\x03\\x01\\0\\x05hello\\\nS: 500 what\nclose\n",
       "failed-tls protocol-mismatch client for-good", "speaks TLS on port 25"},
      {"HTTP", greeted + "C: GET / HTTP/1.1\nS: 500 what\nclose\n",
       "no-mail protocol-mismatch none", "Nobody tried to send mail."},
      {"the client forgets TLS behind 220",
       hello + "C: STARTTLS\nS: 220 go\nC: EHLO client.example.net\nS:fin\nC:fin\n",
       "failed-tls protocol-mismatch client for-good",
       "sent SMTP in clear (\"EHLO client.example.net\")"},
      {"the server forgets TLS behind its 220",
       hello +
           "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: 500 5.5.2 what\nclose\n",
       "failed-tls protocol-mismatch server for-good", "sent SMTP in clear (\"500 5.5.2 what\")"},
      {"HTTP on port 465", "connect port=465\nC: GET / HTTP/1.1\nS:fin\nC:fin\n",
       "no-mail protocol-mismatch none", "Nobody tried to send mail."},
      {"TLS fails, and the server says so in clear",
       hello +
           "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: \\x15\\x03\\x03\\0\\x02\\x02\\x28454 no\n" +
           quit,
       "failed-tls tls-handshake unknown for-now",
       "spoke TLS up to an alert, and then SMTP in clear again"},
      {"IMAP answers", "connect\nS: * OK ready\nclose\n",
       "failed-network protocol-mismatch server for-good", "speaks IMAP"},
      {"hidden by TLS", hello + "C: STARTTLS\nS: 220 go\n" + tls + "close\n",
       "hidden-by-tls - unknown", "From frame 9 on the session is encrypted"},
      {"nothing asked", greeted + "close\n", "no-mail - none",
       "The client 192.0.2.10 left without any command"},
      {"only a hello", hello + quit, "no-mail - none",
       "Nobody tried to send mail in this session."},
  }));
  require_row(row);
}

TEST_CASE("what the capture does not show is not guessed") {
  const auto row = GENERATE(values<Row>({
      {"the capture ended", sent, "incomplete - unknown", "The capture ended after END-OF-MESSAGE"},
      {"the deciding reply is in a gap", sent + "drop\nS: 250 Ok\n" + quit, "incomplete - unknown",
       "Octets are missing"},
      {"it began before", "midstream\nC: QUIT\nS: 221 Bye\nclose\n", "incomplete - unknown",
       "began before the capture"},
      {"one SYN", "syn\n", "incomplete - unknown", "The capture ended after CONNECT"},
      {"a gap that hides nothing that decides",
       with_recipient + "C: DATA\nS: 354 go on\nC: text\ndrop\nC*: 700 x\nC: \nC: .\nS: 250 Ok\n" +
           quit,
       "delivered - none", ""},
  }));
  require_row(row);
}

TEST_CASE("a verdict that what is lost may change is marked") {
  struct Certainty {
    const char* name;
    std::string script;
    const char* outcome;
    bool certain;
  };
  const std::string rcpt = "C: RCPT TO:<bob@example.com>\nS: 250 Ok\n";
  const auto row = GENERATE_COPY(values<Certainty>({
      {"nothing is lost", delivered + quit, "delivered", true},
      {"a sender was refused, and nobody knows which one",
       hello + "drop\nC: MAIL FROM:<x@\nS: 501 what\n" + second + rcpt +
           "C: DATA\nS: 354 go\nC: .\nS: 250 Ok\n" + quit,
       "delivered", false},
      {"what became of another message is lost",
       sent + "drop\nS: 250 Ok\n" + second + "C: RCPT TO:<nouser@example.com>\nS: 550 5.1.1 no\n" +
           quit,
       "rejected", false},
      {"two in a row are seen whole",
       delivered + second + "C: RCPT TO:<nouser@example.com>\nS: 550 5.1.1 no\n" + quit,
       "partially-delivered", true},
      {"TLS on a port for clear text, and what the server said to it is lost",
       "connect\nC: \\x16\\x03\\x01\\0\\x05hello\\\ndrop\nS: 500 what\nC:fin\nS:fin\n",
       "hidden-by-tls", false},
      {"an answer may stand behind the end of the capture", hello + "C: NOOP\nC:fin\n",
       "incomplete", true},
      {"a greeting, too", "connect\nC: QUIT\n", "incomplete", true},
  }));
  DYNAMIC_SECTION(row.name) {
    const Verdict verdict = verdict_of(row.script);
    INFO(verdict.text);
    CHECK(to_string(verdict.outcome) == row.outcome);
    CHECK(verdict.certain == row.certain);
  }
}

TEST_CASE("each recipient has its reason") {
  const auto verdict = verdict_of(with_recipient +
                                  "C: RCPT TO:<carol@example.com>\nS: 550 5.1.1 no\nC: RCPT "
                                  "TO:<dave@example.com>\nS: 452 4.2.2 full\n"
                                  "C: DATA\nS: 354 go on\nC: text\nC: .\nS: 250 Ok\n" +
                                  quit);
  REQUIRE(verdict.transactions.size() == 1);
  CHECK(verdict.transactions[0].reason == "userunknown");
  CHECK(verdict.transactions[0].recipients ==
        std::vector<Reason>{"", "userunknown", "mailboxfull"});
}

TEST_CASE("recipients of a broken transaction share its reason") {
  const auto verdict = verdict_of(sent + "S:rst\n");
  REQUIRE(verdict.transactions.size() == 1);
  CHECK(verdict.transactions[0].reason == "no-final-reply");
  CHECK(verdict.transactions[0].recipients == std::vector<Reason>{"no-final-reply"});
}

TEST_CASE("the reply is one line of bounded length") {
  const auto verdict = verdict_of(
      with_sender +
      "C: RCPT TO:<bob@example.com>\nS: 550-5.7.1 no\\r\\n550-5.7.1 and no\\r\\n550 5.7.1 " +
      std::string(400, 'x') + "\n" + quit);
  CHECK(verdict.reply.starts_with("550 5.7.1 no and no xxx"));
  CHECK(verdict.reply.size() == 303);
  CHECK(verdict.decided_at->frame == 10);
}

TEST_CASE("outcomes and faults have names") {
  CHECK(to_string(Outcome::partially_delivered) == "partially-delivered");
  CHECK(to_string(Outcome::failed_network) == "failed-network");
  CHECK(to_string(Outcome::hidden_by_tls) == "hidden-by-tls");
  CHECK(to_string(Fault::policy) == "policy");
}

TEST_CASE("a MAIL that was tried again is not half of a delivery") {
  const std::string refused = "C: MAIL FROM:<alice@example.org>\nS: ";
  const std::string rest = with_recipient.substr(hello.size()) +
                           sent.substr(with_recipient.size()) + "S: 250 2.0.0 Ok: queued as 4F7\n" +
                           quit;
  require_row(GENERATE_COPY(values<Row>({
      {"not now, then accepted", hello + refused + "451 4.3.2 not now\n" + rest, "delivered - none",
       ""},
      {"log in first, then accepted",
       hello + refused +
           "530 5.7.0 log in first\nC: AUTH CRAM-MD5\nS: 334 PDE+\nC: YWxpY2UgMDEyMzQ=\nS: 235 Ok\n" +
           rest,
       "delivered - none", ""},
      {"STARTTLS first, and then nobody sees",
       hello + refused + "530 5.7.0 STARTTLS first\nC: STARTTLS\nS: 220 go\n" + tls + "close\n",
       "hidden-by-tls - unknown", ""},
      {"given up, and then nobody sees",
       with_sender + "C: RSET\nS: 250 Ok\nC: STARTTLS\nS: 220 go\n" + tls + "close\n",
       "hidden-by-tls - unknown", ""},
      {"another sender was refused",
       hello + "C: MAIL FROM:<eve@example.org>\nS: 451 4.3.2 not now\n" + rest,
       "partially-delivered systemerror server for-now", ""},
      {"refused for good, then another mail", hello + refused + "552 5.3.4 too big\n" + rest,
       "partially-delivered emailtoolarge sender for-good", ""},
      {"refused for good in clear, and then nobody sees",
       hello + refused + "550 5.7.1 not you\nC: STARTTLS\nS: 220 go\n" + tls + "close\n",
       "rejected rejected sender for-good", ""},
  })));
}

TEST_CASE("a dialogue that is not kept whole: what is told of it says so") {
  session::AnalyzerLimits limits;
  limits.session.exchanges = 3;
  const session::Session session =
      test::session_of(delivered + quit, session::FileEnd::whole, limits);
  const Verdict verdict = weigh(session, findings::judge(session));
  CHECK(verdict.outcome == Outcome::incomplete);
  CHECK(
      verdict.text ==
      "The dialogue is longer than what is kept of one: the first 3 exchanges are told, 4 behind them are only counted.");
  CHECK(verdict.advice.find("--max-exchanges") != std::string::npos);
}

}  // namespace smtpscope::delivery
