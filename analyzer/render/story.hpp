#pragma once
// What the parts of the timeline share. Private to this folder.
#include "analyzer/render/timeline.hpp"

#include <string>
#include <string_view>

namespace smtpscope::render {

struct Story {
  const session::Session& session;
  const std::vector<findings::Finding>& findings;
  const delivery::Verdict& verdict;
  const TextOptions& options;
  const Redactor& redactor;

  // Octets from the wire, or words that may hold some, as they may be shown.
  [[nodiscard]] std::string safe(std::string_view octets) const;
  // "frame 12", "frame 3 of cap_00002.pcap".
  [[nodiscard]] std::string frame(const Origin& origin) const;
  [[nodiscard]] bool is_full() const noexcept { return options.level == Level::full; }
};

void render_head(Page& page, const Story& story);
void render_rows(Page& page, const Story& story);
void render_verdict(Page& page, const Story& story);

// "delivered" is green, a refusal red, all between yellow.
[[nodiscard]] Style style_of(delivery::Outcome outcome) noexcept;
// "REJECTED"
[[nodiscard]] std::string in_capitals(delivery::Outcome outcome);
// "mx.example.com", if the greeting begins with a name.
[[nodiscard]] std::string_view name_in_greeting(std::string_view greeting) noexcept;
// The sender as people write it: "<>" for none, "(not in the capture)".
[[nodiscard]] std::string sender_of(const Story& story, const session::Transaction& transaction);

}  // namespace smtpscope::render
