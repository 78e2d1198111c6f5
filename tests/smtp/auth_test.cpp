// Who logs in, and what must never be taken for a name: a malformed response names nobody, since
// what stands in the user's place there could be the password.
#include "dissectors/smtp/auth.hpp"

#include "tests/support/base64.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace std::string_literals;
using test::base64;

namespace {

struct Row {
  const char* name;
  const char* mechanism;
  std::string response;
  smtp::Identity who;
};

constexpr std::size_t lines_max = 64;

smtp::AuthExchange logged_in(std::string_view mechanism, const std::string& response) {
  return smtp::begin_auth(std::string(mechanism) + ' ' + base64(response));
}

std::string utf16(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) (out += c) += '\0';
  return out;
}

std::string le16(std::size_t value) {
  return {static_cast<char>(value & 0xffU), static_cast<char>(value >> 8 & 0xffU)};
}
std::string le32(std::size_t value) { return le16(value & 0xffffU) + le16(value >> 16); }

// A type 3 message: the fields stand one behind the other, behind `head` octets.
struct NtlmFields {
  std::string lm = std::string(24, 'L');
  std::string nt = "ntlm-proof-of-24-octets!";
  std::string domain = {}, user = {}, workstation = {};
  std::string key = {};
};

std::string ntlm_authenticate(const NtlmFields& fields, std::size_t flags, std::size_t head = 64) {
  std::string table;
  std::string payload;
  for (const std::string* field :
       {&fields.lm, &fields.nt, &fields.domain, &fields.user, &fields.workstation, &fields.key}) {
    table += le16(field->size()) + le16(field->size()) + le32(head + payload.size());
    payload += *field;
  }
  std::string message = "NTLMSSP\0"s + le32(3) + table + le32(flags);
  message.resize(head, '\0');
  return message + payload;
}

smtp::Reply challenge(const std::string& text) {
  smtp::Reply reply;
  reply.code = 334;
  reply.text = {base64(text)};
  return reply;
}

bool holds(const std::vector<std::string>& secrets, std::string_view secret) {
  return std::ranges::find(secrets, secret) != secrets.end();
}

const std::string digest = "b913a602c7eda7a495b4e6e7334d3890";

}  // namespace

