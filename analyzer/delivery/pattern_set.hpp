#pragma once
// Many patterns, looked for in a text in one pass; and what is remembered of texts that come again.
//
//     text --digit-blind patterns: memo, else their automaton--+--> numbers of those that stand in it
//          --the others: their automaton-----------------------+
//
// Logs repeat themselves but for their numbers (a queue id, a time), and looking a text up is far cheaper than a pass
// through a large automaton. Most patterns cannot tell one digit from another, so for them two texts that differ in
// digits alone are one and the same.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

// Could it make a difference for the pattern which digit stands at a place? "\d{3}" and "[0-9a-f]" are blind, "163" is
// not. In doubt, yes.
[[nodiscard]] bool tells_digits_apart(std::string_view pattern) noexcept;
// What RE2 says about a pattern that cannot be read; empty if it is well.
[[nodiscard]] std::string wrong_in_pattern(const std::string& pattern);

struct MemoLimits {
  std::size_t places =
      4096;  // of texts: 2 MiB in all. A text takes the place of the one that was there
  std::size_t text_octets = 512;  // longer ones are not kept
};

// What digit-blind patterns found in a text. For one PatternSet and one thread.
class MatchMemo {
 public:
  explicit MatchMemo(MemoLimits limits = {}) : limits_(limits) {}

  struct Entry {
    std::uint64_t hash = 0;
    std::string text{};
    std::vector<std::size_t> numbers{};
  };
  // The entry of `text`, or the one whose place it takes, which has to be filled then. nullptr: it is not to be kept.
  struct Place {
    Entry* entry = nullptr;
    bool known = false;
  };
  [[nodiscard]] Place place_of(std::string_view text);

 private:
  MemoLimits limits_;
  std::vector<Entry> entries_;  // made with the first text
};

class PatternSet {
 public:
  // `automaton_octets`: for each of the two automata, which grow with what they have seen and begin anew when full.
  explicit PatternSet(std::int64_t automaton_octets);
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  // In RE2's syntax, octet by octet. The texts have small letters; a pattern with others is meant for any case. An
  // empty one stands nowhere.
  void add(const std::string& pattern, std::size_t number);
  // To be called between the last add() and the first find(). False: they are too large together, and nothing is found.
  [[nodiscard]] bool seal();

  // Room for the work, so that looking again needs no new memory.
  struct Scratch {
    std::vector<std::size_t> numbers;  // of the patterns that stand in the text, in no order
    std::vector<int> hits;
    std::string masked;
  };
  // Any number of threads may do this at the same time, each with a scratch and a memo of its own, or without one.
  void find(std::string_view text, Scratch& scratch, MatchMemo* memo = nullptr) const;

 private:
  void add_part(std::string_view pattern, std::size_t number);

  class Automaton;
  std::unique_ptr<Automaton> blind_;
  std::unique_ptr<Automaton> sighted_;
};

}  // namespace smtpscope::delivery
