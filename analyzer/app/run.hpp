#pragma once
// The tasks of the command line, from input to exit status.
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/options.hpp"

namespace smtpscope::app {

[[nodiscard]] ExitCode run(const Task& task, const char* program);

}  // namespace smtpscope::app
