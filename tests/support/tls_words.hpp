#pragma once
// The octets of TLS records that the line "tls ..." of a script stands for (script.hpp). What is
// encrypted is noise: only its size means something.
//
//     tls C hello 1.3 suites=1301,c02f name=mx.example.com     versions up to this one; all but the version may be left out
//     tls S hello 1.2 suite=c02f
//     tls S certificate name=mx.example.com from=2025-01-01 until=2035-01-01 by=Example-CA    by=itself: self-signed
//     tls C key          TLS 1.2: ClientKeyExchange, ChangeCipherSpec and Finished
//     tls S done         TLS 1.2: ChangeCipherSpec and Finished
//     tls C data 53      an encrypted record of so many octets; in TLS 1.3 of the handshake, too
//     tls S alert 40     an alert in clear: fatal, with this number
#include "dissectors/base/stream.hpp"

#include <string>
#include <string_view>

namespace smtpscope::test {

// `words` are those behind "tls C". Throws std::invalid_argument where they make no sense.
[[nodiscard]] std::string tls_octets(Side side, std::string_view words);

}  // namespace smtpscope::test
