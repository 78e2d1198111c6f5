#include "analyzer/delivery/pattern_list.hpp"

#include "analyzer/delivery/pattern_syntax.hpp"
#include "analyzer/delivery/re2_options.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::delivery {

struct PatternList::Work::Made {
  enum class Presence : std::uint8_t { not_asked, absent, present };
  std::vector<std::unique_ptr<RE2>> automata;  // as the entries; nullptr: was not needed so far
  std::vector<Presence> presences;             // of the strings in one text
};

PatternList::Work::Work() = default;
PatternList::Work::~Work() = default;
PatternList::Work::Work(Work&&) noexcept = default;
PatternList::Work& PatternList::Work::operator=(Work&&) noexcept = default;

void PatternList::add(std::string pattern, std::size_t number) {
  Entry entry{std::move(pattern), number, {}};
  for (std::vector<std::string>& any : needs_of(entry.pattern)) {
    std::vector<std::size_t>& places = entry.needs.emplace_back();
    for (std::string& string : any) {
      const auto [known, is_new] = place_of_string_.try_emplace(string, strings_.size());
      if (is_new) strings_.push_back(std::move(string));
      places.push_back(known->second);
    }
  }
  entries_.push_back(std::move(entry));
}

void PatternList::find(std::string_view text, Work& work, std::vector<std::size_t>& numbers) const {
  if (entries_.empty()) return;
  if (!work.made_) work.made_ = std::make_unique<Work::Made>();
  Work::Made& made = *work.made_;
  made.automata.resize(entries_.size());
  made.presences.assign(strings_.size(), Work::Made::Presence::not_asked);
  const auto stands_there = [&](std::size_t place) {
    using Presence = Work::Made::Presence;
    Presence& presence = made.presences[place];
    if (presence == Presence::not_asked) {
      const bool found = text.find(strings_[place]) != std::string_view::npos;
      presence = found ? Presence::present : Presence::absent;
    }
    return presence == Presence::present;
  };
  for (std::size_t at = 0; at < entries_.size(); ++at) {
    const Entry& entry = entries_[at];
    const bool may_stand_there = std::ranges::all_of(
        entry.needs, [&](const auto& any) { return std::ranges::any_of(any, stands_there); });
    if (!may_stand_there) continue;
    std::unique_ptr<RE2>& automaton = made.automata[at];
    if (!automaton) {
      RE2::Options options = re2_options();
      options.set_max_mem(automaton_octets_);
      automaton = std::make_unique<RE2>(entry.pattern, options);
    }
    if (automaton->ok() && RE2::PartialMatch({text.data(), text.size()}, *automaton))
      numbers.push_back(entry.number);
  }
}

}  // namespace smtpscope::delivery
