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
#include "dissectors/tls/facts.hpp"
#include "dissectors/tls/key_log.hpp"
#include "dissectors/tls/protection.hpp"
#include "dissectors/tls/record.hpp"
#include "dissectors/tls/suite.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::tls {

struct ConversationLimits {
  std::size_t certificates = 10;               // of a chain
  std::size_t certificate_octets = 64 * 1024;  // of all of them
  std::size_t alerts = 16;
  std::size_t transcript_octets = 64 * 1024;  // of a handshake up to the client's key
};

class Conversation {
 public:
  // `keys` outlives it, and may grow; nullptr if there is no key log.
  explicit Conversation(const KeyLog* keys, ConversationLimits limits = {});
  ~Conversation();
  Conversation(Conversation&&) noexcept;
  Conversation& operator=(Conversation&&) noexcept;

  // Takes octets up to the end of the first record that they complete; returns how many. Then call
  // next().
  [[nodiscard]] std::size_t take(Side side, const Octets& octets);
  void gap(Side side, const Gap& gap);
  // Plain text that this made: Octets or Gap. Their offsets are places in the stream with TLS in
  // it, so that they compare with what the peer acknowledged: those of a record begin where it
  // does, and end before it does, so there is nothing between one end and the next beginning. A Gap
  // is as long as what could not be opened. The octets live until the next take().
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();

  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  // What stands where TLS is due is none.
  [[nodiscard]] bool is_no_tls(Side side) const noexcept;
  // Octets that are kept: of certificates, and of what is not whole yet.
  [[nodiscard]] std::size_t held_bytes() const noexcept;
  // The facts, when nothing more will be taken.
  [[nodiscard]] Facts take_facts() noexcept { return std::move(facts_); }

 private:
  struct Direction;
  enum class Behind : std::uint8_t { all, hole };  // what came under these keys before a record

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
  [[nodiscard]] bool protect(Side side);
  void keep_for_master(const HandshakeMessage& message);
  void derive_master(Bytes client_key_exchange);
  [[nodiscard]] std::optional<PlainRecord> open_with(Side side, SecretKind kind,
                                                     const Record& record, Behind behind);
  [[nodiscard]] std::optional<PlainRecord> open_behind_refused(Side side, const Record& record);
  [[nodiscard]] std::optional<PlainRecord> open_as_data(Side side, const Record& record);
  [[nodiscard]] bool is_ahead_of_server_hello(Side side) const noexcept;
  [[nodiscard]] bool is_as_short_as_alert(const Record& record) const noexcept;
  void could_not_open(Side side, const Record& record);
  void tell_gap(Side side, const Extent& extent, const Origin& origin);
  [[nodiscard]] bool is_13() const noexcept { return facts_.version() >= tls13; }
  // ... or, ahead of the ServerHello, what it would say: no draft.
  [[nodiscard]] std::uint16_t version_of_13() const noexcept {
    return is_13() ? facts_.version() : tls13;
  }

  const KeyLog* keys_;
  ConversationLimits limits_;
  Facts facts_;
  std::array<std::unique_ptr<Direction>, 2> directions_;
  std::deque<std::pair<Side, StreamEvent>> told_;
  std::optional<Suite> suite_;
  std::size_t certificate_octets_ = 0;  // kept in all
  // Of the handshake up to the client's key, where the log has premaster secrets.
  std::vector<std::uint8_t> transcript_;
  Secret master_;                      // made of one
  std::optional<KeysOfBoth> pending_;  // TLS 1.2: for the next ChangeCipherSpec of each side
};

}  // namespace smtpscope::tls
