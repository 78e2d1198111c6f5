// What AUTH carries is shown to nobody who does not ask for it: in no format, at no level, in no
// encoding.
#include "tests/cli/scratch.hpp"
#include "tests/support/base64.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope::test;

namespace {

// A password, and all that gives it away: itself, and its base64 alone and behind other octets.
struct Secret {
  std::vector<std::string> forms;
};

// The characters of base64 that `secret` alone decides, wherever it stands in what was encoded.
Secret secret_of(const std::string& secret) {
  Secret all{{secret}};
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string code = base64(std::string(before, '\0') + secret);
    const std::size_t foreign = before == 0 ? 0 : before + 1;
    const std::size_t own = (before + secret.size()) * 8 / 6;
    all.forms.push_back(code.substr(foreign, own - foreign));
  }
  return all;
}

bool gives_away(std::string_view text, const Secret& secret) {
  return std::ranges::any_of(secret.forms,
                             [&](const std::string& form) { return has(text, form); });
}

const std::vector<std::vector<std::string>> ways_to_show{{},
                                                         {"-q"},
                                                         {"-v"},
                                                         {"-T", "json"},
                                                         {"-v", "--color", "always", "--stats"},
                                                         {"--level", "full", "-T", "json"}};

void check_secret(const std::filesystem::path& capture, const Secret& secret) {
  for (const std::vector<std::string>& options : ways_to_show) {
    Launch launch;
    launch.arguments = options;
    launch.arguments.push_back(capture.string());
    const Outcome masked = run(launch);
    INFO(masked.out);
    CHECK(masked.status == 0);
    CHECK_FALSE(masked.out.empty());
    CHECK_FALSE(gives_away(masked.out, secret));
    CHECK_FALSE(gives_away(masked.err, secret));
  }
  for (const std::vector<std::string>& options : {std::vector<std::string>{"-v"}, {"-T", "json"}}) {
    Launch launch;
    launch.arguments = options;
    launch.arguments.insert(launch.arguments.end(), {"--show-secrets", capture.string()});
    CHECK(gives_away(run(launch).out, secret));  // so the look for it can find it
  }
}

}  // namespace

TEST_CASE("a recorded password") {
  const std::filesystem::path folder = SMTPSCOPE_SOURCE_DIR "/samples/auth-in-clear";
  for (const char* sample : {"postfix-plain.pcap", "exim-login.pcap"}) {
    DYNAMIC_SECTION(sample) {
      check_secret(folder / sample, secret_of("correct horse battery"));
      Launch launch;
      launch.arguments = {(folder / sample).string()};
      CHECK(has(run(launch).out, "alice@example.net"));  // who it was is shown
    }
  }
}

