#include "analyzer/render/reference.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/gloss.hpp"
#include "analyzer/render/near.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace smtpscope::render {
namespace {

using smtp::Answered;
using smtp::Verb;
using smtp::VerbInfo;

constexpr std::size_t gap = 2;
constexpr std::size_t code_columns = 5;

std::string_view word_for(smtp::Category category, const smtp::Headings& words) noexcept {
  switch (category) {
    case smtp::Category::session:
      return words.session;
    case smtp::Category::auth:
      return words.auth;
    case smtp::Category::message:
      return words.message;
  }
  return {};
}

std::string phases_text(smtp::Phases phases) {
  struct Row {
    smtp::Phase phase;
    std::string_view words;
  };
  constexpr auto rows = std::to_array<Row>({{smtp::Phase::before_hello, "before EHLO"},
                                            {smtp::Phase::ready, "after EHLO"},
                                            {smtp::Phase::has_sender, "after MAIL"},
                                            {smtp::Phase::has_recipient, "after RCPT"}});
  std::string text;
  for (const Row& row : rows) {
    if (!smtp::allows(phases, row.phase)) continue;
    text += text.empty() ? "" : ", ";
    text += row.words;
  }
  return text;
}

// An entry: labels on the left, what they name behind them.
class Entry {
 public:
  Entry(std::string& out, const ReferenceOptions& options, std::size_t label_columns)
      : page_(out, options.color, options.width), label_columns_(label_columns + gap) {}

  void title(std::string_view name, std::string_view words) {
    Spans title{{std::string(name), Style::bold}};
    if (!words.empty()) title.push_back({"  " + std::string(words), Style::plain});
    page_.line({}, title);
  }
  void field(std::string_view label, std::string_view text) {
    if (!text.empty()) page_.line(lead(label), {{std::string(text), Style::plain}});
  }
  // A reply code and what it says.
  void code(std::string_view label, std::string_view code, std::string_view meaning) {
    Spans spans = lead(label);
    spans.push_back({pad_to_width(code, code_columns), Style::bold});
    page_.line(spans, {{std::string(meaning), Style::plain}});
  }
  void example(std::string_view label, std::string_view dialogue) {
    while (!dialogue.empty()) {
      const std::string_view line = dialogue.substr(0, dialogue.find('\n'));
      page_.line(lead(label),
                 {{std::string(line), line.starts_with("C:") ? Style::cyan : Style::plain}});
      dialogue.remove_prefix(std::min(line.size() + 1, dialogue.size()));
      label = {};
    }
  }
  void blank() { page_.blank(); }

