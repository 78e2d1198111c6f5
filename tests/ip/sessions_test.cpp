// Whole captures: captured twice, in pieces, in tunnels. The session is the same as without.
#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/support/script.hpp"
#include "tests/support/wrap.hpp"

#include <chrono>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* script_v4 = R"(
connect
S: 220 mx.example.com ESMTP
C: EHLO client.example.net
S: 250 mx.example.com
C: MAIL FROM:<alice@example.net>
S: 250 2.1.0 Ok
C: RCPT TO:<bob@example.com>
S: 250 2.1.5 Ok
C: DATA
S: 354 go on
C*: 6000 text and more of it\r\n
C: \r\n.
S: 250 2.0.0 queued
C: QUIT
S: 221 bye
close
)";

std::string script_v6() {
  std::string script = script_v4;
  const std::string where = "connect client=[2001:db8::10]:40000 server=[2001:db8::25]:25";
  return script.replace(script.find("connect"), 7, where);
}

struct Analysis {
  std::vector<session::Session> sessions;
  session::Accounts accounts;
};

Analysis analysis_of(std::vector<TestPacket> packets) {
  session::Analyzer analyzer("test", session::Order::first_packet);
  std::uint64_t number = 0;
  for (TestPacket& packet : packets) {
    packet.number = ++number;
    analyzer.take(packet.view());
  }
  analyzer.finish(session::FileEnd::whole);
  Analysis analysis;
  while (auto session = analyzer.next_session()) analysis.sessions.push_back(std::move(*session));
  analysis.accounts = analyzer.accounts();
  const auto& accounts = analysis.accounts;
  CHECK(accounts.packets == packets.size());
  CHECK(std::accumulate(accounts.not_tcp.begin(), accounts.not_tcp.end(),
                        accounts.mail + accounts.other_tcp + accounts.duplicates) ==
        packets.size());
  return analysis;
}

// Each packet has an identification of its own, as IPv4 wants it; the script's all have the same.
std::vector<TestPacket> numbered(std::vector<TestPacket> packets) {
  std::uint16_t identification = 100;
  for (TestPacket& packet : packets) {
    if (packet.bytes[12] == 0x08) set16(packet.bytes, 14 + 4, ++identification);
  }
  return packets;
}

void check_same_session(const Analysis& one, const Analysis& other) {
  REQUIRE(one.sessions.size() == 1);
  REQUIRE(other.sessions.size() == 1);
  const session::Session &a = one.sessions[0], &b = other.sessions[0];
  CHECK(a.client == b.client);
  CHECK(a.server == b.server);
  CHECK(a.octets == b.octets);
  CHECK(a.missing == b.missing);
  CHECK(b.gap_count == 0);
  CHECK(a.transport.opened == b.transport.opened);
  CHECK(a.transport.closed == b.transport.closed);
  CHECK(a.transport.syn_tries == b.transport.syn_tries);
  for (std::size_t side = 0; side < 2; ++side) {
    CHECK(a.reassembly[side].retransmitted_segments == b.reassembly[side].retransmitted_segments);
    CHECK(a.reassembly[side].keep_alives == b.reassembly[side].keep_alives);
    CHECK(a.reassembly[side].out_of_order_segments == b.reassembly[side].out_of_order_segments);
  }
  REQUIRE(a.exchanges.size() == b.exchanges.size());
  for (std::size_t i = 0; i < a.exchanges.size(); ++i) {
    CHECK(a.exchanges[i].kind == b.exchanges[i].kind);
    REQUIRE(a.exchanges[i].replies.size() == b.exchanges[i].replies.size());
    CHECK(a.exchanges[i].replies[0].text == b.exchanges[i].replies[0].text);
  }
}

using Change = std::function<void(TestPacket&)>;

// Behind each packet the same once more, changed.
std::vector<TestPacket> doubled(const std::vector<TestPacket>& packets, const Change& change,
                                Nanoseconds later) {
  std::vector<TestPacket> out;
  for (const TestPacket& packet : packets) {
    out.push_back(packet);
    out.push_back(packet);
    out.back().time += later;
    change(out.back());
  }
  return out;
}

}  // namespace

