// Commands: paths and parameters, what is wrong with them, and what is surely a command.
#include "dissectors/smtp/command.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace smtpscope;
using smtp::PathFlaw;

namespace {

struct Row {
  const char* argument;
  const char* address;
  std::vector<PathFlaw> flaws;
};

}  // namespace

TEST_CASE("paths") {
  const auto row = GENERATE(values<Row>({
      {"TO:<bob@example.com>", "bob@example.com", {}},
      {"to:<bob@example.com> NOTIFY=NEVER", "bob@example.com", {}},
      {"TO:<\"a b>c\"@example.com>", "\"a b>c\"@example.com", {}},
      {"TO:<@relay.example.net:bob@example.com>", "bob@example.com", {}},
      {"TO:<bob@[192.0.2.1]>", "bob@[192.0.2.1]", {}},
      {"TO:<postmaster>", "postmaster", {}},
      {"TO:<b\xc3\xb6@example.com>", "b\xc3\xb6@example.com", {}},
      {"<bob@example.com>", "bob@example.com", {PathFlaw::no_keyword}},
      {"TO: <bob@example.com>", "bob@example.com", {PathFlaw::blank_after_colon}},
      {"TO:bob@example.com", "bob@example.com", {PathFlaw::no_brackets}},
      {"TO:<bob@example.com", "bob@example.com", {PathFlaw::no_brackets}},
      {"TO:<b ob@example.com>", "b ob@example.com", {PathFlaw::bad_address}},
      {"TO:<@example.com>", "@example.com", {PathFlaw::bad_address}},
      {"TO:<>", "", {PathFlaw::bad_address}},
      {"TO:<bob@example.com> =x", "bob@example.com", {PathFlaw::bad_parameter}},
  }));
  DYNAMIC_SECTION(row.argument) {
    const smtp::PathArgument path = smtp::parse_path(row.argument, "TO");
    CHECK(path.address == row.address);
    CHECK(path.flaws == row.flaws);
  }
}

TEST_CASE("the null sender is a value") {
  CHECK(smtp::parse_path("FROM:<> SIZE=10", "FROM").flaws.empty());
}

TEST_CASE("parameters") {
  const auto path = smtp::parse_path("FROM:<a@example.net> size=10 BODY=8BITMIME SMTPUTF8", "FROM");
  REQUIRE(path.parameters.size() == 3);
  CHECK(path.parameters[0].keyword == "SIZE");
  CHECK(path.parameters[0].value == "10");
  CHECK(path.parameters[2].keyword == "SMTPUTF8");
  CHECK(path.parameters[2].value.empty());
}

TEST_CASE("sizes of chunks") {
  CHECK(smtp::parse_chunk("86 LAST")->octets == 86);
  CHECK(smtp::parse_chunk("0 last")->last);
  for (const char* text : {"", "LAST", "-1", "1 FIRST", "1 LAST x", "99999999999999999999"}) {
    CHECK_FALSE(smtp::parse_chunk(text));
  }
}

TEST_CASE("surely a command, or perhaps text") {
  for (const char* line :
       {"QUIT", "quit", "DATA", "MAIL FROM:<a@example.net>", "rcpt to:<b@example.com>",
        "EHLO client.example.net", "BDAT 5 LAST", "STARTTLS", "XCLIENT ADDR=192.0.2.1"}) {
    CHECK(smtp::is_surely_command(line));
  }
  for (const char* line :
       {"", "Help me", "data of mine", "mail was late", "EHLO and welcome to all", "Auth is hard",
        "quit smoking", "send it", "BDAT"}) {
    CHECK_FALSE(smtp::is_surely_command(line));
  }
}

