#include "analyzer/session/transaction.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Verb;

RecipientOutcome outcome_of(const Reply& reply) noexcept {
  // A goodbye takes nothing: replies before it are lost.
  if (reply.code == 221) return RecipientOutcome::unknown;
  switch (reply.first_digit()) {
    case 2:
      return RecipientOutcome::accepted;
    case 4:
      return RecipientOutcome::deferred;
    case 5:
      return RecipientOutcome::rejected;
    default:
      return RecipientOutcome::unknown;
  }
}

TransactionOutcome refusal(RecipientOutcome outcome) noexcept {
  return outcome == RecipientOutcome::deferred ? TransactionOutcome::deferred
                                               : TransactionOutcome::rejected;
}

// The reply, if it is sure enough to decide anything.
const Reply* reply_of(const Exchange& exchange) noexcept {
  return exchange.doubtful ? nullptr : exchange.reply();
}

bool is_refusal(const Exchange& exchange) noexcept {
  const Reply* reply = reply_of(exchange);
  return reply != nullptr && reply->first_digit() >= 4;
}

bool is_lost(const Exchange& exchange) noexcept {
  return exchange.doubtful ||
         (exchange.replies.empty() && exchange.unanswered == smtp::Unanswered::lost_in_gap);
}

// A command, or end of a message, whose reply decides about mail.
bool concerns_mail(const Exchange& exchange) noexcept {
  if (exchange.kind == ExchangeKind::end_of_data) return true;
  if (exchange.kind != ExchangeKind::command || !exchange.command) return false;
  const Verb verb = exchange.command->verb;
  return verb == Verb::mail || verb == Verb::rcpt || verb == Verb::data || verb == Verb::bdat;
}

// Would its success have ended a transaction, and is that success not in the capture?
bool may_have_ended_mail(const Exchange& exchange) noexcept {
  const bool ends = smtp::is_hello(exchange) || smtp::has_verb(exchange, Verb::rset);
  return ends && (is_lost(exchange) || exchange.around_gap);
}

// "Bad sequence of commands": the server is in another state than the commands before this one say.
bool says_bad_sequence(const Exchange& exchange) noexcept {
  const Reply* reply = reply_of(exchange);
  return reply != nullptr && reply->code == 503;
}

// Walks over the exchanges with the transaction that is open.
class Walk {
 public:
  Walk(const std::vector<Exchange>& exchanges, Ending ending, std::span<const GapFact> gaps)
      : exchanges_(exchanges), ending_(ending), gaps_(gaps) {}

  void step(std::size_t index);
  void finish(const smtp::Message* open_message);
  [[nodiscard]] std::vector<Transaction> take() { return std::move(done_); }

 private:
  void on_mail(std::size_t index);
  void on_rcpt(std::size_t index);
  void on_data(std::size_t index);
  void on_end_of_data(std::size_t index);
  void decide_all(std::size_t index, std::size_t reply, RecipientOutcome outcome);
  void decide_each(std::size_t index, std::size_t first_reply, std::size_t reply_count);
  [[nodiscard]] bool lost_its_reply(const Recipient& recipient) const;
  [[nodiscard]] bool has_holes() const;
  [[nodiscard]] bool state_is_unsure() const;
  [[nodiscard]] bool is_certain() const;
  void forget_likely_outcomes();
  void state_is_sure();
  void reopen();
  void begin();
  void close();
  [[nodiscard]] TransactionOutcome outcome() const;
  Transaction& open();

  const std::vector<Exchange>& exchanges_;
  Ending ending_;
  std::span<const GapFact> gaps_;
  std::vector<Transaction> done_;
  std::size_t at_ = 0;          // the exchange that is looked at
  std::size_t begin_ = 0;       // where open_ began
  bool mixed_replies_ = false;  // of open_: some for, some against, and it is not known for whom
  bool recipients_unsure_ = false;  // of open_: nobody knows whose replies these are
  bool lost_commands_ = false;      // of open_: its recipients may not be all
  std::size_t sure_since_ = 0;      // here it was sure whether a transaction is open
  // And since then one may have begun or ended, and the capture lacks that.
  bool state_unsure_ = false;
  std::optional<Transaction> open_;
  bool refused_data_ = false;  // open_ was decided by a refused DATA or BDAT
};

