#include "analyzer/ip/duplicates.hpp"

#include <algorithm>

namespace smtpscope::ip {
namespace {

std::uint8_t octet_of(const net::TcpFlags& flags) noexcept {
  return static_cast<std::uint8_t>(flags.fin | flags.syn << 1 | flags.rst << 2 | flags.psh << 3 |
                                   flags.ack << 4 | flags.urg << 5);
}

constexpr std::uint8_t only_ack = 0x10;

// Packets of a capture can be out of order by a little.
Nanoseconds distance(Timestamp a, Timestamp b) noexcept { return a < b ? b - a : a - b; }

}  // namespace

bool DuplicateFinder::is_duplicate(const net::Segment& segment, Timestamp time) {
  Direction& direction = directions_[segment.source < segment.destination ? 0 : 1];
  const Sighting now = sighting_of(segment, time);
  const std::uint32_t mark = mark_of(now.print);
  unsigned equal = 0;  // without an early end, so that the compiler compares many at once
  for (const std::uint32_t before : direction.marks) equal |= static_cast<unsigned>(before == mark);
  if (equal != 0 && is_among(direction, mark, now)) {
    ++found_;
    return true;
  }
  if (const auto place = remember(direction.recent, now)) {
    if (direction.marks.size() < direction.recent.sightings.size()) {
      direction.marks.reserve(direction.recent.sightings.capacity());
      direction.marks.resize(direction.recent.sightings.size());
    }
    direction.marks[*place] = mark;
  }
  return false;
}

bool DuplicateFinder::is_among(const Direction& direction, std::uint32_t mark,
                               const Sighting& now) const noexcept {
  for (std::size_t at = 0; at < direction.marks.size(); ++at) {
    if (direction.marks[at] != mark) continue;
    const Sighting& before = direction.recent.sightings[at];
    if (before.print == now.print &&
        distance(before.time, now.time) <= longest_between(before, now))
      return true;
  }
  return false;
}

bool DuplicateFinder::is_duplicate(const net::IcmpError& error, Timestamp time) {
  const Nanoseconds longest = error.identification != 0 ? limits_.certain : limits_.bare;
  const bool known = std::ranges::any_of(errors_.sightings, [&](const ErrorSighting& before) {
    return before.error == error && distance(before.time, time) <= longest;
  });
  if (known) {
    ++found_;
  } else {
    (void)remember(errors_, ErrorSighting{error, time});
  }
  return known;
}

std::uint32_t DuplicateFinder::mark_of(const Print& print) noexcept {
  std::uint32_t mark = print.sequence * 0x9e3779b1U;
  mark = (mark ^ print.acknowledgement) * 0x85ebca6bU;
  mark = (mark ^ print.timestamp) * 0xc2b2ae35U;
  return mark ^ print.payload_length << 8 ^ static_cast<std::uint32_t>(print.checksum << 16) ^
         print.identification ^ print.flags;
}

DuplicateFinder::Sighting DuplicateFinder::sighting_of(const net::Segment& segment,
                                                       Timestamp time) noexcept {
  Sighting sighting;
  sighting.print = {.sequence = segment.sequence.value,
                    .acknowledgement = segment.acknowledgement.value,
                    .timestamp = segment.timestamp.value_or(0),
                    .payload_length = segment.payload_length,
                    .identification = segment.identification,
                    .window = segment.window,
                    .checksum = segment.checksum,
                    .flags = octet_of(segment.flags)};
  sighting.hop_limit = segment.hop_limit;
  sighting.place_mark = segment.place_mark;
  sighting.time = time;
  return sighting;
}

// How far apart two sightings with equal prints can be, and still be of one packet.
Nanoseconds DuplicateFinder::longest_between(const Sighting& a, const Sighting& b) const noexcept {
  const bool elsewhere = a.place_mark != b.place_mark || a.hop_limit != b.hop_limit;
  if (a.print.identification != 0 || elsewhere) return limits_.certain;
  const bool is_bare_ack = a.print.payload_length == 0 && a.print.flags == only_ack;
  if (is_bare_ack && found_ == 0) return Nanoseconds{-1};  // never
  return a.print.timestamp != 0 ? limits_.stamped : limits_.bare;
}

template <typename Seen>
std::optional<std::size_t> DuplicateFinder::remember(Recent<Seen>& recent,
                                                     const Seen& sighting) const {
  auto& sightings = recent.sightings;
  if (limits_.remembered == 0) return std::nullopt;
  if (sightings.size() < limits_.remembered) {
    // Most connections are either over after a few packets or have many.
    if (sightings.size() == sightings.capacity())
      sightings.reserve(sightings.empty() ? 4 : limits_.remembered);
    sightings.push_back(sighting);
    return sightings.size() - 1;
  }
  const std::size_t place = recent.next;
  sightings[place] = sighting;
  recent.next = place + 1 == sightings.size() ? 0 : place + 1;
  return place;
}

}  // namespace smtpscope::ip
