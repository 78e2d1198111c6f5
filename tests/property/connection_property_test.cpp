// The promise of the connection: whatever the order in which a capture shows the packets of the two
// directions, within its patience, each side's octets are told whole, never before what their
// sender knew of the other side; and where packets were not captured, exactly their octets become
// gaps.
//
// Two hosts that speak TCP are played through: each knows at any moment what it received so far. A
// tap between them gives a capture in a true order; then packets of the two directions change
// places.
#include "analyzer/tcp/connection.hpp"

#include "tests/support/catch.hpp"
#include "tests/tcp/segments.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using tcp::Closed;
using tcp::Connection;

namespace {

constexpr std::uint32_t first_seed = 20'260'103;
constexpr std::uint32_t conversations = 1500;
constexpr std::size_t orders = 6;      // of the packets of each conversation
constexpr std::size_t displaced = 12;  // places at most, below the patience of 16 packets

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  [[nodiscard]] std::uint32_t below(std::size_t limit) {
    return static_cast<std::uint32_t>(random_() % limit);
  }
  [[nodiscard]] bool percent(std::uint32_t chance) { return below(100) < chance; }

 private:
  std::mt19937 random_;
};

[[nodiscard]] constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }
[[nodiscard]] net::Endpoint endpoint(Side side) {
  net::Endpoint made;
  made.address.octets = {192, 0, 2, static_cast<std::uint8_t>(1 + index(side))};
  made.port = side == Side::client ? 40000 : 25;
  return made;
}

struct Sent {
  Side side = Side::client;
  net::Sequence sequence, acknowledgement;
  net::TcpFlags flags;
  std::string payload;
};

// Two hosts. A packet passes the tap when it is sent, and arrives some packets later.
class Talk {
 public:
  enum class Manner : std::uint8_t {
    in_turn,   // each line waits for the whole line of the other side
    at_random  // both send when they like, in pieces of any size
  };

  Talk(std::uint32_t seed, Manner manner) : dice_(seed) {
    for (Host& host : hosts_)
      host.isn = {dice_.percent(50) ? 0 - dice_.below(200) : dice_.below(1U << 31)};
    shake_hands();
    if (manner == Manner::in_turn) {
      take_turns();
    } else {
      chat();
    }
    part();
  }

  std::vector<Sent> capture;                      // in the order of the tap
  std::array<std::string, 2> text;                // of each side
  std::array<std::vector<StreamOffset>, 2> knew;  // of each octet: how much its sender had received

 private:
  struct Host {
    net::Sequence isn;
    std::size_t received = 0;  // octets
    bool fin_sent = false, fin_received = false;
    std::vector<std::size_t> on_the_way;  // to it, as indices of capture
  };
  [[nodiscard]] Host& host(Side side) { return hosts_[index(side)]; }

  void put(Side from, std::string_view payload, net::TcpFlags flags) {
    Host& sender = host(from);
    Host& receiver = host(opposite(from));
    const auto own = static_cast<std::uint32_t>(text[index(from)].size());
    const bool syn = flags.syn;
    const std::uint32_t after_fin = sender.fin_sent ? 1 : 0;
    const std::uint32_t fin_taken = sender.fin_received ? 1 : 0;
    capture.push_back({from, sender.isn + (syn ? 0 : own + 1 + after_fin),
                       receiver.isn + 1 + static_cast<std::uint32_t>(sender.received) + fin_taken,
                       flags, std::string(payload)});
    text[index(from)] += payload;
    knew[index(from)].resize(text[index(from)].size(), sender.received);
    sender.fin_sent = sender.fin_sent || flags.fin;
    receiver.on_the_way.push_back(capture.size() - 1);
  }
  // The next packet reaches `side`.
  void arrive(Side side) {
    Host& receiver = host(side);
    if (receiver.on_the_way.empty()) return;
    const Sent& sent = capture[receiver.on_the_way.front()];
    receiver.received += sent.payload.size();
    receiver.fin_received = receiver.fin_received || sent.flags.fin;
    receiver.on_the_way.erase(receiver.on_the_way.begin());
  }
  void arrive_all(Side side) {
    while (!host(side).on_the_way.empty()) arrive(side);
  }

