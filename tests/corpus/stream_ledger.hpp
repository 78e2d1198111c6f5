#pragma once
// What the segments of a capture say about each direction of each connection, kept with nothing but
// sequence numbers: an account that knows nothing of the analyzer's.
#include "dissectors/net/segment.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace smtpscope::test {

class StreamLedger {
 public:
  // One direction, from its SYN on.
  struct Stream {
    std::optional<std::uint64_t> length;  // from SYN to FIN; nothing if there was no FIN
    std::uint64_t captured = 0;           // distinct octets that the capture has
  };

  void take(const net::Segment& segment);
  // Of the direction, if its SYN is in the capture and nothing about it is ambiguous.
  [[nodiscard]] std::optional<Stream> stream(const net::Endpoint& source,
                                             const net::Endpoint& destination) const;

 private:
  struct Direction {
    std::optional<net::Sequence> start;
    std::optional<net::Sequence> fin;
    std::map<std::int64_t, std::int64_t> pieces;  // [begin, end), disjoint; offsets from `start`
    std::int64_t reached = 0;                     // end of the highest piece
    bool ambiguous = false;  // two SYNs, or two FINs, that contradict each other
  };
  static void add(Direction& direction, net::Sequence sequence, std::int64_t length);

  std::map<std::pair<net::Endpoint, net::Endpoint>, Direction> directions_;
};

}  // namespace smtpscope::test
