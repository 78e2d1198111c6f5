#include "tests/corpus/stream_ledger.hpp"

#include <algorithm>
#include <iterator>

namespace smtpscope::test {

void StreamLedger::take(const net::Segment& segment) {
  Direction& direction = directions_[{segment.source, segment.destination}];
  net::Sequence first = segment.sequence;
  if (segment.flags.syn) {
    first = first + 1;
    direction.ambiguous = direction.ambiguous || (direction.start && *direction.start != first);
    direction.start = first;
  }
  if (!direction.start) return;
  if (segment.flags.fin) {
    const net::Sequence fin = first + segment.payload_length;
    direction.ambiguous = direction.ambiguous || (direction.fin && *direction.fin != fin);
    direction.fin = fin;
  }
  add(direction, first, static_cast<std::int64_t>(segment.payload.size()));
}

// Offsets are 64-bit: the sequence number is taken for the one that is nearest to the highest so
// far.
void StreamLedger::add(Direction& direction, net::Sequence sequence, std::int64_t length) {
  const net::Sequence highest = *direction.start + static_cast<std::uint32_t>(direction.reached);
  std::int64_t begin = std::max<std::int64_t>(direction.reached + (sequence - highest), 0);
  std::int64_t end = direction.reached + (sequence - highest) + length;
  if (begin >= end) return;
  direction.reached = std::max(direction.reached, end);
  auto piece = direction.pieces.upper_bound(begin);
  if (piece != direction.pieces.begin() && std::prev(piece)->second >= begin) --piece;
  while (piece != direction.pieces.end() && piece->first <= end) {
    begin = std::min(begin, piece->first);
    end = std::max(end, piece->second);
    piece = direction.pieces.erase(piece);
  }
  direction.pieces.emplace(begin, end);
}

std::optional<StreamLedger::Stream> StreamLedger::stream(const net::Endpoint& source,
                                                         const net::Endpoint& destination) const {
  const auto found = directions_.find({source, destination});
  if (found == directions_.end()) return std::nullopt;
  const Direction& direction = found->second;
  if (!direction.start || direction.ambiguous) return std::nullopt;
  Stream stream;
  std::int64_t end = direction.reached;
  if (direction.fin) {
    const net::Sequence highest = *direction.start + static_cast<std::uint32_t>(direction.reached);
    end = direction.reached + (*direction.fin - highest);
    stream.length = static_cast<std::uint64_t>(end);
  }
  for (const auto& [begin, piece_end] : direction.pieces) {
    const std::int64_t inside = std::min(piece_end, end) - begin;
    if (inside > 0) stream.captured += static_cast<std::uint64_t>(inside);
  }
  return stream;
}

}  // namespace smtpscope::test
