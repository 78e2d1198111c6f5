#pragma once
// The text that a tool printed -> what was said. Any octets are legal input: what is no line of the
// tool is passed over.
#include "analyzer/transcript/tool_reader.hpp"
#include "analyzer/transcript/transcript.hpp"

#include <string_view>
#include <vector>

namespace smtpscope::transcript {

// Of a longer file the rest is left out.
inline constexpr std::size_t text_octets_max = 64 * 1024 * 1024;

// One for each connection, in order; none if the text has not a line of that tool.
[[nodiscard]] std::vector<Transcript> read(Tool tool, std::string_view text,
                                           ReadLimits limits = {});

}  // namespace smtpscope::transcript
