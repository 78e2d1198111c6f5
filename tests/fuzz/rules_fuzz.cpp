// Any octets as a file of rules: what is wrong is told with a place that there is, in order and
// bounded; what is right is whole, and can be asked.
#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

// Patterns can be as large as one likes; smaller ones are the same for what is tried here.
constexpr delivery::RuleLimits limits{
    .octets = 16 * 1024, .rows = 50, .pattern_octets = 300, .errors = 20};

void check_errors(std::string_view text, const std::vector<delivery::RuleError>& errors) {
  check(errors.size() <= limits.errors, "there are no more errors than the limit says");
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  std::size_t last = 0;
  for (const delivery::RuleError& error : errors) {
    check(error.line >= 1 && error.line <= lines && error.column >= 1 &&
              error.column <= text.size() + 1,
          "an error is somewhere");
    check(error.line >= last, "errors stand in order");
    check(!error.cause.empty(), "an error has a cause");
    last = error.line;
  }
}

delivery::PatternSet patterns_of(const delivery::ReplyRules& rules) {
  delivery::PatternSet set(1 << 20);
  for (std::size_t i = 0; i < rules.rules.size(); ++i) set.add(rules.rules[i].pattern, i);
  return set;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  std::vector<delivery::RuleError> errors;
  const delivery::ReplyRules rules = delivery::parse_rules(text, errors, {}, limits);
  check_errors(text, errors);
  for (const delivery::ReplyRule& rule : rules.rules) {
    check(!rule.name.empty() && rule.asked != 0, "a rule is whole");
    check(delivery::find_reason(rule.reason) != nullptr, "its reason is one");
  }
  delivery::PatternSet set = patterns_of(rules);
  if (!set.seal()) return 0;  // too large together
  const std::string_view reply = "550 5.1.1 user unknown 163";
  delivery::PatternSet::Scratch scratch;
  set.find(reply, scratch);
  check(std::ranges::all_of(scratch.numbers,
                            [&](std::size_t number) { return number < rules.rules.size(); }),
        "what is found was looked for");
  delivery::PatternSet one_by_one = patterns_of(rules);
  check(one_by_one.seal(delivery::Search::one_by_one), "patterns one by one always fit");
  delivery::PatternSet::Scratch few;
  for (const std::string_view looked_at : {reply, text}) {
    set.find(looked_at, scratch);
    one_by_one.find(looked_at, few);
    check(std::set(few.numbers.begin(), few.numbers.end()) ==
              std::set(scratch.numbers.begin(), scratch.numbers.end()),
          "one by one the same is found");
  }
  return 0;
}
