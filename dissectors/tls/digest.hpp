#pragma once
// Hashes and HMAC, by OpenSSL.
#include "dissectors/tls/secret.hpp"
#include "dissectors/tls/suite.hpp"

#include <initializer_list>

namespace smtpscope::tls {

// Of the parts, one behind the other. Empty for a hash that there is none of.
[[nodiscard]] Secret hmac(Hash hash, Bytes key, std::initializer_list<Bytes> parts);

}  // namespace smtpscope::tls
