#include "dissectors/smtp/sasl.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/ntlm.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace smtpscope::smtp {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t md5_digits = 32;
constexpr std::size_t json_members_max = 64;  // of the error: real ones have three or four

int hex_value(char c) noexcept {
  if (ascii::is_digit(c)) return c - '0';
  const char lower = ascii::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes what stands before the next `end` off the front; all if there is none.
std::string_view take_until(std::string_view& rest, char end) noexcept {
  const std::size_t place = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, place);
  rest.remove_prefix(std::min(place + 1, rest.size()));
  return taken;
}

bool takes_ntlm(std::string_view mechanism) noexcept {
  constexpr std::array names = {"NTLM"sv, "GSSAPI"sv, "GSS-SPNEGO"sv, "NEGOTIATE"sv};
  return std::ranges::find(names, mechanism) != names.end();
}

// ---- PLAIN, CRAM-MD5 ----------------------------------------------------------------------------
struct Plain {
  std::string_view authzid, user, password;
};

std::optional<Plain> parse_plain(std::string_view message) noexcept {
  if (std::ranges::count(message, '\0') != 2) return std::nullopt;
  Plain plain;
  plain.authzid = take_until(message, '\0');
  plain.user = take_until(message, '\0');
  plain.password = message;
  return plain;
}

struct Cram {
  std::string_view user, digest;
};

