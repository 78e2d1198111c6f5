#include "analyzer/capture/window.hpp"

#include "dissectors/base/check.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smtpscope::capture {

// For so many octets from begin_ on, which moves to the front.
void Window::make_room(std::size_t octets) {
  const std::size_t kept = end_ - begin_;
  if (room_ < octets) {
    room_ = std::min(capacity_, std::max(octets, room_ * 2));
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(room_);
    std::copy_n(buffer_.get() + begin_, kept, larger.get());
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
}

void Window::fill(std::size_t octets) {
  check(octets <= capacity_, "a record is looked at within the window");
  make_room(std::min(capacity_, std::max(octets, end_ - begin_ + read_octets_)));
  while (end_ < octets) {
    const std::size_t wanted = std::max(octets - end_, read_octets_);
    const std::size_t read = input_.read({buffer_.get() + end_, std::min(wanted, room_ - end_)});
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
