#include "analyzer/delivery/reasons.hpp"
#include "analyzer/delivery/reply_rules.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>

namespace smtpscope::delivery {

TEST_CASE("each reason is told whole, and once") {
  std::set<std::string_view> names;
  for (const ReasonInfo& row : reasons()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(find_reason(row.name) == &row);
    CHECK(row.meaning.ends_with('.'));
    CHECK(row.advice.ends_with('.'));
  }
  CHECK(names.size() == 47);
  CHECK(find_reason("") == nullptr);
  CHECK(find_reason("toomanyconn") == nullptr);
}

TEST_CASE("reasons that a reply can have, and those that only a capture shows") {
  CHECK(reasons_of_replies().size() == 32);
  CHECK(reasons_of_replies().front().name == "userunknown");
  CHECK(reasons_of_replies().back().name == "undefined");
  CHECK(reasons()[32].name == "connection-refused");
}

TEST_CASE("a rule that knows more than its reason has its own advice") {
  const ReasonInfo* const network = find_reason("networkerror");
  REQUIRE(network != nullptr);
  CHECK(advice_for(*network, "enh-4") == network->advice);
  CHECK(advice_for(*find_reason("blocked"), "loop") == find_reason("blocked")->advice);
  for (const char* name : {"loop", "dns-trouble", "timed-out", "lost-client"}) {
    INFO(name);
    const auto& rules = built_in_rules().rules;
    const auto rule = std::ranges::find(rules, name, &ReplyRule::name);
    REQUIRE(rule != rules.end());  // else the advice is nobody's
    CHECK(rule->reason == network->name);
    CHECK(advice_for(*network, name) != network->advice);
  }
}

}  // namespace smtpscope::delivery
