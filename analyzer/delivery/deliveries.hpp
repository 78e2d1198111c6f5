#pragma once
// Deliveries: a message to one recipient, followed over all sessions of a capture.
//
//     session 1   mx-1 refuses the connection   --+
//     session 2   mx says 450, greylisted         +--> one Delivery: three attempts, delivered after 6 s
//     session 3   mx says 250, queued as 4F7    --+
//     session 4   mx hands it to the next host  --+--> and its second hop
//
// Sender, recipient and Message-ID tie sessions together; where an attempt ended before the message
// came, sender, recipient and the client. A connection that failed before anybody was named is laid
// to the mail that the same client sends next: likely, not certain. A bounce that names the message
// is told with it.
//
// An archive may hold the mail of years, and a sensor runs as long. So each delivery is told when it
// is over, and no more are followed at a time than the limits allow.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/attempt.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/recent.hpp"
#include "analyzer/session/session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

// What a step is to those before it.
enum class StepKind : std::uint8_t {
  first,
  connection,  // that failed before anybody was named
  retry,
  duplicate,  // though a server had taken it already
  next_hop,   // by the host that took it
  bounce,     // a report on its way back to the sender
};
[[nodiscard]] std::string_view to_string(StepKind kind) noexcept;  // "next-hop"

struct Step {
  StepKind kind = StepKind::first;
  findings::SessionRef session;
  std::string file;  // of the packet that decided
  net::Endpoint client, server;
  std::string server_name;  // as it greets; its address if it does not say
  findings::Fate fate = findings::Fate::unknown;
  bool greylisted = false;
  Reason reason;      // why not, where it was not taken
  std::string reply;  // that decided, shortened; of a bounce, what it quotes
  std::string queued_as;
  Origin begun, decided;
};

enum class End : std::uint8_t {
  delivered,  // the last host that was seen took it
  deferred,   // it will be tried again
  refused,    // for good
  bounced,    // refused, and the bounce was seen
  unheard,    // sent to its end, and never answered: may have arrived
  failed,     // broken off, or no connection
  unknown,
};
[[nodiscard]] std::string_view to_string(End end) noexcept;

struct Delivery {
  std::uint64_t id = 0;  // in order of the first steps, from 1
  std::string sender;    // empty: <>
  std::string recipient;
  std::string message_id;           // empty: the message never came so far
  std::string subject;              // as sent
  std::vector<Step> steps;          // in order of time; never empty
  std::uint64_t further_steps = 0;  // beyond DeliveriesLimits::steps
  [[nodiscard]] End end() const noexcept;
  // Attempts to hand it over: all steps but bounces.
  [[nodiscard]] std::size_t attempts() const noexcept;
  // From the first step to the one that decided.
  [[nodiscard]] Nanoseconds took() const noexcept;
};

struct DeliveriesLimits {
  // Followed at a time, and what they hold. Beyond, the first is told as it is, and what comes of
  // it later is a delivery of its own.
  std::size_t deliveries = 100'000;
  std::size_t octets = std::size_t{256} * 1024 * 1024;
  std::size_t steps = 64;  // of a delivery, 2 or more: the first and the last
  // Of one sender to one recipient so many, the latest, are looked at when an attempt comes.
  std::size_t of_a_pair = 256;
  findings::RecentLimits failed_clients{4096, 4 * 1024 * 1024};  // with connections not laid to any
  findings::AttemptLimits attempt{1000, 200};
  // A client tries for 4 to 5 days (RFC 5321, 4.5.4.1).
  Nanoseconds message_age = std::chrono::hours{6 * 24};
  // From a connection that failed to the next server.
  Nanoseconds next_server = std::chrono::minutes{5};
};

