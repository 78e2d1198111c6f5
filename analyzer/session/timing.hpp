#pragma once
// Where the time of a session went, step by step, and how long RFC 5321 lets each side take.
//
//     SYN ... ACK       connect    the way, there and back; tries
//     220               reply      the server: its wait less the round trip of the handshake is its own time
//          EHLO         command    the client: from the reply that let it go on
//     250               reply
//     ...
//          text, .      message    from the first to the last packet of it
//
// A step whose begin or end is not in the capture, that lies around a gap or a jump of the clock,
// or that TLS hides, is not measured.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::session {

enum class Step : std::uint8_t {
  connect,  // from the first SYN to the handshake's end
  // From the question, or the reply before it where commands were sent ahead, to the reply.
  reply,
  command,  // from the reply before to the client's next words
  message,  // from the first to the last packet of a message
};

// How long the other side has to be patient, at least (RFC 5321, 4.5.3.2).
struct TimeLimit {
  Nanoseconds limit;
  std::string_view reference;  // empty: the RFC names none, and this one is usual
};

struct Wait {
  Step step = Step::reply;
  std::size_t exchange = no_exchange;  // that it belongs to
  Origin from, to;
  Nanoseconds span{0};
  std::optional<TimeLimit> limit;
  [[nodiscard]] friend bool operator<(const Wait& a, const Wait& b) noexcept {
    return a.span < b.span;
  }
};

// For the server's answer to this exchange; for the client's next words.
[[nodiscard]] TimeLimit limit_of_reply(const smtp::Exchange& exchange) noexcept;
[[nodiscard]] TimeLimit limit_of_client() noexcept;

// What one step of the dialogue took; nothing if it is not measured.
[[nodiscard]] std::optional<Wait> reply_wait(const Session& session, std::size_t index) noexcept;
[[nodiscard]] std::optional<Wait> command_wait(const Session& session, std::size_t index) noexcept;

// The longest of all steps, the first of equal ones; nothing if none was measured.
[[nodiscard]] std::optional<Wait> slowest_step(const Session& session) noexcept;

// Of a wait for the server, the part that is its own: the rest is the way there and back. Without a
// handshake in the capture nothing is known of the way.
[[nodiscard]] Nanoseconds own_time(const Session& session, const Wait& wait) noexcept;

}  // namespace smtpscope::session
