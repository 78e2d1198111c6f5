#include "analyzer/capture/window.hpp"

#include "dissectors/base/check.hpp"

#include <algorithm>
#include <cstring>

namespace smtpscope::capture {

void Window::fill(std::size_t octets) {
  check(octets <= capacity_, "a record is looked at within the window");
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  while (end_ < octets) {
    const std::size_t wanted = std::max(octets - end_, read_octets_);
    const std::size_t read =
        input_.read({buffer_.get() + end_, std::min(wanted, capacity_ - end_)});
    if (read == 0) return;
    end_ += read;
  }
  read_octets_ = std::min({capacity_, read_octets_max, read_octets_ * 2});
}

std::uint64_t Window::skip(std::uint64_t octets) {
  std::uint64_t skipped = 0;
  for (;;) {
    const auto here =
        static_cast<std::size_t>(std::min<std::uint64_t>(octets - skipped, end_ - begin_));
    begin_ += here;
    offset_ += here;
    skipped += here;
    if (skipped == octets) return skipped;
    fill(1);
    if (begin_ == end_) return skipped;
  }
}

}  // namespace smtpscope::capture
