// The catalogue: the groups' rows, joined.
#include "analyzer/findings/catalogue_capture.hpp"
#include "analyzer/findings/catalogue_delivery.hpp"
#include "analyzer/findings/catalogue_net.hpp"
#include "analyzer/findings/catalogue_security.hpp"
#include "analyzer/findings/catalogue_smtp.hpp"
#include "analyzer/findings/catalogue_tls.hpp"
#include "analyzer/findings/finding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace smtpscope::findings {
namespace {

template <std::size_t... sizes>
consteval auto joined(const std::array<RuleInfo, sizes>&... groups) {
  std::array<RuleInfo, (sizes + ...)> all{};
  auto* out = all.begin();
  ((out = std::ranges::copy(groups, out).out), ...);
  return all;
}
constexpr auto all_rows =
    joined(rows::net, rows::capture, rows::smtp, rows::security, rows::tls, rows::delivery);

consteval bool in_order_of_ids() {
  for (std::size_t at = 0; at < all_rows.size(); ++at) {
    if (static_cast<std::size_t>(all_rows[at].id) != at) return false;
  }
  return true;
}
static_assert(in_order_of_ids());
static_assert(all_rows.size() == rule_count);

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    using enum Severity;
    case error:
      return "error";
    case warning:
      return "warning";
    case note:
      return "note";
  }
  return {};
}

std::span<const RuleInfo> catalogue() noexcept { return all_rows; }

const RuleInfo& info(RuleId rule) noexcept { return all_rows[static_cast<std::size_t>(rule)]; }

Severity severity_of(const Finding& finding) noexcept {
  return finding.severity.value_or(info(finding.rule).severity);
}

const RuleInfo* find_rule(std::string_view name) noexcept {
  const auto* const row = std::ranges::find(all_rows, name, &RuleInfo::name);
  return row == all_rows.end() ? nullptr : row;
}

}  // namespace smtpscope::findings