Transaction& Walk::open() {
  if (!open_) {
    begin();
    open_->sender_known = false;
    lost_commands_ = true;
    // Its MAIL and RCPT may be among the commands that are lost right before.
    while (begin_ > 0 && exchanges_[begin_ - 1].kind == ExchangeKind::lost_command) --begin_;
  }
  return *open_;
}

void Walk::begin() {
  open_.emplace();
  begin_ = at_;
  state_is_sure();
  refused_data_ = mixed_replies_ = recipients_unsure_ = lost_commands_ = false;
}

void Walk::state_is_sure() {
  sure_since_ = at_;
  state_unsure_ = false;
}

// Can a command that the capture lacks, or the reply to one, have begun or ended a transaction?
bool Walk::state_is_unsure() const {
  return state_unsure_ || std::ranges::any_of(gaps_, [this](const GapFact& gap) {
           return gap.side == Side::client && !gap.hidden_by_tls && gap.up_to > sure_since_ &&
                  gap.before <= at_;
         });
}

// Whether RCPT was accepted is in a gap: then the reply to the message may not be for this
// recipient.
bool Walk::lost_its_reply(const Recipient& recipient) const {
  return is_lost(exchanges_[recipient.rcpt]);
}

// One reply for all recipients that still wait for one.
void Walk::decide_all(std::size_t index, std::size_t reply, RecipientOutcome outcome) {
  open_->decided_by = index;
  for (Recipient& recipient : open_->recipients) {
    if (recipient.decided_by != no_exchange || lost_its_reply(recipient)) continue;
    recipient.outcome = outcome;
    recipient.decided_by = index;
    recipient.reply = reply;
  }
}

// LMTP (RFC 2033, 4.2) and PRDR: one reply for each accepted recipient, in order.
void Walk::decide_each(std::size_t index, std::size_t first_reply, std::size_t reply_count) {
  const std::vector<Reply>& replies = exchanges_[index].replies;
  open_->decided_by = index;
  if (reply_count == 0) return;
  const auto waits = [](const Recipient& recipient) { return recipient.decided_by == no_exchange; };
  const auto waiting = static_cast<std::size_t>(std::ranges::count_if(open_->recipients, waits));
  const auto lost = static_cast<std::size_t>(std::ranges::count_if(
      open_->recipients,
      [&](const Recipient& recipient) { return waits(recipient) && lost_its_reply(recipient); }));
  // Beside a gap it may not be known who was accepted. As many replies as there can be at most: all
  // were.
  const bool short_of_some =
      exchanges_[index].unanswered == smtp::Unanswered::lost_in_gap && reply_count < waiting;
  if ((lost > 0 && reply_count != waiting) || reply_count > waiting || short_of_some ||
      lost_commands_) {
    const RecipientOutcome first = outcome_of(replies[first_reply]);
    const auto begin = replies.begin() + static_cast<std::ptrdiff_t>(first_reply);
    mixed_replies_ = std::any_of(begin, begin + static_cast<std::ptrdiff_t>(reply_count),
                                 [&](const Reply& reply) { return outcome_of(reply) != first; });
    recipients_unsure_ = true;
    decide_all(index, first_reply, mixed_replies_ ? RecipientOutcome::unknown : first);
    return;
  }
  std::size_t at = first_reply;
  for (Recipient& recipient : open_->recipients) {
    if (recipient.decided_by != no_exchange || at >= first_reply + reply_count) continue;
    recipient.outcome = outcome_of(replies[at]);
    recipient.decided_by = index;
    recipient.reply = at++;
  }
}