std::optional<Cram> parse_cram(std::string_view message) noexcept {
  const std::size_t blank = message.rfind(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view digest = message.substr(blank + 1);
  const bool is_digest = digest.size() == md5_digits &&
                         std::ranges::all_of(digest, [](char c) { return hex_value(c) >= 0; });
  if (!is_digest) return std::nullopt;
  return Cram{message.substr(0, blank), digest};
}

// ---- DIGEST-MD5: directives, some of them quoted ------------------------------------------------
std::string_view take_blanks_and_commas(std::string_view rest) noexcept {
  const std::size_t begin = std::min(rest.find_first_not_of(", \t\r\n"), rest.size());
  return rest.substr(begin);
}

// The value as it stands, quotation marks taken off. Escapes inside stay: names have none.
std::string_view take_value(std::string_view& rest) noexcept {
  if (!rest.starts_with('"')) return take_until(rest, ',');
  rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2U : 1U;
  end = std::min(end, rest.size());
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

std::string_view directive(std::string_view message, std::string_view name) noexcept {
  for (std::string_view rest = take_blanks_and_commas(message); !rest.empty();
       rest = take_blanks_and_commas(rest)) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string_view found = ascii::trim(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    const std::string_view value = take_value(rest);
    if (ascii::equal_no_case(found, name)) return value;
  }
  return {};
}

std::string without_escapes(std::string_view quoted) {
  std::string text;
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    if (quoted[at] == '\\' && at + 1 < quoted.size()) ++at;
    text.push_back(quoted[at]);
  }
  return text;
}

// ---- GS2 (RFC 5801, 4): the head of SCRAM and OAUTHBEARER ---------------------------------------
struct Gs2 {
  std::string_view authzid;
  std::string_view rest;  // behind the second comma
};

std::optional<Gs2> parse_gs2(std::string_view message) noexcept {
  const bool is_head =
      message.starts_with("n,") || message.starts_with("y,") || message.starts_with("p=");
  if (!is_head || std::ranges::count(message, ',') < 2) return std::nullopt;
  (void)take_until(message, ',');
  Gs2 gs2;
  gs2.authzid = take_until(message, ',');
  if (!gs2.authzid.empty() && !gs2.authzid.starts_with("a=")) return std::nullopt;
  gs2.authzid.remove_prefix(std::min<std::size_t>(2, gs2.authzid.size()));
  gs2.rest = message;
  return gs2;
}

// "=2C" is a comma and "=3D" an equals sign (RFC 5802, 5.1).
std::string saslname(std::string_view encoded) {
  std::string name;
  while (!encoded.empty()) {
    const bool comma = encoded.starts_with("=2C");
    const bool escaped = comma || encoded.starts_with("=3D");
    name.push_back(!escaped ? encoded.front() : comma ? ',' : '=');
    encoded.remove_prefix(escaped ? 3 : 1);
  }
  return name;
}

// The attribute's value in "n=alice,r=nonce"; empty if it is not there.
std::string_view attribute(std::string_view list, char name) noexcept {
  while (!list.empty()) {
    const std::string_view one = take_until(list, ',');
    if (one.size() > 1 && one[0] == name && one[1] == '=') return one.substr(2);
  }
  return {};
}

bool is_scram(std::string_view mechanism) noexcept { return mechanism.starts_with("SCRAM-"); }

// "auth=Bearer token" among the fields that OAuth parts by 0x01.
std::string_view oauth_field(std::string_view message) noexcept {
  while (!message.empty()) {
    const std::string_view one = take_until(message, '\1');
    if (ascii::starts_no_case(one, "auth=")) return one;
  }
  return {};
}

Identity of_gs2(std::string_view mechanism, const Gs2& gs2) {
  Identity who;
  const std::string authzid = saslname(gs2.authzid);
  if (mechanism == "OAUTHBEARER") {  // the token names whose it is
    who.user = authzid;
    return who;
  }
  who.user = saslname(attribute(gs2.rest, 'n'));
  who.acting_as = authzid;
  return who;
}

Identity read_identity(std::string_view mechanism, std::string_view message) {
  Identity who;
  if (mechanism == "PLAIN") {
    if (const auto plain = parse_plain(message)) {
      who.user = plain->user;
      who.acting_as = plain->authzid;
    }
  } else if (mechanism == "CRAM-MD5") {
    if (const auto cram = parse_cram(message)) who.user = cram->user;
  } else if (mechanism == "DIGEST-MD5") {
    who.user = without_escapes(directive(message, "username"));
    if (!who.user.empty()) {
      who.domain = without_escapes(directive(message, "realm"));
      who.acting_as = without_escapes(directive(message, "authzid"));
    }
  } else if (mechanism == "XOAUTH2") {
    std::string_view rest = message;
    // Or the token may be a part of the name.
    const bool closed = message.find('\1') != std::string_view::npos;
    if (closed && message.starts_with("user=")) who.user = take_until(rest, '\1').substr(5);
  } else if (is_scram(mechanism) || mechanism == "OAUTHBEARER") {
    const std::string_view head = message.substr(0, message.find('\1'));
    if (const auto gs2 = parse_gs2(head)) who = of_gs2(mechanism, *gs2);
  } else if (takes_ntlm(mechanism)) {
    if (auto names = parse_ntlm_authenticate(message)) {
      who = {std::move(names->user), {}, std::move(names->domain), std::move(names->workstation)};
    }
  } else if (names_by_place_alone(mechanism)) {
    who.user = message;
  }
  return who;
}

// ---- The little JSON that OAuth's error is: one object of strings -------------------------------
class ObjectReader {
 public:
  explicit ObjectReader(std::string_view text) noexcept : rest_(text) {}

  // The next member; a number or null comes as it stands. Nothing at the end, where it is no JSON
  // any more, and behind a value that has parts: real ones have none.
  [[nodiscard]] std::optional<std::pair<std::string, std::string>> next() {
    skip(", \t\r\n{");
    auto name = string();
    skip(" \t\r\n");
    if (!name || !rest_.starts_with(':')) return std::nullopt;
    rest_.remove_prefix(1);
    skip(" \t\r\n");
    if (rest_.starts_with('"')) {
      auto value = string();
      if (!value) return std::nullopt;
      return std::pair(std::move(*name), std::move(*value));
    }
    if (rest_.starts_with('{') || rest_.starts_with('[')) return std::nullopt;
    const std::size_t end = std::min(rest_.find_first_of(",} \t\r\n"), rest_.size());
    std::pair member(std::move(*name), std::string(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    return member;
  }

 private:
  void skip(std::string_view octets) noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(octets), rest_.size()));
  }

  [[nodiscard]] std::optional<std::string> string() {
    if (!rest_.starts_with('"')) return std::nullopt;
    std::string text;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return text;
      }
      const bool escaped = rest_[at] == '\\' && at + 1 < rest_.size();
      if (escaped) {
        at = escape(text, at + 1);
      } else {
        text.push_back(rest_[at]);
      }
    }
    return std::nullopt;
  }

  // What stands behind a backslash; returns the place of its last octet.
  [[nodiscard]] std::size_t escape(std::string& text, std::size_t at) {
    if (rest_[at] == 'u') {
      unsigned value = 0;
      for (std::size_t digit = at + 1; digit <= at + 4; ++digit) {
        const int hex = digit < rest_.size() ? hex_value(rest_[digit]) : -1;
        if (hex < 0) return at;
        value = value * 16 + static_cast<unsigned>(hex);
      }
      // Status, schemes and scope are ASCII.
      text.push_back(value < 0x80 ? static_cast<char>(value) : '?');
      return at + 4;
    }
    constexpr std::string_view names = "nrtbf", meant = "\n\r\t\b\f";
    const std::size_t known = names.find(rest_[at]);
    text.push_back(known == std::string_view::npos ? rest_[at] : meant[known]);
    return at;
  }

  std::string_view rest_;
};

}  // namespace

