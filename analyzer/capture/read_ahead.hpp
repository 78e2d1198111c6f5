#pragma once
// Decompression ahead of those who ask: it takes longer than all else that is done with a capture,
// so a thread of its own does it.
//
//     thread   inner --read()--> | block | block | block | ...     as many as there is room for
//                                    v
//     read()                      octets of the oldest
//
// What is read is what `inner` gives, up to the same end or failure.
#include "analyzer/capture/input.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace smtpscope::capture {

class ReadAhead final : public Input {
 public:
  // A thread is not worth its making for few octets: it begins behind so many.
  static constexpr std::uint64_t worth_a_thread_octets = 1024 * 1024;
  explicit ReadAhead(std::unique_ptr<Input> inner, std::uint64_t behind = worth_a_thread_octets);
  ~ReadAhead() override = default;

  // An input that may keep its reader waiting (no regular file) is read as before.
  void read_ahead() noexcept override;
  Progress progress() const noexcept override;
  std::string compression() const override { return inner_->compression(); }

 private:
  struct Block {
    std::unique_ptr<std::uint8_t[]> octets;
    std::size_t size = 0;  // 0: the end, or inner_->failure()
    Progress progress;     // of inner_, when this was read
  };
  static constexpr std::size_t block_octets = 128 * 1024;
  static constexpr std::size_t blocks_max = 8;

  std::size_t read_some(std::span<std::uint8_t> buffer) override;
  std::size_t read_inner(std::span<std::uint8_t> buffer);
  [[nodiscard]] bool should_begin() const noexcept;
  void begin();
  void run(const std::stop_token& stop);
  // The oldest, which stays until pop().
  [[nodiscard]] const Block& front();
  void pop();

  std::unique_ptr<Input> inner_;  // the thread's, while it runs
  std::uint64_t behind_;          // octets
  bool wanted_ = false;
  std::uint64_t octets_read_ = 0;
  std::size_t used_ = 0;  // of the oldest block
  bool ended_ = false;
  Progress progress_;  // of the block that was read last
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::array<Block, blocks_max> blocks_;  // a ring
  std::uint64_t filled_ = 0;              // blocks, by the thread
  std::uint64_t taken_ = 0;               // ... of those, by read()
  std::jthread thread_;                   // the first to go
};

}  // namespace smtpscope::capture
