#include "analyzer/session/session_order.hpp"
#include "tests/support/catch.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace smtpscope::session {
namespace {

// What is told so far, each session by the number of its first packet.
std::string told(SessionOrder<int>& order) {
  std::string numbers;
  while (const auto number = order.next())
    numbers += (numbers.empty() ? "" : " ") + std::to_string(*number);
  return numbers;
}

}  // namespace

TEST_CASE("a session waits for those that began before it") {
  SessionOrder<int> order(Order::first_packet, 100);
  for (const std::uint64_t first : {1U, 2U, 3U}) order.opened(first);
  order.closed(2);
  order.finished(2, 1, 2);
  CHECK(told(order).empty());
  order.closed(1);
  order.finished(1, 1, 1);
  CHECK(told(order) == "1 2");
  order.closed(3);  // it was no mail
  CHECK(told(order).empty());
}

TEST_CASE("what was asked for in vain comes when the one before it has ended") {
  SessionOrder<int> order(Order::first_packet, 100);
  CHECK_FALSE(order.may_have_next());
  order.opened(1);
  order.opened(2);
  order.closed(2);
  order.finished(2, 1, 2);
  CHECK(order.may_have_next());
  CHECK(told(order).empty());
  CHECK_FALSE(order.may_have_next());
  order.closed(1);  // it was no mail
  CHECK(order.may_have_next());
  CHECK(told(order) == "2");
}

TEST_CASE("where too many wait, the first of them goes ahead") {
  SessionOrder<int> order(Order::first_packet, 10);
  order.opened(1);
  for (int number = 2; number < 6; ++number)
    order.finished(static_cast<std::uint64_t>(number), 3, int{number});
  CHECK(told(order) == "2 3");  // what is left has 8 exchanges and ends
}

TEST_CASE("of a live capture sessions come as they end") {
  SessionOrder<int> order(Order::ending, 100);
  order.opened(1);
  order.opened(2);
  order.closed(2);
  order.finished(2, 1, 2);
  CHECK(told(order) == "2");
}

TEST_CASE("the earliest open connection is known, in whatever order they end") {
  OpenConnections open;
  std::set<FrameId> model;
  std::mt19937 random(7);
  std::vector<FrameId> all;
  for (std::uint64_t number = 1; number <= 2000; ++number) {
    const FrameId first(number);
    open.add(first);
    model.insert(first);
    all.push_back(first);
    // The first one stays open for long.
    for (int i = 0; i < 2; ++i) {
      const FrameId& over = all[random() % all.size()];
      if (number < 1500 && over == all.front()) continue;
      open.remove(over);  // also such as are over already
      model.erase(over);
    }
    const FrameId* const earliest = open.earliest();
    REQUIRE((earliest == nullptr) == model.empty());
    if (earliest != nullptr) REQUIRE(*earliest == *model.begin());
  }
}

TEST_CASE("of connections that are over nothing is kept, though the first one stays open") {
  OpenConnections open;
  open.add(1);
  for (std::uint64_t number = 2; number < 100'000; ++number) {
    open.add(number);
    open.remove(number);
    REQUIRE(open.kept() <= 4);
  }
  CHECK(*open.earliest() == FrameId(1));
}

}  // namespace smtpscope::session
