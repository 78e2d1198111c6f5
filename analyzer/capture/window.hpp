#pragma once
// A look ahead into an Input: as many octets in one piece as the next record needs, and no wait for
// more than those.
//
//     | told already | begin ... end | room |        one buffer; only the rest [begin, end) moves
//
#include "analyzer/capture/input.hpp"
#include "dissectors/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace smtpscope::capture {

class Window {
 public:
  // `capacity`: the most that ahead() can show.
  Window(Input& input, std::size_t capacity)
      : input_(input), capacity_(capacity), read_octets_(std::min(capacity, first_read_octets)) {}

  // The next octets: so many, or fewer where the input ends. They live until the next ahead() or
  // skip() that finds too few in the buffer.
  [[nodiscard]] Bytes ahead(std::size_t octets) {
    if (end_ - begin_ < octets) [[unlikely]]
      fill(octets);
    return {buffer_.get() + begin_, std::min(octets, end_ - begin_)};
  }
  // Goes on behind so many octets. Returns how many of them there were.
  std::uint64_t skip(std::uint64_t octets);

  // Where the next octet lies in the input.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  // Where the input ended, once ahead() has shown less than was asked for.
  [[nodiscard]] std::uint64_t end() const noexcept { return offset_ + (end_ - begin_); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::size_t first_read_octets = 16 * 1024;
  // What is read in one go and looked at right behind it should not leave the processor's second
  // cache in between.
  static constexpr std::size_t read_octets_max = 128 * 1024;
  void fill(std::size_t octets);
  void make_room(std::size_t octets);

  Input& input_;
  std::size_t capacity_;
  std::unique_ptr<std::uint8_t[]> buffer_;  // grows up to capacity_: most files are small
  std::size_t room_ = 0;                    // of buffer_
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  // of begin_ in the input
  std::size_t read_octets_;   // in one go: few at first, for those who only want the first packet
};

}  // namespace smtpscope::capture
