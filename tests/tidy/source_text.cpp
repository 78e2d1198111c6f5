#include "tests/tidy/source_text.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>

namespace smtpscope::tidy {
namespace {

enum class Literals { keep, blank };

// Walks the text once, piece by piece; a piece is a comment, a literal, or one character of code.
class Blanker {
 public:
  Blanker(std::string_view text, Literals literals) : out_(text), literals_(literals) {}

  std::string run() {
    while (at_ < out_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    if (starts("//")) return blank(at_, end_behind("\n", at_) - 1);
    if (starts("/*")) return blank(at_, end_behind("*/", at_ + 2));
    if (starts("R\"") && !follows_word()) return raw_literal();
    if (out_[at_] == '"') return literal('"');
    if (out_[at_] == '\'' && !follows_word()) return literal('\'');  // not 262'144
    ++at_;
  }
  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < out_.size() && out_[end] != quote) end += out_[end] == '\\' ? 2U : 1U;
    blank_inside(at_ + 1, std::min(end, out_.size()), 1);
  }
  void raw_literal() {
    const std::size_t open = std::min(out_.find('(', at_), out_.size() - 1);
    const std::string close = ')' + out_.substr(at_ + 2, open - at_ - 2) + '"';
    blank_inside(open + 1, std::min(out_.find(close, open), out_.size()), close.size());
  }
  void blank_inside(std::size_t from, std::size_t to, std::size_t close_size) {
    if (literals_ == Literals::blank) blank(from, to);
    at_ = to + close_size;
  }
  void blank(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out_.size()); ++i) {
      if (out_[i] != '\n') out_[i] = ' ';
    }
    at_ = std::max(to, from + 1);
  }
  [[nodiscard]] bool starts(std::string_view what) const {
    return std::string_view(out_).substr(at_).starts_with(what);
  }
  [[nodiscard]] bool follows_word() const { return at_ > 0 && is_word_char(out_[at_ - 1]); }
  [[nodiscard]] std::size_t end_behind(std::string_view what, std::size_t from) const {
    const std::size_t found = out_.find(what, from);
    return found == std::string::npos ? out_.size() + 1 : found + what.size();
  }

  std::string out_;
  Literals literals_;
  std::size_t at_ = 0;
};

}  // namespace

std::string without_comments(std::string_view text) { return Blanker(text, Literals::keep).run(); }
std::string without_comments_and_literals(std::string_view text) {
  return Blanker(text, Literals::blank).run();
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_word_char(char c) noexcept { return ascii::is_alnum(c) || c == '_'; }

std::vector<std::size_t> places_of_word(std::string_view text, std::string_view word) {
  std::vector<std::size_t> places;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool joined_before = at > 0 && is_word_char(word.front()) && is_word_char(text[at - 1]);
    const bool joined_behind =
        end < text.size() && is_word_char(word.back()) && is_word_char(text[end]);
    if (!joined_before && !joined_behind) places.push_back(at);
  }
  return places;
}

bool has_word(std::string_view text, std::string_view word) {
  return !places_of_word(text, word).empty();
}

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> includes;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    line = ascii::trim(line);
    if (!line.starts_with('#')) continue;
    line = ascii::trim(line.substr(1));
    if (!line.starts_with("include")) continue;
    line = ascii::trim(line.substr(7));
    if (line.empty() || (line.front() != '"' && line.front() != '<')) continue;
    const std::size_t close = line.find(line.front() == '"' ? '"' : '>', 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({line.substr(1, close - 1), line.front(), number});
  }
  return includes;
}

}  // namespace smtpscope::tidy
