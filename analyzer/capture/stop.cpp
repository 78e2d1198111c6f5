#include "analyzer/capture/stop.hpp"

#include "analyzer/capture/source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace smtpscope::capture {
namespace {

// Both ends of the pipe; -1 if there are no descriptors left, and then a wait ends by EINTR or
// input.
struct StopPipe {
  std::array<int, 2> ends{-1, -1};
  StopPipe() {
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) ends = {-1, -1};
    for (int& end : ends) end = above_standard_streams(end);
  }
};

// A signal handler reaches nothing but globals. These two are all that this library has.
std::atomic<bool> requested = false;
const StopPipe stop_pipe;

static_assert(std::atomic<bool>::is_always_lock_free, "used in signal handlers");

}  // namespace

void request_stop() noexcept {
  const int saved_errno = errno;
  requested.store(true);
  const char octet = 0;
  // A full pipe is readable already, so the result does not matter.
  [[maybe_unused]] const auto written = write(stop_pipe.ends[1], &octet, 1);
  errno = saved_errno;
}

int above_standard_streams(int descriptor) noexcept {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(descriptor);
  return moved;
}

bool stop_requested() noexcept { return requested.load(std::memory_order_relaxed); }

void forget_stop() noexcept {
  requested.store(false);
  std::array<char, 64> octets;
  while (read(stop_pipe.ends[0], octets.data(), octets.size()) > 0) {
  }
}

Waited wait_for_input(int descriptor, std::optional<std::chrono::milliseconds> limit) {
  std::array<pollfd, 2> waits{{{descriptor, POLLIN, 0}, {stop_pipe.ends[0], POLLIN, 0}}};
  while (!stop_requested()) {
    const int timeout = limit ? static_cast<int>(limit->count()) : -1;
    const int ready = poll(waits.data(), waits.size(), timeout);
    if (ready == 0) return Waited::timed_out;
    if (ready > 0 && waits[0].revents != 0) return Waited::ready;
    if (ready < 0 && errno != EINTR) return Waited::ready;  // reading will tell what is wrong
  }
  return Waited::stopped;
}

}  // namespace smtpscope::capture
