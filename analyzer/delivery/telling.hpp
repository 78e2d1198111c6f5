#pragma once
// A decision in words: what happened, with the actual names, codes and frames, and what to do.
#include "analyzer/delivery/decision.hpp"

#include <string>
#include <vector>

namespace smtpscope::delivery {

inline constexpr std::size_t reply_octets_max = 300;

[[nodiscard]] std::string text_of(const session::Session& session,
                                  const std::vector<findings::Finding>& findings,
                                  const Decision& decision);
[[nodiscard]] std::string advice_of(const session::Session& session, const Decision& decision);

}  // namespace smtpscope::delivery
