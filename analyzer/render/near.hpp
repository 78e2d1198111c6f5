#pragma once
// Which known words a mistyped one could be.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {

// Those of `known` that differ from `word`, in any case, by at most two letters (added, left out,
// changed or swapped with the next), or that begin with it. The likeliest first, at most `limit`.
[[nodiscard]] std::vector<std::string> near_words(std::string_view word,
                                                  const std::vector<std::string_view>& known,
                                                  std::size_t limit = 4);

}  // namespace smtpscope::render
