#pragma once
// Both directions of a TLS connection: what shows of it, and what the keys open.
//
//     (Side, Octets | Gap) --RecordReader--> records --Protection, if there are keys--> plain records
//                                                          | handshake: HandshakeReader --> facts, next keys
//                                                          | alert --> facts
//                                                          v application data: Octets | Gap, in the order of the stream
//
// The two sides must come in causal order (tcp::Connection::next() gives them so).
#include "dissectors/base/stream.hpp"
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/key_log.hpp"
#include "dissectors/tls/protection.hpp"
#include "dissectors/tls/record.hpp"
#include "dissectors/tls/suite.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::tls {

// How far the handshake came, by the last message of either side that could be read or that shows by its place.
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

struct Alert {
  Side from = Side::client;
  std::uint8_t level = 0;        // 1: warning, 2: fatal
  std::uint8_t description = 0;  // alert_name()
  Step step = Step::nothing;     // when it came
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
  std::uint64_t handshake_octets =
      0;  // of records, headers included: up to and with what ends its handshake
  std::uint64_t application_octets = 0;
  std::uint64_t broken_records = 0;  // with holes, or whose protection proved nothing
  std::uint64_t plain_octets = 0;    // opened, of application data
  std::vector<std::uint16_t>
      sizes;  // of the fragments of its encrypted records behind the handshake: the first of them
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
  std::vector<Alert> alerts;  // those that could be read; the first of them
  Step step = Step::nothing;
  std::optional<Origin> step_at;
  std::array<SideFacts, 2> side;
  Closed closed = Closed::no_log;
  [[nodiscard]] std::uint16_t version() const noexcept {
    return server_hello ? server_hello->version : std::uint16_t{0};
  }
};

struct ConversationLimits {
  std::size_t certificates = 10;               // of a chain
  std::size_t certificate_octets = 64 * 1024;  // of all of them
  std::size_t alerts = 16;
};

class Conversation {
 public:
  // `keys` outlives it, and may grow; nullptr if there is no key log.
  explicit Conversation(const KeyLog* keys, ConversationLimits limits = {});
  ~Conversation();
  Conversation(Conversation&&) noexcept;
  Conversation& operator=(Conversation&&) noexcept;

  // Takes octets up to the end of the first record that they complete; returns how many. Then call next().
  [[nodiscard]] std::size_t take(Side side, const Octets& octets);
  void gap(Side side, const Gap& gap);
  // Plain text that this made: Octets or Gap, with offsets of their own that count plain octets from 0. The octets live
  // until the next take(). Where something could not be opened and it is not known how much, a Gap of one octet at least.
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();

  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  // What stands where TLS is due is none.
  [[nodiscard]] bool is_no_tls(Side side) const noexcept;

 private:
  struct Direction;

  void on_record(Side side, const Record& record, std::optional<StreamOffset> peer_acknowledged);
  void on_plain(Side side, const PlainRecord& plain, const Record& record,
                std::optional<StreamOffset> peer_acknowledged);
  void on_handshake(Side side, Bytes octets, const Record& record);
  void on_message(Side side, const HandshakeMessage& message, const Record& record);
  void on_server_hello(const HandshakeMessage& message, const Record& record);
  void on_alert(Side side, Bytes octets, const Record& record);
  void on_change_cipher_spec(Side side, const Record& record);
  void on_sealed(Side side, const Record& record, std::optional<StreamOffset> peer_acknowledged);
  void keep_certificates(Side side, Bytes body);
  void reach(Step step, const Origin& origin);
  void look_for_keys();
  void use_traffic(Side side, SecretKind kind);
  void could_not_open(Side side, const Record& record);
  void tell_gap(Side side, std::uint64_t octets, const Origin& origin);
  [[nodiscard]] bool is_13() const noexcept { return facts_.version() >= tls13; }

  const KeyLog* keys_;
  ConversationLimits limits_;
  Facts facts_;
  std::array<std::unique_ptr<Direction>, 2> directions_;
  std::deque<std::pair<Side, StreamEvent>> told_;
  std::optional<Suite> suite_;
  std::optional<KeysOfBoth> pending_;  // TLS 1.2: for the next ChangeCipherSpec of each side
};

}  // namespace smtpscope::tls
