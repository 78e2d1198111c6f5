#pragma once
// Lines of a file or a pipe, as they come.
#include "dissectors/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::app {

class LineInput {
 public:
  // Longer lines are cut; what is left of one is skipped.
  static constexpr std::size_t line_octets_max = 64 * 1024;

  // `descriptor` stays the caller's.
  explicit LineInput(int descriptor) : descriptor_(descriptor), buffer_(buffer_octets, '\0') {}
  // `begun` was read from it before; no more than line_octets_max.
  LineInput(int descriptor, std::string_view begun) : LineInput(descriptor) {
    buffer_.replace(0, begun.size(), begun);
    end_ = begun.size();
  }

  // The next line, without its end, that lives until the next call; nothing at the end of the
  // input, or where there is no whole line before the next read(). Then ended() tells which it is,
  // and read() goes on.
  [[nodiscard]] std::optional<std::string_view> next() noexcept;
  [[nodiscard]] bool ended() const noexcept { return ended_ && begin_ == end_; }
  // Waits for more; a signal ends that, too.
  void read();
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  static constexpr std::size_t buffer_octets = 4 * line_octets_max;
  int descriptor_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not told yet
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // from begin_ on: no line ends there
  bool skipping_ = false;     // the rest of a line that was cut
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace smtpscope::app
