#include "analyzer/findings/command_faults.hpp"

#include "analyzer/findings/circumstances.hpp"

#include <cstdint>
#include <optional>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Verb;

// RCPT TO:<root>: a local name without a domain, which servers take for their own users.
bool is_local_name(const smtp::Command& command) {
  const std::string_view keyword = command.verb == Verb::mail ? "FROM" : "TO";
  const smtp::PathArgument path = smtp::parse_path(command.argument, keyword);
  return path.flaws == std::vector{smtp::PathFlaw::bad_address} && !path.address.empty() &&
         path.address.find_first_of("@ \t<>\"") == std::string::npos;
}

// Commands out of order, as the client could know it when it sent them.
//
//     EHLO ---> MAIL ---> RCPT ---> DATA ---> (message) ---> MAIL ...
//
// The walk follows what the server really answered. A client that sends a group at once (RFC 2920)
// cannot know that the first of it was refused: what follows from that is no fault of its own.
class SequenceWalk {
 public:
  explicit SequenceWalk(const Session& session) : session_(session) {
    if (session.transport.opened == tcp::Opened::midstream) hello_ = Hello::unknown;
  }

  // Why the exchange's command stands in the wrong place; nothing if it does not, or if that is not
  // sure.
  [[nodiscard]] std::optional<std::string_view> step(std::size_t index);

 private:
  enum class Hello : std::uint8_t { none, said, refused, unknown };
  enum class Transaction : std::uint8_t { none, open, refused, unclear };

  [[nodiscard]] std::optional<std::string_view> fault_of(const Exchange& exchange) const;
  [[nodiscard]] std::optional<std::string_view> fault_of_mail(const smtp::Command& command) const;
  [[nodiscard]] std::optional<std::string_view> fault_of_data(const smtp::Command& command) const;
  void follow(const Exchange& exchange);
  void on_hello(const Exchange& exchange);
  void on_mail(const Exchange& exchange);
  void on_data(const Exchange& exchange);
  void begin(Transaction state);
  [[nodiscard]] bool gap_at(std::size_t index);

  const Session& session_;
  Hello hello_ = Hello::none;
  Transaction transaction_ = Transaction::none;
  const Reply* refusal_ = nullptr;  // of EHLO, of MAIL, or of the last recipient
  std::size_t recipients_ = 0;      // named
  std::size_t accepted_ = 0;        // or perhaps accepted: the reply is not there
  std::size_t next_gap_ = 0;
};

void SequenceWalk::begin(Transaction state) {
  transaction_ = state;
  refusal_ = nullptr;
  recipients_ = accepted_ = 0;
}

bool SequenceWalk::gap_at(std::size_t index) {
  bool any = false;
  for (; next_gap_ < session_.gaps.size() && session_.gaps[next_gap_].before <= index;
       ++next_gap_) {
    any = any || !session_.gaps[next_gap_].hidden_by_tls;
  }
  return any;
}

std::optional<std::string_view> SequenceWalk::step(std::size_t index) {
  const Exchange& exchange = session_.exchanges[index];
  // Nobody knows what stood in a gap: nothing is sure until the next EHLO or RSET.
  if (gap_at(index) || exchange.around_gap || exchange.kind == ExchangeKind::lost_command) {
    begin(Transaction::unclear);
    hello_ = Hello::unknown;
  }
  std::optional<std::string_view> fault;
  if (is_command(exchange)) fault = fault_of(exchange);
  follow(exchange);
  return fault;
}

std::optional<std::string_view> SequenceWalk::fault_of(const Exchange& exchange) const {
  const smtp::Command& command = *exchange.command;
  if (command.line_end == smtp::LineEnd::cut || transaction_ == Transaction::unclear)
    return std::nullopt;
  if (command.verb == Verb::mail) return fault_of_mail(command);
  if (command.verb == Verb::rcpt) {
    if (transaction_ == Transaction::none) return "no sender was named with MAIL";
    if (transaction_ == Transaction::refused && knew(command, *refusal_) == true)
      return "MAIL had been refused";
  }
  if (command.verb == Verb::data || command.verb == Verb::bdat) return fault_of_data(command);
  return std::nullopt;
}

std::optional<std::string_view> SequenceWalk::fault_of_mail(const smtp::Command& command) const {
  if (hello_ == Hello::none) return "neither EHLO nor HELO was said";
  if (hello_ == Hello::refused && refusal_ != nullptr && knew(command, *refusal_) == true) {
    return "EHLO had been refused, and HELO was not tried";
  }
  if (transaction_ == Transaction::open) return "a transaction was open already";
  return std::nullopt;
}

