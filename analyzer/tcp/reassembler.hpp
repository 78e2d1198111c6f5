#pragma once
// Puts one direction of one TCP connection back in order.
//
//     segments: any order, repeated, overlapping, some never captured
//         | push()
//     Reassembler
//         | peek(), next()
//     Octets and Gap, end to start from offset 0, then one End
//
// Promise (tests/property/reassembler_property_test.cpp): every offset is told exactly once, in
// order, and while no octet is lost or contradicted, neither order nor cuts change the octets told.
//
// Inside, the stream has a frontier. Below it everything is decided (these octets, or a Gap) and
// never changes any more, whether next() told it yet or not; above it lie pieces that wait behind a
// hole:
//
//     0          told()        frontier      hole      waiting           waiting
//     | taken ... | ready to take |             | piece | piece |  hole  | piece |
//
// Octets that arrive at the frontier are told as a view of the packet itself, never copied. Whoever
// does not take them before the packet dies calls settle(), which copies what was not taken.
//
// No clock: a hole becomes a Gap only for a reason that the capture itself shows (see GapCause).
#include "dissectors/base/stream.hpp"
#include "dissectors/net/segment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace smtpscope::tcp {

struct ReassemblyLimits {
  // Waiting behind holes: beyond, the oldest hole becomes a Gap. And once more, decided but not
  // taken when the next packet comes: then what that one brings in order is told as a Gap.
  std::size_t held_octets = 4 * 1024 * 1024;
  std::size_t held_pieces = 8192;  // likewise; a one-octet piece costs far more than one octet
  // A segment that fills a hole so long after what lies behind it was sent again; sooner, it was
  // only overtaken on the way (as Wireshark takes it).
  Nanoseconds overtaken_within = std::chrono::milliseconds{3};
  // A segment further ahead than this of all that was decided is no part of the stream: the largest
  // window that TCP can announce (RFC 7323, 2.3).
  std::uint64_t ahead_octets = 1ULL << 30;
  // The packets of the two directions may stand in the capture in wrong order, by no more than
  // this: queues of a network card that are read in turn, two taps whose clocks differ.
  Nanoseconds swapped_within = std::chrono::milliseconds{5};
  std::size_t conflicts_kept = 8;    // further ones are only counted
  std::size_t conflict_octets = 64;  // of each version of each
};

struct ReassemblyCounts {
  std::uint64_t data_segments = 0;           // with payload, retransmissions included
  std::uint64_t retransmitted_segments = 0;  // nothing in them was new
  std::uint64_t out_of_order_segments = 0;   // left a hole before them, or filled one
  // Of these: filled one long after, so they were sent again.
  std::uint64_t late_segments = 0;
  // Probes of 0 or 1 octet just below the next one to be sent; neither data nor retransmissions.
  std::uint64_t keep_alives = 0;
  std::uint64_t conflicting_octets = 0;  // repeated with another value; the first one is kept
  std::uint64_t outside_octets = 0;      // before the start, behind the FIN, too far ahead
  std::uint64_t limit_gaps = 0;          // gaps that are due to a limit of ours
  friend bool operator==(const ReassemblyCounts&, const ReassemblyCounts&) = default;
};

// Octets that were captured twice, with different values, while the first version was waiting
// behind a hole. (What is below the frontier is not kept, so a repeat of it cannot be compared.)
struct Conflict {
  Extent extent;  // from the first octet that differs to the last one
  // Both versions from extent.begin on, bounded by the limits.
  std::vector<std::uint8_t> kept, other;
  Origin kept_origin, other_origin;
};

// `offset`, after the start that it is reckoned from moved back by `octets`; never before the
// start.
[[nodiscard]] constexpr StreamOffset moved_by(StreamOffset offset, std::int64_t octets) noexcept {
  const bool before = octets < 0 && offset < static_cast<StreamOffset>(-octets);
  return before ? 0 : offset + static_cast<StreamOffset>(octets);
}

// Octets that were told already came once more: where they lie, and a view of the packet.
struct Repeat {
  StreamOffset offset = 0;
  Bytes bytes;
};

// What a piece costs that waits, besides its octets: its node in a tree and its place in the heap.
inline constexpr std::size_t bytes_per_piece = 160;

class Reassembler {
 public:
  explicit Reassembler(ReassemblyLimits limits = {}) : limits_(limits) {}
  Reassembler(Reassembler&&) = default;  // not copied: what is ready views octets held here
  Reassembler& operator=(Reassembler&&) = default;

