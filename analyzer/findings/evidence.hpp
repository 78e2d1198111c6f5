#pragma once
// Makes a Finding whose evidence keeps its promise: packets, in capture order, each once, at least
// one.
#include "analyzer/findings/finding.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace smtpscope::findings {

// Origins that are no packet (the end of the capture) are left out. If nothing remains, the last
// packet of the connection is the evidence.
[[nodiscard]] Finding found(const session::Session& session, RuleId rule, std::string text,
                            std::vector<Origin> evidence,
                            std::size_t exchange = session::no_exchange);

// Where the exchange is seen: the packets of its command and of its (last) reply.
[[nodiscard]] std::vector<Origin> packets_of(const smtp::Exchange& exchange);

// A rule that could fire for each of a thousand commands says it this often: the next one tells
// nothing new.
inline constexpr std::size_t told_per_rule_max = 8;

}  // namespace smtpscope::findings
