#pragma once
// Where TCP cuts a stream must not change what a reader makes of it. every_cut() proves that for
// one input: it gives the input whole, octet by octet, and cut at each point, and the results must
// agree.
//
//     const auto lines = every_cut("a\r\nb\n", [](const Pieces& pieces) {
//       LineReader reader;                                  // a new one each time
//       std::vector<Line> told;
//       for (const Octets& piece : pieces) ...;             // what it tells, in order
//       return told;                                        // anything that has ==
//     });
//     REQUIRE(lines.size() == 2);                           // the result for the whole input
//
// Each piece lies in memory of exactly its size that is gone when the next piece comes, so that
// under AddressSanitizer a reader that looks past its octets, or keeps a view of them, is found as
// well.
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/stream.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

// The points where an input is cut: ascending, inside the input.
using Cuts = std::vector<std::size_t>;

// An input in pieces, to be walked once or more with a range-for. All pieces have the same Origin,
// since what a reader tells about packets depends on the cuts by nature.
class Pieces {
 public:
  Pieces(std::string_view input, Cuts cuts) : input_(as_bytes(input)), cuts_(std::move(cuts)) {}

  class Iterator {
   public:
    explicit Iterator(const Pieces& pieces) : pieces_(&pieces) { load(); }
    // Lives until the iterator moves on.
    [[nodiscard]] const Octets& operator*() const noexcept { return piece_; }
    Iterator& operator++() {
      ++number_;
      load();
      return *this;
    }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) noexcept {
      return it.piece_.bytes.empty();
    }

   private:
    void load() {
      const Bytes view = pieces_->piece(number_);
      const auto offset = static_cast<StreamOffset>(view.data() - pieces_->input_.data());
      memory_ = std::make_unique<std::uint8_t[]>(view.size());
      std::ranges::copy(view, memory_.get());
      piece_ = {offset, {memory_.get(), view.size()}, {.frame = 1, .time = {}}, std::nullopt};
    }
    const Pieces* pieces_;
    std::size_t number_ = 0;
    std::unique_ptr<std::uint8_t[]> memory_;
    Octets piece_;  // empty behind the last one
  };
  [[nodiscard]] Iterator begin() const { return Iterator(*this); }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

 private:
  [[nodiscard]] Bytes piece(std::size_t number) const noexcept {
    if (number > cuts_.size()) return input_.last(0);
    const std::size_t from = number == 0 ? 0 : cuts_[number - 1];
    const std::size_t to = number == cuts_.size() ? input_.size() : cuts_[number];
    return input_.subspan(from, to - from);
  }
  Bytes input_;
  Cuts cuts_;
};

// All the ways in which every_cut() cuts an input of `size` octets: at each octet, at each single
// point, and, where that stays cheap, at each pair of points.
[[nodiscard]] inline std::vector<Cuts> ways_to_cut(std::size_t size) {
  constexpr std::size_t pairs_up_to = 48;
  std::vector<Cuts> ways;
  if (size < 2) return ways;
  Cuts everywhere(size - 1);
  std::iota(everywhere.begin(), everywhere.end(), std::size_t{1});
  ways.push_back(everywhere);
  for (const std::size_t first : everywhere) {
    ways.push_back({first});
    for (std::size_t second = first + 1; size <= pairs_up_to && second < size; ++second) {
      ways.push_back({first, second});
    }
  }
  return ways;
}

// The first way of cutting after which `read` gives something else than `expected`.
template <typename Result, typename Read>
[[nodiscard]] std::optional<Cuts> first_disagreement(std::string_view input, const Result& expected,
                                                     const Read& read) {
  for (const Cuts& cuts : ways_to_cut(input.size())) {
    if (!(read(Pieces(input, cuts)) == expected)) return cuts;
  }
  return std::nullopt;
}

// Fails the test unless `read` gives `expected` however `input` is cut.
template <typename Result, typename Read>
void require_every_cut(std::string_view input, const Result& expected, const Read& read) {
  const auto cuts = first_disagreement(input, expected, read);
  if (!cuts) return;
  std::string where = cuts->size() + 1 == input.size() ? "at every octet" : "at";
  for (const std::size_t cut : *cuts) where += ' ' + std::to_string(cut);
  INFO("input of " << input.size() << " octets, cut " << where);
  REQUIRE(read(Pieces(input, *cuts)) == expected);
  FAIL("gave another result a moment ago: it depends on more than its input");
}

// What `read` makes of the whole input, after proving that no cut changes it.
template <typename Read>
auto every_cut(std::string_view input, const Read& read) {
  auto whole = read(Pieces(input, {}));
  require_every_cut(input, whole, read);
  return whole;
}

// For readers that find the end of their element by themselves: octets that follow it, `trailing`,
// must change nothing either. `read` has to stop, or to leave out what is not its own.
template <typename Read>
auto every_cut(std::string_view input, std::string_view trailing, const Read& read) {
  auto whole = every_cut(input, read);
  const std::string longer = std::string(input) + std::string(trailing);
  REQUIRE(read(Pieces(longer, {})) == whole);
  require_every_cut(longer, whole, read);
  return whole;
}

}  // namespace smtpscope::test
