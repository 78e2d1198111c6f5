#pragma once
// What explain does with a file: it is known by its content.
//
//     a bounce       a message with a delivery report     one explanation a recipient
//     a mail log     Postfix's or Exim's                  one for each delivery that failed, and each refusal
//     anything else  replies, one a line                  one for each line
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/explaining.hpp"

#include <string>
#include <string_view>

namespace smtpscope::app {

// Says on stderr why, where nothing can be explained.
[[nodiscard]] ExitCode explain_file(const std::string& path, Explaining& explaining);
// Replies, one a line, as they come.
// `begun`: what was read of the input already.
[[nodiscard]] ExitCode explain_lines(int descriptor, std::string_view begun,
                                     Explaining& explaining);

}  // namespace smtpscope::app