  void shake_hands() {
    put(Side::client, "", {.syn = true});
    arrive_all(Side::server);
    put(Side::server, "", {.syn = true, .ack = true});
    arrive_all(Side::client);
    put(Side::client, "", {.ack = true});
    if (dice_.percent(50)) arrive_all(Side::server);
  }
  [[nodiscard]] std::string line(std::size_t longest) {
    return std::string(dice_.below(longest), static_cast<char>('a' + dice_.below(26))) + '\n';
  }
  void send_in_pieces(Side side, std::string_view octets) {
    while (!octets.empty()) {
      const std::size_t size = 1 + dice_.below(octets.size());
      put(side, octets.substr(0, size), {.psh = true, .ack = true});
      octets.remove_prefix(size);
      if (dice_.percent(30)) {
        arrive(opposite(side));
        put(opposite(side), "", {.ack = true});
      }
    }
  }
  void take_turns() {
    Side side = Side::server;
    for (std::uint32_t lines = 2 + dice_.below(20); lines > 0; --lines, side = opposite(side)) {
      send_in_pieces(side, line(30));
      arrive_all(opposite(side));
      if (dice_.percent(30)) put(opposite(side), "", {.ack = true});
    }
  }
  void chat() {
    for (std::uint32_t steps = 5 + dice_.below(80); steps > 0; --steps) {
      const Side side = dice_.percent(50) ? Side::client : Side::server;
      switch (dice_.below(4)) {
        case 0:
          put(side, "", {.ack = true});
          break;
        case 1:
          put(side, line(20), {.psh = true, .ack = true});
          break;
        default:
          arrive(side);
      }
    }
  }
  void part() {
    const Side first = dice_.percent(50) ? Side::client : Side::server;
    if (dice_.percent(50)) arrive_all(first);
    put(first, "", {.fin = true, .ack = true});
    arrive_all(opposite(first));
    put(opposite(first), "", {.fin = true, .ack = true});
    arrive_all(first);
    arrive_all(opposite(first));
    put(first, "", {.ack = true});
  }

  Dice dice_;
  std::array<Host, 2> hosts_;
};

using Order = std::vector<std::size_t>;  // indices of Talk::capture

[[nodiscard]] Order true_order(const Talk& talk) {
  Order order(talk.capture.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  return order;
}

// The two directions change places by some packets; each keeps its own order.
[[nodiscard]] Order other_order(const Talk& talk, Dice& dice) {
  std::vector<std::size_t> place(talk.capture.size());
  std::array<std::size_t, 2> last{};
  for (std::size_t i = 0; i < place.size(); ++i) {
    std::size_t& before = last[index(talk.capture[i].side)];
    before = std::max(before, i + (dice.percent(30) ? dice.below(displaced) : 0));
    place[i] = before;
  }
  Order order = true_order(talk);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return place[i]; });
  return order;
}

struct Told {
  std::array<std::string, 2> text;                   // a missing octet is a zero
  std::vector<std::pair<Side, StreamOffset>> lines;  // ends of lines, as they were told
  std::vector<std::size_t> packets;  // that brought octets, as indices of Talk::capture
  std::array<bool, 2> ended{};
  std::string broken;
};

void take(Side side, const StreamEvent& event, const Talk& talk, Told& told) {
  std::string& text = told.text[index(side)];
  const std::size_t facing = told.text[index(opposite(side))].size();
  if (told.ended[index(side)]) told.broken = "told after the end";
  if (const auto* const octets = std::get_if<Octets>(&event)) {
    if (octets->offset != text.size()) told.broken = "an offset is wrong";
    if (octets->peer_acknowledged > facing) {
      told.broken =
          "frame " + std::to_string(octets->origin.frame.number) + " told before what it knew";
    }
    for (const std::uint8_t octet : octets->bytes) {
      if (talk.knew[index(side)].at(text.size()) > facing) {
        told.broken =
            "frame " + std::to_string(octets->origin.frame.number) + " told before its cause";
      }
      text += static_cast<char>(octet);
      if (octet == '\n') told.lines.emplace_back(side, text.size());
    }
    told.packets.push_back(static_cast<std::size_t>(octets->origin.frame.number) - 1);
  } else if (const auto* const gap = std::get_if<Gap>(&event)) {
    if (gap->offset != text.size() || gap->length == 0) told.broken = "a gap is wrong";
    text.append(gap->length, '\0');
  } else {
    told.ended[index(side)] = true;
    const End& end = std::get<End>(event);
    if (end.offset != text.size() || end.cause != EndCause::fin) told.broken = "an end is wrong";
  }
}

void take(Connection& connection, const Talk& talk, Told& told) {
  while (const auto next = connection.next()) take(next->first, next->second, talk, told);
}

