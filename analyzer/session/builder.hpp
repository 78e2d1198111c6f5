#pragma once
// Builds the Session of one connection from the events of its two directions.
//
//     tcp::Connection --(Side, StreamEvent)--> Builder [proxy::Prelude -> smtp::Dialogue] --> Session
//                                                                     TLS |   ^ what keys open of it
//                                                                         v   |
//                                                                       TlsStream
#include "analyzer/session/session.hpp"
#include "analyzer/session/tls_stream.hpp"
#include "dissectors/proxy/prelude.hpp"
#include "dissectors/smtp/dialogue.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtpscope::session {

struct BuilderLimits {
  smtp::DialogueLimits dialogue;
  RepeatLimits repeats;
  // Of a session: what one mail server sends to another over one connection in a busy hour is far
  // below.
  std::size_t exchanges = 50'000;
  std::size_t exchange_octets = 16 * 1024 * 1024;  // of the text of commands and replies
};

// What is known of the connection beside its two streams.
struct Transport {
  net::Endpoint client, server;
  tcp::TransportFacts facts;
  std::array<tcp::ReassemblyCounts, 2> reassembly{};  // by Side
};

class Builder {
 public:
  // `files`: the names of the capture's files, by FrameId::file.
  Builder(std::shared_ptr<const std::vector<std::string>> files, smtp::Start start,
          BuilderLimits limits = {});
  // LMTP, although the capture does not show LHLO.
  void assume_lmtp() noexcept { dialogue_.assume_lmtp(); }
  // TLS that begins from here on is opened with these keys, as far as they do; they outlive this,
  // and may grow.
  void use_keys(const tls::KeyLog* keys) noexcept { keys_ = keys; }
  // Messages are to have digests: Message::digest.
  void want_digests() noexcept { dialogue_.want_digests(); }

  void take(Side side, const StreamEvent& event);
  // Octets that were told before came once more.
  void take_repeat(Side side, const tcp::Repeat& repeat, Origin origin);
  // Memory is short: nothing is held any more for a reply of the server.
  void give_up_held();
  // A limit of whoever drives this was reached.
  void note_limit(Limit limit) { ++so_far_.limits[static_cast<std::size_t>(limit)]; }
  [[nodiscard]] std::size_t held_bytes() const noexcept {
    return dialogue_.held_bytes() + (tls_ ? tls_->held_bytes() : 0);
  }
  // Everything was taken, both Ends included. `cut_short`: the file breaks off inside a packet.
  [[nodiscard]] Session finish(const tcp::Connection& connection, bool cut_short);
  [[nodiscard]] Session finish(Transport transport, bool cut_short);

  // What is taken from now on was said inside TLS.
  void begin_decrypted(smtp::TlsFacts::Mode mode, Origin origin) {
    dialogue_.begin_decrypted(mode, origin);
  }
  void describe_tls(const smtp::TlsFacts& told) { dialogue_.describe_tls(told); }

 private:
  static void set_transport(Session& session, Transport transport);
  static void look_for_unseen_side(Session& session, Side side);
  void hand_on(Side side, const StreamEvent& event);
  void take_tls();
  void follow_tls(Side side, const StreamEvent& event);
  void describe_tls(Session& session);
  void take_prelude(Side side, const StreamEvent& event);
  void note_prelude();
  void take_exchanges();
  [[nodiscard]] bool answers_header(const smtp::Exchange& exchange) const noexcept;
  // Makes it, if it can.
  [[nodiscard]] bool has_room_for(const smtp::Exchange& exchange);
  void leave_out_accepted();
  void take_conflicts(Side side, const tcp::Reassembler& direction);
  void note_gap(Side side, const Gap& gap);
  void read_hello(const smtp::Exchange& exchange);

  BuilderLimits limits_;
  proxy::Prelude prelude_;
  smtp::Dialogue dialogue_;
  const tls::KeyLog* keys_ = nullptr;
  std::unique_ptr<TlsStream> tls_;      // since TLS began
  std::vector<smtp::TlsPiece> pieces_;  // of it, on their way there
  Repeats repeats_;
  std::size_t exchange_octets_ = 0;  // of those that are kept
  bool may_leave_out_ = true;        // looking for more of them is worth the time
  SessionSoFar so_far_;
  std::shared_ptr<const std::vector<std::string>> files_;
};

}  // namespace smtpscope::session
