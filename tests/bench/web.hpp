#pragma once
// Plays of a web browser and a server, half of them HTTP in clear, with headers and bodies in
// lines, half of them what HTTPS looks like: hellos and records. 1 to 4 requests each.
#include "tests/bench/play.hpp"
#include "tests/bench/pools.hpp"
#include "tests/bench/random.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smtpscope::bench {

class WebAuthor {
 public:
  // The pools outlive it.
  WebAuthor(const Pools& pools, const Random& random) : pools_(pools), random_(random) {}
  [[nodiscard]] Play next();

 private:
  void clear_requests(std::vector<Turn>& turns, std::uint64_t requests);
  void hidden_requests(std::vector<Turn>& turns, std::uint64_t requests);
  [[nodiscard]] std::size_t body_octets();

  const Pools& pools_;
  Random random_;
  std::uint64_t page_number_ = 0;
};

}  // namespace smtpscope::bench
