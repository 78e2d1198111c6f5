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

TEST_CASE("the null sender is a value") { CHECK(smtp::parse_path("FROM:<> SIZE=10", "FROM").flaws.empty()); }

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
  for (const char* line : {"QUIT", "quit", "DATA", "MAIL FROM:<a@example.net>", "rcpt to:<b@example.com>",
                           "EHLO client.example.net", "BDAT 5 LAST", "STARTTLS", "XCLIENT ADDR=192.0.2.1"}) {
    CHECK(smtp::is_surely_command(line));
  }
  for (const char* line : {"", "Help me", "data of mine", "mail was late", "EHLO and welcome to all", "Auth is hard",
                           "quit smoking", "send it", "BDAT"}) {
    CHECK_FALSE(smtp::is_surely_command(line));
  }
}
