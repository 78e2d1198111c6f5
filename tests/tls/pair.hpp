#pragma once
// Two ends of TLS by OpenSSL in this process, and what went over the wire between them: records of
// a real implementation, with its key log, of any version and cipher suite that OpenSSL still
// speaks.
#include "dissectors/base/stream.hpp"
#include "dissectors/tls/conversation.hpp"

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

struct FreeSsl {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
template <typename T>
using Own = std::unique_ptr<T, FreeSsl>;

// A certificate that its own key ("EC", "RSA", "ED25519") has signed, for `names` as OpenSSL's
// configuration writes them ("DNS:mx.example.com").
struct Identity {
  Own<EVP_PKEY> key;
  Own<X509> certificate;
};
[[nodiscard]] Identity make_identity(const char* key_type, const std::string& names);

struct PairSettings {
  int version = TLS1_3_VERSION;
  std::string ciphers;        // up to TLS 1.2, as OpenSSL names them; empty: its default
  std::string suites;         // of TLS 1.3
  std::uint64_t options = 0;  // SSL_OP_...
  std::function<void(SSL_CTX*)> client, server;  // what else is to be set
};

class Pair {
 public:
  explicit Pair(const PairSettings& settings);

  // One side's call of OpenSSL, and what it wrote for the other.
  void shake_hands();
  void say(Side side, std::string_view text);
  void do_as(Side side, const std::function<void(SSL*)>& call);
  // Another connection between the same two, which takes the session of this one up again.
  void reconnect();

  struct Flight {
    Side side;
    std::string octets;
  };
  [[nodiscard]] const std::vector<Flight>& flights() const noexcept { return flights_; }
  [[nodiscard]] const std::string& key_log() const noexcept { return key_log_; }
  [[nodiscard]] const std::string& said(Side side) const noexcept { return said_[index_of(side)]; }
  [[nodiscard]] SSL* end(Side side) const noexcept { return ends_[index_of(side)].get(); }

 private:
  void connect(SSL_SESSION* session);
  void carry(Side side);

  std::string key_log_;
  Own<SSL_CTX> client_, server_;
  std::array<Own<SSL>, 2> ends_;
  std::vector<Flight> flights_;
  std::array<std::string, 2> said_;
};

// What a Conversation makes of it.
struct Heard {
  std::array<std::string, 2> text;
  std::array<std::size_t, 2> gaps{};
  tls::Facts facts;
};
// A record that never came: the n-th of its side, from 0.
struct LostRecord {
  Side side;
  std::size_t number;
};
[[nodiscard]] Heard hear(const Pair& pair, const tls::KeyLog* keys, std::size_t cut = 1 << 20,
                         std::optional<LostRecord> lost = std::nullopt);
[[nodiscard]] std::size_t count_records(const Pair& pair, Side side);

}  // namespace smtpscope::test
