#pragma once
// The analyzer's accounts in words: for --stats, and for captures that hold no mail.
#include "analyzer/session/analyzer.hpp"

#include <string>

namespace smtpscope::app {

// "120 packets: 80 TCP (ports 80: 60, 443: 20), 30 UDP, 10 not IP".
[[nodiscard]] std::string contents_text(const session::Accounts& accounts);
// Several lines: every packet in exactly one count, and the sum.
[[nodiscard]] std::string accounts_text(const session::Accounts& accounts);

}  // namespace smtpscope::app
