#pragma once
// How a TLS handshake failed, from what shows of it: alerts, who left and when, and the certificate
// where it is in clear.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/session/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

// Is the handshake over, as far as it shows? Without keys nobody sees its end in TLS 1.3.
[[nodiscard]] bool is_complete(const tls::Facts& facts) noexcept;

struct HandshakeFailure {
  enum class How : std::uint8_t {
    alert,         // a side said so
    sealed_alert,  // TLS 1.3: the client most likely did
    left,          // a side left without a word
  };
  How how = How::left;
  std::optional<Side> by;               // who broke it off
  const tls::Alert* alert = nullptr;    // of the session
  tls::Step step = tls::Step::nothing;  // that had been reached
  Origin at;                            // the alert, or the FIN or RST
  // The server's certificate was refused, surely or most likely.
  bool on_certificate = false;
};
// Nothing where TLS came about, was not tried, or the capture does not tell.
[[nodiscard]] std::optional<HandshakeFailure> handshake_failure(const session::Session& session);

// TLS came about, and the client left without a word inside it: likely, the certificate did not
// please it.
[[nodiscard]] bool left_after_handshake(const session::Session& session);

// The capture does not show whether TLS came about: its handshake has no end, or what is missing
// may be an alert.
[[nodiscard]] bool may_have_failed(const session::Session& session);

// TLS came about, and the client spoke inside.
[[nodiscard]] bool surely_hides_dialogue(const session::Session& session);

// "unknown_ca: it does not know who issued the certificate".
[[nodiscard]] std::string alert_meaning(std::uint8_t description);
// What is wrong with the server's certificate, as far as it shows: "expired on 2025-01-01", "is
// signed by itself", "is for a.example.com, and not for mx.example.com".
[[nodiscard]] std::vector<std::string> certificate_faults(const session::Session& session);
[[nodiscard]] bool is_expired(const session::Session& session,
                              const tls::Certificate& certificate) noexcept;
[[nodiscard]] bool is_not_yet_valid(const session::Session& session,
                                    const tls::Certificate& certificate) noexcept;
// Is it for the name that the client asked for? True as well where it named none.
[[nodiscard]] bool is_for_server(const session::Session& session,
                                 const tls::Certificate& certificate) noexcept;
// "2026-01-02"
[[nodiscard]] std::string day_words(std::chrono::sys_seconds time);

}  // namespace smtpscope::findings
