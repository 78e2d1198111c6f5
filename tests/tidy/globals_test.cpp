#include "tests/support/catch.hpp"
#include "tests/tidy/rules.hpp"

namespace smtpscope::tidy {
namespace {

Complaints globals_in(const char* text) {
  Complaints out;
  check_globals({"analyzer/app/x.cpp", text}, out);
  return out;
}

}  // namespace

TEST_CASE("a variable that outlives a call and can change is found") {
  struct Row {
    const char* name;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"plain", "int count = 0;"},
      {"without a value", "namespace a { int count; }"},
      {"in an unnamed namespace", "namespace {\nstd::vector<int> all;\n}"},
      {"static", "static int count;"},
      {"inline", "inline std::string last;"},
      {"braces", "std::atomic<bool> stop{false};"},
      {"constant to begin with", "constinit int count = 0;"},
      {"attribute", "[[maybe_unused]] int count;"},
      {"array", "char buffer[64];"},
      {"a pointer that can change", "const char* name = \"x\";"},
      {"const as an argument only", "std::vector<const char*> names;"},
      {"in a function", "void f() { static int calls = 0; ++calls; }"},
      {"in a function, made by a call", "void f() { static Cache cache(12); }"},
      {"in a branch", "void f() { if (x) { g(); } else { static int n = 0; } }"},
      {"in a lambda", "void f() { g([] { static int n; return n; }); }"},
      {"in a lambda that is a value", "const auto f = [] { static int n = 0; return ++n; };"},
      {"thread_local", "int f() { thread_local int n = 0; return n; }"},
      {"static member", "struct A { static inline int made = 0; };"},
      {"behind a type", "struct A { int b; } everywhere;"},
      {"extern C", "extern \"C\" { int seen; }"},
      {"behind a function", "void f() { for (int i = 0; i < 3; ++i) {} }\nint count;"},
      {"a lambda", "auto f = [] { return 1; };"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto found = globals_in(row.text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == "global");
  }
}

TEST_CASE("what cannot change, or does not outlive a call, is left alone") {
  struct Row {
    const char* name;
    const char* text;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", ""},
      {"constant",
       "const int a = 1;\nconstexpr int b{2};\ninline constexpr std::array<int, 1> c{{3}};"},
      {"constant pointer", "const char* const name = \"x\";"},
      {"constant of pointers", "const std::vector<const char*> names{\"x\"};"},
      {"table", "static const Row rows[] = {{1, \"a;b\"}, {2, \"c\"}};"},
      {"function", "int f(int a = 1);\nint g() { int n = 0; return n; }"},
      {"static function", "static int f(const std::string& s) { return 1; }"},
      {"attribute", "[[nodiscard]] int f(int a);\n[[nodiscard]] [[gnu::pure]] int g();"},
      {"operator", "bool operator==(const A& a, const A& b) noexcept { return true; }"},
      {"members", "class A { int a_ = 0; std::string b_; public: A() : a_{1}, b_(\"x\") {} };"},
      {"static member function",
       "struct A { static A make(int a = 1); static A two() { return {}; } };"},
      {"static constant member", "struct A { static constexpr int n = 1; };"},
      {"types",
       "struct A;\nenum class B { x, y };\nusing C = int;\ntypedef int D;\ntemplate <class T> "
       "class E;"},
      {"template", "template <typename T>\nT twice(T t) { T u = t; return u + t; }"},
      {"friend", "struct A { friend bool operator==(const A&, const A&) = default; };"},
      {"static constant in a function", "const R& f() { static const R r{1, 2}; return r; }"},
      {"casts and assertions", "void f() { g(static_cast<int>(1)); static_assert(1 < 2); }"},
      {"loops", "void f() { for (int i = 0; i < 3; ++i) { int n = i; } do { } while (x); }"},
      {"constant lambda", "const auto f = [](int a) { int b = a; return b; };"},
      {"requires", "template <typename T> requires std::same_as<T, int>\nT f(T t) { return t; }"},
      {"macro lines", "#define X \\\n  int count;\n#include <vector>\n"},
      {"comment", "// int count;\n/* static int n; */"},
      {"trailing return", "auto f() -> std::vector<int> { std::vector<int> v; return v; }"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto found = globals_in(row.text);
    INFO((found.empty() ? std::string() : found[0].what));
    CHECK(found.empty());
  }
}

TEST_CASE("a global is reported with its line, and only in our own code") {
  const auto found = globals_in("// a\nnamespace b {\n\nint count;\n}\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 4);
  CHECK(found[0].what == "can change: int count");
  Complaints out;
  check_globals({"tests/x.cpp", "int count;"}, out);
  CHECK(out.empty());
}

}  // namespace smtpscope::tidy
