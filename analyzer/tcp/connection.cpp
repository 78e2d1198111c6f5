#include "analyzer/tcp/connection.hpp"

#include <algorithm>

namespace smtpscope::tcp {
namespace {

constexpr std::array<Side, 2> both_sides = {Side::client, Side::server};

[[nodiscard]] bool carries(const net::Segment& segment) noexcept {
  return segment.payload_length > 0 || segment.flags.fin;
}

[[nodiscard]] net::Sequence first_octet(const net::Segment& segment) noexcept {
  return segment.flags.syn ? segment.sequence + 1 : segment.sequence;
}

// An End that no FIN brought: nobody sent it, so nothing can come after it.
[[nodiscard]] bool is_outer_end(const StreamEvent& event) noexcept {
  const auto* const end = std::get_if<End>(&event);
  return end != nullptr && end->cause != EndCause::fin;
}

[[nodiscard]] EndCause end_cause(Closed closed) noexcept {
  switch (closed) {
    case Closed::fin:
      return EndCause::fin;
    case Closed::reset:
      return EndCause::reset;
    case Closed::idle:
      return EndCause::idle;
    case Closed::capture_end:
      return EndCause::capture_end;
  }
  return EndCause::capture_end;
}

}  // namespace

Connection::Connection(net::Endpoint client, net::Endpoint server, ConnectionLimits limits)
    : endpoints_{client, server},
      directions_{Reassembler(limits.reassembly), Reassembler(limits.reassembly)},
      limits_(limits) {}

void Connection::take(const net::Segment& segment, Origin origin) {
  const Side side = side_of(segment);
  count(segment, side, origin);
  if (segment.flags.rst) {  // what it carries is a text for people, if anything (RFC 9293, 3.5.3)
    note_reset(segment, side, origin);
    return;
  }
  if (reset_by_) look_whether_reset_counts(segment, side);
  if (segment.flags.syn) note_syn(segment, side, origin);
  const auto acknowledged = take_acknowledgement(segment, side, origin);
  begin_stream(segment, side);
  Reassembler& own = stream(side);
  const std::uint64_t again = own.counts().retransmitted_segments + own.counts().late_segments;
  own.push(segment, origin, acknowledged, now_.turn);
  if (own.counts().retransmitted_segments + own.counts().late_segments != again)
    note_again(segment, side, origin);
  if (segment.payload_length > 0) {
    note_size(segment, side);
  } else {
    note_sent_unseen(segment, side, origin);
  }
  note_window(segment, side, origin);
  if (segment.flags.fin) note_fin(segment, side, origin, acknowledged);
  if (!segment.flags.syn) note_handshake_end(segment, side, origin);
  for (const Side each : both_sides) give_up_unseen(each);
}

// A segment that says nothing but its octets, after all that it may be an answer to was told, in a
// connection in which nothing waits and nothing is missing.
bool Connection::is_passed_on(const net::Segment& segment, Side side) const noexcept {
  const net::TcpFlags& flags = segment.flags;
  const bool is_plain = flags.ack && !flags.syn && !flags.fin && !flags.rst;
  const bool is_open = stage_ == Stage::open && !relieving_ && !reset_by_;
  if (!is_plain || !is_open || unseen_[0] || unseen_[1]) return false;
  const Reassembler& other = direction(opposite(side));
  if (other.peek() != nullptr || other.acknowledged_to() > other.told()) return false;
  const auto acknowledged = other.offset_of(segment.acknowledgement);
  return acknowledged && *acknowledged <= other.told() && direction(side).is_passed_on(segment);
}

std::optional<Octets> Connection::pass_on(const net::Segment& segment, Origin origin) {
  const Side side = side_of(segment);
  if (!is_passed_on(segment, side)) {
    take(segment, origin);
    return std::nullopt;
  }
  count(segment, side, origin);
  const auto acknowledged = take_acknowledgement(segment, side, origin);
  const Octets octets = stream(side).pass_on(segment, origin, acknowledged, now_.turn);
  note_size(segment, side);
  note_window(segment, side, origin);
  note_handshake_end(segment, side, origin);
  return octets;
}

void Connection::finish(Closed why, Origin origin) {
  if (stage_ != Stage::open) return;
  stage_ = Stage::finishing;
  finish_origin_ = origin;
  facts_.ended = std::max(origin.time, facts_.last.time);
  facts_.opened = opening();
  if (facts_.closed == Closed::capture_end) facts_.closed = closed_as_far_as_seen(why);
  finish_facts();
  for (const Side side : both_sides) {
    Reassembler& direction = stream(side);
    const StreamOffset seen = direction.highest_seen();
    const StreamOffset had = std::min(direction.acknowledged_to(), seen);
    direction.give_up_below(had, GapCause::acknowledged, direction.acknowledged_origin());
    direction.give_up_below(seen, GapCause::end_of_stream, origin);
  }
}

std::optional<std::pair<Side, StreamEvent>> Connection::next() {
  for (;;) {
    const bool client_waits = stream(Side::client).peek() != nullptr;
    const bool server_waits = stream(Side::server).peek() != nullptr;
    if (!client_waits && !server_waits) {  // as behind nearly every packet
      relieving_ = false;
      if (stage_ != Stage::finishing) return std::nullopt;
      finish_streams();
      continue;
    }
    if (const auto side = choose()) {
      auto event = stream(*side).next();
      return std::pair{*side, *event};
    }
    const Side waiting = client_waits ? Side::client : Side::server;
    if (!out_of_patience(waiting)) return std::nullopt;
    give_up_for(waiting);
  }
}

void Connection::settle() {
  for (const Side side : both_sides) stream(side).settle();
}

void Connection::give_up_holes(Origin origin) {
  relieving_ = true;
  for (const Side side : both_sides) stream(side).give_up_holes(origin);
}

void Connection::note_bad_checksum(const net::Segment& segment, Origin origin) {
  const Side side = side_of(segment);
  count(segment, side, origin);
  ++facts_.bad_checksums[index(side)];
  if (!facts_.first_bad_checksum) facts_.first_bad_checksum = origin;
}

bool Connection::take_icmp(const net::IcmpError& error, Origin origin) {
  const Side about = error.source == endpoints_[index(Side::client)] ? Side::client : Side::server;
  if (!was_sent(error, about)) {
    ++facts_.icmp_misfits;
    return false;
  }
  ++facts_.icmp_packets;
  facts_.last_icmp = origin;
  const auto same_kind = std::ranges::find_if(facts_.icmp, [&](const IcmpReport& report) {
    return report.about == about && report.error.reporter == error.reporter &&
           report.error.type == error.type && report.error.code == error.code &&
           report.error.mtu == error.mtu;
  });
  const bool is_new = same_kind == facts_.icmp.end();
  if (is_new && facts_.icmp.size() == limits_.icmp_kept) return true;
  IcmpReport& report = is_new ? facts_.icmp.emplace_back() : *same_kind;
  const Reassembler& own = direction(about);
  if (is_new) {
    report.about = about;
    report.error = error;
    report.first = origin;
    report.quotes_syn = own.start() == error.sequence + 1;
  }
  ++report.count;
  report.last = origin;
  const auto at = own.offset_of(error.sequence);
  if (at && *at < own.highest_seen()) report.furthest = std::max(report.furthest, *at + 1);
  return true;
}

// The quoted sequence number has to be one that this side used (RFC 5927, 4): the SYN's, one of its
// octets', or the one behind them. Of a side that is not in the capture, what the other one
// acknowledged is all that is known.
bool Connection::was_sent(const net::IcmpError& error, Side side) const noexcept {
  const Reassembler& own = direction(side);
  if (!own.start()) return false;
  if (*own.start() == error.sequence + 1) return true;
  const auto at = own.offset_of(error.sequence);
  const StreamOffset end =
      std::max({own.highest_seen(), own.acknowledged_to(), counted_to_[index(side)]});
  return at && *at <= end + 1;
}

bool Connection::is_overcome(const IcmpReport& report) const noexcept {
  const Reassembler& own = direction(report.about);
  if (report.furthest > 0) return own.acknowledged_to() >= report.furthest;
  if (report.quotes_syn) return facts_.opened == Opened::handshake && facts_.handshake_done;
  return facts_.last.frame > report.last.frame;  // an ACK, say: the dialogue went on
}

bool Connection::closed() const noexcept {
  if (reset_by_) return true;
  return std::ranges::all_of(directions_, &Reassembler::fin_acknowledged);
}

bool Connection::is_reuse(const net::Segment& segment) const noexcept {
  if (!segment.flags.syn || segment.flags.rst) return false;
  const Reassembler& own = direction(side_of(segment));
  if (own.start() == segment.sequence + 1) return false;
  if (!own.start() && segment.flags.ack) return false;  // the answer to a SYN with data
  if (closing() || anything_seen()) return true;
  return !segment.flags.ack && (facts_.syn_ack || facts_.handshake_done);
}

void Connection::count(const net::Segment& segment, Side side, Origin origin) {
  if (facts_.packets == 0) {
    facts_.first = origin;
  } else if (origin.time < facts_.last.time) {
    note_clock(origin);
  }
  facts_.last = origin;
  ++facts_.packets;
  ++facts_.packets_by_side[index(side)];
  now_ = {facts_.packets, origin.time};
  if (!segment.flags.rst) {
    HopLimits& limits = facts_.hop_limits[index(side)];
    limits.least = std::min(limits.least, segment.hop_limit);
    limits.most = std::max(limits.most, segment.hop_limit);
  }
  if (segment.payload.size() < segment.payload_length) {
    ++facts_.cut_packets;
    if (!facts_.first_cut) facts_.first_cut = origin;
  }
}

void Connection::note_syn(const net::Segment& segment, Side side, Origin origin) {
  begin_at(side, segment.sequence + 1);
  if (segment.flags.ack) {
    if (!facts_.syn_ack) facts_.syn_ack = origin;
  } else if (side == Side::client) {
    if (!facts_.syn) facts_.syn = origin;
    facts_.last_syn = origin;
    ++facts_.syn_tries;
  }
  facts_.opened = opening();
}

void Connection::note_clock(Origin origin) {
  if (elapsed(origin.time, facts_.last.time) <= limits_.clock_tolerance) return;
  ++facts_.clock_jumps;
  if (facts_.jumps.size() < limits_.clock_jumps_kept) facts_.jumps.push_back({facts_.last, origin});
}

// A closed window is told by every kind of packet but SYN (its window is never scaled), FIN and
// RST.
void Connection::note_window(const net::Segment& segment, Side side, Origin origin) {
  auto& closed = window_closed_[index(side)];
  if (!segment.flags.ack || segment.flags.syn || segment.flags.fin) return;
  if (is_outdated(segment, side) || (segment.window != 0 && !closed)) return;
  if (segment.window == 0) {
    if (!closed) closed = origin;
  } else {
    end_zero_window(side, origin);
  }
}

// A segment that was sent, or came, behind a newer one says what the window was (RFC 9293,
// 3.10.7.4: SND.WL1, SND.WL2).
bool Connection::is_outdated(const net::Segment& segment, Side side) noexcept {
  auto& newest = window_update_[index(side)];
  if (newest) {
    const std::int32_t ahead = segment.sequence - newest->sequence;
    if (ahead < 0 || (ahead == 0 && segment.acknowledgement - newest->acknowledgement < 0))
      return true;
  }
  newest = WindowUpdate{segment.sequence, segment.acknowledgement};
  return false;
}

void Connection::end_zero_window(Side side, Origin end) {
  const auto begin = std::exchange(window_closed_[index(side)], {});
  if (!begin) return;
  auto& longest = facts_.zero_window[index(side)];
  if (!longest ||
      elapsed(longest->begin.time, longest->end.time) < elapsed(begin->time, end.time)) {
    longest = ZeroWindow{*begin, end};
  }
}

// Which sizes were sent, and up to where: so that finish_facts() can tell which of them was
// acknowledged.
void Connection::note_size(const net::Segment& segment, Side side) {
  std::uint32_t& largest = largest_[index(side)];
  if (segment.payload_length <= largest) return;
  const auto begin = direction(side).offset_of(first_octet(segment));
  if (!begin) return;
  largest = segment.payload_length;
  auto& sizes = sizes_[index(side)];
  if (sizes.size() == limits_.segment_sizes_kept) sizes.erase(sizes.begin());
  sizes.push_back({segment.payload_length, *begin + segment.payload_length});
}

// A segment whose octets came before, or should have.
void Connection::note_again(const net::Segment& segment, Side side, Origin origin) {
  if (segment.payload_length <= 1) return;  // a probe
  if (!facts_.first_again[index(side)]) facts_.first_again[index(side)] = origin;
  const auto at = direction(side).offset_of(first_octet(segment));
  if (!at || *at < direction(side).acknowledged_to()) return;
  auto& stall = facts_.stall[index(side)];
  if (!stall || stall->at != *at) stall = Stall{*at, segment.payload_length, 0, origin, origin};
  ++stall->tries;
  stall->last = origin;
}

// An ACK or a keep-alive whose sequence number lies ahead of all octets: its sender sent them.
void Connection::note_sent_unseen(const net::Segment& segment, Side side, Origin origin) {
  if (segment.flags.syn || segment.flags.fin) return;
  const Reassembler& own = direction(side);
  const auto at = own.offset_of(segment.sequence);
  if (!at || *at <= own.highest_seen() + 1 ||
      *at > own.highest_seen() + limits_.reassembly.ahead_octets)
    return;
  auto& since = facts_.ahead_since[index(side)];
  if (!since || counted_to_[index(side)] <= own.highest_seen()) since = origin;
  counted_to_[index(side)] = std::max(counted_to_[index(side)], *at);
}

// What only the end shows: what was never acknowledged.
void Connection::finish_facts() {
  for (IcmpReport& report : facts_.icmp) report.is_overcome = is_overcome(report);
  for (const Side side : both_sides) {
    const Reassembler& own = direction(side);
    const auto& acknowledges = fin_acknowledges_[index(side)];
    if (acknowledges)
      facts_.fin_had[index(side)] = direction(opposite(side)).offset_of(*acknowledges);
    end_zero_window(side, facts_.last);
    facts_.acknowledged[index(side)] = own.acknowledged_to();
    auto& stall = facts_.stall[index(side)];
    if (stall && own.acknowledged_to() > stall->at) stall.reset();
    for (const Size& size : sizes_[index(side)]) {
      if (size.end <= own.acknowledged_to()) facts_.largest_passed[index(side)] = size.octets;
    }
    // One more than is known may be the FIN.
    const StreamOffset known = std::max(own.highest_seen(), own.acknowledged_to());
    const StreamOffset counted = counted_to_[index(side)];
    facts_.sent_unseen[index(side)] = counted > known + 1 ? counted - known : 0;
  }
  if (reset_by_)
    facts_.reset_had_unseen = reset_had_ > direction(opposite(*reset_by_)).highest_seen() + 1;
}

// The first packets after the SYNs say that the handshake was done.
void Connection::note_handshake_end(const net::Segment& segment, Side side, Origin origin) {
  const bool shaken = facts_.handshake_done.has_value() || side == Side::server;
  if (!shaken && segment.flags.ack && (facts_.syn || facts_.syn_ack)) {
    facts_.handshake_done = origin;
    if (facts_.last_syn) facts_.round_trip = elapsed(facts_.last_syn->time, origin.time);
  }
  if (facts_.opened != Opened::handshake) facts_.opened = opening();
}

// Who closed is decided by what each had seen of the other, not by where the FINs stand in the
// capture: one that acknowledges the other's is the answer to it.
void Connection::note_fin(const net::Segment& segment, Side side, Origin origin,
                          std::optional<StreamOffset> peer_acknowledged) {
  const auto offset = direction(side).fin_offset();
  if (facts_.fin[index(side)] || !offset) return;
  facts_.fin[index(side)] = origin;
  fin_awaits_[index(side)] = peer_acknowledged.value_or(0);
  if (segment.flags.ack) fin_acknowledges_[index(side)] = segment.acknowledgement;
  // The other FIN was not captured, but this one acknowledges it: then it came first.
  const Reassembler& peer = direction(opposite(side));
  const auto saw = segment.flags.ack ? peer.offset_of(segment.acknowledgement) : std::nullopt;
  if (!facts_.closed_by && !peer.fin_offset() && peer.highest_seen() > 0 &&
      saw == peer.highest_seen() + 1) {
    facts_.closed_by = opposite(side);
  }
  if (!facts_.closed_by) facts_.closed_by = side;
  if (!peer.fin_offset() || !facts_.fin[index(opposite(side))]) return;
  // An RST right before it may stand there only because packets were captured out of order.
  const bool was_reset =
      facts_.closed == Closed::reset &&
      elapsed(facts_.reset->time, origin.time) > limits_.reassembly.swapped_within;
  if (was_reset) return;
  facts_.closed = Closed::fin;
  facts_.closed_by = closed_first();
}

// Of two FINs that were captured: the one that the other side had when it closed. If neither had
// the other's, the capture tells, but not of two that came at once: then it is the one that did not
// wait for all octets of the other side, or else the server's, which follows its last reply.
Side Connection::closed_first() const noexcept {
  std::array<bool, 2> had_fin{}, had_all{};  // by Side, of the other one
  for (const Side side : both_sides) {
    const Reassembler& peer = direction(opposite(side));
    const auto& acknowledges = fin_acknowledges_[index(side)];
    const auto had = acknowledges ? peer.offset_of(*acknowledges) : std::nullopt;
    had_fin[index(side)] = had && *had > *peer.fin_offset();
    had_all[index(side)] = had && *had >= *peer.fin_offset();
  }
  if (had_fin[0] != had_fin[1]) return had_fin[0] ? Side::server : Side::client;
  const Origin& client = *facts_.fin[0];
  const Origin& server = *facts_.fin[1];
  const Nanoseconds apart = elapsed(client.time, server.time) + elapsed(server.time, client.time);
  if (apart > limits_.reassembly.swapped_within)
    return client.frame < server.frame ? Side::client : Side::server;
  return had_all[1] && !had_all[0] ? Side::client : Side::server;
}

// An RST far away from the stream belongs to another one, and the receiver drops it (RFC 9293,
// 3.10.7). The streams do not end here: octets that were sent before it may follow in the capture.
void Connection::note_reset(const net::Segment& segment, Side side, Origin origin) {
  const Reassembler& own = direction(side);
  if (own.highest_seen() > 0) {
    const auto at = own.offset_of(segment.sequence);
    if (!at || *at > own.highest_seen() + limits_.reassembly.ahead_octets) {
      ignore_reset(origin, side, segment.hop_limit);
      return;
    }
    note_unseen_fin(side, *at);
  }
  // Its SYN may stand behind it in the capture.
  if (segment.flags.ack && !stream(opposite(side)).start()) {
    begin_at(opposite(side), segment.acknowledgement);
  }
  reset_at_ = own.offset_of(segment.sequence).value_or(0);
  if (reset_at_ <= own.highest_seen() + limits_.reassembly.ahead_octets) {
    counted_to_[index(side)] = std::max(counted_to_[index(side)], reset_at_);
  }
  peer_seen_at_reset_ = direction(opposite(side)).highest_seen();
  if (!facts_.reset) facts_.reset_hop_limit = segment.hop_limit;
  if (!facts_.reset) facts_.reset = origin;
  if (!reset_by_) {
    reset_by_ = side;
    const auto had = segment.flags.ack
                         ? direction(opposite(side)).offset_of(segment.acknowledgement)
                         : std::nullopt;
    reset_had_ = had && *had <= peer_seen_at_reset_ + limits_.reassembly.ahead_octets ? *had : 0;
  }
  if (facts_.closed != Closed::fin) {
    facts_.closed = Closed::reset;
    facts_.closed_by = reset_by_;
  }
  if (facts_.opened != Opened::handshake) facts_.opened = opening();
}

void Connection::ignore_reset(Origin reset, Side by, std::uint8_t hop_limit) {
  ++facts_.ignored_resets;
  if (facts_.first_ignored_reset) return;
  facts_.first_ignored_reset = reset;
  facts_.ignored_reset_by = by;
  facts_.ignored_reset_hop_limit = hop_limit;
}

// Who reset a connection says nothing more on it. If the side that the RST names goes on, with
// octets behind the RST or an acknowledgement of what came after it, then it never sent that RST,
// or it did not count.
void Connection::look_whether_reset_counts(const net::Segment& segment, Side side) {
  if (side != *reset_by_ || segment.flags.syn) return;
  const Reassembler& own = direction(side);
  const Reassembler& other = direction(opposite(side));
  const auto begin = own.offset_of(segment.sequence);
  const bool sends =
      segment.payload_length > 0 && begin && *begin >= reset_at_ && *begin >= own.highest_seen();
  const auto acknowledged =
      segment.flags.ack ? other.offset_of(segment.acknowledgement) : std::optional<StreamOffset>();
  const bool hears =
      acknowledged && *acknowledged > peer_seen_at_reset_ && *acknowledged <= other.highest_seen();
  if (!sends && !hears) return;
  ignore_reset(*facts_.reset, side, facts_.reset_hop_limit);
  facts_.reset.reset();
  reset_by_.reset();
  facts_.closed_by.reset();
  for (const Side each : both_sides) {
    if (facts_.fin[index(each)] && !facts_.closed_by) facts_.closed_by = each;
  }
  if (facts_.closed == Closed::fin) facts_.closed_by = closed_first();
  if (facts_.closed == Closed::reset) facts_.closed = Closed::capture_end;
}

// An RST one octet behind all that was seen, which the peer had acknowledged: that octet was a FIN.
void Connection::note_unseen_fin(Side side, StreamOffset reset_at) {
  const Reassembler& own = direction(side);
  if (own.fin_offset() || facts_.fin[index(side)]) return;
  if (reset_at != own.highest_seen() + 1 || own.acknowledged_to() != reset_at) return;
  facts_.fin[index(side)] = own.acknowledged_origin();
  if (!facts_.closed_by) facts_.closed_by = side;
}

// Gives what the segment acknowledges as an offset of the other direction, if that can be true.
std::optional<StreamOffset> Connection::take_acknowledgement(const net::Segment& segment, Side side,
                                                             Origin origin) {
  if (!segment.flags.ack) return std::nullopt;
  const Side giver = opposite(side);
  Reassembler& other = stream(giver);
  if (!other.start()) begin_at(giver, segment.acknowledgement);
  other.acknowledged(segment.acknowledgement, origin);
  const StreamOffset acknowledged = other.acknowledged_to();
  auto& unseen = unseen_[index(giver)];
  if (!unseen && acknowledged > other.decided_to()) unseen = Unseen{acknowledged, now_, origin};
  const auto at = other.offset_of(segment.acknowledgement);
  if (!at) return std::nullopt;
  if (*at <= acknowledged) return at;
  return other.fin_offset() == *at - 1 ? other.fin_offset() : std::nullopt;
}

// A start that only an acknowledgement told can be too late: packets of the two directions may
// stand in the capture slightly out of order. Then the first segment of the direction itself
// decides.
void Connection::begin_stream(const net::Segment& segment, Side side) {
  Reassembler& own = stream(side);
  const bool from_syn = side == Side::client ? facts_.syn.has_value() : facts_.syn_ack.has_value();
  if (from_syn || !carries(segment) || !own.start() || own.highest_seen() > 0) return;
  const bool probe = segment.payload_length <= 1 && !segment.flags.fin;
  const auto at = own.offset_of(first_octet(segment));
  if (probe || (at && *at <= limits_.reassembly.ahead_octets)) return;
  begin_at(side, first_octet(segment));
}

// Where a start was guessed and moves, so do the offsets that were reckoned from it.
void Connection::begin_at(Side side, net::Sequence sequence) {
  const auto before = direction(side).start();
  stream(side).begin_at(sequence);
  const auto now = direction(side).start();
  if (!before || !now || *before == *now) return;
  const std::int64_t moved = *before - *now;
  stream(opposite(side)).peer_start_moved(moved);
  if (auto& unseen = unseen_[index(side)]) unseen->below = moved_by(unseen->below, moved);
  StreamOffset& awaits = fin_awaits_[index(opposite(side))];
  awaits = moved_by(awaits, moved);
}

// What is acknowledged and still missing after so long will not come, though nothing of the other
// direction waits for it. One octet beyond all that was seen may be the FIN.
void Connection::give_up_unseen(Side side) {
  auto& unseen = unseen_[index(side)];
  if (!unseen) return;
  Reassembler& direction = stream(side);
  if (direction.decided_to() < unseen->below) {
    if (!expired(unseen->since)) return;
    const bool may_be_fin = unseen->below == direction.highest_seen() + 1;
    const StreamOffset below = may_be_fin ? direction.highest_seen() : unseen->below;
    direction.give_up_below(below, GapCause::acknowledged, unseen->origin);
  }
  unseen.reset();
}

Opened Connection::opening() const noexcept {
  if (!facts_.syn && !facts_.syn_ack) return Opened::midstream;
  if (facts_.syn && facts_.syn_ack) return Opened::handshake;
  if (facts_.handshake_done || direction(Side::server).highest_seen() > 0) return Opened::handshake;
  if (facts_.syn_ack) return Opened::midstream;  // and nothing came after it
  return reset_by_ == Side::server ? Opened::refused : Opened::timeout;
}

// Where one direction only was captured, its FIN has to do.
Closed Connection::closed_as_far_as_seen(Closed why) const noexcept {
  for (const Side side : both_sides) {
    if (facts_.fin[index(side)] && facts_.packets_by_side[index(opposite(side))] == 0) {
      return Closed::fin;
    }
  }
  return why;
}

bool Connection::closing() const noexcept {
  return stage_ != Stage::open || reset_by_ || facts_.fin[0] || facts_.fin[1];
}

bool Connection::anything_seen() const noexcept {
  return std::ranges::any_of(
      directions_, [](const Reassembler& direction) { return direction.highest_seen() > 0; });
}

// `acknowledged` of the octets of `side`, less one if that one is a FIN that was not captured: then
// nothing beyond it is acknowledged.
StreamOffset Connection::without_fin(Side side, StreamOffset acknowledged) const noexcept {
  const Reassembler& own = direction(side);
  const bool may_be_fin = closing() && !own.fin_offset() && own.acknowledged_to() == acknowledged;
  return may_be_fin && acknowledged == own.highest_seen() + 1 ? own.highest_seen() : acknowledged;
}

// How much of the other direction has to be told before the next event of `side`.
StreamOffset Connection::awaited_by(Side side) const noexcept {
  const StreamEvent& event = *direction(side).peek();
  const Side other = opposite(side);
  StreamOffset awaited = 0;
  if (const auto* const octets = std::get_if<Octets>(&event)) {
    awaited = octets->peer_acknowledged.value_or(0);
  } else if (std::holds_alternative<End>(event)) {
    awaited = fin_awaits_[index(side)];
  }
  const auto assumed = assumed_fin_[index(other)];
  return assumed && awaited == *assumed + 1 ? *assumed : awaited;
}

// Has the next event of `side` nothing to wait for?
bool Connection::free_to_go(Side side) const noexcept {
  const StreamEvent* const event = direction(side).peek();
  if (event == nullptr) return false;
  const Reassembler& other = direction(opposite(side));
  const StreamEvent* const facing = other.peek();
  if (other.ended() || (facing != nullptr && is_outer_end(*facing))) return true;
  if (is_outer_end(*event)) return false;
  return awaited_by(side) <= other.told();
}

// Whose event is the next one: the earlier packet's, if both may go, or if each waits for the
// other.
std::optional<Side> Connection::choose() const noexcept {
  const Reassembler& client = direction(Side::client);
  const Reassembler& server = direction(Side::server);
  const bool client_free = free_to_go(Side::client);
  const bool server_free = free_to_go(Side::server);
  if (client_free != server_free) return client_free ? Side::client : Side::server;
  if (client.peek() == nullptr || server.peek() == nullptr) return std::nullopt;
  if (is_outer_end(*client.peek()) && is_outer_end(*server.peek())) return Side::client;
  return server.turn() < client.turn() ? Side::server : Side::client;
}

bool Connection::expired(Moment since) const noexcept {
  const std::uint64_t packets = now_.turn - since.turn;
  const Nanoseconds time = elapsed(since.time, now_.time);
  const bool enough =
      packets >= limits_.patience_packets && time >= limits_.reassembly.swapped_within;
  return enough || time >= limits_.patience_time || packets >= limits_.patience_packets_max;
}

bool Connection::out_of_patience(Side side) const noexcept {
  if (stage_ != Stage::open || relieving_) return true;
  const Reassembler& own = direction(side);
  if (own.held_octets() > limits_.reassembly.held_octets / 2)
    return true;  // before it drops octets
  const auto* const octets = std::get_if<Octets>(own.peek());
  return expired({own.turn(), octets != nullptr ? octets->origin.time
                                                : facts_.fin[index(side)].value_or(Origin{}).time});
}

// What `side` waits for was not captured: octets, or the FIN.
void Connection::give_up_for(Side side) {
  const StreamEvent& event = *direction(side).peek();
  const auto* const octets = std::get_if<Octets>(&event);
  const Origin proof =
      octets != nullptr ? octets->origin : facts_.fin[index(side)].value_or(Origin{});
  const Side other = opposite(side);
  const StreamOffset awaited = awaited_by(side);
  const StreamOffset missing_to = without_fin(other, awaited);
  stream(other).give_up_below(missing_to, GapCause::acknowledged, proof);
  if (missing_to < awaited) assumed_fin_[index(other)] = missing_to;
}

// All that was captured is told. What remains was acknowledged without being seen.
void Connection::finish_streams() {
  stage_ = Stage::tails_given_up;
  for (const Side side : both_sides) {
    Reassembler& direction = stream(side);
    const StreamOffset tail = without_fin(side, direction.acknowledged_to());
    direction.give_up_below(tail, GapCause::acknowledged, direction.acknowledged_origin());
    direction.finish(end_cause(facts_.closed), finish_origin_);
  }
}

}  // namespace smtpscope::tcp