  // Offset 0 is at `sequence`: from a SYN (give its sequence + 1), or from what the peer
  // acknowledged before anything of this direction was seen. Moves the start as long as nothing was
  // seen; after that it has no effect.
  void begin_at(net::Sequence sequence) noexcept;
  // Takes a segment of this direction: payload, and FIN. (SYN: begin_at.) Without a known start,
  // the first segment with payload or FIN is it. Octets that the snap length cut off become a Gap,
  // unless a repeat brings them before they reach the frontier. `turn` comes back with the events:
  // whoever merges two directions numbers the packets with it.
  void push(const net::Segment& segment, Origin origin,
            std::optional<StreamOffset> peer_acknowledged, std::uint64_t turn = 0);
  // Are the octets of the segment, all of them (or none), what next() would give behind push(), and
  // nothing else? Nothing waits then.
  [[nodiscard]] bool is_passed_on(const net::Segment& segment) const noexcept {
    return start_ && peek() == nullptr && !segment.flags.syn &&
           is_simply_next(segment, position_of(segment.sequence));
  }
  // Of such a segment, push() and next() in one: gives its octets, which are told then.
  [[nodiscard]] Octets pass_on(const net::Segment& segment, Origin origin,
                               std::optional<StreamOffset> peer_acknowledged, std::uint64_t turn);
  // The peer has everything before `sequence`: a hole below it becomes a Gap as soon as this
  // direction goes on beyond `sequence`, in a packet pushed after this call and later than this one
  // by swapped_within. Has no effect if
  // `sequence` cannot be true: before the start, behind the FIN, or more than ahead_octets beyond
  // all that was seen.
  void acknowledged(net::Sequence sequence, Origin origin);
  // Whatever is missing below `offset` will not come, also where nothing lies behind it: told as a
  // Gap. The Gap is as long as `offset` says, so it must be plausible: at most acknowledged_to(),
  // which is bounded by ahead_octets, or highest_seen(). Nothing is given up behind a FIN.
  void give_up_below(StreamOffset offset, GapCause cause, Origin origin);
  // The other direction begins `octets` earlier than was assumed (later, if negative): what is held
  // here, with offsets of it as peer_acknowledged, is corrected.
  void peer_start_moved(std::int64_t octets) noexcept;
  // Memory is short: all holes become Gaps, so that nothing waits behind them.
  void give_up_holes(Origin origin);
  // Nothing more will come. next() tells all that is held (holes as gaps), and then End. A stream
  // whose FIN was seen ends there, with EndCause::fin whatever `cause` is.
  void finish(EndCause cause, Origin origin);
  // The current packet is about to die: copies what was not taken yet.
  void settle() {
    if (peek() != nullptr) keep_untaken();
  }

  // The next event in stream order without taking it; nullptr until there is more input. Lives
  // until the next call of a non-const member.
  [[nodiscard]] const StreamEvent* peek() const noexcept {
    return head_ < ready_.size() ? &ready_[head_].event : nullptr;
  }
  // The turn of the packet that brought what peek() shows, or that made it a Gap or the End.
  [[nodiscard]] std::uint64_t turn() const noexcept {
    return head_ < ready_.size() ? ready_[head_].turn : 0;
  }
  // Takes it. Nothing after End.
  [[nodiscard]] std::optional<StreamEvent> next();

  [[nodiscard]] std::optional<net::Sequence> start() const noexcept { return start_; }
  [[nodiscard]] StreamOffset told() const noexcept { return told_; }  // everything below was taken
  // The frontier: what lies below is told as it is now, and is missing no more.
  [[nodiscard]] StreamOffset decided_to() const noexcept { return frontier_; }
  // The highest offset that the peer acknowledged, as far as seen, and the packet that said so. A
  // FIN that was seen is not part of it (see fin_acknowledged); one that was not captured is.
  [[nodiscard]] StreamOffset acknowledged_to() const noexcept { return acknowledged_; }
  [[nodiscard]] Origin acknowledged_origin() const noexcept { return acknowledged_origin_; }
  // The end of everything seen or given up so far, holes included.
  [[nodiscard]] StreamOffset highest_seen() const noexcept { return highest_seen_; }
  [[nodiscard]] std::optional<StreamOffset> fin_offset() const noexcept { return fin_; }
  [[nodiscard]] bool fin_acknowledged() const noexcept { return fin_acknowledged_; }
  [[nodiscard]] bool ended() const noexcept { return end_told_; }
  // Waiting behind holes, or not taken.
  [[nodiscard]] std::size_t held_octets() const noexcept { return waiting_octets_ + ready_octets_; }
  // The same, as memory.
  [[nodiscard]] std::size_t held_bytes() const noexcept {
    return held_octets() +
           (waiting_.size() + cuts_.size() + (ready_.size() - head_)) * bytes_per_piece;
  }
  // What the last push() brought that had been told before it; until the packet dies.
  [[nodiscard]] const std::optional<Repeat>& repeat() const noexcept { return repeat_; }
  [[nodiscard]] const ReassemblyCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const std::vector<Conflict>& conflicts() const noexcept { return conflicts_; }
  // Where `sequence` lies in the stream: the frontier + the shorter way around. Nothing before
  // start() is known, or if it lies before offset 0.
  [[nodiscard]] std::optional<StreamOffset> offset_of(net::Sequence sequence) const noexcept {
    if (!start_) return std::nullopt;
    const std::int64_t at = position_of(sequence);
    return at < 0 ? std::nullopt : std::optional{static_cast<StreamOffset>(at)};
  }

