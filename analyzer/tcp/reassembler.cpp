#include "analyzer/tcp/reassembler.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace smtpscope::tcp {
namespace {

constexpr StreamOffset nowhere = std::numeric_limits<StreamOffset>::max();
// Room for more events than this is given back once they are taken.
constexpr std::size_t ready_kept = 64;

[[nodiscard]] Bytes part(Bytes bytes, std::uint64_t from, std::uint64_t to) noexcept {
  return bytes.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
}

[[nodiscard]] std::vector<std::uint8_t> copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void Reassembler::begin_at(net::Sequence sequence) noexcept {
  if (highest_seen_ > 0 || fin_ || complete_) return;
  if (start_) {  // what was acknowledged stays where it is
    const auto moved = static_cast<std::int64_t>(acknowledged_) + (*start_ - sequence);
    const bool sensible = moved >= 0 && static_cast<std::uint64_t>(moved) <= limits_.ahead_octets;
    acknowledged_ = sensible ? static_cast<StreamOffset>(moved) : 0;
  }
  start_ = sequence;
}

void Reassembler::peer_start_moved(std::int64_t octets) noexcept {
  for (auto& [offset, piece] : waiting_) {
    if (auto& known = piece.source.peer_acknowledged) known = moved_by(*known, octets);
  }
  for (std::size_t i = head_; i < ready_.size(); ++i) {
    auto* const told = std::get_if<Octets>(&ready_[i].event);
    if (told != nullptr && told->peer_acknowledged) {
      told->peer_acknowledged = moved_by(*told->peer_acknowledged, octets);
    }
  }
}

void Reassembler::push(const net::Segment& segment, Origin origin,
                       std::optional<StreamOffset> peer_acknowledged, std::uint64_t turn) {
  forget_taken();
  repeat_.reset();
  turn_ = turn;
  const net::Sequence first = segment.flags.syn ? segment.sequence + 1 : segment.sequence;
  const bool carries = segment.payload_length > 0 || segment.flags.fin;
  if (!start_ && carries) begin_at(first);
  if (!start_) return;

  const std::int64_t begin = position_of(first);
  if (is_keep_alive(segment, begin)) {
    ++counts_.keep_alives;
    return;
  }
  if (!carries) return;
  if (segment.payload_length > 0) ++counts_.data_segments;
  if (begin > static_cast<std::int64_t>(frontier_ + limits_.ahead_octets)) {
    counts_.outside_octets += segment.payload_length;
    return;
  }
  if (is_simply_next(segment, begin)) {  // nearly every packet
    tell_octets(segment.payload, {origin, peer_acknowledged, turn}, {});
    highest_seen_ = frontier_;
    return;
  }

  const std::int64_t end = begin + static_cast<std::int64_t>(segment.payload_length);
  if (segment.flags.fin) place_fin(end, origin);
  const bool closes = segment.flags.fin && fin_ == static_cast<StreamOffset>(end);
  const Extent place = clip(begin, end);
  if (place.size() > 0) take_payload(segment, begin, place, {origin, peer_acknowledged, turn});
  advance();
  if (place.size() > 0 || closes) went_on_to(place.end + (closes ? 1 : 0), origin);
  keep_limits(origin);
}

Octets Reassembler::pass_on(const net::Segment& segment, Origin origin,
                            std::optional<StreamOffset> peer_acknowledged, std::uint64_t turn) {
  forget_taken();
  repeat_.reset();
  if (!current_.empty()) current_ = {};
  turn_ = turn;
  if (segment.payload_length > 0) ++counts_.data_segments;
  const Octets octets{frontier_, segment.payload, origin, peer_acknowledged};
  frontier_ += segment.payload.size();
  told_ = highest_seen_ = frontier_;
  return octets;
}

void Reassembler::acknowledged(net::Sequence sequence, Origin origin) {
  if (!start_) return;
  std::int64_t at = position_of(sequence);
  if (at > static_cast<std::int64_t>(highest_seen_ + limits_.ahead_octets)) return;
  if (fin_ && at == static_cast<std::int64_t>(*fin_) + 1) {
    fin_acknowledged_ = true;
    --at;
  }
  if (at <= static_cast<std::int64_t>(acknowledged_)) return;
  if (static_cast<StreamOffset>(at) > stream_end()) return;
  acknowledged_ = static_cast<StreamOffset>(at);
  acknowledged_origin_ = origin;
}

void Reassembler::give_up_below(StreamOffset offset, GapCause cause, Origin origin) {
  forget_taken();
  give_up_to(offset, cause, origin);
}

void Reassembler::give_up_holes(Origin origin) {
  forget_taken();
  while (!waiting_.empty() || !cuts_.empty()) {
    tell_gap(hole_end(), GapCause::limit, origin);
    advance();
  }
}

void Reassembler::finish(EndCause cause, Origin origin) {
  forget_taken();
  const StreamOffset end = fin_.value_or(highest_seen_);
  give_up_to(std::min(end, acknowledged_), GapCause::acknowledged, acknowledged_origin_);
  give_up_to(end, GapCause::end_of_stream, origin);
  if (!complete_) tell_end(cause, origin, turn_);
}

void Reassembler::keep_untaken() {
  for (settled_ = std::max(settled_, head_); settled_ < ready_.size(); ++settled_) {
    Ready& ready = ready_[settled_];
    auto* const octets = std::get_if<Octets>(&ready.event);
    if (octets == nullptr || !ready.owned.empty()) continue;
    ready.owned = copy_of(octets->bytes);
    octets->bytes = ready.owned;
  }
}

std::optional<StreamEvent> Reassembler::next() {
  if (head_ == ready_.size()) return std::nullopt;
  Ready& ready = ready_[head_++];
  current_ = std::move(ready.owned);
  if (const auto* const octets = std::get_if<Octets>(&ready.event)) {
    told_ += octets->bytes.size();
    ready_octets_ -= octets->bytes.size();
  } else if (const auto* const gap = std::get_if<Gap>(&ready.event)) {
    told_ += gap->length;
  } else {
    end_told_ = true;
  }
  return ready.event;
}

// No octet of the stream lies at or behind it, as far as known.
StreamOffset Reassembler::stream_end() const noexcept {
  return complete_ ? frontier_ : fin_.value_or(nowhere);
}

// The end of the hole that begins at the frontier: there something else is known.
StreamOffset Reassembler::hole_end() const noexcept {
  StreamOffset end = stream_end();
  if (!waiting_.empty()) end = std::min(end, waiting_.begin()->first);
  if (!cuts_.empty()) end = std::min(end, cuts_.begin()->first);
  return end;
}

bool Reassembler::overloaded() const noexcept {
  return waiting_octets_ > limits_.held_octets ||
         waiting_.size() + cuts_.size() > limits_.held_pieces;
}

// A probe repeats the last octet, or none, just below the next one to be sent; the octet may be any
// (RFC 9293, 3.8.4). While octets are missing, it is rather a retransmission.
bool Reassembler::is_keep_alive(const net::Segment& segment, std::int64_t begin) const noexcept {
  return segment.payload_length <= 1 && !segment.flags.fin && !segment.flags.syn &&
         waiting_.empty() && begin + 1 == static_cast<std::int64_t>(highest_seen_);
}

// What of a segment lies in the stream; the rest is counted as outside. Empty if nothing does.
Extent Reassembler::clip(std::int64_t begin, std::int64_t end) noexcept {
  const StreamOffset from = begin < 0 ? 0 : static_cast<StreamOffset>(begin);
  const StreamOffset to = end < 0 ? 0 : std::min(static_cast<StreamOffset>(end), stream_end());
  const Extent place{std::min(from, to), to};
  counts_.outside_octets += static_cast<std::uint64_t>(end - begin) - place.size();
  return place;
}

// Sequence space decides, not arrival: a FIN below another one wins, as it does at the receiver,
// which reaches it first. One below the frontier contradicts octets that were told, and is none.
void Reassembler::place_fin(std::int64_t at, Origin origin) {
  if (complete_ || at < static_cast<std::int64_t>(frontier_)) return;
  const auto offset = static_cast<StreamOffset>(at);
  if (fin_ && offset >= *fin_) return;
  fin_ = offset;
  fin_origin_ = origin;
  fin_turn_ = turn_;
  drop_behind_fin();
  if (acknowledged_ > offset) {
    fin_acknowledged_ = acknowledged_ == offset + 1;
    acknowledged_ = offset;
  }
}

void Reassembler::drop_behind_fin() {
  const StreamOffset fin = *fin_;
  while (!waiting_.empty()) {
    const auto last = std::prev(waiting_.end());
    Owned& octets = last->second.octets;
    const StreamOffset end = last->first + octets.size();
    if (end <= fin) break;
    const std::uint64_t kept = last->first < fin ? fin - last->first : 0;
    counts_.outside_octets += octets.size() - kept;
    waiting_octets_ -= octets.size() - static_cast<std::size_t>(kept);
    octets.resize(static_cast<std::size_t>(kept));
    if (kept == 0) waiting_.erase(last);
  }
  highest_seen_ = std::min(highest_seen_, fin);
}

// The payload of a segment that begins at `begin`; `place` is the part of it that lies in the
// stream.
void Reassembler::take_payload(const net::Segment& segment, std::int64_t begin, Extent place,
                               const Source& source) {
  const StreamOffset highest_before = highest_seen_;
  const Timestamp hole_since = waiting_since_;
  highest_seen_ = std::max(highest_seen_, place.end);

  const auto captured = begin + static_cast<std::int64_t>(std::min<std::size_t>(
                                    segment.payload.size(), segment.payload_length));
  const StreamOffset captured_end = std::clamp(
      static_cast<StreamOffset>(std::max<std::int64_t>(captured, 0)), place.begin, place.end);
  const auto skipped = static_cast<std::uint64_t>(static_cast<std::int64_t>(place.begin) - begin);
  std::optional<StreamOffset> brought;
  if (const StreamOffset told_end = std::min(captured_end, frontier_); told_end > place.begin) {
    repeat_ = {place.begin, part(segment.payload, skipped, skipped + (told_end - place.begin))};
  }
  if (captured_end > place.begin) {
    const std::uint64_t taken = captured_end - place.begin;
    brought = fill(place.begin, part(segment.payload, skipped, skipped + taken), source);
  }
  if (captured_end < place.end) note_cut(captured_end, place.end, source.origin);

  if (!brought && place.end <= highest_before) {
    ++counts_.retransmitted_segments;
  } else if (place.begin > highest_before || (brought && *brought < highest_before)) {
    ++counts_.out_of_order_segments;
    const bool fills = brought && *brought < highest_before;
    if (fills && elapsed(hole_since, source.origin.time) > limits_.overtaken_within)
      ++counts_.late_segments;
  }
}

// The sender went on beyond what the peer has: it will not send that again. Nor does it come late,
// if the acknowledgement was captured long enough before.
void Reassembler::went_on_to(StreamOffset offset, Origin origin) {
  if (offset <= acknowledged_ || acknowledged_ <= frontier_) return;
  if (elapsed(acknowledged_origin_.time, origin.time) < limits_.swapped_within) return;
  give_up_to(acknowledged_, GapCause::acknowledged, acknowledged_origin_);
}

// Takes what is new of `bytes`, which lie at `offset`, and compares the rest with what waits. Gives
// the place of the first new octet, if there is one.
std::optional<StreamOffset> Reassembler::fill(StreamOffset offset, Bytes bytes,
                                              const Source& source) {
  const StreamOffset end = offset + bytes.size();
  std::optional<StreamOffset> brought;
  StreamOffset at = std::max(offset, frontier_);
  while (at < end) {
    const auto next = waiting_.upper_bound(at);
    const auto held = next == waiting_.begin() ? waiting_.end() : std::prev(next);
    if (held != waiting_.end() && held->first + held->second.octets.size() > at) {
      const StreamOffset to = std::min<StreamOffset>(end, held->first + held->second.octets.size());
      compare(at, part(bytes, at - offset, to - offset), source, *held);
      at = to;
      (void)advance_over_piece();  // if the frontier has come to it, what follows is in order
      continue;
    }
    const StreamOffset to = next == waiting_.end() ? end : std::min(end, next->first);
    take_new(at, part(bytes, at - offset, to - offset), source);
    if (!brought) brought = at;
    at = to;
  }
  return brought;
}

void Reassembler::take_new(StreamOffset offset, Bytes bytes, const Source& source) {
  if (offset == frontier_) {
    tell_octets(bytes, source, {});
    return;
  }
  if (waiting_.empty()) waiting_since_ = source.origin.time;
  waiting_octets_ += bytes.size();
  if (waiting_.size() + cuts_.size() >= limits_.held_pieces && joins_on(offset, bytes, source))
    return;
  waiting_.emplace_hint(waiting_.upper_bound(offset), offset, Piece{copy_of(bytes), source});
}

// Where there are as many pieces as may be, one that follows another is made a part of it: a hole
// in a stream of small segments is no reason to give it up. Its packet is not known any more.
bool Reassembler::joins_on(StreamOffset offset, Bytes bytes, const Source& source) {
  const auto next = waiting_.upper_bound(offset);
  if (next == waiting_.begin()) return false;
  auto& [begin, piece] = *std::prev(next);
  const bool adjoins = begin + piece.octets.size() == offset;
  if (!adjoins || piece.source.peer_acknowledged != source.peer_acknowledged) return false;
  piece.octets.insert(piece.octets.end(), bytes.begin(), bytes.end());
  return true;
}

// `bytes` lie at `offset`, inside `held`.
void Reassembler::compare(StreamOffset offset, Bytes bytes, const Source& source,
                          const std::pair<const StreamOffset, Piece>& held) {
  const Bytes kept =
      part(held.second.octets, offset - held.first, offset - held.first + bytes.size());
  std::uint64_t differing = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == kept[i]) continue;
    if (differing++ == 0) first = i;
    last = i;
  }
  if (differing == 0) return;
  counts_.conflicting_octets += differing;
  if (conflicts_.size() >= limits_.conflicts_kept) return;
  const std::size_t length = std::min(last + 1 - first, limits_.conflict_octets);
  conflicts_.push_back({.extent = {offset + first, offset + last + 1},
                        .kept = copy_of(kept.subspan(first, length)),
                        .other = copy_of(bytes.subspan(first, length)),
                        .kept_origin = held.second.source.origin,
                        .other_origin = source.origin});
}

