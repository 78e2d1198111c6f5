#pragma once
// What decided a session: a reply, or the break that the network or a side made, or nothing that
// the capture shows. weigh() turns it into the words of a Verdict.
#include "analyzer/delivery/verdict.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace smtpscope::delivery {

// A reply: which of those of which exchange.
struct ReplyPlace {
  std::size_t exchange = session::no_exchange;
  std::size_t reply = 0;

  friend bool operator==(const ReplyPlace&, const ReplyPlace&) = default;
};

struct Decision {
  Outcome outcome = Outcome::incomplete;
  Reason reason;
  std::string_view rule;  // where a reply decided: of its classification
  std::string_view provider;
  std::optional<ReplyPlace> by;  // the deciding reply, if it was one
  // Else the finding that explains it; lives as long as those given.
  const findings::Finding* broken_by = nullptr;
  // Beside a reply that cannot know it: what the packets show of the cause.
  const findings::Finding* cause = nullptr;
  std::size_t transaction = session::no_exchange;  // in Session::transactions, if it is about one
};

struct Decisions {
  Decision session;
  std::vector<Decision> transactions;  // of each in Session::transactions
};
[[nodiscard]] Decisions decide(const session::Session& session,
                               const std::vector<findings::Finding>& findings,
                               Classifying& classifying);
// Of one of the recipients of the transaction that was decided.
[[nodiscard]] Reason recipient_reason(const session::Session& session,
                                      const session::Recipient& recipient,
                                      const Decision& transaction, Classifying& classifying);

[[nodiscard]] const smtp::Reply* reply_of(const session::Session& session,
                                          const Decision& decision) noexcept;

}  // namespace smtpscope::delivery
