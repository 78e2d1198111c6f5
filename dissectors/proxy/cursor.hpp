#pragma once
// Reads fields one after the other; once something is missing, everything is.
#include "dissectors/base/bytes.hpp"
#include "dissectors/proxy/facts.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::proxy {

class Cursor {
 public:
  explicit Cursor(std::string_view octets) : octets_(octets) {}

  [[nodiscard]] std::string_view take(std::size_t count) noexcept {
    if (short_ || count > octets_.size() - at_) {
      short_ = true;
      return {};
    }
    at_ += count;
    return octets_.substr(at_ - count, count);
  }
  [[nodiscard]] std::uint8_t octet() noexcept {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  [[nodiscard]] std::uint16_t number() noexcept {
    const std::string_view two = take(2);
    return two.empty() ? std::uint16_t{0} : be16(as_bytes(two), 0);
  }
  // Up to `end`, which is taken as well.
  [[nodiscard]] std::string_view up_to(char end) noexcept {
    const std::size_t found = short_ ? std::string_view::npos : octets_.find(end, at_);
    if (found == std::string_view::npos) {
      short_ = true;
      return {};
    }
    const std::string_view text = octets_.substr(at_, found - at_);
    at_ = found + 1;
    return text;
  }
  [[nodiscard]] Address ipv4() noexcept {
    Address address;
    address.kind = Address::Kind::ipv4;
    std::ranges::copy(take(4), address.octets.begin());
    return address;
  }
  [[nodiscard]] Address ipv6() noexcept {
    Address address;
    address.kind = Address::Kind::ipv6;
    std::ranges::copy(take(16), address.octets.begin());
    return address;
  }

  [[nodiscard]] bool is_short() const noexcept { return short_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == octets_.size(); }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] std::string_view rest() const noexcept { return octets_.substr(at_); }

 private:
  std::string_view octets_;
  std::size_t at_ = 0;
  bool short_ = false;
};

}  // namespace smtpscope::proxy