 private:
  using Owned = std::vector<std::uint8_t>;
  struct Source {  // the segment that octets came in
    Origin origin;
    std::optional<StreamOffset> peer_acknowledged;
    std::uint64_t turn = 0;
  };
  struct Piece {
    Owned octets;  // never empty
    Source source;
  };
  struct Ready {
    StreamEvent event;
    std::uint64_t turn = 0;
    Owned owned;  // what the event views; empty while it views the packet
  };
  struct Cut {  // [key, end) was in a packet, but not captured
    StreamOffset end = 0;
    Origin origin;
  };

  // The only arithmetic on 32 bits. Below zero: before the start.
  [[nodiscard]] std::int64_t position_of(net::Sequence sequence) const noexcept {
    const net::Sequence here = *start_ + static_cast<std::uint32_t>(frontier_);
    return static_cast<std::int64_t>(frontier_) + (sequence - here);
  }
  [[nodiscard]] StreamOffset stream_end() const noexcept;
  [[nodiscard]] StreamOffset hole_end() const noexcept;
  [[nodiscard]] bool overloaded() const noexcept;
  [[nodiscard]] bool is_keep_alive(const net::Segment& segment, std::int64_t begin) const noexcept;
  // In order, whole, and nothing known beyond: then there is nothing to compare, to fill or to give
  // up.
  [[nodiscard]] bool is_simply_next(const net::Segment& segment,
                                    std::int64_t begin) const noexcept {
    return begin == static_cast<std::int64_t>(frontier_) && highest_seen_ == frontier_ && !fin_ &&
           !complete_ && !segment.flags.fin && segment.payload.size() == segment.payload_length;
  }

  [[nodiscard]] Extent clip(std::int64_t begin, std::int64_t end) noexcept;
  void place_fin(std::int64_t at, Origin origin);
  void drop_behind_fin();
  void take_payload(const net::Segment& segment, std::int64_t begin, Extent place,
                    const Source& source);
  void went_on_to(StreamOffset offset, Origin origin);
  std::optional<StreamOffset> fill(StreamOffset offset, Bytes bytes, const Source& source);
  void take_new(StreamOffset offset, Bytes bytes, const Source& source);
  [[nodiscard]] bool joins_on(StreamOffset offset, Bytes bytes, const Source& source);
  void compare(StreamOffset offset, Bytes bytes, const Source& source,
               const std::pair<const StreamOffset, Piece>& held);
  void note_cut(StreamOffset begin, StreamOffset end, Origin origin);

  void give_up_to(StreamOffset offset, GapCause cause, Origin origin);
  void advance();
  [[nodiscard]] bool advance_over_piece();
  [[nodiscard]] bool advance_over_cut();
  void keep_limits(Origin origin);
  void tell_octets(Bytes bytes, const Source& source, Owned owned);
  void tell_gap(StreamOffset end, GapCause cause, Origin origin);
  void tell_end(EndCause cause, Origin origin, std::uint64_t turn);
  void keep_untaken();
  void forget_taken();

  // What every packet asks for stands together: of 10,000 connections, it is in no cache when the
  // next packet comes.
  ReassemblyLimits limits_;
  std::optional<net::Sequence> start_;  // sequence number of offset 0
  StreamOffset told_ = 0;
  StreamOffset frontier_ = 0;  // told_ <= frontier_ <= highest_seen_
  StreamOffset highest_seen_ = 0;
  StreamOffset acknowledged_ = 0;  // at most *fin_
  Origin acknowledged_origin_;
  std::optional<StreamOffset> fin_;  // never below frontier_
  bool fin_acknowledged_ = false;
  bool complete_ = false;  // End is in ready_, or told
  bool end_told_ = false;
  bool nobody_takes_ = false;  // too much is left of earlier calls
  // [told_, frontier_) as events, the ones from head_ on; the end of it may view the packet.
  std::vector<Ready> ready_;
  std::size_t head_ = 0;
  std::size_t settled_ = 0;  // events below own what they view
  std::size_t ready_octets_ = 0;
  std::uint64_t turn_ = 0;  // of the last push
  Owned current_;           // owns the octets that next() gave last
  std::optional<Repeat> repeat_;
  // Disjoint, all above frontier_ (between calls: none begins at it), none behind fin_.
  std::map<StreamOffset, Piece> waiting_;
  std::size_t waiting_octets_ = 0;
  std::map<StreamOffset, Cut> cuts_;  // may overlap each other and pieces; all end above frontier_
  ReassemblyCounts counts_;

  Origin fin_origin_;
  std::uint64_t fin_turn_ = 0;
  Timestamp waiting_since_{};  // the oldest of waiting_ came then
  std::vector<Conflict> conflicts_;
};

}  // namespace smtpscope::tcp
