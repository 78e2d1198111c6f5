// Findings of the net group about getting to the other host at all: what SYN and ICMP say.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/held_up.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::FailureKind;
using session::Session;
using tcp::IcmpReport;

constexpr Nanoseconds slow_connect = std::chrono::seconds{1};

std::string tries(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  std::string words = counted(transport.syn_tries, "try", "tries");
  if (transport.syn_tries > 1 && transport.syn && transport.last_syn) {
    words += " over " + span_words(elapsed(transport.syn->time, transport.last_syn->time));
  }
  return words;
}

std::vector<Origin> attempts(const Session& session) {
  std::vector<Origin> packets;
  const tcp::TransportFacts& transport = session.transport;
  for (const auto& packet : {transport.syn, transport.last_syn, transport.reset}) {
    if (packet) packets.push_back(*packet);
  }
  return packets;
}

// The quickest reply of the dialogue: no round trip is longer.
std::optional<Nanoseconds> quickest_reply(const Session& session) noexcept {
  std::optional<Nanoseconds> quickest;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const bool is_greeting = session.exchanges[index].kind == smtp::ExchangeKind::greeting;
    const auto wait = is_greeting ? std::nullopt : session::wait_of(session, index);
    if (wait && (!quickest || *wait < *quickest)) quickest = wait;
  }
  return quickest;
}

// "a packet of 1500 octets", "the SYN".
std::string quoted_packet(const IcmpReport& report) {
  if (report.quotes_syn) return report.about == Side::client ? "the SYN" : "the SYN-ACK";
  return fmt::format("a packet of {}", counted(report.error.packet_octets, "octet"));
}

std::string outcome_words(const IcmpReport& report) {
  if (!report.is_overcome && report.quotes_syn) return "no try was answered";
  if (!report.is_overcome) return "what was in it did not arrive later";
  if (net::is_too_big(report.error)) return "the sender went on with smaller ones";
  return report.quotes_syn ? "a later try was answered" : "a later one arrived";
}

// As a tool says that could not connect.
Finding told_failure(const Session& session, RuleId rule) {
  const session::Failure& failure = *session.transcript->failure;
  const std::string host = host_words(session, Side::server);
  const std::string port =
      session.server.port == 0 ? std::string() : fmt::format(", port {}", session.server.port);
  return found(session, rule,
               fmt::format("{} got no connection to {}{}: {}.", session.transcript->tool,
                           host.empty() ? "the server" : shortened(host, quoted_octets_max), port,
                           quoted(failure.words)),
               {failure.at});
}

}  // namespace

std::vector<Finding> net_not_connected(const Session& session) {
  const bool told = session.transport.opened == tcp::Opened::timeout &&
                    (has_failed(session, FailureKind::host_unknown) ||
                     has_failed(session, FailureKind::unreachable));
  if (!told) return {};
  return {told_failure(session, RuleId::net_not_connected)};
}

std::vector<Finding> net_refused(const Session& session) {
  if (session.transport.opened != tcp::Opened::refused) return {};
  if (session.transcript) return {told_failure(session, RuleId::net_refused)};
  return {found(
      session, RuleId::net_refused,
      fmt::format("The server {} refused the connection of {}: RST in answer to the SYN ({}).",
                  net::to_string(session.server), side_words(session, Side::client),
                  tries(session)),
      attempts(session))};
}

std::vector<Finding> net_timeout(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.opened == tcp::Opened::timeout && has_failed(session, FailureKind::timed_out))
    return {told_failure(session, RuleId::net_timeout)};
  if (transport.opened != tcp::Opened::timeout || !transport.syn) return {};
  // One SYN at the end of a capture: its answer may have come a moment later.
  if (transport.syn_tries < 2 || icmp_in_the_way(session, Side::client) != nullptr) return {};
  return {found(session, RuleId::net_timeout,
                fmt::format("The server {} never answered the SYN of {} ({}).",
                            net::to_string(session.server), side_words(session, Side::client),
                            tries(session)),
                attempts(session))};
}

std::vector<Finding> net_slow_connect(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  if (!transport.syn || !transport.handshake_done) return {};
  if (session::clock_jumps_between(session, *transport.syn, *transport.handshake_done)) return {};
  const Nanoseconds took = elapsed(transport.syn->time, transport.handshake_done->time);
  if (transport.syn_tries < 2) {
    // Where the SYN-ACK came at once, or is not in the capture, it is the client's ACK that was not
    // seen.
    if (!transport.syn_ack || elapsed(transport.syn->time, transport.syn_ack->time) <= slow_connect)
      return {};
  }
  // Where every reply takes about as long it is the distance, and the second SYN was not needed.
  const auto reply = quickest_reply(session);
  if (reply && *reply * 2 >= took) return {};
  return {
      found(session, RuleId::net_slow_connect,
            fmt::format("The connection of {} to {} was made only after {}, with {} of the SYN.",
                        side_words(session, Side::client), side_words(session, Side::server),
                        span_words(took), counted(transport.syn_tries, "try", "tries")),
            {*transport.syn, *transport.last_syn, *transport.handshake_done})};
}

std::vector<Finding> net_icmp_unreachable(const Session& session) {
  std::vector<Finding> findings;
  for (const IcmpReport& report : session.transport.icmp) {
    const std::string times =
        report.count > 1 ? fmt::format(", {} times", report.count) : std::string();
    Finding finding =
        found(session, RuleId::net_icmp_unreachable,
              fmt::format("{} answered {} of {} with ICMP \"{}\" (type {}, code {}){}: {}.",
                          net::to_string(report.error.reporter), quoted_packet(report),
                          side_words(session, report.about), net::words_of(report.error),
                          report.error.type, report.error.code, times, outcome_words(report)),
              {report.first, report.last});
    if (report.is_overcome) finding.severity = Severity::note;
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace smtpscope::findings
