#pragma once
// What a tool wrote about its own session, where that is what was read, and not packets
// (analyzer/transcript).
#include "dissectors/base/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::session {

// Why there was no dialogue, or no more of it, as the tool says.
enum class FailureKind : std::uint8_t {
  refused,       // the connection
  timed_out,     // the connection was never answered
  unreachable,   // no way there
  host_unknown,  // the name has no address
  tls,           // the handshake
  closed,        // the connection ended where nobody had asked for it
  other,
};

struct Failure {
  FailureKind kind = FailureKind::other;
  std::string words;  // as the tool wrote them; bounded
  Origin at;
};

struct TranscriptFacts {
  std::string_view tool;           // "swaks"
  std::string server;              // as it was named: "mx.example.com"; empty if it was not
  std::optional<Failure> failure;  // the first one
  bool shows_end = true;           // false: a QUIT may have been sent, and not printed
  bool has_commands = true;        // false: the tool did not print what the client sent
  std::uint64_t lines = 0;         // of the whole transcript
};

}  // namespace smtpscope::session
