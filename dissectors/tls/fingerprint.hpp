#pragma once
// Fingerprints of the two hellos, by which other tools know implementations: JA3 and JA3S (MD5 of
// the numbers in them), JA4 (readable, then hashes of the sorted numbers). Reserved values (GREASE,
// RFC 8701) are left out of all.
#include "dissectors/tls/handshake.hpp"

#include <string>

namespace smtpscope::tls {

[[nodiscard]] std::string ja3(const ClientHello& hello);
[[nodiscard]] std::string ja3s(const ServerHello& hello);
[[nodiscard]] std::string ja4(const ClientHello& hello);

}  // namespace smtpscope::tls
