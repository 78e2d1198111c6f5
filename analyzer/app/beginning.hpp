#pragma once
// The beginning of an input, looked at until it is clear what it is: the transcript of a tool, or
// replies.
#include "analyzer/transcript/transcript.hpp"
#include "dissectors/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace smtpscope::app {

struct Beginning {
  std::string text;                      // what was read so far
  std::optional<transcript::Tool> tool;  // nothing: no transcript
  bool ended = false;                    // the input has no more than this
  std::optional<Error> error;
};

// Reads until a line tells, but no more than transcript::detect_octets_max octets: where replies
// come one by one, each is to be explained at once. `descriptor` stays the caller's.
[[nodiscard]] Beginning look_at_beginning(int descriptor);
// Adds the rest of the input, up to so many octets in all.
void read_rest(int descriptor, Beginning& beginning, std::size_t octets_max);

}  // namespace smtpscope::app
