#pragma once
// smtpscope explain: replies without any capture.
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/options.hpp"

namespace smtpscope::app {

[[nodiscard]] ExitCode run_explain(const Explain& task);

}  // namespace smtpscope::app
