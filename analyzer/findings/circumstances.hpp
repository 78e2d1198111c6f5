#pragma once
// What several rules have to know before one of them speaks: how the connection ended, what was
// open then, where the capture has holes, and whether this is SMTP at all.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::findings {

// How the connection ended, as far as the capture shows it.
struct Departure {
  enum class How : std::uint8_t { fin, reset, silence, capture_end } how = How::capture_end;
  std::optional<Side> by;  // who sent the first FIN, or the RST
  Origin at;               // that packet; else the last one of the connection
};
[[nodiscard]] Departure departure_of(const session::Session& session) noexcept;

// A side whose first octets are those of another protocol.
struct OtherProtocol {
  std::string_view name;  // "HTTP"
  Side side = Side::client;
};
[[nodiscard]] std::optional<OtherProtocol> other_protocol(const session::Session& session) noexcept;
// Where nothing better is known.
inline constexpr std::string_view no_tls_octets = "octets that are no TLS";
// "IAC DO 6": the negotiation of telnet (RFC 854) that a line begins with; empty if there is none.
// A text in some other character set has 0xFF, too, but hardly there and with one of telnet's
// commands behind it.
[[nodiscard]] std::string telnet_in(std::string_view line);
[[nodiscard]] inline bool is_telnet(const smtp::Command& command) {
  return !telnet_in(command.name).empty();
}
// The first octets of the client are not in the capture: what the server says may answer another
// protocol (a proxy's) in them.
[[nodiscard]] bool first_words_lost(const session::Session& session) noexcept;
// Does the tool that wrote the transcript say so?
[[nodiscard]] bool has_failed(const session::Session& session, session::FailureKind kind) noexcept;
// The rest of the session is TLS; or a dialogue was, before clear text came again.
[[nodiscard]] bool hidden_by_tls(const session::Session& session) noexcept;
// What a side said in clear after its TLS: nobody knows what it answers, or was asked.
[[nodiscard]] bool is_clear_again(const session::Session& session,
                                  const smtp::Reply& reply) noexcept;
[[nodiscard]] bool has_commands(const session::Session& session) noexcept;
[[nodiscard]] bool has_quit(const session::Session& session) noexcept;

// None whose line was cut.
[[nodiscard]] bool is_whole_command(const smtp::Exchange& exchange) noexcept;
[[nodiscard]] bool is_refused(const smtp::Exchange& exchange) noexcept;   // 4xx or 5xx
[[nodiscard]] bool is_accepted(const smtp::Exchange& exchange) noexcept;  // 2xx
// Refused because the message has too many recipients (RFC 5321, 4.5.3.1.10; X.5.3 of RFC 3463)?
[[nodiscard]] bool says_too_many_recipients(const smtp::Reply& reply) noexcept;

// Had the client received this reply when it sent the command? Nothing if the capture does not
// tell.
[[nodiscard]] std::optional<bool> knew(const smtp::Command& command,
                                       const smtp::Reply& reply) noexcept;
// Was the command put in clear behind the accepted `starttls`, before its 220 could be there? A
// server drops it (RFC 3207, 6): security.starttls-injection.
[[nodiscard]] bool is_ahead_of_tls(const smtp::Exchange& exchange,
                                   const smtp::Exchange& starttls) noexcept;
// A hole in what `side` said that the exchange `index` follows or stands around.
[[nodiscard]] bool gap_up_to(const session::Session& session, Side side,
                             std::size_t index) noexcept;

// The server's last words before it closed: a 421, or a refusal that answers nothing (Exchange's
// "451 4.7.0 Timeout waiting for client input").
[[nodiscard]] bool is_farewell(const session::Session& session, const smtp::Reply& reply) noexcept;
// The last reply of the dialogue; nullptr if the server said nothing.
[[nodiscard]] const smtp::Reply* last_reply(const session::Session& session) noexcept;
// The first command, or end of a message, that never got its reply although the end of the
// connection is in the capture. QUIT does not count, and neither does what stands behind a 421,
// what was sent after the server had closed, in clear behind STARTTLS, or, before the client could
// know, behind a refusal after which the server closed.
[[nodiscard]] std::optional<std::size_t> first_unanswered(const session::Session& session) noexcept;
// The end of a message that got no reply, too few of them, or one that came when the client had
// gone.
[[nodiscard]] std::optional<std::size_t> lost_end_of_message(
    const session::Session& session) noexcept;
// The server refused a message that was still being sent: that exchange.
[[nodiscard]] std::optional<std::size_t> refused_in_message(
    const session::Session& session) noexcept;
// Connected, and the server never spoke, though it had the time.
[[nodiscard]] bool greeting_never_came(const session::Session& session) noexcept;
// An RST in the middle of the dialogue, that nothing else explains: net.reset.
[[nodiscard]] bool reset_midway(const session::Session& session) noexcept;
// A message was begun, its end was never sent, and no reply explains that.
[[nodiscard]] bool message_left_open(const session::Session& session) noexcept;
// A recipient was accepted, and what became of the message was never said.
[[nodiscard]] bool transaction_left_open(const session::Session& session) noexcept;

// MAIL alone was refused, in a way that says nothing about the mail itself (not now, log in first),
// and the client came back to it: with the same sender, accepted then, or under TLS, where nobody
// sees what became of it.
[[nodiscard]] bool was_tried_again(const session::Session& session,
                                   const session::Transaction& refused) noexcept;
// Does the reply ask for something else first: EHLO, a login, TLS?
[[nodiscard]] bool asks_for_more(const smtp::Reply& reply) noexcept;

}  // namespace smtpscope::findings
