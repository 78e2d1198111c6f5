#pragma once
// Is a text the transcript of a mail tool, and of which?
#include "analyzer/transcript/transcript.hpp"

#include <optional>
#include <string_view>

namespace smtpscope::transcript {

// So much of a file is looked at.
inline constexpr std::size_t detect_octets_max = 64 * 1024;

// By the lines that only this tool writes; nothing if there are none in the first detect_octets_max
// octets.
[[nodiscard]] std::optional<Tool> detect(std::string_view text) noexcept;

}  // namespace smtpscope::transcript