void Walk::on_mail(std::size_t index) {
  const Exchange& exchange = exchanges_[index];
  const bool nested = open_ && open_->decided_by != open_->mail;
  if (nested && is_refusal(exchange)) return;  // the one that is open stays
  // Nested as well, and the MAIL that began the open one is lost. Or the EHLO is, that had to come
  // first.
  if (says_bad_sequence(exchange) && state_is_unsure()) {
    close();
    (void)open();
    return;
  }
  close();
  begin();
  smtp::PathArgument path = smtp::parse_path(exchange.command->argument, "FROM");
  open_->sender = std::move(path.address);
  open_->parameters = std::move(path.parameters);
  open_->mail = index;
  if (is_refusal(exchange)) open_->decided_by = index;
}

void Walk::on_rcpt(std::size_t index) {
  const Exchange& exchange = exchanges_[index];
  if (says_bad_sequence(exchange)) {
    if (open_ && state_is_unsure()) close();  // what ended it is lost
    if (!open_) return;
  }
  Transaction& transaction = open();
  Recipient recipient;
  recipient.address = smtp::parse_path(exchange.command->argument, "TO").address;
  recipient.rcpt = index;
  if (const Reply* reply = reply_of(exchange)) {
    recipient.rcpt_accepted = reply->first_digit() == 2;
    if (is_refusal(exchange)) {
      // Behind a refused MAIL the 503 to RCPT is not the cause.
      const bool by_mail =
          transaction.mail != no_exchange && transaction.decided_by == transaction.mail;
      recipient.decided_by = by_mail ? transaction.mail : index;
      recipient.outcome = outcome_of(*exchanges_[recipient.decided_by].reply());
    }
  }
  transaction.recipients.push_back(std::move(recipient));
}

void Walk::on_data(std::size_t index) {
  const Exchange& exchange = exchanges_[index];
  // The last chunk of LMTP, answered once a recipient, is refused for some of them only.
  const bool refused = is_refusal(exchange) && exchange.replies.size() == 1;
  if (!open_ && (refused || reply_of(exchange) == nullptr)) return;
  Transaction& transaction = open();
  if (!refused && refused_data_) reopen();
  if (transaction.data == no_exchange) transaction.data = index;
  if (refused && transaction.decided_by == no_exchange) {
    const bool none_accepted =
        std::ranges::none_of(transaction.recipients, &Recipient::rcpt_accepted) &&
        !transaction.recipients.empty();
    // "554 no valid recipients" only repeats what the recipients were told.
    if (!none_accepted) {
      decide_all(index, 0, outcome_of(*exchange.reply()));
      refused_data_ = true;
    }
  }
  if (exchange.message) transaction.message = exchange.message;
  const auto chunk = exchange.command->verb == Verb::bdat
                         ? smtp::parse_chunk(exchange.command->argument)
                         : std::nullopt;
  if (chunk && chunk->last) on_end_of_data(index);
}

// DATA was refused before (no recipient yet, say) and is accepted now.
void Walk::reopen() {
  for (Recipient& recipient : open_->recipients) {
    if (recipient.decided_by != open_->decided_by) continue;
    recipient.decided_by = no_exchange;
    recipient.outcome = RecipientOutcome::unknown;
  }
  open_->decided_by = no_exchange;
  open_->data = no_exchange;
  refused_data_ = false;
}

void Walk::on_end_of_data(std::size_t index) {
  const Exchange& exchange = exchanges_[index];
  Transaction& transaction = open();
  transaction.end_of_data = index;
  if (exchange.message) transaction.message = exchange.message;
  if (const Reply* last = reply_of(exchange);
      last != nullptr && transaction.decided_by == no_exchange) {
    const bool prdr = exchange.replies.front().code == 353;
    // LMTP's server that went before all its answers were given: each counts for its recipient
    // only.
    const bool for_all =
        exchange.replies.size() == 1 && exchange.unanswered == smtp::Unanswered::no;
    if (for_all || (prdr && last->first_digit() != 2)) {
      decide_all(index, exchange.replies.size() - 1, outcome_of(*last));
    } else {
      const std::size_t all = exchange.replies.size();
      prdr ? decide_each(index, 1, std::max<std::size_t>(all, 2) - 2) : decide_each(index, 0, all);
      decide_all(index, exchange.replies.size() - 1, RecipientOutcome::unknown);
    }
    for (const Reply& reply : exchange.replies) {
      if (transaction.queued_as.empty() && reply.first_digit() == 2)
        transaction.queued_as = queue_id(reply);
    }
  }
  close();
}

