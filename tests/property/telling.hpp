#pragma once
// What smtpscope tells about packets, as JSON without what may differ between two captures of the
// same dialogue.
#include "analyzer/capture/source.hpp"
#include "tests/support/rewrite.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace smtpscope::test {

// How much must be the same.
enum class Same : std::uint8_t {
  all_but_frames,    // numbers of packets, names of files, tunnels around
  all_but_carriage,  // ... and how TCP carried it: retransmissions, order
  what_was_said,     // ... and times, waits
};

// One line of JSON a session, in order.
[[nodiscard]] std::vector<std::string> told(std::span<const TestPacket> packets, Same same);
// Of a capture, from its beginning to its end.
[[nodiscard]] std::vector<std::string> told(capture::Source& source, Same same);
// The same, of lines as `smtpscope -T json` prints them.
[[nodiscard]] std::vector<std::string> reduced(const std::vector<std::string>& lines, Same same);

}  // namespace smtpscope::test
