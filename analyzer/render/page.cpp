#include "analyzer/render/page.hpp"

#include "analyzer/render/escape.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::render {
namespace {

constexpr std::string_view reset = "\x1b[0m";
constexpr std::size_t gap_before_gloss = 3;

std::string_view code_of(Style style) noexcept {
  switch (style) {
    case Style::plain:
      return {};
    case Style::dim:
      return "\x1b[2m";
    case Style::bold:
      return "\x1b[1m";
    case Style::green:
      return "\x1b[32m";
    case Style::yellow:
      return "\x1b[33m";
    case Style::red:
      return "\x1b[31m";
    case Style::cyan:
      return "\x1b[36m";
    case Style::bold_green:
      return "\x1b[1;32m";
    case Style::bold_yellow:
      return "\x1b[1;33m";
    case Style::bold_red:
      return "\x1b[1;31m";
  }
  return {};
}

// Gathers words into lines.
class Wrapper {
 public:
  explicit Wrapper(std::size_t columns) : columns_(std::max<std::size_t>(columns, 2)) {}

  // Blanks between words are kept as they are, but at a break.
  void take_blanks(std::size_t count, Style style) {
    blanks_ += count;
    blank_style_ = style;
  }
  // A word may come in pieces of different style; no break between them but by force.
  void take_word(const Spans& word) {
    const std::size_t width = display_width(word);
    if (used_ > 0 && used_ + blanks_ + width > columns_) break_line();
    // At the beginning of the text blanks are an indent, and stay.
    if (blanks_ > 0 && (used_ > 0 || lines_.empty()))
      put(std::string(std::min(blanks_, columns_ / 2), ' '), blank_style_);
    blanks_ = 0;
    for (const Span& piece : word) put_word(piece);
  }
  std::vector<Spans> finish() {
    lines_.push_back(std::move(line_));
    return std::move(lines_);
  }

 private:
  void break_line() {
    lines_.push_back(std::move(line_));
    line_.clear();
    used_ = 0;
    blanks_ = 0;
  }
  void put(std::string text, Style style) {
    used_ += display_width(std::string_view(text));
    if (!line_.empty() && line_.back().style == style)
      line_.back().text += text;
    else
      line_.push_back({std::move(text), style});
  }
  void put_word(const Span& piece) {
    std::string_view rest = piece.text;
    while (used_ + display_width(rest) > columns_) {
      if (used_ + 2 > columns_) break_line();  // two: the widest character
      const std::size_t octets = octets_that_fit(rest, columns_ - used_);
      put(std::string(rest.substr(0, octets)), piece.style);
      rest.remove_prefix(octets);
      if (rest.empty()) return;
      break_line();
    }
    put(std::string(rest), piece.style);
  }

  std::size_t columns_;
  std::vector<Spans> lines_;
  Spans line_;
  std::size_t used_ = 0;
  std::size_t blanks_ = 0;
  Style blank_style_ = Style::plain;
};

}  // namespace

std::size_t display_width(const Spans& spans) noexcept {
  std::size_t width = 0;
  for (const Span& span : spans) width += display_width(std::string_view(span.text));
  return width;
}

std::vector<Spans> wrap(const Spans& spans, std::size_t columns) {
  Wrapper wrapper(columns);
  Spans word;
  const auto end_word = [&] {
    if (!word.empty()) wrapper.take_word(std::exchange(word, {}));
  };
  for (const Span& span : spans) {
    std::string_view rest = span.text;
    while (!rest.empty()) {
      const std::size_t blanks = std::min(rest.find_first_not_of(' '), rest.size());
      if (blanks > 0) {
        end_word();
        wrapper.take_blanks(blanks, span.style);
        rest.remove_prefix(blanks);
      }
      const std::size_t letters = std::min(rest.find(' '), rest.size());
      if (letters > 0) word.push_back({std::string(rest.substr(0, letters)), span.style});
      rest.remove_prefix(letters);
    }
  }
  end_word();
  return wrapper.finish();
}

Page::Page(std::string& out, Color color, std::size_t width)
    : out_(out), color_(color), width_(width == 0 ? 0 : std::max(width, width_min)) {}

void Page::line(const Spans& lead, const Spans& body, std::string_view gloss) {
  std::size_t indent = display_width(lead);
  put(lead);
  if (!is_endless() && indent > width_ / 2 && !body.empty()) {  // no room beside it
    end_line();
    indent = width_ / 4;
    out_.append(indent, ' ');
  }
  const auto lines = is_endless() ? std::vector<Spans>{body} : wrap(body, width_ - indent);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) {
      end_line();
      out_.append(indent, ' ');
    }
    put(lines[i]);
  }
  if (lines.size() == 1) put_gloss(indent + display_width(lines[0]), indent + gloss_column, gloss);
  end_line();
}

void Page::end_line() {
  while (out_.ends_with(' ')) out_.pop_back();
  out_ += '\n';
}

// In its column; further to the right or left where that is too short; not at all where nothing
// helps.
void Page::put_gloss(std::size_t used, std::size_t column, std::string_view gloss) {
  if (gloss.empty()) return;
  const std::size_t free_from = used + gap_before_gloss;
  const std::size_t width = display_width(gloss);
  std::size_t at = std::max(column, free_from);
  if (!is_endless()) {
    if (free_from + width > width_) return;
    at = std::min(at, width_ - width);
  }
  out_.append(at - used, ' ');
  put({{std::string(gloss), Style::dim}});
}

void Page::rule(char stroke, std::string_view words, Style style) {
  const std::size_t columns = is_endless() ? rule_columns : width_;
  const std::string begin(4, stroke);
  const auto lines = is_endless() ? std::vector<Spans>{{{std::string(words), style}}}
                                  : wrap({{std::string(words), style}}, columns - 10);
  for (const Spans& line : lines) {
    const std::size_t used = begin.size() + 2 + display_width(line);
    const std::size_t rest = std::max<std::size_t>(columns > used ? columns - used : 0, 4);
    Spans all{{begin + ' ', style}};
    all.insert(all.end(), line.begin(), line.end());
    all.push_back({' ' + std::string(rest, stroke), style});
    put(all);
    out_ += '\n';
  }
}

void Page::put(const Spans& spans) {
  for (const Span& span : spans) {
    const std::string_view code =
        color_ == Color::always ? code_of(span.style) : std::string_view();
    out_ += code;
    out_ += span.text;
    if (!code.empty()) out_ += reset;
  }
}

}  // namespace smtpscope::render
