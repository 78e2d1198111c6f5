#pragma once
// Segments made by hand, and streams written as text, for the tests of tcp.
#include "analyzer/tcp/reassembler.hpp"
#include "dissectors/net/segment.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpscope::test {

// The packet with this number; packets are 10 ms apart.
[[nodiscard]] inline Origin packet(std::uint64_t frame) {
  return {frame, Timestamp{std::chrono::milliseconds{10} * frame}};
}

// A segment with `payload`, which has to live as long as the segment.
[[nodiscard]] inline net::Segment segment(net::Sequence sequence, std::string_view payload,
                                          net::TcpFlags flags = {}) {
  net::Segment made;
  made.sequence = sequence;
  made.flags = flags;
  made.payload = as_bytes(payload);
  made.payload_length = static_cast<std::uint32_t>(payload.size());
  return made;
}

[[nodiscard]] inline const char* name_of(GapCause cause) {
  switch (cause) {
    case GapCause::acknowledged:
      return "acknowledged";
    case GapCause::end_of_stream:
      return "end of stream";
    case GapCause::limit:
      return "limit";
    case GapCause::not_shown:
      return "not shown";
    case GapCause::cut_packet:
      return "cut packet";
  }
  return "?";
}

[[nodiscard]] inline const char* name_of(EndCause cause) {
  switch (cause) {
    case EndCause::fin:
      return "fin";
    case EndCause::reset:
      return "reset";
    case EndCause::idle:
      return "idle";
    case EndCause::capture_end:
      return "capture end";
  }
  return "?";
}

// "abc", "<3 acknowledged>" or "|fin".
[[nodiscard]] inline std::string text_of(const StreamEvent& event) {
  if (const auto* const octets = std::get_if<Octets>(&event)) {
    return std::string(as_text(octets->bytes));
  }
  if (const auto* const gap = std::get_if<Gap>(&event)) {
    return "<" + std::to_string(gap->length) + " " + name_of(gap->cause) + ">";
  }
  return std::string("|") + name_of(std::get<End>(event).cause);
}

}  // namespace smtpscope::test
