#pragma once
// A bounce that was sent: what it says about each recipient, read by mail::read_bounce() as soon as
// the message is over.
#include "dissectors/smtp/message.hpp"

namespace smtpscope::session {

// Reads message.report into message.reports, and lets go of it. Nothing is told where it is no
// bounce.
void read_report(smtp::Message& message);

}  // namespace smtpscope::session
