#include "analyzer/session/ports.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::session {

bool is_mail_port(std::uint16_t port) noexcept {
  // LMTP, SMTP, submissions, submission, the usual other submission port, content filters.
  constexpr std::array<std::uint16_t, 8> ports = {24, 25, 465, 587, 2525, 10024, 10025, 10026};
  return std::ranges::find(ports, port) != ports.end();
}

Service service_of(std::uint16_t port) noexcept {
  if (port == 25) return Service::mx;
  if (port == 587 || port == 2525) return Service::submission;
  return port == 465 ? Service::submissions : Service::other;
}

bool Ports::looks_at(const net::Segment& segment) const noexcept {
  if (only.empty()) return true;
  return std::ranges::any_of(only, [&](const PortRange& range) {
    const auto has = [&](std::uint16_t port) { return range.first <= port && port <= range.last; };
    return has(segment.source.port) || has(segment.destination.port);
  });
}

std::optional<Protocol> Ports::forced_on(std::uint16_t port) const noexcept {
  const auto found = std::ranges::find(forced, port, &ForcedPort::port);
  return found == forced.end() ? std::nullopt : std::optional(found->protocol);
}

}  // namespace smtpscope::session
