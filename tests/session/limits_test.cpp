// Floods: what an attacker, or a broken network, makes of the memory. Each limit holds, is counted,
// and the session says so.
#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace std::chrono_literals;

namespace {

const net::Endpoint server = test::endpoint_of("198.51.100.25:25");

net::Endpoint client_number(std::uint32_t number) {
  net::Endpoint client = test::endpoint_of("192.0.2.0:1");
  client.address.octets[1] = static_cast<std::uint8_t>(number >> 24);
  client.address.octets[2] = static_cast<std::uint8_t>(number >> 16);
  client.port = static_cast<std::uint16_t>(number);
  return client;
}

// Gives packets to an analyzer one after the other, 1 us apart, and counts what comes out.
class Flood {
 public:
  explicit Flood(session::AnalyzerLimits chosen = {})
      : analyzer("flood", session::Order::first_packet, chosen) {}

  void send(const test::FrameFields& fields) {
    const test::Frame frame = test::build(fields);
    Packet packet;
    packet.bytes = frame.bytes;
    packet.number = ++number_;
    packet.time = Timestamp{1'767'323'045s} + std::chrono::microseconds{number_};
    packet.wire_length = static_cast<std::uint32_t>(frame.bytes.size());
    analyzer.take(packet);
    held_most = std::max(held_most, analyzer.held_bytes());
    collect();
  }
  void finish() {
    analyzer.finish(session::FileEnd::whole);
    collect();
  }
  void collect() {
    while (const auto session = analyzer.next_session()) {
      ++sessions;
      for (std::size_t i = 0; i < reached.size(); ++i) reached[i] += session->limits[i];
    }
  }
  [[nodiscard]] std::uint64_t limit(session::Limit which) const {
    return reached[static_cast<std::size_t>(which)];
  }

  session::Analyzer analyzer;
  std::uint64_t sessions = 0;
  std::size_t held_most = 0;
  std::array<std::uint64_t, session::limit_count> reached{};

 private:
  std::uint64_t number_ = 0;
};

}  // namespace

TEST_CASE("a flood of SYNs: no more flows are kept than the limit says, and all are told") {
  session::AnalyzerLimits limits;
  limits.flows.flows = 1000;
  Flood flood(limits);
  constexpr std::uint32_t flows = 30'000;
  for (std::uint32_t i = 0; i < flows; ++i) {
    flood.send(
        {.source = client_number(i), .destination = server, .sequence = i, .flags = {.syn = true}});
    REQUIRE(flood.analyzer.open_flows() <= limits.flows.flows + 1);
  }
  flood.finish();
  CHECK(flood.sessions == flows);
  CHECK(flood.analyzer.accounts().evicted_flows >= flows - limits.flows.flows - 1);
  CHECK(flood.limit(session::Limit::flows) == flood.analyzer.accounts().evicted_flows);
  CHECK(flood.held_most == 0);
}

TEST_CASE("one-octet segments in reverse order") {
  Flood flood;
  const net::Endpoint client = client_number(1);
  flood.send({.source = client, .destination = server, .sequence = 999, .flags = {.syn = true}});
  for (std::uint32_t i = 50'000; i > 0; --i) {
    flood.send({.source = client,
                .destination = server,
                .sequence = 1000 + i,
                .flags = {.ack = true},
                .payload = "x"});
  }
  flood.finish();
  const tcp::ReassemblyLimits limits;
  CHECK(flood.held_most <= (limits.held_pieces + 2) * (tcp::bytes_per_piece + 1));
  CHECK(flood.held_most > limits.held_pieces);
  CHECK(flood.limit(session::Limit::held_segments) > 0);
}

TEST_CASE("many connections that hold a little each: the memory of all together is bounded") {
  session::AnalyzerLimits limits;
  limits.held_bytes = 256 * 1024;
  Flood flood(limits);
  constexpr std::uint32_t flows = 500;
  const std::string payload(1000, 'x');
  for (std::uint32_t i = 0; i < flows; ++i) {
    const net::Endpoint client = client_number(i);
    flood.send({.source = client, .destination = server, .sequence = 999, .flags = {.syn = true}});
    for (std::uint32_t piece = 0; piece < 4; ++piece) {
      flood.send({.source = client,
                  .destination = server,
                  .sequence = 3000 + piece * 2000,
                  .flags = {.ack = true},
                  .payload = payload});
    }
  }
  CHECK(flood.analyzer.accounts().memory_reached > 1);
  CHECK(flood.held_most <= limits.held_bytes);
  flood.finish();
  CHECK(flood.analyzer.held_bytes() == 0);
  CHECK(flood.limit(session::Limit::memory) > 100);
}

TEST_CASE("commands without end, and no reply") {
  session::AnalyzerLimits limits;
  limits.session.exchanges = 1000;
  limits.session.dialogue.waiting_octets = 100'000;
  Flood flood(limits);
  const net::Endpoint client = client_number(1);
  flood.send({.source = client, .destination = server, .sequence = 999, .flags = {.syn = true}});
  std::uint32_t sequence = 1000;
  for (int i = 0; i < 3000; ++i) {
    const std::string payload = "NOOP " + std::string(1000, 'x') + "\r\n";
    flood.send({.source = client,
                .destination = server,
                .sequence = sequence,
                .flags = {.ack = true},
                .payload = payload});
    sequence += static_cast<std::uint32_t>(payload.size());
  }
  flood.finish();
  CHECK(flood.limit(session::Limit::held_dialogue) > 0);
  CHECK(flood.limit(session::Limit::exchanges) == 1);
}
