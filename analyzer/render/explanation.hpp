#pragma once
// What one reply says, for people and as a line of JSON. Whatever stood in the reply is escaped.
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/render/page.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace smtpscope::render {

struct ExplanationOptions {
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: do not wrap
};

// Appends the reply, as it was given, and all that is known about it.
void render_explanation(std::string& out, std::string_view reply, const delivery::Explanation& told,
                        const ExplanationOptions& options);

// Appends one object and a line feed: reason, permanent, fault, provider, text, advice, rule. Null is what is not known;
// the reason of a reply that refuses nothing is null, too.
void write_explanation_json(std::string& out, const delivery::Explanation& told);

}  // namespace smtpscope::render
