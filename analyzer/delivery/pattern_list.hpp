#pragma once
// Patterns, each looked for by itself:
//
//     text --strings that a pattern needs--> the few that may stand there --RE2--> those that do
//
// To put hundreds of patterns into an automaton takes as long as to look for them in a few hundred
// texts this way, and most runs see fewer.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

class PatternList {
 public:
  // `automaton_octets`: for the automaton of each pattern, which begins anew when it is full.
  explicit PatternList(std::int64_t automaton_octets) : automaton_octets_(automaton_octets) {}

  // In RE2's syntax, octet by octet.
  void add(std::string pattern, std::size_t number);

  // What was made for the texts so far, of one list and for one thread.
  class Work {
   public:
    Work();
    ~Work();
    Work(Work&&) noexcept;
    Work& operator=(Work&&) noexcept;

   private:
    friend PatternList;
    struct Made;
    std::unique_ptr<Made> made_;
  };
  // Adds the numbers of those that stand in the text. A pattern that is none, or too large, stands
  // nowhere.
  void find(std::string_view text, Work& work, std::vector<std::size_t>& numbers) const;

 private:
  struct Entry {
    std::string pattern;
    std::size_t number = 0;
    std::vector<std::vector<std::size_t>> needs;  // as needs_of(), by places in strings_
  };

  std::int64_t automaton_octets_;
  std::vector<Entry> entries_;
  std::vector<std::string> strings_;  // that one or more of the patterns need
  std::map<std::string, std::size_t, std::less<>> place_of_string_;
};

}  // namespace smtpscope::delivery
