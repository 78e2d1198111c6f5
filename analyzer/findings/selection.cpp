#include "analyzer/findings/selection.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

constexpr Severity gravest_first[] = {Severity::error, Severity::warning, Severity::note};

constexpr std::size_t index_of(RuleId rule) noexcept { return static_cast<std::size_t>(rule); }
constexpr std::size_t index_of(Severity severity) noexcept {
  return static_cast<std::size_t>(severity);
}

// "smtp" of "smtp.bad-reply".
std::string_view group_of(const RuleInfo& rule) noexcept {
  return rule.name.substr(0, rule.name.find('.'));
}

}  // namespace

bool Selection::add(std::string_view word) noexcept {
  const auto* const severity = std::ranges::find(gravest_first, word, to_string);
  if (severity != std::ranges::end(gravest_first)) {
    const auto* const first =
        severities_mean_ == Severities::alone ? severity : std::ranges::begin(gravest_first);
    std::for_each(first, severity + 1, [this](Severity each) { severities_.set(index_of(each)); });
    return true;
  }
  bool known = false;
  for (const RuleInfo& rule : catalogue()) {
    if (word != rule.name && word != group_of(rule)) continue;
    rules_.set(index_of(rule.id));
    known = true;
  }
  return known;
}

bool Selection::has(const Finding& finding) const noexcept {
  return rules_.test(index_of(finding.rule)) || severities_.test(index_of(severity_of(finding)));
}

bool Selection::has(const RuleInfo& rule) const noexcept {
  return rules_.test(index_of(rule.id)) || severities_.test(index_of(rule.severity));
}

std::vector<std::string_view> selection_words() {
  std::vector<std::string_view> words;
  for (const Severity severity : gravest_first) words.push_back(to_string(severity));
  for (const RuleInfo& rule : catalogue()) {
    if (std::ranges::find(words, group_of(rule)) == words.end()) words.push_back(group_of(rule));
  }
  for (const RuleInfo& rule : catalogue()) words.push_back(rule.name);
  return words;
}

}  // namespace smtpscope::findings
