#pragma once
// Mail that went over the wire in clear, and the TLS that was offered or asked for before it.
#include "analyzer/session/offer.hpp"
#include "analyzer/session/session.hpp"

#include <vector>

namespace smtpscope::findings {

// STARTTLS, and what Exchange has for it.
[[nodiscard]] bool asks_for_tls(const smtp::Exchange& exchange) noexcept;

// The first message whose text went over the wire in clear, from one host to another; nullptr if
// none did.
[[nodiscard]] const session::Transaction* first_in_clear(const session::Session& session) noexcept;

// The offer of STARTTLS that was left for this message; nullptr if there was none.
[[nodiscard]] const session::Offer* offer_not_taken(const session::Session& session,
                                                    const session::Transaction& sent) noexcept;

// Where a message that has a DATA or BDAT is seen: that, and its end.
[[nodiscard]] std::vector<Origin> packets_of_message(const session::Session& session,
                                                     const session::Transaction& transaction);

}  // namespace smtpscope::findings
