#pragma once
// What the client did wrong with a command: its syntax, or its place in the dialogue.
// smtp.bad-syntax and smtp.bad-sequence tell it; where the server refused for that very reason,
// delivery.refused does not tell it again.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

// `why` is set to a sentence if so. A local name without a domain is fine where the server took it.
[[nodiscard]] bool has_bad_syntax(const smtp::Exchange& exchange, std::string& why);

struct SequenceFault {
  std::size_t exchange = 0;
  std::string_view why;  // "no sender was named with MAIL"
};
// In order. Only what the client could know when it sent the command, and what no gap makes unsure.
[[nodiscard]] std::vector<SequenceFault> sequence_faults(const session::Session& session);

// Does this refusal speak of the form or the order of the command, and of nothing else?
[[nodiscard]] bool refuses_form(const smtp::Reply& reply) noexcept;

}  // namespace smtpscope::findings
