#include "analyzer/findings/catalogue_markdown.hpp"

#include "analyzer/findings/example.hpp"
#include "analyzer/findings/finding.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

namespace smtpscope::findings {
namespace {

constexpr std::string_view introduction =
    R"(# Findings

What smtpscope can tell about a session beyond the dialogue itself. `smtpscope findings ID` shows one of these
texts; the JSON output names them by id. An id never changes its name or meaning.

- **error**: breaks the protocol or the delivery.
- **warning**: risky, or likely to cause trouble.
- **note**: worth knowing.

Where the capture has a gap, one direction only, or TLS, the rules that could be wrong there say nothing. Where
several rules could see the same fault, one speaks.

Each has an example, a capture in words in which it is found; the words are explained at the end.

This page is generated from analyzer/findings/catalogue_*.hpp.
)";
constexpr std::string_view about_examples =
    R"(
## The words of the examples

C is the client, S the server; what is said of one side here is said of the other in the same way. A backslash at the
end of a line means that no CRLF follows, `\x16` is an octet in hexadecimal, and a line that begins with # says what
the words cannot.

| word | what happens |
|---|---|
)";

struct Group {
  std::string_view prefix;
  std::string_view title;
};
constexpr std::array groups = {
    Group{"net.", "net: what TCP and IP say"},
    Group{"capture.", "capture: what the capture cannot show"},
    Group{"smtp.", "smtp: commands, replies, order"},
    Group{"security.", "security: what an attacker does, or could"},
    Group{"tls.", "tls: as far as it shows"},
    Group{"delivery.", "delivery: across the transaction"},
};

void add(std::string& page, const RuleInfo& rule) {
  fmt::format_to(std::back_inserter(page), "\n### {}\n\n*{}.* {}\n\n{}\n\nWhat to do: {}\n",
                 rule.name, to_string(rule.severity), rule.when, rule.meaning, rule.remedy);
  if (!rule.reference.empty()) {
    fmt::format_to(std::back_inserter(page), "\nReference: {}\n", rule.reference);
  }
  page += "\n```\n";
  for (const ExampleLine& line : example_lines(rule.example)) {
    fmt::format_to(std::back_inserter(page), "{}\n", line.text);
  }
  page += "```\n";
}

}  // namespace

std::string catalogue_as_markdown() {
  std::string page(introduction);
  for (const Group& group : groups) {
    fmt::format_to(std::back_inserter(page), "\n## {}\n", group.title);
    for (const RuleInfo& rule : catalogue()) {
      if (rule.name.starts_with(group.prefix)) add(page, rule);
    }
  }
  page += about_examples;
  for (const ExampleWord& word : example_words()) {
    fmt::format_to(std::back_inserter(page), "| `{}` | {} |\n", word.form, word.meaning);
  }
  return page;
}

}  // namespace smtpscope::findings
