// The flow table finds, orders, expires and bounds.
#include "analyzer/tcp/flow_table.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace std::chrono_literals;
using tcp::FlowKey;
using tcp::FlowLimits;

namespace {

struct Flow {
  int number = 0;
};
using Table = tcp::FlowTable<Flow>;

// The n-th of many clients of one server.
FlowKey key(std::uint32_t n) {
  net::Segment segment;
  segment.source.address.octets = {192, 0, 2, static_cast<std::uint8_t>(n >> 14)};
  segment.source.port = static_cast<std::uint16_t>(40000 + (n & 0x3fff));
  segment.destination.address.octets = {198, 51, 100, 25};
  segment.destination.port = 25;
  return tcp::key_of(segment);
}

Timestamp at(Nanoseconds since_start) {
  return Timestamp{std::chrono::hours{400'000}} + since_start;
}

void insert(Table& table, std::uint32_t n) {
  table.insert(key(n), std::make_unique<Flow>(Flow{static_cast<int>(n)}));
}

// The numbers of all flows that are handed back at `now`.
std::vector<int> expired(Table& table, Timestamp now) {
  std::vector<int> numbers;
  while (const auto flow = table.take_expired(now)) numbers.push_back(flow->number);
  return numbers;
}

std::vector<int> drained(Table& table) {
  std::vector<int> numbers;
  while (const auto flow = table.take_any()) numbers.push_back(flow->number);
  return numbers;
}

using Numbers = std::vector<int>;

}  // namespace

TEST_CASE("both directions of a connection have the same key") {
  net::Segment segment;
  segment.source.address.octets = {192, 0, 2, 1};
  segment.source.port = 25;
  segment.destination.address.octets = {192, 0, 2, 1};
  segment.destination.port = 40000;
  net::Segment answer = segment;
  std::swap(answer.source, answer.destination);
  CHECK(tcp::key_of(segment) == tcp::key_of(answer));
  CHECK(tcp::key_of(segment).low == segment.source);

  answer.destination.port = 26;
  CHECK_FALSE(tcp::key_of(segment) == tcp::key_of(answer));
  answer = segment;
  answer.source.address.version = net::IpVersion::v6;
  CHECK_FALSE(tcp::key_of(segment) == tcp::key_of(answer));
}

TEST_CASE("each bit of a key changes about half of its hash") {
  const FlowKey base = key(1234);
  const std::size_t hash = tcp::FlowKeyHash{}(base);
  std::vector<FlowKey> changed;
  for (auto end : {&FlowKey::low, &FlowKey::high}) {
    for (std::size_t octet = 0; octet < 16; ++octet) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        changed.push_back(base);
        auto& value = (changed.back().*end).address.octets[octet];
        value = static_cast<std::uint8_t>(value ^ (1U << bit));
      }
    }
    for (unsigned bit = 0; bit < 16; ++bit) {
      changed.push_back(base);
      auto& port = (changed.back().*end).port;
      port = static_cast<std::uint16_t>(port ^ (1U << bit));
    }
    changed.push_back(base);
    (changed.back().*end).address.version = net::IpVersion::v6;
  }
  for (const FlowKey& other : changed) {
    const auto bits = std::popcount(hash ^ tcp::FlowKeyHash{}(other));
    CHECK(bits >= 14);
    CHECK(bits <= 50);
  }
}

TEST_CASE("the hash spreads what networks look like") {
  std::vector<std::size_t> buckets(1 << 12);
  for (std::uint32_t n = 0; n < buckets.size() * 8; ++n) {
    ++buckets[tcp::FlowKeyHash{}(key(n)) & (buckets.size() - 1)];
  }
  CHECK(*std::ranges::max_element(buckets) < 32);  // 8 each; Poisson's chance of 32 is 1 in 10^9
}

TEST_CASE("find, insert, take") {
  Table table;
  CHECK(table.find(key(1)) == nullptr);
  insert(table, 1);
  insert(table, 2);
  REQUIRE(table.find(key(1)) != nullptr);
  CHECK(table.find(key(1))->number == 1);
  CHECK(table.find(key(2))->number == 2);
  CHECK(table.size() == 2);

  const auto taken = table.take(key(1));
  REQUIRE(taken);
  CHECK(taken->number == 1);
  CHECK(table.find(key(1)) == nullptr);
  CHECK_FALSE(table.take(key(1)));
  CHECK(table.size() == 1);

  table.insert(key(1), std::make_unique<Flow>(Flow{100}));  // the ports are used anew
  CHECK(table.find(key(1))->number == 100);
  CHECK(drained(table) == Numbers{2, 100});
  CHECK(table.size() == 0);
}

