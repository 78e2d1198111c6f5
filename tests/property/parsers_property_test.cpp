// The small parsers of what a peer sends in one piece: any octets are a legal input, and what is
// told of them lies inside of them.
//
// Good messages are changed at random (octets replaced, put in, left out, said twice, cut off),
// mostly by octets that mean something to the grammar, so that what comes out is nearly right.
#include "dissectors/proxy/connect.hpp"
#include "dissectors/proxy/header.hpp"
#include "dissectors/proxy/socks.hpp"
#include "dissectors/smtp/auth.hpp"
#include "dissectors/smtp/command.hpp"
#include "dissectors/smtp/parameter.hpp"
#include "dissectors/smtp/reply.hpp"
#include "dissectors/smtp/sasl.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

constexpr unsigned rounds = 4000;  // a message

class Mutator {
 public:
  explicit Mutator(std::string_view alphabet) : alphabet_(alphabet) {}

  std::string operator()(std::string text) {
    for (std::size_t n = upto(3); n > 0; --n) change(text);
    return text;
  }

 private:
  std::size_t upto(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(random_);
  }
  char octet() {
    return upto(3) == 0 ? static_cast<char>(upto(255)) : alphabet_[upto(alphabet_.size() - 1)];
  }
  void change(std::string& text) {
    if (text.empty()) return text.push_back(octet());
    const std::size_t at = upto(text.size() - 1);
    const std::size_t length = std::min(text.size() - at, upto(6) + 1);
    switch (upto(5)) {
      case 0:
        text[at] = octet();
        break;
      case 1:
        text.insert(at, 1, octet());
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(at, length));
        break;
      case 4:
        text.resize(at);
        break;
      default:
        text.insert(at, text.substr(upto(text.size() - 1), length));
        break;
    }
  }

  std::mt19937 random_{20260102};
  std::string_view alphabet_;
};

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

TEST_CASE("SASL: what is secret is a part of the message, and who is not named is nobody") {
  struct Row {
    const char* mechanism;
    std::string message;
    // What stands beside a name that may be told although the secret is cut off.
    std::string_view name_mark = {};
  };
  const auto row = GENERATE(values<Row>({
      {"PLAIN", "carol\0alice\0secret"s},
      {"CRAM-MD5", "alice 0123456789abcdef0123456789abcdef"},
      {"DIGEST-MD5",
       "username=\"ali\\\"ce\",realm=\"example.com\",nc=00000001,qop=auth,response=0123456789abcdef",
       "username="},
      {"SCRAM-SHA-256", "n,a=carol,n=ali=2Cce,r=nonce"},
      {"SCRAM-SHA-1", "c=biws,r=nonce,p=cHJvb2Y="},
      {"OAUTHBEARER",
       "n,a=alice,\x01host=mx.example.com\x01port=25\x01"
       "auth=Bearer token\x01\x01",
       ","},
      {"XOAUTH2",
       "user=alice\x01"
       "auth=Bearer token\x01\x01",
       "\x01"},
      {"NTLM",
       "NTLMSSP\0\3\0\0\0\2\0\2\0\x40\0\0\0\2\0\2\0\x40\0\0\0\4\0\4\0\x42\0\0\0\4\0\4\0\x46\0\0\0\2\0\2\0\x4a\0\0\0"
       "\2\0\2\0\x4c\0\0\0\1\2\3\4LMD\0a\0l\0W\0\x3d\xd8KE"s},
      {"LOGIN", "alice"},
  }));
  Mutator changed("=,\"\\ \x01\0an0:;{}"sv);
  for (unsigned round = 0; round < rounds; ++round) {
    const std::string message = changed(row.message);
    const auto secrets = smtp::secrets_in(row.mechanism, message);
    for (const std::string_view secret : secrets.value_or(std::vector<std::string_view>{}))
      REQUIRE(lies_in(secret, message));
    INFO(row.mechanism << ": " << Catch::StringMaker<std::string>::convert(message));
    const smtp::Identity who = smtp::identity_in(row.mechanism, message);
    // Then only a mark beside the name says that it is one.
    if (!secrets && !row.name_mark.empty()) {
      REQUIRE((who.user.empty() || message.find(row.name_mark) != std::string::npos));
    } else if (!secrets && !smtp::names_by_place_alone(row.mechanism)) {
      REQUIRE(who.user.empty());
    }
    (void)smtp::ntlm_target(message);
  }
}

