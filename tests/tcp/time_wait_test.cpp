// Late packets of connections that were told are known, and nothing else is taken for one.
#include "analyzer/tcp/time_wait.hpp"

#include "tests/support/catch.hpp"
#include "tests/tcp/segments.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;
using tcp::Connection;
using tcp::TimeWait;

namespace {

constexpr net::TcpFlags ack{.ack = true}, fin{.fin = true, .ack = true}, syn{.syn = true},
    rst{.rst = true, .ack = true};

net::Endpoint endpoint(Side side, std::uint16_t n = 0) {
  net::Endpoint made;
  made.address.octets = {192, 0, 2, 1};
  made.port = side == Side::client ? static_cast<std::uint16_t>(40'000 + n) : std::uint16_t{25};
  return made;
}

// Offsets from the initial sequence numbers of 1000 of the client and 2000 of the server.
net::Segment made(Side side, std::uint32_t at, std::string_view payload, net::TcpFlags flags = ack,
                  std::uint16_t n = 0) {
  net::Segment made = segment({(side == Side::client ? 1000 : 2000) + at}, payload, flags);
  made.source = endpoint(side, n);
  made.destination = endpoint(opposite(side), n);
  made.acknowledgement = {(side == Side::client ? 2000U : 1000U) + 1};
  return made;
}

// The n-th of many: the client says "QUIT", the server "221", both close.
Connection over(std::uint16_t n = 0) {
  Connection connection(endpoint(Side::client, n), endpoint(Side::server));
  std::uint64_t frame = 0;
  for (const net::Segment& one :
       {made(Side::client, 0, "", syn, n), made(Side::client, 1, "QUIT", fin, n),
        made(Side::server, 1, "221", fin, n)}) {
    connection.take(one, packet(++frame));
    while (connection.next()) continue;
    connection.settle();
  }
  return connection;
}

const Timestamp then = packet(1000).time;

TimeWait::Moment at(Timestamp time, std::uint64_t packets = 0) { return {time, packets}; }

bool has(const TimeWait& waiting, const net::Segment& segment, Timestamp now = then,
         std::uint64_t packets = 0) {
  return waiting.has(tcp::key_of(segment), segment, at(now, packets));
}

}  // namespace

TEST_CASE("what brings nothing new for a connection that was told is late") {
  TimeWait waiting;
  CHECK_FALSE(has(waiting, made(Side::client, 1, "QUIT", fin)));
  waiting.remember(over(), at(then));
  SECTION("what was sent before") {
    CHECK(has(waiting, made(Side::client, 1, "QUIT", fin)));
    CHECK(has(waiting, made(Side::client, 5, "", fin)));
    CHECK(has(waiting, made(Side::client, 3, "IT")));
    CHECK(has(waiting, made(Side::server, 1, "221")));
  }
  SECTION("what says that it came, or that nobody knows the connection") {
    CHECK(has(waiting, made(Side::client, 6, "")));
    CHECK(has(waiting, made(Side::server, 5, "")));
    CHECK(has(waiting, made(Side::server, 5, "", rst)));
  }
  SECTION("a beginning, or octets that nobody has seen") {
    CHECK_FALSE(has(waiting, made(Side::client, 1, "", syn)));
    CHECK_FALSE(has(waiting, made(Side::client, 5, "EHLO")));
    CHECK_FALSE(has(waiting, made(Side::client, 3, "IT more")));
    CHECK_FALSE(has(waiting, made(Side::server, 6, "x")));
  }
  SECTION("numbers of another connection of the same ports") {
    CHECK_FALSE(has(waiting, made(Side::client, 0x4000'0000, "")));
    CHECK_FALSE(has(waiting, made(Side::client, 0xc000'0000, "")));
  }
  SECTION("another connection") { CHECK_FALSE(has(waiting, made(Side::client, 5, "", fin, 1))); }
}

TEST_CASE("a side that was not captured: what has no octets is late") {
  Connection connection(endpoint(Side::client), endpoint(Side::server));
  connection.take(made(Side::server, 1, "221", {.fin = true}), packet(1));
  TimeWait waiting;
  waiting.remember(connection, at(then));
  CHECK(has(waiting, made(Side::client, 77, "", fin)));
  CHECK_FALSE(has(waiting, made(Side::client, 77, "EHLO")));
}

TEST_CASE("a connection is known for a time, and for a number of packets") {
  TimeWait waiting({.time = 60s, .packets = 10});
  waiting.remember(over(), at(then));
  const net::Segment late = made(Side::client, 5, "", fin);
  CHECK(has(waiting, late, then + 59s));
  CHECK_FALSE(has(waiting, late, then + 60s));
  CHECK(has(waiting, late, then, 9));
  CHECK_FALSE(has(waiting, late, then, 10));
  waiting.remember(over(1), at(then, 10));
  CHECK(waiting.size() == 1);
}

TEST_CASE("no more connections than the limit are known, the latest ones") {
  TimeWait waiting({.connections = 2});
  for (std::uint16_t n = 0; n < 3; ++n) waiting.remember(over(n), at(then));
  CHECK(waiting.size() == 2);
  CHECK_FALSE(has(waiting, made(Side::client, 5, "", fin, 0)));
  CHECK(has(waiting, made(Side::client, 5, "", fin, 1)));
  SECTION("ports that were used anew count for the later connection") {
    waiting.remember(over(1), at(then + 1s));
    waiting.remember(over(3), at(then + 1s));
    CHECK(has(waiting, made(Side::client, 5, "", fin, 1), then + 1s));
    CHECK_FALSE(has(waiting, made(Side::client, 5, "", fin, 2), then + 1s));
  }
}
