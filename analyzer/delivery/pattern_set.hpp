#pragma once
// Many patterns, looked for in a text in one pass; and what is remembered of texts that come again.
//
//     text --digit-blind patterns: memo, else their automata---------+--> numbers of those that stand in it
//          --the others, where with any digits one would stand there-+
//
// Logs repeat themselves but for their numbers (a queue id, a time), and looking a text up is far
// cheaper than a pass through a large automaton. Most patterns cannot tell one digit from another,
// so for them two texts that differ in digits alone are one and the same. "rfc 5322" can; but only
// where "rfc \d\d\d\d" stands, it has to be looked for.
//
// An automaton has a state for each set of patterns that are half through, and texts of all kinds
// make many: several automata of fewer patterns each are made in far less time and memory than one
// of them all. For a few texts none is made at all: see PatternList.
#include "analyzer/delivery/pattern_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::delivery {

// What RE2 says about a pattern that cannot be read; empty if it is well.
[[nodiscard]] std::string wrong_in_pattern(const std::string& pattern);

struct MemoLimits {
  // Of texts: 2 MiB in all, once so many were seen. A text takes the place of the one that was
  // there.
  std::size_t places = 4096;
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
    bool may_have_sighted = false;
    bool is_taken = false;
  };
  // The entry of `text`, or the one whose place it takes, which has to be filled then. nullptr: it
  // is not to be kept.
  struct Place {
    Entry* entry = nullptr;
    bool known = false;
  };
  // Until the next call.
  [[nodiscard]] Place place_of(std::string_view text);
  // How many texts there is room for now.
  [[nodiscard]] std::size_t places() const noexcept { return entries_.size(); }

 private:
  void grow();

  MemoLimits limits_;
  std::vector<Entry> entries_;  // few at first: most runs see a handful of texts
  std::size_t taken_ = 0;       // of entries_
};

// How patterns are looked for.
enum class Search : std::uint8_t {
  together,    // takes a while to be made; then any number of texts
  one_by_one,  // for a few texts
};

class PatternSet {
 public:
  // `automaton_octets`: for each of the automata, which grow with what they have seen and begin
  // anew when full.
  explicit PatternSet(std::int64_t automaton_octets)
      : blind_(automaton_octets), sighted_(automaton_octets), with_any_digits_(automaton_octets) {}

  // In RE2's syntax, octet by octet. The texts have small letters; a pattern with others is meant
  // for any case. An empty one stands nowhere.
  void add(const std::string& pattern, std::size_t number);
  // To be called between the last add() and the first find(). False: they are too large together,
  // and nothing is found.
  [[nodiscard]] bool seal(Search search = Search::together);

  // Room for the work, so that looking again needs no new memory; for one set.
  struct Scratch {
    std::vector<std::size_t> numbers;  // of the patterns that stand in the text, in no order
    std::uint64_t searches = 0;        // so far, for texts that the memo did not know
    std::vector<int> hits;
    std::string masked;
    struct OneByOne {
      PatternList::Work blind, sighted, with_any_digits;
    } one_by_one;
  };
  // Any number of threads may do this at the same time, each with a scratch and a memo of its own,
  // or without one.
  void find(std::string_view text, Scratch& scratch, MatchMemo* memo = nullptr) const;

 private:
  class Automaton;
  // Patterns that are asked at the same time, whichever way they are looked for.
  class Group {
   public:
    explicit Group(std::int64_t automaton_octets);
    ~Group();
    Group(Group&&) noexcept;
    Group& operator=(Group&&) noexcept;

    void add(std::string pattern, std::size_t number) {
      parts_.push_back({std::move(pattern), number});
    }
    [[nodiscard]] bool seal(Search search);
    // Adds the numbers of those that stand in the text.
    void find(std::string_view text, PatternList::Work& work, std::vector<int>& hits,
              std::vector<std::size_t>& numbers) const;

   private:
    struct Part {
      std::string pattern;
      std::size_t number = 0;
    };
    [[nodiscard]] bool put_together();

    std::int64_t automaton_octets_;
    std::vector<Part> parts_;                           // until they are sealed
    PatternList list_;                                  // one by one
    std::vector<std::unique_ptr<Automaton>> automata_;  // together
  };

  void add_part(const std::string& pattern, std::size_t number);
  // Their numbers, and whether one of the others may stand there.
  [[nodiscard]] bool find_blind(std::string_view text, Scratch& scratch,
                                std::vector<std::size_t>& numbers) const;

  Group blind_, sighted_;
  Group with_any_digits_;  // the sighted ones
  bool sighted_always_ = false;
};

}  // namespace smtpscope::delivery
