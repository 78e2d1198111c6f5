#include "analyzer/delivery/deliveries.hpp"

#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <compare>
#include <limits>
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

Step step_of(const Session& session, const Origin& begun, const Origin& decided) {
  Step step;
  step.session = findings::reference_to(session);
  const std::string_view other = session.other_file(decided.frame);
  step.file = other.empty() ? session.file : std::string(other);
  step.client = session.client;
  step.server = session.server;
  step.server_name = findings::server_name(session);
  step.begun = begun;
  step.decided = decided;
  return step;
}

// Is it the host that took the mail that passes it on? By its address, or (a host may have several)
// by the name that it greeted with and now gives in EHLO.
bool is_passed_on(const Step& taken, const Attempt& attempt, std::string_view helo) noexcept {
  if (taken.fate != Fate::accepted || taken.client.address == attempt.client.address) return false;
  return taken.server.address == attempt.client.address ||
         ascii::equal_no_case(taken.server_name, helo);
}

// Is nothing to come of it, so long after its last attempt?
bool is_past(const Delivery& delivery, Timestamp now, Nanoseconds age_max) noexcept {
  const Step* const last = last_attempt(delivery);
  return last == nullptr || elapsed(last->decided.time, now) > age_max;
}

// Its client will try once more, as far as the capture shows.
bool is_open(Fate fate) noexcept {
  return fate == Fate::deferred || fate == Fate::broken_off || fate == Fate::unheard;
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
  if (is_past(delivery, attempt.begun.time, age_max)) return false;
  if (!delivery.message_id.empty() && !attempt.message_id.empty())
    return delivery.message_id == attempt.message_id;
  const Step& last = *last_attempt(delivery);
  return (is_open(last.fate) && last.client.address == attempt.client.address) ||
         is_passed_on(last, attempt, helo);
}

// ---- What is held -------------------------------------------------------------------------------
// A string's characters, where they do not stand in it.
std::size_t octets_of(const std::string& text) noexcept {
  return text.capacity() < sizeof(std::string) ? 0 : text.capacity();
}

std::size_t octets_of(const Step& step) noexcept {
  return octets_of(step.file) + octets_of(step.server_name) + octets_of(step.reply) +
         octets_of(step.queued_as);
}

std::size_t octets_of(const std::vector<Step>& steps) noexcept {
  std::size_t octets = steps.capacity() * sizeof(Step);
  for (const Step& step : steps) octets += octets_of(step);
  return octets;
}

