#include "analyzer/findings/evidence.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::findings {

namespace {

// What a server said stands at the end of many sentences, and mostly ends in a period of its own.
std::string as_sentence(std::string text) {
  if (text.ends_with("..")) text.pop_back();
  return text;
}

}  // namespace

Finding found(const session::Session& session, RuleId rule, std::string text,
              std::vector<Origin> evidence, std::size_t exchange) {
  std::erase_if(evidence, [](const Origin& origin) { return origin.frame == 0; });
  if (evidence.empty()) evidence.push_back(session.transport.last);
  std::ranges::stable_sort(evidence, {}, &Origin::frame);
  const auto same_frame = [](const Origin& a, const Origin& b) { return a.frame == b.frame; };
  evidence.erase(std::unique(evidence.begin(), evidence.end(), same_frame), evidence.end());
  return {rule, as_sentence(std::move(text)), std::move(evidence), exchange};
}

std::vector<Origin> packets_of(const smtp::Exchange& exchange) {
  std::vector<Origin> packets;
  if (exchange.command) packets.push_back(exchange.command->origin);
  if (const smtp::Reply* reply = exchange.reply()) packets.push_back(reply->origin);
  return packets;
}

}  // namespace smtpscope::findings
