#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/pattern_syntax.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <string>

namespace smtpscope::delivery {
namespace {

Classification classify(const Classifier& classifier, std::string_view reply, Asked asked,
                        std::string_view server = {}) {
  ReplyText text;
  text.read(reply);
  Classifier::Scratch scratch;
  return classifier.classify(text, {asked, server}, scratch);
}

ReplyRules rules_of(std::string_view text) {
  std::vector<RuleError> errors;
  ReplyRules rules = parse_rules(text, errors, built_in_rules());
  REQUIRE(errors.empty());
  return rules;
}

// "\n" in an example is the end of a line.
std::string unfolded(std::string text) {
  for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
    text.replace(at, 2, "\n");
  return text;
}

// All digits by others, each by any.
std::string with_other_digits(std::string text, std::mt19937& random) {
  for (char& c : text) {
    if (c >= '0' && c <= '9') c = static_cast<char>('0' + random() % 10);
  }
  return text;
}

}  // namespace

TEST_CASE("each rule decides its own example") {
  const Classifier& classifier = Classifier::built_in();
  REQUIRE(classifier.usable());
  for (const ReplyRule& rule : built_in_rules().rules) {
    INFO(rule.name << ": " << rule.example);
    const Classification found = classify(classifier, unfolded(rule.example), rule.example_asked);
    CHECK(found.rule == rule.name);
    CHECK(found.reason == rule.reason);
  }
}

TEST_CASE("the first rule that fits decides") {
  const ReplyRules own = rules_of(
      "provider big /big mail/ /\\.big\\.example$/\n"
      "provider google /also google/ //\n"
      "a suspend     550     x.9.1        RCPT,?   *       /zz/\n"
      "b mailboxfull 55x     -            *        *       /zz/\n"
      "c rejected    *       4.9.*        MAIL     *       /zz/\n"
      "d blocked     *       x.9.600-699  *        big     /zz/\n"
      "e notaccept   *       *            *        google  /zz/\n"
      "f hasmoved    5xx     *            *        *       /^zz$/\n"
      "g expired     421-452 *            CONN     *       /Zz top/\n"
      "h filtered    *       x.9.9        *        *       //\n");
  const Classifier classifier(own);
  REQUIRE(classifier.usable());
  struct Row {
    const char* name;
    std::string_view reply;
    Asked asked;
    std::string_view server;
    std::string_view rule;
  };
  using enum Asked;
  const auto row = GENERATE(values<Row>({
      {"all columns", "550 5.9.1 zz", recipient, "", "a"},
      {"any class", "550 4.9.1 zz", recipient, "", "a"},
      {"the command is not known", "550 5.9.1 zz", unknown, "", "a"},
      {"another command", "550 5.9.1 zz", sender, "", "f"},
      {"another code", "551 5.9.1 zz", recipient, "", "f"},
      {"no enhanced code", "551 zz", recipient, "", "b"},
      {"no enhanced code where one is wanted", "450 zz", sender, "", ""},
      {"the class of the enhanced code", "450 4.9.7 zz", sender, "", "c"},
      {"a range, and a provider by its words", "450 4.9.650 zz of big mail", recipient, "", "d"},
      {"by its name", "450 4.9.650 zz", recipient, "mx.BIG.example", "d"},
      {"not its name", "450 4.9.650 zz", recipient, "mx.big.example.com", ""},
      {"a provider that is built in", "450 zz - gsmtp", recipient, "", "e"},
      {"more words of it", "450 zz, also google", recipient, "", "e"},
      {"only the class is known: a class", "5.9.7 zz", recipient, "", "f"},
      {"only the class is known: no code", "5.9.1 zz", recipient, "", "f"},
      {"only the class is known: a part of it", "4.9.1 zz top", connection, "", ""},
      {"no code at all", "zz top", connection, "", ""},
      {"capitals in a pattern", "450 ZZ TOP", connection, "", "g"},
      {"without a pattern, when no pattern above fits", "550 5.9.9 zz zz", sender, "", "h"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Classification found = classify(classifier, row.reply, row.asked, row.server);
    if (row.rule.empty()) {
      CHECK(found.rule.size() != 1);  // one of the built-in ones, or none
    } else {
      CHECK(found.rule == row.rule);
    }
  }
}

TEST_CASE("rules of the user go before the built-in ones, and those are still there") {
  const Classifier classifier(rules_of("mine contenterror 5xx * * * /user unknown/\n"));
  CHECK(classify(classifier, "550 5.1.1 User unknown", Asked::recipient).reason == "contenterror");
  CHECK(classify(classifier, "550 5.1.1 User unknown", Asked::recipient).rule == "mine");
  CHECK(classify(classifier, "450 4.1.1 User unknown", Asked::recipient).reason == "userunknown");
  CHECK(classify(Classifier::built_in(), "550 5.1.1 User unknown", Asked::recipient).reason ==
        "userunknown");
}

TEST_CASE("what is no refusal has no reason") {
  for (const char* reply : {"250 2.1.5 Ok", "220 mx", "354 go on", "334 ", "2.0.0 Ok"}) {
    INFO(reply);
    const Classification found = classify(Classifier::built_in(), reply, Asked::recipient);
    CHECK(found.reason.empty());
    CHECK(found.rule.empty());
    CHECK(found.info == nullptr);
  }
}

TEST_CASE("the address in a reply is not what it says") {
  for (const char* address : {"virus", "spam", "dmarc", "greylist", "full", "relay"}) {
    const std::string reply = "550 5.1.1 <" + std::string(address) + "@example.com>: User unknown";
    INFO(reply);
    CHECK(classify(Classifier::built_in(), reply, Asked::recipient).reason == "userunknown");
  }
}

TEST_CASE("the same code says different things to different commands") {
  struct Row {
    std::string_view reply;
    Asked asked;
    Reason reason;
  };
  using enum Asked;
  const auto row = GENERATE(values<Row>({
      {"550 no", recipient, "userunknown"},
      {"550 no", sender, "rejected"},
      {"552 no", recipient, "mailboxfull"},
      {"552 no", message, "emailtoolarge"},
      {"454 no", starttls, "failedstarttls"},
      {"454 4.7.0 no", login, "securityerror"},
      {"554 5.7.1 no", connection, "blocked"},
      {"550 5.7.1 Unable to relay for bob@example.com", recipient, "norelaying"},
      {"554 5.7.1 SPAM", message, "spamdetected"},
  }));
  DYNAMIC_SECTION(row.reply << " to " << word_of(row.asked)) {
    CHECK(classify(Classifier::built_in(), row.reply, row.asked).reason == row.reason);
  }
}

TEST_CASE("what is remembered changes nothing") {
  constexpr std::uint32_t seed = 20260101;
  std::mt19937 random(seed);
  const Classifier& classifier = Classifier::built_in();
  Classifier::Scratch remembering;
  remembering.memo =
      std::make_unique<MatchMemo>(MemoLimits{64, 128});  // small: places change hands
  ReplyText text;
  for (int round = 0; round < 20; ++round) {
    for (const ReplyRule& rule : built_in_rules().rules) {
      const std::string reply = with_other_digits(unfolded(rule.example), random);
      INFO(reply);
      text.read(reply);
      const Classification found = classifier.classify(text, {rule.example_asked, {}}, remembering);
      const Classification again = classify(classifier, reply, rule.example_asked);
      REQUIRE(found.rule == again.rule);
      REQUIRE(found.provider == again.provider);
    }
  }
}

TEST_CASE("patterns one by one stand where they stand together") {
  PatternSet one_by_one(1 << 20);
  PatternSet together(1 << 24);
  std::size_t number = 0;
  for (const ReplyRule& rule : built_in_rules().rules) {
    one_by_one.add(rule.pattern, number);
    together.add(rule.pattern, number++);
  }
  REQUIRE(one_by_one.seal(Search::one_by_one));
  REQUIRE(together.seal());
  MatchMemo memo(MemoLimits{64, 512});
  PatternSet::Scratch few;
  PatternSet::Scratch many;
  ReplyText text;
  std::size_t hits = 0;
  for (const ReplyRule& rule : built_in_rules().rules) {
    // Whole, its halves swapped, and cut: patterns that stand there in part.
    const std::string example = unfolded(rule.example);
    for (const std::string& reply :
         {example, example.substr(example.size() / 2) + " " + example.substr(0, example.size() / 2),
          example.substr(example.size() / 3)}) {
      INFO(reply);
      text.read(reply);
      one_by_one.find(text.text(), few, &memo);
      together.find(text.text(), many);
      CHECK(std::set(few.numbers.begin(), few.numbers.end()) ==
            std::set(many.numbers.begin(), many.numbers.end()));
      hits += many.numbers.size();
    }
  }
  CHECK(hits > built_in_rules().rules.size());
}

TEST_CASE("after a while all patterns are looked for together, and nothing else changes") {
  Classifying classifying;
  ReplyText text;
  for (const ReplyRule& rule : built_in_rules().rules) {
    text.read(unfolded(rule.example));
    const Classification found = classifying.classify(text, {rule.example_asked, {}});
    CHECK(found.rule == rule.name);
  }
}

TEST_CASE("what a pattern needs") {
  const auto [pattern, needs] = GENERATE(table<std::string_view, Needs>(
      {{"user unknown", {{"user unknown"}}},
       {"(user|mailbox) (is )?full", {{"user", "mailbox"}, {"full"}}},
       {"ab+cd", {{"ab"}, {"cd"}}},
       {"abc?de", {{"ab"}, {"de"}}},
       {"abc*de{0,2}fg", {{"ab"}, {"fg"}}},
       {"abc{2}de", {{"abc"}, {"de"}}},
       {"ab{x}", {{"ab{x}"}}},
       {"a\\.b [xy]+z\\d12", {{"a.b "}, {"12"}}},
       {"[]ab]cd[^]ef]", {{"cd"}}},
       {"(?:ab(cd|ef)*|gh)(x|yz)", {{"ab", "gh"}}},
       {"(ab(cd|xyz))", {{"ab"}, {"cd", "xyz"}}},
       {"(ab|)cd", {{"cd"}}},
       {"(ab)?(cd)+", {{"cd"}}},
       {"\\bab\\b", {{"ab"}}},
       {"a|b", {}},
       {"", {}},
       // What is not understood needs nothing.
       {"\\x31abc", {}},
       {"\\p{Greek}", {}},
       {"(?i)abc", {}},
       {"[[:alpha:]]abc", {}},
       {"abc)", {}},
       {std::string_view("((((((((((((((((((((abc|d))))))))))))))))))))"), {}}}));
  INFO(pattern);
  CHECK(needs_of(pattern) == needs);
}

TEST_CASE("patterns that tell digits apart") {
  for (const char* blind : {"", "user unknown", "\\d{3,4}", "[0-9a-f]+", "[^0-9]", "x{2}",
                            "\\bas\\d{4,8}\\)", "a\\.b", "[]0-9]"}) {
    INFO(blind);
    CHECK_FALSE(tells_digits_apart(blind));
  }
  for (const char* sighted : {"163", "ib6\\d\\d", "[1-5]", "[0-8]", "x{2", "{2x}", "\\x31", "0-9",
                              "[a]0-9", "rfc 5322", "\\Q1\\E"}) {
    INFO(sighted);
    CHECK(tells_digits_apart(sighted));
  }
}

TEST_CASE("a pattern with any digits stands wherever the pattern does") {
  const auto [pattern, any] = GENERATE(table<std::string_view, std::optional<std::string_view>>(
      {{"163\\.com", "\\d\\d\\d\\.com"},
       {"x{2,3}4\\d", "x{2,3}\\d\\d"},
       {"{2x}", "{\\dx}"},
       {"[0-9a]1[]x]", "[0-9a]\\d[]x]"},
       {"ib[1-35]\\]", "ib(?s:.)\\]"},
       {"[^]1]", "(?s:.)"},
       {"[\\]1]2", "(?s:.)\\d"},
       {"\\(?1", "\\(?\\d"},
       {"\\x31", std::nullopt},
       {"\\Q1\\E", std::nullopt},
       {"(?P<n1>x)", std::nullopt},
       {"[[:^alpha:]1-3]", std::nullopt}}));
  INFO(pattern);
  CHECK(with_any_digits(pattern) == any);
}

TEST_CASE("patterns that tell digits apart are found among texts that differ in digits alone") {
  PatternSet set(1 << 20);
  set.add("rfc 5322|ib[1-35]", 1);
  set.add("rfc \\d{4}", 2);
  set.add("\\x37seven", 3);
  REQUIRE(set.seal());
  MatchMemo memo;
  PatternSet::Scratch scratch;
  const auto found = [&](std::string_view text) {
    set.find(text, scratch, &memo);
    std::vector<std::size_t> numbers = scratch.numbers;
    std::ranges::sort(numbers);
    return numbers;
  };
  using Numbers = std::vector<std::size_t>;
  for (int round = 0; round < 2; ++round) {
    CHECK(found("rfc 5322") == Numbers{1, 2});
    CHECK(found("rfc 5321") == Numbers{2});
    CHECK(found("ib3") == Numbers{1});
    CHECK(found("ib4") == Numbers{});
    CHECK(found("7seven") == Numbers{3});
    CHECK(found("8seven") == Numbers{});
  }
}

TEST_CASE("a reply without text is a text like others to what is remembered") {
  PatternSet set(1 << 20);
  set.add("^$", 1);
  REQUIRE(set.seal());
  MatchMemo memo;
  PatternSet::Scratch scratch;
  for (int round = 0; round < 2; ++round) {
    set.find("", scratch, &memo);
    CHECK(scratch.numbers == std::vector<std::size_t>{1});
  }
}

TEST_CASE("there is room for the texts that came, up to the limit") {
  constexpr std::size_t most = 256;
  MatchMemo memo({most, 128});
  CHECK(memo.places() == 0);
  CHECK_FALSE(memo.place_of("first").known);
  CHECK(memo.places() <= 16);
  CHECK(memo.place_of("first").known);
  for (std::size_t i = 0; i < 10 * most; ++i) {
    const std::string text = "text " + std::to_string(i);
    CHECK_FALSE(memo.place_of(text).known);
    CHECK(memo.place_of(text).known);
  }
  CHECK(memo.places() == most);
  CHECK(MatchMemo({0, 128}).place_of("nowhere").entry == nullptr);
}

TEST_CASE("patterns with alternatives are found, whichever of them stands there") {
  PatternSet set(1 << 20);
  set.add("one|two (three|four)|[|]x|a\\|b|9\\d", 1);
  set.add("(?i)FIVE|SIX", 2);
  set.add("Seven", 3);
  REQUIRE(set.seal());
  const auto [text, number] = GENERATE(table<std::string_view, std::size_t>({{"one", 1},
                                                                             {"two four", 1},
                                                                             {"|x", 1},
                                                                             {"a|b", 1},
                                                                             {"97", 1},
                                                                             {"87", 0},
                                                                             {"six", 2},
                                                                             {"seven", 3},
                                                                             {"two", 0},
                                                                             {"four", 0},
                                                                             {"b", 0}}));
  PatternSet::Scratch scratch;
  set.find(text, scratch);
  CHECK(scratch.numbers ==
        (number == 0 ? std::vector<std::size_t>{} : std::vector<std::size_t>{number}));
}

TEST_CASE("patterns that are too large together are told") {
  PatternSet set(10'000);
  for (std::size_t i = 0; i < 100; ++i) set.add("(a|b|c){50}" + std::string(i, 'x'), i);
  CHECK_FALSE(set.seal());
  PatternSet::Scratch scratch;
  set.find("aaa", scratch);
  CHECK(scratch.numbers.empty());
}

TEST_CASE("how long a refusal lasts") {
  CHECK(is_permanent(5, "userunknown") == true);
  CHECK(is_permanent(4, "userunknown") == false);
  CHECK(is_permanent(5, "greylisted") == false);
  CHECK(is_permanent(4, "expired") == true);
  CHECK(is_permanent(0, "userunknown") == std::nullopt);
  CHECK(is_permanent(2, "") == std::nullopt);
}

}  // namespace smtpscope::delivery
