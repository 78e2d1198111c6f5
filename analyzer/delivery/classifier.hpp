#pragma once
// Finds the rule that tells the reason of a reply.
//
//     ReplyText --all patterns at once--> rules whose pattern stands in the text
//                                              | lowest one whose codes, command and provider fit, too
//                                              v
//                                         Classification
//
// Once made it does not change: any number of threads may ask it at the same time.
#include "analyzer/delivery/asked.hpp"
#include "analyzer/delivery/pattern_set.hpp"
#include "analyzer/delivery/reply_rules.hpp"
#include "analyzer/delivery/reply_text.hpp"
#include "analyzer/delivery/verdict.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::delivery {

struct ReasonInfo;

// What is known besides the reply.
struct ReplyFacts {
  Asked asked = Asked::unknown;
  std::string_view server{};  // its name, or its greeting; empty: not known
};

// The texts live as long as the classifier.
struct Classification {
  const ReasonInfo* info = nullptr;  // of the reason
  Reason reason;              // empty where nothing was refused; "undefined" where no rule fits
  std::string_view rule;      // its name; empty if none decided
  std::string_view provider;  // empty: not known
};

struct ClassifierLimits {
  // For each automaton (four large ones and two small), which grows with what it has seen; when it
  // is full it begins anew. Ten thousand different replies take a few MiB.
  std::int64_t automaton_octets = std::int64_t{12} << 20;
};

class Classifier {
 public:
  // `own` are tried before the built-in ones.
  explicit Classifier(const ReplyRules& own, const ClassifierLimits& limits = {},
                      Search search = Search::together);
  ~Classifier();
  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;

  // The built-in rules alone; made when they are first asked for, which takes some milliseconds
  // where they are looked for together.
  [[nodiscard]] static const Classifier& built_in(Search search = Search::together);

  // Could the patterns be put together? If not, they are too large for the limit.
  [[nodiscard]] bool usable() const noexcept;

  // Room for the work, so that asking again needs no new memory; for one classifier, or for those
  // with the same rules. With a memo it is faster where replies come again.
  struct Scratch {
    PatternSet::Scratch text;
    PatternSet::Scratch server_text;
    std::unique_ptr<MatchMemo> memo;
    // The server asked about last, in small letters, and whose it is: a session has many replies of
    // one server.
    std::string server;
    std::optional<std::size_t> provider_of_server;
  };
  [[nodiscard]] Classification classify(const ReplyText& reply, const ReplyFacts& facts,
                                        Scratch& scratch) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

// One reply after the other, by the same rules, in the same memory: those that come again are
// known. For one thread.
class Classifying {
 public:
  // `own` outlives it; nullptr: the built-in rules, one by one for the first texts.
  explicit Classifying(const Classifier* own = nullptr) : own_(own) {}
  [[nodiscard]] Classification classify(const ReplyText& reply, const ReplyFacts& facts);

 private:
  const Classifier* own_;
  Classifier::Scratch scratch_;
};

// Will the same attempt fail again? The first digit says it, but for reasons that say more; nothing
// where neither does.
[[nodiscard]] std::optional<bool> is_permanent(unsigned first_digit, Reason reason) noexcept;

}  // namespace smtpscope::delivery
