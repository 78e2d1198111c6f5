#pragma once
// Of a dialogue that goes on for hours most messages are accepted as they should be. Where it grows
// too long to be kept whole, those are left out, whole transactions of them, and what went wrong
// stays:
//
//     kept    | the beginning | refused |    refused |      the end |
//                                       ^            ^
//                        LeftOut: 840 messages    12 messages
//
// Nothing that a rule could tell of is left out: no refusal, no slow reply, no flaw in a command, a
// reply or a text, no bounce, nothing beside a gap.
#include "analyzer/session/gap.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smtpscope::session {

// Exchanges that stood in one place of the dialogue.
struct LeftOut {
  std::size_t before = 0;  // the index of the exchange that follows them
  std::uint64_t exchanges = 0;
  std::uint64_t transactions = 0;  // all of whose recipients were accepted, and their message, too
  std::uint64_t recipients = 0;
  Origin first, last;  // the first command, the last reply
};

// All of them together.
[[nodiscard]] LeftOut sum_of(const std::vector<LeftOut>& left_out) noexcept;

// Leaves out what it can of the exchanges [from, to), and says how many octets of text went with it
// (octets_of()). The places in `gaps` and `left_out`, both ascending, are brought up to date;
// `left_out` grows.
std::size_t leave_out_accepted(std::vector<smtp::Exchange>& exchanges, std::size_t from,
                               std::size_t to, std::vector<GapFact>& gaps,
                               std::vector<LeftOut>& left_out);

// Of the text of its command and replies, and of what a bounce in it tells.
[[nodiscard]] std::size_t octets_of(const smtp::Exchange& exchange) noexcept;

}  // namespace smtpscope::session
