#include "analyzer/findings/catalogue_markdown.hpp"
#include "analyzer/findings/finding.hpp"
#include "tests/support/catch.hpp"

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

}  // namespace

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