TEST_CASE("who logs in, by the message that names the user") {
  const NtlmFields windows{
      .domain = utf16("EXAMPLE"), .user = utf16("alice"), .workstation = utf16("DESK1")};
  const auto row = GENERATE_COPY(values<Row>({
      {"PLAIN", "PLAIN", "\0alice\0hunter22"s, {"alice", "", "", ""}},
      {"PLAIN on behalf of another", "PLAIN", "bob\0alice\0hunter22"s, {"alice", "bob", "", ""}},
      {"PLAIN on behalf of oneself", "PLAIN", "alice\0alice\0hunter22"s, {"alice", "", "", ""}},
      {"PLAIN without its first NUL", "PLAIN", "alice\0hunter22"s, {}},
      {"PLAIN with a NUL too many", "PLAIN", "\0alice\0hunter22\0"s, {}},
      {"LOGIN, on the command line", "LOGIN", "alice", {"alice", "", "", ""}},
      {"CRAM-MD5", "CRAM-MD5", "alice " + digest, {"alice", "", "", ""}},
      {"CRAM-MD5, a name with a blank",
       "CRAM-MD5",
       "alice smith " + digest,
       {"alice smith", "", "", ""}},
      {"CRAM-MD5 without its blank", "CRAM-MD5", "hunter22", {}},
      {"CRAM-MD5 whose digest is none", "CRAM-MD5", "hunter22 and more", {}},
      {"XOAUTH2", "XOAUTH2", "user=alice\1auth=Bearer hunter22\1\1", {"alice", "", "", ""}},
      {"XOAUTH2 whose user never ends", "XOAUTH2", "user=alice auth=Bearer hunter22", {}},
      {"XOAUTH2 without its user", "XOAUTH2", "auth=Bearer hunter22\1\1", {}},
      {"OAUTHBEARER",
       "OAUTHBEARER",
       "n,a=alice,\1host=mx\1auth=Bearer hunter22\1\1",
       {"alice", "", "", ""}},
      {"OAUTHBEARER whose token holds a=", "OAUTHBEARER", "n,,\1auth=Bearer x,a=hunter22\1\1", {}},
      {"SCRAM", "SCRAM-SHA-256", "n,,n=alice,r=abcdef", {"alice", "", "", ""}},
      {"SCRAM bound to its channel",
       "SCRAM-SHA-1-PLUS",
       "p=tls-unique,,n=alice,r=abcdef",
       {"alice", "", "", ""}},
      {"SCRAM on behalf of another",
       "SCRAM-SHA-1",
       "y,a=bob,n=alice,r=abcdef",
       {"alice", "bob", "", ""}},
      {"SCRAM, a name with its own marks",
       "SCRAM-SHA-1",
       "n,,n=a=2Cb=3Dc,r=abcdef",
       {"a,b=c", "", "", ""}},
      {"SCRAM's final message", "SCRAM-SHA-1", "c=biws,r=abcdef,p=hunter22", {}},
      {"SCRAM without its head", "SCRAM-SHA-1", "n=alice,r=abcdef", {}},
      {"DIGEST-MD5",
       "DIGEST-MD5",
       "charset=utf-8,username=\"alice\",realm=\"example.com\",nonce=\"x,username=\",authzid=\"bob\",response=" +
           digest,
       {"alice", "bob", "example.com", ""}},
      {"DIGEST-MD5, a name with quotation marks",
       "DIGEST-MD5",
       R"(username="a\"b\\c",response=)" + digest,
       {R"(a"b\c)", "", "", ""}},
      {"DIGEST-MD5, cut", "DIGEST-MD5", "username=\"alice", {"alice", "", "", ""}},
      {"NTLM, UTF-16", "NTLM", ntlm_authenticate(windows, 1), {"alice", "", "EXAMPLE", "DESK1"}},
      {"NTLM, OEM",
       "NTLM",
       ntlm_authenticate({.domain = "EXAMPLE", .user = "alice", .workstation = "DESK1"}, 2),
       {"alice", "", "EXAMPLE", "DESK1"}},
      {"NTLM as old clients send it, without flags",
       "NTLM",
       ntlm_authenticate({.domain = "EXAMPLE", .user = "alice", .workstation = "DESK1"}, 1, 52),
       {"alice", "", "EXAMPLE", "DESK1"}},
      {"NTLM inside SPNEGO",
       "GSS-SPNEGO",
       "\xa1\x81\x12"s + ntlm_authenticate(windows, 1),
       {"alice", "", "EXAMPLE", "DESK1"}},
      {"NTLM, beyond ASCII",
       "NTLM",
       ntlm_authenticate({.user = "\xe9\0\x3d\xd8\0\xde\0\xdc"s}, 1),
       {"\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd", "", "", ""}},
      {"NTLM, cut inside its table", "NTLM", ntlm_authenticate(windows, 1).substr(0, 50), {}},
      {"NTLM, cut before its names", "NTLM", ntlm_authenticate(windows, 1).substr(0, 64), {}},
      {"NTLM's first message", "NTLM", "NTLMSSP\0\1\0\0\0"s + std::string(60, '\0'), {}},
      {"GSSAPI", "GSSAPI", "`\x82\x01\x02\x06\x09*\x86H\x86\xf7\x12\x01\x02\x02", {}},
      {"EXTERNAL", "EXTERNAL", "alice", {"alice", "", "", ""}},
      {"ANONYMOUS", "ANONYMOUS", "sirhc", {"sirhc", "", "", ""}},
      {"a mechanism that nobody knows", "X-OWN", "alice", {}},
  }));
  DYNAMIC_SECTION(row.name) {
    REQUIRE(smtp::decode_base64(base64(row.response)) == row.response);
    const smtp::AuthExchange auth = logged_in(row.mechanism, row.response);
    CHECK(auth.user == row.who.user);
    CHECK(auth.acting_as == row.who.acting_as);
    CHECK(auth.domain == row.who.domain);
    CHECK(auth.workstation == row.who.workstation);
    CHECK(auth.user.find("hunter22") == std::string::npos);
  }
}

TEST_CASE("NTLM: no length and no offset leads out of the message") {
  const std::string whole =
      ntlm_authenticate({.domain = "EXAMPLE", .user = "alice", .workstation = "DESK1"}, 0);
  for (std::size_t at = 12; at < 60; ++at) {
    std::string damaged = whole;
    damaged[at] = '\xff';
    const auto auth = logged_in("NTLM", damaged);
    CHECK(auth.user.size() <= damaged.size());
    CHECK_FALSE(smtp::secrets_of(auth).empty());
  }
  std::string damaged = whole;
  damaged[36 + 4] = '\xff';  // the user's offset
  damaged[36 + 5] = '\xff';
  CHECK(logged_in("NTLM", damaged).user.empty());
  CHECK(logged_in("NTLM", damaged).domain == "EXAMPLE");
}

