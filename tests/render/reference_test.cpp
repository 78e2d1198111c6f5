#include "analyzer/render/reference.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/near.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

namespace smtpscope::render {
namespace {

using smtp::Language;
using test::lines_of;

constexpr Language languages[] = {Language::en, Language::ko, Language::ja,
                                  Language::zh, Language::tr, Language::id};

std::string table(const ReferenceOptions& options) {
  std::string out;
  render_reference(out, options);
  return out;
}

std::string entry(std::string_view term, const ReferenceOptions& options = {}) {
  std::string out;
  const Known known = render_reference_entry(out, term, options);
  CHECK((known == Known::yes) == !out.empty());
  return out;
}

std::size_t column_of(const std::string& line, std::string_view word) {
  return display_width(std::string_view(line).substr(0, line.find(word)));
}

}  // namespace

TEST_CASE("the table has each command, in columns, in each language") {
  for (const Language language : languages) {
    INFO(smtp::tag(language));
    const auto lines = lines_of(table({.language = language}));
    const smtp::Headings& words = smtp::headings(language);
    REQUIRE(lines.size() == smtp::verbs().size() + 1);
    const std::size_t syntax = column_of(lines[0], words.syntax);
    for (std::size_t i = 0; i < smtp::verbs().size(); ++i) {
      const smtp::VerbInfo& row = smtp::verbs()[i];
      const std::string& line = lines[i + 1];
      CHECK(line.starts_with(row.name));
      // Not the first time that these words stand in the line: behind the name and the category.
      const std::size_t at = line.find("  " + std::string(row.syntax) + "  ");
      REQUIRE(at != std::string::npos);
      CHECK(display_width(std::string_view(line).substr(0, at + 2)) == syntax);
    }
  }
}

TEST_CASE("table and entries fit the terminal") {
  for (const Language language : languages) {
    for (const std::size_t width : {64U, 80U, 100U, 120U, 200U}) {
      std::string all = table({.language = language, .width = width});
      for (const char* term : {"EHLO", "MAIL", "AUTH", "550", "5.7.1", "CHUNKING"}) {
        all += entry(term, {.language = language, .width = width});
      }
      for (const std::string& line : lines_of(all)) {
        if (display_width(std::string_view(line)) > width)
          FAIL_CHECK("wider than " << width << ": " << line);
      }
    }
  }
}

TEST_CASE("entries") {
  struct Row {
    const char* name;
    const char* term;
    std::vector<const char*> contains;
  };
  const auto row = GENERATE(values<Row>({
      {"a command",
       "starttls",
       {"STARTTLS\n", "Syntax", "454", "RFC 3207", "C: STARTTLS", "after EHLO", "EHLO keyword"}},
      {"a command that is no keyword",
       "MAIL",
       {"MAIL FROM:<reverse-path>", "552", "RFC 5321, 4.1.1.2"}},
      {"DATA has the answers to the message as well", "DATA", {"354", "  .  ", "552"}},
      {"a reply code", "550", {"550  reply code", "RCPT", "message", "S: "}},
      {"a reply code that no RFC has", "299", {"none has this code", "The server agrees."}},
      {"an enhanced status code", "5.7.1", {"5.7.1", "Class", "RFC"}},
      {"of any class", "x.7.1", {"X.7.1"}},
      {"that is not registered", "5.7.999", {"5.7.999", "Not registered"}},
      {"a keyword", "chunking", {"CHUNKING  EHLO keyword", "BDAT", "RFC 3030", "registered"}},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::string text = entry(row.term);
    INFO(text);
    for (const char* words : row.contains) CHECK(text.find(words) != std::string::npos);
  }
}

TEST_CASE("everything that the tables have can be looked up") {
  for (const smtp::VerbInfo& row : smtp::verbs()) CHECK_FALSE(entry(row.name).empty());
  for (const smtp::KeywordInfo& row : smtp::keywords()) CHECK_FALSE(entry(row.keyword).empty());
  for (const smtp::ReplyCodeInfo& row : smtp::reply_codes())
    CHECK_FALSE(entry(std::to_string(row.code)).empty());
  for (const smtp::EnhancedInfo& row : smtp::enhanced_codes()) {
    const std::string code = std::to_string(row.subject) + '.' + std::to_string(row.detail);
    CHECK_FALSE(entry("X." + code).empty());
    CHECK_FALSE(entry("4." + code).empty());
  }
}

TEST_CASE("command entries are in the language that is asked for") {
  for (const Language language : languages) {
    const std::string text = entry("RCPT", {.language = language});
    CHECK(text.find(smtp::headings(language).meaning) != std::string::npos);
    CHECK(text.find(smtp::verb_text(smtp::Verb::rcpt, language).meaning) != std::string::npos);
  }
}

TEST_CASE("unknown terms") {
  for (const char* term : {"", "STARTLS", "5500", "55", "199", "600", "1.2.3", "5.7", "5.7.x",
                           "5.7.1.1", "X.99.1", "é"}) {
    INFO(term);
    std::string out;
    CHECK(render_reference_entry(out, term, {}) == Known::no);
    CHECK(out.empty());
  }
}

TEST_CASE("what could have been meant") {
  struct Row {
    const char* typed;
    std::vector<std::string> first;
  };
  const auto row = GENERATE(values<Row>({
      {"STARTLS", {"STARTTLS"}},
      {"ehol", {"EHLO"}},
      {"RCTP", {"RCPT"}},
      {"CHUNK", {"CHUNKING"}},
      {"quitt", {"QUIT"}},
      {"xyzzyxyzzy", {}},
      {"", {}},
  }));
  DYNAMIC_SECTION(row.typed) {
    const auto near = near_reference_terms(row.typed);
    if (row.first.empty()) {
      CHECK(near.empty());
    } else {
      REQUIRE_FALSE(near.empty());
      CHECK(near.front() == row.first.front());
    }
    CHECK(near.size() <= 4);
  }
  CHECK(near_reference_terms(std::string(100'000, 'x')).empty());
  CHECK(near_words("abc", {"abd", "ABC", "acb", "xyz", "abcd", "abc"}) ==
        std::vector<std::string>{"ABC", "abc", "abd", "acb"});
}

}  // namespace smtpscope::render
