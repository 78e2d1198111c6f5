// Whatever an authentication says, who it names is no longer than what was said; every line of it
// is among the secrets, and nothing that is shown as a name is the password of PLAIN.
//
// Input: the first octet chooses the mechanism, the second one whether a response stands on the
// line of AUTH. The rest is parted by octets 0xff into messages, in turn of client and server.
#include "dissectors/base/ascii.hpp"
#include "dissectors/base/check.hpp"
#include "dissectors/smtp/auth.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using test::base64;

namespace {

constexpr std::array<std::string_view, 12> mechanisms = {
    "PLAIN",         "LOGIN",   "CRAM-MD5", "DIGEST-MD5", "NTLM",      "SCRAM-SHA-1",
    "SCRAM-SHA-256", "XOAUTH2", "GSSAPI",   "EXTERNAL",   "ANONYMOUS", "OAUTHBEARER"};
constexpr std::size_t lines_max = 8;

std::vector<std::string> parted(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '\xff') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void check_messages(std::string_view mechanism, const std::string& message) {
  const smtp::Identity who = smtp::identity_in(mechanism, message);
  // UTF-16 to UTF-8 makes three octets of two at most.
  for (const std::string* name : {&who.user, &who.acting_as, &who.domain, &who.workstation}) {
    check(name->size() <= message.size() * 2, "a name is no longer than what names it");
  }
  if (const auto secrets = smtp::secrets_in(mechanism, message)) {
    for (const std::string_view secret : *secrets) {
      const bool inside =
          secret.empty() || (secret.data() >= message.data() &&
                             secret.data() + secret.size() <= message.data() + message.size());
      check(inside, "a secret is a part of the message");
    }
  }
  check(smtp::ntlm_target(message).size() <= message.size() * 2,
        "a target is no longer than its message");
  if (const auto error = smtp::parse_oauth_error(message)) {
    const std::size_t length = error->status.size() + error->schemes.size() + error->scope.size();
    check(length <= message.size(), "an error is no longer than its message");
  }
}

bool has_secret(const std::vector<std::string>& secrets, std::string_view text) {
  return std::ranges::find(secrets, text) != secrets.end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  const std::string_view mechanism = mechanisms[input.octet() % mechanisms.size()];
  const bool at_once = (input.octet() & 1U) != 0;
  const std::vector<std::string> messages = parted(as_text(input.octets(size)));
  std::string argument(mechanism);
  if (at_once) argument += ' ' + base64(messages.front());
  smtp::AuthExchange auth = smtp::begin_auth(argument);
  for (std::size_t i = at_once ? 1 : 0; i < messages.size(); ++i) {
    if (i % 2 == 1) {
      smtp::Reply challenge;
      challenge.text = {base64(messages[i])};
      auth.challenges.push_back(std::move(challenge));
    } else {
      smtp::add_auth_response(auth, base64(messages[i]), lines_max);
    }
  }
  for (const std::string& message : messages) check_messages(mechanism, message);
  (void)smtp::oauth_error(auth);
  const std::vector<std::string> secrets = smtp::secrets_of(auth);
  for (const std::string& line : auth.responses) {
    check(ascii::trim(line).size() < 4 || has_secret(secrets, ascii::trim(line)),
          "a line is a secret");
  }
  check(auth.responses.size() <= lines_max, "the limit of lines holds");
  if (mechanism == "PLAIN" && !auth.user.empty() && auth.responses.size() == 1) {
    const std::string message =
        smtp::decode_base64(ascii::trim(auth.responses.front())).value_or(std::string());
    const std::string password = message.substr(message.rfind('\0') + 1);
    check(password.size() < 4 || password == auth.user || has_secret(secrets, password),
          "the password is a secret");
  }
  return 0;
}
