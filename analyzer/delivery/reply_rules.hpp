#pragma once
// Rules that tell the reason of a reply, as people write them; docs/RULES.md has the form of the
// file.
//
//     NAME          REASON      CODES  ENHANCED  COMMANDS  PROVIDER  /PATTERN/             EXAMPLE
//     over-quota    mailboxfull 4xx,5xx *        RCPT,EOM  *         /over ?quota/         552 5.2.2 over quota
//     provider google /gsmtp/ /\.google\.com$/
//     word who /user|recipient|mailbox/
//
// Pure text to values: nothing is read, printed or matched here.
#include "analyzer/delivery/asked.hpp"
#include "analyzer/delivery/verdict.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

struct CodeRange {
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};

// "5.7.*", "x.1.1", "x.7.606-649".
struct EnhancedRange {
  std::uint8_t class_digit = 0;  // 0: any
  std::uint16_t subject = 0;
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};

// What a reply must have; the first rule that fits decides.
struct ReplyRule {
  std::string name;
  Reason reason;
  std::vector<CodeRange> codes;  // one of them; none here: any
  enum class Enhanced : std::uint8_t {
    any_or_none,
    one_of,          // of `enhanced`
    one_of_or_none,  // the same, or the reply has no such code
  } enhanced_is = Enhanced::any_or_none;
  std::vector<EnhancedRange> enhanced;
  std::uint16_t asked = 0;             // bits, 1 << Asked
  std::vector<std::string> providers;  // one of them; none here: any
  std::string pattern;                 // RE2's syntax; empty: any text
  std::string example;  // a reply for which this rule decides, "\n" between its lines; may be empty
  Asked example_asked = Asked::unknown;

  [[nodiscard]] bool is_for(Asked what) const noexcept {
    return (asked >> static_cast<unsigned>(what) & 1U) != 0;
  }
};

// Who runs the server, by what it writes or by its name or greeting. An empty pattern fits nothing.
struct ProviderRule {
  std::string name;
  std::string text_pattern;
  std::string server_pattern;
};

// A part that many patterns have: {name} in a pattern behind it stands for (?:pattern).
struct PatternWord {
  std::string name;
  std::string pattern;
};

struct ReplyRules {
  std::vector<PatternWord> words;
  std::vector<ProviderRule> providers;
  std::vector<ReplyRule> rules;
};

struct RuleError {
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1, in octets
  std::string cause;       // may repeat what stands there, as it is
};

struct RuleLimits {
  std::size_t octets = 1024 * 1024;        // of a file; the built-in one has a tenth of that
  std::size_t rows = 2'000;                // the patterns of all of them become one automaton
  std::size_t pattern_octets = 32 * 1024;  // with its words in it
  std::size_t errors = 100;                // more than anybody mends at once
};

// Everything that is wrong goes into `errors`; the rules are those without an error. Providers and
// words of `known` may be named as if they stood in the text.
[[nodiscard]] ReplyRules parse_rules(std::string_view text, std::vector<RuleError>& errors,
                                     const ReplyRules& known = {}, const RuleLimits& limits = {});

// The rules that are part of the program; read when they are first asked for.
[[nodiscard]] const ReplyRules& built_in_rules();
// The same as text.
[[nodiscard]] std::string_view built_in_rules_text() noexcept;

}  // namespace smtpscope::delivery