TransactionOutcome Walk::outcome() const {
  const auto count = [this](RecipientOutcome outcome) {
    return std::ranges::count(open_->recipients, outcome, &Recipient::outcome);
  };
  const auto accepted = count(RecipientOutcome::accepted);
  const auto rejected = count(RecipientOutcome::rejected);
  const auto deferred = count(RecipientOutcome::deferred);
  const auto unknown = std::ranges::count_if(open_->recipients, [this](const Recipient& recipient) {
    return recipient.outcome == RecipientOutcome::unknown && !lost_its_reply(recipient);
  });
  if (mixed_replies_) return TransactionOutcome::partially_delivered;
  const Reply* decided =
      open_->decided_by == no_exchange ? nullptr : reply_of(exchanges_[open_->decided_by]);
  if (accepted > 0) {
    return rejected + deferred + unknown > 0 ? TransactionOutcome::partially_delivered
                                             : TransactionOutcome::delivered;
  }
  if (decided != nullptr && outcome_of(*decided) == RecipientOutcome::accepted) {
    if (unknown > 0 || rejected + deferred == 0) return TransactionOutcome::delivered;
    // Somebody whose RCPT is lost was accepted, or there would have been no message.
    return lost_commands_ ? TransactionOutcome::partially_delivered : TransactionOutcome::rejected;
  }
  if (decided != nullptr && is_refusal(exchanges_[open_->decided_by]))
    return refusal(outcome_of(*decided));
  if (unknown == 0 && rejected + deferred > 0) {
    return rejected > 0 ? TransactionOutcome::rejected : TransactionOutcome::deferred;
  }
  if (open_->end_of_data != no_exchange) return TransactionOutcome::unknown;
  if (ending_ == Ending::not_seen || lost_commands_ || has_holes())
    return TransactionOutcome::unknown;
  return TransactionOutcome::aborted;
}

// Is anything missing between its begin and its end?
bool Walk::has_holes() const {
  return std::ranges::any_of(gaps_, [this](const GapFact& gap) {
    return !gap.hidden_by_tls && gap.up_to >= begin_ && gap.before <= at_ + 1;
  });
}

bool Walk::is_certain() const {
  if (recipients_unsure_) return false;
  const auto end =
      exchanges_.begin() + static_cast<std::ptrdiff_t>(std::min(at_ + 1, exchanges_.size()));
  return std::none_of(
      exchanges_.begin() + static_cast<std::ptrdiff_t>(begin_), end, [](const Exchange& exchange) {
        const bool of_gap = exchange.around_gap || exchange.kind == ExchangeKind::lost_command;
        if (of_gap && is_refusal(exchange)) return true;
        const bool lost = exchange.unanswered == smtp::Unanswered::lost_in_gap || exchange.doubtful;
        return lost && concerns_mail(exchange);
      });
}

// Where a refusal may belong to another command, none of the outcomes beside it is known.
void Walk::forget_likely_outcomes() {
  for (Recipient& recipient : open_->recipients) {
    const bool decided_beside_gap =
        recipient.decided_by != no_exchange && exchanges_[recipient.decided_by].around_gap;
    if (!exchanges_[recipient.rcpt].around_gap && !decided_beside_gap) continue;
    recipient.outcome = RecipientOutcome::unknown;
    recipient.decided_by = no_exchange;
  }
}

void Walk::close() {
  state_is_sure();
  if (!open_) return;
  // A client that did not wait for the greeting has its answer there.
  const Exchange& first = exchanges_.front();
  if (open_->decided_by == no_exchange && first.kind == ExchangeKind::greeting &&
      is_refusal(first)) {
    decide_all(0, 0, outcome_of(*first.reply()));
  }
  open_->certain = is_certain();
  if (!open_->certain) forget_likely_outcomes();
  open_->outcome = outcome();
  done_.push_back(std::move(*open_));
  open_.reset();
}

