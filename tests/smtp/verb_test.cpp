#include "dissectors/smtp/verb.hpp"

#include "dissectors/base/ascii.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>
#include <string>

using namespace smtpscope;
using smtp::Phase;
using smtp::Verb;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii::to_lower);
  return out;
}

std::string mixed(std::string_view text) {
  std::string out = lower(text);
  for (std::size_t at = 0; at < out.size(); at += 2) out[at] = ascii::to_upper(out[at]);
  return out;
}

bool lists(std::span<const std::uint16_t> codes, std::uint16_t code) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

TEST_CASE("verbs: every row is found by its name in any case", "[verb]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    DYNAMIC_SECTION(row.name) {
      CHECK(smtp::find_verb(row.name) == row.verb);
      CHECK(smtp::find_verb(lower(row.name)) == row.verb);
      CHECK(smtp::find_verb(mixed(row.name)) == row.verb);
      REQUIRE(smtp::info(row.verb) != nullptr);
      CHECK(smtp::info(row.verb)->name == row.name);
    }
  }
}

TEST_CASE("verbs: the rows stand in the order of the enumeration, without a gap", "[verb]") {
  CHECK(smtp::verbs().size() == static_cast<std::size_t>(Verb::saml));
  std::size_t next = 1;
  for (const smtp::VerbInfo& row : smtp::verbs())
    CHECK(static_cast<std::size_t>(row.verb) == next++);
  CHECK(smtp::info(Verb::unknown) == nullptr);
}

TEST_CASE("find_verb: what is no verb", "[verb]") {
  struct Row {
    const char* name;
    std::string_view in;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing", ""},
      {"one letter", "E"},
      {"a beginning", "EHL"},
      {"one letter more", "EHLOO"},
      {"a space behind", "EHLO "},
      {"a space in front", " EHLO"},
      {"a CR behind", "QUIT\r"},
      {"NUL in front, which leaves the number of the letters as it is", {"\0QUIT", 5}},
      {"NUL behind", {"QUIT\0", 5}},
      {"letters of UTF-8", "ΕΗLΟ"},
      {"octets above 127", "\xc5HLO"},
      {"eight letters", "STARTTLZ"},
      {"nine letters", "STARTTLSX"},
      {"nine letters whose last eight are a verb", "XSTARTTLS"},
      {"as long as the longest", "X-ANONYMOUSTLZ"},
      {"longer than the longest", "X-ANONYMOUSTLSX"},
      {"underscore for hyphen", "X_EXPS"},
      {"the dot that ends a message", "."},
      {"the placeholder of a masked offer", "XXXXXXXA"},
      {"a header field", "Subject:"},
      {"HTTP", "GET"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(smtp::find_verb(row.in) == Verb::unknown); }
}

TEST_CASE("verbs: each row is complete and agrees with itself", "[verb]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    DYNAMIC_SECTION(row.name) {
      CHECK(row.phases != 0);
      CHECK_FALSE(row.success.empty());
      CHECK_FALSE(row.meaning.empty());
      CHECK(row.meaning.ends_with('.'));
      CHECK_FALSE(row.rfc.empty());
      CHECK(row.syntax.substr(0, row.name.size()) == row.name);
      CHECK(row.example.substr(0, row.example.find(' ')) == row.name);
      CHECK(std::ranges::is_sorted(row.success, std::ranges::less_equal{}));
      CHECK(std::ranges::is_sorted(row.failure, std::ranges::less_equal{}));
      for (const std::uint16_t code : row.success) {
        CHECK(code / 100 >= 2);
        CHECK(code / 100 <= 3);
      }
      for (const std::uint16_t code : row.failure) {
        CHECK(code / 100 >= 4);
        CHECK(code / 100 <= 5);
        CHECK_FALSE(lists(row.success, code));
      }
    }
  }
}

TEST_CASE("verbs: where a command may stand", "[verb]") {
  struct Row {
    const char* name;
    Verb verb;
    bool before_hello, ready, has_sender, has_recipient;
  };
  const auto row = GENERATE(values<Row>({
      {"EHLO", Verb::ehlo, true, true, true, true},
      {"HELO", Verb::helo, true, true, true, true},
      {"NOOP", Verb::noop, true, true, true, true},
      {"RSET", Verb::rset, true, true, true, true},
      {"QUIT", Verb::quit, true, true, true, true},
      {"VRFY", Verb::vrfy, true, true, true, true},
      {"MAIL", Verb::mail, false, true, false, false},
      {"RCPT", Verb::rcpt, false, false, true, true},
      {"DATA", Verb::data, false, false, false, true},
      {"BDAT", Verb::bdat, false, false, false, true},
      {"STARTTLS", Verb::starttls, false, true, false, false},
      {"AUTH", Verb::auth, false, true, false, false},
      {"ETRN", Verb::etrn, false, true, false, false},
      {"XCLIENT", Verb::xclient, true, true, false, false},
  }));
  DYNAMIC_SECTION(row.name) {
    const smtp::Phases phases = smtp::info(row.verb)->phases;
    CHECK(smtp::allows(phases, Phase::before_hello) == row.before_hello);
    CHECK(smtp::allows(phases, Phase::ready) == row.ready);
    CHECK(smtp::allows(phases, Phase::has_sender) == row.has_sender);
    CHECK(smtp::allows(phases, Phase::has_recipient) == row.has_recipient);
  }
}

