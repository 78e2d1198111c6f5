#pragma once
// Standard output, the only way to it. Buffered; knows when nobody reads any more and when the disk
// is full.
#include "dissectors/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::app {

class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Takes text for standard output; writes when enough has come together.
  void write(std::string_view text);
  void flush();
  // Nothing that is written now reaches anybody: the reader closed the pipe, or an error came.
  [[nodiscard]] bool broken() const noexcept { return closed_by_reader_ || error_.has_value(); }
  // Set if writing failed for another reason than a closed pipe (which is no error: `| head`).
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

 private:
  static constexpr std::size_t flush_octets = 64 * 1024;
  int descriptor_;
  std::string buffer_;
  bool closed_by_reader_ = false;
  std::optional<Error> error_;
};

}  // namespace smtpscope::app
