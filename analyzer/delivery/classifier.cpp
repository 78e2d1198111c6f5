#include "analyzer/delivery/classifier.hpp"

#include "analyzer/delivery/pattern_set.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace smtpscope::delivery {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
constexpr std::size_t server_octets_max = 1024;
// As many as take as long as to put all patterns into automata does.
constexpr std::uint64_t texts_one_by_one = 200;

// A rule as it is asked.
struct Row {
  const ReplyRule* rule = nullptr;
  const ReasonInfo* reason = nullptr;
  std::vector<std::size_t> providers;
};

bool fits(const std::vector<CodeRange>& codes, const ReplyText& reply, unsigned digit) noexcept {
  if (codes.empty()) return true;
  return std::ranges::any_of(codes, [&](const CodeRange& range) {
    if (reply.code() != 0) return reply.code() >= range.from && reply.code() <= range.to;
    // Only the class is known: the range has to have all of it.
    return digit != 0 && range.from <= digit * 100 && digit * 100 + 99 <= range.to;
  });
}

bool fits(const ReplyRule& rule, const std::optional<smtp::EnhancedCode>& code) noexcept {
  if (rule.enhanced_is == ReplyRule::Enhanced::any_or_none) return true;
  if (!code) return rule.enhanced_is == ReplyRule::Enhanced::one_of_or_none;
  return std::ranges::any_of(rule.enhanced, [&](const EnhancedRange& range) {
    return code->subject == range.subject && code->detail >= range.from &&
           code->detail <= range.to &&
           (range.class_digit == 0 || range.class_digit == code->class_digit);
  });
}

}  // namespace

// Patterns of providers have the numbers from `rows.size()` on.
struct Classifier::Tables {
  explicit Tables(const ClassifierLimits& limits)
      : texts(limits.automaton_octets), servers(limits.automaton_octets) {}

  ReplyRules own;
  std::vector<const ProviderRule*> providers;
  std::vector<Row> rows;
  std::array<std::vector<std::size_t>, asked_count> without_pattern;  // for each Asked, ascending
  PatternSet texts;
  PatternSet servers;
  const ReasonInfo* undefined = nullptr;
  bool usable = false;

  [[nodiscard]] std::size_t provider_named(std::string_view name) const noexcept {
    const auto found = std::ranges::find(providers, name, &ProviderRule::name);
    return static_cast<std::size_t>(found - providers.begin());
  }
  void add_rule(const ReplyRule& rule) {
    Row row{&rule, find_reason(rule.reason), {}};
    for (const std::string& name : rule.providers) row.providers.push_back(provider_named(name));
    texts.add(rule.pattern, rows.size());
    for (std::size_t asked = 0; rule.pattern.empty() && asked < asked_count; ++asked) {
      if (rule.is_for(static_cast<Asked>(asked))) without_pattern[asked].push_back(rows.size());
    }
    rows.push_back(std::move(row));
  }
  void add_all(Search search) {
    for (const ReplyRules* source : {static_cast<const ReplyRules*>(&own), &built_in_rules()}) {
      for (const ProviderRule& provider : source->providers) providers.push_back(&provider);
    }
    for (const ReplyRules* source : {static_cast<const ReplyRules*>(&own), &built_in_rules()}) {
      for (const ReplyRule& rule : source->rules) add_rule(rule);
    }
    for (std::size_t index = 0; index < providers.size(); ++index) {
      texts.add(providers[index]->text_pattern, rows.size() + index);
      servers.add(providers[index]->server_pattern, index);
    }
    undefined = find_reason("undefined");
    const bool sealed = texts.seal(search);
    usable = servers.seal(search) && sealed;
  }
  [[nodiscard]] std::size_t provider_of(const ReplyFacts& facts, Scratch& scratch) const {
    std::size_t first = none;
    for (const std::size_t number : scratch.text.numbers) {
      if (number >= rows.size()) first = std::min(first, number - rows.size());
    }
    return canonical(
        std::min(first, provider_of_server(facts.server.substr(0, server_octets_max), scratch)));
  }
  [[nodiscard]] std::size_t provider_of_server(std::string_view server, Scratch& scratch) const {
    if (server.empty()) return none;
    if (scratch.provider_of_server && ascii::equal_no_case(scratch.server, server))
      return *scratch.provider_of_server;
    scratch.server = ascii::lower(server);
    servers.find(scratch.server, scratch.server_text);
    const auto& numbers = scratch.server_text.numbers;
    const auto first = std::ranges::min_element(numbers);
    scratch.provider_of_server = first == numbers.end() ? none : *first;
    return *scratch.provider_of_server;
  }
  // One provider may have several rows.
  [[nodiscard]] std::size_t canonical(std::size_t provider) const noexcept {
    return provider == none ? none : provider_named(providers[provider]->name);
  }
};

