#pragma once
// The analyzer's accounts in words: for --stats, and for captures that hold no mail.
#include "analyzer/capture/source.hpp"
#include "analyzer/session/analyzer.hpp"

#include <string>

namespace smtpscope::app {

// "120 packets: 80 TCP (ports 80: 60, 443: 20), 30 UDP, 10 not IP".
[[nodiscard]] std::string contents_text(const session::Accounts& accounts);
// A line about fragments that contradict each other; empty if there were none.
[[nodiscard]] std::string fragments_note(const session::Accounts& accounts);
// Several lines: every packet in exactly one count, and the sum.
[[nodiscard]] std::string accounts_text(const session::Accounts& accounts);

// "12 packets were lost while capturing (5 by the interface, 7 by the system)"; empty if none.
[[nodiscard]] std::string drops_text(const capture::FileNotes& notes);
// Lines for --stats: what the capture says about itself.
[[nodiscard]] std::string notes_text(const capture::FileNotes& notes);

}  // namespace smtpscope::app
