#pragma once
// What the server offered when a command was sent: the answer to the last EHLO or LHLO that was
// accepted before it. Kept apart for each of them: before TLS, after TLS, after a new EHLO.
#include "analyzer/session/gap.hpp"
#include "analyzer/session/transaction.hpp"
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/capability.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace smtpscope::session {

struct Offer {
  std::size_t hello = no_exchange;  // the exchange that gave it
  bool extended = true;             // EHLO or LHLO; false: HELO, which offers nothing
  bool under_tls = false;           // it came inside TLS
  std::vector<smtp::Capability> capabilities;

  [[nodiscard]] const smtp::Capability* find(std::string_view keyword) const noexcept {
    return smtp::find_capability(capabilities, keyword);
  }
};

// Built once a session (Session::offers), then asked for each of its exchanges.
class Offers {
 public:
  Offers() = default;  // nothing is known
  Offers(std::span<const smtp::Exchange> exchanges, std::span<const GapFact> gaps,
         const Boxed<smtp::TlsFacts>& tls);
  [[nodiscard]] const std::vector<Offer>& all() const noexcept { return offers_; }
  // What exchange `hello` itself brought; nullptr if nothing that could be read whole.
  [[nodiscard]] const Offer* of(std::size_t hello) const noexcept;
  // What holds for the command of exchange `index`. nullptr: nothing was offered yet, or the
  // capture does not tell (it began later, has a gap, or XCLIENT or TLS began a new dialogue
  // since).
  [[nodiscard]] const Offer* at(std::size_t index) const noexcept;

 private:
  std::vector<Offer> offers_;        // in order of the exchanges
  std::vector<std::size_t> unsure_;  // exchanges from which on nothing is known, ascending
};

// Was the exchange's command sent inside TLS, and can be read all the same (keys, a tap that
// decrypts)?
[[nodiscard]] bool came_under_tls(const Boxed<smtp::TlsFacts>& tls,
                                  const smtp::Exchange& exchange) noexcept;

}  // namespace smtpscope::session
