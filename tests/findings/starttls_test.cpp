// Encrypted or not, and whose doing that was.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

// Those that judged.hpp leaves out.
std::string ids_about_clear_mail(const std::vector<Finding>& findings) {
  std::string ids;
  for (const Finding& finding : findings) {
    if (is_about_clear_mail(finding)) ids += std::string(info(finding.rule).name) + ' ';
  }
  return ids;
}

void require_clear_case(const Case& row) {
  DYNAMIC_SECTION(row.name) {
    const session::Session session = test::session_of(row.script);
    const std::vector<Finding> findings = judge(session);
    INFO(texts_of(findings));
    CHECK(ids_about_clear_mail(findings) == row.ids);
    CHECK(texts_of(findings).find(row.text) != std::string::npos);
    require_promises(session, findings);
  }
}

const std::string mail =
    "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\nC: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\n"
    "C: DATA\nS: 354 go on\nC: Subject: test\nC: .\nS: 250 2.0.0 Ok\n";
const std::string stars = "connect\nS: 220 *******************2*****0*0*0*\n";
const std::string hello_stars = "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250 ";

}  // namespace

TEST_CASE("security.starttls-refused") {
  require_case(GENERATE_COPY(values<Case>({
      {"454", hello_tls + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit,
       "security.starttls-refused",
       "The server 198.51.100.25 refused STARTTLS: 454 4.7.0 TLS not available."},
      {"not offered: one fault, one finding",
       hello + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit,
       "smtp.extension-not-offered"},
      {"454, and the mail went in clear",
       hello_tls + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + mail + quit,
       "security.starttls-refused",
       "refused STARTTLS: 454 4.7.0 TLS not available; the message from alice@example.org went in clear all the same."},
      {"454 behind a message",
       hello_tls + mail + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit,
       "security.starttls-refused", "refused STARTTLS: 454 4.7.0 TLS not available."},
      {"220",
       hello_tls + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: "
                   "\\x16\\x03\\x03\\0\\x05hello\\\nclose\n",
       "tls.hidden"},
  })));
}

TEST_CASE("security.starttls-stripped and security.middlebox: who took the offer away") {
  require_case(GENERATE(values<Case>({
      {"ASA",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250-XXXXXXXA\\r\\n250-XXXB\\r\\n250 SIZE\n" +
           mail + quit,
       "security.starttls-stripped security.middlebox",
       "The answer to EHLO shows XXXXXXXA where a word as long as STARTTLS stood, and no STARTTLS; the mail went in clear."},
      {"all Xes, and no mail", offering("XXXXXXXX") + quit,
       "security.starttls-stripped security.middlebox",
       "Something between the client 192.0.2.10 and the server 198.51.100.25 rewrites SMTP: EHLO's answer shows XXXXXXXX."},
      {"a banner of stars, and HELO",
       stars + "C: HELO client.example.net\nS: 250 mx.example.com\n" + quit,
       "security.starttls-stripped security.middlebox", "The banner is full of stars"},
      {"a banner of stars, and nobody asked", stars + quit, "security.middlebox",
       "the banner is \"****"},
      {"a banner of stars, and STARTTLS", stars + hello_stars + "STARTTLS\n" + quit,
       "security.middlebox", ""},
      {"other keywords are masked",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250-XXXB\\r\\n250-STARTTLS\\r\\n250 XXXXXXXA\n" +
           quit,
       "security.middlebox", "EHLO's answer shows XXXB and XXXXXXXA."},
      {"verbs that reach the server as Xes",
       greeted +
           "C: XXXX client.example.net\nS: 500 5.5.2 what?\nC: HELO client.example.net\nS: 250 mx\n" +
           quit,
       "security.middlebox", "commands came as XXXX"},
      {"STARTTLS that reached the server as Xes",
       hello + "C: XXXXXXXX\nS: 500 5.5.2 what?\n" + quit,
       "security.starttls-stripped security.middlebox", "reached the server as XXXXXXXX"},
      {"lines that are no keywords", offering("**** ***") + quit, "security.middlebox",
       "EHLO's answer shows ****."},
      {"words under stars", offering("** ***") + quit, "security.middlebox",
       "lines that are no keywords"},
      {"a server without TLS", offering("SIZE 10240000") + mail + quit, "", ""},
      {"a server that likes stars",
       "connect\nS: 220 mx.example.com ESMTP *** no spam ***\n" + hello_stars + "SIZE\n" + quit, "",
       ""},
      {"keywords with an X", offering("XCLIENT NAME ADDR") + quit, "", ""},
      {"the short one with an X", offering("XXX") + quit, "", ""},
  })));
}

