#pragma once
// What earlier sessions of the capture leave behind for later ones.
//
//     for each session:   findings = judge(session, history);   history.add(session);
//
// A session is told when it is over, and what comes later is not known then. So each finding across
// sessions stands in the later one and names the earlier: the first says "greylisted" and nothing
// of a retry; the retry says after how long it came. (In a live capture, where sessions come as
// they end, the later one is the one that ended later.)
//
// Facts only, for those who judge and those who follow a message from host to host; the rules
// across sessions word them. A sensor runs for months: each memory has a bound, and the oldest is
// forgotten first.
#include "analyzer/findings/attempt.hpp"
#include "analyzer/findings/recent.hpp"
#include "analyzer/findings/tls_failure.hpp"
#include "analyzer/session/session.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {

struct HistoryLimits {
  // By Message-ID: those that have to come again, and those that need not, because each recipient
  // was answered for good. Most are of the latter kind, and they are not to push out the former.
  RecentLimits messages{16384, 6 * 1024 * 1024};
  RecentLimits settled{8192, 2 * 1024 * 1024};
  std::size_t attempts = 8;                          // kept of each message: the latest
  RecentLimits greylistings{4096, 2 * 1024 * 1024};  // by hosts, sender and recipient
  RecentLimits tls_failures{4096, 2 * 1024 * 1024};  // by hosts
  AttemptLimits attempt;
  // What is older is no cause any more.
  Nanoseconds message_age =
      std::chrono::hours{6 * 24};  // clients try for 4 to 5 days (RFC 5321, 4.5.4.1)
  // Retries come after minutes, the slowest after hours.
  Nanoseconds greylisting_age = std::chrono::hours{6};
  // At once, or with the next run of the queue.
  Nanoseconds tls_failure_age = std::chrono::minutes{15};
};

// Greylisting is about these four.
struct GreylistKey {
  net::IpAddress client, server;
  std::string sender, recipient;
  friend auto operator<=>(const GreylistKey&, const GreylistKey&) = default;
};

struct Greylisted {
  SessionRef session;
  Origin at;  // the reply
};

// What a session leaves behind: all that is remembered of it, without the session.
struct Trace {
  net::IpAddress client, server;
  std::vector<Attempt> attempts;  // those worth keeping
  std::optional<TlsFailure> tls_failure;
  bool is_hidden_by_tls = false;
  bool is_in_clear = false;        // a message was sent so, and TLS was not asked for
  std::string helo;                // how the client called itself
  std::vector<GreylistKey> tried;  // all senders with their recipients
  bool is_transcript = false;      // no times, and mostly no hosts: nothing is remembered
  // The number that the session has; it may come last of all.
  void set_id(std::uint64_t id) noexcept;
};
[[nodiscard]] Trace trace_of(const session::Session& session, const AttemptLimits& limits = {});

class History {
 public:
  explicit History(HistoryLimits limits = {});

  // A session that was judged.
  void add(const session::Session& session) { add(trace_of(session, limits_.attempt)); }
  void add(Trace trace);
  // May anything that is remembered be told of the session with this trace? If not, it shows no
  // more than by itself.
  [[nodiscard]] bool concerns(const Trace& trace) const;

  // The earlier attempts with this Message-ID, the oldest first; what is returned lives until the
  // next add().
  [[nodiscard]] std::span<const Attempt> attempts(std::string_view message_id) const;
  // Is there any greylisting to ask for? For nearly all sessions there is none.
  [[nodiscard]] bool knows_greylisting() const noexcept { return greylistings_.size() > 0; }
  // The last time that these were greylisted, not long before `now`, and not let in since; nullptr
  // if not.
  [[nodiscard]] const Greylisted* greylisting(const GreylistKey& key, Timestamp now) const;
  // Many clients can stand behind one address: the name they give tells them apart, where there is
  // one.
  [[nodiscard]] static bool is_same_client(const TlsFailure& failure,
                                           std::string_view helo) noexcept;
  // The last time that TLS failed between them, not long before `now`, and did not succeed since;
  // nullptr if not.
  [[nodiscard]] const TlsFailure* tls_failure(const net::IpAddress& client,
                                              const net::IpAddress& server, Timestamp now) const;

  [[nodiscard]] const HistoryLimits& limits() const noexcept { return limits_; }
  // Kept of all that is remembered.
  [[nodiscard]] std::size_t octets() const noexcept;

 private:
  void add_attempt(Attempt attempt);
  void add_greylistings(const Trace& trace, const Attempt& attempt);
  void add_tls(Trace& trace);

  using Hosts = std::pair<net::IpAddress, net::IpAddress>;  // client, server
  HistoryLimits limits_;
  Recent<std::string, std::vector<Attempt>> messages_;
  Recent<std::string, std::vector<Attempt>> settled_;
  Recent<GreylistKey, Greylisted> greylistings_;
  Recent<Hosts, TlsFailure> tls_failures_;
};

}  // namespace smtpscope::findings
