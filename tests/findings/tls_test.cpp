// Where TLS was due, and something else came.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

const std::string accepted = hello_tls + "C: STARTTLS\nS: 220 2.0.0 go ahead\n";
const std::string port_465 = "connect port=465\n";
const std::string alert = "S: \\x15\\x03\\x01\\0\\x02\\x02\\x46\\\n";
const std::string ehlo = "C: EHLO client.example.net\n";
const std::string left_by_server = "S:fin\nC:fin\n";

}  // namespace

TEST_CASE("tls.not-tls: behind the 220 to STARTTLS") {
  require_case(GENERATE(values<Case>({
      {"the client goes on in clear, and an alert says so",
       accepted + ehlo + alert + left_by_server, "tls.not-tls",
       "The client 192.0.2.10 sent SMTP in clear (\"EHLO client.example.net\") behind the 220 to "
       "STARTTLS (frame 8), where TLS "
       "was due; the server 198.51.100.25 spoke TLS."},
      {"the server leaves without a word", accepted + ehlo + left_by_server, "tls.not-tls",
       "; the server 198.51.100.25 closed the connection (FIN)."},
      {"the server resets", accepted + ehlo + "S:rst\n", "tls.not-tls",
       "reset the connection (RST)."},
      {"the server says what it misses",
       accepted + ehlo + "S: 554 5.7.0 TLS handshake failed\n" + quit, "tls.not-tls",
       "(\"EHLO client.example.net\") and the server 198.51.100.25 SMTP in clear (\"554 5.7.0 TLS "
       "handshake failed\") behind"},
      {"the server offers STARTTLS once more",
       accepted + ehlo + "S: 250-mx.example.com\\r\\n250 STARTTLS\n" + quit, "tls.not-tls",
       "(\"250 mx.example.com STARTTLS\")"},
      {"a login in clear",
       accepted + ehlo +
           "S: 250-mx.example.com\\r\\n250-AUTH PLAIN\\r\\n250 STARTTLS\nC: AUTH PLAIN "
           "AGFsaWNlAHNlY3JldA==\nS: 235 Ok\n" +
           quit,
       "tls.not-tls security.credentials-in-clear", "the password of \"alice\" in clear"},
      {"a login as the first word, masked",
       accepted + "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n" + alert + left_by_server,
       "tls.not-tls security.credentials-in-clear", "SMTP in clear (\"AUTH PLAIN as alice\")"},
      {"the server's answer to TLS is text",
       accepted + client_tls + "S: 454 4.3.3 TLS not available\n" + left_by_server, "tls.not-tls",
       "The server 198.51.100.25 sent SMTP in clear (\"454 4.3.3 TLS not available\") behind the "
       "220 to STARTTLS (frame 8), where "
       "TLS was due; the client 192.0.2.10 spoke TLS."},
      {"a tap that decrypts", accepted + ehlo + "S: 250 mx.example.com\n" + quit,
       "security.plaintext-after-tls"},
      {"a tap, and EHLO refused", accepted + ehlo + "S: 550 5.7.1 not from here\n" + quit,
       "security.plaintext-after-tls"},
      {"a tap, and the capture ends", accepted + ehlo, "capture.open"},
      {"a tap, and the client leaves first", accepted + ehlo + "C:rst\n", "net.reset"},
      {"TLS on both sides", accepted + client_tls + server_tls + "close\n", "tls.hidden"},
      {"words before the 220 are an injection",
       hello_tls + "C: STARTTLS\\r\\nRSET\nS: 220 go\n" + client_tls + server_tls + "close\n",
       "security.starttls-injection tls.hidden"},
      {"the answer to words before the 220",
       hello_tls + "C: STARTTLS\\r\\nNOOP\nS: 220 go\\r\\n250 Ok\n" + client_tls + server_tls +
           "close\n",
       "security.starttls-injection tls.hidden"},
      {"an old ClientHello",
       accepted + "C: \\x80\\x2e\\x01\\x03\\x01\\0\\x15\\\n" + server_tls + "close\n",
       "tls.hidden"},
      {"nothing came", accepted + "close\n", "smtp.no-quit"},
      {"the server's answer is not in the capture",
       accepted + ehlo + "drop\nS: 250 mx.example.com\n" + quit, "capture.gap"},
  })));
}

