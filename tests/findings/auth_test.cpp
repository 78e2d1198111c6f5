// Logins that were refused, that nobody asked for, or that give a secret away slowly.
#include "tests/findings/judged.hpp"
#include "tests/support/base64.hpp"

namespace smtpscope::findings {
namespace {

using test::base64;

const std::string cram = base64("alice 0123456789abcdef0123456789abcdef");
const std::string ask_cram = "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: " + cram + "\n";
const std::string scram = "C: AUTH SCRAM-SHA-256 " + base64("n,,n=alice,r=123") + "\n";

}  // namespace

TEST_CASE("security.auth-failed: one login, or many") {
  require_case(GENERATE(values<Case>({
      {"535", can_log_in + scram + "S: 535 5.7.8 authentication failed\n" + quit,
       "security.auth-failed",
       "mx.example.com refused the login of \"alice\" with AUTH SCRAM-SHA-256: 535 5.7.8 authentication failed."},
      {"454", can_log_in + scram + "S: 454 4.7.0 try later\n" + quit, "security.auth-failed",
       "(the server cannot check it now)"},
      {"538", can_log_in + scram + "S: 538 5.7.11 encrypt first\n" + quit, "security.auth-failed",
       "(it wants TLS first)"},
      {"534", can_log_in + scram + "S: 534 5.7.9 too weak\n" + quit, "security.auth-failed",
       "too weak for it"},
      {"a token",
       offering("AUTH XOAUTH2") + "C: AUTH XOAUTH2 " +
           base64("user=alice\1auth=Bearer token-token\1\1") + "\nS: 334 " +
           base64(R"({"status":"401","schemes":"bearer","scope":"https://mail.example.com/"})") +
           "\nC: \nS: 535 5.7.8 no\n" + quit,
       "security.credentials-in-clear security.auth-failed",
       "of the token it says status \"401\", scope \"https://mail.example.com/\", schemes \"bearer\"."},
      {"guessing",
       can_log_in + scram + "S: 535 no\n" + scram + "S: 535 no\n" + scram + "S: 535 no\n" + quit,
       "security.auth-failed",
       "refused 3 logins of \"alice\" over 40 ms, the last one with AUTH SCRAM-SHA-256: 535 no; somebody is guessing"},
      {"the second one fits",
       can_log_in + scram + "S: 535 no\n" + scram + "S: 535 no\n" + scram + "S: 235 yes\n" + quit,
       "security.auth-failed",
       "refused 2 logins of \"alice\" over 20 ms, the last one with AUTH SCRAM-SHA-256: 535 no; then one was accepted."},
      {"given up",
       can_log_in + "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: *\nS: 501 5.7.0 given up\n" + quit, "", ""},
      {"logged in twice",
       can_log_in + scram + "S: 235 yes\n" + scram + "S: 503 5.5.1 again?\n" + quit, "", ""},
      {"no base64", can_log_in + scram + "S: 501 5.5.2 what?\n" + quit, "", ""},
      {"accepted", can_log_in + scram + "S: 235 yes\n" + quit, "", ""},
  })));
}

TEST_CASE("security.auth-not-offered: the mechanism, or AUTH at all") {
  require_case(GENERATE(values<Case>({
      {"another mechanism", offering("AUTH LOGIN SCRAM-SHA-1") + scram + "S: 504 5.5.4 no\n" + quit,
       "security.auth-not-offered",
       "The client 192.0.2.10 used AUTH SCRAM-SHA-256, and the server offers only LOGIN and SCRAM-SHA-1; the server answered 504 5.5.4 no."},
      {"only behind TLS", offering("STARTTLS") + scram + "S: 530 5.7.0 STARTTLS first\n" + quit,
       "security.auth-not-offered",
       "the server offers no AUTH here; it offers STARTTLS, and may offer AUTH behind it"},
      {"none", hello + scram + "S: 503 5.5.1 no\n" + quit, "security.auth-not-offered",
       "the server offers no AUTH; "},
      {"HELO",
       greeted + "C: HELO client.example.net\nS: 250 mx\n" + scram + "S: 503 5.5.1 no\n" + quit,
       "security.auth-not-offered", "said HELO"},
      {"a secret in the mechanism's place",
       hello + "C: AUTH AGFsaWNlAGh1bnRlcjI=\nS: 504 no\n" + quit, "security.auth-not-offered",
       "used AUTH with a mechanism of another name"},
      {"in another case", offering("AUTH=scram-sha-256") + scram + "S: 235 Ok\n" + quit, "", ""},
      {"the offer is in a gap",
       greeted + "C: EHLO client.example.net\ndrop\nS: 250 mx.example.com\n" + scram +
           "S: 235 Ok\n" + quit,
       "capture.gap", ""},
  })));
}

TEST_CASE("security.weak-auth: once for each mechanism") {
  require_case(GENERATE(values<Case>({
      {"CRAM-MD5", can_log_in + ask_cram + "S: 535 no\n" + ask_cram + "S: 235 yes\n" + quit,
       "security.auth-failed security.weak-auth",
       "The client 192.0.2.10 used AUTH CRAM-MD5 for \"alice\" in clear: the password can be guessed from what this capture shows."},
      {"given up before the answer",
       can_log_in + "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: *\nS: 501 5.7.0 given up\n" + quit, "", ""},
      {"SCRAM is not", can_log_in + scram + "S: 235 yes\n" + quit, "", ""},
      {"a tap that decrypts",
       offering("STARTTLS") + "C: STARTTLS\nS: 220 go\n" +
           "C: EHLO client.example.net\nS: 250-mx\\r\\n250 AUTH CRAM-MD5\n" + ask_cram +
           "S: 235 yes\n" + quit,
       "security.plaintext-after-tls", ""},
  })));
}

}  // namespace smtpscope::findings
