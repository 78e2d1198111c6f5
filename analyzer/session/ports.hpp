#pragma once
// Which ports are looked at, and which of them are taken for mail without looking at what is said.
#include "dissectors/net/segment.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace smtpscope::session {

enum class Protocol : std::uint8_t { smtp, lmtp };
// What the server's port is for: 25 mx; 587, 2525 submission; 465 submissions; all others other.
enum class Service : std::uint8_t { mx, submission, submissions, other };

[[nodiscard]] bool is_mail_port(std::uint16_t port) noexcept;
[[nodiscard]] Service service_of(std::uint16_t port) noexcept;

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // it included
};
struct ForcedPort {
  std::uint16_t port = 0;
  Protocol protocol = Protocol::smtp;
};

// What the person who asks knows better.
struct Ports {
  // Flows that touch none of these are left alone; empty: all are looked at.
  std::vector<PortRange> only;
  std::vector<ForcedPort> forced;  // mail, whatever is said there

  [[nodiscard]] bool looks_at(const net::Segment& segment) const noexcept;
  [[nodiscard]] bool is_mail(std::uint16_t port) const noexcept {
    return is_mail_port(port) || forced_on(port).has_value();
  }
  [[nodiscard]] std::optional<Protocol> forced_on(std::uint16_t port) const noexcept;
};

}  // namespace smtpscope::session
