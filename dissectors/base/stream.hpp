#pragma once
// What one direction of a connection says, in order: Octets and Gaps, and one End.
//
//     offset 0         48            160        212
//       | Octets 0..48 | Gap 48..160 | Octets ..| End
//
// Offsets count octets of the stream from its first one (the octet after SYN, or the first that the
// capture shows). They never wrap, and consecutive events never overlap or leave anything out.
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/frame.hpp"
#include "dissectors/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

namespace smtpscope {

using StreamOffset = std::uint64_t;

// Who sent it.
enum class Side : std::uint8_t { client, server };
[[nodiscard]] constexpr Side opposite(Side side) noexcept {
  return side == Side::client ? Side::server : Side::client;
}
// Of an array with an element for each side.
[[nodiscard]] constexpr std::size_t index_of(Side side) noexcept {
  return static_cast<std::size_t>(side);
}

// The packet that something was seen in.
struct Origin {
  FrameId frame;  // 0 means: no packet (the end of the capture)
  Timestamp time{};
  friend bool operator==(const Origin&, const Origin&) = default;
};

// [begin, end) of one direction's stream.
struct Extent {
  StreamOffset begin = 0;
  StreamOffset end = 0;
  [[nodiscard]] constexpr StreamOffset size() const noexcept { return end - begin; }
  friend bool operator==(const Extent&, const Extent&) = default;
};

struct Octets {
  StreamOffset offset = 0;
  Bytes bytes;    // never empty; lives until the giver's next non-const call
  Origin origin;  // the first packet that brought these octets
  // How much of the other direction the sender had received when it sent this (TCP's
  // acknowledgement number as an offset): whatever lies beyond cannot be a cause of these octets.
  // Nothing if unknown.
  std::optional<StreamOffset> peer_acknowledged;
};

// The rest of it behind the first `count`.
[[nodiscard]] inline Octets without_first(Octets octets, std::size_t count) noexcept {
  octets.offset += count;
  octets.bytes = octets.bytes.subspan(count);
  return octets;
}

enum class GapCause : std::uint8_t {
  acknowledged,   // the receiver acknowledged octets that the capture does not have
  end_of_stream,  // nothing more comes, and these octets were missing
  limit,          // too much was waiting behind the hole
  cut_packet,     // the packet is in the capture, but was cut by the snap length
  // Whoever wrote this down left it out: how many octets nobody knows, and length is 1.
  not_shown,
};

struct Gap {
  StreamOffset offset = 0;
  std::uint64_t length = 0;  // never 0
  GapCause cause = GapCause::acknowledged;
  Origin origin;  // the packet that proved it
};

enum class EndCause : std::uint8_t {
  fin,          // closed in order
  reset,        // RST, by either side
  idle,         // given up by the analyzer after a long silence
  capture_end,  // the capture ended first
};

struct End {
  StreamOffset offset = 0;  // = length of the stream as told
  EndCause cause = EndCause::capture_end;
  Origin origin;
};

using StreamEvent = std::variant<Octets, Gap, End>;

}  // namespace smtpscope
