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
// waits for is given up (a Gap in the other direction: acknowledged, and never captured). So a
// capture that has one direction only shows the other as Gaps, with exact lengths. Where each side
// waits for the other, which no two honest TCPs can bring about, the order of the capture counts.
//
// A FIN takes one sequence number, and so one more is acknowledged than there are octets. Where the
// FIN itself was not captured, an acknowledgement of exactly one octet beyond all that was seen is
// taken for the FIN's as soon as the connection is closing (a FIN or RST of either side was seen,
// or finish() was called): no octet is invented for it. If it acknowledges more at once, the Gap
// may be one octet long too much: the capture does not tell.
#include "analyzer/tcp/reassembler.hpp"
#include "dissectors/base/boxed.hpp"
#include "dissectors/net/icmp.hpp"
#include "dissectors/net/segment.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace smtpscope::tcp {

enum class Opened : std::uint8_t {
  handshake,  // SYN, SYN-ACK seen (one of them is enough if data or an ACK followed)
  midstream,  // began before the capture
  refused,    // SYN answered by RST
  timeout,    // SYN never answered: so far, as long as the connection lives
};
enum class Closed : std::uint8_t { fin, reset, idle, capture_end };
inline constexpr std::size_t closed_count = 4;

// The clock of the capture went back between two packets that follow each other.
struct ClockJump {
  Origin before, after;
};
// A side's receive window was closed: from the packet that said so to the one that opened it, or
// the last.
struct ZeroWindow {
  Origin begin, end;
};
// The same octets sent again and again, and never acknowledged.
struct Stall {
  StreamOffset at = 0;       // in the sender's stream
  std::uint32_t octets = 0;  // of the segment
  std::uint32_t tries = 0;   // retransmissions
  Origin first, last;        // of them
};

struct HopLimits {
  std::uint8_t least = 255, most = 0;
  [[nodiscard]] bool any() const noexcept { return least <= most; }
  [[nodiscard]] bool has(std::uint8_t limit) const noexcept {
    return least <= limit && limit <= most;
  }
};
// ICMP errors of one kind, from one host, about packets that one side sent.
struct IcmpReport {
  Side about = Side::client;
  net::IcmpError error;  // the first
  std::uint32_t count = 0;
  Origin first, last;
  bool quotes_syn = false;  // the first one does
  // In the stream of `about`: of the quoted packets that brought octets, the last octet.
  StreamOffset furthest = 0;
  bool is_overcome = false;  // what they quote arrived after all; after finish()
};

