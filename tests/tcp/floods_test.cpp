// Streams that are long, or cut in a hostile way: offsets do not wrap, and memory and time stay
// bounded.
#include "analyzer/tcp/reassembler.hpp"

#include "tests/support/catch.hpp"
#include "tests/tcp/segments.hpp"

#include <cstdint>
#include <random>
#include <string>

using namespace smtpscope;
using tcp::Reassembler;
using tcp::ReassemblyLimits;

namespace {

// Takes all events: how many octets were told, and how many are gaps.
struct Sums {
  std::uint64_t octets = 0;
  std::uint64_t missing = 0;
  bool in_order = true;
  void collect(Reassembler& reassembler) {
    while (const auto event = reassembler.next()) {
      if (const auto* octets_event = std::get_if<Octets>(&*event)) {
        in_order = in_order && octets_event->offset == octets + missing;
        octets += octets_event->bytes.size();
      } else if (const auto* gap = std::get_if<Gap>(&*event)) {
        missing += gap->length;
      }
    }
  }
};

}  // namespace

TEST_CASE("a message of more than 4 GiB: sequence numbers wrap, offsets do not") {
  constexpr std::uint64_t total = (1ULL << 32) + (1ULL << 30);
  // Far above what a segment carries: the same arithmetic, in less time.
  const std::string piece(1U << 20, 'x');
  constexpr std::uint32_t first = 4'000'000'000;
  Reassembler reassembler;
  reassembler.begin_at({first});
  Sums sums;
  std::uint64_t number = 0;
  for (std::uint64_t offset = 0; offset < total; offset += piece.size()) {
    const auto sequence = static_cast<std::uint32_t>(first + offset);
    // Every hundredth one is lost and acknowledged, every tenth comes twice.
    const bool lost = ++number % 100 == 0;
    if (!lost) reassembler.push(test::segment({sequence}, piece), test::packet(number), {});
    if (number % 10 == 1)
      reassembler.push(test::segment({sequence}, piece), test::packet(number), {});
    reassembler.acknowledged({static_cast<std::uint32_t>(sequence + piece.size())},
                             test::packet(number));
    sums.collect(reassembler);
    reassembler.settle();
  }
  reassembler.finish(EndCause::fin, test::packet(number));
  sums.collect(reassembler);
  CHECK(sums.in_order);
  CHECK(sums.octets + sums.missing == total);
  CHECK(sums.missing == number / 100 * piece.size());
  CHECK(reassembler.counts().outside_octets == 0);
}

TEST_CASE("a million overlapping pieces: bounded, and every offset once") {
  constexpr std::uint32_t pieces = 1'000'000;
  const std::string text(8, 'x');
  Reassembler reassembler;
  reassembler.begin_at({1});
  Sums sums;
  std::mt19937 random(1);
  std::size_t most = 0;
  StreamOffset end = 0;
  for (std::uint32_t i = 0; i < pieces; ++i) {
    const auto length = static_cast<std::uint32_t>(1 + random() % text.size());
    const auto offset = static_cast<std::uint32_t>(1 + random() % 2'000'000);
    reassembler.push(test::segment({1 + offset}, std::string_view(text).substr(0, length)),
                     test::packet(i + 1), {});
    end = std::max<StreamOffset>(end, offset + length);
    sums.collect(reassembler);
    reassembler.settle();
    most = std::max(most, reassembler.held_bytes());
  }
  const ReassemblyLimits limits;
  CHECK(most <= (limits.held_pieces + 2) * (tcp::bytes_per_piece + text.size()));
  reassembler.finish(EndCause::capture_end, test::packet(pieces + 1));
  sums.collect(reassembler);
  CHECK(sums.in_order);
  CHECK(sums.octets + sums.missing == end);
  CHECK(reassembler.counts().limit_gaps > 0);
  CHECK(reassembler.held_bytes() == 0);
}
