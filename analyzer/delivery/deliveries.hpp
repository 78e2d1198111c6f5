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
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/attempt.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/session/session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
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
  std::string file;  // of its first packet
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
  std::string sender;  // empty: <>
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
  std::size_t deliveries = 1'000'000;     // further ones are counted only
  std::size_t steps = 64;                 // of a delivery
  std::size_t failed_connections = 4096;  // waiting to be laid to a mail
  findings::AttemptLimits attempt{1000, 200};
  // A client tries for 4 to 5 days (RFC 5321, 4.5.4.1).
  Nanoseconds message_age = std::chrono::hours{6 * 24};
  // From a connection that failed to the next server.
  Nanoseconds next_server = std::chrono::minutes{5};
};

class Deliveries {
 public:
  explicit Deliveries(DeliveriesLimits limits = {}) : limits_(limits) {}

  // Makes of a text what may be kept of it: replies may repeat secrets of the session.
  using Clean = std::function<std::string(std::string_view)>;
  // Sessions come in order of their first packets.
  void add(const session::Session& session, const Verdict& verdict, const Clean& clean);

  // In order of their first steps.
  [[nodiscard]] const std::deque<Delivery>& all() const noexcept { return deliveries_; }
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }
  // Connections that failed, and that no mail of the same client followed.
  [[nodiscard]] std::uint64_t failed_connections() const noexcept { return failed_count_ - laid_; }
  [[nodiscard]] std::uint64_t hidden_sessions() const noexcept { return hidden_; }

 private:
  using Key = std::pair<std::string, std::string>;  // sender, recipient: in small letters

  void add_failed(const session::Session& session, const Verdict& verdict, const Clean& clean);
  void add_transaction(const session::Session& session, const session::Transaction& transaction,
                       const findings::Attempt& attempt, const TransactionVerdict& verdict,
                       const Clean& clean);
  void add_bounce(const session::Session& session, const session::Transaction& transaction,
                  const findings::Attempt& attempt, const TransactionVerdict& verdict);
  [[nodiscard]] Delivery* find(const Key& key, const findings::Attempt& attempt,
                               std::string_view helo);
  [[nodiscard]] Delivery* begin(const Key& key, const std::vector<Step>& failed);
  [[nodiscard]] Delivery* find_reported(const Key& key, std::string_view message_id) const;
  [[nodiscard]] std::vector<Step> failed_before(const findings::Attempt& attempt) const;
  void add_step(Delivery& delivery, Step step) const;

  DeliveriesLimits limits_;
  std::deque<Delivery> deliveries_;
  std::map<Key, std::vector<Delivery*>> by_key_;
  std::deque<Step> failed_;
  std::uint64_t left_out_ = 0, failed_count_ = 0, laid_ = 0, hidden_ = 0;
};

}  // namespace smtpscope::delivery