std::size_t octets_of(const Delivery& delivery) noexcept {
  constexpr std::size_t of_containers = 64;  // a node of the index
  return sizeof delivery + of_containers + octets_of(delivery.sender) +
         octets_of(delivery.recipient) + octets_of(delivery.message_id) +
         octets_of(delivery.subject) + octets_of(delivery.steps);
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

// ---- Those that are followed --------------------------------------------------------------------
bool Deliveries::ByPair::before(const Pair& a, const Pair& b) noexcept {
  const auto by_sender = ascii::compare_no_case(a.sender, b.sender);
  if (by_sender != 0) return by_sender < 0;
  const auto by_recipient = ascii::compare_no_case(a.recipient, b.recipient);
  return by_recipient != 0 ? by_recipient < 0 : a.id < b.id;
}

Deliveries::Deliveries(const DeliveriesLimits& limits)
    : limits_(limits), failed_(limits.failed_clients) {}

Deliveries::Followed& Deliveries::begin(const std::string& sender, const std::string& recipient,
                                        const FailedSteps& failed) {
  Followed& followed = followed_.emplace_back();
  followed.delivery.id = ++begun_;
  followed.delivery.sender = sender;
  followed.delivery.recipient = recipient;
  by_pair_.insert(&followed);
  for (const Step& step : failed) add_step(followed, step);
  return followed;
}

void Deliveries::add_step(Followed& followed, Step step) {
  Delivery& delivery = followed.delivery;
  if (delivery.steps.size() < limits_.steps) {
    delivery.steps.push_back(std::move(step));
  } else {
    ++delivery.further_steps;
    delivery.steps.back() = std::move(step);  // the last one tells how it ended
  }
  octets_ -= followed.octets;
  followed.octets = octets_of(delivery);
  octets_ += followed.octets;
}

std::optional<Delivery> Deliveries::next() {
  if (followed_.empty()) return std::nullopt;
  Followed& first = followed_.front();
  const bool is_over =
      first.delivery.id <= finished_ || is_past(first.delivery, now_, limits_.message_age);
  const bool are_too_many = followed_.size() > limits_.deliveries || octets_ > limits_.octets;
  if (!is_over && !are_too_many) return std::nullopt;
  if (!is_over && is_open(last_attempt(first.delivery)->fate)) ++told_early_;
  by_pair_.erase(&first);
  octets_ -= first.octets;
  Delivery delivery = std::move(first.delivery);
  followed_.pop_front();
  return delivery;
}

void Deliveries::finish() {
  finished_ = begun_;
  by_pair_.clear();
  failed_.clear();
}

Deliveries::Range Deliveries::latest(std::string_view sender, std::string_view recipient) const {
  const auto begin = by_pair_.lower_bound(Pair{sender, recipient, 0});
  const auto end =
      by_pair_.upper_bound(Pair{sender, recipient, std::numeric_limits<std::uint64_t>::max()});
  auto first = end;
  for (std::size_t count = 0; first != begin && count < limits_.of_a_pair; ++count) --first;
  return {first, end};
}

Deliveries::Followed* Deliveries::find(const Attempt& attempt, std::string_view recipient,
                                       std::string_view helo) const {
  const Range mails = latest(attempt.sender, recipient);
  const auto may_be_it = [&](const Followed* followed) {
    return may_go_on(followed->delivery, attempt, helo, limits_.message_age);
  };
  // Two mails of one sender to one recipient may be on their way: the one with this Message-ID goes
  // first.
  for (Followed* const followed : mails) {
    if (!attempt.message_id.empty() && followed->delivery.message_id == attempt.message_id &&
        may_be_it(followed))
      return followed;
  }
  const auto found = std::ranges::find_if(mails, may_be_it);
  return found == mails.end() ? nullptr : *found;
}

// The latest that is not reported yet, of those that may be meant.
Deliveries::Followed* Deliveries::find_reported(std::string_view sender, std::string_view recipient,
                                                std::string_view message_id, Timestamp now) const {
  const Range mails = latest(sender, recipient);
  for (auto place = mails.end(); place != mails.begin();) {
    const Delivery& delivery = (*--place)->delivery;
    const bool may_be_meant =
        message_id.empty() || delivery.message_id.empty() || delivery.message_id == message_id;
    if (may_be_meant && delivery.end() != End::bounced &&
        !is_past(delivery, now, limits_.message_age))
      return *place;
  }
  return nullptr;
}

// ---- Connections that failed --------------------------------------------------------------------
void Deliveries::keep_failed(const net::IpAddress& client, FailedSteps steps) {
  const std::size_t octets = sizeof client + octets_of(steps);
  failed_.put(client, std::move(steps), octets);
}

// The client's connections that failed shortly before.
Deliveries::FailedSteps Deliveries::failed_before(const Attempt& attempt) const {
  FailedSteps laid;
  const FailedSteps* const failed = failed_.find(attempt.client.address);
  if (failed == nullptr) return laid;
  Timestamp until = attempt.begun.time;
  for (auto step = failed->rbegin(); step != failed->rend(); ++step) {
    if (step->begun.time > until || elapsed(step->decided.time, until) > limits_.next_server)
      continue;
    until = step->begun.time;
    laid.push_back(*step);
  }
  std::ranges::reverse(laid);
  return laid;
}

void Deliveries::forget_failed(const Attempt& attempt) {
  const net::IpAddress& client = attempt.client.address;
  FailedSteps steps = failed_.take(client);
  std::erase_if(steps, [&](const Step& step) { return step.begun.time <= attempt.begun.time; });
  if (!steps.empty()) keep_failed(client, std::move(steps));
}

// ---- Sessions -----------------------------------------------------------------------------------
void Deliveries::add(const Session& session, const Verdict& verdict, const Clean& clean) {
  now_ = session.transport.first.time;
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
  Step step = step_of(session, session.transport.first, session.transport.last);
  step.kind = StepKind::connection;
  step.fate = verdict.outcome == Outcome::deferred ? Fate::deferred : Fate::broken_off;
  step.reason = verdict.reason;
  step.reply = findings::shortened(clean(verdict.reply), limits_.attempt.reply_octets);
  const net::IpAddress client = session.client.address;
  FailedSteps steps = failed_.take(client);
  if (steps.size() >= limits_.steps) steps.erase(steps.begin());  // no delivery has room for more
  steps.push_back(std::move(step));
  keep_failed(client, std::move(steps));
}

void Deliveries::add_transaction(const Session& session, const Transaction& transaction,
                                 const Attempt& attempt, const TransactionVerdict& verdict,
                                 const Clean& clean) {
  const FailedSteps failed = failed_before(attempt);
  bool is_first = false;
  for (std::size_t index = 0; index < attempt.recipients.size(); ++index) {
    const Tried& tried = attempt.recipients[index];
    Followed* followed = find(attempt, tried.recipient, session.helo);
    if (followed == nullptr) {
      followed = &begin(attempt.sender, tried.recipient, failed);
      is_first = true;
    }
    Delivery& delivery = followed->delivery;
    Step step = step_of(session, attempt.begun, tried.decided);
    step.kind = kind_of(delivery, attempt, session.helo);
    step.fate = tried.fate;
    step.greylisted = tried.greylisted;
    if (tried.fate != Fate::accepted)
      step.reason = index < verdict.recipients.size() ? verdict.recipients[index] : verdict.reason;
    step.reply = clean(tried.reply);
    step.queued_as = tried.fate == Fate::accepted ? attempt.queued_as : std::string();
    if (delivery.message_id.empty()) delivery.message_id = attempt.message_id;
    if (delivery.subject.empty() && transaction.message)
      delivery.subject = transaction.message->header.subject.value_or("");
    add_step(*followed, std::move(step));
  }
  if (!is_first) return;
  laid_ += failed.size();
  forget_failed(attempt);
}

// A report about messages that were sent before: to the sender of one of them, about its recipient.
void Deliveries::add_bounce(const Session& session, const Transaction& transaction,
                            const Attempt& attempt, const TransactionVerdict& verdict) {
  const std::vector<smtp::DeliveryStatus>& reports = transaction.message->reports;
  for (std::size_t at = 0; at < reports.size(); ++at) {
    const smtp::DeliveryStatus& report = reports[at];
    if (report.action != "failed") continue;
    for (const Tried& to : attempt.recipients) {
      Followed* const reported =
          find_reported(to.recipient, report.recipient, report.message_id, attempt.begun.time);
      if (reported == nullptr) continue;
      Step step = step_of(session, attempt.begun, to.decided);
      step.kind = StepKind::bounce;
      step.fate = to.fate;
      if (at < verdict.reports.size()) step.reason = verdict.reports[at].reason;
      step.reply =
          findings::shortened(report.diagnostic.empty() ? report.status : report.diagnostic,
                              limits_.attempt.reply_octets);
      if (reported->delivery.message_id.empty()) reported->delivery.message_id = report.message_id;
      add_step(*reported, std::move(step));
    }
  }
}

}  // namespace smtpscope::delivery
