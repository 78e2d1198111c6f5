#include "analyzer/render/near.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>

namespace smtpscope::render {
namespace {

constexpr std::size_t word_octets_max = 64;  // longer ones are like nothing we know
constexpr std::size_t distance_max = 2;
constexpr std::size_t begins_distance = 2;  // a beginning counts as much as two wrong letters

// How many letters to add, leave out, change or swap (Damerau-Levenshtein, adjacent swaps once).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::size_t unlikeness(const std::string& word, std::string_view known) {
  const std::string candidate = ascii::upper(known);
  const std::size_t letters = distance(word, candidate);
  const bool begins = word.size() >= 2 && candidate.starts_with(word);
  return begins ? std::min(letters, begins_distance) : letters;
}

}  // namespace

std::vector<std::string> near_words(std::string_view word,
                                    const std::vector<std::string_view>& known, std::size_t limit) {
  if (word.empty() || word.size() > word_octets_max) return {};
  struct Candidate {
    std::size_t unlikeness = 0;
    std::string_view word;
  };
  const std::string wanted = ascii::upper(word);
  // Of a short word two wrong letters leave nothing.
  const std::size_t limit_distance = std::min(distance_max, (wanted.size() + 1) / 2);
  std::vector<Candidate> candidates;
  for (const std::string_view each : known) {
    const std::size_t found = unlikeness(wanted, each);
    if (found <= limit_distance) candidates.push_back({found, each});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::unlikeness);
  std::vector<std::string> words;
  for (const Candidate& candidate : candidates) {
    const bool is_new = std::ranges::find(words, candidate.word) == words.end();
    if (is_new && words.size() < limit) words.emplace_back(candidate.word);
  }
  return words;
}

}  // namespace smtpscope::render
