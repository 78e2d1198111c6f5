#include "analyzer/render/catalogue.hpp"

#include "analyzer/findings/example.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/near.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace smtpscope::render {
namespace {

constexpr std::size_t severity_columns = 9;
constexpr std::size_t label_columns = 12;

Style style_of(findings::Severity severity) noexcept {
  switch (severity) {
    case findings::Severity::error:
      return Style::red;
    case findings::Severity::warning:
      return Style::yellow;
    case findings::Severity::note:
      break;
  }
  return Style::plain;
}

void put_field(Page& page, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  page.line({{"  " + pad_to_width(label, label_columns), Style::dim}},
            {{std::string(text), Style::plain}});
}

// Each word is explained where it comes for the first time.
void put_example(Page& page, std::string_view example) {
  std::vector<const findings::ExampleWord*> explained;
  std::string_view label = "Example";
  for (const findings::ExampleLine& line : findings::example_lines(example)) {
    const bool is_new =
        line.word != nullptr && std::ranges::find(explained, line.word) == explained.end();
    if (is_new) explained.push_back(line.word);
    page.line({{"  " + pad_to_width(std::exchange(label, ""), label_columns), Style::dim}},
              {{std::string(line.text), Style::plain}}, is_new ? line.word->meaning : "");
  }
}

}  // namespace

void render_catalogue(std::string& out, const CatalogueOptions& options,
                      const findings::Selection& only) {
  std::size_t id_columns = 0;
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    id_columns = std::max(id_columns, rule.name.size() + 2);
  }
  Page page(out, options.color, options.width);
  page.line({{pad_to_width("Finding", id_columns), Style::bold},
             {pad_to_width("Severity", severity_columns), Style::bold}},
            {{"When", Style::bold}});
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    if (!only.empty() && !only.has(rule)) continue;
    page.line({{pad_to_width(rule.name, id_columns), Style::bold},
               {pad_to_width(findings::to_string(rule.severity), severity_columns),
                style_of(rule.severity)}},
              {{std::string(rule.when), Style::plain}});
  }
}

Known render_catalogue_entry(std::string& out, std::string_view id,
                             const CatalogueOptions& options) {
  const findings::RuleInfo* const rule = findings::find_rule(id);
  if (rule == nullptr) return Known::no;
  Page page(out, options.color, options.width);
  page.line({}, {{std::string(rule->name), Style::bold},
                 {"  ", Style::plain},
                 {std::string(findings::to_string(rule->severity)), style_of(rule->severity)}});
  put_field(page, "When", rule->when);
  put_field(page, "Meaning", rule->meaning);
  put_field(page, "What to do", rule->remedy);
  put_field(page, "Reference", rule->reference);
  put_example(page, rule->example);
  return Known::yes;
}

std::vector<std::string> near_selection_words(std::string_view word) {
  std::vector<std::string> ids;
  // An id without its group is meant for sure.
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    if (rule.name.substr(rule.name.find('.') + 1) == word) ids.emplace_back(rule.name);
  }
  return ids.empty() ? near_words(word, findings::selection_words()) : ids;
}

}  // namespace smtpscope::render