TEST_CASE("passwords in each mechanism, and where they should not be") {
  const std::string password = "hunter2-hunter2";
  const std::string user = "alice@example.net";
  const std::string plain = base64('\0' + user + '\0' + password);
  const std::string digest = "0123456789abcdef0123456789abcdef";
  struct Row {
    const char* name;
    std::string secret;
    std::string dialogue;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"PLAIN at once", password, "C: AUTH PLAIN " + plain + "\nS: 235 2.7.0 Ok\n"},
      {"PLAIN, asked for", password, "C: AUTH PLAIN\nS: 334 \nC: " + plain + "\nS: 235 2.7.0 Ok\n"},
      {"PLAIN, refused and repeated by the server", password,
       "C: AUTH PLAIN " + plain + "\nS: 535 5.7.8 bad: " + plain + " is " + password + "\n"},
      {"LOGIN", password,
       "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: " + base64(user) +
           "\nS: 334 UGFzc3dvcmQ6\nC: " + base64(password) + "\nS: 235 Ok\n"},
      {"LOGIN with the user's name at once", password,
       "C: AUTH LOGIN " + base64(user) + "\nS: 334 UGFzc3dvcmQ6\nC: " + base64(password) +
           "\nS: 535 No\n"},
      {"LOGIN without base64", password,
       "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: " + user + "\nS: 334 UGFzc3dvcmQ6\nC: " + password +
           "\nS: 535 No\n"},
      {"CRAM-MD5", digest,
       "C: AUTH CRAM-MD5\nS: 334 PDEyM0BteC5leGFtcGxlLmNvbT4=\nC: " + base64(user + ' ' + digest) +
           "\nS: 235 Ok\n"},
      {"DIGEST-MD5, and the server repeats it", digest,
       "C: AUTH DIGEST-MD5\nS: 334 bm9uY2U9IngiCg==\nC: " +
           base64("username=\"" + user + "\",realm=\"example.com\",response=" + digest) +
           "\nS: 535 " + digest + "\n"},
      {"SCRAM, and the server repeats it", "dHzbZapWIk4jUhN+Ute9ytag9zjf=",
       "C: AUTH SCRAM-SHA-1 " + base64("n,,n=" + user + ",r=abc") +
           "\nS: 334 cj1hYmNkZWYscz1RUT09LGk9NDA5Ng==\nC: " +
           base64("c=biws,r=abcdef,p=dHzbZapWIk4jUhN+Ute9ytag9zjf=") +
           "\nS: 535 dHzbZapWIk4jUhN+Ute9ytag9zjf=\n"},
      {"OAUTHBEARER, refused", "ya29.a0ARrdaM-token",
       "C: AUTH OAUTHBEARER " +
           base64("n,a=" + user + ",\1host=mx\1auth=Bearer ya29.a0ARrdaM-token\1\1") + "\nS: 334 " +
           base64("{\"status\":\"invalid_token\",\"scope\":\"not ya29.a0ARrdaM-token\"}") +
           "\nC: AQ==\nS: 535 No\n"},
      {"XOAUTH2", "ya29.a0ARrdaM-token",
       "C: AUTH XOAUTH2 " + base64("user=" + user + "\1auth=Bearer ya29.a0ARrdaM-token\1\1") +
           "\nS: 235 Ok\n"},
      {"a mechanism that nobody knows", password,
       "C: AUTH X-SECRET\nS: 334 Z28=\nC: " + base64(password) + "\nS: 235 Ok\n"},
      {"lower case, and blanks", password, "C: auth   plain   " + plain + "  \nS: 235 Ok\n"},
      {"the password as the mechanism", password, "C: AUTH " + plain + "\nS: 504 5.5.4 No\n"},
      {"sent after the server had said no", password,
       "C: AUTH LOGIN\nS: 503 5.5.1 No\nC: " + base64(user) + "\nS: 500 What?\nC: " +
           base64(password) + "\nS: 500 5.5.2 What is " + base64(password) + "?\n"},
      {"again in another command", password,
       "C: AUTH PLAIN " + plain + "\nS: 235 Ok\nC: NOOP " + password +
           "\nS: 250 Ok\nC: " + password + " x\nS: 500 " + password + "?\n"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    const auto capture = scratch.capture(
        "mail.pcap",
        "connect port=587\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\n"
        "S: 250-mx.example.com\nS: 250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\n" +
            row.dialogue + "C: QUIT\nS: 221 Bye\nclose\n");
    check_secret(capture, secret_of(row.secret));
  }
}

TEST_CASE("what a client logs in with at a proxy in front") {
  struct Row {
    const char* name;
    std::string script;
    std::string secret;  // as JSON shows it, if asked
  };
  const std::string mail =
      "S: 220 mx.example.com ESMTP\nC: EHLO secret-password\nS: 502 no such secret-password\nclose\n";
  const std::string token = base64("alice:secret-password");
  const std::string ask =
      "C: CONNECT mx.example.com:25 HTTP/1.1\\r\\nProxy-Authorization: Basic " + token + "\\r\\n\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"SOCKS 5",
       "connect port=1080\nC: \\x05\\x01\\x02\\\nS: \\x05\\x02\\\nC: \\x01\\x05alice\\x0fsecret-password\\\nS: \\x01\\0\\\n"
       "C: \\x05\\x01\\0\\x03\\x0emx.example.com\\0\\x19\\\nS: \\x05\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\\n" +
           mail,
       "\"password\":\"secret-password\""},
      {"CONNECT", "connect port=3128\n" + ask + "S: HTTP/1.1 200 Ok\\r\\n\n" + mail,
       "\"authorization\":\"Basic " + token + '"'},
      {"CONNECT that was refused",
       "connect port=3128\n" + ask + "S: HTTP/1.1 407 No secret-password\\r\\n\nclose\n",
       "\"authorization\":\"Basic " + token + '"'},
      {"CONNECT to a server of mail",
       "connect\nS: 220 mx.example.com ESMTP\n" + ask + "S: 500 what?\nS: 500 what?\nclose\n",
       token},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    scratch.capture("mail.pcap", row.script);
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{"-T", "json"}, {"-v"}, {"--level", "dialogue"}, {"-q"}}) {
      std::vector<std::string> arguments = options;
      arguments.emplace_back("mail.pcap");
      const std::string out = scratch.run(arguments).out;
      INFO(out);
      CHECK_FALSE(out.empty());
      CHECK_FALSE(has(out, "secret-password"));
      CHECK_FALSE(has(out, token));
    }
    CHECK(has(scratch.run({"-T", "json", "--show-secrets", "mail.pcap"}).out, row.secret));
  }
}
