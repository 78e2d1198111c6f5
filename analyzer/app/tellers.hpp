#pragma once
// Sessions are told by several threads, and written in the order in which they came.
#include "analyzer/app/report.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace smtpscope::app {

class Tellers {
 public:
  Tellers(Report& report, unsigned threads);
  ~Tellers();
  Tellers(const Tellers&) = delete;
  Tellers& operator=(const Tellers&) = delete;

  // In order. Writes what is ready; does some of the work itself where the threads do not keep up.
  void add(Report::Judged judged);
  // All that came is written when this is over.
  void finish();

 private:
  struct Task {
    std::vector<Report::Judged> sessions;
    std::vector<Report::Told> told;
    bool done = false;
  };
  static void work(Task& task, const Report& report, Report::Scratch& scratch);
  void run();
  // The next one that nobody works at; nullptr if there is none. `mutex_` is held.
  [[nodiscard]] Task* begin_next();
  void hand_over();
  // Writes what is ready, until no more than so many tasks are left.
  void write_ready(std::size_t most);

  Report& report_;
  std::size_t ahead_;        // tasks that may wait
  Report::Scratch scratch_;  // of the thread that adds
  std::vector<Report::Judged> gathered_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Task>> tasks_;  // in order; those that were begun come first
  std::size_t begun_ = 0;
  bool over_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace smtpscope::app