void Reassembler::note_cut(StreamOffset begin, StreamOffset end, Origin origin) {
  if (end <= frontier_) return;
  const auto [known, fresh] = cuts_.try_emplace(begin, Cut{end, origin});
  if (!fresh && known->second.end < end) known->second = {end, origin};
}

void Reassembler::give_up_to(StreamOffset offset, GapCause cause, Origin origin) {
  offset = std::min(offset, stream_end());
  while (frontier_ < offset) {
    tell_gap(std::min(offset, hole_end()), cause, origin);
    advance();
  }
  advance();
}

// Moves the frontier over everything that is decided by now.
void Reassembler::advance() {
  while (advance_over_piece() || advance_over_cut()) {
  }
  if (fin_ == frontier_ && !complete_) tell_end(EndCause::fin, fin_origin_, fin_turn_);
}

bool Reassembler::advance_over_piece() {
  if (waiting_.empty() || waiting_.begin()->first != frontier_) return false;
  Piece piece = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  waiting_octets_ -= piece.octets.size();
  const Bytes bytes = piece.octets;
  tell_octets(bytes, piece.source, std::move(piece.octets));
  return true;
}

bool Reassembler::advance_over_cut() {
  while (!cuts_.empty() && cuts_.begin()->second.end <= frontier_) cuts_.erase(cuts_.begin());
  if (cuts_.empty() || cuts_.begin()->first > frontier_) return false;
  const Cut cut = cuts_.begin()->second;
  StreamOffset end = std::min(cut.end, stream_end());
  if (!waiting_.empty()) end = std::min(end, waiting_.begin()->first);
  if (end == frontier_) return false;
  tell_gap(end, GapCause::cut_packet, cut.origin);
  return true;
}

