#pragma once
// What one reply says, for people and as a line of JSON. Whatever stood in the reply is escaped.
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/render/page.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpscope::render {

struct ExplanationOptions {
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: do not wrap
};

// Where a reply stands that a log or a bounce tells of. What is empty is not known.
struct ReplyPlace {
  std::string_view outcome{};  // "bounced", "deferred", "refused", "failed", "delayed" ...
  std::string_view recipient{};
  std::string_view sender{};
  std::string_view queue_id{};
  std::uint64_t line = 0;  // of a log, from 1; 0: it is none
};
// Appends a line that says it.
void render_place(std::string& out, const ReplyPlace& place, const ExplanationOptions& options);

// Appends the reply, as it was given, and all that is known about it.
void render_explanation(std::string& out, std::string_view reply, const delivery::Explanation& told,
                        const ExplanationOptions& options);

// Appends one object and a line feed: reason, permanent, fault, provider, text, advice, rule. Null
// is what is not known; the reason of a reply that refuses nothing is null, too.
void write_explanation_json(std::string& out, const delivery::Explanation& told);
// The same with outcome, recipient, sender, queue_id and line.
void write_explanation_json(std::string& out, const delivery::Explanation& told,
                            const ReplyPlace& place);

}  // namespace smtpscope::render