TEST_CASE("the mechanisms that are asked step by step name the user in the right one") {
  SECTION("LOGIN") {
    smtp::AuthExchange auth = smtp::begin_auth("LOGIN");
    auth.challenges.push_back(challenge("Username:"));
    smtp::add_auth_response(auth, base64("alice"), lines_max);
    auth.challenges.push_back(challenge("Password:"));
    smtp::add_auth_response(auth, base64("hunter22"), lines_max);
    CHECK(auth.user == "alice");
    CHECK(holds(smtp::secrets_of(auth), "hunter22"));
    CHECK_FALSE(holds(smtp::secrets_of(auth), "alice"));
  }
  SECTION("LOGIN, asked for the password first") {
    smtp::AuthExchange auth = smtp::begin_auth("LOGIN");
    auth.challenges.push_back(challenge("Password:"));
    smtp::add_auth_response(auth, base64("hunter22"), lines_max);
    CHECK(auth.user.empty());
  }
  SECTION("LOGIN, where the capture lacks a line") {
    smtp::AuthExchange auth = smtp::begin_auth("LOGIN");
    auth.challenges.push_back(challenge("Username:"));
    auth.lines_lost = true;
    smtp::add_auth_response(auth, base64("hunter22"), lines_max);
    CHECK(auth.user.empty());
    CHECK(holds(smtp::secrets_of(auth), "hunter22"));
  }
  SECTION("NTLM") {
    smtp::AuthExchange auth =
        smtp::begin_auth("NTLM " + base64("NTLMSSP\0\1\0\0\0"s + std::string(24, '\0')));
    smtp::add_auth_response(
        auth,
        base64(ntlm_authenticate({.domain = "EXAMPLE", .user = "alice", .workstation = "D"}, 0)),
        lines_max);
    CHECK(auth.user == "alice");
    const auto secrets = smtp::secrets_of(auth);
    CHECK(holds(secrets, "ntlm-proof-of-24-octets!"));
    CHECK_FALSE(holds(secrets, "EXAMPLE"));
  }
  SECTION("an empty response at once, and the message only then") {
    smtp::AuthExchange auth = smtp::begin_auth("PLAIN =");
    smtp::add_auth_response(auth, base64("\0alice\0hunter22"s), lines_max);
    CHECK(auth.user == "alice");
  }
  SECTION("given up") {
    smtp::AuthExchange auth = smtp::begin_auth("LOGIN");
    smtp::add_auth_response(auth, "*", lines_max);
    CHECK(auth.cancelled);
    CHECK(auth.user.empty());
    CHECK(auth.responses.empty());
  }
}

TEST_CASE("the secret of each mechanism is among the secrets, the names are not") {
  struct Row {
    const char* mechanism;
    std::string response;
    const char* secret;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"PLAIN", "robert\0alice\0hunter22"s, "hunter22"},
      {"CRAM-MD5", "alice " + digest, digest.c_str()},
      {"CRAM-MD5", "alice hunter22", "hunter22"},
      {"DIGEST-MD5", "username=\"alice\",response=" + digest, digest.c_str()},
      {"XOAUTH2", "user=alice\1auth=Bearer hunter22\1\1", "auth=Bearer hunter22"},
      {"OAUTHBEARER", "n,a=alice,\1host=mx.example.com\1auth=Bearer hunter22\1\1",
       "auth=Bearer hunter22"},
      {"SCRAM-SHA-256", "c=biws,r=abcdef,p=hunter22", "hunter22"},
      {"PLAIN", "alice\0hunter22"s, "hunter22"},
      {"X-OWN", "alice\1hunter22", "hunter22"},
  }));
  DYNAMIC_SECTION(row.mechanism << ' ' << row.secret) {
    const auto secrets = smtp::secrets_of(logged_in(row.mechanism, row.response));
    CHECK(holds(secrets, row.secret));
    CHECK(holds(secrets, base64(row.response)));
    for (const char* name : {"robert", "user=alice", "host=mx.example.com"})
      CHECK_FALSE(holds(secrets, name));
  }
}

TEST_CASE("why a token is not taken") {
  using smtp::OAuthError;
  struct Row {
    const char* name;
    std::string json;
    std::optional<OAuthError> error;
  };
  const auto row = GENERATE(values<Row>({
      {"as Google says it",
       R"({"status":"401","schemes":"bearer","scope":"https://mail.google.com/"})",
       OAuthError{"401", "bearer", "https://mail.google.com/"}},
      {"RFC 7628",
       R"({ "status" : "invalid_token", "scope" : "mail", "openid-configuration": "https://x" })",
       OAuthError{"invalid_token", "", "mail"}},
      {"a number", R"({"status":400,"schemes":null})", OAuthError{"400", "null", ""}},
      {"escapes", R"({"status":"a\"b\\c\/d\u0041\u00e9\n"})", OAuthError{"a\"b\\c/dA?\n", "", ""}},
      {"an object inside", R"({"scope":"y","more":{"status":"x"}})", OAuthError{"", "", "y"}},
      {"its parts are not its own", R"({"more":{"status":"x"}})", std::nullopt},
      {"cut", R"({"status":"401","sch)", OAuthError{"401", "", ""}},
      {"cut in an escape", R"({"status":"4\u00)", std::nullopt},
      {"nothing of it", R"({"error":"x"})", std::nullopt},
      {"no object", "Password:", std::nullopt},
      {"nothing", "", std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(smtp::parse_oauth_error(row.json) == row.error);
    smtp::AuthExchange auth = smtp::begin_auth("XOAUTH2 eA==");
    auth.challenges.push_back(challenge(row.json));
    CHECK(smtp::oauth_error(auth) == row.error);
    auth.mechanism = "PLAIN";
    CHECK(smtp::oauth_error(auth) == std::nullopt);
  }
}

TEST_CASE("NTLM's challenge names the server's domain") {
  const std::string target = utf16("EXAMPLE");
  const std::string head = "NTLMSSP\0"s + le32(2) + le16(target.size()) + le16(target.size()) +
                           le32(48) + le32(1) + std::string(24, 'c');
  CHECK(smtp::ntlm_target(head + target) == "EXAMPLE");
  CHECK(smtp::ntlm_target(head).empty());
  CHECK(smtp::ntlm_target("Password:").empty());
}
