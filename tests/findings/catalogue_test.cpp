#include "analyzer/findings/catalogue_markdown.hpp"
#include "analyzer/findings/example.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/session/analyzer.hpp"
#include "analyzer/transcript/play.hpp"
#include "analyzer/transcript/read.hpp"
#include "dissectors/tls/key_log.hpp"
#include "tests/findings/judged.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/script.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

const std::string page_path = std::string(SMTPSCOPE_SOURCE_DIR) + "/docs/FINDINGS.md";

bool is_sentence(std::string_view text) {
  return text.size() > 20 && text.back() == '.' && text.find('\n') == text.npos;
}

// What a script has no words for; the example says it in a comment.
struct Circumstances {
  session::Checksums checksums = session::Checksums::ignore;
  session::FileEnd end = session::FileEnd::whole;
  session::AnalyzerLimits limits;
  bool keys_of_others = false;  // a key log is given, and has none for this session
};
Circumstances circumstances_of(RuleId rule) {
  Circumstances circumstances;
  if (rule == RuleId::net_bad_checksum) circumstances.checksums = session::Checksums::check;
  if (rule == RuleId::capture_truncated_file) circumstances.end = session::FileEnd::cut_short;
  if (rule == RuleId::capture_limit) circumstances.limits.session.exchanges = 2;
  circumstances.keys_of_others = rule == RuleId::tls_key_missing;
  return circumstances;
}

// An example that begins with a line of swaks is a transcript.
bool is_transcript(const RuleInfo& rule) {
  return example_lines(rule.example).front().text.starts_with("===");
}

std::vector<Finding> findings_of_transcript(const RuleInfo& rule) {
  std::string text;
  for (const ExampleLine& line : example_lines(rule.example)) {
    text += (line.text.starts_with("->") ? " " : "") + std::string(line.text) + '\n';
  }
  std::vector<Finding> findings;
  for (const auto& each : transcript::read(transcript::Tool::swaks, text)) {
    std::ranges::move(judge(transcript::play(each)), std::back_inserter(findings));
  }
  return findings;
}

std::vector<Finding> findings_of(const RuleInfo& rule) {
  if (is_transcript(rule)) return findings_of_transcript(rule);
  const Circumstances circumstances = circumstances_of(rule.id);
  session::Analyzer analyzer("example", session::Order::first_packet, circumstances.limits, {},
                             circumstances.checksums);
  const tls::KeyLog keys_of_others;
  if (circumstances.keys_of_others) analyzer.use_keys(keys_of_others);
  for (const test::TestPacket& packet : test::packets_of(rule.example))
    analyzer.take(packet.view());
  analyzer.finish(circumstances.end);
  std::vector<Finding> findings;
  History history;
  while (const auto session = analyzer.next_session()) {
    std::ranges::move(judge(*session, history), std::back_inserter(findings));
    history.add(*session);
  }
  return findings;
}

// A TEST_CASE of this folder, as it is written.
struct NamedTest {
  std::string name, body;
  // Each string that is a list of findings; the empty one, too.
  std::vector<std::vector<std::string>> id_lists;

  [[nodiscard]] bool is_about(std::string_view id) const {
    const auto words = words_of(name);
    return std::ranges::find(words, id) != words.end();
  }
  [[nodiscard]] bool expects(const RuleInfo& rule) const {
    const auto has = [&](const auto& ids) {
      return std::ranges::find(ids, rule.name) != ids.end();
    };
    return std::ranges::any_of(id_lists, has) ||
           body.find("RuleId::" + enumerator_of(rule)) != body.npos;
  }
  [[nodiscard]] bool expects_none_of(const RuleInfo& rule) const {
    const auto lacks = [&](const auto& ids) {
      return std::ranges::find(ids, rule.name) == ids.end();
    };
    return std::ranges::any_of(id_lists, lacks) || body.find(".empty())") != body.npos ||
           body.find("CHECK_FALSE(") != body.npos;
  }

  static std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : std::string(text) + ' ') {
      if (c != ' ' && c != ':' && c != ',') {
        word += c;
      } else if (!word.empty()) {
        words.push_back(std::exchange(word, {}));
      }
    }
    return words;
  }
  static std::string enumerator_of(const RuleInfo& rule) {
    std::string name(rule.name);
    std::ranges::replace_if(
        name, [](char c) { return c == '.' || c == '-'; }, '_');
    return name;
  }
};

// The strings of a piece of source text, in order.
std::vector<std::string> strings_in(std::string_view source) {
  std::vector<std::string> strings;
  for (std::size_t at = source.find('"'); at != source.npos; at = source.find('"', at)) {
    std::string text;
    for (++at; at < source.size() && source[at] != '"'; ++at) {
      if (source[at] == '\\') text += source[at++];
      if (at < source.size()) text += source[at];
    }
    if (at < source.size()) ++at;
    strings.push_back(std::move(text));
  }
  return strings;
}

