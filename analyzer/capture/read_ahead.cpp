#include "analyzer/capture/read_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smtpscope::capture {

ReadAhead::ReadAhead(std::unique_ptr<Input> inner, std::uint64_t behind)
    : Input(inner->name()), inner_(std::move(inner)), behind_(behind) {}

// Whoever waits for a pipe could not be told that nobody wants more.
void ReadAhead::read_ahead() noexcept { wanted_ = inner_->progress().total != 0; }

bool ReadAhead::should_begin() const noexcept { return wanted_ && octets_read_ >= behind_; }

Input::Progress ReadAhead::progress() const noexcept {
  return thread_.joinable() ? progress_ : inner_->progress();
}

void ReadAhead::begin() {
  progress_ = inner_->progress();
  for (Block& block : blocks_) block.octets = std::make_unique<std::uint8_t[]>(block_octets);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ReadAhead::run(const std::stop_token& stop) {
  for (std::size_t size = 1; size != 0;) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return filled_ - taken_ < blocks_max; })) return;
    Block& block = blocks_[filled_ % blocks_max];
    lock.unlock();
    size = block.size = inner_->read({block.octets.get(), block_octets});
    block.progress = inner_->progress();
    lock.lock();
    ++filled_;
    lock.unlock();
    changed_.notify_all();
  }
}

const ReadAhead::Block& ReadAhead::front() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return filled_ != taken_; });
  return blocks_[taken_ % blocks_max];
}

void ReadAhead::pop() {
  used_ = 0;
  {
    const std::scoped_lock lock(mutex_);
    ++taken_;
  }
  changed_.notify_all();
}

std::size_t ReadAhead::read_inner(std::span<std::uint8_t> buffer) {
  const std::size_t octets = inner_->read(buffer);
  octets_read_ += octets;
  if (octets == 0 && inner_->failure()) fail(*inner_->failure());
  return octets;
}

std::size_t ReadAhead::read_some(std::span<std::uint8_t> buffer) {
  if (!thread_.joinable() && should_begin()) begin();
  if (!thread_.joinable()) return read_inner(buffer);
  if (ended_) return 0;
  const Block& block = front();
  progress_ = block.progress;
  if (block.size == 0) {  // and the thread is done with inner_
    ended_ = true;
    if (inner_->failure()) fail(*inner_->failure());
    return 0;
  }
  const std::size_t octets = std::min(buffer.size(), block.size - used_);
  std::memcpy(buffer.data(), block.octets.get() + used_, octets);
  used_ += octets;
  if (used_ == block.size) pop();
  return octets;
}

}  // namespace smtpscope::capture
