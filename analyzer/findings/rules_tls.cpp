#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace smtpscope::findings {

std::vector<Finding> tls_hidden(const session::Session& session) {
  if (!hidden_by_tls(session) || other_protocol(session)) return {};
  const smtp::TlsFacts& tls = *session.tls;
  const bool implicit = tls.mode == smtp::TlsFacts::Mode::implicit;
  const std::string_view how = implicit ? "TLS from the first octet" : "STARTTLS";
  std::vector<Origin> evidence = {*tls.first};
  if (tls.accept) evidence.push_back(*tls.accept);
  return {found(
      session, RuleId::tls_hidden,
      fmt::format(
          "From {} on the session is encrypted ({}): {} of the client and {} of the server, "
          "over {}, are hidden.",
          frame_words(session, *tls.first), how, counted(tls.client_octets, "octet"), tls.server_octets,
          span_words(elapsed(tls.first->time, tls.last.time))),
      std::move(evidence))};
}

}  // namespace smtpscope::findings
