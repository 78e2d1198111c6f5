#pragma once
// Is a deferral greylisting: does the server ask everybody it does not know to come again?
//
// Strict: "try again later" alone is what every trouble says. The words of what real greylisters
// say by default count (postgrey, sqlgrey, milter-greylist, greylistd, rspamd, spamd), and a policy
// refusal that names nothing but the time after which to come again.
#include "dissectors/smtp/exchange.hpp"

#include <cstdint>

namespace smtpscope::findings {

enum class Greylisting : std::uint8_t {
  none,
  likely,  // it asks to come again after a time, and gives no other cause
  said,    // it says so
};
// Of a reply to this exchange.
[[nodiscard]] Greylisting greylisting_of(const smtp::Exchange& exchange, const smtp::Reply& reply);

}  // namespace smtpscope::findings
