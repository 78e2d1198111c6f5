#include "analyzer/delivery/reply_rules.hpp"

#include "analyzer/delivery/pattern_set.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/base/check.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace smtpscope::delivery {
namespace {

// Our own are read in the tests; to look at each of them at every start would take too long.
enum class Patterns : std::uint8_t { check, trust };

// Up to four digits.
std::optional<std::uint16_t> number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 4 || !std::ranges::all_of(text, ascii::is_digit))
    return std::nullopt;
  unsigned value = 0;
  for (const char digit : text) value = value * 10 + static_cast<unsigned>(digit - '0');
  return static_cast<std::uint16_t>(value);
}

bool is_name(std::string_view text) noexcept {
  const auto fits = [](char c) { return ascii::is_lower(c) || ascii::is_digit(c) || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, fits);
}

// "421-452"
std::optional<CodeRange> code_range(std::string_view from, std::string_view to) noexcept {
  const auto first = from.size() == 3 ? number(from) : std::nullopt;
  const auto last = to.size() == 3 ? number(to) : std::nullopt;
  if (!first || !last || *first < 200 || *last > 599 || *first > *last) return std::nullopt;
  return CodeRange{*first, *last};
}

// "550", "421-452", "5xx", "55x"
std::optional<CodeRange> parse_codes(std::string_view word) {
  if (const std::size_t dash = word.find('-'); dash != std::string_view::npos) {
    return code_range(word.substr(0, dash), word.substr(dash + 1));
  }
  std::string from(word);
  std::string to(word);
  for (std::size_t at = word.size(); at-- > 1 && word[at] == 'x';) {
    from[at] = '0';
    to[at] = '9';
  }
  return code_range(from, to);
}

// "5.1.1", "x.7.*", "x.7.606-649"
std::optional<EnhancedRange> parse_enhanced_range(std::string_view word) noexcept {
  const std::size_t first = word.find('.');
  const std::size_t second = first == std::string_view::npos ? first : word.find('.', first + 1);
  if (first != 1 || second == std::string_view::npos) return std::nullopt;
  EnhancedRange range;
  const char digit = word.front();
  if (digit != 'x' && digit != '2' && digit != '4' && digit != '5') return std::nullopt;
  if (digit != 'x') range.class_digit = static_cast<std::uint8_t>(digit - '0');
  const auto subject = number(word.substr(2, second - 2));
  const std::string_view detail = word.substr(second + 1);
  const std::size_t dash = detail.find('-');
  const auto from = detail == "*" ? std::uint16_t{0} : number(detail.substr(0, dash));
  const auto to = detail == "*"                    ? std::uint16_t{999}
                  : dash == std::string_view::npos ? from
                                                   : number(detail.substr(dash + 1));
  if (!subject || *subject > 999 || !from || !to || *to > 999 || *from > *to) return std::nullopt;
  range.subject = *subject;
  range.from = *from;
  range.to = *to;
  return range;
}

std::string quoted(std::string_view word) { return '"' + std::string(word) + '"'; }

// One line, field by field.
class Row {
 public:
  Row(std::string_view line, std::size_t number, std::vector<RuleError>& errors,
      const RuleLimits& limits, Patterns patterns, const std::vector<PatternWord>& words)
      : line_(line),
        number_(number),
        errors_(errors),
        limits_(limits),
        patterns_(patterns),
        words_(words) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void fail(std::string cause) {
    failed_ = true;
    if (errors_.size() < limits_.errors)
      errors_.push_back({number_, column_ + 1, std::move(cause)});
  }
  // The next field; fails if there is none.
  std::string_view word(std::string_view what) {
    skip_blanks();
    const std::size_t end = std::min(line_.find_first_of(" \t", at_), line_.size());
    const std::string_view word = line_.substr(at_, end - at_);
    at_ = end;
    if (word.empty()) fail_missing(what);
    return word;
  }
  // Each part of a comma list that is not just "*". The column is that of the part meanwhile.
  void parts(std::string_view what, auto&& take) {
    std::string_view list = word(what);
    if (list == "*" || list.empty()) return;
    for (;;) {
      const std::size_t comma = std::min(list.find(','), list.size());
      take(list.substr(0, comma));
      if (comma == list.size()) return;
      list.remove_prefix(comma + 1);
      column_ += comma + 1;
    }
  }
  // "/.../", with "\/" for a slash in it.
  std::string pattern(std::string_view what) {
    skip_blanks();
    std::string text;
    if (at_ >= line_.size()) {
      fail_missing(what);
      return text;
    }
    if (line_[at_] != '/') {
      fail(std::string(what) + " begins with \"/\"");
      at_ = line_.size();
      return text;
    }
    for (std::size_t at = at_ + 1; at < line_.size(); ++at) {
      if (line_[at] == '/') {
        at_ = at + 1;
        check_end_of_pattern(text);
        return text;
      }
      if (line_[at] == '{') {
        if (const std::size_t end = put_word(text, at)) {
          at = end;
          continue;
        }
      }
      const bool escapes = line_[at] == '\\' && at + 1 < line_.size();
      if (escapes && line_[at + 1] != '/') text += line_[at];
      if (escapes) ++at;
      text += line_[at];
    }
    fail(std::string(what) + " has no \"/\" at its end");
    at_ = line_.size();
    return text;
  }
  [[nodiscard]] std::string_view rest() {
    skip_blanks();
    return line_.substr(at_);
  }
  [[nodiscard]] std::size_t column() const noexcept { return column_; }

