#pragma once
// What bodies are cut from: a few megabytes, made once, so that a capture of any size costs no more
// memory than that.
#include "tests/bench/random.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace smtpscope::bench {

enum class Matter : std::uint8_t {
  base64,  // lines of it
  text,    // lines of words
  noise,   // any octets, as what is encrypted looks
};

inline constexpr std::size_t line_octets = 78;  // of base64 and text: each line, its CRLF included

class Pools {
 public:
  explicit Pools(Random& random);
  // So many octets (below 3 million) from somewhere in the pool, from the beginning of a line.
  [[nodiscard]] std::string slice(Matter matter, std::size_t octets, Random& random) const;

 private:
  [[nodiscard]] const std::string& pool_of(Matter matter) const noexcept;

  std::string base64_, text_, noise_;
};

}  // namespace smtpscope::bench
