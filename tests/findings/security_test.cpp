#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

// "\0alice\0hunter2", "alice", "hunter2" in base64: AGFsaWNlAGh1bnRlcjI= YWxpY2U= aHVudGVyMg==

TEST_CASE("security.starttls-refused") {
  require_case(GENERATE(values<Case>({
      {"454", hello + "C: STARTTLS\nS: 454 4.7.0 TLS not available\n" + quit,
       "security.starttls-refused",
       "The server 198.51.100.25 refused STARTTLS: 454 4.7.0 TLS not available."},
      {"220",
       hello + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nS: "
               "\\x16\\x03\\x03\\0\\x05hello\\\nclose\n",
       "tls.hidden"},
  })));
}

TEST_CASE("security.credentials-in-clear: only where a secret was sent, and in clear") {
  require_case(GENERATE(values<Case>({
      {"PLAIN", hello + "C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\nS: 235 Ok\n" + quit,
       "security.credentials-in-clear",
       "The client 192.0.2.10 sent the password of \"alice\" in clear with AUTH PLAIN; the server "
       "accepted it (235)."},
      {"LOGIN",
       hello +
           "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: "
           "aHVudGVyMg==\nS: 535 5.7.8 no\n" +
           quit,
       "security.credentials-in-clear", "the server refused it (535)"},
      {"LOGIN given up before the password",
       hello +
           "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: *\nS: 501 "
           "5.7.0 given up\n" +
           quit,
       ""},
      {"PLAIN refused before the secret", hello + "C: AUTH PLAIN\nS: 503 5.5.1 no\n" + quit, ""},
      {"CRAM-MD5 is no clear credential",
       hello + "C: AUTH CRAM-MD5\nS: 334 PDE+\nC: YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZg==\nS: 235 Ok\n" +
           quit,
       ""},
      {"a tap that decrypts",
       hello +
           "C: STARTTLS\nS: 220 go\nC: EHLO client.example.net\nS: 250 mx\nC: AUTH PLAIN "
           "AGFsaWNlAGh1bnRlcjI=\nS: 235 Ok\n" +
           quit,
       ""},
  })));
}

TEST_CASE("no finding shows a secret") {
  const std::string secret_line = "AGFsaWNlAGh1bnRlcjI=";
  const std::string text = texts_of(judge(test::session_of(hello + "C: AUTH PLAIN " + secret_line +
                                                           "\nwait 9s\nS:rst\n"))) +
                           texts_of(judge(test::session_of(hello + "C: AUTH PLAIN " + secret_line +
                                                           "\nwait 9s\nS: 250 Ok\n" + quit)));
  INFO(text);
  CHECK(text.find("AUTH PLAIN as alice") != std::string::npos);
  CHECK(text.find(secret_line) == std::string::npos);
  CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("tls.hidden: from where, how long, how much") {
  require_case(GENERATE(values<Case>({
      {"STARTTLS",
       hello + "C: STARTTLS\nS: 220 go\nC: \\x16\\x03\\x01\\0\\x05hello\\\nwait 2s\nS: "
               "\\x16\\x03\\x03\\0\\x06hello!\\\nclose\n",
       "tls.hidden",
       "From frame 9 on the session is encrypted (STARTTLS): 10 octets of the client and 11 of the "
       "server, over 2.0 s, "
       "are hidden."},
      {"accepted, and nothing came", hello + "C: STARTTLS\nS: 220 go\nclose\n", "smtp.no-quit"},
  })));
}

}  // namespace smtpscope::findings
