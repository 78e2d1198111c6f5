#pragma once
// A transcript as a Session: what both sides said goes through the same dialogue as the octets of a
// capture.
#include "analyzer/session/builder.hpp"
#include "analyzer/session/session.hpp"
#include "analyzer/transcript/transcript.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtpscope::transcript {

// `files`: the name of the file, as FrameId::file has it; may be nullptr.
[[nodiscard]] session::Session play(const Transcript& transcript,
                                    std::shared_ptr<const std::vector<std::string>> files = nullptr,
                                    session::BuilderLimits limits = {});

}  // namespace smtpscope::transcript
