// Property: whatever segments come, a connection tells every offset of each side exactly once, in
// order, ends each side exactly once, and never holds more than its limits allow. And what it
// passes on at once is what it would have told without that.
//
// The input is a list of packets, in place of a capture:
//
//     octet 0           which of the two limits are small
//     then, a packet    what     bits: side, SYN, FIN, RST, ACK, near, cut, take
//                       place    2 octets: sequence number; near: from what was told last
//                       answer   2 octets: acknowledgement number, likewise
//                       size     1 octet: of the payload, which is the next octets of the input
#include "analyzer/tcp/connection.hpp"
#include "dissectors/base/check.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace smtpscope;
using fuzz::Input;
using tcp::Connection;

namespace {

[[nodiscard]] net::Endpoint endpoint(Side side) {
  net::Endpoint made;
  made.port = side == Side::client ? 40000 : 25;
  return made;
}

// What was told of one side.
struct Account {
  StreamOffset told = 0;
  bool ended = false;

  void add(const StreamEvent& event) {
    check(!ended, "nothing is told after the end");
    if (const auto* const octets = std::get_if<Octets>(&event)) {
      check(octets->offset == told && !octets->bytes.empty(), "octets follow what was told");
      std::uint8_t sum = 0;  // all of them can be read
      for (const std::uint8_t octet : octets->bytes) sum = static_cast<std::uint8_t>(sum ^ octet);
      volatile std::uint8_t sink = sum;
      static_cast<void>(sink);
      told += octets->bytes.size();
    } else if (const auto* const gap = std::get_if<Gap>(&event)) {
      check(gap->offset == told && gap->length > 0, "a gap follows what was told");
      told += gap->length;
    } else {
      check(std::get<End>(event).offset == told, "the end is where all was told");
      ended = true;
    }
  }
};

class Run {
 public:
  explicit Run(Bytes bytes) : input_(bytes), limits_(limits_of(input_.octet())) {}

  void operator()() {
    while (!input_.empty()) packet();
    const auto why = static_cast<tcp::Closed>(frame_ % 4);
    connection_.finish(why, origin());
    take();
    std::vector<std::string> told, passed;
    taking_.finish(why, origin());
    tell_all(taking_, told);
    passing_.finish(why, origin());
    tell_all(passing_, passed);
    check(told == passed, "the same is told at the end");
    for (const Side side : {Side::client, Side::server}) {
      const tcp::Reassembler& direction = connection_.direction(side);
      check(account(side).ended && direction.ended(), "each side ends");
      check(direction.told() == account(side).told, "told() is what was told");
      check(direction.held_octets() == 0, "nothing is held after the end");
    }
  }

 private:
  [[nodiscard]] static tcp::ConnectionLimits limits_of(std::uint8_t choice) {
    tcp::ConnectionLimits limits;
    if ((choice & 1) != 0) limits.reassembly.held_octets = 64;
    if ((choice & 2) != 0) limits.reassembly.held_pieces = 4;
    if ((choice & 4) != 0) limits.patience_packets = 2;
    return limits;
  }
  [[nodiscard]] Account& account(Side side) { return accounts_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] Origin origin() const {
    return {frame_, Timestamp{std::chrono::milliseconds{20} * frame_}};
  }
  [[nodiscard]] net::Sequence place(Side side, std::uint16_t said, bool near) const {
    const tcp::Reassembler& direction = connection_.direction(side);
    if (!near || !direction.start()) return {static_cast<std::uint32_t>(said) << 16 | 0xfff0U};
    const auto from = *direction.start() + static_cast<std::uint32_t>(direction.told());
    return from + static_cast<std::uint32_t>(static_cast<std::int16_t>(said));
  }

