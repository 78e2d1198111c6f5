#pragma once
// Many connections at a time, their packets interleaved in a capture. When those begun are enough
// for its size, no new one begins, and each ends in order.
#include "tests/bench/play.hpp"
#include "tests/bench/random.hpp"
#include "tests/bench/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace smtpscope::bench {

struct Traffic {
  std::function<Play()> next_play;
  std::size_t open_at_a_time;
  std::uint64_t said_in_a_megabyte;  // octets of plays that make one of the capture
  // Packets of a connection in a row; more while much waits to be sent.
  std::uint64_t burst_max = 8;
  std::uint64_t least_nanoseconds = 2'000, most_nanoseconds = 22'000;  // from packet to packet
  Faults faults = {};
};

class World {
 public:
  World(Traffic traffic, const std::string& path, const Random& random);
  void run(std::uint64_t megabytes);
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }

 private:
  [[nodiscard]] bool send_some(Connection& connection);
  void remove(std::size_t pick);
  void begin_connection();

  Traffic traffic_;
  PcapFile file_;
  Random random_;
  std::vector<Connection> open_;
  std::uint64_t nanoseconds_;  // now
  std::uint64_t packets_ = 0;
  std::uint64_t planned_ = 0;  // octets of all plays begun
  std::uint64_t connections_ = 0;
};

}  // namespace smtpscope::bench
