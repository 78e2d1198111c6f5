#include "analyzer/app/line_input.hpp"

#include <poll.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace smtpscope::app {

std::optional<std::string_view> LineInput::next() noexcept {
  for (;;) {
    const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
    const std::size_t feed = rest.find('\n', searched_);
    const bool whole = feed != std::string_view::npos;
    const bool cut = (whole ? feed : rest.size()) > line_octets_max;
    if (!whole && !cut && !(ended_ && !rest.empty())) {
      searched_ = rest.size();
      if (skipping_) begin_ = end_, searched_ = 0;
      return std::nullopt;
    }
    std::string_view line = rest.substr(0, whole ? feed : rest.size());
    begin_ += whole ? feed + 1 : rest.size();
    searched_ = 0;
    const bool was_skipping = skipping_;
    skipping_ = !whole && !ended_;
    if (was_skipping) continue;
    return line.substr(0, line_octets_max);
  }
}

void LineInput::read() {
  buffer_.erase(0, begin_);  // less than a line
  end_ -= begin_;
  begin_ = 0;
  buffer_.resize(buffer_octets);
  const ssize_t got = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
  } else if (got == 0) {
    ended_ = true;
  } else if (errno == EAGAIN) {  // somebody else made it non-blocking
    pollfd readable{descriptor_, POLLIN, 0};
    ::poll(&readable, 1, -1);
  } else if (errno != EINTR) {
    error_ = Error{
        ErrorKind::open, "the input", std::string("cannot be read: ") + std::strerror(errno), {}};
    ended_ = true;
  }
}

}  // namespace smtpscope::app
