#include "analyzer/findings/not_tls.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::no_exchange;
using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;
using smtp::Unanswered;
using smtp::Verb;

constexpr std::string_view clear_smtp = "SMTP in clear";

// A record of TLS, a ClientHello in the form of SSL 2.0, or too little to tell.
bool may_be_tls(std::string_view octets) noexcept {
  if (octets.empty()) return true;
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(octets[at]); };
  if (octet(0) >= 0x14 && octet(0) <= 0x18) return octets.size() < 2 || octet(1) == 3;
  return octet(0) >= 0x80 && (octets.size() < 3 || octet(2) == 1);
}

// ---- On a port of TLS ---------------------------------------------------------------------------
std::string_view name_of_first(const Session& session, Side side, bool is_smtp) noexcept {
  const auto other = other_protocol(session);
  if (other && other->side == side) return other->name;
  if (is_smtp) return clear_smtp;
  return telnet_in(session.first_octets[index_of(side)]).empty() ? no_tls_octets : "telnet";
}

Spoken first_of_client(const Session& session) {
  const auto first = std::ranges::find_if(session.exchanges, smtp::is_command);
  if (first == session.exchanges.end())
    return {name_of_first(session, Side::client, false), {}, session.transport.first};
  const smtp::Command& command = *first->command;
  return {name_of_first(session, Side::client, command.verb != Verb::unknown),
          quoted(asked_words(*first)), command.begun,
          static_cast<std::size_t>(first - session.exchanges.begin())};
}

Spoken first_of_server(const Session& session) {
  const auto& stray = session.stray_server_text;
  const auto first =
      std::ranges::find_if(session.exchanges, [](const Exchange& e) { return !e.replies.empty(); });
  if (first != session.exchanges.end()) {
    const Reply& reply = first->replies.front();
    return {name_of_first(session, Side::server, true), quoted(reply_words(reply)), reply.begun,
            static_cast<std::size_t>(first - session.exchanges.begin())};
  }
  const std::string_view name = name_of_first(session, Side::server, false);
  if (!stray || stray->strays.empty()) return {name, {}, session.transport.first};
  return {name, quoted(stray->strays.front()), stray->begun};
}

std::optional<NotTls> on_tls_port(const Session& session) {
  const bool from_the_first = session.transport.opened == tcp::Opened::handshake && !session.unseen;
  if (!from_the_first || first_words_lost(session)) return std::nullopt;
  if (session.proxy && session::is_refused(*session.proxy)) return std::nullopt;
  NotTls found;
  if (!may_be_tls(session.first_octets[index_of(Side::client)]))
    found.by[0] = first_of_client(session);
  if (!may_be_tls(session.first_octets[index_of(Side::server)]))
    found.by[1] = first_of_server(session);
  return found.by[0] || found.by[1] ? std::optional(std::move(found)) : std::nullopt;
}

// ---- Behind the 220 to STARTTLS -----------------------------------------------------------------
bool names_tls(const Reply& reply) noexcept {
  return std::ranges::any_of(reply.text, [](const std::string& line) {
    return ascii::contains_no_case(line, "TLS") || ascii::contains_no_case(line, "SSL") ||
           ascii::contains_no_case(line, "handshake") || ascii::contains_no_case(line, "encrypt");
  });
}

bool offers_tls(const Reply& reply) {
  return smtp::find_capability(smtp::capabilities_of(reply), "STARTTLS") != nullptr;
}

// The client went on in clear. Does the server show that it had waited for TLS, or that it knows of
// none?
bool server_knows_of_no_tls(const Session& session, const Exchange& first) {
  if (session.tls->server_octets > 0) return true;  // an alert, mostly
  const Reply* const reply = first.reply();
  if (reply == nullptr)
    return first.unanswered == Unanswered::never && departure_of(session).by == Side::server;
  if (is_hello(first) && reply->first_digit() == 2) return offers_tls(*reply);
  return reply->first_digit() >= 4 && names_tls(*reply);
}

// A reply in clear that came when the server had octets of the client's TLS, and had sent none
// itself.
std::size_t answer_to_tls(const Session& session, std::size_t starttls) noexcept {
  if (session.tls->server_octets > 0) return no_exchange;
  const StreamOffset asked = session.exchanges[starttls].command->extent.end;
  for (std::size_t index = starttls + 1; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.kind != ExchangeKind::unsolicited || exchange.around_gap) continue;
    const Reply& reply = exchange.replies.front();
    if (reply.peer_acknowledged && *reply.peer_acknowledged > asked) return index;
  }
  return no_exchange;
}

std::optional<NotTls> behind_accept(const Session& session) {
  const std::size_t starttls = accepted_starttls(session);
  if (starttls == no_exchange || session.unseen || session.exchanges[starttls].around_gap)
    return std::nullopt;
  NotTls found;
  found.accept = session.tls->accept;
  if (!session.tls->stayed_clear) {
    const std::size_t answer =
        session.tls->client_octets > 0 ? answer_to_tls(session, starttls) : no_exchange;
    if (answer == no_exchange) return std::nullopt;
    const Reply& reply = session.exchanges[answer].replies.front();
    found.by[1] = Spoken{clear_smtp, quoted(reply_words(reply)), reply.origin, answer};
    return found;
  }
  const std::size_t first = first_behind_accept(session, starttls);
  if (first == no_exchange || session.exchanges[first].around_gap) return std::nullopt;
  const Exchange& exchange = session.exchanges[first];
  if (!server_knows_of_no_tls(session, exchange)) return std::nullopt;
  const bool is_smtp = exchange.command->verb != Verb::unknown;
  found.by[0] = Spoken{is_smtp ? clear_smtp : no_tls_octets, quoted(asked_words(exchange)),
                       exchange.command->begun, first};
  if (const Reply* const reply = exchange.reply();
      reply != nullptr && session.tls->server_octets == 0) {
    found.by[1] = Spoken{clear_smtp, quoted(reply_words(*reply)), reply->origin, first};
  }
  return found;
}

}  // namespace

std::size_t accepted_starttls(const Session& session) noexcept {
  if (!session.tls || !session.tls->accept) return no_exchange;
  const auto last = std::ranges::find_if(
      session.exchanges.rbegin(), session.exchanges.rend(), [](const Exchange& e) {
        return e.command && is_accepted(e) &&
               (e.command->verb == Verb::starttls || e.command->verb == Verb::x_anonymoustls);
      });
  if (last == session.exchanges.rend()) return no_exchange;
  return static_cast<std::size_t>(session.exchanges.rend() - last) - 1;
}

std::size_t first_behind_accept(const Session& session, std::size_t starttls) noexcept {
  const Reply& accepted = *session.exchanges[starttls].reply();
  for (std::size_t index = starttls + 1; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.command && knew(*exchange.command, accepted) != false) return index;
  }
  return no_exchange;
}

bool fails_for_want_of_tls(const Session& session) {
  const auto fault = not_tls(session);
  return fault && !fault->is_of_both();
}

std::optional<NotTls> not_tls(const Session& session) {
  if (session.tls && session.tls->decrypted) return std::nullopt;
  if (session.service == session::Service::submissions) return on_tls_port(session);
  return behind_accept(session);
}

}  // namespace smtpscope::findings
