#pragma once
// smtpscope explain FILE, where the file is what a mail tool printed: its sessions are told as
// those of a capture.
#include "analyzer/app/beginning.hpp"
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/options.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/delivery/classifier.hpp"

#include <string>

namespace smtpscope::app {

// Reads the rest of the input. `name` is what the file is called; "-" is standard input.
[[nodiscard]] ExitCode tell_transcript(int descriptor, const std::string& name, Beginning beginning,
                                       const Explain& task, const delivery::Classifier* own,
                                       Output& output);

}  // namespace smtpscope::app
