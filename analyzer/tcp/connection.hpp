#pragma once
// One TCP connection: both directions put in order, and the facts about its transport.
//
//     Segment (either direction) --take()--> two Reassemblers --next()--> (Side, StreamEvent)...
//
// next() gives the events of the two directions in causal order: octets that were sent after the
// sender had received N octets of the other direction (its acknowledgement number says so) come
// after those N octets, even where the capture shows the packets in another order. What neither
// side could know of the other comes in the order of the capture.
//
// A direction whose next event waits for octets of the other one does not wait for good: after some
// further packets of this connection and milliseconds, or a second of the capture's time, what it
// waits for is given up (a Gap in the other direction: acknowledged, and never captured). So a capture
// that has one direction only shows the other as Gaps, with exact lengths. Where each side waits
// for the other, which no two honest TCPs can bring about, the order of the capture counts.
//
// A FIN takes one sequence number, and so one more is acknowledged than there are octets. Where the
// FIN itself was not captured, an acknowledgement of exactly one octet beyond all that was seen is
// taken for the FIN's as soon as the connection is closing (a FIN or RST of either side was seen,
// or finish() was called): no octet is invented for it. If it acknowledges more at once, the Gap
// may be one octet long too much: the capture does not tell.
#include "analyzer/tcp/reassembler.hpp"
#include "dissectors/net/segment.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace smtpscope::tcp {

enum class Opened : std::uint8_t {
  handshake,  // SYN, SYN-ACK seen (one of them is enough if data or an ACK followed)
  midstream,  // began before the capture
  refused,    // SYN answered by RST
  timeout,    // SYN never answered: so far, as long as the connection lives
};
enum class Closed : std::uint8_t { fin, reset, idle, capture_end };

struct TransportFacts {
  Opened opened = Opened::midstream;
  std::optional<Origin> syn, syn_ack;
  std::optional<Origin> handshake_done;  // the client's ACK of the SYN-ACK
  std::uint32_t syn_tries = 0;           // SYNs of the client, the first included
  std::optional<Origin> last_syn;
  std::optional<Nanoseconds> round_trip;  // (last) SYN to the client's ACK, as captured
  Closed closed = Closed::capture_end;
  std::optional<Side> closed_by;               // who sent the first FIN; if it was reset: the RST
  std::array<std::optional<Origin>, 2> fin{};  // by Side
  std::optional<Origin> reset;
  std::uint64_t packets = 0;
  std::array<std::uint64_t, 2> packets_by_side{};
  Origin first, last;             // packets of this connection
  std::uint64_t cut_packets = 0;  // payload cut by the snap length
  std::optional<Origin> first_cut;
};

struct ConnectionLimits {
  ReassemblyLimits reassembly;
  // What the other direction has to bring first is waited for so long: these packets and
  // ReassemblyLimits::swapped_within, or this time, or (where time stands still) that many packets.
  std::uint32_t patience_packets = 16;
  Nanoseconds patience_time = std::chrono::seconds{1};
  std::uint32_t patience_packets_max = 1024;
};

class Connection {
 public:
  // Who is who is decided by the caller (SYN, port, content).
  Connection(net::Endpoint client, net::Endpoint server, ConnectionLimits limits = {});

  // Takes a segment of this connection. Then call next() until it gives nothing, then settle().
  void take(const net::Segment& segment, Origin origin);
  // Nothing more will come (capture end, idle, or the caller saw that the ports are used anew).
  // `why` is what facts().closed says unless the capture shows FINs or an RST. Then call next() to
  // the end.
  void finish(Closed why, Origin origin);
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();
  void settle();

  // Both directions closed and acknowledged, or reset: only strays can follow.
  [[nodiscard]] bool closed() const noexcept;
  // A SYN that cannot belong to this incarnation: other initial sequence number after data or
  // close.
  [[nodiscard]] bool is_reuse(const net::Segment& segment) const noexcept;

  [[nodiscard]] Side side_of(const net::Segment& segment) const noexcept;
  [[nodiscard]] const net::Endpoint& endpoint(Side side) const noexcept {
    return endpoints_[index(side)];
  }
  [[nodiscard]] const TransportFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] const Reassembler& direction(Side side) const noexcept {
    return directions_[index(side)];
  }

 private:
  // A packet of this connection, as far as waiting is concerned.
  struct Moment {
    std::uint64_t turn = 0;  // the n-th packet of the connection
    Timestamp time{};
  };
  // What a side acknowledged of the other direction and the capture does not have (so far).
  struct Unseen {
    StreamOffset below = 0;
    Moment since;
    Origin origin;
  };
  enum class Stage : std::uint8_t { open, finishing, tails_given_up };  // of finish()

  [[nodiscard]] static constexpr std::size_t index(Side side) noexcept {
    return static_cast<std::size_t>(side);
  }
  [[nodiscard]] Reassembler& stream(Side side) noexcept { return directions_[index(side)]; }

  void count(const net::Segment& segment, Side side, Origin origin);
  void note_syn(const net::Segment& segment, Side side, Origin origin);
  void note_handshake_end(const net::Segment& segment, Side side, Origin origin);
  void note_fin(const net::Segment& segment, Side side, Origin origin,
                std::optional<StreamOffset> peer_acknowledged);
  void note_reset(const net::Segment& segment, Side side, Origin origin);
  [[nodiscard]] std::optional<StreamOffset> take_acknowledgement(const net::Segment& segment,
                                                                 Side side, Origin origin);
  void begin_stream(const net::Segment& segment, Side side);
  void begin_at(Side side, net::Sequence sequence);
  void give_up_unseen(Side side);
  [[nodiscard]] Opened opening() const noexcept;
  [[nodiscard]] Closed closed_as_far_as_seen(Closed why) const noexcept;
  [[nodiscard]] bool closing() const noexcept;
  [[nodiscard]] bool anything_seen() const noexcept;

  [[nodiscard]] StreamOffset without_fin(Side side, StreamOffset acknowledged) const noexcept;
  [[nodiscard]] StreamOffset awaited_by(Side side) const noexcept;
  [[nodiscard]] bool free_to_go(Side side) const noexcept;
  [[nodiscard]] std::optional<Side> choose() const noexcept;
  [[nodiscard]] bool expired(Moment since) const noexcept;
  [[nodiscard]] bool out_of_patience(Side side) const noexcept;
  void give_up_for(Side side);
  void finish_streams();

  std::array<net::Endpoint, 2> endpoints_;
  ConnectionLimits limits_;
  std::array<Reassembler, 2> directions_;
  TransportFacts facts_;
  std::optional<Side> reset_by_;
  std::array<StreamOffset, 2> fin_awaits_{};  // by Side: what its FIN had acknowledged, in octets
  std::array<std::optional<net::Sequence>, 2> fin_acknowledges_;  // ... and as sent
  std::array<std::optional<StreamOffset>, 2>
      assumed_fin_;                              // by Side: of a FIN that was not captured
  std::array<std::optional<Unseen>, 2> unseen_;  // by Side of the octets
  Moment now_;
  Stage stage_ = Stage::open;
  Origin finish_origin_;
};

}  // namespace smtpscope::tcp