 private:
  [[nodiscard]] Spans lead(std::string_view label) const {
    return {{"  " + pad_to_width(label, label_columns_), Style::dim}};
  }
  Page page_;
  std::size_t label_columns_;
};

std::size_t widest(std::initializer_list<std::string_view> words) {
  std::size_t columns = 0;
  for (const std::string_view word : words) columns = std::max(columns, display_width(word));
  return columns;
}

void put_command_replies(Entry& entry, const VerbInfo& row, const smtp::Headings& words) {
  std::string_view label = words.replies;
  for (const auto codes : {row.success, row.failure}) {
    for (const std::uint16_t code : codes) {
      entry.code(label, std::to_string(code),
                 smtp::reply_meaning(Answered::command, row.verb, code));
      label = {};
    }
  }
}

// What the server says after the dot: part of DATA, for whoever looks it up.
void put_message_replies(Entry& entry) {
  std::string_view label = ".";
  for (const smtp::CommandReplyInfo& row : smtp::command_replies()) {
    if (row.answered != Answered::end_of_data) continue;
    entry.code(label, std::to_string(row.code), row.meaning);
    label = {};
  }
}

void put_command(std::string& out, const VerbInfo& row, const ReferenceOptions& options) {
  const smtp::Headings& words = smtp::headings(options.language);
  const smtp::VerbText text = smtp::verb_text(row.verb, options.language);
  // What is said of phases is the protocol's own words, the same in each language.
  constexpr std::string_view phase = "Phase";
  Entry entry(out, options,
              widest({words.category, words.syntax, words.meaning, words.example, words.replies,
                      words.rfc, phase}));
  entry.title(row.name, {});
  entry.field(words.category, word_for(row.category, words));
  entry.field(words.syntax, row.syntax);
  entry.field(words.meaning, text.meaning);
  entry.field("", text.note);
  entry.field(phase, phases_text(row.phases));
  put_command_replies(entry, row, words);
  if (row.verb == Verb::data) put_message_replies(entry);
  entry.field(words.rfc, row.rfc);
  entry.example(words.example, smtp::example_dialogue(row.verb));
}

std::string_view standing_words(smtp::Standing standing) noexcept {
  switch (standing) {
    case smtp::Standing::registered:
      return "registered with IANA";
    case smtp::Standing::obsolete:
      return "obsolete";
    case smtp::Standing::in_practice:
      return "in no registry, met in practice";
  }
  return {};
}

constexpr std::size_t english_label_columns = 10;

void put_keyword(std::string& out, const smtp::KeywordInfo& row, const ReferenceOptions& options) {
  Entry entry(out, options, english_label_columns);
  entry.title(row.keyword, "EHLO keyword");
  entry.field("Meaning", row.meaning);
  entry.field("Commands", row.verbs);
  entry.field("Parameters", row.parameters);
  entry.field("Standing", standing_words(row.standing));
  entry.field("RFC", row.rfc);
  const std::string_view of_command = smtp::example_dialogue(smtp::find_verb(row.keyword));
  const std::string_view example = smtp::example_dialogue_of_keyword(row.keyword);
  if (example != of_command) entry.example("Example", example);
}

std::string_view what_answers(const smtp::CommandReplyInfo& row) noexcept {
  switch (row.answered) {
    case Answered::greeting:
      return "connect";
    case Answered::end_of_data:
      return "message";
    case Answered::command:
      break;
  }
  const VerbInfo* const verb = smtp::info(row.verb);
  return verb == nullptr ? std::string_view() : verb->name;
}

void put_reply_code(std::string& out, std::uint16_t code, const ReferenceOptions& options) {
  const smtp::ReplyCodeInfo* const known = smtp::find_reply_code(code);
  Entry entry(out, options, english_label_columns);
  entry.title(std::to_string(code), "reply code");
  entry.field("Meaning", smtp::reply_meaning(Answered::command, Verb::unknown, code));
  std::string_view label = "In answer";
  for (const smtp::CommandReplyInfo& row : smtp::command_replies()) {
    if (row.code != code) continue;
    entry.code(label, fmt::format("{:<9}", what_answers(row)), row.meaning);
    label = {};
  }
  entry.field("RFC", known == nullptr ? "none has this code; its first digit tells what it means"
                                      : known->rfc);
  entry.example("Example", smtp::example_dialogue_of_code(code));
}

struct EnhancedTerm {
  char class_digit = 'X';
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;
};

// "5.7.1" or "X.7.1"
std::optional<EnhancedTerm> enhanced_term(std::string_view term) {
  if (term.size() < 5 || term[1] != '.') return std::nullopt;
  const char digit = ascii::to_upper(term[0]);
  if (digit != 'X' && digit != '2' && digit != '4' && digit != '5') return std::nullopt;
  std::string with_digit(term);
  with_digit.front() = '5';
  const auto code = smtp::parse_enhanced(with_digit);
  if (!code || with_digit.find_first_not_of("0123456789.") != std::string::npos)
    return std::nullopt;
  return EnhancedTerm{digit, code->subject, code->detail};
}

Known put_enhanced(std::string& out, const EnhancedTerm& term, const ReferenceOptions& options) {
  const auto* const known = smtp::find_enhanced(term.subject, term.detail);
  const std::string_view subject = smtp::subject_meaning(term.subject);
  if (known == nullptr && subject.empty()) return Known::no;
  Entry entry(out, options, english_label_columns);
  entry.title(fmt::format("{}.{}.{}", term.class_digit, term.subject, term.detail),
              known == nullptr ? "enhanced status code" : known->name);
  if (term.class_digit != 'X') {
    entry.field("Class", smtp::class_meaning(static_cast<std::uint8_t>(term.class_digit - '0')));
  }
  entry.field("About", subject);
  entry.field("Meaning", known == nullptr
                             ? "Not registered: only the class and what it is about are certain."
                             : known->meaning);
  if (known != nullptr) entry.field("RFC", known->rfc);
  return Known::yes;
}

std::optional<std::uint16_t> reply_code(std::string_view term) {
  std::uint16_t code = 0;
  const auto end = std::from_chars(term.data(), term.data() + term.size(), code).ptr;
  const bool is_code =
      term.size() == 3 && end == term.data() + term.size() && code >= 200 && code <= 599;
  return is_code ? std::optional(code) : std::nullopt;
}

// The part of a meaning that a table has room for.
std::string_view first_sentence(std::string_view text) noexcept {
  for (const std::string_view end : {". ", "。"}) {
    const std::size_t at = text.find(end);
    const std::size_t octets = end == ". " ? 1 : end.size();
    if (at != std::string_view::npos) return text.substr(0, at + octets);
  }
  return text;
}

}  // namespace