void Reassembler::keep_limits(Origin origin) {
  while (overloaded()) {
    tell_gap(hole_end(), GapCause::limit, origin);
    advance();
  }
}

// The octets at the frontier. `owned` holds them unless they lie in the packet.
void Reassembler::tell_octets(Bytes bytes, const Source& source, Owned owned) {
  if (nobody_takes_) {
    tell_gap(frontier_ + bytes.size(), GapCause::limit, source.origin);
    return;
  }
  Ready& ready = ready_.emplace_back();  // filled in place: this is the path of every packet
  auto& octets = ready.event.emplace<Octets>();
  octets.offset = frontier_;
  octets.bytes = bytes;
  octets.origin = source.origin;
  octets.peer_acknowledged = source.peer_acknowledged;
  ready.turn = source.turn;
  ready.owned = std::move(owned);
  ready_octets_ += bytes.size();
  frontier_ += bytes.size();
}

void Reassembler::tell_gap(StreamOffset end, GapCause cause, Origin origin) {
  const std::uint64_t length = end - frontier_;
  frontier_ = end;
  highest_seen_ = std::max(highest_seen_, frontier_);
  auto* const last = head_ < ready_.size() ? std::get_if<Gap>(&ready_.back().event) : nullptr;
  if (cause == GapCause::limit && last != nullptr && last->cause == cause) {
    last->length += length;  // nobody takes: these must not pile up
    return;
  }
  if (cause == GapCause::limit) ++counts_.limit_gaps;
  ready_.push_back({Gap{end - length, length, cause, origin}, turn_, {}});
}

void Reassembler::tell_end(EndCause cause, Origin origin, std::uint64_t turn) {
  complete_ = true;
  cuts_.clear();
  ready_.push_back({End{frontier_, cause, origin}, turn, {}});
}

// A new call: the events before head_ were taken, and nobody looks at the last one any more.
void Reassembler::forget_taken() {
  nobody_takes_ =
      ready_octets_ > limits_.held_octets || ready_.size() - head_ > limits_.held_pieces;
  if (head_ == 0) return;
  if (head_ == ready_.size()) {
    ready_.clear();
    if (ready_.capacity() > ready_kept) ready_.shrink_to_fit();
  } else if (head_ >= ready_kept && head_ * 2 >= ready_.size()) {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(head_));
  } else {
    return;
  }
  settled_ -= std::min(settled_, head_);
  head_ = 0;
}

}  // namespace smtpscope::tcp
