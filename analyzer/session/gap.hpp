#pragma once
// A hole in what the capture has of one direction.
#include "dissectors/base/stream.hpp"

#include <cstddef>
#include <cstdint>

namespace smtpscope::session {

// Octets of a direction that the capture does not have.
struct GapFact {
  Side side = Side::client;  // whose octets are missing
  StreamOffset offset = 0;
  std::uint64_t length = 0;
  GapCause cause = GapCause::acknowledged;
  Origin origin;           // the packet that proved it
  std::size_t before = 0;  // the index that the next exchange got: the gap lies before or in it
  // ... or in or behind one that waited for its reply then: at most this index.
  std::size_t up_to = 0;
  bool hidden_by_tls = false;  // inside TLS: nothing of the dialogue is lost
};

}  // namespace smtpscope::session
