#pragma once
// How TLS failed in a session, as far as it shows without a look inside.
#include "analyzer/findings/attempt.hpp"
#include "analyzer/session/session.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace smtpscope::findings {

struct TlsFailure {
  enum class How : std::uint8_t {
    refused,    // STARTTLS was answered by 4xx or 5xx
    handshake,  // an alert, or a side that left: handshake_failure()
    not_tls,    // a side sent something else where TLS was due, and the session broke off on that
    // It began, and a side left before it had said as much as the shortest handshake takes.
    cut_short,
  };
  SessionRef session;
  How how = How::refused;
  std::string helo;                       // the name that the client gave there
  std::string reply;                      // refused: the server's, shortened
  std::array<std::uint64_t, 2> octets{};  // cut short: of TLS, by Side
  std::string words;                      // handshake: what broke it off
  std::optional<Side> left;               // cut short: who closed first, or reset
  Origin at;                              // the reply, or that FIN or RST
};
// Nothing where TLS succeeded, was not tried, or the capture does not tell.
[[nodiscard]] std::optional<TlsFailure> tls_failure_of(const session::Session& session);

}  // namespace smtpscope::findings
