#pragma once
// Connections that were told, for as long as packets of them may still come: what TIME-WAIT is for
// their hosts (RFC 9293, 3.3.2 and 3.6.1), seen from the wire.
//
//     closed, and told --remember()--> TimeWait <--has()-- a packet of no connection that is open
//
// A FIN whose ACK was lost is sent again, after 0.2, 0.4, 0.8 seconds and so on; a host that knows
// the connection no more answers with an RST. Taken for the beginning of a connection, each of them
// would be a session that never was.
#include "analyzer/tcp/connection.hpp"
#include "analyzer/tcp/flow_table.hpp"
#include "dissectors/base/time.hpp"
#include "dissectors/net/segment.hpp"

#include <tsl/robin_map.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace smtpscope::tcp {

struct TimeWaitLimits {
  Nanoseconds time = std::chrono::seconds{60};  // as Linux waits
  // ... and no more packets of the capture than these: see FlowLimits::linger_packets.
  std::uint64_t packets = 262'144;
  // At a time; beyond, the oldest is forgotten. A connection with a handshake and two FINs has eight
  // packets, so it takes others to reach this: a flood that is refused. 8 MB when full.
  std::size_t connections = 65'536;
};

class TimeWait {
 public:
  // Of the capture: its time, and how many packets it had so far.
  struct Moment {
    Timestamp time;
    std::uint64_t packets;
    friend bool operator==(const Moment&, const Moment&) = default;
  };

  explicit TimeWait(TimeWaitLimits limits = {}) : limits_(limits) {}

  // A connection that is closed, and forgotten elsewhere from now on.
  void remember(const Connection& connection, Moment now);
  // Is it a segment of one of them that brings nothing new: no SYN, and no octet behind the end of
  // what its side had sent?
  [[nodiscard]] bool has(const FlowKey& key, const net::Segment& segment, Moment now) const;
  [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }

 private:
  using End = std::optional<net::Sequence>;  // behind the FIN, if there was one
  // A hash of 64 bits in the place of a key: where two have the same, one is forgotten too early.
  using Name = std::uint64_t;
  struct Itself {
    std::size_t operator()(Name name) const noexcept { return name; }
  };
  struct Remains {
    Moment since;
    End low, high;  // of the octets that the lower endpoint sent, and the higher one
  };
  struct Turn {
    Name name;
    Moment since;
  };
  [[nodiscard]] bool is_over(const Moment& since, const Moment& now) const noexcept {
    return elapsed(since.time, now.time) >= limits_.time ||
           now.packets - since.packets >= limits_.packets;
  }
  [[nodiscard]] static End end_of(const Reassembler& direction) noexcept;
  void drop_old(const Moment& now);

  TimeWaitLimits limits_;
  tsl::robin_map<Name, Remains, Itself> by_name_;
  std::deque<Turn> turns_;  // as they were remembered; some twice, where ports were used anew
};

}  // namespace smtpscope::tcp