// From behind "TEST_CASE(" on.
NamedTest read_test(std::string_view source) {
  NamedTest test;
  test.body = source;
  std::vector<std::string> strings = strings_in(source);
  if (strings.empty()) return test;
  test.name = std::move(strings.front());
  for (std::size_t i = 1; i < strings.size(); ++i) {
    auto words = NamedTest::words_of(strings[i]);
    const bool are_ids =
        std::ranges::all_of(words, [](const auto& word) { return find_rule(word) != nullptr; });
    if (are_ids) test.id_lists.push_back(std::move(words));
  }
  return test;
}

std::vector<NamedTest> named_tests() {
  std::vector<NamedTest> tests;
  const std::filesystem::path folder = std::string(SMTPSCOPE_SOURCE_DIR) + "/tests/findings";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "catalogue_test.cpp")
      continue;
    const std::string text = test::content_of(entry.path());
    constexpr std::string_view head = "\nTEST_CASE(";
    for (std::size_t at = text.find(head); at != text.npos;) {
      const std::size_t next = text.find(head, at + 1);
      tests.push_back(
          read_test(std::string_view(text).substr(at + head.size(), next - at - head.size())));
      at = next;
    }
  }
  return tests;
}

}  // namespace

TEST_CASE("each rule fires in its example") {
  for (const RuleInfo& rule : catalogue()) {
    DYNAMIC_SECTION(rule.name) {
      const std::vector<Finding> findings = findings_of(rule);
      INFO(texts_of(findings));
      CHECK(std::ranges::count(findings, rule.id, &Finding::rule) > 0);
    }
  }
}

TEST_CASE("examples are of known words") {
  for (const RuleInfo& rule : catalogue()) {
    INFO(rule.name);
    CHECK_FALSE(example_lines(rule.example).empty());
    for (const ExampleLine& line : example_lines(rule.example)) {
      INFO(line.text);
      CHECK(line.text.starts_with('#') == (line.word == nullptr));
      CHECK(line.text.size() <= 100);
    }
  }
}

TEST_CASE("the lines of an example") {
  const auto lines = example_lines("\n   connect\n\n\t# says\n  S: 220  mx \n  C:rst@12\nC:rst");
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].text == "connect");
  CHECK(lines[1].text == "# says");
  CHECK(lines[1].word == nullptr);
  CHECK(lines[2].text == "S: 220  mx ");
  CHECK(lines[2].word->form == "S: text");
  CHECK(lines[3].word->form == "C:rst@70000");
  CHECK(lines[4].word->form == "C:rst");
  CHECK(example_lines("").empty());
}

TEST_CASE("the catalogue has a whole row for each rule") {
  std::set<std::string_view> names;
  for (const RuleInfo& rule : catalogue()) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK(find_rule(rule.name) == &rule);
    CHECK(&info(rule.id) == &rule);
    CHECK(is_sentence(rule.when));
    CHECK(is_sentence(rule.meaning));
    CHECK(is_sentence(rule.remedy));
    CHECK_FALSE(rule.reference.empty());
  }
  CHECK(names.size() == rule_count);
  CHECK(find_rule("net.none") == nullptr);
  CHECK(find_rule("") == nullptr);
}

TEST_CASE("severities have names") {
  CHECK(to_string(Severity::error) == "error");
  CHECK(to_string(Severity::warning) == "warning");
  CHECK(to_string(Severity::note) == "note");
}

// A test case is about the findings that its name has. There each of them is to be found in a
// session in which it must fire, and not in one in which it must not: rows of ids, or RuleId and
// what is asked of it.
TEST_CASE(
    "each finding has a test that is named after it, with a case in which it fires and one in which it does not") {
  const std::vector<NamedTest> tests = named_tests();
  REQUIRE(tests.size() > 50);
  for (const RuleInfo& rule : catalogue()) {
    INFO(rule.name);
    const auto any = [&](auto&& holds) {
      return std::ranges::any_of(
          tests, [&](const NamedTest& test) { return test.is_about(rule.name) && holds(test); });
    };
    CHECK(any([](const NamedTest&) { return true; }));
    CHECK(any([&](const NamedTest& test) { return test.expects(rule); }));
    CHECK(any([&](const NamedTest& test) { return test.expects_none_of(rule); }));
  }
}

TEST_CASE("what a test is named after, and what it expects") {
  const NamedTest test = read_test(
      R"-("net.loss and net.reset: why") { Case{"net.stalled", "S:rst\n", "net.loss smtp.no-quit"} })-");
  CHECK(test.is_about("net.loss"));
  CHECK(test.is_about("net.reset"));
  CHECK_FALSE(test.is_about("net.res"));
  CHECK_FALSE(test.is_about("smtp.no-quit"));
  CHECK(test.expects(info(RuleId::net_loss)));
  CHECK_FALSE(test.expects(info(RuleId::net_reset)));
  CHECK_FALSE(
      read_test(R"-("net.loss") { {"a", "net.loss"} })-").expects_none_of(info(RuleId::net_loss)));
  CHECK(read_test(R"-("net.loss") { {"a", "net.loss"}, {"b", ""} })-")
            .expects_none_of(info(RuleId::net_loss)));
}

TEST_CASE("docs/FINDINGS.md is what the catalogue says") {
  test::check_golden(page_path, catalogue_as_markdown());
}

}  // namespace smtpscope::findings
