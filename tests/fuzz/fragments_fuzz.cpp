// Property: whatever pieces come, a datagram is given only where pieces that came, and that agree,
// make it up from its first octet to its end; it holds their octets at their places; and never more
// is held than the limits allow.
//
// The input is a list of pieces, in place of a capture:
//
//     octet 0           bits: which of the limits are small
//     then, a piece     what     bits: IPv6, more, three bits of identification, time passes
//                       place    1 octet: offset, in units of 8
//                       size     1 octet: of its octets, in units of 8 and what is left over
//                       cut      1 octet: how many were not captured
//                       its octets, as far as the input has them
#include "analyzer/ip/fragments.hpp"
#include "dissectors/base/check.hpp"
#include "dissectors/net/decode.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

using namespace smtpscope;
using fuzz::Input;

namespace {

// All that was ever sent at a place of one datagram, by offset: what comes out must be among it.
using Sent = std::map<std::uint32_t, std::array<bool, 256>>;

struct Run {
  explicit Run(std::uint8_t choice)
      : limits(limits_of(choice)), table(limits), now(std::chrono::seconds{1'700'000'000}) {
    table.tell_time(now);
  }

  static ip::FragmentLimits limits_of(std::uint8_t choice) {
    ip::FragmentLimits limits;
    if ((choice & 1U) != 0) limits.datagrams = 2;
    if ((choice & 2U) != 0) limits.octets = 600;
    if ((choice & 4U) != 0) limits.pieces = 3;
    return limits;
  }

  void take(Input& input);
  void check_whole(const ip::FragmentTable::Whole& whole, const net::Fragment& last);

  ip::FragmentLimits limits;
  ip::FragmentTable table;
  Timestamp now;
  std::map<unsigned, Sent> sent;
};

void Run::take(Input& input) {
  const std::uint8_t what = input.octet();
  net::Fragment piece;
  const net::IpVersion version = (what & 1U) != 0 ? net::IpVersion::v6 : net::IpVersion::v4;
  piece.source.version = piece.destination.version = version;
  piece.source.octets[0] = 1;
  piece.destination.octets[0] = 2;
  piece.identification = what >> 2 & 0x07U;
  piece.ip_protocol = 6;
  piece.hop_limit = 64;
  piece.more = (what & 2U) != 0;
  piece.routed_on = (what & 0x40U) != 0;
  piece.offset = input.octet() * 8U;
  const std::uint8_t size = input.octet();
  const std::size_t uncaptured = input.octet();
  piece.octets = input.octets(size);
  piece.length = static_cast<std::uint32_t>(piece.octets.size() + uncaptured);
  if ((what & 0x80U) != 0) table.tell_time(now += std::chrono::seconds{16});

  Sent& octets = sent[what & 0x1dU];
  for (std::uint32_t i = 0; i < piece.octets.size(); ++i) {
    octets[piece.offset + i][piece.octets[i]] = true;
  }
  const Packet packet{.bytes = piece.octets, .number = 1, .time = now, .wire_length = piece.length};
  if (const auto whole = table.take(piece, packet)) check_whole(*whole, piece);
  check(table.held_octets() <= limits.octets, "no more is held than the limit says");
  check(table.datagrams() <= limits.datagrams, "no more datagrams than the limit says");
}

void Run::check_whole(const ip::FragmentTable::Whole& whole, const net::Fragment& last) {
  const bool is_v6 = last.source.version == net::IpVersion::v6;
  const std::size_t least = is_v6 ? 40 : 20;
  check(whole.packet.bytes.size() >= least, "a datagram has a header");
  check(whole.packet.bytes.size() <= whole.packet.wire_length, "no more is there than was sent");
  const std::size_t header = least + (is_v6 && whole.packet.bytes[6] == 43 ? 8U : 0U);
  const Sent& octets = sent[(is_v6 ? 1U : 0U) | last.identification << 2];
  for (std::size_t i = header; i < whole.packet.bytes.size(); ++i) {
    const auto place = octets.find(static_cast<std::uint32_t>(i - header));
    check(place != octets.end() && place->second[whole.packet.bytes[i]],
          "each octet was sent at its place");
  }
  const net::Decoded decoded = net::decode(whole.packet, whole.around);
  check(!std::holds_alternative<net::Fragment>(decoded), "a whole datagram is no piece");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  Run run(input.octet());
  while (!input.empty()) run.take(input);
  const ip::FragmentCounts& counts = run.table.counts();
  run.table.finish();
  check(run.table.held_octets() == 0 && run.table.datagrams() == 0, "nothing is left at the end");
  check(counts.completed + counts.incomplete + counts.overlapping + counts.oversized +
                counts.dropped <=
            counts.pieces,
        "no datagram without a piece");
  return 0;
}
