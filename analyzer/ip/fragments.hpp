#pragma once
// Puts IP datagrams together that were sent in pieces (RFC 791, RFC 8200 4.5).
//
//     pieces: any order, repeated, some never captured, some with lies in them
//         | take()
//     FragmentTable
//         | when the last one missing has come
//     Whole: a packet of raw IP with one buffer behind it, to be decoded like any other
//
// Pieces that overlap without being the same end their datagram, with all pieces that still come
// (RFC 5722; receivers differ in which octets they take, and attackers live on that). So do a
// length beyond 65535 and a second, different end. What a datagram that is never complete carried
// is missing: if it was TCP, the reassembler will see the hole.
//
// Octets are held in the order in which they come, so that pieces in order need no second copy, and
// a piece with a high offset costs no more than its own length.
#include "dissectors/base/packet.hpp"
#include "dissectors/net/segment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <vector>

namespace smtpscope::ip {

struct FragmentLimits {
  std::size_t datagrams = 1024;          // gathered at a time; beyond, the oldest one is dropped
  std::size_t octets = 4 * 1024 * 1024;  // held in all, as much as Linux holds; likewise
  // Of one datagram: the largest one over the least MTU of IPv4, 68 octets, has 1366.
  std::size_t pieces = 2048;
  Nanoseconds gather = std::chrono::seconds{30};  // since the first piece, as Linux waits
  // Pieces of a datagram that is complete, and come once more so soon, were captured twice. Longer
  // than a switch delays a mirrored packet, shorter than a host takes to use its 65536 numbers.
  Nanoseconds again = std::chrono::milliseconds{20};
};

struct FragmentCounts {
  std::uint64_t pieces = 0;       // that came
  std::uint64_t repeated = 0;     // of those: the same once more
  std::uint64_t misfits = 0;      // of those: a length that no piece can have
  std::uint64_t completed = 0;    // datagrams; each ends in one of these counts
  std::uint64_t incomplete = 0;   // a piece was missing when its time was over
  std::uint64_t overlapping = 0;  // pieces contradicted each other
  std::uint64_t oversized = 0;    // beyond what IP's length can say
  std::uint64_t dropped = 0;      // a limit of ours was reached

  FragmentCounts& operator+=(const FragmentCounts& others) noexcept {
    for (const auto count :
         {&FragmentCounts::pieces, &FragmentCounts::repeated, &FragmentCounts::misfits,
          &FragmentCounts::completed, &FragmentCounts::incomplete, &FragmentCounts::overlapping,
          &FragmentCounts::oversized, &FragmentCounts::dropped}) {
      this->*count += others.*count;
    }
    return *this;
  }
};

class FragmentTable {
 public:
  explicit FragmentTable(FragmentLimits limits = {}) : limits_(limits) {}
  FragmentTable(const FragmentTable&) = delete;
  FragmentTable& operator=(const FragmentTable&) = delete;

  // A datagram put together: number and time are those of the packet that completed it. Where the
  // snap length cut a piece, it ends there, and wire_length says how long it was.
  struct Whole {
    Packet packet;        // lives until the next call of take() or tell_time()
    net::Tunnels around;  // what the pieces came through
  };
  // The time of the capture. Datagrams that were not completed in time are dropped.
  void tell_time(Timestamp now) {
    now_ = now;
    if (!by_key_.empty()) drop_old();
  }
  // Takes a piece that was found in `packet`. Gives the datagram that it completes, if it does. The
  // piece may lie in the Whole that was given last.
  [[nodiscard]] std::optional<Whole> take(const net::Fragment& piece, const Packet& packet);
  // Nothing more will come: what is still open is incomplete.
  void finish();

  [[nodiscard]] const FragmentCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t held_octets() const noexcept { return held_octets_; }
  [[nodiscard]] std::size_t datagrams() const noexcept { return by_key_.size(); }

 private:
  struct Key {
    net::IpAddress source, destination;
    std::uint32_t identification = 0;
    std::uint8_t ip_protocol = 0;  // IPv4 only: there it is part of the name (RFC 791)
    net::Tunnels tunnels;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Piece {
    std::uint32_t offset = 0, length = 0;
    std::uint32_t captured = 0;
    std::size_t at = 0;  // in Datagram::octets
    [[nodiscard]] std::uint32_t end() const noexcept { return offset + length; }
  };
  enum class State : std::uint8_t { gathering, complete, rejected };
  struct Datagram {
    Key key;
    State state = State::gathering;
    Timestamp since{};                            // of the first piece; once complete: of the last
    std::uint8_t ip_protocol = 0, hop_limit = 0;  // of the first piece's header
    bool routed_on = false;
    std::optional<std::uint32_t> end{};  // where the last piece ends, if that one came
    std::uint32_t gathered = 0;          // octets on the wire of all pieces
    std::vector<Piece> pieces{};         // by offset, disjoint
    // Room for a header, and the pieces in the order in which they came.
    std::vector<std::uint8_t> octets{};
  };
  using Datagrams = std::list<Datagram>;
  enum class Fit : std::uint8_t { fresh, repeated, contradiction, oversized };

  void drop_old();
  [[nodiscard]] static Key key_of(const net::Fragment& piece) noexcept;
  [[nodiscard]] Datagram& datagram_of(const Key& key, const net::Fragment& piece);
  [[nodiscard]] static Fit fit_of(const Datagram& datagram, const net::Fragment& piece) noexcept;
  void add(Datagram& datagram, const net::Fragment& piece);
  [[nodiscard]] static std::size_t cost_of(const Datagram& datagram) noexcept;
  void reject(Datagram& datagram, std::uint64_t& count);
  void forget(Datagrams& among, Datagrams::iterator which);
  void keep_limits();
  [[nodiscard]] std::optional<Whole> completed(const Key& key, const Packet& packet);
  void put_in_order(Datagram& datagram);

  FragmentLimits limits_;
  FragmentCounts counts_;
  Datagrams open_;      // gathering or rejected, the oldest first
  Datagrams complete_;  // for `again` longer, the oldest first
  std::map<Key, Datagrams::iterator> by_key_;
  std::size_t held_octets_ = 0;  // cost_of() them all
  Timestamp now_{};
};

}  // namespace smtpscope::ip