TEST_CASE("OAuth's error: members of any form") {
  Mutator changed("{}[]\":,\\u0041 truefalsn"sv);
  std::size_t told = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    const std::string message = changed(
        "{\"status\":\"401\", \"schemes\":\"be\\u0061rer\\n\",\"scope\":\"mail\",\"x\":true,\"y\":12}");
    if (const auto error = smtp::parse_oauth_error(message)) {
      ++told;
      REQUIRE(error->status.size() + error->schemes.size() + error->scope.size() <= message.size());
    }
  }
  CHECK(told > 0);
  CHECK(told < rounds);
}

TEST_CASE("preludes of proxies: what they take lies in what came") {
  struct Row {
    const char* name;
    std::string client, server;
  };
  const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
  const auto row = GENERATE_COPY(values<Row>({
      {"PROXY v1, IPv4", "PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\r\n", ""},
      {"PROXY v1, IPv6", "PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 4444 25\r\n", ""},
      {"PROXY v2", signature + "\x21\x11\0\x12\xc0\0\2\1\xc6\x33\x64\1\xdc\4\0\x19\4\0\3abc"s, ""},
      {"SOCKS 4a", "\4\1\0\x19\0\0\0\1alice\0mx.example.com\0"s, "\0\x5a\0\x19\xc6\x33\x64\1"s},
      {"SOCKS 5", "\5\2\0\2\1\5alice\6secret\5\1\0\3\x0emx.example.com\0\x19"s,
       "\5\2\1\0\5\0\0\1\xc6\x33\x64\1\0\x19"s},
      {"CONNECT", "CONNECT mx.example.com:25 HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n\r\n",
       "HTTP/1.1 407 Login\r\nContent-Length: 3\r\n\r\nno\nHTTP/1.1 200 Ok\r\n\r\n"},
  }));
  Mutator changed("\0\1\2\3\4\5 .:\r\n019Z"sv);
  for (unsigned round = 0; round < rounds; ++round) {
    const std::string client = changed(row.client);
    const std::string server = row.server.empty() ? "" : changed(row.server);
    for (const proxy::Reading& reading :
         {proxy::read_socks(client, server), proxy::read_connect(client, server)}) {
      REQUIRE(reading.octets[0] <= client.size());
      REQUIRE(reading.octets[1] <= server.size());
    }
    // A header that is whole stays what it is, whatever follows.
    const proxy::Reading header = proxy::read_header(client);
    if (header.state != proxy::Reading::State::whole) continue;
    REQUIRE(proxy::read_header(client + "EHLO x\r\n").octets == header.octets);
  }
}

TEST_CASE("commands, parameters and replies of any octets") {
  Mutator changed("<>@:\"\\ =+;-.[]\t0123456789AaZz"sv);
  std::vector<std::string> values = {"1000",
                                     "<>",
                                     "alice+40example.org",
                                     "SUCCESS,DELAY",
                                     "rfc822;bob@example.com",
                                     "120;R",
                                     "2026-01-02T03:04:05Z",
                                     "-3",
                                     "[192.0.2.1]"};
  for (unsigned round = 0; round < rounds; ++round) {
    const std::string argument =
        changed("FROM:<\"al ice\"@example.org> SIZE=1000 AUTH=<> RET=HDRS ENVID=x+2B");
    const smtp::PathArgument path = smtp::parse_path(argument, "FROM");
    REQUIRE(path.address.size() <= argument.size());
    for (const smtp::Parameter& parameter : path.parameters) {
      (void)smtp::is_valid_value(smtp::Verb::mail, parameter);
      (void)smtp::parameter_words(smtp::Verb::mail, parameter);
    }
    for (const smtp::ParameterInfo& row : smtp::parameters()) {
      const smtp::Parameter parameter{std::string(row.keyword),
                                      changed(values[round % values.size()])};
      for (const smtp::Verb verb : {smtp::Verb::mail, smtp::Verb::rcpt}) {
        (void)smtp::is_valid_value(verb, parameter);
        (void)smtp::parameter_words(verb, parameter);
      }
    }
    const std::string xtext = changed("a+2Bb+3D");
    if (const auto decoded = smtp::decode_xtext(xtext)) REQUIRE(decoded->size() <= xtext.size());
    const std::string code = changed("5.1.10 no");
    if (const auto enhanced = smtp::parse_enhanced(code))
      REQUIRE(enhanced->class_digit == code[0] - '0');
    if (smtp::looks_like_reply(code)) REQUIRE(code.size() >= 3);
    if (const auto decoded = smtp::decode_base64(changed("YWxpY2U=")))
      REQUIRE(decoded->size() < 100);
  }
}