void Walk::step(std::size_t index) {
  at_ = index;
  const Exchange& exchange = exchanges_[index];
  if (exchange.kind == ExchangeKind::end_of_data) {
    on_end_of_data(index);
    return;
  }
  // The server gives up: inside the message, or by a 421, which may come at any time.
  const bool given_up = exchange.kind == ExchangeKind::unsolicited && is_refusal(exchange) &&
                        (exchange.in_data || exchange.reply()->code == 421);
  if (given_up && open_ && open_->decided_by == no_exchange) {
    decide_all(index, 0, outcome_of(*exchange.reply()));
    return;
  }
  if (exchange.kind == ExchangeKind::lost_command) {
    if (exchange.reply()->code == 354) {
      if (refused_data_) reopen();
      if (open().data == no_exchange) open_->data = index;
    }
    if (open_) lost_commands_ = true;
    state_unsure_ = true;
    return;
  }
  if (!exchange.command) return;
  const Reply* reply = reply_of(exchange);
  const bool accepted = reply != nullptr && reply->first_digit() == 2;
  switch (exchange.command->verb) {
    case Verb::mail:
      on_mail(index);
      break;
    case Verb::rcpt:
      on_rcpt(index);
      break;
    case Verb::data:
    case Verb::bdat:
      on_data(index);
      break;
    case Verb::ehlo:  // a refused one keeps the transaction (RFC 5321, 4.1.4)
    case Verb::helo:
    case Verb::lhlo:
    case Verb::rset:
      if (accepted) close();
      state_unsure_ = state_unsure_ || may_have_ended_mail(exchange);
      break;
    case Verb::quit:
      close();
      break;
    case Verb::unknown:
    case Verb::noop:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::starttls:
    case Verb::auth:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::burl:
    case Verb::xclient:
    case Verb::xforward:
    case Verb::x_anonymoustls:
    case Verb::x_exps:
    case Verb::xexch50:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      break;
  }
}

void Walk::finish(const smtp::Message* open_message) {
  at_ = exchanges_.size();
  if (open_ && open_message != nullptr && open_->data != no_exchange)
    open_->message = *open_message;
  close();
}

// The word at the start of `text` that ends at a blank or one of the signs around ids.
std::string id_word(std::string_view text) {
  while (!text.empty() &&
         (text.front() == '<' || text.front() == '(' || ascii::is_blank(text.front()))) {
    text.remove_prefix(1);
  }
  const std::size_t end = std::min(text.find_first_of(" \t,;<>()[]"), text.size());
  return std::string(text.substr(0, end));
}

}  // namespace

std::string queue_id(const smtp::Reply& reply) {
  if (reply.text.empty()) return {};
  const std::string_view text = reply.text.back();
  // What stands before the id: Postfix, Exim, qmail-ldap and MDaemon, Exchange, Haraka.
  constexpr std::array<std::string_view, 5> before = {
      "queued as ", " id=", "queued mail for delivery id ", "[InternalId=", "Message Queued ("};
  for (const std::string_view mark : before) {
    const std::size_t at = ascii::find_no_case(text, mark);
    if (at != std::string_view::npos) return id_word(text.substr(at + mark.size()));
  }
  if (text.starts_with("id=")) return id_word(text.substr(3));  // Exim after PRDR
  // Sendmail and OpenSMTPD put the id before the words.
  const std::size_t at = ascii::find_no_case(text, " Message accepted for delivery");
  if (at != std::string_view::npos) {
    const std::string_view head = text.substr(0, at);
    const std::size_t blank = head.rfind(' ');
    std::string word = id_word(blank == std::string_view::npos ? head : head.substr(blank + 1));
    if (word.size() >= 6) return word;
  }
  return {};
}

std::vector<Transaction> transactions_of(const std::vector<smtp::Exchange>& exchanges,
                                         const smtp::Message* open_message, Ending ending,
                                         std::span<const GapFact> gaps) {
  Walk walk(exchanges, ending, gaps);
  for (std::size_t index = 0; index < exchanges.size(); ++index) walk.step(index);
  walk.finish(open_message);
  return walk.take();
}

}  // namespace smtpscope::session
