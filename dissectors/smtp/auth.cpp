#include "dissectors/smtp/auth.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t secret_octets_min = 4;

int base64_value(char c) noexcept {
  if (ascii::is_upper(c)) return c - 'A';
  if (ascii::is_lower(c)) return c - 'a' + 26;
  if (ascii::is_digit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// The text between `begin` and the next of `ends`, in `text`.
std::string between(std::string_view text, std::string_view begin, std::string_view ends) {
  const std::size_t from = text.find(begin);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + begin.size());
  return std::string(text.substr(0, std::min(text.find_first_of(ends), text.size())));
}

// The user as the mechanism's first message says it; empty if it does not. A message that is not as the
// mechanism wants it names nobody: what stands in the user's place could be the password.
std::string user_in(std::string_view mechanism, std::string_view decoded) {
  if (mechanism == "PLAIN") {  // RFC 4616: [authzid] NUL authcid NUL passwd
    if (std::ranges::count(decoded, '\0') != 2) return {};
    return between(decoded, {"\0", 1}, {"\0", 1});
  }
  if (mechanism == "LOGIN") return std::string(decoded);
  if (mechanism == "CRAM-MD5") {  // RFC 2195: user, blank, digest
    const std::size_t blank = decoded.rfind(' ');
    return blank == std::string_view::npos ? std::string() : std::string(decoded.substr(0, blank));
  }
  if (mechanism == "XOAUTH2") return decoded.starts_with("user=") ? between(decoded, "user=", {"\1", 1}) : std::string();
  if (mechanism == "OAUTHBEARER") return between(decoded.substr(0, decoded.find('\1')), ",a=", ",");  // RFC 5801, 4
  if (mechanism.starts_with("SCRAM-")) return between(decoded, "n=", ",");
  if (mechanism == "DIGEST-MD5") return between(decoded, "username=\"", "\"");
  if (mechanism == "ANONYMOUS" || mechanism == "EXTERNAL") return std::string(decoded);
  return {};
}

void add_secret(std::vector<std::string>& secrets, std::string_view secret, std::string_view user) {
  if (secret.size() < secret_octets_min || secret == user) return;
  if (std::ranges::find(secrets, secret) == secrets.end()) secrets.emplace_back(secret);
}

void keep(AuthExchange& auth, std::string_view line, std::size_t lines_max) {
  if (auth.responses.size() < lines_max) auth.responses.emplace_back(line);
  const bool may_name_user = auth.user.empty() && auth.responses.size() == 1;
  if (!may_name_user) return;
  if (const auto decoded = decode_base64(ascii::trim(line))) auth.user = user_in(auth.mechanism, *decoded);
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    held = (held << 6) | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>((held >> bits) & 0xffU));
    }
  }
  return out;
}

AuthExchange begin_auth(std::string_view argument) {
  AuthExchange auth;
  argument = ascii::trim(argument);
  const std::size_t blank = std::min(argument.find_first_of(" \t"), argument.size());
  auth.mechanism = ascii::upper(argument.substr(0, blank));
  const std::string_view initial = ascii::trim(argument.substr(blank));
  if (!initial.empty()) {
    auth.initial_response = true;
    keep(auth, initial, 1);
  }
  return auth;
}

void add_auth_response(AuthExchange& auth, std::string_view line, std::size_t lines_max) {
  ++auth.steps;
  if (ascii::trim(line) == "*") {
    auth.cancelled = true;
    return;
  }
  keep(auth, line, lines_max);
}

std::vector<std::string> secrets_of(const AuthExchange& auth) {
  std::vector<std::string> secrets;
  for (const std::string& response : auth.responses) {
    const std::string_view line = ascii::trim(response);
    add_secret(secrets, line, {});
    const auto decoded = decode_base64(line);
    if (!decoded) continue;
    add_secret(secrets, *decoded, auth.user);
    // PLAIN parts its fields by NUL, OAuth by 0x01.
    std::string_view rest = *decoded;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(std::string_view("\0\1", 2)), rest.size());
      add_secret(secrets, rest.substr(0, end), auth.user);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  // The longest first, so that a secret inside another one does not leave pieces of it.
  std::ranges::stable_sort(secrets, [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return secrets;
}

bool sends_reusable_secret(std::string_view mechanism) noexcept {
  constexpr std::array<std::string_view, 4> reusable = {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"};
  return std::ranges::find(reusable, mechanism) != reusable.end();
}

}  // namespace smtpscope::smtp
