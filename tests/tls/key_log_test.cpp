// Key logs: which lines are taken, which are passed over, and which are told as bad.
#include "dissectors/tls/key_log.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

const std::string random_text(64, 'a');
const std::string secret_text(96, 'b');

tls::KeyLog read(std::string_view text, tls::KeyLogLimits limits = {}) {
  tls::KeyLog log(limits);
  log.take(text);
  log.finish();
  return log;
}

tls::Random random_of(std::uint8_t octet) {
  tls::Random random;
  random.fill(octet);
  return random;
}

}  // namespace

TEST_CASE("lines of a key log") {
  struct Row {
    const char* name;
    std::string line;
    bool is_bad = false;
    std::size_t sessions = 0;
  };
  for (const Row& row : std::vector<Row>{
           {"master secret", "CLIENT_RANDOM " + random_text + ' ' + secret_text, false, 1},
           {"capitals", "CLIENT_RANDOM " + std::string(64, 'A') + ' ' + std::string(96, 'F'), false,
            1},
           {"several blanks and a CR", "CLIENT_RANDOM  " + random_text + "  " + secret_text + " \r",
            false, 1},
           {"TLS 1.3",
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET " + random_text + ' ' + std::string(64, '0'), false,
            1},
           {"the longest secret",
            "SERVER_TRAFFIC_SECRET_0 " + random_text + ' ' + std::string(128, '0'), false, 1},
           {"a comment", "# CLIENT_RANDOM"},
           {"nothing", ""},
           {"blanks", "  \t"},
           {"of no use here", "EXPORTER_SECRET " + random_text + ' ' + secret_text},
           {"a premaster secret", "PMS_CLIENT_RANDOM " + random_text + ' ' + secret_text, false, 1},
           {"the longest premaster secret",
            "PMS_CLIENT_RANDOM " + random_text + ' ' + std::string(2048, '0'), false, 1},
           {"one that is long", "PMS_CLIENT_RANDOM " + random_text + ' ' + std::string(2050, '0'),
            true},
           {"RSA", "RSA 0123456789abcdef " + secret_text, false, 1},
           {"RSA with a long name", "RSA 0123456789abcdef0 " + secret_text, true},
           {"RSA with a name that is no number", "RSA 0123456789abcdeg " + secret_text, true},
           {"RSA without a secret", "RSA 0123456789abcdef", true},
           {"an unknown label", "CLIENT_RANDOM_2 " + random_text + ' ' + secret_text, true},
           {"a label alone", "CLIENT_RANDOM", true},
           {"a random that is short", "CLIENT_RANDOM " + random_text.substr(2) + ' ' + secret_text,
            true},
           {"a random that is long", "CLIENT_RANDOM " + random_text + "00 " + secret_text, true},
           {"a random with a letter that is no digit",
            "CLIENT_RANDOM g" + random_text.substr(1) + ' ' + secret_text, true},
           {"a random with a colon", "CLIENT_RANDOM a:" + random_text.substr(2) + ' ' + secret_text,
            true},
           {"no secret", "CLIENT_RANDOM " + random_text, true},
           {"half an octet", "CLIENT_RANDOM " + random_text + ' ' + secret_text + 'b', true},
           {"a secret that is short", "CLIENT_RANDOM " + random_text + ' ' + std::string(62, '0'),
            true},
           {"a secret that is long", "CLIENT_RANDOM " + random_text + ' ' + std::string(130, '0'),
            true},
           {"a secret that is no number",
            "CLIENT_RANDOM " + random_text + ' ' + std::string(96, 'x'), true},
           {"a line of any length", std::string(5000, 'a'), true},
       }) {
    INFO(row.name);
    const tls::KeyLog log = read("\n" + row.line + "\n");
    CHECK(log.bad_lines() == (row.is_bad ? 1U : 0U));
    CHECK(log.first_bad_line() == (row.is_bad ? 2U : 0U));
    CHECK(log.sessions() == row.sessions);
    CHECK(log.empty() == (row.sessions == 0));
  }
}

TEST_CASE("a key log in any cuts is the same, and its last line needs no end") {
  const std::string text = "# by a test\r\nCLIENT_RANDOM " + random_text + ' ' + secret_text +
                           "\r\n" + "SERVER_TRAFFIC_SECRET_0 " + std::string(64, '1') + ' ' +
                           std::string(64, '2');
  for (std::size_t cut = 1; cut < text.size(); cut += 3) {
    tls::KeyLog log;
    for (std::size_t at = 0; at < text.size(); at += cut)
      log.take(std::string_view(text).substr(at, cut));
    CHECK(log.sessions() == 1);  // the last line may go on
    log.finish();
    CHECK(log.sessions() == 2);
    CHECK(log.bad_lines() == 0);
    const tls::SessionSecrets* const secrets = log.find(random_of(0xaa));
    REQUIRE(secrets != nullptr);
    CHECK((*secrets)[tls::SecretKind::master].size() == 48);
    CHECK((*secrets)[tls::SecretKind::client_early].empty());
    REQUIRE(log.find(random_of(0x11)) != nullptr);
    CHECK((*log.find(random_of(0x11)))[tls::SecretKind::server_application].octets()[31] == 0x22);
    CHECK(log.find(random_of(0x33)) == nullptr);
  }
}

TEST_CASE("sessions beyond the limit are told as lines that were not taken; known ones go on") {
  std::string text;
  for (const char digit : {'1', '2', '3'})
    text += "CLIENT_HANDSHAKE_TRAFFIC_SECRET " + std::string(64, digit) + ' ' +
            std::string(64, '0') + '\n';
  text +=
      "SERVER_HANDSHAKE_TRAFFIC_SECRET " + std::string(64, '1') + ' ' + std::string(64, '0') + '\n';
  const tls::KeyLog log = read(text, {.sessions = 2});
  CHECK(log.sessions() == 2);
  CHECK(log.bad_lines() == 1);
  CHECK(log.first_bad_line() == 3);
  CHECK_FALSE((*log.find(random_of(0x11)))[tls::SecretKind::server_handshake].empty());
  CHECK(log.find(random_of(0x33)) == nullptr);
}
