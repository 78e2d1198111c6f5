#include "analyzer/app/tellers.hpp"

#include <utility>

namespace smtpscope::app {
namespace {

constexpr std::size_t sessions_a_task = 64;
constexpr std::size_t tasks_a_thread = 4;

}  // namespace

Tellers::Tellers(Report& report, unsigned threads)
    : report_(report), ahead_(threads * tasks_a_thread), scratch_(report.classifier()) {
  for (unsigned n = 0; n < threads; ++n) threads_.emplace_back([this] { run(); });
}

Tellers::~Tellers() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
}

void Tellers::work(Task& task, const Report& report, Report::Scratch& scratch) {
  task.told.reserve(task.sessions.size());
  for (Report::Judged& judged : task.sessions)
    task.told.push_back(report.tell(std::move(judged), scratch));
  task.sessions = {};
}

Tellers::Task* Tellers::begin_next() {
  return begun_ < tasks_.size() ? tasks_[begun_++].get() : nullptr;
}

void Tellers::run() {
  Report::Scratch scratch(report_.classifier());
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return over_ || begun_ < tasks_.size(); });
    if (over_) return;
    Task* const task = begin_next();
    lock.unlock();
    work(*task, report_, scratch);
    lock.lock();
    task->done = true;
    changed_.notify_all();
  }
}

void Tellers::add(Report::Judged judged) {
  gathered_.reserve(sessions_a_task);
  gathered_.push_back(std::move(judged));
  if (gathered_.size() < sessions_a_task) return;
  hand_over();
  write_ready(ahead_);
}

void Tellers::finish() {
  if (!gathered_.empty()) hand_over();
  write_ready(0);
}

void Tellers::hand_over() {
  auto task = std::make_unique<Task>();
  task->sessions = std::exchange(gathered_, {});
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_all();
}

void Tellers::write_ready(std::size_t most) {
  std::unique_lock lock(mutex_);
  while (!tasks_.empty()) {
    if (tasks_.front()->done) {
      const std::unique_ptr<Task> task = std::move(tasks_.front());
      tasks_.pop_front();
      --begun_;
      lock.unlock();
      for (const Report::Told& told : task->told) report_.write(told);
      lock.lock();
    } else if (tasks_.size() <= most) {
      return;
    } else if (Task* const task = begin_next()) {
      lock.unlock();
      work(*task, report_, scratch_);
      lock.lock();
      task->done = true;
    } else {
      changed_.wait(lock, [this] { return tasks_.front()->done; });
    }
  }
}

}  // namespace smtpscope::app