TEST_CASE("a capture in which everything stands twice gives the session that it would give once") {
  struct Row {
    const char* name;
    Change change;
    Nanoseconds later;
  };
  const auto row = GENERATE(values<Row>({
      {"a mirror of both ports", [](TestPacket&) {}, 50us},
      {"both sides of a router",
       [](TestPacket& p) {
         --p.bytes[14 + (p.bytes[12] == 0x08 ? 8 : 7)];
         p.bytes[5] = 0x77;
       },
       3ms},
      {"before and after a tag", [](TestPacket& p) { p = in_vlan(p); }, 1ms},
      {"before and after a tunnel", [](TestPacket& p) { p = in_vxlan(p); }, 100us},
  }));
  for (const std::string& script : {std::string(script_v4), script_v6()}) {
    DYNAMIC_SECTION(row.name << (script == script_v4 ? ", IPv4" : ", IPv6")) {
      const auto packets = numbered(packets_of(script));
      const Analysis once = analysis_of(packets);
      const Analysis twice = analysis_of(doubled(packets, row.change, row.later));
      check_same_session(once, twice);
      CHECK(once.sessions[0].duplicates == 0);
      CHECK(twice.sessions[0].duplicates == twice.accounts.duplicates);
      CHECK(twice.accounts.duplicates + twice.accounts.mail == 2 * packets.size());
      // Without identification, and seen from the same place, an ACK may be one more.
      const std::uint64_t certain = script == script_v4 ? packets.size() : packets.size() - 4;
      CHECK(twice.accounts.duplicates >= certain);
    }
  }
}

TEST_CASE("the copies come late, behind the answers") {
  const auto packets = numbered(packets_of(script_v4));
  std::vector<TestPacket> out;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    out.push_back(packets[i]);
    if (i < 2) continue;
    out.push_back(packets[i - 2]);
    out.back().time = packets[i].time;  // 20 ms later
  }
  check_same_session(analysis_of(packets), analysis_of(out));
}

TEST_CASE("a retransmission is one, however much it looks like the first try") {
  const std::string script = std::string("connect\nagain\nS: 220 mx.example.com ESMTP\nclose\n");
  const Analysis analysis = analysis_of(numbered(packets_of(script)));
  REQUIRE(analysis.sessions.size() == 1);
  CHECK(analysis.sessions[0].reassembly[1].retransmitted_segments == 1);
  CHECK(analysis.accounts.duplicates == 0);
}

TEST_CASE("a session in IP fragments is the session") {
  for (const std::string& script : {std::string(script_v4), script_v6()}) {
    const auto packets = numbered(packets_of(script));
    std::vector<TestPacket> pieces;
    std::uint64_t number = 0;
    for (TestPacket packet : packets) {
      packet.number = ++number;
      for (TestPacket& piece : fragmented(packet, 200)) pieces.push_back(std::move(piece));
    }
    const Analysis whole = analysis_of(packets), cut = analysis_of(pieces);
    check_same_session(whole, cut);
    CHECK(cut.accounts.fragments.completed > 3);
    CHECK(cut.accounts.fragments.incomplete == 0);
    const auto held = cut.accounts.not_tcp[static_cast<std::size_t>(net::NotTcpWhy::fragment)];
    CHECK(held == pieces.size() - packets.size());
    CHECK(cut.sessions[0].frames == packets.size());

    // Doubled as well.
    const Analysis doubled_pieces = analysis_of(doubled(
        pieces, [](TestPacket&) {}, 10us));
    check_same_session(whole, doubled_pieces);
    CHECK(doubled_pieces.accounts.fragments.incomplete == 0);
  }
}

TEST_CASE("a lost fragment is a gap") {
  const auto packets = numbered(packets_of(script_v4));
  std::vector<TestPacket> pieces;
  bool lost = false;
  for (const TestPacket& packet : packets) {
    auto cut = fragmented(packet, 400);
    if (cut.size() > 2 && !lost) {
      lost = true;
      cut.erase(cut.begin() + 1);
    }
    pieces.insert(pieces.end(), cut.begin(), cut.end());
  }
  const Analysis analysis = analysis_of(pieces);
  REQUIRE(analysis.sessions.size() == 1);
  CHECK(analysis.sessions[0].missing[0] == 1460);
  CHECK(analysis.accounts.fragments.incomplete == 1);
}

TEST_CASE("fragments of a tunnel that carries fragments") {
  const auto packets = numbered(packets_of(script_v4));
  std::vector<TestPacket> pieces;
  std::uint64_t number = 0;
  for (TestPacket packet : packets) {
    packet.number = ++number;
    for (TestPacket inner : fragmented(packet, 800)) {
      inner.number = ++number;
      for (TestPacket& outer : fragmented(in_gre(inner, {.key = 7}), 304))
        pieces.push_back(std::move(outer));
    }
  }
  const Analysis analysis = analysis_of(pieces);
  check_same_session(analysis_of(packets), analysis);
  REQUIRE(analysis.sessions[0].via.count() == 1);
  CHECK(to_string(analysis.sessions[0].via[0]) == "gre 7");
}

TEST_CASE("one connection seen in two VLANs is one") {
  auto packets = numbered(packets_of(script_v4));
  for (std::size_t i = 0; i < packets.size(); ++i) {
    packets[i] = in_vlan(packets[i], i % 2 == 0 ? 10 : 20);
  }
  check_same_session(analysis_of(numbered(packets_of(script_v4))), analysis_of(packets));
}
