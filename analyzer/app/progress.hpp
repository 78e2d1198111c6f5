#pragma once
// One line on stderr while a large file is read: only on a terminal, only after a second, erased at
// the end.
#include "analyzer/capture/source.hpp"

#include <chrono>
#include <cstdint>

namespace smtpscope::app {

class Progress {
 public:
  explicit Progress(bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Called for each packet: looks at the clock once in a while.
  void step(const capture::Source& source, std::uint64_t packets, std::uint64_t sessions) {
    if (wanted_ && (packets & 0xffffU) == 0) show(source, packets, sessions);
  }

 private:
  void show(const capture::Source& source, std::uint64_t packets, std::uint64_t sessions);

  bool wanted_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace smtpscope::app
