#pragma once
// One capture file as a Source. Private to this folder and its tests; others call open_file().
#include "analyzer/capture/input.hpp"
#include "analyzer/capture/source.hpp"

#include <memory>
#include <string>

namespace smtpscope::capture {

// Errors: as of open_file().
[[nodiscard]] SourceResult open_input(std::unique_ptr<Input> input, const std::string& bpf = {});

}  // namespace smtpscope::capture
