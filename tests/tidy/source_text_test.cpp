#include "tests/tidy/source_text.hpp"

#include "tests/support/catch.hpp"

namespace smtpscope::tidy {

TEST_CASE("comments and the insides of literals become blanks") {
  struct Row {
    const char* name;
    const char* in;
    const char* no_comments;
    const char* no_literals;
  };
  const auto row = GENERATE(values<Row>({
      {"line comment", "a; // throw\nb;", "a;         \nb;", "a;         \nb;"},
      {"line comment at the end", "a; // x", "a;     ", "a;     "},
      {"block comment", "a /* x\ny */ b", "a     \n     b", "a     \n     b"},
      {"block comment left open", "a /* x", "a     ", "a     "},
      {"literal", R"(f("throw");)", R"(f("throw");)", R"(f("     ");)"},
      {"quote in a literal", R"(f("a\"b", c);)", R"(f("a\"b", c);)", R"(f("    ", c);)"},
      {"comment mark in a literal", R"(f("//");)", R"(f("//");)", R"(f("  ");)"},
      {"quote in a comment", "// \"\nthrow;", "    \nthrow;", "    \nthrow;"},
      {"character", "c == '\"'; d", "c == '\"'; d", "c == ' '; d"},
      {"digit separator", "262'144 + 1'000", "262'144 + 1'000", "262'144 + 1'000"},
      {"raw literal", "R\"x(a\")b)x\" c", "R\"x(a\")b)x\" c", "R\"x(    )x\" c"},
      {"raw literal left open", "R\"(a", "R\"(a", "R\"( "},
      {"literal left open", "\"a", "\"a", "\" "},
      {"empty", "", "", ""},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(without_comments(row.in) == row.no_comments);
    CHECK(without_comments_and_literals(row.in) == row.no_literals);
  }
}

TEST_CASE("a word is found where it stands alone") {
  CHECK(places_of_word("throw rethrow throw_ throw", "throw") == std::vector<std::size_t>{0, 21});
  CHECK(has_word("x = Clock::now();", "::now("));
  CHECK_FALSE(has_word("", "throw"));
  CHECK_FALSE(has_word("snprintf(b, 1, c)", "printf"));
}

TEST_CASE("lines are counted from 1") {
  CHECK(line_at("a\nb\nc", 0) == 1);
  CHECK(line_at("a\nb\nc", 4) == 3);
  CHECK(lines_of("a\n\nb") == std::vector<std::string_view>{"a", "", "b"});
  CHECK(lines_of("a\n").size() == 1);
}

TEST_CASE("includes are found in all their spellings") {
  const auto includes = includes_of(
      "#pragma once\n#include \"a/b.hpp\"\n#  include <vector>\n #include<x.h> \nint include;\n"
      "#include MACRO\n#include \"open\n");
  REQUIRE(includes.size() == 3);
  CHECK(includes[0].path == "a/b.hpp");
  CHECK(includes[0].open == '"');
  CHECK(includes[0].line == 2);
  CHECK(includes[1].path == "vector");
  CHECK(includes[1].open == '<');
  CHECK(includes[2].path == "x.h");
  CHECK(includes[2].line == 4);
}

}  // namespace smtpscope::tidy
