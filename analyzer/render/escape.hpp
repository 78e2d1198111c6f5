#pragma once
// The only place that turns octets from the wire into text that is safe to show.
//
//     octets as sent --escaped()----------> terminal: one line, nothing that a terminal obeys
//                    --append_json_string-> JSON: valid UTF-8, and as safe when shown raw
//
// What is not shown as it is: control characters (C0, DEL, C1), octets that are no UTF-8, bidi
// controls, line and paragraph separators, format and other characters that have no picture of
// their own (General Category Cf, and Default_Ignorable_Code_Point), and what Unicode has not
// assigned or keeps for private use. All else that is valid UTF-8 passes unchanged, combining marks
// included.
//
//     octet or character     terminal      JSON
//     TAB, LF, CR            \t \n \r      \t \n \r
//     ESC                    \x1b          \u001b
//     backslash              doubled       doubled
//     U+202E (bidi)          \u{202e}      \u202e
//     octet FF (no UTF-8)    \xff          U+FFFD
//
// In the terminal's form each octet sequence has a text of its own: nothing is ambiguous, nothing
// is lost. JSON has no escape for an octet, so that there U+FFFD stands for each octet that is no
// UTF-8.
#include <cstddef>
#include <string>
#include <string_view>

namespace smtpscope::render {

// Only printable ASCII, and no backslash: the same text in both forms, but for quotes in JSON.
[[nodiscard]] bool is_plain(std::string_view octets) noexcept;
// ... and for those, too.
[[nodiscard]] bool is_plain_json(std::string_view octets) noexcept;

void append_escaped(std::string& out, std::string_view octets);
[[nodiscard]] std::string escaped(std::string_view octets);

// With the quotes around it.
void append_json_string(std::string& out, std::string_view octets);

// The rest is for text that is safe already.

// How many columns of a terminal it takes: 2 for wide characters (CJK), 0 for combining marks.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
// The longest beginning of `text` that fits in `columns`. At least one character, so that whoever
// cuts a text into pieces comes to its end.
[[nodiscard]] std::size_t octets_that_fit(std::string_view text, std::size_t columns) noexcept;
// At most `columns` wide; ends in "…" if it had to be cut.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t columns);
// Filled up with blanks; a text that is too long stays as it is.
[[nodiscard]] std::string pad_to_width(std::string_view text, std::size_t columns);

}  // namespace smtpscope::render