 private:
  void skip_blanks() {
    at_ = std::min(line_.find_first_not_of(" \t", at_), line_.size());
    column_ = at_;
  }
  // "{name}" at `at`: what it stands for. Where its "}" is; 0 if it is no word.
  std::size_t put_word(std::string& text, std::size_t at) {
    const std::size_t close = line_.find('}', at);
    if (close == std::string_view::npos) return 0;
    const std::string_view name = line_.substr(at + 1, close - at - 1);
    if (!is_name(name) || !ascii::is_lower(name.front())) return 0;
    const auto word = std::ranges::find(words_, name, &PatternWord::name);
    if (word == words_.end()) {
      column_ = at;
      fail("no word is called " + quoted(name));
    } else if (text.size() <= limits_.pattern_octets) {
      text += "(?:" + word->pattern + ')';
    }
    return close;
  }
  // The first one that is missing tells it for all.
  void fail_missing(std::string_view what) {
    if (!std::exchange(ended_, true)) fail(std::string(what) + " is missing");
  }
  void check_end_of_pattern(const std::string& text) {
    if (text.size() > limits_.pattern_octets) {
      fail("the pattern is longer than " + std::to_string(limits_.pattern_octets) + " octets");
    } else if (const std::string wrong = patterns_ == Patterns::check ? wrong_in_pattern(text) : "";
               !wrong.empty()) {
      fail("the pattern cannot be read: " + wrong);
    }
    if (at_ < line_.size() && !ascii::is_blank(line_[at_])) {
      column_ = at_;
      fail("a blank has to stand behind the pattern; a slash in it is written \"\\/\"");
    }
  }

  std::string_view line_;
  std::size_t number_;
  std::vector<RuleError>& errors_;
  const RuleLimits& limits_;
  Patterns patterns_;
  const std::vector<PatternWord>& words_;
  std::size_t at_ = 0;
  std::size_t column_ = 0;  // where the field began that is looked at
  bool failed_ = false;
  bool ended_ = false;  // before its last field
};

// ---- The fields of a rule -----------------------------------------------------------------------
Reason reason_named(Row& row) {
  const std::string_view word = row.word("REASON");
  const auto known = reasons_of_replies();
  const auto found = std::ranges::find(known, word, &ReasonInfo::name);
  if (found != known.end()) return found->name;
  if (find_reason(word) != nullptr) {
    row.fail(quoted(word) + " is seen in a capture, and no reply says it");
  } else if (!word.empty()) {
    row.fail(quoted(word) + " is no reason");
  }
  return {};
}

void read_codes(Row& row, ReplyRule& rule) {
  row.parts("CODES", [&](std::string_view word) {
    const auto range = parse_codes(word);
    if (range) {
      rule.codes.push_back(*range);
    } else {
      row.fail(quoted(word) + " is no reply code (550), range (421-452) or class (5xx, 55x)");
    }
  });
}

void read_enhanced(Row& row, ReplyRule& rule) {
  row.parts("ENHANCED", [&](std::string_view word) {
    using enum ReplyRule::Enhanced;
    const auto range = parse_enhanced_range(word);
    if (word == "-") {
      rule.enhanced_is = one_of_or_none;
    } else if (range) {
      if (rule.enhanced_is == any_or_none) rule.enhanced_is = one_of;
      rule.enhanced.push_back(*range);
    } else {
      row.fail(quoted(word) +
               " is no enhanced code (5.1.1, x.1.1, x.7.*, x.7.606-649), nor \"-\" for none");
    }
  });
}

void read_asked(Row& row, ReplyRule& rule) {
  row.parts("COMMANDS", [&](std::string_view word) {
    if (const auto asked = find_asked(word)) {
      rule.asked = static_cast<std::uint16_t>(rule.asked | 1U << static_cast<unsigned>(*asked));
    } else {
      row.fail(quoted(word) +
               " is none of CONN, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, EOM, OTHER, ?");
    }
  });
  if (rule.asked == 0) rule.asked = (1U << asked_count) - 1;
}

void read_example(Row& row, ReplyRule& rule) {
  std::string_view rest = ascii::trim(row.rest());
  if (const auto asked = find_asked(ascii::first_word(rest))) {
    rule.example_asked = *asked;
    (void)ascii::take_word(rest);
  }
  rule.example = ascii::trim(rest);
}

// ---- The file -----------------------------------------------------------------------------------
class Reading {
 public:
  Reading(std::vector<RuleError>& errors, const ReplyRules& known, const RuleLimits& limits,
          Patterns patterns)
      : errors_(errors), known_(known), limits_(limits), patterns_(patterns), words_(known.words) {}