TEST_CASE("tls.not-tls: on port 465") {
  require_case(GENERATE(values<Case>({
      {"the client begins in clear", port_465 + ehlo + alert + left_by_server, "tls.not-tls",
       "The client 192.0.2.10 sent SMTP in clear (\"EHLO client.example.net\") on port 465, where "
       "TLS is due from the first octet; "
       "the server 198.51.100.25 spoke TLS."},
      {"HTTP",
       port_465 + "C: GET / HTTP/1.1\\r\\nHost: mx.example.com\\r\\n\n" + alert + left_by_server,
       "tls.not-tls", "sent HTTP (\"GET / HTTP/1.1\")"},
      {"SSH", port_465 + "C: SSH-2.0-OpenSSH_9.2\n" + left_by_server, "tls.not-tls",
       "sent SSH (\"SSH-2.0-OpenSSH_9.2\")"},
      {"octets of no protocol, and an alert",
       port_465 + "C: \\x01\\x02\\x03\n" + alert + left_by_server, "tls.not-tls",
       "sent octets that are no TLS (\"\x01\x02\x03\") on port 465"},
      {"the server greets in clear",
       port_465 + "S: 220 mx.example.com ESMTP\n" + client_tls + "S: 500 5.5.2 what\nclose\n",
       "tls.not-tls",
       "The server 198.51.100.25 sent SMTP in clear (\"220 mx.example.com ESMTP\") on port 465, "
       "where TLS is due from the first "
       "octet; the client 192.0.2.10 spoke TLS."},
      {"the server greets, and the client goes",
       port_465 + "S: 220 mx.example.com ESMTP\nC:fin\nS:fin\n", "tls.not-tls",
       "; the client 192.0.2.10 closed the connection (FIN)."},
      {"both in clear",
       port_465 + "S: 220 mx.example.com ESMTP\n" + ehlo + "S: 250 mx.example.com\n" + quit,
       "tls.not-tls",
       "The client 192.0.2.10 sent SMTP in clear (\"EHLO client.example.net\") and the server "
       "198.51.100.25 SMTP in clear (\"220 "
       "mx.example.com ESMTP\") on port 465"},
      {"TLS", port_465 + client_tls + server_tls + "close\n", "tls.hidden"},
      {"TLS, octet by octet",
       port_465 + "cut 1\n" + client_tls + "cut 1\n" + server_tls + "close\n", "tls.hidden"},
      {"an old ClientHello",
       port_465 + "C: \\x80\\x2e\\x01\\x03\\x01\\0\\x15\\\n" + server_tls + "close\n",
       "tls.hidden"},
      {"from the middle of TLS", "midstream port=465\nC: 250 hello\nS: hello\nclose\n",
       "capture.midstream"},
      {"nobody says a word", port_465 + "wait 30s\nC:fin\nS:fin\n", ""},
      {"TLS on a clear port is smtp.not-smtp", greeted + client_tls + "S: 500 what\nclose\n",
       "smtp.not-smtp"},
      {"clear text on a clear port", greeted + ehlo + "S: 250 mx.example.com\n" + quit, ""},
  })));
}

TEST_CASE("security.plaintext-after-tls: TLS breaks off, and clear text follows") {
  const std::string failed = accepted + client_tls + "S: \\x15\\x03\\x03\\0\\x02\\x02\\x28\\\n";
  require_case(GENERATE_COPY(values<Case>({
      {"an alert, and text", failed + "S: 454 4.7.0 TLS not available\nclose\n",
       "security.plaintext-after-tls",
       "The server 198.51.100.25 spoke TLS up to an alert, and then SMTP in clear again: \"454 "
       "4.7.0 TLS not available\"."},
      {"the client goes on", failed + "S: 454 4.7.0 no TLS\n" + quit,
       "security.plaintext-after-tls",
       "; the client 192.0.2.10 spoke TLS, and then SMTP in clear again: \"QUIT\"."},
      {"a login in clear", failed + "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 235 Ok\n" + quit,
       "security.credentials-in-clear security.plaintext-after-tls",
       "the password of \"alice\" in clear"},
      {"in the same packet",
       accepted + client_tls + "S: \\x15\\x03\\x03\\0\\x02\\x02\\x28454 no\nclose\n",
       "security.plaintext-after-tls", "\"454 no\""},
      {"an alert, and the end", failed + "close\n", "tls.hidden", ""},
      {"text inside a record", accepted + client_tls + "S: \\x17\\x03\\x03\\0\\x08454 no\nclose\n",
       "tls.hidden", ""},
      {"text behind a gap",
       accepted + client_tls + server_tls + "drop\n" + server_tls +
           "S: 454 4.7.0 TLS not available\nclose\n",
       "tls.hidden", ""},
      {"binary behind a record", failed + "S: 454\\x01\nclose\n", "tls.hidden", ""},
  })));
}

TEST_CASE("security.plaintext-after-tls: a tap that decrypts is a note") {
  const std::vector<Finding> findings =
      judge(test::session_of(accepted + ehlo + "S: 250 mx.example.com\n" + quit));
  REQUIRE(ids_of(findings) == "security.plaintext-after-tls");
  CHECK(severity_of(findings.front()) == Severity::note);
  CHECK(findings.front().text ==
        "Behind the 220 to STARTTLS (frame 8) both sides go on as if TLS were there, and all of it "
        "is in clear: EHLO "
        "client.example.net, and the server answered 250 mx.example.com.");
  const std::vector<Finding> broken_off = judge(test::session_of(
      accepted + client_tls + "S: \\x15\\x03\\x03\\0\\x02\\x02\\x28454 no\nclose\n"));
  REQUIRE(ids_of(broken_off) == "security.plaintext-after-tls");
  CHECK(severity_of(broken_off.front()) == Severity::warning);
}

}  // namespace smtpscope::findings
