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
  Recent<Sighting>& recent = directions_[segment.source < segment.destination ? 0 : 1];
  const Sighting now = sighting_of(segment, time);
  const bool known = std::ranges::any_of(recent.sightings, [&](const Sighting& before) {
    return before.print == now.print &&
           distance(before.time, now.time) <= longest_between(before, now);
  });
  if (known) {
    ++found_;
  } else {
    remember(recent, now);
  }
  return known;
}

bool DuplicateFinder::is_duplicate(const net::IcmpError& error, Timestamp time) {
  const Nanoseconds longest = error.identification != 0 ? limits_.certain : limits_.bare;
  const bool known = std::ranges::any_of(errors_.sightings, [&](const ErrorSighting& before) {
    return before.error == error && distance(before.time, time) <= longest;
  });
  if (known) {
    ++found_;
  } else {
    remember(errors_, ErrorSighting{error, time});
  }
  return known;
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
void DuplicateFinder::remember(Recent<Seen>& recent, const Seen& sighting) {
  auto& sightings = recent.sightings;
  if (limits_.remembered == 0) return;
  if (sightings.size() < limits_.remembered) {
    sightings.push_back(sighting);
    return;
  }
  sightings[recent.next] = sighting;
  recent.next = (recent.next + 1) % sightings.size();
}

}  // namespace smtpscope::ip
