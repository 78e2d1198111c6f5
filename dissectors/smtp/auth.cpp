#include "dissectors/smtp/auth.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/sasl.hpp"

#include <algorithm>
#include <array>
#include <utility>

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

void add_secret(std::vector<std::string>& secrets, std::string_view secret, std::string_view user) {
  if (secret.size() < secret_octets_min || secret == user) return;
  if (std::ranges::find(secrets, secret) == secrets.end()) secrets.emplace_back(secret);
}

// The challenge asks for the password, not for the user.
bool asks_for_password(const Reply& challenge) {
  const std::string_view text = challenge.text.empty() ? std::string_view() : challenge.text.back();
  const auto decoded = decoded_challenge(challenge);
  return ascii::contains_no_case(text, "pass") ||
         (decoded && ascii::contains_no_case(*decoded, "pass"));
}

// Is it the one message that names the user, where nothing in it says so?
bool is_in_place_of_user(const AuthExchange& auth) {
  if (auth.responses.size() != 1 || auth.lines_lost) return false;
  return auth.initial_response || auth.challenges.empty() ||
         !asks_for_password(auth.challenges.back());
}

void keep(AuthExchange& auth, std::string_view line, std::size_t lines_max) {
  if (auth.responses.size() >= lines_max) return;
  auth.responses.emplace_back(line);
  if (!auth.user.empty() || (names_by_place_alone(auth.mechanism) && !is_in_place_of_user(auth)))
    return;
  const auto decoded = decode_base64(ascii::trim(line));
  if (!decoded) return;
  Identity who = identity_in(auth.mechanism, *decoded);
  auth.user = std::move(who.user);
  auth.acting_as = std::move(who.acting_as);
  auth.domain = std::move(who.domain);
  auth.workstation = std::move(who.workstation);
}

// Of a message whose mechanism is not known, or that is not as its mechanism wants it: PLAIN parts
// its fields by NUL, OAuth by 0x01.
void add_fields(std::vector<std::string>& secrets, std::string_view message,
                std::string_view user) {
  while (!message.empty()) {
    const std::size_t end =
        std::min(message.find_first_of(std::string_view("\0\1", 2)), message.size());
    add_secret(secrets, message.substr(0, end), user);
    message.remove_prefix(std::min(end + 1, message.size()));
  }
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
  const std::size_t blank = ascii::until_blank(argument).size();
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
    if (const auto fields = secrets_in(auth.mechanism, *decoded)) {
      for (const std::string_view field : *fields) add_secret(secrets, field, auth.user);
    } else {
      add_fields(secrets, *decoded, auth.user);
    }
  }
  // The longest first, so that a secret inside another one does not leave pieces of it.
  std::ranges::stable_sort(secrets,
                           [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return secrets;
}

std::optional<std::string> decoded_challenge(const Reply& challenge) {
  if (challenge.text.empty()) return std::nullopt;
  return decode_base64(ascii::trim(challenge.text.back()));
}

std::optional<OAuthError> oauth_error(const AuthExchange& auth) {
  if (auth.mechanism != "XOAUTH2" && auth.mechanism != "OAUTHBEARER") return std::nullopt;
  for (auto challenge = auth.challenges.rbegin(); challenge != auth.challenges.rend();
       ++challenge) {
    const auto decoded = decoded_challenge(*challenge);
    if (auto error = decoded ? parse_oauth_error(*decoded) : std::nullopt) return error;
  }
  return std::nullopt;
}

bool is_weak(std::string_view mechanism) noexcept {
  constexpr std::array<std::string_view, 3> weak = {"CRAM-MD5", "DIGEST-MD5", "NTLM"};
  return std::ranges::find(weak, mechanism) != weak.end();
}

bool sends_reusable_secret(std::string_view mechanism) noexcept {
  constexpr std::array<std::string_view, 4> reusable = {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"};
  return std::ranges::find(reusable, mechanism) != reusable.end();
}

}  // namespace smtpscope::smtp
