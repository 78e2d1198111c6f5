#pragma once
// A play: who speaks to whom, and what the two say in turns. Authors write plays, Connection puts
// them on the wire.
#include "dissectors/base/stream.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace smtpscope::bench {

struct Turn {
  Side side;
  std::string octets;  // never empty
};

struct Peer {
  std::array<std::uint8_t, 4> address;
  std::uint16_t port;
};

struct Play {
  Peer server;
  std::vector<Turn> turns;
  Side closes = Side::client;  // sends the first FIN
};

}  // namespace smtpscope::bench
