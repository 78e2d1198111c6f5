// Parts of the connections of a capture: each connection is in one of them, and together they are
// all.
#include "analyzer/session/shard.hpp"

#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/script.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using namespace smtpscope;
using session::Shard;
using test::endpoint_of;

namespace {

tcp::FlowKey key(const char* a, const char* b) {
  return tcp::key_of(endpoint_of(a), endpoint_of(b));
}

std::size_t shard_of(const tcp::FlowKey& key, std::uint32_t count, Shard::By by) {
  std::size_t found = count, times = 0;
  for (std::uint32_t index = 0; index < count; ++index) {
    if (!Shard{index, count, by}.has(key)) continue;
    found = index;
    ++times;
  }
  REQUIRE(times == 1);
  return found;
}

std::string many_connections() {
  std::string script;
  for (int i = 0; i < 40; ++i) {
    script += "connect client=192.0.2." + std::to_string(1 + i % 7) + ":" +
              std::to_string(40000 + i) + "\n";
    script += "S: 220 mx.example.com ESMTP\nC: QUIT\nS: 221 bye\nclose\n";
  }
  return script;
}

struct Analysed {
  std::vector<std::string> sessions;  // "client first-last"
  session::Accounts accounts;
};

void analyse(Analysed& analysed, const std::vector<test::TestPacket>& packets,
             const std::vector<Shard>& shards) {
  session::Analyzer analyzer("test.pcap", session::Order::first_packet);
  for (const Shard& shard : shards) analyzer.take_only(shard);
  for (const test::TestPacket& packet : packets) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  while (const auto session = analyzer.next_session()) {
    analysed.sessions.push_back(to_string(session->client) + ' ' +
                                std::to_string(session->first_frame.number) + '-' +
                                std::to_string(session->last_frame.number));
  }
  analysed.accounts += analyzer.accounts();
}

}  // namespace

TEST_CASE("both directions of a connection are in the same part, and in no other") {
  for (const Shard::By by : {Shard::By::flow, Shard::By::hosts}) {
    for (const std::uint32_t count : {1U, 2U, 3U, 8U, 1000U}) {
      for (int port = 1024; port < 1200; ++port) {
        const std::string client = "192.0.2.7:" + std::to_string(port),
                          v6 = "[2001:db8::7]:" + std::to_string(port);
        CHECK(shard_of(key(client.c_str(), "198.51.100.25:25"), count, by) ==
              shard_of(key("198.51.100.25:25", client.c_str()), count, by));
        (void)shard_of(key(v6.c_str(), "[2001:db8:1::25]:25"), count, by);
      }
    }
  }
}

TEST_CASE("by hosts, ports make no difference; by flow, they spread") {
  std::vector<std::size_t> by_hosts(8), by_flow(8);
  for (int port = 1024; port < 2024; ++port) {
    // On both sides of the server's port, so that either address may be the lower endpoint's.
    const tcp::FlowKey one = key(("192.0.2.7:" + std::to_string(port)).c_str(), "192.0.2.7:1500");
    const tcp::FlowKey other =
        key(("192.0.2.7:" + std::to_string(port)).c_str(), "198.51.100.25:25");
    (void)shard_of(one, 8, Shard::By::hosts);
    ++by_hosts[shard_of(other, 8, Shard::By::hosts)];
    ++by_flow[shard_of(other, 8, Shard::By::flow)];
  }
  CHECK(std::ranges::count(by_hosts, 0U) == 7);
  for (const std::size_t connections : by_flow) CHECK(connections > 80);
  std::vector<std::size_t> hosts(8);
  for (int last = 1; last < 255; ++last)
    ++hosts[shard_of(
        key(("192.0.2." + std::to_string(last) + ":40000").c_str(), "198.51.100.25:25"), 8,
        Shard::By::hosts)];
  for (const std::size_t connections : hosts) CHECK(connections > 12);
}

// Outputs of several machines, and of several versions, are put together.
TEST_CASE("which part a connection is in never changes") {
  CHECK(shard_of(key("192.0.2.10:40000", "198.51.100.25:25"), 1000, Shard::By::hosts) == 495);
  CHECK(shard_of(key("192.0.2.10:40000", "198.51.100.25:25"), 1000, Shard::By::flow) == 612);
  CHECK(shard_of(key("[2001:db8::10]:40000", "[2001:db8:1::25]:25"), 1000, Shard::By::hosts) ==
        156);
}

TEST_CASE("the parts together are the whole: sessions and accounts") {
  const auto packets = test::packets_of(many_connections());
  Analysed whole;
  analyse(whole, packets, {});
  REQUIRE(whole.sessions.size() == 40);
  for (const Shard::By by : {Shard::By::flow, Shard::By::hosts}) {
    for (const std::uint32_t count : {1U, 2U, 5U}) {
      Analysed parts;
      for (std::uint32_t index = 0; index < count; ++index) {
        // Each part of the hosts once more by flow, as threads share it.
        for (const std::uint32_t thread : {0U, 1U})
          analyse(parts, packets, {{index, count, by}, {thread, 2, Shard::By::flow}});
      }
      std::ranges::sort(parts.sessions);
      std::vector<std::string> all = whole.sessions;
      std::ranges::sort(all);
      CHECK(parts.sessions == all);
      CHECK(parts.accounts.packets == whole.accounts.packets);
      CHECK(parts.accounts.mail == whole.accounts.mail);
      CHECK(parts.accounts.octets_told == whole.accounts.octets_told);
      CHECK(parts.accounts.checked_checksums == whole.accounts.checked_checksums);
    }
  }
}
