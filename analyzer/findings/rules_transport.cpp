// Findings of the net group that TCP alone shows: what was lost, held up or contradicted on the
// way.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/held_up.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Overlap;
using session::Session;
using smtp::Exchange;

constexpr Side both_sides[] = {Side::client, Side::server};

constexpr Nanoseconds zero_window_min = std::chrono::seconds{1};
constexpr std::uint64_t lost_segments_min = 5;
constexpr std::uint64_t lost_percent_min = 3;

// ---- Loss ---------------------------------------------------------------------------------------
// Segments that were sent again for another reason than loss: a router said that they are too big,
// and those that were on their way then were so as well.
std::uint64_t too_big_segments(const Session& session, Side side) noexcept {
  constexpr std::uint64_t initial_window = 10;  // RFC 6928
  return initial_window * static_cast<std::uint64_t>(std::ranges::count_if(
                              session.transport.icmp, [side](const tcp::IcmpReport& report) {
                                return report.about == side && net::is_too_big(report.error);
                              }));
}

// "15", "3.1": what is just above the limit has to look so.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  const double percents = static_cast<double>(part) * 100 / static_cast<double>(whole);
  return percents < 10 ? fmt::format("{:.1f}", percents) : fmt::format("{:.0f}", percents);
}

// ---- Overlaps -----------------------------------------------------------------------------------
// Is it a part of a login? Then neither version is shown.
bool may_be_secret(const Session& session, const Overlap& overlap) noexcept {
  return std::ranges::any_of(session.exchanges, [&](const Exchange& exchange) {
    if (!exchange.command) return false;
    if (exchange.command->secret && exchange.command->extent.end > overlap.extent.begin)
      return true;
    if (!exchange.auth) return false;
    const StreamOffset begin = exchange.command->extent.begin;
    return overlap.side == Side::server || overlap.extent.end > begin;
  });
}

const Exchange* command_with(const Session& session, const Overlap& overlap) noexcept {
  const auto found = std::ranges::find_if(session.exchanges, [&](const Exchange& exchange) {
    return is_command(exchange) && exchange.command->extent.begin <= overlap.extent.begin &&
           overlap.extent.end <= exchange.command->extent.end;
  });
  return found == session.exchanges.end() ? nullptr : &*found;
}

enum class Version : std::uint8_t { told, other };

// Which version the server took, if its reply can be explained by one of them only: it repeats what
// only that one has, or it knows the command and only one of them is a command.
std::optional<Version> version_taken(const Session& session, const Overlap& overlap) {
  const Exchange* exchange = command_with(session, overlap);
  if (overlap.side != Side::client || exchange == nullptr || exchange->around_gap)
    return std::nullopt;
  const smtp::Reply* reply = exchange->reply();
  if (reply == nullptr) return std::nullopt;
  const smtp::Command& command = *exchange->command;
  std::string told = command.name + ' ' + command.argument;
  const std::size_t at = overlap.extent.begin - command.extent.begin;
  if (at + overlap.other.size() > told.size() || overlap.other.size() != overlap.extent.size())
    return std::nullopt;
  std::string other = told;
  other.replace(at, overlap.other.size(), overlap.other);

  // The word around the difference, as each version has it.
  constexpr std::string_view ends = " <>:";
  const std::size_t before = told.find_last_of(ends, at);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t end =
      std::min(told.find_first_of(ends, at + overlap.other.size()), told.size());
  const std::string told_word = told.substr(begin, end - begin);
  const std::string other_word = other.substr(begin, end - begin);
  constexpr std::size_t telling_octets = 4;
  if (told_word.size() >= telling_octets) {
    const auto repeats = [&](const std::string& word) {
      return std::ranges::any_of(reply->text, [&](const std::string& line) {
        return ascii::find_no_case(line, word) != std::string_view::npos;
      });
    };
    if (repeats(told_word) != repeats(other_word))
      return repeats(told_word) ? Version::told : Version::other;
  }
  const bool told_is_command = smtp::is_surely_command(told);
  const bool other_is_command = smtp::is_surely_command(other);
  if (told_is_command == other_is_command) return std::nullopt;
  const bool understood = reply->first_digit() == 2 || reply->first_digit() == 3;
  const bool unknown = reply->code == 500 || reply->code == 502;
  if (!understood && !unknown) return std::nullopt;
  return told_is_command == understood ? Version::told : Version::other;
}

std::string overlap_text(const Session& session, const Overlap& overlap) {
  const std::string where = fmt::format("{} of {}", counted(overlap.extent.size(), "octet"),
                                        side_words(session, overlap.side));
  if (may_be_secret(session, overlap)) {
    return fmt::format(
        "{} came twice with different values ({} and {}), in a login: neither is shown.", where,
        frame_words(session, overlap.told_origin), frame_words(session, overlap.other_origin));
  }
  std::string text = fmt::format("{} came twice with different values: {} in {}, {} in {}", where,
                                 quoted(overlap.told), frame_words(session, overlap.told_origin),
                                 quoted(overlap.other), frame_words(session, overlap.other_origin));
  if (const auto taken = version_taken(session, overlap)) {
    text += fmt::format("; its reply shows that the server took the {}",
                        *taken == Version::told ? "first" : "second");
  }
  return text + '.';
}

}  // namespace

