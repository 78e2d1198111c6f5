#pragma once
// Mail transactions: what MAIL, RCPT and the message did together (RFC 5321, 3.3), read from the
// exchanges.
#include "analyzer/session/gap.hpp"
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace smtpscope::session {

// What became of a recipient, as far as the server said. The last word counts: a recipient that
// RCPT accepted and whose message was then refused is rejected.
enum class RecipientOutcome : std::uint8_t {
  accepted,  // the server took responsibility: 2xx to the message
  rejected,  // refused for good (5xx)
  deferred,  // refused for now (4xx)
  unknown,   // nobody said: the message never came, or the reply is not in the capture
};

enum class TransactionOutcome : std::uint8_t {
  delivered,  // all recipients that the client named and did not give up
  partially_delivered,
  rejected,
  deferred,
  aborted,  // the client gave it up (RSET, QUIT, EHLO, gone) or the server went
  unknown,  // the capture does not show the end
};

// Where in Session::exchanges. npos: nowhere.
inline constexpr std::size_t no_exchange = static_cast<std::size_t>(-1);

struct Recipient {
  std::string address;
  RecipientOutcome outcome = RecipientOutcome::unknown;
  std::size_t rcpt = no_exchange;        // its RCPT
  std::size_t decided_by = no_exchange;  // the exchange whose reply decided the outcome
  std::size_t reply = 0;                 // which of its replies (LMTP has several)
  bool rcpt_accepted = false;            // RCPT was answered 2xx
};

struct Transaction {
  std::string sender;                       // empty: <>, a bounce
  bool sender_known = true;                 // false: MAIL lies in a gap or before the capture
  std::vector<smtp::Parameter> parameters;  // of MAIL
  std::vector<Recipient> recipients;
  std::size_t mail = no_exchange;         // exchanges
  std::size_t data = no_exchange;         // DATA or the first BDAT
  std::size_t end_of_data = no_exchange;  // ".", or BDAT LAST
  Boxed<smtp::Message> message;           // also one that never ended
  std::string queued_as;                  // the server's queue id, where its reply names one
  TransactionOutcome outcome = TransactionOutcome::unknown;
  std::size_t decided_by = no_exchange;  // the exchange whose reply decided for all
  // false: what the capture lacks between its begin and its end may change the outcome (a reply
  // that was lost, a refusal that may be another command's)
  bool certain = true;
};

// Does the capture show how the dialogue ended?
enum class Ending : std::uint8_t { seen, not_seen };

// `open_message`: a message whose end never came, or nullptr. `gaps`: what the capture lacks.
[[nodiscard]] std::vector<Transaction> transactions_of(const std::vector<smtp::Exchange>& exchanges,
                                                       const smtp::Message* open_message,
                                                       Ending ending,
                                                       std::span<const GapFact> gaps = {});

// The queue id in the reply to the end of a message: "Ok: queued as 4F7" (Postfix), "OK id=1a-2b"
// (Exim), "2.0.0 abc Message accepted for delivery" (Sendmail, OpenSMTPD) and kin. Empty if none.
[[nodiscard]] std::string queue_id(const smtp::Reply& reply);

}  // namespace smtpscope::session
