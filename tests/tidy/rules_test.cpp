// Each rule, on files made up for it: it must see what is wrong and let pass what is right.
#include "tests/tidy/rules.hpp"

#include "tests/support/catch.hpp"

namespace smtpscope::tidy {
namespace {

using Check = void (*)(const File&, Complaints&);

Complaints complaints(Check check, const File& file) {
  Complaints out;
  check(file, out);
  return out;
}

using CheckAll = void (*)(const Files&, Complaints&);

Complaints complaints(CheckAll check, const Files& files) {
  Complaints out;
  check(files, out);
  return out;
}

}  // namespace

TEST_CASE("an include against the table is found") {
  struct Row {
    const char* name;
    const char* path;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"a sibling", "dissectors/smtp/a.cpp", "#include \"dissectors/mail/b.hpp\""},
      {"base looks up", "dissectors/base/a.hpp", "#include \"dissectors/net/b.hpp\""},
      {"dissector looks up", "dissectors/net/a.hpp", "#include \"analyzer/tcp/b.hpp\""},
      {"capture knows net", "analyzer/capture/a.cpp", "#include \"dissectors/net/b.hpp\""},
      {"tcp knows smtp", "analyzer/tcp/a.cpp", "#include \"dissectors/smtp/b.hpp\""},
      {"session knows findings", "analyzer/session/a.cpp", "#include \"analyzer/findings/b.hpp\""},
      {"findings know delivery", "analyzer/findings/a.cpp", "#include \"analyzer/delivery/b.hpp\""},
      {"findings know tcp", "analyzer/findings/a.cpp", "#include \"analyzer/tcp/b.hpp\""},
      {"render knows capture", "analyzer/render/a.cpp", "#include \"analyzer/capture/b.hpp\""},
      {"a test", "analyzer/app/a.cpp", "#include \"tests/support/b.hpp\""},
      {"a path from here", "dissectors/smtp/a.cpp", "#include \"b.hpp\""},
      {"a path up", "dissectors/smtp/a.cpp", "#include \"../net/b.hpp\""},
      {"a folder whose name begins alike", "analyzer/tcp/a.cpp",
       "#include \"dissectors/network/b.hpp\""},
      {"a folder that is not in the table", "analyzer/new/a.cpp", ""},
      {"pcap outside capture", "analyzer/app/a.cpp", "#include <pcap.h>"},
      {"pcap's folder outside capture", "analyzer/tcp/a.cpp", "#include <pcap/pcap.h>"},
      {"iostream outside app", "analyzer/render/a.cpp", "#include <iostream>"},
      {"CLI11 outside app", "analyzer/render/a.cpp", "#include <CLI/CLI.hpp>"},
      {"RapidJSON outside render", "analyzer/app/a.cpp", "#include <rapidjson/writer.h>"},
      {"utf8proc outside render", "analyzer/app/a.cpp", "#include <utf8proc.h>"},
      {"the system in a dissector", "dissectors/net/a.cpp", "#include <netinet/in.h>"},
      {"files in a dissector", "dissectors/mail/a.cpp", "#include <fstream>"},
      {"threads in session", "analyzer/session/a.cpp", "#include <thread>"},
      {"an unknown library", "analyzer/session/a.cpp", "#include <boost/any.hpp>"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto found = complaints(check_includes, {row.path, row.text});
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "include");
    CHECK(found[0].path == row.path);
  }
}

TEST_CASE("an include that the table allows passes") {
  struct Row {
    const char* path;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"dissectors/smtp/a.cpp", "#include \"dissectors/smtp/b.hpp\"\n#include <vector>"},
      {"dissectors/smtp/a.cpp", "#include \"dissectors/base/b.hpp\""},
      {"analyzer/tcp/a.cpp", "#include \"dissectors/net/b.hpp\"\n#include <tsl/robin_map.h>"},
      {"analyzer/session/a.cpp",
       "#include \"analyzer/tcp/b.hpp\"\n#include \"dissectors/tls/c.hpp\""},
      {"analyzer/findings/a.cpp", "#include \"analyzer/session/b.hpp\""},
      {"analyzer/capture/a.cpp", "#include <pcap/pcap.h>\n#include <unistd.h>\n#include <csignal>"},
      {"analyzer/render/a.cpp", "#include <rapidjson/writer.h>\n#include <ostream>"},
      {"analyzer/app/a.cpp",
       "#include <CLI/CLI.hpp>\n#include <iostream>\n#include \"analyzer/tcp/b.hpp\""},
      {"tests/smtp/a.cpp", "#include <pcap.h>\n#include \"analyzer/app/b.hpp\""},
      {"dissectors/smtp/a.cpp", "// #include <pcap.h>\n"},
  }));
  DYNAMIC_SECTION(row.path << ' ' << row.text) {
    CHECK(complaints(check_includes, {row.path, row.text}).empty());
  }
}

