#include "analyzer/transcript/python_text.hpp"
#include "tests/support/catch.hpp"

#include <string>

using smtpscope::transcript::python_octets;

TEST_CASE("what Python writes as repr() is read back") {
  struct Row {
    const char* name;
    std::string text, octets;
  };
  const auto row = GENERATE(values<Row>({
      {"str", R"('ehlo x\r\n')", "ehlo x\r\n"},
      {"bytes", R"(b'\x00caf\xe9\t')", std::string("\0caf\xe9\t", 6)},
      {"double quotes", R"("it's")", "it's"},
      {"both quotes", R"('it\'s "so"')", "it's \"so\""},
      {"a backslash", R"('a\\r')", "a\\r"},
      {"beyond ASCII", R"('caf\xe9 \u20ac \U0001f600')",
       "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"what follows is not looked at", R"('a', 25)", "a"},
      {"no such escape", R"('\q\x4')", "\\q\\x4"},
      {"empty", R"(b'')", ""},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto octets = python_octets(row.text);
    REQUIRE(octets);
    CHECK(*octets == row.octets);
  }
}

TEST_CASE("what is no literal, or has no end, is nothing") {
  for (const char* text :
       {"", "b", "'", "'a", "'a\\", "\"a'", "retcode (250); Msg: b'ok'", "b'a\\x4"}) {
    INFO(text);
    CHECK_FALSE(python_octets(text));
  }
}
