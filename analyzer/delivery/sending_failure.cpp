#include "analyzer/delivery/sending_failure.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

// Words of Postfix, Exim, sendmail and of the system; both have to be there, where there are two.
// The first row decides.
struct Words {
  std::string_view words;
  std::string_view more;
  Reason reason;
};
constexpr auto rows = std::to_array<Words>({
    {"message may be sent more than once", "", "no-final-reply"},
    {"while sending end of data", "", "no-final-reply"},
    {"timeout", "after end of data", "no-final-reply"},
    {"lost connection", "after end of data", "no-final-reply"},
    {"timed out while receiving the initial server greeting", "", "no-greeting"},
    {"timeout", "after initial connection", "no-greeting"},
    {"tls is required, but was not offered", "", "failedstarttls"},
    {"tls session is required, but", "", "failedstarttls"},
    {"tls is required, but host", "", "failedstarttls"},
    {"certificate", "not trusted", "tls-certificate"},
    {"certificate", "not verified", "tls-certificate"},
    {"certificate", "verif", "tls-certificate"},
    {"certificate", "expired", "tls-certificate"},
    {"cannot start tls", "", "tls-handshake"},
    {"tls error on connection", "", "tls-handshake"},
    {"handshake failure", "", "tls-handshake"},
    {"tls session", "fail", "tls-handshake"},
    {"connection refused", "", "connection-refused"},
    {"no route to host", "", "unreachable"},
    {"network is unreachable", "", "unreachable"},
    {"host is unreachable", "", "unreachable"},
    {"connection reset", "", "reset"},
    {"while sending message body", "timed out", "stalled"},
    {"conversation with", "timed out", "networkerror"},
    {"timeout while connected", "", "networkerror"},
    {"connection timed out", "", "connection-timeout"},
    {"operation timed out", "", "connection-timeout"},
    {"lost connection with", "", "server-closed"},
    {"remote host closed connection", "", "server-closed"},
    {"retry timeout exceeded", "", "expired"},
    {"message expired", "", "expired"},
    {"retry time not reached", "", "onhold"},
});

}  // namespace

const ReasonInfo* reason_of_sending_failure(std::string_view text) noexcept {
  const auto* const row = std::ranges::find_if(rows, [text](const Words& each) {
    return ascii::contains_no_case(text, each.words) && ascii::contains_no_case(text, each.more);
  });
  return row == rows.end() ? nullptr : find_reason(row->reason);
}

}  // namespace smtpscope::delivery