TEST_CASE("is_expected: what a row lists, and every refusal", "[verb]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    DYNAMIC_SECTION(row.name) {
      for (const std::uint16_t code : row.success) CHECK(smtp::is_expected(row.verb, code));
      for (const std::uint16_t code : row.failure) CHECK(smtp::is_expected(row.verb, code));
      for (std::uint16_t code = 400; code <= 599; ++code) {
        CHECK(smtp::is_expected(row.verb, code));
      }
    }
  }
}

TEST_CASE("is_expected: the right kind", "[verb]") {
  struct Row {
    const char* name;
    Verb verb;
    std::uint16_t code;
  };
  const auto row = GENERATE(values<Row>({
      {"EHLO accepted", Verb::ehlo, 250},
      {"EHLO unknown to the server", Verb::ehlo, 502},
      {"EHLO to postscreen", Verb::ehlo, 521},
      {"MAIL refused by a policy", Verb::mail, 553},
      {"MAIL before a login", Verb::mail, 530},
      {"RCPT forwarded", Verb::rcpt, 251},
      {"RCPT that cannot be verified", Verb::rcpt, 252},
      {"RCPT greylisted", Verb::rcpt, 451},
      {"RCPT to a null MX", Verb::rcpt, 556},
      {"RCPT refused with a code of no RFC", Verb::rcpt, 571},
      {"DATA goes on", Verb::data, 354},
      {"DATA without recipients", Verb::data, 554},
      {"BDAT taken", Verb::bdat, 250},
      {"BDAT LAST under PRDR", Verb::bdat, 353},
      {"MAIL that takes up an old transfer", Verb::mail, 355},
      {"STARTTLS", Verb::starttls, 220},
      {"AUTH asks", Verb::auth, 334},
      {"AUTH done", Verb::auth, 235},
      {"QUIT", Verb::quit, 221},
      {"QUIT with an argument", Verb::quit, 501},
      {"HELP", Verb::help, 211},
      {"ETRN with a count", Verb::etrn, 253},
      {"XCLIENT greets again", Verb::xclient, 220},
      {"XEXCH50 waits for octets", Verb::xexch50, 354},
      {"an unknown command refused", Verb::unknown, 500},
      {"an unknown command refused for now", Verb::unknown, 421},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(smtp::is_expected(row.verb, row.code)); }
}

TEST_CASE("is_expected: the wrong kind", "[verb]") {
  struct Row {
    const char* name;
    Verb verb;
    std::uint16_t code;
  };
  const auto row = GENERATE(values<Row>({
      {"EHLO answered as a greeting", Verb::ehlo, 220},
      {"HELO answered as QUIT", Verb::helo, 221},
      {"MAIL goes on", Verb::mail, 354},
      {"MAIL forwarded", Verb::mail, 251},
      {"MAIL under PRDR, before the message", Verb::mail, 353},
      {"BDAT at an offset", Verb::bdat, 355},
      {"RCPT goes on", Verb::rcpt, 354},
      {"RCPT logged in", Verb::rcpt, 235},
      {"DATA done at once", Verb::data, 250},
      {"DATA asks for a login", Verb::data, 334},
      {"DATA under PRDR, before the message", Verb::data, 353},
      {"BDAT goes on", Verb::bdat, 354},
      {"RSET goes on", Verb::rset, 354},
      {"NOOP says goodbye", Verb::noop, 221},
      {"QUIT done", Verb::quit, 250},
      {"STARTTLS done", Verb::starttls, 250},
      {"AUTH done without 235", Verb::auth, 250},
      {"AUTH goes on as DATA", Verb::auth, 354},
      {"VRFY goes on", Verb::vrfy, 334},
      {"XCLIENT without a greeting", Verb::xclient, 250},
      {"an unknown command accepted", Verb::unknown, 250},
      {"an unknown command goes on", Verb::unknown, 354},
      {"no code", Verb::mail, 0},
      {"FTP's 150", Verb::mail, 150},
      {"HTTP's 200", Verb::mail, 200},
      {"just below the refusals", Verb::mail, 399},
      {"just above the refusals", Verb::mail, 600},
      {"three nines", Verb::mail, 999},
  }));
  DYNAMIC_SECTION(row.name) { CHECK_FALSE(smtp::is_expected(row.verb, row.code)); }
}

TEST_CASE("verbs: names and examples are unique", "[verb]") {
  std::set<std::string_view> names;
  std::set<std::string_view> examples;
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    CHECK(names.insert(row.name).second);
    CHECK(examples.insert(row.example).second);
  }
}
