#include "analyzer/delivery/verdict.hpp"

#include "analyzer/delivery/certainty.hpp"
#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/decision.hpp"
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "analyzer/delivery/telling.hpp"
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/wording.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace smtpscope::delivery {
namespace {

using findings::Departure;
using findings::Finding;
using session::Session;

// A client that waited this long before it left did not break anything off: it was not answered.
constexpr Nanoseconds long_wait = std::chrono::seconds{30};

bool waited_long(const Decision& decision) noexcept {
  if (decision.broken_by == nullptr) return false;
  const std::vector<Origin>& evidence = decision.broken_by->evidence;
  return elapsed(evidence.front().time, evidence.back().time) >= long_wait;
}

// Whose side it is on. The table knows for a reason as such; who broke a connection off is in the
// capture.
Fault fault_of(const Session& session, const Decision& decision) noexcept {
  switch (decision.outcome) {
    case Outcome::delivered:
    case Outcome::no_mail:
      return Fault::none;
    case Outcome::aborted:
      return Fault::client;
    case Outcome::hidden_by_tls:
    case Outcome::incomplete:
      return Fault::unknown;
    case Outcome::failed_tls:
      if (decision.by && decision.cause == nullptr) return Fault::server;
      break;
    case Outcome::partially_delivered:
    case Outcome::rejected:
    case Outcome::deferred:
    case Outcome::failed_network:
      break;
  }
  const bool by_a_side = decision.reason == "reset" || decision.reason == "no-final-reply" ||
                         decision.reason == "client-closed";
  if (const Departure departure = findings::departure_of(session); by_a_side && departure.by) {
    return departure.by == Side::client && !waited_long(decision) ? Fault::client : Fault::server;
  }
  if (const auto other = findings::other_protocol(session); other && other->side == Side::server)
    return Fault::server;
  if (const auto fault = findings::not_tls(session);
      fault && decision.reason == "protocol-mismatch")
    return fault->by[index_of(Side::client)] ? Fault::client : Fault::server;
  const ReasonInfo* row = find_reason(decision.reason);
  return row == nullptr ? Fault::unknown : row->fault;
}

// Will the same attempt fail again? A break is none that lasts, as far as anybody can know.
std::optional<bool> is_permanent(const Session& session, const Decision& decision) noexcept {
  switch (decision.outcome) {
    case Outcome::rejected:
    case Outcome::deferred:
    case Outcome::partially_delivered:
    case Outcome::failed_tls:
    case Outcome::failed_network:
      break;
    case Outcome::delivered:
    case Outcome::aborted:
    case Outcome::no_mail:
    case Outcome::hidden_by_tls:
    case Outcome::incomplete:
      return std::nullopt;
  }
  const smtp::Reply* reply = reply_of(session, decision);
  if (reply != nullptr) return reply->first_digit() == 5;
  return decision.reason == "protocol-mismatch" || decision.reason == "starttls-stripped";
}

std::string_view missing_words(const Session& session) noexcept {
  return session.transcript ? "what the transcript does not show"
                            : "octets that are missing in the capture";
}

// What was delivered, passed on or handed to a list has no reason.
bool is_failure(const smtp::DeliveryStatus& report) noexcept {
  return report.action == "failed" || report.action == "delayed";
}

std::vector<ReportVerdict> verdicts_of(const std::vector<smtp::DeliveryStatus>& reports,
                                       Classifying& classifying) {
  std::vector<ReportVerdict> verdicts(reports.size());
  if (std::ranges::none_of(reports, is_failure)) return verdicts;
  Explainer explainer(classifying);
  for (std::size_t at = 0; at < reports.size(); ++at) {
    const smtp::DeliveryStatus& report = reports[at];
    if (!is_failure(report)) continue;
    const Explanation& told = explainer.explain(told_by_bounce(
        report.recipient, report.action, report.status, report.diagnostic, report.remote_mta));
    verdicts[at] = {told.why.reason, told.permanent, told.fault};
  }
  return verdicts;
}

TransactionVerdict verdict_of(const Session& session, const Decision& decision,
                              Classifying& classifying) {
  TransactionVerdict verdict;
  verdict.reason = decision.reason;
  verdict.rule = decision.rule;
  verdict.provider = decision.provider;
  for (const session::Recipient& recipient :
       session.transactions[decision.transaction].recipients) {
    verdict.recipients.push_back(recipient_reason(session, recipient, decision, classifying));
  }
  const auto& message = session.transactions[decision.transaction].message;
  if (message && !message->reports.empty())
    verdict.reports = verdicts_of(message->reports, classifying);
  return verdict;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::delivered:
      return "delivered";
    case Outcome::partially_delivered:
      return "partially-delivered";
    case Outcome::rejected:
      return "rejected";
    case Outcome::deferred:
      return "deferred";
    case Outcome::failed_network:
      return "failed-network";
    case Outcome::failed_tls:
      return "failed-tls";
    case Outcome::aborted:
      return "aborted";
    case Outcome::no_mail:
      return "no-mail";
    case Outcome::hidden_by_tls:
      return "hidden-by-tls";
    case Outcome::incomplete:
      return "incomplete";
  }
  return {};
}

std::string_view to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::sender:
      return "sender";
    case Fault::recipient:
      return "recipient";
    case Fault::client:
      return "client";
    case Fault::server:
      return "server";
    case Fault::network:
      return "network";
    case Fault::policy:
      return "policy";
    case Fault::unknown:
      return "unknown";
  }
  return {};
}

Verdict weigh(const Session& session, const std::vector<Finding>& findings,
              const Classifier* classifier) {
  Classifying classifying(classifier != nullptr ? classifier : &Classifier::built_in());
  return weigh(session, findings, classifying);
}

Verdict weigh(const Session& session, const std::vector<Finding>& findings,
              Classifying& classifying) {
  const Decisions decisions = decide(session, findings, classifying);
  const Decision& decision = decisions.session;
  Verdict verdict;
  verdict.outcome = decision.outcome;
  verdict.reason = decision.reason;
  verdict.rule = decision.rule;
  verdict.provider = decision.provider;
  if (const smtp::Reply* reply = reply_of(session, decision)) {
    verdict.reply = findings::reply_words(*reply, reply_octets_max);
    verdict.decided_at = reply->origin;
  } else if (decision.broken_by != nullptr) {
    verdict.decided_at = decision.broken_by->evidence.back();
  }
  verdict.permanent = is_permanent(session, decision);
  verdict.fault = fault_of(session, decision);
  verdict.certain = is_certain(session, decision);
  verdict.text = text_of(session, findings, decision);
  if (!verdict.certain) {
    verdict.text += " This is likely, not certain: " + std::string(missing_words(session)) +
                    " may say otherwise.";
  }
  verdict.advice = advice_of(session, decision);
  for (const Decision& of_one : decisions.transactions) {
    verdict.transactions.push_back(verdict_of(session, of_one, classifying));
  }
  return verdict;
}

}  // namespace smtpscope::delivery
