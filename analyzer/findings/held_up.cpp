#include "analyzer/findings/held_up.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::Session;

// As many retransmissions of one segment, over so long, that something is in the way.
constexpr std::uint32_t stall_tries_min = 3;
constexpr Nanoseconds stall_min = std::chrono::seconds{1};
// Below this no path drops packets for their size (RFC 1191, 3; RFC 8200, 5).
constexpr std::uint32_t large_octets = 1000;
// The capture has the ACKs that a sender counts ahead for so long, and not what they are ahead of.
constexpr Nanoseconds ahead_min = std::chrono::seconds{3};

}  // namespace

const tcp::Stall* stall_of(const Session& session, Side side) noexcept {
  const auto& stall = session.transport.stall[index_of(side)];
  if (!stall || session.unseen || stall->tries < stall_tries_min) return nullptr;
  return elapsed(stall->first.time, stall->last.time) >= stall_min ? &*stall : nullptr;
}

bool is_window_closed(const Session& session, Side sender) noexcept {
  const auto& closed = session.transport.zero_window[index_of(opposite(sender))];
  return closed && closed->end.frame == session.transport.last.frame;
}

bool is_black_hole(const Session& session, Side side) noexcept {
  const tcp::Stall* stall = stall_of(session, side);
  const std::uint32_t passed = session.transport.largest_passed[index_of(side)];
  return stall != nullptr && stall->octets >= large_octets && passed > 0 &&
         passed < stall->octets && !is_window_closed(session, side);
}

bool is_black_hole_afar(const Session& session, Side side) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  const auto& ahead = transport.ahead_since[index_of(side)];
  if (!ahead || session.unseen || transport.sent_unseen[index_of(side)] < large_octets)
    return false;
  const bool ended_well = transport.closed == tcp::Closed::fin;
  return !ended_well && session.octets[index_of(side)] > 0 &&
         elapsed(ahead->time, transport.ended) >= ahead_min;
}

const tcp::IcmpReport* icmp_in_the_way(const Session& session, Side side) noexcept {
  const auto& reports = session.transport.icmp;
  const auto found = std::ranges::find_if(reports, [side](const tcp::IcmpReport& report) {
    return report.about == side && !report.is_overcome;
  });
  return found == reports.end() ? nullptr : &*found;
}

bool is_held_up(const Session& session) noexcept {
  const auto is_held = [&](Side side) {
    const bool stalled = stall_of(session, side) != nullptr && !is_window_closed(session, side);
    return stalled || is_black_hole_afar(session, side) ||
           icmp_in_the_way(session, side) != nullptr;
  };
  return is_held(Side::client) || is_held(Side::server);
}

}  // namespace smtpscope::findings