TEST_CASE("security.starttls-injection: words between STARTTLS and TLS") {
  const std::string offered = offering("STARTTLS");
  require_case(GENERATE_COPY(values<Case>({
      {"of the client, in the same packet",
       offered + "C: STARTTLS\\r\\nRSET\nS: 220 go\n" + client_tls + server_tls + "close\n",
       "security.starttls-injection tls.hidden",
       "The client 192.0.2.10 sent 1 command in clear behind STARTTLS, before the server's 220: \"RSET\"; no answer in clear is in the "
       "capture."},
      {"of the client, and the server takes it",
       offered + "C: STARTTLS\\r\\nNOOP\nS: 220 go\\r\\n250 Ok\n" + client_tls + server_tls +
           "close\n",
       "security.starttls-injection tls.hidden", "; the server answered in clear."},
      {"of the client, which then leaves",
       offered + "C: STARTTLS\\r\\nRSET\\r\\nNOOP\nS: 220 go\nwait 10s\nC:fin\nS:fin\n",
       "security.starttls-injection", "sent 2 commands in clear behind STARTTLS"},
      {"of the server",
       offered + "C: STARTTLS\nS: 220 go\\r\\n250 forged\n" + client_tls + server_tls + "close\n",
       "smtp.reply-without-command security.starttls-injection tls.hidden",
       "Behind the 220 to STARTTLS more came in clear from the server 198.51.100.25: \"250 forged\"."},
      {"STARTTLS was refused", offered + "C: STARTTLS\\r\\nRSET\nS: 454 no\\r\\n250 Ok\n" + quit,
       "security.starttls-refused", ""},
      {"nothing of it", offered + "C: STARTTLS\nS: 220 go\n" + client_tls + server_tls + "close\n",
       "tls.hidden", ""},
      {"TLS in the same packet as the client's eagerness",
       offered + "C: STARTTLS\\r\\n\\x16\\x03\\x01\\0\\x05hello\\\nS: 220 go\n" + server_tls +
           "close\n",
       "tls.hidden", ""},
      {"a tap that decrypts",
       offered + "C: STARTTLS\nS: 220 go\nC: EHLO client.example.net\nS: 250 mx.example.com\n" +
           quit,
       "security.plaintext-after-tls", ""},
  })));
}

TEST_CASE("security.starttls-not-used and security.mail-in-clear: one of them, and once") {
  const std::string offered = offering("STARTTLS");
  require_clear_case(GENERATE_COPY(values<Case>({
      {"not used", offered + mail + mail + quit, "security.starttls-not-used ",
       "mx.example.com offered STARTTLS, the client 192.0.2.10 did not use it: the message from alice@example.org went in clear."},
      {"not offered", offering("SIZE") + mail + mail + quit, "security.mail-in-clear ",
       "The message from alice@example.org went in clear; mx.example.com offered no STARTTLS."},
      {"HELO", greeted + "C: HELO client.example.net\nS: 250 mx\n" + mail + quit,
       "security.mail-in-clear ", "said HELO"},
      {"refused", offered + "C: STARTTLS\nS: 454 no\n" + mail + quit, "", ""},
      {"taken away", offering("XXXXXXXA") + mail + quit, "", "; the mail went in clear."},
      {"no message",
       offered +
           "C: MAIL FROM:<alice@example.org>\nS: 250 Ok\nC: RCPT TO:<x@example.com>\nS: 550 no\n" +
           quit,
       "", ""},
      {"behind TLS that a tap decrypts",
       offered + "C: STARTTLS\nS: 220 go\nC: EHLO client.example.net\nS: 250 mx\n" + mail + quit,
       "", ""},
      {"on one host",
       "connect client=127.0.0.1:40001 server=127.0.0.1:25\nS: 220 mx\nC: EHLO localhost.example.net\nS: 250 STARTTLS\n" +
           mail + quit,
       "", ""},
      {"on one host, IPv6",
       "connect client=[::1]:40001 server=[::1]:25\nS: 220 mx\nC: EHLO localhost.example.net\nS: 250 STARTTLS\n" +
           mail + quit,
       "", ""},
      {"LMTP", "connect port=24\nS: 220 mx\nC: LHLO client.example.net\nS: 250 mx\n" + mail + quit,
       "", ""},
  })));
}

}  // namespace smtpscope::findings
