#include "analyzer/delivery/pattern_set.hpp"

#include "analyzer/delivery/pattern_syntax.hpp"
#include "analyzer/delivery/re2_options.hpp"
#include "dissectors/base/ascii.hpp"

#include <re2/set.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace smtpscope::delivery {
namespace {

// Of patterns in one automaton, and the most automata.
constexpr std::size_t parts_together = 200;
constexpr std::size_t automata_max = 4;

constexpr std::size_t places_at_first = 16;

// Eight octets at a time; for a table in memory, not for anything that has to be kept.
std::uint64_t hash_of(std::string_view text) noexcept {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15U;
  std::uint64_t hash = text.size() * factor;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
  };
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    mix(word);
    text.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  mix(rest);
  return hash;
}

}  // namespace

std::string wrong_in_pattern(const std::string& pattern) {
  return RE2(pattern, re2_options()).error();
}

// Those that fall into one place are fewer in a larger table: what was pushed out stays so.
void MatchMemo::grow() {
  std::vector<Entry> smaller(
      std::min(std::max(entries_.size() * 4, places_at_first), limits_.places));
  smaller.swap(entries_);
  taken_ = 0;
  for (Entry& entry : smaller) {
    if (!entry.is_taken) continue;
    Entry& place = entries_[entry.hash % entries_.size()];
    if (!place.is_taken) ++taken_;
    place = std::move(entry);
  }
}

MatchMemo::Place MatchMemo::place_of(std::string_view text) {
  if (text.size() > limits_.text_octets) return {};
  if (taken_ * 2 >= entries_.size() && entries_.size() < limits_.places) grow();
  if (entries_.empty()) return {};
  const std::uint64_t hash = hash_of(text);
  Entry& entry = entries_[hash % entries_.size()];
  const bool known = entry.is_taken && entry.hash == hash && entry.text == text;
  if (!known) {
    if (!entry.is_taken) ++taken_;
    entry.is_taken = true;
    entry.hash = hash;
    entry.text = text;
  }
  return {&entry, known};
}

// A set of RE2's, and the number of each of its patterns.
class PatternSet::Automaton {
 public:
  explicit Automaton(std::int64_t octets) : set_(options(octets), RE2::UNANCHORED) {}

  void add(const std::string& pattern, std::size_t number) {
    if (set_.Add(pattern, nullptr) < 0) {
      usable_ = false;
    } else {
      numbers_.push_back(number);
    }
  }
  [[nodiscard]] bool seal() {
    usable_ = set_.Compile() && usable_;
    std::vector<int> hits;
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    const bool tried = usable_ && !numbers_.empty() && !set_.Match("", &hits, &error);
    usable_ = usable_ && (!tried || error.kind == RE2::Set::kNoError);
    return usable_;
  }
  void find(std::string_view text, std::vector<int>& hits,
            std::vector<std::size_t>& numbers) const {
    if (!usable_ || numbers_.empty()) return;
    set_.Match(re2::StringPiece(text.data(), text.size()), &hits);
    for (const int hit : hits) numbers.push_back(numbers_[static_cast<std::size_t>(hit)]);
  }

 private:
  static RE2::Options options(std::int64_t octets) {
    RE2::Options options = re2_options();
    options.set_max_mem(octets);
    return options;
  }
  RE2::Set set_;
  std::vector<std::size_t> numbers_;
  bool usable_ = true;
};

PatternSet::Group::Group(std::int64_t automaton_octets)
    : automaton_octets_(automaton_octets), list_(automaton_octets) {}
PatternSet::Group::~Group() = default;
PatternSet::Group::Group(Group&&) noexcept = default;
PatternSet::Group& PatternSet::Group::operator=(Group&&) noexcept = default;

bool PatternSet::Group::seal(Search search) {
  if (search == Search::together) return put_together();
  for (Part& part : std::exchange(parts_, {})) list_.add(std::move(part.pattern), part.number);
  return true;
}

bool PatternSet::Group::put_together() {
  const std::vector<Part> parts = std::exchange(parts_, {});
  const std::size_t count = std::clamp<std::size_t>(parts.size() / parts_together, 1, automata_max);
  for (std::size_t i = 0; i < count; ++i)
    automata_.push_back(std::make_unique<Automaton>(automaton_octets_));
  for (std::size_t i = 0; i < parts.size(); ++i)
    automata_[i % count]->add(parts[i].pattern, parts[i].number);
  bool sealed = true;
  for (const auto& automaton : automata_) sealed = automaton->seal() && sealed;
  return sealed;
}

void PatternSet::Group::find(std::string_view text, PatternList::Work& work, std::vector<int>& hits,
                             std::vector<std::size_t>& numbers) const {
  for (const auto& automaton : automata_) automaton->find(text, hits, numbers);
  list_.find(text, work, numbers);
}

void PatternSet::add(const std::string& pattern, std::size_t number) {
  if (pattern.empty()) return;
  for (const std::string& part : alternatives_of(pattern)) add_part(part, number);
}

void PatternSet::add_part(const std::string& pattern, std::size_t number) {
  if (!tells_digits_apart(pattern)) {
    blind_.add(pattern, number);
    return;
  }
  sighted_.add(pattern, number);
  if (auto any = with_any_digits(pattern)) {
    with_any_digits_.add(std::move(*any), number);
  } else {
    sighted_always_ = true;
  }
}

bool PatternSet::seal(Search search) {
  bool sealed = sighted_.seal(search);
  sealed = with_any_digits_.seal(search) && sealed;
  return blind_.seal(search) && sealed;
}

bool PatternSet::find_blind(std::string_view text, Scratch& scratch,
                            std::vector<std::size_t>& numbers) const {
  ++scratch.searches;
  numbers.clear();
  with_any_digits_.find(text, scratch.one_by_one.with_any_digits, scratch.hits, numbers);
  const bool may_have_sighted = !numbers.empty() || sighted_always_;
  numbers.clear();
  blind_.find(text, scratch.one_by_one.blind, scratch.hits, numbers);
  return may_have_sighted;
}

void PatternSet::find(std::string_view text, Scratch& scratch, MatchMemo* memo) const {
  scratch.numbers.clear();
  MatchMemo::Place place;
  if (memo != nullptr) {
    scratch.masked.resize(text.size());
    std::ranges::transform(text, scratch.masked.begin(),
                           [](char c) { return ascii::is_digit(c) ? '0' : c; });
    place = memo->place_of(scratch.masked);
  }
  bool may_have_sighted = false;
  if (place.entry == nullptr) {
    may_have_sighted = find_blind(text, scratch, scratch.numbers);
  } else {
    MatchMemo::Entry& entry = *place.entry;
    if (!place.known) {
      entry.may_have_sighted = find_blind(text, scratch, entry.numbers);
    }
    may_have_sighted = entry.may_have_sighted;
    scratch.numbers.assign(entry.numbers.begin(), entry.numbers.end());
  }
  if (may_have_sighted)
    sighted_.find(text, scratch.one_by_one.sighted, scratch.hits, scratch.numbers);
}

}  // namespace smtpscope::delivery