  ReplyRules read(std::string_view text) {
    if (text.size() > limits_.octets) {
      errors_.push_back(
          {1, 1, "the file is larger than " + std::to_string(limits_.octets) + " octets"});
      return {};
    }
    std::size_t number = 0;
    while (!text.empty()) {
      std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      read_line(line, ++number);
    }
    check_providers();
    return std::move(rules_);
  }

 private:
  void read_line(std::string_view line, std::size_t number) {
    const std::string_view first = ascii::first_word(line);
    if (first.empty() || first.front() == '#') return;
    Row row(line, number, errors_, limits_, patterns_, words_);
    if (rules_.rules.size() + rules_.providers.size() >= limits_.rows) {
      row.fail("there are more than " + std::to_string(limits_.rows) + " rows");
      return;
    }
    if (first == "provider") {
      read_provider(row);
    } else if (first == "word") {
      read_word(row);
    } else {
      read_rule(row, number);
    }
  }

  void read_word(Row& row) {
    (void)row.word("word");
    PatternWord word;
    word.name = row.word("NAME");
    const bool is_known =
        std::ranges::find(rules_.words, word.name, &PatternWord::name) != rules_.words.end();
    if (is_known) row.fail("there is another word " + quoted(word.name));
    if (!word.name.empty() && (!is_name(word.name) || !ascii::is_lower(word.name.front()))) {
      row.fail(quoted(word.name) + " is no name of a word: a letter of a-z, then a-z, 0-9 and -");
    }
    word.pattern = row.pattern("the pattern");
    if (!row.failed() && !row.rest().empty()) row.fail("nothing may stand behind the pattern");
    if (row.failed()) return;
    rules_.words.push_back(word);
    words_.insert(words_.begin(),
                  std::move(word));  // it goes before one that is known from elsewhere
  }

  void read_provider(Row& row) {
    (void)row.word("provider");
    ProviderRule provider;
    provider.name = row.word("NAME");
    if (!provider.name.empty() && !is_name(provider.name))
      row.fail(quoted(provider.name) + " is no name: a-z, 0-9 and -");
    provider.text_pattern = row.pattern("the pattern of the text");
    provider.server_pattern =
        row.failed() ? std::string() : row.pattern("the pattern of the server");
    if (!row.failed() && !row.rest().empty()) row.fail("nothing may stand behind the two patterns");
    if (!row.failed()) rules_.providers.push_back(std::move(provider));
  }

  void read_rule(Row& row, std::size_t number) {
    ReplyRule rule;
    rule.name = row.word("NAME");
    if (!is_name(rule.name)) row.fail(quoted(rule.name) + " is no name: a-z, 0-9 and -");
    if (!names_.insert(rule.name).second) row.fail("there is another rule " + quoted(rule.name));
    rule.reason = reason_named(row);
    read_codes(row, rule);
    read_enhanced(row, rule);
    read_asked(row, rule);
    row.parts("PROVIDER", [&](std::string_view word) {
      rule.providers.emplace_back(word);
      named_.push_back({std::string(word), number, row.column() + 1});
    });
    rule.pattern = row.pattern("the pattern");
    read_example(row, rule);
    if (!row.failed()) rules_.rules.push_back(std::move(rule));
  }

  // They may stand behind the rules that name them.
  void check_providers() {
    const auto knows = [](const std::vector<ProviderRule>& list, std::string_view name) {
      return std::ranges::find(list, name, &ProviderRule::name) != list.end();
    };
    for (const Named& each : named_) {
      if (knows(rules_.providers, each.name) || knows(known_.providers, each.name)) continue;
      if (errors_.size() < limits_.errors) {
        errors_.push_back({each.line, each.column, "no provider is called " + quoted(each.name)});
      }
    }
    const auto place = [](const RuleError& error) { return std::pair(error.line, error.column); };
    std::ranges::sort(errors_, {}, place);
  }

  struct Named {
    std::string name;
    std::size_t line;
    std::size_t column;
  };
  std::vector<RuleError>& errors_;
  const ReplyRules& known_;
  const RuleLimits& limits_;
  Patterns patterns_;
  std::vector<PatternWord> words_;
  ReplyRules rules_;
  std::set<std::string, std::less<>> names_;
  std::vector<Named> named_;
};

}  // namespace

ReplyRules parse_rules(std::string_view text, std::vector<RuleError>& errors,
                       const ReplyRules& known, const RuleLimits& limits) {
  return Reading(errors, known, limits, Patterns::check).read(text);
}

const ReplyRules& built_in_rules() {
  static const ReplyRules rules = [] {
    std::vector<RuleError> errors;
    ReplyRules read =
        Reading(errors, {}, RuleLimits{}, Patterns::trust).read(built_in_rules_text());
    check(errors.empty(), "the built-in rules are without an error");
    return read;
  }();
  return rules;
}

}  // namespace smtpscope::delivery
