#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

// "\0alice\0hunter2", "alice", "hunter2" in base64: AGFsaWNlAGh1bnRlcjI= YWxpY2U= aHVudGVyMg==

TEST_CASE("security.credentials-in-clear: only where a secret was sent, and in clear") {
  require_case(GENERATE(values<Case>({
      {"PLAIN", can_log_in + "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\nS: 235 Ok\n" + quit,
       "security.credentials-in-clear",
       "The client 192.0.2.10 sent the password of \"alice\" in clear with AUTH PLAIN; the server "
       "accepted it (235)."},
      {"LOGIN",
       can_log_in +
           "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: "
           "aHVudGVyMg==\nS: 535 5.7.8 no\n" +
           quit,
       "security.credentials-in-clear security.auth-failed", "the server refused it (535)"},
      {"LOGIN given up before the password",
       can_log_in +
           "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: *\nS: 501 "
           "5.7.0 given up\n" +
           quit,
       ""},
      {"PLAIN refused before the secret", can_log_in + "C: AUTH PLAIN\nS: 503 5.5.1 no\n" + quit,
       ""},
      {"CRAM-MD5 is no clear credential",
       can_log_in +
           "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZg==\nS: 235 Ok\n" + quit,
       "security.weak-auth"},
      {"a tap that decrypts",
       hello_tls +
           "C: STARTTLS\nS: 220 go\nC: EHLO client.example.net\nS: 250-mx\\r\\n250 AUTH PLAIN\nC: AUTH PLAIN "
           "AGFsaWNlAGh1bnRlcjI=\nS: 235 Ok\n" +
           quit,
       "security.plaintext-after-tls"},
  })));
}

TEST_CASE("security.address-probing: questions, and guesses") {
  const auto vrfy = [](const std::string& name) {
    return "C: VRFY " + name + "\nS: 252 2.0.0 cannot tell\n";
  };
  const auto rcpt = [](const std::string& name, const std::string& reply) {
    return "C: RCPT TO:<" + name + "@example.com>\nS: " + reply + "\n";
  };
  std::string guesses, refusals, listed_dead;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    guesses += rcpt(name, "550 5.1.1 unknown");
    refusals += rcpt(name, "554 5.7.1 relay access denied");
    listed_dead += rcpt(name, "550 5.1.1 unknown") + rcpt(std::string("1") + name, "250 Ok") +
                   rcpt(std::string("2") + name, "250 Ok");
  }
  const auto probing = [](const std::string& script) {
    const session::Session session = test::session_of(script);
    const std::vector<Finding> findings = judge(session);
    require_promises(session, findings);
    std::string texts;
    for (const Finding& finding : findings) {
      if (finding.rule == RuleId::security_address_probing) texts += finding.text;
    }
    return texts;
  };
  CHECK(
      probing(hello + vrfy("alice") + vrfy("bob") + vrfy("carol") + vrfy("dave") + quit) ==
      "The client 192.0.2.10 asked for 4 names with VRFY or EXPN: \"alice\", \"bob\", \"carol\" and 1 more.");
  CHECK(probing(hello + vrfy("alice") + vrfy("bob") + vrfy("alice") + quit).empty());
  CHECK(
      probing(with_sender + guesses + quit) ==
      "5 of the 5 recipients that the client 192.0.2.10 named do not exist: \"a@example.com\", \"b@example.com\", \"c@example.com\" "
      "and 2 more.");
  CHECK(probing(with_sender + rcpt("a", "550 no such user") + rcpt("b", "550 5.1.1 no") + quit)
            .empty());
  CHECK(probing(with_sender + refusals + quit).empty());
  CHECK(probing(with_sender + listed_dead + quit).empty());
}

TEST_CASE("security.control-in-text: what a terminal would act on") {
  require_case(GENERATE(values<Case>({
      {"in a command", hello + "C: NOOP \\x1b[2J\nS: 250 Ok\n" + quit, "security.control-in-text",
       "The client 192.0.2.10 sent a control character, ESC (0x1b), in a command: \"NOOP \x1b[2J\"."},
      {"in a reply", hello + "C: NOOP\nS: 250 Ok\\x07\n" + quit, "security.control-in-text",
       "The server 198.51.100.25 sent a control character, BEL (0x07), in a reply: 250 \"Ok\x07\"."},
      {"in the greeting",
       "connect\nS: 220 mx\\x1b]0;x\\x07\nC: EHLO client.example.net\nS: 250 mx\n" + quit,
       "security.control-in-text", ""},
      {"a tab is none", hello + "C: NOOP \\t x\nS: 250 Ok\\tOk\n" + quit, "", ""},
      {"UTF-8 is none", hello + "C: NOOP\nS: 250 \\xc3\\xa9\n" + quit, "", ""},
      {"octets of another protocol", hello + "C: \\x16\\x03\\x01\\x1b\\x80x\nS: 500 what?\n" + quit,
       "smtp.unknown-command", ""},
  })));
}

TEST_CASE("no finding shows a secret") {
  const std::string secret_line = "AGFsaWNlAGh1bnRlcjI=";
  const std::string text =
      texts_of(judge(
          test::session_of(can_log_in + "C: AUTH PLAIN " + secret_line + "\nwait 9s\nS:rst\n"))) +
      texts_of(judge(test::session_of(can_log_in + "C: AUTH PLAIN " + secret_line +
                                      "\nwait 9s\nS: 250 Ok\n" + quit)));
  INFO(text);
  CHECK(text.find("AUTH PLAIN as alice") != std::string::npos);
  CHECK(text.find(secret_line) == std::string::npos);
  CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("tls.hidden: from where, how long, how much") {
  require_case(GENERATE(values<Case>({
      {"STARTTLS",
       hello_tls + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nwait 2s\nS: "
                   "\\x16\\x03\\x03\\0\\x06hello!\\\nclose\n",
       "tls.hidden",
       "From frame 9 on the session is encrypted (STARTTLS): 10 octets of the client and 11 of the "
       "server, over 2.0 s, "
       "are hidden."},
      {"accepted, and nothing came", hello_tls + "C: STARTTLS\nS: 220 go\nclose\n", "smtp.no-quit"},
  })));
}

}  // namespace smtpscope::findings
