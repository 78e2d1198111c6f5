#pragma once
// The verdict: whether the mail was delivered and, if not, why, whose side it is on and what to do.
// Per session, per transaction and per recipient. Pure.
#include "analyzer/findings/finding.hpp"
#include "analyzer/session/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

enum class Outcome : std::uint8_t {
  delivered,
  partially_delivered,
  rejected,
  deferred,
  failed_network,  // the network or a side broke it off before anything was decided
  failed_tls,
  aborted,  // the client gave up
  no_mail,  // nobody tried to send one
  hidden_by_tls,
  incomplete,  // the capture does not show the end
};
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;  // "partially-delivered"

enum class Fault : std::uint8_t {
  none,
  sender,
  recipient,
  client,
  server,
  network,
  policy,
  unknown
};
[[nodiscard]] std::string_view to_string(Fault fault) noexcept;

// Words of the field (REASONS in docs); static text: "userunknown", "norelaying",
// "connection-refused". Empty where there is nothing to explain (delivered) or too little is known.
using Reason = std::string_view;

class Classifier;
class Classifying;

// Why the message that a bounce is about did not arrive at one recipient.
struct ReportVerdict {
  Reason reason;
  std::optional<bool> permanent;
  Fault fault = Fault::unknown;
};

struct TransactionVerdict {
  Reason reason;  // of the transaction
  // That told the reason of the deciding reply; empty if none was asked.
  std::string_view rule;
  // Who runs the server, as far as replies and greeting tell; empty: not known.
  std::string_view provider;
  std::vector<Reason> recipients;  // one for each of Transaction::recipients
  // One for each of Message::reports, where the message is a bounce.
  std::vector<ReportVerdict> reports{};
};

struct Verdict {
  Outcome outcome = Outcome::incomplete;
  Reason reason;
  std::string_view rule;  // as in TransactionVerdict
  std::string_view provider;
  // The deciding reply, "550 5.1.1 <x>: ..." ; empty if there is none.
  std::string reply;
  std::optional<Origin> decided_at;  // its packet
  // Nothing where the question makes no sense (delivered, incomplete).
  std::optional<bool> permanent;
  Fault fault = Fault::unknown;
  // false: likely; what the capture lacks could make it another one (JSON: "certain":false)
  bool certain = true;
  std::string text;  // what happened, one or two sentences with the actual values
  // What to do, one or two sentences; empty where there is nothing to do.
  std::string advice;
  std::vector<TransactionVerdict> transactions;  // one for each of Session::transactions
};

// What it says of rules and providers lives as long as the classifier. Without one it is the
// built-in one.
[[nodiscard]] Verdict weigh(const session::Session& session,
                            const std::vector<findings::Finding>& findings,
                            const Classifier* classifier = nullptr);
// Of many, with the memory of those before: faster. The built-in rules are made when the first
// refusal needs them.
[[nodiscard]] Verdict weigh(const session::Session& session,
                            const std::vector<findings::Finding>& findings,
                            Classifying& classifying);

}  // namespace smtpscope::delivery
