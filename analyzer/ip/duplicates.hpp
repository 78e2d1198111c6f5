#pragma once
// The same packet captured twice: on both ports of a mirrored link, on both interfaces of a router
// or a bridge (`-i any`), before and after a VLAN tag or a tunnel was put on.
//
//     captured   data 1, data 1', ack 1, data 2, ack 1', data 2' ...       ' the same once more
//     analysed   data 1,          ack 1, data 2,         ...
//
// TCP repeats itself, too: a retransmission carries what another segment carried, a keep-alive and
// a duplicate ACK say what was said before. What tells them from a duplicate:
//
//     IPv4's identification   a sender counts on with every packet, retransmissions as well
//     TSval of the timestamps a sender's clock, of a millisecond or coarser
//     the time                no timer of TCP runs off in less than a few milliseconds
//     place and hop limit     one packet looks the same every time that it passes one place
//
// IPv6 has no identification, and IPv4 may send 0. Then less time has to do, and a bare ACK, of
// which TCP sends many equal ones in a row when a segment is lost, is a duplicate only in a
// connection that had others. Of an ICMP error the packet that it quotes tells: each one lost has
// an error of its own.
#include "dissectors/base/time.hpp"
#include "dissectors/net/icmp.hpp"
#include "dissectors/net/segment.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace smtpscope::ip {

struct DuplicateLimits {
  // Packets of each direction that a later one is compared with: as many as a switch or a kernel
  // hands on in one go before it comes to the other port.
  std::size_t remembered = 16;
  // Where identification, place or hop limit make it certain: what a busy switch or a router may
  // keep a packet for. Linux retransmits after 200 ms at the earliest.
  Nanoseconds certain = std::chrono::milliseconds{20};
  // With equal timestamps: their clocks tick once a millisecond or less.
  Nanoseconds stamped = std::chrono::milliseconds{2};
  // With nothing but the segment itself: less than it takes to be told of a loss.
  Nanoseconds bare = std::chrono::microseconds{200};
};

// Of one connection. Constant work a packet; what it remembers grows with the first packets.
class DuplicateFinder {
 public:
  explicit DuplicateFinder(DuplicateLimits limits = {}) noexcept : limits_(limits) {}

  // Was this packet captured before? If not, it is remembered.
  [[nodiscard]] bool is_duplicate(const net::Segment& segment, Timestamp time);
  [[nodiscard]] bool is_duplicate(const net::IcmpError& error, Timestamp time);
  [[nodiscard]] std::uint64_t found() const noexcept { return found_; }

 private:
  // All that is the same in a duplicate.
  struct Print {
    std::uint32_t sequence = 0, acknowledgement = 0;
    std::uint32_t timestamp = 0;  // 0: none
    std::uint32_t payload_length = 0;
    std::uint16_t identification = 0, window = 0, checksum = 0;
    std::uint8_t flags = 0;
    friend bool operator==(const Print&, const Print&) = default;
  };
  struct Sighting {
    Print print;
    std::uint8_t hop_limit = 0;
    std::uint32_t place_mark = 0;
    Timestamp time{};
  };
  struct ErrorSighting {
    net::IcmpError error;
    Timestamp time{};
  };
  template <typename Seen>
  struct Recent {
    std::vector<Seen> sightings;  // up to limits_.remembered, then a ring
    std::size_t next = 0;         // the oldest one
  };

  // From one of the endpoints. Nearly all packets are new: one line of memory shows it.
  struct Direction {
    Recent<Sighting> recent;
    std::vector<std::uint32_t> marks;  // of recent.sightings: what is equal has equal marks
  };

  [[nodiscard]] static std::uint32_t mark_of(const Print& print) noexcept;
  [[nodiscard]] static Sighting sighting_of(const net::Segment& segment, Timestamp time) noexcept;
  [[nodiscard]] bool is_among(const Direction& direction, std::uint32_t mark,
                              const Sighting& now) const noexcept;
  [[nodiscard]] Nanoseconds longest_between(const Sighting& a, const Sighting& b) const noexcept;
  // Gives the place that it has from now on; nothing if none is to be remembered.
  template <typename Seen>
  std::optional<std::size_t> remember(Recent<Seen>& recent, const Seen& sighting) const;

  DuplicateLimits limits_;
  std::array<Direction, 2> directions_;  // from the lower endpoint, from the higher one
  Recent<ErrorSighting> errors_;
  std::uint64_t found_ = 0;
};

}  // namespace smtpscope::ip
