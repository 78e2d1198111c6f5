#pragma once
// What a TLS connection shows of itself: values only. Conversation finds them.
#include "dissectors/base/stream.hpp"
#include "dissectors/tls/handshake.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace smtpscope::tls {

// How far the handshake came, by the last message of either side that could be read or that shows
// by its place.
enum class Step : std::uint8_t {
  nothing,
  client_hello,
  hello_retry,  // the server asked for another ClientHello
  server_hello,
  certificate,  // of the server
  client_key,   // the client's answer: its key, or (TLS 1.3) its first encrypted record
  finished,     // both sides have said that they are done, as far as it shows
};
[[nodiscard]] std::string_view name_of(Step step) noexcept;  // "after the ClientHello"
[[nodiscard]] std::string_view word_of(Step step) noexcept;  // "client-hello"

struct Alert {
  Side from = Side::client;
  // 1: warning, 2: fatal; 0: encrypted, and TLS 1.2 shows that it is one.
  std::uint8_t level = 0;
  std::uint8_t description = 0;  // alert_name()
  Step step = Step::nothing;     // when it came
  Origin origin;
};

// TLS 1.3 encrypts its alerts: this record is as short as one, where the client's Finished was due.
// Likely, not certain.
struct SealedAlert {
  Step step = Step::nothing;
  Origin origin;
};

// Why there are no keys for what was encrypted.
enum class Closed : std::uint8_t {
  open,           // there are
  no_log,         // nobody gave a key log
  no_key,         // the log has nothing for this session
  no_handshake,   // the hellos are not in the capture
  not_supported,  // the cipher suite, or the version
  do_not_fit,     // there are keys, and they open nothing
};

// Of one side.
struct SideFacts {
  std::uint64_t records = 0;
  // Of records, headers included: up to and with what ends its handshake.
  std::uint64_t handshake_octets = 0;
  std::uint64_t application_octets = 0;
  std::uint64_t broken_records = 0;  // with holes, or whose protection proved nothing
  std::uint64_t plain_octets = 0;    // opened, of application data
  // Of the fragments of its encrypted records behind the handshake: the first of them.
  std::vector<std::uint16_t> sizes;
  std::optional<Origin> first, last;  // packets with its records
  std::optional<Origin> application_since;
};
inline constexpr std::size_t sizes_kept = 64;

struct Facts {
  std::optional<ClientHello> client_hello;  // the last one
  std::optional<ServerHello> server_hello;
  bool hello_retry = false;
  bool resumed = false;     // no certificate was asked for: a ticket, a session or a pre-shared key
  bool early_data = false;  // the client sent some
  bool client_asked = false;  // the server asked for a certificate of the client
  bool renegotiated = false;
  std::uint32_t key_updates = 0;
  std::vector<std::vector<std::uint8_t>> certificates;  // of the server, in DER; where they show
  std::vector<std::vector<std::uint8_t>> client_certificates;
  std::vector<Alert> alerts;                // that show; the first of them
  std::optional<SealedAlert> sealed_alert;  // of the client, where it could not be opened
  Step step = Step::nothing;
  std::optional<Origin> step_at;
  std::array<SideFacts, 2> side;
  Closed closed = Closed::no_log;
  // The alert that broke TLS off, if one did: the first that is neither a mere warning nor a
  // goodbye.
  [[nodiscard]] const Alert* fatal_alert() const noexcept;
  [[nodiscard]] std::uint16_t version() const noexcept {
    return server_hello ? server_hello->version : std::uint16_t{0};
  }
};

}  // namespace smtpscope::tls
