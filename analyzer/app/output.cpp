#include "analyzer/app/output.hpp"

#include <poll.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace smtpscope::app {

void Output::write(std::string_view text) {
  if (broken()) return;
  buffer_.append(text);
  if (buffer_.size() >= flush_octets) flush();
}

void Output::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !broken()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      closed_by_reader_ = true;
      // A pipe that somebody else made non-blocking: wait for its reader.
    } else if (errno == EAGAIN) {
      pollfd writable{descriptor_, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      error_ = Error{ErrorKind::output,
                     "standard output",
                     std::string("cannot be written: ") + std::strerror(errno),
                     {}};
    }
  }
  buffer_.clear();
}

}  // namespace smtpscope::app
