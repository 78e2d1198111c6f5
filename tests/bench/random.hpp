#pragma once
// Numbers that look random and are the same on every machine and with every standard library.
#include <cstdint>

namespace smtpscope::bench {

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] constexpr std::uint64_t next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Below `end`, which is not 0.
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t end) noexcept { return next() % end; }
  [[nodiscard]] constexpr bool happens(unsigned percent) noexcept { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace smtpscope::bench
