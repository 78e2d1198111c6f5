#include "analyzer/session/session.hpp"

#include <algorithm>

namespace smtpscope::session {

std::optional<Origin> asked_at(const Session& session, std::size_t index) noexcept {
  const smtp::Exchange& exchange = session.exchanges[index];
  if (exchange.kind == smtp::ExchangeKind::greeting) {
    const tcp::TransportFacts& transport = session.transport;
    const bool behind_proxy = session.proxy && !exchange.replies.empty() &&
                              session.proxy->ended.frame < exchange.replies.front().origin.frame;
    if (behind_proxy) return session.proxy->ended;
    return transport.handshake_done ? transport.handshake_done : transport.syn_ack;
  }
  if (!exchange.command || exchange.command->origin.frame == 0) return std::nullopt;
  // Several questions.
  if (exchange.auth && !exchange.auth->challenges.empty()) return std::nullopt;
  return exchange.command->origin;
}

std::optional<Nanoseconds> wait_of(const Session& session, std::size_t index) noexcept {
  const smtp::Exchange& exchange = session.exchanges[index];
  const auto asked = asked_at(session, index);
  if (!asked || exchange.replies.empty() || exchange.around_gap || session.transcript)
    return std::nullopt;
  const Origin answered = exchange.replies.front().origin;
  if (clock_jumps_between(session, *asked, answered)) return std::nullopt;
  return elapsed(asked->time, answered.time);
}

bool clock_jumps_between(const Session& session, const Origin& from, const Origin& to) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.clock_jumps > transport.jumps.size()) return true;  // a clock to trust in nothing
  return std::ranges::any_of(transport.jumps, [&](const tcp::ClockJump& jump) {
    return jump.before.frame >= from.frame && jump.before.frame <= to.frame;
  });
}

std::string stage(const Session& session) {
  if (session.open_message) return "DATA";
  for (auto exchange = session.exchanges.rbegin(); exchange != session.exchanges.rend();
       ++exchange) {
    if (exchange->kind == smtp::ExchangeKind::end_of_data) return "END-OF-MESSAGE";
    if (!exchange->command) continue;
    return exchange->command->verb == smtp::Verb::unknown ? "UNKNOWN" : exchange->command->name;
  }
  return "CONNECT";
}

}  // namespace smtpscope::session