struct TransportFacts {
  // First what changes with every packet, or is asked for.
  std::uint64_t packets = 0;
  std::array<std::uint64_t, 2> packets_by_side{};
  Origin first, last;  // packets of this connection
  // TTLs or hop limits of each side's packets, but for RSTs.
  std::array<HopLimits, 2> hop_limits{};
  Opened opened = Opened::midstream;
  std::optional<Origin> syn, syn_ack;
  std::optional<Origin> handshake_done;  // the client's ACK of the SYN-ACK
  std::uint32_t syn_tries = 0;           // SYNs of the client, the first included
  std::optional<Origin> last_syn;
  std::optional<Nanoseconds> round_trip;  // (last) SYN to the client's ACK, as captured
  Closed closed = Closed::capture_end;
  std::optional<Side> closed_by;               // who sent the first FIN; if it was reset: the RST
  std::array<std::optional<Origin>, 2> fin{};  // by Side
  // By Side: how much of the other's stream it had when it sent its FIN, a FIN included; after
  // finish().
  std::array<std::optional<StreamOffset>, 2> fin_had{};
  std::optional<Origin> reset;
  // The RST acknowledges octets that are not in the capture; after finish().
  bool reset_had_unseen = false;
  // After finish(): when nothing more was waited for; of an open connection the end of the capture.
  Timestamp ended{};
  std::uint64_t cut_packets = 0;  // payload cut by the snap length
  Boxed<Origin> first_cut;
  // By Side of the sender: the first segment that was sent again, octets at or above what was seen.
  std::array<Boxed<Origin>, 2> first_again{};
  // By Side of the sender; after finish(): it stands at the end.
  std::array<Boxed<Stall>, 2> stall{};
  // By Side of the sender: the most octets that one segment brought and the peer acknowledged.
  std::array<std::uint32_t, 2> largest_passed{};
  // By Side: octets that it counts as sent, beyond all that is in the capture and was acknowledged.
  std::array<std::uint64_t, 2> sent_unseen{};
  std::array<Boxed<Origin>, 2> ahead_since{};      // ... and the first packet that did so
  std::array<Boxed<ZeroWindow>, 2> zero_window{};  // by Side of the receiver: the longest
  // RSTs after which the connection went on, or that lie outside of it.
  std::uint64_t ignored_resets = 0;
  Boxed<Origin> first_ignored_reset;
  std::optional<Side> ignored_reset_by;
  // TTLs or hop limits of the two RSTs.
  std::uint8_t reset_hop_limit = 0, ignored_reset_hop_limit = 0;
  std::array<StreamOffset, 2> acknowledged{};  // by Side of the sender: how much; after finish()
  std::uint64_t clock_jumps = 0;
  std::vector<ClockJump> jumps;    // the first of them: ConnectionLimits::clock_jumps_kept
  std::vector<IcmpReport> icmp;    // the first of them: ConnectionLimits::icmp_kept
  std::uint64_t icmp_packets = 0;  // all that quote what was sent; no part of `packets`
  std::uint64_t icmp_misfits = 0;  // ... and those that quote what neither side ever sent
  Origin last_icmp;
  // By Side: segments that were left out because their checksum is wrong (AnalyzerLimits).
  std::array<std::uint64_t, 2> bad_checksums{};
  Boxed<Origin> first_bad_checksum;
};

struct ConnectionLimits {
  ReassemblyLimits reassembly;
  // What the other direction has to bring first is waited for so long: these packets and
  // ReassemblyLimits::swapped_within, or this time, or (where time stands still) that many packets.
  std::uint32_t patience_packets = 16;
  Nanoseconds patience_time = std::chrono::seconds{1};
  std::uint32_t patience_packets_max = 1024;
  // The clock of a capture may go back so far without a word: packets of two queues or two
  // interfaces.
  Nanoseconds clock_tolerance = std::chrono::milliseconds{1};
  std::size_t icmp_kept = 8;           // kinds of errors; further ones are only counted
  std::size_t clock_jumps_kept = 16;   // further ones are only counted
  std::size_t segment_sizes_kept = 8;  // growing sizes of segments, to tell which of them passed
};

class Connection {
 public:
  // Who is who is decided by the caller (SYN, port, content).
  Connection(net::Endpoint client, net::Endpoint server, ConnectionLimits limits = {});

  // Takes a segment of this connection. Then call next() until it gives nothing, then settle().
  void take(const net::Segment& segment, Origin origin);
  // The same, and gives the octets of a segment (of a bare ACK: none) at once where they are all
  // that is to be told now: nearly always. What is held stays as it was then. Nothing: go on as
  // behind take().
  [[nodiscard]] std::optional<Octets> pass_on(const net::Segment& segment, Origin origin);
  // Nothing more will come (capture end, idle, or the caller saw that the ports are used anew).
  // `why` is what facts().closed says unless the capture shows FINs or an RST. Then call next() to
  // the end.
  void finish(Closed why, Origin origin);
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();
  void settle();
  // Memory is short: holes become Gaps, and nothing waits for the other direction. Then call next()
  // until it gives nothing.
  void give_up_holes(Origin origin);
  // An ICMP error that quotes these endpoints. False: it quotes what was never sent, so it is
  // forged, or belongs to an earlier connection of the same ports.
  [[nodiscard]] bool take_icmp(const net::IcmpError& error, Origin origin);
  // A segment that its receiver threw away, and so does the caller.
  void note_bad_checksum(const net::Segment& segment, Origin origin);

