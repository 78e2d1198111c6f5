#include "analyzer/delivery/deliveries.hpp"

#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smtpscope::delivery {
namespace {

using findings::Attempt;
using findings::Fate;
using findings::Tried;
using session::Session;
using session::Transaction;

// Attempts and connections; a bounce is about a delivery, and none of it.
bool is_attempt(const Step& step) noexcept { return step.kind != StepKind::bounce; }

const Step* last_attempt(const Delivery& delivery) noexcept {
  const auto found =
      std::ranges::find_if(delivery.steps.rbegin(), delivery.steps.rend(), is_attempt);
  return found == delivery.steps.rend() ? nullptr : &*found;
}

Step step_of(const Session& session) {
  Step step;
  step.session = findings::reference_to(session);
  step.file = session.file;
  step.client = session.client;
  step.server = session.server;
  step.server_name = findings::server_name(session);
  step.begun = session.transport.first;
  step.decided = session.transport.last;
  return step;
}

// Is it the host that took the mail that passes it on? By its address, or (a host may have several)
// by the name that it greeted with and now gives in EHLO.
bool is_passed_on(const Step& taken, const Attempt& attempt, std::string_view helo) noexcept {
  if (taken.fate != Fate::accepted || taken.client.address == attempt.client.address) return false;
  return taken.server.address == attempt.client.address ||
         ascii::equal_no_case(taken.server_name, helo);
}

// What this attempt is to what came before it.
StepKind kind_of(const Delivery& delivery, const Attempt& attempt, std::string_view helo) noexcept {
  for (auto step = delivery.steps.rbegin(); step != delivery.steps.rend(); ++step) {
    if (!is_attempt(*step) || step->kind == StepKind::connection) continue;
    if (is_passed_on(*step, attempt, helo)) return StepKind::next_hop;
    const bool taken = step->fate == Fate::accepted;
    return taken ? StepKind::duplicate : StepKind::retry;
  }
  return StepKind::first;
}

// May the attempt belong to it? Where both have a Message-ID, that decides; where one has none, the
// client that tries has to be the same, and the delivery still open.
bool may_go_on(const Delivery& delivery, const Attempt& attempt, std::string_view helo,
               Nanoseconds age_max) noexcept {
  const Step* const last = last_attempt(delivery);
  if (last == nullptr || elapsed(last->decided.time, attempt.begun.time) > age_max) return false;
  if (!delivery.message_id.empty() && !attempt.message_id.empty())
    return delivery.message_id == attempt.message_id;
  const bool open =
      last->fate == Fate::deferred || last->fate == Fate::broken_off || last->fate == Fate::unheard;
  return (open && last->client.address == attempt.client.address) ||
         is_passed_on(*last, attempt, helo);
}

}  // namespace

std::string_view to_string(StepKind kind) noexcept {
  switch (kind) {
    case StepKind::first:
      return "first";
    case StepKind::connection:
      return "connection";
    case StepKind::retry:
      return "retry";
    case StepKind::duplicate:
      return "duplicate";
    case StepKind::next_hop:
      return "next-hop";
    case StepKind::bounce:
      return "bounce";
  }
  return {};
}

std::string_view to_string(End end) noexcept {
  switch (end) {
    case End::delivered:
      return "delivered";
    case End::deferred:
      return "deferred";
    case End::refused:
      return "refused";
    case End::bounced:
      return "bounced";
    case End::unheard:
      return "unheard";
    case End::failed:
      return "failed";
    case End::unknown:
      return "unknown";
  }
  return {};
}

End Delivery::end() const noexcept {
  if (std::ranges::any_of(steps, [](const Step& step) { return step.kind == StepKind::bounce; }))
    return End::bounced;
  switch (last_attempt(*this)->fate) {
    case Fate::accepted:
      return End::delivered;
    case Fate::deferred:
      return End::deferred;
    case Fate::refused:
      return End::refused;
    case Fate::unheard:
      return End::unheard;
    case Fate::broken_off:
      return End::failed;
    case Fate::unknown:
      break;
  }
  return End::unknown;
}

std::size_t Delivery::attempts() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(steps, is_attempt)) + further_steps;
}

Nanoseconds Delivery::took() const noexcept {
  return elapsed(steps.front().begun.time, last_attempt(*this)->decided.time);
}

void Deliveries::add_step(Delivery& delivery, Step step) const {
  if (delivery.steps.size() < limits_.steps) {
    delivery.steps.push_back(std::move(step));
    return;
  }
  ++delivery.further_steps;
  delivery.steps.back() = std::move(step);  // the last one tells how it ended
}

void Deliveries::add(const Session& session, const Verdict& verdict, const Clean& clean) {
  if (verdict.outcome == Outcome::hidden_by_tls) ++hidden_;
  if (session.transactions.empty()) {
    add_failed(session, verdict, clean);
    return;
  }
  const findings::AttemptReader reader(session, limits_.attempt);
  for (std::size_t index = 0; index < session.transactions.size(); ++index) {
    const Transaction& transaction = session.transactions[index];
    const Attempt attempt = reader.read(transaction);
    static const TransactionVerdict none{};
    const TransactionVerdict& judged =
        index < verdict.transactions.size() ? verdict.transactions[index] : none;
    if (attempt.sender.empty() && transaction.message && !transaction.message->reports.empty()) {
      add_bounce(session, transaction, attempt, judged);
    }
    add_transaction(session, transaction, attempt, judged, clean);
  }
}

