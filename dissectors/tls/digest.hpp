#pragma once
// Hashes and HMAC, by OpenSSL.
#include "dissectors/tls/secret.hpp"
#include "dissectors/tls/suite.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace smtpscope::tls {

// Of the parts, one behind the other. Empty for a hash that there is none of.
[[nodiscard]] Secret hmac(Hash hash, Bytes key, std::initializer_list<Bytes> parts);

// Of the octets; empty for a hash that there is none of.
[[nodiscard]] Secret digest(Hash hash, Bytes octets);

// In hexadecimal digits; of what is no secret.
[[nodiscard]] std::string hex_digest(Hash hash, std::string_view text);

}  // namespace smtpscope::tls