std::vector<Finding> net_stalled(const Session& session) {
  std::vector<Finding> findings;
  for (const Side side : both_sides) {
    const tcp::Stall* stall = stall_of(session, side);
    const bool explained = is_black_hole(session, side) || is_window_closed(session, side) ||
                           icmp_in_the_way(session, side);
    if (stall == nullptr || explained) continue;
    findings.push_back(found(session, RuleId::net_stalled,
                             fmt::format("{} sent a segment of {} again {} over {}, and it was "
                                         "never acknowledged: lost connection after {}.",
                                         side_first(session, side), counted(stall->octets, "octet"),
                                         counted(stall->tries, "time"),
                                         span_words(elapsed(stall->first.time, stall->last.time)),
                                         session::stage(session)),
                             {stall->first, stall->last}));
  }
  return findings;
}

std::vector<Finding> net_mtu_black_hole(const Session& session) {
  std::vector<Finding> findings;
  for (const Side side : both_sides) {
    if (icmp_in_the_way(session, side) != nullptr) continue;  // then it is no black hole
    if (is_black_hole(session, side)) {
      const tcp::Stall& stall = *stall_of(session, side);
      findings.push_back(
          found(session, RuleId::net_mtu_black_hole,
                fmt::format("{} sent a segment of {} again {} over {}, and it was never "
                            "acknowledged, while segments of up to {} got through.",
                            side_first(session, side), counted(stall.octets, "octet"),
                            counted(stall.tries, "time"),
                            span_words(elapsed(stall.first.time, stall.last.time)),
                            counted(session.transport.largest_passed[index_of(side)], "octet")),
                {stall.first, stall.last}));
    } else if (is_black_hole_afar(session, side)) {
      findings.push_back(
          found(session, RuleId::net_mtu_black_hole,
                fmt::format("{} counts {} as sent that never came, and were never acknowledged, "
                            "while its small packets got through.",
                            side_first(session, side),
                            counted(session.transport.sent_unseen[index_of(side)], "octet")),
                {*session.transport.ahead_since[index_of(side)], session.transport.last}));
    }
  }
  return findings;
}

std::vector<Finding> net_zero_window(const Session& session) {
  std::vector<Finding> findings;
  for (const Side side : both_sides) {
    const auto& closed = session.transport.zero_window[index_of(side)];
    if (!closed || session::clock_jumps_between(session, closed->begin, closed->end)) continue;
    const Nanoseconds span = elapsed(closed->begin.time, closed->end.time);
    if (span < zero_window_min) continue;
    findings.push_back(
        found(session, RuleId::net_zero_window,
              fmt::format("The receive window of {} stayed closed (0 octets) for {}.",
                          side_words(session, side), span_words(span)),
              {closed->begin, closed->end}));
  }
  return findings;
}

std::vector<Finding> net_loss(const Session& session) {
  std::vector<Finding> findings;
  for (const Side side : both_sides) {
    const tcp::ReassemblyCounts& counts = session.reassembly[index_of(side)];
    const auto& first = session.transport.first_again[index_of(side)];
    const std::uint64_t again = counts.retransmitted_segments + counts.late_segments;
    const std::uint64_t lost = again - std::min(again, too_big_segments(session, side));
    const bool much =
        lost >= lost_segments_min && lost * 100 > counts.data_segments * lost_percent_min;
    if (!much || !first || stall_of(session, side) != nullptr) continue;
    findings.push_back(found(
        session, RuleId::net_loss,
        fmt::format("{} sent {} of {} again ({} %).", side_first(session, side), lost,
                    counted(counts.data_segments, "segment"), percent(lost, counts.data_segments)),
        {*first}));
  }
  return findings;
}

std::vector<Finding> net_reordered(const Session& session) {
  const auto& [client, server] = session.reassembly;
  const std::uint64_t odd = client.out_of_order_segments + server.out_of_order_segments;
  const std::uint64_t again = client.retransmitted_segments + server.retransmitted_segments +
                              client.late_segments + server.late_segments;
  // A hole that was never filled is a loss of the capture, and what stands behind it is not out of
  // order.
  if (odd < 2 || again > 0 || session.gap_count > 0 || session.transport.cut_packets > 0) return {};
  return {found(session, RuleId::net_reordered,
                fmt::format("{} overtook each other on the way, or left gaps that were filled "
                            "within 3 ms; nothing was lost.",
                            counted(odd, "segment")),
                {session.transport.first})};
}

std::vector<Finding> net_bad_checksum(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  const std::uint64_t bad = transport.bad_checksums[0] + transport.bad_checksums[1];
  if (bad == 0 || !transport.first_bad_checksum) return {};
  if (session.gap_count > 0) return {};  // no good copy followed, or not in this capture
  return {found(
      session, RuleId::net_bad_checksum,
      fmt::format(
          "{} with a wrong TCP checksum, which the receiver throws away; good copies followed.",
          counted(bad, "segment came", "segments came")),
      {*transport.first_bad_checksum})};
}

std::vector<Finding> net_reset_ignored(const Session& session) {
  const tcp::TransportFacts& transport = session.transport;
  const auto& reset = transport.first_ignored_reset;
  if (!reset || transport.last.frame <= reset->frame) return {};
  return {found(session, RuleId::net_reset_ignored,
                fmt::format("{} in the name of {} ended nothing: the connection went on{}.",
                            counted(transport.ignored_resets, "RST"),
                            side_words(session, transport.ignored_reset_by.value_or(Side::server)),
                            hop_limit_words(session, transport.ignored_reset_by,
                                            transport.ignored_reset_hop_limit)),
                {*reset})};
}

std::vector<Finding> net_conflicting_overlap(const Session& session) {
  std::vector<Finding> findings;
  for (const Overlap& overlap : session.overlaps) {
    if (findings.size() == told_per_rule_max) break;
    findings.push_back(found(session, RuleId::net_conflicting_overlap,
                             overlap_text(session, overlap),
                             {overlap.told_origin, overlap.other_origin}));
  }
  return findings;
}

}  // namespace smtpscope::findings