void render_reference(std::string& out, const ReferenceOptions& options) {
  const smtp::Headings& words = smtp::headings(options.language);
  std::size_t name_columns = display_width(words.command);
  std::size_t category_columns = widest({words.category, words.session, words.auth, words.message});
  std::size_t syntax_columns = display_width(words.syntax);
  for (const VerbInfo& row : smtp::verbs()) {
    name_columns = std::max(name_columns, display_width(row.name));
    syntax_columns = std::max(syntax_columns, display_width(row.syntax));
  }
  Page page(out, options.color, options.width);
  // Where the meaning would be squeezed to the right, it has a line of its own.
  const std::size_t lead_columns = name_columns + category_columns + syntax_columns + 3 * gap;
  const bool is_wide = page.is_endless() || lead_columns <= page.width() / 2;
  const auto put = [&](std::string_view name, std::string_view category, std::string_view syntax,
                       std::string_view meaning, Style style) {
    const Span name_cell{pad_to_width(name, name_columns + gap), Style::bold};
    const Span category_cell{pad_to_width(category, category_columns + gap), style};
    if (is_wide) {
      page.line({name_cell, category_cell, {pad_to_width(syntax, syntax_columns + gap), style}},
                {{std::string(meaning), style}});
      return;
    }
    const std::string indent(name_columns + category_columns + 2 * gap, ' ');
    page.line({name_cell, category_cell}, {{std::string(syntax), style}});
    page.line({{indent, Style::plain}}, {{std::string(meaning), Style::dim}});
  };
  put(words.command, words.category, words.syntax, words.meaning, Style::bold);
  for (const VerbInfo& row : smtp::verbs()) {
    put(row.name, word_for(row.category, words), row.syntax,
        first_sentence(smtp::verb_text(row.verb, options.language).meaning), Style::plain);
  }
}

Known render_reference_entry(std::string& out, std::string_view term,
                             const ReferenceOptions& options) {
  if (const auto code = reply_code(term)) {
    put_reply_code(out, *code, options);
    return Known::yes;
  }
  if (const auto enhanced = enhanced_term(term)) return put_enhanced(out, *enhanced, options);
  const VerbInfo* const verb = smtp::info(smtp::find_verb(term));
  const smtp::KeywordInfo* const keyword = smtp::find_keyword(term);
  if (verb != nullptr) put_command(out, *verb, options);
  if (verb != nullptr && keyword != nullptr) out += '\n';
  if (keyword != nullptr) put_keyword(out, *keyword, options);
  return verb != nullptr || keyword != nullptr ? Known::yes : Known::no;
}

std::vector<std::string> near_reference_terms(std::string_view term) {
  std::vector<std::string> codes;
  for (const smtp::ReplyCodeInfo& row : smtp::reply_codes())
    codes.push_back(std::to_string(row.code));
  for (const smtp::EnhancedInfo& row : smtp::enhanced_codes()) {
    codes.push_back(fmt::format("X.{}.{}", row.subject, row.detail));
  }
  std::vector<std::string_view> known;
  for (const VerbInfo& row : smtp::verbs()) known.push_back(row.name);
  for (const smtp::KeywordInfo& row : smtp::keywords()) known.push_back(row.keyword);
  known.insert(known.end(), codes.begin(), codes.end());
  return near_words(term, known);
}

}  // namespace smtpscope::render
