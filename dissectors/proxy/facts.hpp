#pragma once
// What a proxy in front of the dialogue was told, and told itself.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::proxy {

enum class Protocol : std::uint8_t { proxy_v1, proxy_v2, socks4, socks4a, socks5, http_connect };
// "PROXY v1", "socks5", "HTTP CONNECT" ...
[[nodiscard]] std::string_view name_of(Protocol protocol) noexcept;
// A PROXY header: the proxy names the client by itself. All others are asked by the client for a
// destination.
[[nodiscard]] constexpr bool is_header(Protocol protocol) noexcept {
  return protocol == Protocol::proxy_v1 || protocol == Protocol::proxy_v2;
}

struct Address {
  enum class Kind : std::uint8_t { none, ipv4, ipv6, name, path } kind = Kind::none;
  std::array<std::uint8_t, 16> octets{};  // ipv4: the first four
  std::string text;                       // a host's name, or the path of a local socket, as sent
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// Additions of version 2, by their numbers in the specification.
struct Tlv {
  std::uint8_t type = 0;
  std::string value;
  friend bool operator==(const Tlv&, const Tlv&) = default;
};
inline constexpr std::uint8_t tlv_alpn = 0x01, tlv_authority = 0x02, tlv_crc32c = 0x03,
                              tlv_noop = 0x04, tlv_unique_id = 0x05, tlv_ssl = 0x20,
                              tlv_ssl_version = 0x21, tlv_ssl_cn = 0x22, tlv_ssl_cipher = 0x23,
                              tlv_ssl_sig_alg = 0x24, tlv_ssl_key_alg = 0x25, tlv_namespace = 0x30;

// The client's own TLS, which the proxy ended.
struct ClientTls {
  bool certificate = false;  // it gave one, in this connection or an earlier one of the session
  bool verified = false;     // ... and that was checked and found right
  friend bool operator==(const ClientTls&, const ClientTls&) = default;
};

struct Facts {
  Protocol protocol = Protocol::proxy_v1;

  // A PROXY header.
  bool local = false;      // LOCAL, UNKNOWN: the proxy speaks for itself, or does not know for whom
  Address client, server;  // who speaks, and to whom, as the proxy says
  std::vector<Tlv> tlvs;   // in their order, those inside the SSL one behind it; no padding
  std::optional<ClientTls> tls;
  bool malformed = false;  // what stands behind the addresses contradicts its lengths, or is cut

  // SOCKS, CONNECT.
  bool asked = false;  // the request is whole
  Address destination;
  std::string user;
  std::string password;            // secret
  std::string authorization;       // secret: what Proxy-Authorization says
  std::optional<unsigned> answer;  // of the last request: SOCKS's reply code, HTTP's status
  bool granted = false;
  // Why not, in words, where `answer` alone does not say it: HTTP's reason, a login that was
  // refused.
  std::string refusal;
  friend bool operator==(const Facts&, const Facts&) = default;
};

// "connection refused" for 5 of SOCKS 5. Empty for codes that have no meaning.
[[nodiscard]] std::string_view meaning_of(Protocol protocol, unsigned answer) noexcept;

// What was read of the octets that each side has sent so far.
struct Reading {
  enum class State : std::uint8_t {
    more,   // it may be one, or it is: the next octets tell
    none,   // it is not
    whole,  // here it ends: octets[] of each side belong to it
  } state = State::more;
  bool is_known = false;                // of `more`: what it is, if it is one
  std::array<std::size_t, 2> octets{};  // client's, server's; may be more than there are so far
  Facts facts;
};

}  // namespace smtpscope::proxy
