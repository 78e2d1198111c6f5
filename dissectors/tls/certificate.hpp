#pragma once
// What a certificate says (X.509, RFC 5280), read by OpenSSL. Nothing is trusted and nothing is
// verified against anybody: a capture shows what was sent, not what the receiver thought of it.
#include "dissectors/base/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::tls {

struct Certificate {
  std::string subject, issuer;     // "CN=mx.example.com,O=Example"
  std::string common_name;         // of the subject; the last one
  std::vector<std::string> names;  // subjectAltName: DNS names and IP addresses; the first of them
  std::chrono::sys_seconds not_before{}, not_after{};
  std::string key;              // "RSA 2048", "EC 256"
  std::string sha256;           // of its DER, in hexadecimal digits
  bool is_self_signed = false;  // its own key signed it
};
inline constexpr std::size_t certificate_names_kept = 100;

// Nothing if the octets are none.
[[nodiscard]] std::optional<Certificate> read_certificate(Bytes der);
// Is it for `host`, by its names, or by the common name where it has none (RFC 6125, 6.4)? A
// wildcard stands for one label, the first.
[[nodiscard]] bool is_for(const Certificate& certificate, std::string_view host) noexcept;

}  // namespace smtpscope::tls