  // Both directions closed and acknowledged, or reset: only strays can follow.
  [[nodiscard]] bool closed() const noexcept;
  // A SYN that cannot belong to this incarnation: other initial sequence number after data or
  // close.
  [[nodiscard]] bool is_reuse(const net::Segment& segment) const noexcept;

  // Octets held, and what it costs to hold them.
  [[nodiscard]] std::size_t held_bytes() const noexcept {
    return directions_[0].held_bytes() + directions_[1].held_bytes();
  }
  [[nodiscard]] Side side_of(const net::Segment& segment) const noexcept {
    return segment.source == endpoints_[index(Side::client)] ? Side::client : Side::server;
  }
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

  [[nodiscard]] bool is_passed_on(const net::Segment& segment, Side side) const noexcept;
  void count(const net::Segment& segment, Side side, Origin origin);
  void note_syn(const net::Segment& segment, Side side, Origin origin);
  void note_handshake_end(const net::Segment& segment, Side side, Origin origin);
  void note_fin(const net::Segment& segment, Side side, Origin origin,
                std::optional<StreamOffset> peer_acknowledged);
  [[nodiscard]] Side closed_first() const noexcept;
  void note_reset(const net::Segment& segment, Side side, Origin origin);
  void note_unseen_fin(Side side, StreamOffset reset_at);
  void ignore_reset(Origin reset, Side by, std::uint8_t hop_limit);
  void look_whether_reset_counts(const net::Segment& segment, Side side);
  void note_window(const net::Segment& segment, Side side, Origin origin);
  void end_zero_window(Side side, Origin end);
  [[nodiscard]] bool is_outdated(const net::Segment& segment, Side side) noexcept;
  void note_clock(Origin origin);
  [[nodiscard]] bool was_sent(const net::IcmpError& error, Side side) const noexcept;
  [[nodiscard]] bool is_overcome(const IcmpReport& report) const noexcept;
  void note_size(const net::Segment& segment, Side side);
  void note_again(const net::Segment& segment, Side side, Origin origin);
  void note_sent_unseen(const net::Segment& segment, Side side, Origin origin);
  void finish_facts();
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

  // As in Reassembler: what every packet asks for stands together.
  std::array<net::Endpoint, 2> endpoints_;
  std::optional<Side> reset_by_;
  Stage stage_ = Stage::open;
  bool relieving_ = false;  // until next() gives nothing: no patience
  Moment now_;
  struct WindowUpdate {  // where the newest of them stood, and what it acknowledged
    net::Sequence sequence, acknowledgement;
  };
  std::array<std::optional<WindowUpdate>, 2> window_update_{};
  std::array<Boxed<Origin>, 2> window_closed_{};
  std::array<Boxed<Unseen>, 2> unseen_;     // by Side of the octets
  std::array<std::uint32_t, 2> largest_{};  // of sizes_
  std::array<Reassembler, 2> directions_;
  TransportFacts facts_;

  ConnectionLimits limits_;
  StreamOffset reset_had_ = 0;           // of the other direction, as the RST acknowledges
  StreamOffset reset_at_ = 0;            // where in the stream of its sender
  StreamOffset peer_seen_at_reset_ = 0;  // of the other direction
  struct Size {                          // the first segment of so many octets, and where it ended
    std::uint32_t octets = 0;
    StreamOffset end = 0;
  };
  std::array<std::vector<Size>, 2> sizes_;  // by Side, growing
  // By Side: the highest sequence number it used without octets.
  std::array<StreamOffset, 2> counted_to_{};
  std::array<StreamOffset, 2> fin_awaits_{};  // by Side: what its FIN had acknowledged, in octets
  std::array<std::optional<net::Sequence>, 2> fin_acknowledges_;  // ... and as sent
  // By Side: of a FIN that was not captured.
  std::array<std::optional<StreamOffset>, 2> assumed_fin_;
  Origin finish_origin_;
};

}  // namespace smtpscope::tcp
