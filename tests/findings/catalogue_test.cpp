#include "analyzer/findings/catalogue_markdown.hpp"
#include "analyzer/findings/example.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/session/analyzer.hpp"
#include "tests/findings/judged.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

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
};
Circumstances circumstances_of(RuleId rule) {
  Circumstances circumstances;
  if (rule == RuleId::net_bad_checksum) circumstances.checksums = session::Checksums::check;
  if (rule == RuleId::capture_truncated_file) circumstances.end = session::FileEnd::cut_short;
  if (rule == RuleId::capture_limit) circumstances.limits.session.exchanges = 2;
  return circumstances;
}

std::vector<Finding> findings_of(const RuleInfo& rule) {
  const Circumstances circumstances = circumstances_of(rule.id);
  session::Analyzer analyzer("example", session::Order::first_packet, circumstances.limits, {},
                             circumstances.checksums);
  for (const test::TestPacket& packet : test::packets_of(rule.example)) analyzer.take(packet.view());
  analyzer.finish(circumstances.end);
  std::vector<Finding> findings;
  while (const auto session = analyzer.next_session()) std::ranges::move(judge(*session), std::back_inserter(findings));
  return findings;
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

TEST_CASE("docs/FINDINGS.md is what the catalogue says") {
  const std::string page = catalogue_as_markdown();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(page_path, std::ios::binary) << page;
  std::ifstream file(page_path, std::ios::binary);
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  INFO("UPDATE_GOLDEN=1 rewrites the page");
  CHECK(written == page);
}

}  // namespace smtpscope::findings