TEST_CASE("a word that its layer must not say is found") {
  struct Row {
    const char* path;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"dissectors/smtp/a.cpp", "void f() { throw 1; }"},
      {"analyzer/session/a.cpp", "try { f(); } catch (...) {}"},
      {"analyzer/render/a.cpp", "std::cout << 1;"},
      {"analyzer/session/a.cpp", "std::cerr << 1;"},
      {"analyzer/session/a.cpp", "std::printf(x);"},
      {"analyzer/session/a.cpp", "fmt::print(x);"},
      {"analyzer/session/a.cpp", "std::fputs(x, stderr);"},
      {"analyzer/capture/a.cpp", "std::exit(2);"},
      {"analyzer/render/a.cpp", "getenv(x);"},
      {"analyzer/session/a.cpp", "auto t = std::chrono::system_clock::now();"},
      {"dissectors/smtp/a.cpp", "if (std::isdigit(c)) f();"},
      {"analyzer/app/a.cpp", "std::toupper(c);"},
      {"dissectors/smtp/a.hpp", "#define A 1"},
  }));
  DYNAMIC_SECTION(row.path << ' ' << row.text) {
    const auto found = complaints(check_words, {row.path, row.text});
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "word");
  }
}

TEST_CASE("a word passes where it may be said, and where it is no code") {
  struct Row {
    const char* path;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"dissectors/smtp/a.cpp", "// throw\nconst char* a = \"throw\"; int rethrow;"},
      {"dissectors/smtp/a.cpp", "std::snprintf(b, 1, c); ascii::is_digit(d);"},
      {"analyzer/session/a.cpp", "throw 1;"},
      {"analyzer/app/a.cpp", "std::cout << 1; std::exit(2); try {} catch (...) {}"},
      {"tests/smtp/a.cpp", "std::cout << 1; throw 1;"},
  }));
  DYNAMIC_SECTION(row.path << ' ' << row.text) {
    CHECK(complaints(check_words, {row.path, row.text}).empty());
  }
}

TEST_CASE("the line of a complaint is that of the word") {
  const auto found =
      complaints(check_words, {"dissectors/smtp/a.cpp", "// one\n/* two\n */\nthrow;"});
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 4);
}

TEST_CASE("a header without #pragma once is found") {
  CHECK(complaints(check_header, {"analyzer/app/a.hpp", "int f();\n"}).size() == 1);
  CHECK(complaints(check_header, {"analyzer/app/a.hpp", "#pragma once\nint f();\n"}).empty());
  CHECK(complaints(check_header, {"analyzer/app/a.cpp", "int f();\n"}).empty());
}

TEST_CASE("paths of one machine are found") {
  const std::string home =
      "/wo"
      "rk/";
  const std::string beside =
      "../sha"
      "red";
  const auto count = [](const std::string& text) {
    return complaints(check_machine_paths, {"docs/a.txt", text}).size();
  };
  CHECK(count("see " + home + "main\n") == 1);
  CHECK(count(home) == 1);
  CHECK(count("\"" + home + "x\" and '" + home + "y'") == 2);
  CHECK(count("ls " + beside) == 1);
  CHECK(count("upper" + home + " and $HOME" + home + " and ${A}" + home) == 0);
  CHECK(count("work/ and /workshop") == 0);
}

TEST_CASE("a Markdown file that is named must be there") {
  const std::string gone =
      "GONE"
      ".md";
  const Files files{{"README.md", "See docs/FINDINGS.md and " + gone + '.'},
                    {"docs/FINDINGS.md", "README.md, https://example.com/x.mdx"}};
  const auto found = complaints(check_mentions, files);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "README.md");
  CHECK(found[0].what == gone + " is not there");
}

TEST_CASE("a sample needs about.md and golden files") {
  const Files whole{{"samples/bdat/exim.pcap", ""},     {"samples/bdat/about.md", ""},
                    {"samples/lib/hosts.sh", ""},       {"tests/golden/CMakeLists.txt", ""},
                    {"tests/golden/bdat/exim.txt", ""}, {"tests/golden/bdat/exim.json", ""}};
  CHECK(complaints(check_samples, whole).empty());
  for (const std::size_t missing : {1U, 4U, 5U}) {
    Files files = whole;
    files.erase(files.begin() + static_cast<std::ptrdiff_t>(missing));
    const auto found = complaints(check_samples, files);
    REQUIRE(found.size() == 1);
    CHECK(found[0].what == "has no " + whole[missing].path);
  }
}

TEST_CASE("a transcript is a sample, and its golden files bear its whole name") {
  const Files whole{{"samples/tools/swaks.log", ""},
                    {"samples/tools/about.md", ""},
                    {"tests/golden/tools/swaks.log.txt", ""},
                    {"tests/golden/tools/swaks.log.json", ""}};
  CHECK(complaints(check_samples, whole).empty());
  Files files = whole;
  files[2].path = "tests/golden/tools/swaks.txt";
  CHECK(complaints(check_samples, files).size() == 2);
}

TEST_CASE("a golden file needs its sample") {
  const Files files{{"tests/golden/bdat/exim.txt", ""}};
  const auto found = complaints(check_samples, files);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "tests/golden/bdat/exim.txt");
}

TEST_CASE("a flaw that no test names is found") {
  const Files files{
      {"dissectors/smtp/reply.hpp",
       "enum class ReplyFlaw : std::uint8_t {\n  no_code,  // first, of all\n  bare_lf = 2,\n};\n"
       "enum class ReplyFlaw;\nenum class Other { unused };"},
      {"tests/smtp/reply_test.cpp", "CHECK(flaw == ReplyFlaw::no_code);  // bare_lf"}};
  const auto found = complaints(check_flaws, files);
  REQUIRE(found.size() == 1);
  CHECK(found[0].path == "dissectors/smtp/reply.hpp");
  CHECK(found[0].what == "bare_lf is in no test");
}

}  // namespace smtpscope::tidy
