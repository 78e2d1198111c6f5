#pragma once
// A key log, as NSS began it and as browsers, OpenSSL, GnuTLS, curl and Wireshark write and read it
// (SSLKEYLOGFILE; draft-ietf-tls-keylogfile):
//
//     CLIENT_RANDOM <the client's random> <master secret>                         TLS 1.2 and before
//     CLIENT_HANDSHAKE_TRAFFIC_SECRET <the client's random> <secret>              TLS 1.3, five kinds
//     RSA <the first 8 octets of the encrypted premaster secret> <it, open>       TLS 1.2 and before, old NSS
//     PMS_CLIENT_RANDOM <the client's random> <premaster secret>                  likewise, from SChannel
//     # a comment
//
// Pure: text in. Exporter secrets are left out, as nothing here needs them.
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/secret.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace smtpscope::tls {

enum class SecretKind : std::uint8_t {
  master,
  client_early,
  client_handshake,
  server_handshake,
  client_application,
  server_application,
  premaster,
};
inline constexpr std::size_t secret_kind_count = 7;

// Of one session; what the log does not have is empty.
struct SessionSecrets {
  std::array<Secret, secret_kind_count> of;
  [[nodiscard]] const Secret& operator[](SecretKind kind) const noexcept {
    return of[static_cast<std::size_t>(kind)];
  }
};

struct KeyLogLimits {
  std::size_t sessions = 1'000'000;  // beyond, the log's further lines are left out, and counted
  std::size_t line_octets = 4096;
};

class KeyLog {
 public:
  explicit KeyLog(KeyLogLimits limits = {}) noexcept : limits_(limits) {}

  // More of the log's text, in any cuts. Lines may end in LF or CR LF.
  void take(std::string_view text);
  // The last line has no end: it is whole all the same.
  void finish();

  // nullptr if the log has nothing for this client random.
  [[nodiscard]] const SessionSecrets* find(const Random& client_random) const noexcept;
  // A premaster secret by the first octets of the encrypted one, as a ClientKeyExchange with RSA
  // carries it.
  using EncryptedStart = std::array<std::uint8_t, 8>;
  [[nodiscard]] const Secret* find_premaster(const EncryptedStart& start) const noexcept;
  // There are lines that say no more than that; the handshake has to tell the rest.
  [[nodiscard]] bool has_premasters() const noexcept { return has_premasters_; }
  // Those of RSA lines included.
  [[nodiscard]] std::size_t sessions() const noexcept {
    return sessions_.size() + premasters_.size();
  }
  [[nodiscard]] bool empty() const noexcept { return sessions() == 0; }
  // Lines that are no line of a key log, and those beyond the limit; the first one's number, from
  // 1.
  [[nodiscard]] std::uint64_t bad_lines() const noexcept { return bad_lines_; }
  [[nodiscard]] std::uint64_t first_bad_line() const noexcept { return first_bad_line_; }

 private:
  void take_line(std::string_view line);
  [[nodiscard]] bool read_line(std::string_view line);
  template <typename Map, typename Key>
  [[nodiscard]] auto* place(Map& map, const Key& key);  // nullptr beyond the limit

  KeyLogLimits limits_;
  std::map<Random, SessionSecrets> sessions_;
  std::map<EncryptedStart, Secret> premasters_;
  bool has_premasters_ = false;
  Secret line_;  // open
  std::size_t line_octets_ = 0;
  std::uint64_t lines_ = 0, bad_lines_ = 0, first_bad_line_ = 0;
};

}  // namespace smtpscope::tls
