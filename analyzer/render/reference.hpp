#pragma once
// The reference as text: commands, reply codes, enhanced status codes and EHLO keywords, for the
// shell and without any capture. The facts are in dissectors/smtp; here they are laid out.
//
// Command entries come in several languages; everything else is English. Columns are aligned with
// wide characters as well.
#include "analyzer/render/page.hpp"
#include "dissectors/smtp/reference.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {

struct ReferenceOptions {
  smtp::Language language = smtp::Language::en;
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: do not wrap
};

// Appends the table of commands: name, category, syntax, meaning.
void render_reference(std::string& out, const ReferenceOptions& options);

enum class Known : bool { no, yes };

// Appends what is known about `term`: a command ("starttls"), a reply code ("550"), an enhanced
// status code ("5.7.1" or "X.7.1") or an EHLO keyword ("CHUNKING"), in any case; a word that is
// both a command and a keyword has both entries. Known::no, and nothing appended, if it is none of
// them.
[[nodiscard]] Known render_reference_entry(std::string& out, std::string_view term,
                                           const ReferenceOptions& options);

// What could have been meant by a term that is unknown, the likeliest first: "STARTLS" ->
// "STARTTLS".
[[nodiscard]] std::vector<std::string> near_reference_terms(std::string_view term);

}  // namespace smtpscope::render