Classifier::Classifier(const ReplyRules& own, const ClassifierLimits& limits, Search search) {
  auto tables = std::make_unique<Tables>(limits);
  tables->own = own;
  tables->add_all(search);
  tables_ = std::move(tables);
}

Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

const Classifier& Classifier::built_in(Search search) {
  if (search == Search::one_by_one) {
    static const Classifier one_by_one{ReplyRules{}, {}, Search::one_by_one};
    return one_by_one;
  }
  static const Classifier together{ReplyRules{}};
  return together;
}

bool Classifier::usable() const noexcept { return tables_->usable; }

Classification Classifier::classify(const ReplyText& reply, const ReplyFacts& facts,
                                    Scratch& scratch) const {
  const Tables& tables = *tables_;
  tables.texts.find(reply.text(), scratch.text, scratch.memo.get());
  const std::size_t provider = tables.provider_of(facts, scratch);
  const std::string_view provider_name =
      provider == none ? std::string_view() : tables.providers[provider]->name;
  const unsigned digit = reply.first_digit();
  if (digit == 2 || digit == 3) return {nullptr, {}, {}, provider_name};

  const auto is_right = [&](std::size_t index) {
    const Row& row = tables.rows[index];
    return row.rule->is_for(facts.asked) && fits(row.rule->codes, reply, digit) &&
           fits(*row.rule, reply.enhanced()) &&
           (row.providers.empty() ||
            std::ranges::find(row.providers, provider) != row.providers.end());
  };
  std::size_t best = none;
  for (const std::size_t index : scratch.text.numbers) {
    if (index < tables.rows.size() && index < best && is_right(index)) best = index;
  }
  for (const std::size_t index : tables.without_pattern[static_cast<std::size_t>(facts.asked)]) {
    if (index >= best) break;
    if (is_right(index)) best = index;
  }
  if (best == none) return {tables.undefined, tables.undefined->name, {}, provider_name};
  const Row& row = tables.rows[best];
  return {row.reason, row.reason->name, row.rule->name, provider_name};
}

std::optional<bool> is_permanent(unsigned first_digit, Reason reason) noexcept {
  if (reason.empty()) return std::nullopt;
  // A bounce tells of 4.4.7 when the queue has given up; and who defers for greylisting wants to be
  // asked again.
  if (reason == "expired" || reason == "suppressed") return true;
  if (reason == "greylisted") return false;
  if (first_digit == 4) return false;
  if (first_digit == 5) return true;
  return std::nullopt;
}

Classification Classifying::classify(const ReplyText& reply, const ReplyFacts& facts) {
  if (!scratch_.memo) scratch_.memo = std::make_unique<MatchMemo>();
  if (own_ != nullptr) return own_->classify(reply, facts, scratch_);
  const bool are_few = scratch_.text.searches < texts_one_by_one;
  if (!are_few) scratch_.text.one_by_one = {};  // nobody needs it any more
  return Classifier::built_in(are_few ? Search::one_by_one : Search::together)
      .classify(reply, facts, scratch_);
}

}  // namespace smtpscope::delivery