bool names_by_place_alone(std::string_view mechanism) noexcept {
  return mechanism == "LOGIN" || mechanism == "ANONYMOUS" || mechanism == "EXTERNAL";
}

Identity identity_in(std::string_view mechanism, std::string_view message) {
  Identity who = read_identity(mechanism, message);
  if (who.acting_as == who.user) who.acting_as.clear();
  return who;
}

std::optional<std::vector<std::string_view>> secrets_in(std::string_view mechanism,
                                                        std::string_view message) {
  std::vector<std::string_view> secrets;
  if (mechanism == "PLAIN") {
    const auto plain = parse_plain(message);
    if (!plain) return std::nullopt;
    secrets.push_back(plain->password);
  } else if (mechanism == "CRAM-MD5") {
    const std::size_t blank = message.rfind(' ');  // no digest: the password itself may stand there
    if (blank == std::string_view::npos) return std::nullopt;
    secrets.push_back(message.substr(blank + 1));
  } else if (mechanism == "DIGEST-MD5") {
    const std::string_view response = directive(message, "response");
    if (response.empty()) return std::nullopt;
    secrets.push_back(response);
  } else if (mechanism == "XOAUTH2" || mechanism == "OAUTHBEARER") {
    const std::string_view token = oauth_field(message);
    if (token.empty()) return std::nullopt;
    secrets.push_back(token);
  } else if (is_scram(mechanism)) {
    if (!parse_gs2(message) && !message.starts_with("c=")) return std::nullopt;
    secrets.push_back(message.starts_with("c=") ? attribute(message, 'p') : std::string_view());
  } else if (takes_ntlm(mechanism)) {
    const auto names = parse_ntlm_authenticate(message);
    if (names) secrets = names->proofs;
  } else {
    return std::nullopt;
  }
  return secrets;
}

std::string ntlm_target(std::string_view message) {
  return parse_ntlm_challenge(message).value_or(std::string());
}

std::optional<OAuthError> parse_oauth_error(std::string_view message) {
  message = ascii::trim(message);
  if (!message.starts_with('{')) return std::nullopt;
  OAuthError error;
  ObjectReader reader(message);
  for (std::size_t members = 0; members < json_members_max; ++members) {
    auto member = reader.next();
    if (!member) break;
    auto& [name, value] = *member;
    if (name == "status") {
      error.status = std::move(value);
    } else if (name == "schemes") {
      error.schemes = std::move(value);
    } else if (name == "scope") {
      error.scope = std::move(value);
    }
  }
  if (error == OAuthError{}) return std::nullopt;
  return error;
}

}  // namespace smtpscope::smtp