// No mail was named in it: it may be that of the next session.
void Deliveries::add_failed(const Session& session, const Verdict& verdict, const Clean& clean) {
  const bool failed = verdict.outcome == Outcome::failed_network ||
                      verdict.outcome == Outcome::failed_tls ||
                      verdict.outcome == Outcome::rejected || verdict.outcome == Outcome::deferred;
  if (!failed) return;
  ++failed_count_;
  Step step = step_of(session);
  step.kind = StepKind::connection;
  step.fate = verdict.outcome == Outcome::deferred ? Fate::deferred : Fate::broken_off;
  step.reason = verdict.reason;
  step.reply = findings::shortened(clean(verdict.reply), limits_.attempt.reply_octets);
  failed_.push_back(std::move(step));
  if (failed_.size() > limits_.failed_connections) failed_.pop_front();
}

// The client's connections that failed shortly before.
std::vector<Step> Deliveries::failed_before(const Attempt& attempt) const {
  std::vector<Step> taken;
  Timestamp until = attempt.begun.time;
  for (auto step = failed_.rbegin(); step != failed_.rend(); ++step) {
    const bool same_client = step->client.address == attempt.client.address;
    if (!same_client || step->begun.time > until ||
        elapsed(step->decided.time, until) > limits_.next_server)
      continue;
    until = step->begun.time;
    taken.push_back(*step);
  }
  std::ranges::reverse(taken);
  return taken;
}

Delivery* Deliveries::find(const Key& key, const Attempt& attempt, std::string_view helo) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  // Two mails of one sender to one recipient may be on their way: the one with this Message-ID goes
  // first.
  for (Delivery* const delivery : found->second) {
    if (!attempt.message_id.empty() && delivery->message_id == attempt.message_id &&
        may_go_on(*delivery, attempt, helo, limits_.message_age)) {
      return delivery;
    }
  }
  for (Delivery* const delivery : found->second) {
    if (may_go_on(*delivery, attempt, helo, limits_.message_age)) return delivery;
  }
  return nullptr;
}

Delivery* Deliveries::begin(const Key& key, const std::vector<Step>& failed) {
  if (deliveries_.size() >= limits_.deliveries) {
    ++left_out_;
    return nullptr;
  }
  Delivery& delivery = deliveries_.emplace_back();
  by_key_[key].push_back(&delivery);
  for (const Step& step : failed) add_step(delivery, step);
  return &delivery;
}

void Deliveries::add_transaction(const Session& session, const Transaction& transaction,
                                 const Attempt& attempt, const TransactionVerdict& verdict,
                                 const Clean& clean) {
  const std::size_t begun = deliveries_.size();
  const std::vector<Step> failed = failed_before(attempt);
  for (std::size_t index = 0; index < attempt.recipients.size(); ++index) {
    const Tried& tried = attempt.recipients[index];
    const Key key{ascii::lower(attempt.sender), ascii::lower(tried.recipient)};
    Delivery* delivery = find(key, attempt, session.helo);
    if (delivery == nullptr) delivery = begin(key, failed);
    if (delivery == nullptr) continue;
    Step step = step_of(session);
    step.kind = kind_of(*delivery, attempt, session.helo);
    step.fate = tried.fate;
    step.greylisted = tried.greylisted;
    if (tried.fate != Fate::accepted)
      step.reason = index < verdict.recipients.size() ? verdict.recipients[index] : verdict.reason;
    step.reply = clean(tried.reply);
    step.queued_as = tried.fate == Fate::accepted ? attempt.queued_as : std::string();
    step.begun = attempt.begun;
    step.decided = tried.decided;
    if (delivery->recipient.empty()) {
      delivery->sender = attempt.sender;
      delivery->recipient = tried.recipient;
    }
    if (delivery->message_id.empty()) delivery->message_id = attempt.message_id;
    if (delivery->subject.empty() && transaction.message)
      delivery->subject = transaction.message->header.subject.value_or("");
    add_step(*delivery, std::move(step));
  }
  // What was laid to this mail is not laid to the next one.
  if (deliveries_.size() == begun) return;
  laid_ += failed.size();
  std::erase_if(failed_, [&](const Step& step) {
    return step.client.address == attempt.client.address && step.begun.time <= attempt.begun.time;
  });
}

// A report about messages that were sent before: to the sender of one of them, about its recipient.
void Deliveries::add_bounce(const Session& session, const Transaction& transaction,
                            const Attempt& attempt, const TransactionVerdict& verdict) {
  const std::vector<smtp::DeliveryStatus>& reports = transaction.message->reports;
  for (std::size_t at = 0; at < reports.size(); ++at) {
    const smtp::DeliveryStatus& report = reports[at];
    if (report.action != "failed") continue;
    for (const Tried& to : attempt.recipients) {
      Delivery* const delivery = find_reported(
          {ascii::lower(to.recipient), ascii::lower(report.recipient)}, report.message_id);
      if (delivery == nullptr) continue;
      Step step = step_of(session);
      step.kind = StepKind::bounce;
      step.fate = to.fate;
      if (at < verdict.reports.size()) step.reason = verdict.reports[at].reason;
      step.reply =
          findings::shortened(report.diagnostic.empty() ? report.status : report.diagnostic,
                              limits_.attempt.reply_octets);
      step.begun = attempt.begun;
      step.decided = to.decided;
      if (delivery->message_id.empty()) delivery->message_id = report.message_id;
      add_step(*delivery, std::move(step));
    }
  }
}

// The latest that is not reported yet, of those that may be meant.
Delivery* Deliveries::find_reported(const Key& key, std::string_view message_id) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  for (auto delivery = found->second.rbegin(); delivery != found->second.rend(); ++delivery) {
    const bool same_message = message_id.empty() || (*delivery)->message_id.empty() ||
                              (*delivery)->message_id == message_id;
    if (same_message && (*delivery)->end() != End::bounced) return *delivery;
  }
  return nullptr;
}

}  // namespace smtpscope::delivery
