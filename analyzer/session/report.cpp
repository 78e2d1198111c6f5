#include "analyzer/session/report.hpp"

#include "dissectors/mail/bounce.hpp"

#include <string>
#include <utility>

namespace smtpscope::session {

void read_report(smtp::Message& message) {
  if (message.report.empty()) return;
  const std::string text = std::exchange(message.report, {});
  auto bounce = mail::read_bounce(as_bytes(text), {.recipients = 100, .field_octets = 2000});
  if (!bounce) return;
  for (mail::BouncedRecipient& recipient : bounce->recipients) {
    std::string& name = recipient.recipient.empty() ? recipient.original : recipient.recipient;
    message.reports.push_back({std::move(name), std::move(recipient.action),
                               std::move(recipient.status), std::move(recipient.diagnostic),
                               std::move(recipient.remote_mta), bounce->message_id});
  }
}

}  // namespace smtpscope::session
