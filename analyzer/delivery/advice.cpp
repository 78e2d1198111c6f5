#include "analyzer/delivery/advice.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::delivery {

void append_advice(std::string& out, std::string_view advice, const AdviceNames& names) {
  const std::pair<std::string_view, std::string_view> known[] = {{"{recipient}", names.recipient},
                                                                 {"{sender}", names.sender},
                                                                 {"{client}", names.client},
                                                                 {"{server}", names.server}};
  while (!advice.empty()) {
    const std::size_t brace = std::min(advice.find('{'), advice.size());
    out += advice.substr(0, brace);
    advice.remove_prefix(brace);
    if (advice.empty()) return;
    const auto* const name = std::ranges::find_if(
        known, [&](const auto& each) { return advice.starts_with(each.first); });
    const bool is_name = name != std::end(known);
    out += is_name ? name->second : advice.substr(0, 1);
    advice.remove_prefix(is_name ? name->first.size() : 1);
  }
}

}  // namespace smtpscope::delivery
