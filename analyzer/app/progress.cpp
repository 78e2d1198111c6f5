#include "analyzer/app/progress.hpp"

#include "analyzer/app/terminal.hpp"

#include <unistd.h>
#include <cstdio>

namespace smtpscope::app {

Progress::Progress(bool wanted) : wanted_(wanted && is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::show(const capture::Source& source, std::uint64_t packets, std::uint64_t sessions) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::seconds{1}) return;
  last_ = now;
  shown_ = true;
  const capture::Source::Progress progress = source.progress();
  const unsigned percent =
      progress.total == 0 ? 0 : static_cast<unsigned>(progress.done * 100 / progress.total);
  if (progress.total == 0) {
    std::fprintf(stderr, "\r\x1b[K%llu packets, %llu sessions",
                 static_cast<unsigned long long>(packets),
                 static_cast<unsigned long long>(sessions));
  } else {
    std::fprintf(stderr, "\r\x1b[K%u %%, %llu packets, %llu sessions", percent,
                 static_cast<unsigned long long>(packets),
                 static_cast<unsigned long long>(sessions));
  }
}

}  // namespace smtpscope::app
