// Who logs in, and what must never be taken for a name: a malformed response names nobody, since what
// stands in the user's place there could be the password.
#include "dissectors/smtp/auth.hpp"

#include "tests/support/base64.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace smtpscope;
using test::base64;

namespace {

struct Row {
  const char* name;
  const char* mechanism;
  std::string response;
  const char* user;
};

}  // namespace

TEST_CASE("the user of an authentication") {
  const auto row = GENERATE(values<Row>({
      {"PLAIN", "PLAIN", std::string("\0alice\0hunter22", 15), "alice"},
      {"PLAIN on behalf of another", "PLAIN", std::string("bob\0alice\0hunter22", 18), "alice"},
      {"PLAIN without its first NUL", "PLAIN", std::string("alice\0hunter22", 14), ""},
      {"LOGIN", "LOGIN", "alice", "alice"},
      {"CRAM-MD5", "CRAM-MD5", "alice b913a602c7eda7a495b4e6e7334d3890", "alice"},
      {"CRAM-MD5 without its blank", "CRAM-MD5", "hunter22", ""},
      {"XOAUTH2", "XOAUTH2", "user=alice\1auth=Bearer hunter22\1\1", "alice"},
      {"OAUTHBEARER", "OAUTHBEARER", "n,a=alice,\1auth=Bearer hunter22\1\1", "alice"},
      {"OAUTHBEARER whose token holds a=", "OAUTHBEARER", "n,,\1auth=Bearer x,a=hunter22\1\1", ""},
      {"SCRAM", "SCRAM-SHA-256", "n,,n=alice,r=abcdef", "alice"},
  }));
  DYNAMIC_SECTION(row.name) {
    const smtp::AuthExchange auth = smtp::begin_auth(std::string(row.mechanism) + ' ' + base64(row.response));
    REQUIRE(smtp::decode_base64(base64(row.response)) == row.response);
    CHECK(auth.user == row.user);
    CHECK(auth.user.find("hunter22") == std::string::npos);
  }
}

TEST_CASE("the password is among the secrets, the user is not") {
  const auto auth = smtp::begin_auth("PLAIN " + base64(std::string("\0alice\0hunter22", 15)));
  const auto secrets = smtp::secrets_of(auth);
  CHECK(std::ranges::find(secrets, "hunter22") != secrets.end());
  CHECK(std::ranges::find(secrets, "alice") == secrets.end());
}
