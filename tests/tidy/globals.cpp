// Finds variables that outlive a call and can change, by the shape of declarations alone: no types
// are known here. Text is cut into statements at ; { and }, and each statement is judged by the
// scope that it stands in:
//
//     namespace smtpscope {          Scope::names    a variable here must be const
//     struct Session { ... };        Scope::type     a static one must be
//     void f() { ... }               Scope::code     a static one must be
//     const Row rows[] = {...};      Scope::value    belongs to the statement around it
#include "dissectors/base/ascii.hpp"
#include "tests/tidy/rules.hpp"
#include "tests/tidy/source_text.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::tidy {
namespace {

enum class Scope { names, type, code, value };

struct Frame {
  Scope scope;
  std::string head;  // the statement so far
  int parentheses = 0;
};

std::string without_preprocessor(std::string text) {
  bool directive = false;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (line_begins && text[i] == '#') directive = true;
    line_begins = text[i] == '\n' || (line_begins && ascii::is_blank(text[i]));
    if (text[i] == '\n') directive = directive && i > 0 && text[i - 1] == '\\';
    if (directive && text[i] != '\n' && text[i] != '\\') text[i] = ' ';
  }
  return text;
}

void erase_attributes(std::string& statement) {
  for (auto open = statement.find("[["); open != std::string::npos; open = statement.find("[[")) {
    const std::size_t close = std::min(statement.find("]]", open), statement.size());
    statement.erase(open, close + 2 - open);
  }
}

// Leaves out attributes and what stands in <...> and (...), but for the parentheses themselves.
std::string outline(std::string_view statement) {
  std::string out;
  int round = 0;
  for (const char c : statement) {
    if (c == ')') --round;
    if (round == 0) out += c;
    if (c == '(') ++round;
  }
  erase_attributes(out);
  for (std::size_t close = 0; (close = out.find('>', close)) != std::string::npos;) {
    const std::size_t open = out.rfind('<', close);
    if (open == std::string::npos) {
      ++close;  // of an arrow or a comparison
    } else {
      out.erase(open, close - open + 1);
      close = open;
    }
  }
  return out;
}

std::string_view first_word(std::string_view statement) {
  const auto begin = std::ranges::find_if(statement, is_word_char);
  const auto end = std::find_if_not(begin, statement.end(), is_word_char);
  return {begin, end};
}

// What stands before the value: "const int x" of "const int x = 5" and of "const int x{5}".
std::string_view declarator(std::string_view outline) {
  return outline.substr(0, std::min(outline.find_first_of("={["), outline.size()));
}

bool declares_function(std::string_view outline) {
  return has_word(outline, "operator") || declarator(outline).find('(') != std::string_view::npos;
}

bool is_constant(std::string_view outline) {
  if (has_word(outline, "constexpr")) return true;
  const auto places = places_of_word(outline, "const");
  if (places.empty()) return false;
  return declarator(outline).find('*', places.back()) == std::string_view::npos;
}

bool is_no_variable(std::string_view statement) {
  static const std::vector<std::string_view> openers{
      "using",  "typedef", "template", "friend", "static_assert", "extern",
      "struct", "class",   "enum",     "union",  "namespace"};
  return std::ranges::find(openers, first_word(statement)) != openers.end();
}

bool is_mutable_global(Scope scope, std::string_view statement) {
  const std::string shape = outline(statement);
  if (first_word(shape).empty() || is_constant(shape)) return false;
  const bool is_static = has_word(shape, "static") || has_word(shape, "thread_local");
  switch (scope) {
    case Scope::names:
      return !is_no_variable(statement) && !declares_function(shape);
    case Scope::type:
      return is_static && !declares_function(shape);
    case Scope::code:
    case Scope::value:
      return is_static;
  }
  return false;
}

Scope opened_by(const Frame& frame) {
  if (frame.parentheses > 0) return Scope::value;
  const std::string shape = outline(frame.head);
  if (has_word(shape, "namespace")) return Scope::names;
  if (declares_function(shape)) return Scope::code;
  if (first_word(shape) == "extern") return Scope::names;
  if (shape.find('=') != std::string::npos) return Scope::value;
  for (const std::string_view word : {"struct", "class", "union", "enum"}) {
    if (has_word(shape, word)) return Scope::type;
  }
  return Scope::value;
}

class Walk {
 public:
  Walk(const File& file, Complaints& out)
      : file_(file),
        out_(out),
        text_(without_preprocessor(without_comments_and_literals(file.text))) {}

  void run() {
    for (std::size_t at = 0; at < text_.size(); ++at) step(at);
  }

 private:
  void step(std::size_t at) {
    Frame& frame = frames_.back();
    const char c = text_[at];
    if (c == '{') {
      frames_.push_back({opened_by(frame), {}, 0});
    } else if (c == '}') {
      close();
    } else if (c == ';' && frame.parentheses == 0) {
      end_statement(frame, at);
    } else {
      if (c == '(') ++frame.parentheses;
      if (c == ')') --frame.parentheses;
      frame.head += c;
    }
  }
  void close() {
    if (frames_.size() == 1) return;
    const Scope closed = frames_.back().scope;
    frames_.pop_back();
    if (closed == Scope::value)
      frames_.back().head += "{}";
    else
      frames_.back().head.clear();
  }
  void end_statement(Frame& frame, std::size_t at) {
    const std::string statement = std::exchange(frame.head, {});
    if (!is_mutable_global(frame.scope, statement)) return;
    const auto begin = std::ranges::find_if(statement, is_word_char);
    out_.push_back({"global", file_.path, line_at(text_, at),
                    "can change: " + std::string(begin, statement.end())});
  }

  const File& file_;
  Complaints& out_;
  std::string text_;
  std::vector<Frame> frames_{{Scope::names, {}, 0}};
};

}  // namespace

void check_globals(const File& file, Complaints& out) {
  if (!is_under(file.path, "dissectors") && !is_under(file.path, "analyzer")) return;
  Walk(file, out).run();
}

}  // namespace smtpscope::tidy