  void packet() {
    ++frame_;
    const std::uint8_t what = input_.octet();
    const Side side = (what & 1) != 0 ? Side::server : Side::client;
    const bool near = (what & 32) != 0;
    net::Segment segment;
    segment.source = endpoint(side);
    segment.destination = endpoint(opposite(side));
    segment.flags = {.fin = (what & 4) != 0,
                     .syn = (what & 2) != 0,
                     .rst = (what & 8) != 0,
                     .psh = false,
                     .ack = (what & 16) != 0,
                     .urg = false};
    segment.sequence = place(side, input_.two(), near);
    segment.acknowledgement = place(opposite(side), input_.two(), near);
    const Bytes payload = input_.octets(input_.octet());
    const auto memory = std::make_unique<std::uint8_t[]>(payload.size());  // dies with the packet
    std::ranges::copy(payload, memory.get());
    segment.payload = {memory.get(), payload.size()};
    segment.payload_length =
        static_cast<std::uint32_t>(payload.size() + ((what & 64) != 0 ? 9 : 0));

    static_cast<void>(connection_.is_reuse(segment));
    compare(segment);
    connection_.take(segment, origin());
    if ((what & 128) == 0) take();
    connection_.settle();
    bound();
  }
  // What is passed on at once is what next() gives.
  void compare(const net::Segment& segment) {
    std::vector<std::string> told, passed;
    taking_.take(segment, origin());
    tell_all(taking_, told);
    if (const auto octets = passing_.pass_on(segment, origin())) {
      const Side side = passing_.side_of(segment);
      if (!octets->bytes.empty()) passed.push_back(in_words(side, *octets));
      check(!passing_.next(), "nothing else is to be told");
    } else {
      tell_all(passing_, passed);
    }
    check(told == passed, "the same is told");
    check(taking_.closed() == passing_.closed(), "and closed");
    check(taking_.facts().opened == passing_.facts().opened, "and opened");
    check(taking_.facts().packets == passing_.facts().packets, "with as many packets");
    for (const Side side : {Side::client, Side::server}) {
      const tcp::Reassembler& a = taking_.direction(side);
      const tcp::Reassembler& b = passing_.direction(side);
      check(a.counts() == b.counts(), "the same is counted");
      check(a.told() == b.told() && a.decided_to() == b.decided_to(), "as far as the other");
      check(a.highest_seen() == b.highest_seen(), "and so is what was seen");
      check(a.acknowledged_to() == b.acknowledged_to(), "and what was acknowledged");
      check(a.acknowledged_origin() == b.acknowledged_origin(), "by the same packet");
      check(a.repeat().has_value() == b.repeat().has_value(), "and what came again");
    }
  }
  static void tell_all(Connection& connection, std::vector<std::string>& told) {
    while (const auto next = connection.next()) told.push_back(in_words(next->first, next->second));
    connection.settle();
  }
  [[nodiscard]] static std::string in_words(Side side, const StreamEvent& event) {
    std::string words =
        std::to_string(static_cast<int>(side)) + ' ' + std::to_string(event.index()) + ' ';
    const auto place = [&words](const auto& what) {
      words += std::to_string(what.offset) + ' ' + std::to_string(what.origin.frame.number) + ' ';
    };
    std::visit(place, event);
    if (const auto* octets = std::get_if<Octets>(&event)) {
      words += std::to_string(octets->peer_acknowledged.value_or(0)) + ' ';
      words.append(octets->bytes.begin(), octets->bytes.end());
    } else if (const auto* gap = std::get_if<Gap>(&event)) {
      words += std::to_string(gap->length);
    }
    return words;
  }

  void take() {
    while (const auto next = connection_.next()) account(next->first).add(next->second);
  }
  void bound() const {
    for (const Side side : {Side::client, Side::server}) {
      const tcp::Reassembler& direction = connection_.direction(side);
      // Waiting, and ready: a full load of what waited may have become ready at once.
      check(direction.held_octets() <= 3 * limits_.reassembly.held_octets + 3 * 255, "limits hold");
      check(direction.told() <= direction.decided_to(), "told is decided");
      check(direction.decided_to() <= direction.highest_seen(), "decided is seen");
      check(direction.conflicts().size() <= limits_.reassembly.conflicts_kept,
            "conflicts are bounded");
    }
  }

  Input input_;
  tcp::ConnectionLimits limits_;
  Connection connection_{endpoint(Side::client), endpoint(Side::server), limits_};
  Connection taking_{endpoint(Side::client), endpoint(Side::server), limits_};
  Connection passing_{endpoint(Side::client), endpoint(Side::server), limits_};
  std::array<Account, 2> accounts_;
  std::uint64_t frame_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Run({data, size})();
  return 0;
}
