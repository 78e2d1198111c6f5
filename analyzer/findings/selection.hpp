#pragma once
// Findings by the words that people type for them: --only error,net,smtp.bad-reply.
//
// A word is an id (smtp.bad-reply), a group (net: all ids that begin with "net.") or a severity. Of
// severities the finding's own counts, which may be another one than its rule's.
#include "analyzer/findings/finding.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

class Selection {
 public:
  // To choose what is told, a severity means itself; as a threshold, itself and all that are
  // graver.
  enum class Severities : std::uint8_t { alone, and_graver };
  explicit Selection(Severities severities = Severities::alone) noexcept
      : severities_mean_(severities) {}

  // What it names is selected as well; false, and nothing is changed, if it names nothing.
  [[nodiscard]] bool add(std::string_view word) noexcept;

  [[nodiscard]] bool has(const Finding& finding) const noexcept;
  // Of a rule, by the severity that its findings mostly have.
  [[nodiscard]] bool has(const RuleInfo& rule) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return rules_.none() && severities_.none(); }

 private:
  static constexpr std::size_t severity_count = 3;

  Severities severities_mean_;
  std::bitset<rule_count> rules_;           // by RuleId
  std::bitset<severity_count> severities_;  // by Severity
};

// All words there are: severities, groups, ids.
[[nodiscard]] std::vector<std::string_view> selection_words();

}  // namespace smtpscope::findings
