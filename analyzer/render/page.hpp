#pragma once
// Lines of text for a terminal, a pipe or a file: colour, columns and wrapping.
//
//     lead (not wrapped)         body (wrapped behind the lead)                  gloss
//     |   0.101    80 ms <** | 550 5.1.1 <bob@example.com>: Recipient address |   no such user
//     |                      | rejected: User unknown                         |
//
// All text is escaped already. On a terminal no line is wider than it; without a width (a pipe)
// nothing is wrapped. Nothing is ever cut but what the caller cuts. Lines do not end in blanks.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {

enum class Color : std::uint8_t { never, always };

// The 16 colours that every terminal has. What a colour says, a sign or a word says as well.
enum class Style : std::uint8_t {
  plain,
  dim,
  bold,
  green,
  yellow,
  red,
  cyan,
  bold_green,
  bold_yellow,
  bold_red
};

struct Span {
  std::string text;
  Style style = Style::plain;
};
using Spans = std::vector<Span>;

[[nodiscard]] std::size_t display_width(const Spans& spans) noexcept;

// Lines of at most `columns`, broken at blanks, and inside a word only where it is longer than a
// line. The blanks at a break are gone.
[[nodiscard]] std::vector<Spans> wrap(const Spans& spans, std::size_t columns);

class Page {
 public:
  // Narrower terminals get lines of this width.
  static constexpr std::size_t width_min = 64;

  // `width`: columns of the terminal; 0 means without end.
  Page(std::string& out, Color color, std::size_t width);

  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] bool is_endless() const noexcept { return width_ == 0; }

  // Behind a lead that takes more than half of the width, the body begins on the next line.
  void line(const Spans& lead, const Spans& body, std::string_view gloss = {});
  void blank() { out_ += '\n'; }
  // A line across the page, with the words in it: "~~~~ TLS hides the rest ~~~~~~".
  void rule(char stroke, std::string_view words, Style style);

 private:
  static constexpr std::size_t gloss_column = 48;   // behind the lead
  static constexpr std::size_t rule_columns = 100;  // of an endless page
  void put(const Spans& spans);
  void end_line();
  void put_gloss(std::size_t used, std::size_t column, std::string_view gloss);

  std::string& out_;
  Color color_;
  std::size_t width_;
};

}  // namespace smtpscope::render
