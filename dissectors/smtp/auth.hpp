#pragma once
// Authentication exchanges (RFC 4954): who the user is, and which octets must never be shown.
#include "dissectors/smtp/exchange.hpp"
#include "dissectors/smtp/sasl.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

// From the argument of AUTH: the mechanism, and the initial response if there is one.
[[nodiscard]] AuthExchange begin_auth(std::string_view argument);
// One more line of the client. Beyond `lines_max` it is counted and not kept.
void add_auth_response(AuthExchange& auth, std::string_view line, std::size_t lines_max);

// Everything in the exchange that must not be shown: the responses as sent, and what they decode
// to, but for the user's name. Strings of fewer than four octets are left out.
[[nodiscard]] std::vector<std::string> secrets_of(const AuthExchange& auth);

// What a 334 asks, decoded; nothing if it is no base64.
[[nodiscard]] std::optional<std::string> decoded_challenge(const Reply& challenge);
// Why the server does not take the token of XOAUTH2 or OAUTHBEARER, where its 334 says so.
[[nodiscard]] std::optional<OAuthError> oauth_error(const AuthExchange& auth);

// Does this mechanism give the server a secret that can be used again by whoever reads it?
[[nodiscard]] bool sends_reusable_secret(std::string_view mechanism) noexcept;
// A secret can be guessed from what it shows to whoever listens: CRAM-MD5, DIGEST-MD5, NTLM.
[[nodiscard]] bool is_weak(std::string_view mechanism) noexcept;

// Base64 as RFC 4648, padding optional; nothing if it is none.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace smtpscope::smtp