enum class By : std::uint8_t { take, pass_on };
[[nodiscard]] Told listen(const Talk& talk, const Order& order, By by = By::take) {
  Connection connection(endpoint(Side::client), endpoint(Side::server));
  Told told;
  for (const std::size_t i : order) {
    const Sent& sent = talk.capture[i];
    const auto memory = std::make_unique<char[]>(sent.payload.size());  // gone after settle()
    std::ranges::copy(sent.payload, memory.get());
    net::Segment made = segment(sent.sequence, {memory.get(), sent.payload.size()}, sent.flags);
    made.acknowledgement = sent.acknowledgement;
    made.source = endpoint(sent.side);
    made.destination = endpoint(opposite(sent.side));
    if (by == By::take) {
      connection.take(made, packet(i + 1));
    } else if (const auto octets = connection.pass_on(made, packet(i + 1))) {
      if (!octets->bytes.empty()) take(sent.side, *octets, talk, told);
    }
    take(connection, talk, told);
    connection.settle();
  }
  connection.finish(Closed::capture_end, packet(0));
  take(connection, talk, told);
  if (told.ended != std::array{true, true}) told.broken = "no end";
  return told;
}

[[nodiscard]] std::string in_words(const Talk& talk, const Order& order) {
  std::string out;
  for (const std::size_t i : order) {
    const Sent& sent = talk.capture[i];
    out += "  " + std::to_string(i + 1) + (sent.side == Side::client ? " C " : " S ") +
           (sent.flags.syn ? "SYN " : "") + (sent.flags.fin ? "FIN " : "") +
           std::to_string(sent.sequence.value) + " ack " +
           std::to_string(sent.acknowledgement.value) + ", octets " +
           std::to_string(sent.payload.size()) + '\n';
  }
  return out;
}

// Calls `judge` with each conversation and several orders of its packets; what it returns is wrong.
template <typename Judge>
void for_all(Talk::Manner manner, const Judge& judge) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint32_t seed = first_seed; seed < first_seed + conversations; ++seed) {
    const Talk talk(seed, manner);
    Dice dice(seed);
    for (std::size_t n = 0; n < orders; ++n) {
      Order order = n == 0 ? true_order(talk) : other_order(talk, dice);
      const std::string wrong = judge(talk, order, dice);
      if (!wrong.empty())
        FAIL("seed " << seed << ", order " << n << ": " << wrong << '\n' << in_words(talk, order));
    }
  }
  SUCCEED();  // no FAIL() above
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << conversations << " conversations in " << orders << " orders each: " << took.count()
            << " s\n";
}

}  // namespace

TEST_CASE(
    "no order of the two directions changes what is told, nor lets an effect come before its "
    "cause") {
  const auto manner = GENERATE(Talk::Manner::in_turn, Talk::Manner::at_random);
  for_all(manner, [](const Talk& talk, const Order& order, Dice&) -> std::string {
    const Told told = listen(talk, order);
    if (!told.broken.empty()) return told.broken;
    return told.text == talk.text ? "" : "other octets";
  });
}

TEST_CASE("octets that are passed on at once are those that next() gives") {
  const auto manner = GENERATE(Talk::Manner::in_turn, Talk::Manner::at_random);
  for_all(manner, [](const Talk& talk, const Order& order, Dice&) -> std::string {
    const Told told = listen(talk, order, By::pass_on);
    if (!told.broken.empty()) return told.broken;
    const Told by_next = listen(talk, order);
    if (told.text != by_next.text) return "other octets";
    return told.packets == by_next.packets ? "" : "another order";
  });
}

TEST_CASE("while the sides take turns, every order gives the same dialogue") {
  for_all(Talk::Manner::in_turn, [](const Talk& talk, const Order& order, Dice&) -> std::string {
    return listen(talk, order).lines == listen(talk, true_order(talk)).lines ? ""
                                                                             : "another dialogue";
  });
}

TEST_CASE("a capture in true order is told in its order") {
  for_all(Talk::Manner::at_random, [](const Talk& talk, const Order&, Dice&) -> std::string {
    return std::ranges::is_sorted(listen(talk, true_order(talk)).packets) ? "" : "another order";
  });
}

TEST_CASE("exactly what was not captured becomes gaps") {
  const auto manner = GENERATE(Talk::Manner::in_turn, Talk::Manner::at_random);
  for_all(manner, [](const Talk& talk, Order& order, Dice& dice) -> std::string {
    // The handshake and the FINs are captured: without, a start or an end can only be guessed.
    const std::uint32_t chance = 1 + dice.below(40);
    const bool one_side_only = dice.percent(20);
    std::array<std::string, 2> expected;
    std::vector<bool> lost(talk.capture.size());
    for (std::size_t i = 0; i < talk.capture.size(); ++i) {
      const Sent& sent = talk.capture[i];
      const bool may = i >= 3 && !sent.flags.fin;
      lost[i] = may && (one_side_only ? sent.side == Side::server : dice.percent(chance));
      expected[index(sent.side)] += lost[i] ? std::string(sent.payload.size(), '\0') : sent.payload;
    }
    std::erase_if(order, [&](std::size_t i) { return lost[i]; });
    const Told told = listen(talk, order);
    if (!told.broken.empty()) return told.broken;
    return told.text == expected ? "" : "other octets or gaps";
  });
}
