#pragma once
// Handshake messages: joined from the records that carry them, and read (RFC 8446, 4; RFC 5246,
// 7.4).
//
//     record  | type | length | ...      a message may run over several records,
//     record  ...| type | length | body |    and a record may hold several
#include "dissectors/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::tls {

enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_status = 22,
  key_update = 24,
  message_hash = 254,
};
// "ClientHello"; empty if there is no such message.
[[nodiscard]] std::string_view name_of(HandshakeType type) noexcept;

struct HandshakeMessage {
  HandshakeType type = HandshakeType::hello_request;
  Bytes whole;  // header and body, as a transcript hash takes them
  Bytes body;   // both live until the reader is fed again
};

inline constexpr std::size_t handshake_octets_max =
    256 * 1024;  // of a message: chains of certificates stay far below

class HandshakeReader {
 public:
  // The fragment of a record. Then next() until it gives nothing.
  void take(Bytes fragment);
  [[nodiscard]] std::optional<HandshakeMessage> next();
  // A message of more than is kept came, or octets are missing: no further one can be read in this
  // direction.
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  void gap() noexcept { broken_ = true; }
  // In the middle of a message.
  [[nodiscard]] bool pending() const noexcept { return held_.size() > done_; }
  [[nodiscard]] std::size_t held_octets() const noexcept { return held_.size(); }

 private:
  std::vector<std::uint8_t> held_;
  std::size_t done_ = 0;  // of held_: told
  bool broken_ = false;
};

using Random = std::array<std::uint8_t, 32>;

struct Extension {
  std::uint16_t type = 0;
  std::vector<std::uint8_t> octets;
};

struct ClientHello {
  std::uint16_t version = 0;  // legacy_version
  Random random{};
  std::vector<std::uint8_t> session_id;
  std::vector<std::uint16_t> suites;
  std::vector<Extension> extensions;  // in order

  std::string server_name;  // SNI; empty: none
  std::vector<std::string> alpn;
  std::vector<std::uint16_t> versions;  // supported_versions
  std::vector<std::uint16_t> groups;    // supported_groups
  std::vector<std::uint8_t> point_formats;
  std::vector<std::uint16_t> signatures;  // signature_algorithms
  bool session_ticket = false;            // a ticket that is not empty
  bool pre_shared_key = false;
  bool early_data = false;
  bool encrypted_client_hello = false;
  // The highest version that it offers.
  [[nodiscard]] std::uint16_t highest_version() const noexcept;
};

struct ServerHello {
  std::uint16_t version = 0;  // the one chosen, wherever it stands
  Random random{};
  std::vector<std::uint8_t> session_id;
  std::uint16_t suite = 0;
  std::vector<Extension> extensions;
  bool is_hello_retry = false;    // HelloRetryRequest (RFC 8446, 4.1.4)
  bool encrypt_then_mac = false;  // RFC 7366
  bool extended_master_secret = false;
  bool pre_shared_key = false;
  std::optional<std::uint16_t> group;  // of its key share
};

// Nothing if the body is none.
[[nodiscard]] std::optional<ClientHello> read_client_hello(Bytes body);
[[nodiscard]] std::optional<ServerHello> read_server_hello(Bytes body);
// The certificates of a Certificate message, the sender's own first, in DER; views into `body`.
[[nodiscard]] std::vector<Bytes> read_certificates(Bytes body, std::uint16_t version);

}  // namespace smtpscope::tls
