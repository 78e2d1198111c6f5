#pragma once
// From secrets to the keys of records: the pseudorandom function of TLS 1.0 to 1.2 (RFC 5246, 5 and
// 6.3; RFC 2246, 5), and the expansion of TLS 1.3 (RFC 8446, 7.1 to 7.3). HMAC is OpenSSL's.
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/secret.hpp"
#include "dissectors/tls/suite.hpp"

#include <cstddef>
#include <string_view>

namespace smtpscope::tls {

// What one side writes with.
struct RecordKeys {
  Secret mac;  // of ciphers that are no AEAD
  Secret key;
  Secret iv;  // of AEAD the fixed part; of CBC in TLS 1.0 the first one
};
struct KeysOfBoth {
  RecordKeys client, server;
};

// TLS 1.0 to 1.2: the master secret, from the premaster secret. Where both sides have the extended
// one (RFC 7627), `transcript` is what it binds: all handshake messages up to the
// ClientKeyExchange, which included.
[[nodiscard]] Secret master_of_premaster(const Suite& suite, std::uint16_t version,
                                         const Secret& premaster, const Random& client_random,
                                         const Random& server_random);
[[nodiscard]] Secret extended_master_of_premaster(const Suite& suite, std::uint16_t version,
                                                  const Secret& premaster, Bytes transcript);
// TLS 1.0 to 1.2, from the master secret.
[[nodiscard]] KeysOfBoth keys_of_master(const Suite& suite, std::uint16_t version,
                                        const Secret& master, const Random& client_random,
                                        const Random& server_random);
// TLS 1.3, from a traffic secret.
[[nodiscard]] RecordKeys keys_of_traffic(const Suite& suite, const Secret& traffic);
// The traffic secret behind a KeyUpdate.
[[nodiscard]] Secret next_traffic_secret(const Suite& suite, const Secret& traffic);

// How long the fixed part of the nonce is.
[[nodiscard]] std::size_t iv_octets(const Suite& suite, std::uint16_t version) noexcept;

}  // namespace smtpscope::tls