std::optional<std::string_view> SequenceWalk::fault_of_data(const smtp::Command& command) const {
  if (transaction_ == Transaction::none) return "no sender was named with MAIL";
  if (transaction_ == Transaction::refused) {
    return knew(command, *refusal_) == true
               ? std::optional<std::string_view>("MAIL had been refused")
               : std::nullopt;
  }
  if (recipients_ == 0) return "no recipient was named with RCPT";
  if (accepted_ == 0 && refusal_ != nullptr && knew(command, *refusal_) == true) {
    return "every recipient had been refused";
  }
  return std::nullopt;
}

void SequenceWalk::on_hello(const Exchange& exchange) {
  if (exchange.reply() == nullptr || is_accepted(exchange)) {
    hello_ = Hello::said;
    begin(Transaction::none);
  } else if (hello_ == Hello::none || hello_ == Hello::refused) {
    hello_ = Hello::refused;
    refusal_ = exchange.reply();
  }
}

void SequenceWalk::on_mail(const Exchange& exchange) {
  if (is_refused(exchange)) {
    // Nested, and refused: the first one stays. Unclear: the server may have kept the one before.
    if (transaction_ == Transaction::open || transaction_ == Transaction::unclear) return;
    begin(Transaction::refused);
    refusal_ = exchange.reply();
  } else {
    begin(exchange.reply() != nullptr ? Transaction::open : Transaction::unclear);
  }
}

void SequenceWalk::on_data(const Exchange& exchange) {
  const bool goes_on = exchange.reply() != nullptr && !is_refused(exchange);
  if (ends_message(exchange)) {
    begin(Transaction::none);
  } else if (!goes_on) {
    begin(Transaction::
              unclear);  // whether a refusal here ends the transaction is the server's choice
  }
}

void SequenceWalk::follow(const Exchange& exchange) {
  if (exchange.kind == ExchangeKind::end_of_data) {
    begin(Transaction::none);
    return;
  }
  if (exchange.kind != ExchangeKind::command || !exchange.command) return;
  switch (exchange.command->verb) {
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      on_hello(exchange);
      break;
    case Verb::mail:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      on_mail(exchange);
      break;
    case Verb::rcpt:
      ++recipients_;
      if (!is_refused(exchange))
        ++accepted_;
      else if (transaction_ == Transaction::open)
        refusal_ = exchange.reply();
      break;
    case Verb::data:
    case Verb::bdat:
    case Verb::burl:
      on_data(exchange);
      break;
    case Verb::rset:
      if (!is_refused(exchange)) begin(Transaction::none);
      break;
    case Verb::xclient:
    case Verb::turn:
    case Verb::atrn:
      hello_ = Hello::unknown;
      begin(Transaction::unclear);
      break;
    case Verb::unknown:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::starttls:
    case Verb::auth:
    case Verb::etrn:
    case Verb::xforward:
    case Verb::x_anonymoustls:
    case Verb::x_exps:
    case Verb::xexch50:
      break;
  }
}

}  // namespace

bool has_bad_syntax(const Exchange& exchange, std::string& why) {
  if (exchange.kind != ExchangeKind::command || !exchange.command || exchange.around_gap)
    return false;
  const smtp::Command& command = *exchange.command;
  if (command.verb == Verb::unknown || command.line_end == smtp::LineEnd::cut) return false;
  if (smtp::is_valid_argument(command, why)) return false;
  const bool names_path = command.verb == Verb::mail || command.verb == Verb::rcpt;
  return !(names_path && is_accepted(exchange) && is_local_name(command));
}

std::vector<SequenceFault> sequence_faults(const Session& session) {
  if (session.unseen || other_protocol(session)) return {};
  SequenceWalk walk(session);
  std::vector<SequenceFault> faults;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    if (const auto why = walk.step(index)) faults.push_back({index, *why});
  }
  return faults;
}

bool refuses_form(const Reply& reply) noexcept {
  if (reply.enhanced && reply.enhanced->subject == 5)
    return reply.enhanced->detail != 3;  // X.5.3: too many recipients
  if (reply.enhanced && reply.enhanced->subject == 1) {
    return reply.enhanced->detail == 3 || reply.enhanced->detail == 7;  // malformed addresses
  }
  return (reply.code >= 500 && reply.code <= 504) || reply.code == 555;
}

}  // namespace smtpscope::findings