TEST_CASE("more of paths: quotes, escapes, domains") {
  const auto row = GENERATE(values<Row>({
      {"TO:<\"a\\\"b>\"@example.com>", "\"a\\\"b>\"@example.com", {}},
      {"TO:<\"a@b\"@example.com>", "\"a@b\"@example.com", {}},
      {"TO:<\"never closed@example.com>",
       "",
       {PathFlaw::no_brackets, PathFlaw::bad_address, PathFlaw::bad_parameter}},
      {"TO:<bob@>", "bob@", {PathFlaw::bad_address}},
      {"TO:<bob@[]>", "bob@[]", {PathFlaw::bad_address}},
      {"TO:<bob@[192.0.2.1>", "bob@[192.0.2.1", {PathFlaw::bad_address}},
      {"TO:<bob@exa mple.com>", "bob@exa mple.com", {PathFlaw::bad_address}},
      {"TO:<bob@exa/mple.com>", "bob@exa/mple.com", {PathFlaw::bad_address}},
      {"TO:<bob@under_score.example.com>", "bob@under_score.example.com", {}},
      {"TO:<b\x7fob@example.com>", "b\x7fob@example.com", {PathFlaw::bad_address}},
      {"TO:<b;ob@example.com>", "b;ob@example.com", {PathFlaw::bad_address}},
      {"TO:<PostMaster>", "PostMaster", {}},
      {"TO:<root>", "root", {PathFlaw::bad_address}},
      {"TO:<bob@example.com> -x", "bob@example.com", {PathFlaw::bad_parameter}},
      {"TO:<bob@example.com> x_y=1", "bob@example.com", {PathFlaw::bad_parameter}},
      {"TO:<bob@example.com> X-Y=1", "bob@example.com", {}},
  }));
  DYNAMIC_SECTION(row.argument) {
    const smtp::PathArgument path = smtp::parse_path(row.argument, "TO");
    CHECK(path.flaws == row.flaws);
    if (path.flaws.empty()) CHECK(path.address == row.address);
  }
}

TEST_CASE("arguments that fit their command, and what is said of others") {
  struct Argument {
    const char* line;
    const char* wrong;  // empty: nothing
  };
  const auto row = GENERATE(values<Argument>({
      {"MAIL FROM:<alice@example.org>", ""},
      {"MAIL <alice@example.org>", "FROM: is missing"},
      {"RCPT <bob@example.com>", "TO: is missing"},
      {"RCPT TO: <bob@example.com>", "a blank stands behind the colon"},
      {"RCPT TO:bob@example.com", "no pair of angle brackets stands around the address"},
      {"RCPT TO:<@>", "the address is not well-formed"},
      {"MAIL FROM:<> =", "a parameter is not well-formed"},
      {"BDAT 5 LAST", ""},
      {"BDAT five", "BDAT needs the number of octets, and nothing but LAST behind it"},
      {"EHLO client.example.net", ""},
      {"EHLO", "the name of the client is missing"},
      {"HELO ", "the name of the client is missing"},
      {"LHLO", "the name of the client is missing"},
      {"LHLO client.example.net", ""},
      {"AUTH", "the argument is missing"},
      {"AUTH PLAIN", ""},
      {"VRFY", "the argument is missing"},
      {"EXPN staff", ""},
      {"ETRN", "the argument is missing"},
      {"DATA", ""},
      {"DATA now", "the command takes no argument"},
      {"QUIT please", "the command takes no argument"},
      {"RSET 1", "the command takes no argument"},
      {"STARTTLS 1.3", "the command takes no argument"},
      {"TURN ", ""},
      {"NOOP whatever", ""},
      {"HELP MAIL", ""},
      {"HELP", ""},
  }));
  DYNAMIC_SECTION(row.line) {
    smtp::Line line;
    line.text = row.line;
    const smtp::Command command = smtp::parse_command(line);
    std::string why;
    CHECK(smtp::is_valid_argument(command, why) == (*row.wrong == '\0'));
    if (*row.wrong != '\0') CHECK(why == row.wrong);
  }
}

TEST_CASE("surely a command: each verb of the table, with what has to stand behind it") {
  struct Sure {
    const char* line;
    bool surely;
  };
  const auto row = GENERATE(values<Sure>({
      {"RSET", true},           {"RSET me", false},        {"NOOP", true},
      {"NOOP noop", false},     {"HELO x", true},          {"HELO", false},
      {"LHLO x", true},         {"LHLO x\ty", false},      {"AUTH PLAIN", true},
      {"AUTH", false},          {"AUTH 1", false},         {"XCLIENT", false},
      {"RCPT ", false},         {"XFORWARD ADDR=x", true}, {"XFORWARD", false},
      {"X-ANONYMOUSTLS", true}, {"MAIL", false},           {"X-ANONYMOUSTLS x", false},
      {"VRFY bob", false},      {"EXPN staff", false},     {"HELP", false},
      {"ETRN x", false},        {"ATRN", false},           {"TURN", false},
      {"BURL x", false},        {"X-EXPS LOGIN", false},   {"XEXCH50 2 2", false},
      {"SEND FROM:<x>", false}, {"SOML", false},           {"SAML", false},
      {"STARTTLS now", false},  {"DATA ", true},
  }));
  DYNAMIC_SECTION(row.line) { CHECK(smtp::is_surely_command(row.line) == row.surely); }
}
