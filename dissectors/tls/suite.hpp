#pragma once
// A cipher suite, by what its registered name says: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 exchanges
// keys by ECDHE, proves who is who by RSA, protects records with AES-128 in GCM and derives keys
// with SHA-256.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::tls {

inline constexpr std::uint16_t ssl30 = 0x0300, tls10 = 0x0301, tls11 = 0x0302, tls12 = 0x0303,
                               tls13 = 0x0304;
// The drafts of TLS 1.3 that were spoken in public had numbers of their own: 0x7f14 is draft 20.
// Their ServerHello was that of TLS 1.3 from draft 22 on, the octets that a tag proves from draft
// 25 on (change logs of RFC 8446's drafts).
inline constexpr std::uint16_t tls13_draft20 = 0x7f14, tls13_draft22 = 0x7f16,
                               tls13_draft25 = 0x7f19, tls13_draft28 = 0x7f1c;
// Nothing that is older than draft 20, which derived keys in another way.
[[nodiscard]] constexpr bool is_known_draft(std::uint16_t version) noexcept {
  return version >= tls13_draft20 && version <= tls13_draft28;
}
// "TLS 1.2", "TLS 1.3 draft 20"; "0x7e02" where nothing is known by that number.
[[nodiscard]] std::string version_name(std::uint16_t version);
// The same as OpenSSL and the tools around it write it: "TLSv1.2", "TLSv1" (without ".0"), "SSLv3".
[[nodiscard]] std::string version_word(std::uint16_t version);

enum class Mode : std::uint8_t { null, stream, cbc, gcm, ccm, ccm8, poly1305, other };
enum class Hash : std::uint8_t { none, md5, sha1, sha256, sha384, other };
[[nodiscard]] std::size_t octets_of(Hash hash) noexcept;

struct Suite {
  std::uint16_t id = 0;
  // "ECDHE_RSA", "RSA", "RSA_EXPORT", "DH_anon"; empty in TLS 1.3, which says it elsewhere.
  std::string_view exchange;
  std::string_view cipher;  // "AES_128", "3DES_EDE", "RC4_128", "CHACHA20", "NULL"
  Mode mode = Mode::other;
  Hash mac = Hash::none;    // of CBC, stream and null ciphers
  Hash prf = Hash::sha256;  // in TLS 1.2 and 1.3; older versions have one of their own
  std::uint8_t key_octets = 0;
  // That the key is made of: less than it has in suites of the export age.
  std::uint8_t key_material_octets = 0;
  std::uint8_t block_octets = 0;  // of CBC

  [[nodiscard]] bool is_aead() const noexcept {
    return mode == Mode::gcm || mode == Mode::ccm || mode == Mode::ccm8 || mode == Mode::poly1305;
  }
  [[nodiscard]] bool is_export() const noexcept { return exchange.ends_with("_EXPORT"); }
  [[nodiscard]] bool is_anonymous() const noexcept {
    return exchange.find("anon") != std::string_view::npos;
  }
  // Can what was recorded be read later by whoever gets the server's key?
  [[nodiscard]] bool has_forward_secrecy() const noexcept {
    return exchange.empty() || exchange.starts_with("DHE") || exchange.starts_with("ECDHE") ||
           is_anonymous();
  }
};

// Nothing for numbers that the registry does not have.
[[nodiscard]] std::optional<Suite> find_suite(std::uint16_t id) noexcept;
// "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"; "0x1234" where nothing is known by that number.
[[nodiscard]] std::string suite_name(std::uint16_t id);

// "handshake_failure", as RFC 8446 spells it; empty if there is no such alert.
[[nodiscard]] std::string_view alert_name(std::uint8_t description) noexcept;

}  // namespace smtpscope::tls
