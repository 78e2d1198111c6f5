#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::ProxyFacts;
using session::Session;

// "mx.example.com:25", not longer than a text can be.
std::string address_words(const proxy::Address& address) {
  return shortened(session::to_string(address), quoted_octets_max);
}

std::string header_words(const proxy::Facts& said) {
  const std::string_view name = proxy::name_of(said.protocol);
  if (said.local) return fmt::format("A proxy sent a {} header that names no client", name);
  if (said.client.kind == proxy::Address::Kind::none)
    return fmt::format("A proxy sent a {} header without addresses", name);
  return fmt::format("A proxy sent a {} header: it speaks for the client {}, which connected to {}",
                     name, address_words(said.client), address_words(said.server));
}

std::string refusal_words(const proxy::Facts& said) {
  const std::string_view name = proxy::name_of(said.protocol);
  if (!said.answer) return fmt::format("{}: {}", name, said.refusal);
  std::string words(proxy::meaning_of(said.protocol, *said.answer));
  if (words.empty()) words = shortened(said.refusal, quoted_octets_max);
  return fmt::format("{} answered {}{}{}", name, *said.answer, words.empty() ? "" : " ", words);
}

}  // namespace

std::vector<Finding> net_proxy_refused(const Session& session) {
  if (!session.proxy || !is_refused(*session.proxy)) return {};
  const ProxyFacts& proxy = *session.proxy;
  const std::string where =
      proxy.said.asked ? " to " + address_words(proxy.said.destination) : std::string();
  return {found(
      session, RuleId::net_proxy_refused,
      fmt::format("The proxy {} did not connect {}{}: {}.", net::to_string(session.server.address),
                  side_words(session, Side::client), where, refusal_words(proxy.said)),
      {proxy.begun, proxy.ended})};
}

std::vector<Finding> smtp_proxy_header(const Session& session) {
  if (!session.proxy || !proxy::is_header(session.proxy->said.protocol)) return {};
  const ProxyFacts& proxy = *session.proxy;
  std::string text = header_words(proxy.said);
  if (proxy.said.malformed) text += "; its lengths and its content do not agree";
  std::vector<Origin> evidence = {proxy.begun};
  const bool refused = proxy.answered < session.exchanges.size();
  if (refused) {
    const smtp::Reply& reply = *session.exchanges[proxy.answered].reply();
    text +=
        fmt::format("; the server took it for a command and refused it: {}", reply_words(reply));
    evidence.push_back(reply.origin);
  }
  Finding finding = found(session, RuleId::smtp_proxy_header, text + '.', std::move(evidence),
                          refused ? proxy.answered : session::no_exchange);
  if (refused) finding.severity = Severity::error;
  return {std::move(finding)};
}

}  // namespace smtpscope::findings
