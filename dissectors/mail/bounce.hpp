#pragma once
// A bounce: a message that tells what became of another one.
//
//     multipart/report             RFC 6522
//       text/plain                 for people
//       message/delivery-status    RFC 3464: a group of fields about the message, then one for each recipient
//       message/rfc822, text/rfc822-headers    the message itself, or its header
//
// and the plain text in which qmail says the same (cr.yp.to/proto/qsbmf.txt). GMime takes the
// message apart.
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::mail {

// About one recipient. What a bounce leaves out is empty; what it says is as hostile as any
// message.
struct BouncedRecipient {
  std::string recipient;  // Final-Recipient, without its address type
  std::string original;   // Original-Recipient, without its address type
  std::string action;  // in small letters: "failed", "delayed", "delivered", "relayed", "expanded"
  std::string status;  // "5.1.1"
  // Diagnostic-Code, without its type: the reply of the server that refused.
  std::string diagnostic;
  std::string diagnostic_type;  // in small letters: "smtp", "x-postfix"
  std::string remote_mta;       // the server that refused, without its name type
};

struct Bounce {
  std::string reporting_mta;  // who wrote the bounce, without its name type
  std::vector<BouncedRecipient> recipients;
  std::string message_id;  // of the message that bounced, without its angle brackets
  std::string subject;     // ... as sent
  std::string sender;      // ... its From field, as sent
};

struct BounceLimits {
  std::size_t recipients = 1000;         // further ones are left out
  std::size_t field_octets = 16 * 1024;  // of one field; the rest is cut off
};

// Nothing if `message` is no bounce.
[[nodiscard]] std::optional<Bounce> read_bounce(Bytes message, const BounceLimits& limits = {});

}  // namespace smtpscope::mail
