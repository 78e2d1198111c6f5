#pragma once
// Where TLS was due, and a side sent something else: behind the 220 to STARTTLS, or from the first
// octet on port 465.
//
//     C: STARTTLS                      C: EHLO client.example.net   on port 465
//     S: 220 go ahead                  S: 15 03 03 00 02 02 46      an alert, and it leaves
//     C: EHLO client.example.net
//
// Clear text behind the 220 is no proof: a capture that was made behind a decrypting tap looks the
// same. The second answer to EHLO tells: a server that believes in TLS does not offer STARTTLS once
// more (RFC 3207, 4.2).
#include "analyzer/session/session.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::findings {

// What a side sent where its TLS was due.
struct Spoken {
  std::string_view name;  // "SMTP in clear", "HTTP"
  std::string words;      // the first of it; empty if there is nothing to be shown
  Origin at;
  std::size_t exchange = session::no_exchange;  // that it stands in
};

struct NotTls {
  std::array<std::optional<Spoken>, 2> by;  // by Side; one of them is there
  std::optional<Origin> accept;  // the 220 to STARTTLS; nothing: it is the port that says TLS
  [[nodiscard]] bool is_of_both() const noexcept { return by[0] && by[1]; }
};
[[nodiscard]] std::optional<NotTls> not_tls(const session::Session& session);

// One side did not begin TLS, and the other did not go on without it: the session broke off on
// that.
[[nodiscard]] bool fails_for_want_of_tls(const session::Session& session);

// The exchange of the STARTTLS that was accepted last; no_exchange if none was.
[[nodiscard]] std::size_t accepted_starttls(const session::Session& session) noexcept;
// The first command that the client sent in clear when it knew the 220 to STARTTLS.
[[nodiscard]] std::size_t first_behind_accept(const session::Session& session,
                                              std::size_t starttls) noexcept;

}  // namespace smtpscope::findings
