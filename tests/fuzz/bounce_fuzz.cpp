// Any octets as a message: what it tells as a bounce keeps its limits, is about somebody, and is
// the same each time.
#include "dissectors/base/check.hpp"
#include "dissectors/mail/bounce.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace smtpscope;

namespace {

constexpr mail::BounceLimits limits{.recipients = 4, .field_octets = 200};

void check_recipient(const mail::BouncedRecipient& told) {
  for (const std::string* field : {&told.recipient, &told.original, &told.action, &told.status,
                                   &told.diagnostic, &told.diagnostic_type, &told.remote_mta}) {
    check(field->size() <= limits.field_octets + 1, "a field keeps its limit");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto told = mail::read_bounce({data, size}, limits);
  if (!told) return 0;
  check(!told->recipients.empty() && told->recipients.size() <= limits.recipients,
        "a bounce is about somebody, within the limit");
  for (const mail::BouncedRecipient& recipient : told->recipients) check_recipient(recipient);
  check(
      told->message_id.size() <= limits.field_octets && told->subject.size() <= limits.field_octets,
      "a field keeps its limit");
  const auto again = mail::read_bounce({data, size}, limits);
  check(again && again->recipients.size() == told->recipients.size(),
        "the same message tells the same");
  return 0;
}
