#pragma once
// A mail transaction as an attempt to hand a message over: who tried, with which message, for whom,
// and what became of it. Facts without the session that they are of, so that they can outlive it;
// nothing is worded here.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

// Enough to find a session by.
struct SessionRef {
  std::uint64_t id = 0;
  Origin first, last;  // packets
};
[[nodiscard]] SessionRef reference_to(const session::Session& session) noexcept;

// What the client knows of a recipient when the session is over.
enum class Fate : std::uint8_t {
  accepted,    // 2xx to the message: the server is responsible
  deferred,    // 4xx
  refused,     // 5xx
  unheard,     // the end of the message was sent, and no reply came
  broken_off,  // the end of the message was never sent
  unknown,     // the capture does not tell, or not for sure
};

struct Tried {
  std::string recipient;
  Fate fate = Fate::unknown;
  bool greylisted = false;  // deferred by greylisting
  bool heard = true;        // accepted: false if the client had gone before the reply came
  std::string reply;        // that decided, shortened; empty if none did
  Origin decided;           // its packet, or the end of the connection
};

struct Attempt {
  SessionRef session;
  net::Endpoint client, server;
  std::string sender;      // empty: <>
  std::string message_id;  // empty: none, or the message never came so far
  std::string queued_as;
  std::string helo;         // what the client calls itself, shortened
  std::string server_name;  // what the server calls itself; its address where it does not say
  std::vector<Tried> recipients;
  Origin begun;    // MAIL, or the first of it that is in the capture
  Origin decided;  // the last of the recipients' decisions
  [[nodiscard]] bool any_accepted() const noexcept;
  // The client knows for each recipient that it was accepted, or refused for good: it has no need
  // to come again.
  [[nodiscard]] bool is_settled() const noexcept;
};

struct AttemptLimits {
  std::size_t recipients = 64;  // of an attempt; what became of further ones is not kept
  std::size_t reply_octets = 80;
  std::size_t name_octets = 255;  // RFC 1035, 2.3.4
};
// Reads the attempts of a session; what holds for all of them is found once.
class AttemptReader {
 public:
  // `session` has to outlive it.
  AttemptReader(const session::Session& session, AttemptLimits limits);
  [[nodiscard]] Attempt read(const session::Transaction& transaction) const;

 private:
  const session::Session& session_;
  AttemptLimits limits_;
  std::optional<std::size_t> lost_;  // the end of a message that was not answered in time
  Origin end_;                       // of the connection
};
// What it takes in memory, roughly.
[[nodiscard]] std::size_t octets_of(const Attempt& attempt) noexcept;

// The Message-ID of the transaction's message; empty if it has none or an empty one.
[[nodiscard]] std::string_view message_id_of(const session::Transaction& transaction) noexcept;

}  // namespace smtpscope::findings