TEST_CASE("a flow stays where it is, however many come") {
  Table table({.flows = 1'000'000});
  insert(table, 0);
  const Flow* const first = table.find(key(0));
  for (std::uint32_t n = 1; n < 20'000; ++n) insert(table, n);
  CHECK(table.find(key(0)) == first);
}

TEST_CASE("quiet flows are handed back, the quietest first") {
  Table table({.idle = 10min});
  CHECK(expired(table, at(0s)).empty());
  for (const std::uint32_t n : {1U, 2U, 3U}) insert(table, n);
  CHECK(expired(table, at(5min)).empty());
  CHECK(table.find(key(1)) != nullptr);  // active at 5 min
  CHECK(expired(table, at(10min)) == Numbers{2, 3});
  CHECK(expired(table, at(14min)).empty());
  CHECK(expired(table, at(15min)) == Numbers{1});
}

TEST_CASE("packets that are a little older than the last one expire nothing") {
  Table table({.idle = 10min});
  CHECK(expired(table, at(1h)).empty());
  insert(table, 1);
  CHECK(expired(table, at(0s)).empty());
  CHECK(expired(table, at(1h + 9min)).empty());
  CHECK(expired(table, at(1h + 10min)) == Numbers{1});
}

TEST_CASE("closed flows linger, whatever still comes for them") {
  Table table({.linger = 1s});
  CHECK(expired(table, at(0s)).empty());
  for (const std::uint32_t n : {1U, 2U, 3U}) insert(table, n);
  table.close_soon(key(2), at(1s));
  table.close_soon(key(1), at(1500ms));
  table.close_soon(key(2), at(1900ms));  // known already
  table.close_soon(key(9), at(1900ms));  // not known
  CHECK(expired(table, at(1999ms)).empty());
  CHECK(table.find(key(2)) != nullptr);
  CHECK(expired(table, at(2s)) == Numbers{2});
  CHECK(expired(table, at(3s)) == Numbers{1});
  CHECK(drained(table) == Numbers{3});
}

TEST_CASE("too many flows: closed ones go first, then the quietest") {
  Table table({.flows = 3});
  for (std::uint32_t n = 1; n <= 3; ++n) insert(table, n);
  CHECK(expired(table, at(0s)).empty());  // the first time that the table is told the time
  insert(table, 4);
  CHECK(table.find(key(1)) != nullptr);
  CHECK(expired(table, at(0s)) == Numbers{2});
  table.close_soon(key(4), at(0s));
  insert(table, 5);
  insert(table, 6);
  CHECK(expired(table, at(0s)) == Numbers{4, 3});
  CHECK(drained(table) == Numbers{1, 5, 6});
}

TEST_CASE("closed flows linger no longer than for so many packets") {
  Table table({.linger = 1h, .linger_packets = 3});
  for (const std::uint32_t n : {1U, 2U, 3U}) insert(table, n);
  table.close_soon(key(2), at(1s));
  table.count_packet();
  table.close_soon(key(1), at(1s));
  table.count_packet();
  CHECK(expired(table, at(1s)).empty());
  table.count_packet();
  CHECK(expired(table, at(1s)) == Numbers{2});
  table.count_packet();
  CHECK(expired(table, at(1s)) == Numbers{1});
  CHECK(table.size() == 1);
}

TEST_CASE("at the end, flows come in the order of their creation") {
  Table table({.linger = 1h});
  for (std::uint32_t n = 1; n <= 5; ++n) insert(table, n);
  for (const std::uint32_t n : {4U, 1U, 3U}) CHECK(table.find(key(n)) != nullptr);
  table.close_soon(key(2), at(0s));
  CHECK(table.take(key(4)));
  CHECK(drained(table) == Numbers{1, 2, 3, 5});
}

TEST_CASE("any order of calls agrees with a simple list") {
  struct Known {
    std::uint32_t n = 0;
    Nanoseconds since{};
  };
  const FlowLimits limits{.flows = 20, .idle = 50s, .linger = 5s};
  Table table(limits);
  std::vector<Known> quiet, lingering;  // the quietest first
  std::mt19937 random(20260102);
  const auto pick = [&random](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  Nanoseconds now{};
  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t n = pick(40);
    const auto same = [n](const Known& known) { return known.n == n; };
    const auto open = std::ranges::find_if(quiet, same);
    const auto closed = std::ranges::find_if(lingering, same);
    const bool known = open != quiet.end() || closed != lingering.end();
    switch (pick(5)) {
      case 0:
        REQUIRE((table.find(key(n)) != nullptr) == known);
        if (open != quiet.end()) {
          quiet.erase(open);
          quiet.push_back({n, now});
        }
        break;
      case 1:
        if (known) break;
        insert(table, n);
        quiet.push_back({n, now});
        break;
      case 2:
        table.close_soon(key(n), at(now));
        if (open == quiet.end()) break;
        quiet.erase(open);
        lingering.push_back({n, now});
        break;
      case 3:
        REQUIRE((table.take(key(n)) != nullptr) == known);
        if (open != quiet.end()) quiet.erase(open);
        if (closed != lingering.end()) lingering.erase(closed);
        break;
      default: {
        now += std::chrono::milliseconds{pick(4000)};
        Numbers expected;
        const auto hand_back = [&](std::vector<Known>& from, Nanoseconds limit) {
          const bool too_many = quiet.size() + lingering.size() > limits.flows;
          if (from.empty() || !(too_many || now - from.front().since >= limit)) return false;
          expected.push_back(static_cast<int>(from.front().n));
          from.erase(from.begin());
          return true;
        };
        while (hand_back(lingering, limits.linger) || hand_back(quiet, limits.idle)) {
        }
        REQUIRE(expired(table, at(now)) == expected);
      }
    }
    REQUIRE(table.size() == quiet.size() + lingering.size());
  }
}
