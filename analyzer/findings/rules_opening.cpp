// The opening: the greeting, what comes before it, and whether this is SMTP at all.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Command;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::is_command;
using smtp::Reply;
using smtp::Verb;

// Exim offers to take EHLO before its greeting to clients that have seen it say so: no fault then.
bool offers_pipelined_connect(const Session& session) noexcept {
  const auto says_so = [](const std::string& line) {
    return line.find("PIPECONNECT") != std::string::npos ||
           line.find("PIPE_CONNECT") != std::string::npos;
  };
  return std::ranges::any_of(session.exchanges, [&](const Exchange& exchange) {
    const bool introduces = exchange.kind == ExchangeKind::greeting ||
                            (is_command(exchange) && exchange.command->verb == Verb::ehlo);
    return introduces && std::ranges::any_of(exchange.replies, [&](const Reply& reply) {
             return std::ranges::any_of(reply.text, says_so);
           });
  });
}

// ---- Telnet -------------------------------------------------------------------------------------
std::string telnet_of_server(const Exchange& exchange) {
  for (const Reply& reply : exchange.replies) {
    for (const std::string& line : reply.strays) {
      if (std::string words = telnet_in(line); !words.empty()) return words;
    }
  }
  return {};
}

// " after 3.1 s", where there are times.
std::string after_words(const Session& session, const Origin& since, const Departure& departure) {
  return session.transcript ? std::string()
                            : " after " + span_words(elapsed(since.time, departure.at.time));
}

std::string end_words(const Session& session, const Origin& since, const Departure& departure) {
  if (session.transcript) return {};
  return fmt::format(" ({}{})", departure.how == Departure::How::reset ? "RST" : "FIN",
                     after_words(session, since, departure));
}

}  // namespace

std::vector<Finding> smtp_greeting_refused(const Session& session) {
  if (!session.has_greeting() || !is_refused(session.exchanges.front())) return {};
  const Reply& reply = *session.exchanges.front().reply();
  return {found(session, RuleId::smtp_greeting_refused,
                fmt::format("{} refused {} in its greeting: {}.", side_first(session, Side::server),
                            side_words(session, Side::client), reply_words(reply)),
                {reply.origin}, 0)};
}

std::vector<Finding> smtp_no_greeting(const Session& session) {
  if (!greeting_never_came(session) || other_protocol(session)) return {};
  const Departure departure = departure_of(session);
  const tcp::TransportFacts& transport = session.transport;
  const Origin connected = transport.handshake_done.value_or(transport.first);
  return {found(session, RuleId::smtp_no_greeting,
                fmt::format("{} never greeted {}: {}{}.", side_first(session, Side::server),
                            side_words(session, Side::client), departure_words(session, departure),
                            after_words(session, connected, departure)),
                {connected, departure.at})};
}

std::vector<Finding> smtp_early_talker(const Session& session) {
  const bool implicit_tls = session.tls && session.tls->mode == smtp::TlsFacts::Mode::implicit;
  if (!session.has_greeting() || session.unseen || implicit_tls || other_protocol(session))
    return {};
  const Exchange& greeting = session.exchanges.front();
  const auto first = std::ranges::find_if(session.exchanges, is_command);
  if (first == session.exchanges.end() || greeting.around_gap || first->around_gap) return {};
  const Reply& greeted = *greeting.reply();
  const Command& command = *first->command;
  const bool unaware = knew(command, greeted) == false;
  const bool sooner =
      command.begun.time < greeted.origin.time && command.begun.frame < greeted.origin.frame;
  const bool by_proxy = command.verb == Verb::xclient;
  if (!unaware || !sooner || by_proxy || offers_pipelined_connect(session)) return {};
  return {found(session, RuleId::smtp_early_talker,
                fmt::format("{} sent {} {} before the greeting of {} was complete.",
                            side_first(session, Side::client), asked_words(*first),
                            span_words(elapsed(command.begun.time, greeted.origin.time)),
                            side_words(session, Side::server)),
                {command.begun, greeted.origin},
                static_cast<std::size_t>(first - session.exchanges.begin()))};
}

std::vector<Finding> smtp_not_smtp(const Session& session) {
  const auto other = other_protocol(session);
  if (!other || not_tls(session)) return {};
  Origin seen = session.transport.first;
  if (other->name == "TLS") {
    seen = session.tls->first.value_or(seen);
  } else if (other->side == Side::server) {
    if (session.stray_server_text) seen = session.stray_server_text->begun;
  } else if (const auto first = std::ranges::find_if(session.exchanges, is_command);
             first != session.exchanges.end()) {
    seen = first->command->begun;
  }
  const std::string_view octets = session.first_octets[index_of(other->side)];
  const std::string_view line =
      octets.substr(0, std::min(octets.find_first_of("\r\n"), octets.size()));
  const bool is_text = !line.empty() && std::ranges::all_of(line, ascii::is_printable);
  const std::string quote = is_text ? fmt::format(" ({})", quoted(line)) : std::string();
  return {
      found(session, RuleId::smtp_not_smtp,
            fmt::format("{} speaks {}{} on port {}, where SMTP is expected.",
                        side_first(session, other->side), other->name, quote, session.server.port),
            {seen})};
}

std::vector<Finding> smtp_telnet(const Session& session) {
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.command && !exchange.command->secret) {
      const std::string words = telnet_in(exchange.command->name);
      if (!words.empty()) {
        return {found(session, RuleId::smtp_telnet,
                      fmt::format("{} negotiates as telnet does ({}) in the middle of SMTP; {}.",
                                  side_first(session, Side::client), words, answer_words(exchange)),
                      packets_of(exchange), index)};
      }
    }
    const std::string words = telnet_of_server(exchange);
    if (words.empty()) continue;
    return {found(session, RuleId::smtp_telnet,
                  fmt::format("{} negotiates as telnet does ({}) in the middle of SMTP.",
                              side_first(session, Side::server), words),
                  packets_of(exchange), index)};
  }
  return {};
}

std::vector<Finding> smtp_no_commands(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  const bool connected = transport.opened == tcp::Opened::handshake && transport.handshake_done;
  if (!connected || has_commands(session) || session.unseen || session.tls ||
      other_protocol(session))
    return {};
  if (session.dialogue_octets(Side::client) > 0 || session.missing[index_of(Side::client)] > 0)
    return {};
  if (transport.sent_unseen[index_of(Side::client)] > 0 || greeting_never_came(session)) return {};
  if (session.service == session::Service::submissions || session.proxy ||
      session.stray_server_text)
    return {};
  if (session.has_greeting() && is_refused(session.exchanges.front())) return {};
  const Departure departure = departure_of(session);
  if (departure.by != Side::client) return {};
  const std::string_view greeted = session.has_greeting()
                                       ? "was greeted, and left without any command"
                                       : "left before the greeting, without any command";
  return {found(session, RuleId::smtp_no_commands,
                fmt::format("{} connected, {}{}.", side_first(session, Side::client), greeted,
                            end_words(session, *transport.handshake_done, departure)),
                {departure.at})};
}

}  // namespace smtpscope::findings
