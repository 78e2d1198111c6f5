#pragma once
// Octets that open what others said in confidence: gone from memory as soon as nobody needs them,
// and never printed.
#include "dissectors/base/bytes.hpp"

#include <openssl/crypto.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace smtpscope::tls {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t octets) : octets_(octets) {}
  explicit Secret(Bytes octets) : octets_(octets.begin(), octets.end()) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : octets_(std::exchange(other.octets_, {})) {}
  Secret& operator=(Secret other) noexcept {
    octets_.swap(other.octets_);
    return *this;
  }
  ~Secret() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

  [[nodiscard]] bool empty() const noexcept { return octets_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return octets_.size(); }
  [[nodiscard]] Bytes octets() const noexcept { return octets_; }
  [[nodiscard]] std::uint8_t* data() noexcept { return octets_.data(); }

 private:
  std::vector<std::uint8_t> octets_;
};

}  // namespace smtpscope::tls