//     for each session:   deliveries.add(...);   while (auto over = deliveries.next()) ...
//     deliveries.finish();                       while (auto over = deliveries.next()) ...
class Deliveries {
 public:
  explicit Deliveries(const DeliveriesLimits& limits = {});
  ~Deliveries() = default;
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  // Makes of a text what may be kept of it: replies may repeat secrets of the session.
  using Clean = std::function<std::string(std::string_view)>;
  // Sessions come in order of their first packets.
  void add(const session::Session& session, const Verdict& verdict, const Clean& clean);
  // What follows has nothing to do with what came: no delivery goes on.
  void finish();

  // In order of their first steps: the next one, if nothing more can come of it or more are
  // followed than the limits allow.
  [[nodiscard]] std::optional<Delivery> next();

  // Told because of the limits, though their clients may have tried again.
  [[nodiscard]] std::uint64_t told_early() const noexcept { return told_early_; }
  // Connections that failed, and that no mail of the same client followed.
  [[nodiscard]] std::uint64_t failed_connections() const noexcept { return failed_count_ - laid_; }
  [[nodiscard]] std::uint64_t hidden_sessions() const noexcept { return hidden_; }
  // What those that are followed hold, roughly.
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

 private:
  struct Followed {
    Delivery delivery;
    std::size_t octets = 0;
  };
  // By sender and recipient, in any case of letters, and then the oldest first.
  struct Pair {
    std::string_view sender, recipient;
    std::uint64_t id = 0;
  };
  struct ByPair {
    // The library asks for this name.
    using is_transparent = void;  // NOLINT(readability-identifier-naming)
    bool operator()(const auto& a, const auto& b) const { return before(pair_of(a), pair_of(b)); }
    static bool before(const Pair& a, const Pair& b) noexcept;
    static Pair pair_of(const Pair& pair) noexcept { return pair; }
    static Pair pair_of(const Followed* followed) noexcept {
      const Delivery& delivery = followed->delivery;
      return {delivery.sender, delivery.recipient, delivery.id};
    }
  };
  using Index = std::set<Followed*, ByPair>;
  // As std::ranges::subrange, which Clang 14 does not compile with the library of GCC 12.
  struct Range {
    Index::const_iterator first, last;
    [[nodiscard]] auto begin() const noexcept { return first; }
    [[nodiscard]] auto end() const noexcept { return last; }
  };
  using FailedSteps = std::vector<Step>;  // of one client, in order

  void add_failed(const session::Session& session, const Verdict& verdict, const Clean& clean);
  void add_transaction(const session::Session& session, const session::Transaction& transaction,
                       const findings::Attempt& attempt, const TransactionVerdict& verdict,
                       const Clean& clean);
  void add_bounce(const session::Session& session, const session::Transaction& transaction,
                  const findings::Attempt& attempt, const TransactionVerdict& verdict);
  // The latest of this sender to this recipient.
  [[nodiscard]] Range latest(std::string_view sender, std::string_view recipient) const;
  // The one that the attempt belongs to; nullptr if it is the first.
  [[nodiscard]] Followed* find(const findings::Attempt& attempt, std::string_view recipient,
                               std::string_view helo) const;
  Followed& begin(const std::string& sender, const std::string& recipient,
                  const FailedSteps& failed);
  [[nodiscard]] Followed* find_reported(std::string_view sender, std::string_view recipient,
                                        std::string_view message_id, Timestamp now) const;
  [[nodiscard]] FailedSteps failed_before(const findings::Attempt& attempt) const;
  // What was laid to this attempt is not laid to the next one.
  void forget_failed(const findings::Attempt& attempt);
  void add_step(Followed& followed, Step step);
  void keep_failed(const net::IpAddress& client, FailedSteps steps);

  DeliveriesLimits limits_;
  std::deque<Followed> followed_;  // in order of their first steps
  Index by_pair_;                  // those that may go on
  std::size_t octets_ = 0;
  std::uint64_t begun_ = 0, finished_ = 0;                // the last ids
  Timestamp now_{};                                       // when the last session began
  findings::Recent<net::IpAddress, FailedSteps> failed_;  // by client
  std::uint64_t told_early_ = 0, failed_count_ = 0, laid_ = 0, hidden_ = 0;
};

}  // namespace smtpscope::delivery
