#pragma once
// The end on request (see request_stop() in source.hpp), and how a source waits for input without
// missing it: a pipe that becomes readable with the request, so that no signal comes too early.
#include <chrono>
#include <cstdint>
#include <optional>

namespace smtpscope::capture {

enum class Waited : std::uint8_t {
  ready,    // there is input, or its end
  stopped,  // request_stop() was called
  timed_out,
};

// Waits until `descriptor` can be read. Without `limit`: as long as it takes.
[[nodiscard]] Waited wait_for_input(int descriptor,
                                    std::optional<std::chrono::milliseconds> limit = {});

// The descriptor, or a copy of it above 2 (and it closed) where a standard stream was closed and it
// took that stream's place: nothing that is printed or read must go there.
[[nodiscard]] int above_standard_streams(int descriptor) noexcept;

}  // namespace smtpscope::capture
