#include "analyzer/delivery/reply_rules.hpp"
#include "tests/support/catch.hpp"

#include <set>
#include <string>

namespace smtpscope::delivery {
namespace {

// "2:5 what is wrong", a line each.
std::string errors_in(std::string_view text, const RuleLimits& limits = {}) {
  std::vector<RuleError> errors;
  (void)parse_rules(text, errors, {}, limits);
  std::string all;
  for (const RuleError& error : errors) {
    all +=
        std::to_string(error.line) + ':' + std::to_string(error.column) + ' ' + error.cause + '\n';
  }
  return all;
}

ReplyRule rule_of(std::string_view line) {
  std::vector<RuleError> errors;
  ReplyRules rules = parse_rules(line, errors);
  REQUIRE(errors.empty());
  REQUIRE(rules.rules.size() == 1);
  return std::move(rules.rules.front());
}

}  // namespace

TEST_CASE("the fields of a rule") {
  const ReplyRule rule = rule_of(
      "over-quota\tmailboxfull  4xx,552,520-529,55x  5.2.2,x.2.*,x.7.606-649  RCPT,EOM,?  *  /over "
      "?quota/  "
      "EOM 552-5.2.2 over\\n552 5.2.2 quota ");
  CHECK(rule.name == "over-quota");
  CHECK(rule.reason == "mailboxfull");
  REQUIRE(rule.codes.size() == 4);
  CHECK((rule.codes[0].from == 400 && rule.codes[0].to == 499));
  CHECK((rule.codes[1].from == 552 && rule.codes[1].to == 552));
  CHECK((rule.codes[2].from == 520 && rule.codes[2].to == 529));
  CHECK((rule.codes[3].from == 550 && rule.codes[3].to == 559));
  CHECK(rule.enhanced_is == ReplyRule::Enhanced::one_of);
  REQUIRE(rule.enhanced.size() == 3);
  CHECK((rule.enhanced[0].class_digit == 5 && rule.enhanced[0].subject == 2 &&
         rule.enhanced[0].from == 2));
  CHECK((rule.enhanced[1].class_digit == 0 && rule.enhanced[1].from == 0 &&
         rule.enhanced[1].to == 999));
  CHECK((rule.enhanced[2].subject == 7 && rule.enhanced[2].from == 606 &&
         rule.enhanced[2].to == 649));
  for (unsigned asked = 0; asked < asked_count; ++asked) {
    const auto what = static_cast<Asked>(asked);
    CHECK(rule.is_for(what) ==
          (what == Asked::recipient || what == Asked::message || what == Asked::unknown));
  }
  CHECK(rule.providers.empty());
  CHECK(rule.pattern == "over ?quota");
  CHECK(rule.example_asked == Asked::message);
  CHECK(rule.example == "552-5.2.2 over\\n552 5.2.2 quota");
}

TEST_CASE("a rule that asks for nothing") {
  const ReplyRule rule = rule_of("a undefined * * * * //");
  CHECK(rule.codes.empty());
  CHECK(rule.enhanced_is == ReplyRule::Enhanced::any_or_none);
  CHECK(rule.is_for(Asked::unknown));
  CHECK(rule.is_for(Asked::connection));
  CHECK(rule.pattern.empty());
  CHECK(rule.example.empty());
  CHECK(rule.example_asked == Asked::unknown);
}

TEST_CASE("fields with more to them") {
  CHECK(rule_of("a undefined * - * * //").enhanced_is == ReplyRule::Enhanced::one_of_or_none);
  CHECK(rule_of("a undefined * -,x.0.0 * * //").enhanced.size() == 1);
  CHECK(rule_of("a undefined * -,x.0.0 * * //").enhanced_is == ReplyRule::Enhanced::one_of_or_none);
  CHECK(rule_of("a undefined * x.0.0,- * * //").enhanced_is == ReplyRule::Enhanced::one_of_or_none);
  CHECK(rule_of("a undefined * * * * /a\\/b\\.c\\\\/").pattern == "a/b\\.c\\\\");
  CHECK(rule_of("a undefined * * * * /a b/ ? 550 no").example == "550 no");
  CHECK(rule_of("# a comment\n\n  # and one more\r\na undefined * * * * /x/\r\n").pattern == "x");
}

TEST_CASE("providers and words") {
  std::vector<RuleError> errors;
  const ReplyRules rules = parse_rules(
      "word who /user|box/\n"
      "word no-who /no {who}/\n"
      "a userunknown * * * big /{no-who}s? x{2}/\n"
      "provider big /big \\/ mail/ /\\.big\\.example$/\n"
      "provider small // //\n",
      errors);
  REQUIRE(errors.empty());
  REQUIRE(rules.providers.size() == 2);
  CHECK(rules.providers[0].text_pattern == "big / mail");
  CHECK(rules.providers[0].server_pattern == "\\.big\\.example$");
  CHECK(rules.providers[1].text_pattern.empty());
  CHECK(rules.rules.front().pattern == "(?:no (?:user|box))s? x{2}");
  CHECK(rules.rules.front().providers == std::vector<std::string>{"big"});

  const ReplyRules more = parse_rules("b userunknown * * * big /{who}/\n", errors, rules);
  REQUIRE(errors.empty());
  CHECK(more.rules.front().pattern == "(?:user|box)");
}

TEST_CASE("what is wrong in a file of rules, and where") {
  struct Row {
    const char* name;
    std::string_view text;
    std::string_view errors;
  };
  const auto row = GENERATE(values<Row>({
      {"no name", "A_b undefined * * * * //", "1:1 \"A_b\" is no name: a-z, 0-9 and -\n"},
      {"the same name twice", "a undefined * * * * //\na undefined * * * * //",
       "2:1 there is another rule \"a\"\n"},
      {"no such reason", "a  usrunknown * * * * //", "1:4 \"usrunknown\" is no reason\n"},
      {"a reason of captures", "a reset * * * * //",
       "1:3 \"reset\" is seen in a capture, and no reply says it\n"},
      {"reasons are small", "a USERUNKNOWN * * * * //", "1:3 \"USERUNKNOWN\" is no reason\n"},
      {"a code", "a undefined 5x * * * //",
       "1:13 \"5x\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"},
      {"a class in between", "a undefined 5x0 * * * //",
       "1:13 \"5x0\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"},
      {"codes that no reply has", "a undefined 550,600 * * * //",
       "1:17 \"600\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"},
      {"a range that goes down", "a undefined 452-421 * * * //",
       "1:13 \"452-421\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"},
      {"an empty part", "a undefined 550, * * * //",
       "1:17 \"\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"},
      {"an enhanced code", "a undefined * 5.1 * * //",
       "1:15 \"5.1\" is no enhanced code (5.1.1, x.1.1, x.7.*, x.7.606-649), nor \"-\" for none\n"},
      {"a class that there is not", "a undefined * 3.1.1 * * //",
       "1:15 \"3.1.1\" is no enhanced code (5.1.1, x.1.1, x.7.*, x.7.606-649), nor \"-\" for "
       "none\n"},
      {"a detail that is too long", "a undefined * x.1.1000 * * //",
       "1:15 \"x.1.1000\" is no enhanced code (5.1.1, x.1.1, x.7.*, x.7.606-649), nor \"-\" for "
       "none\n"},
      {"a command", "a undefined * * RCPT,NOOP * //",
       "1:22 \"NOOP\" is none of CONN, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, EOM, OTHER, ?\n"},
      {"a provider", "a undefined * * * nobody //", "1:19 no provider is called \"nobody\"\n"},
      {"no pattern", "a undefined * * * *", "1:20 the pattern is missing\n"},
      {"a pattern without slashes", "a undefined * * * * foo",
       "1:21 the pattern begins with \"/\"\n"},
      {"a pattern without an end", "a undefined * * * * /foo",
       "1:21 the pattern has no \"/\" at its end\n"},
      {"more behind the pattern", "a undefined * * * * /a/b/",
       "1:24 a blank has to stand behind the pattern; a slash in it is written \"\\/\"\n"},
      {"a pattern that cannot be read", "a undefined * * * * /a(b/",
       "1:21 the pattern cannot be read: missing ): a(b\n"},
      {"look-around", "a undefined * * * * /a(?!b)/",
       "1:21 the pattern cannot be read: invalid perl operator: (?!\n"},
      {"only the first that is missing", "a undefined", "1:12 CODES is missing\n"},
      {"a word that there is not", "a undefined * * * * /x {who}/",
       "1:24 no word is called \"who\"\n"},
      {"a word in itself", "word who /{who}/", "1:11 no word is called \"who\"\n"},
      {"a word twice", "word who /a/\nword who /b/", "2:6 there is another word \"who\"\n"},
      {"no name of a word", "word 1a /a/",
       "1:6 \"1a\" is no name of a word: a letter of a-z, then a-z, 0-9 and -\n"},
      {"more behind a word", "word a /a/ b", "1:12 nothing may stand behind the pattern\n"},
      {"a provider's second pattern", "provider a /a/",
       "1:15 the pattern of the server is missing\n"},
      {"more behind a provider", "provider a /a/ /b/ c",
       "1:20 nothing may stand behind the two patterns\n"},
      {"all of them, in order", "A b 1 2 3 4 5\nb undefined * * * nobody //\nc foo * * * * //",
       "1:1 \"A\" is no name: a-z, 0-9 and -\n"
       "1:3 \"b\" is no reason\n"
       "1:5 \"1\" is no reply code (550), range (421-452) or class (5xx, 55x)\n"
       "1:7 \"2\" is no enhanced code (5.1.1, x.1.1, x.7.*, x.7.606-649), nor \"-\" for none\n"
       "1:9 \"3\" is none of CONN, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, EOM, OTHER, ?\n"
       "1:11 no provider is called \"4\"\n"
       "1:13 the pattern begins with \"/\"\n"
       "2:19 no provider is called \"nobody\"\n"
       "3:3 \"foo\" is no reason\n"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(errors_in(row.text) == row.errors); }
}

TEST_CASE("limits of a file of rules") {
  RuleLimits limits;
  limits.octets = 100;
  CHECK(errors_in(std::string(101, '#'), limits) == "1:1 the file is larger than 100 octets\n");
  CHECK(errors_in(std::string(100, '#'), limits).empty());
  limits = {};
  limits.rows = 1;
  CHECK(errors_in("a undefined * * * * //\nb undefined * * * * //", limits) ==
        "2:1 there are more than 1 rows\n");
  limits = {};
  limits.pattern_octets = 4;
  CHECK(errors_in("a undefined * * * * /12345/", limits) ==
        "1:21 the pattern is longer than 4 octets\n");
  limits = {};
  limits.errors = 2;
  CHECK(errors_in("a b\nc d\ne f\n", limits) == "1:3 \"b\" is no reason\n1:4 CODES is missing\n");

  // Each word doubles the one before.
  std::string words = "word a-0 /" + std::string(1000, 'x') + "/\n";
  for (int i = 0; i < 60; ++i) {
    words += "word a-" + std::to_string(i + 1) + " /{a-" + std::to_string(i) + "}{a-" +
             std::to_string(i) + "}/\n";
  }
  CHECK(errors_in(words).find("the pattern is longer than 32768 octets") != std::string::npos);
}

TEST_CASE("the rules that are part of the program") {
  const ReplyRules& rules = built_in_rules();
  CHECK(rules.rules.size() > 50);
  CHECK(errors_in(built_in_rules_text()).empty());
  std::set<std::string> reasons;
  for (const ReplyRule& rule : rules.rules) {
    INFO(rule.name);
    CHECK_FALSE(rule.example.empty());
    reasons.emplace(rule.reason);
  }
  CHECK(reasons.size() > 28);
}

}  // namespace smtpscope::delivery
