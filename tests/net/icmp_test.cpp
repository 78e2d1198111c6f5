#include "dissectors/net/icmp.hpp"

#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

struct Hosts {
  std::string client, server, router;
};
const Hosts v4{"192.0.2.10:40000", "198.51.100.25:25", "203.0.113.1"};
const Hosts v6{"[2001:db8:1::10]:40000", "[2001:db8:2::25]:25", "2001:db8:3::1"};

// About a segment of the client with 1448 octets.
IcmpFields about_data(const Hosts& hosts, std::uint8_t type, std::uint8_t code,
                      std::uint32_t mtu = 0) {
  IcmpFields fields;
  fields.quoted.source = endpoint_of(hosts.client);
  fields.quoted.destination = endpoint_of(hosts.server);
  fields.quoted.sequence = 4'294'967'290;
  fields.quoted.flags = {.ack = true};
  fields.quoted.payload = std::string(1448, 'x');
  fields.reporter = address_of(hosts.router);
  fields.type = type;
  fields.code = code;
  fields.mtu = mtu;
  return fields;
}

// In memory of exactly its size.
net::Decoded decoded(Bytes bytes, std::size_t wire_octets) {
  const auto memory = std::make_unique<std::uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), memory.get());
  return net::decode({.bytes = {memory.get(), bytes.size()},
                      .wire_length = static_cast<std::uint32_t>(wire_octets),
                      .link = LinkType::ethernet});
}

std::optional<net::IcmpError> error_in(const Frame& frame) {
  const net::Decoded found = decoded(frame.bytes, frame.bytes.size());
  const auto* error = std::get_if<net::IcmpError>(&found);
  if (error != nullptr) return *error;
  CHECK(std::get<net::NotTcp>(found).why == net::NotTcpWhy::icmp);
  return std::nullopt;
}

}  // namespace

TEST_CASE("ICMP errors are told with the packet that they quote") {
  for (const Hosts& hosts : {v4, v6}) {
    const bool is_v4 = hosts.client == v4.client;
    const auto error =
        error_in(build_icmp(is_v4 ? about_data(hosts, 3, 4, 1400) : about_data(hosts, 2, 0, 1400)));
    REQUIRE(error);
    CHECK(net::to_string(error->reporter) == hosts.router);
    CHECK(net::to_string(error->source) == hosts.client);
    CHECK(net::to_string(error->destination) == hosts.server);
    CHECK(error->sequence.value == 4'294'967'290);
    CHECK(error->packet_octets == (is_v4 ? 1488 : 1508));
    CHECK(error->mtu == 1400);
    CHECK(net::is_too_big(*error));
  }
}

TEST_CASE("the words of ICMP errors") {
  struct Row {
    bool is_v6;
    std::uint8_t type, code;
    std::uint32_t mtu;
    std::string_view words;
  };
  const Row row = GENERATE(values<Row>({
      {false, 3, 0, 0, "network unreachable"},
      {false, 3, 1, 0, "host unreachable"},
      {false, 3, 3, 0, "port unreachable"},
      {false, 3, 4, 1400, "fragmentation needed, MTU 1400"},
      {false, 3, 4, 0, "fragmentation needed"},
      {false, 3, 9, 0, "communication with destination network administratively prohibited"},
      {false, 3, 10, 0, "communication with destination host administratively prohibited"},
      {false, 3, 13, 0, "communication administratively prohibited"},
      {false, 3, 200, 0, "destination unreachable"},
      {false, 11, 0, 0, "time to live exceeded in transit"},
      {false, 11, 7, 0, "time exceeded"},
      {false, 12, 0, 0, "parameter problem"},
      {true, 1, 0, 0, "no route to destination"},
      {true, 1, 1, 0, "communication with destination administratively prohibited"},
      {true, 1, 3, 0, "address unreachable"},
      {true, 1, 99, 0, "destination unreachable"},
      {true, 2, 0, 1280, "packet too big, MTU 1280"},
      {true, 2, 1, 1280, "packet too big, MTU 1280"},
      {true, 3, 0, 0, "hop limit exceeded in transit"},
      {true, 3, 9, 0, "time exceeded"},
      {true, 4, 1, 0, "parameter problem"},
  }));
  DYNAMIC_SECTION((row.is_v6 ? "ICMPv6 " : "ICMP ") << int{row.type} << ' ' << int{row.code}) {
    const auto error =
        error_in(build_icmp(about_data(row.is_v6 ? v6 : v4, row.type, row.code, row.mtu)));
    REQUIRE(error);
    CHECK(net::words_of(*error) == row.words);
  }
}

TEST_CASE("ICMP that is no error about TCP stays ICMP") {
  SECTION("other types: echo, redirect, source quench, router advertisement") {
    CHECK_FALSE(error_in(build_icmp(about_data(v4, 8, 0))));
    CHECK_FALSE(error_in(build_icmp(about_data(v4, 5, 1))));
    CHECK_FALSE(error_in(build_icmp(about_data(v4, 4, 0))));
    CHECK_FALSE(error_in(build_icmp(about_data(v6, 128, 0))));
    CHECK_FALSE(error_in(build_icmp(about_data(v6, 0, 0))));
    CHECK_FALSE(error_in(build_icmp(about_data(v6, 134, 0))));
  }
  SECTION("about UDP") {
    for (const Hosts& hosts : {v4, v6}) {
      IcmpFields fields = about_data(hosts, hosts.client == v4.client ? 3 : 1, 3);
      fields.quoted.ip_protocol = 17;
      CHECK_FALSE(error_in(build_icmp(fields)));
    }
  }
  SECTION("about a later fragment") {
    Frame frame = build_icmp(about_data(v4, 11, 1));
    frame.bytes[frame.payload_at + 7] = 100;
    CHECK_FALSE(error_in(frame));
    IcmpFields fields = about_data(v6, 3, 1);
    fields.quoted.extensions = {{44, {0, 0, 8, 0, 0, 0, 1}}};
    fields.quoted_octets = 80;
    CHECK_FALSE(error_in(build_icmp(fields)));
  }
  SECTION("to somebody who did not send the quoted packet") {
    Frame frame = build_icmp(about_data(v4, 3, 13));
    frame.bytes[frame.payload_at + 15] ^= 1;
    CHECK_FALSE(error_in(frame));
  }
  SECTION("of the other version of IP") {
    Frame frame = build_icmp(about_data(v4, 3, 13));
    frame.bytes[frame.ip_at + 9] = 58;
    CHECK_FALSE(error_in(frame));
  }
}

TEST_CASE("a quote may have options and extension headers") {
  IcmpFields fields = about_data(v4, 3, 13);
  fields.quoted.ip_options = {1, 1, 1, 1};
  fields.quoted_octets = 32;
  REQUIRE(error_in(build_icmp(fields)));
  fields.quoted_octets = 31;  // the sequence number is not whole
  CHECK_FALSE(error_in(build_icmp(fields)));

  IcmpFields routed = about_data(v6, 1, 1);
  routed.quoted.extensions = {
      {0, {0, 0, 0, 0, 0, 0, 0}}, {60, {0, 0, 0, 0, 0, 0, 0}}, {44, {0, 0, 1, 0, 0, 0, 1}}};
  routed.quoted_octets = 80;
  const auto error = error_in(build_icmp(routed));
  REQUIRE(error);
  CHECK(error->source.port == 40000);
}

TEST_CASE("a quote may end anywhere, and lie") {
  for (const Hosts& hosts : {v4, v6}) {
    const Frame frame = build_icmp(about_data(hosts, hosts.client == v4.client ? 3 : 1, 1));
    const std::size_t head = frame.payload_at + (hosts.client == v4.client ? 28U : 48U);
    REQUIRE(frame.bytes.size() == head);
    for (std::size_t octets = 0; octets < head; ++octets) {  // cut by the snap length
      const auto found = decoded(Bytes{frame.bytes}.first(octets), frame.bytes.size());
      CHECK_FALSE(std::holds_alternative<net::IcmpError>(found));
    }
    for (std::size_t at = frame.tcp_at; at < head; ++at) {  // any octet in it may be any other one
      Frame odd = frame;
      for (const unsigned octet : {0x00U, 0x0fU, 0x45U, 0x7fU, 0x80U, 0xffU}) {
        odd.bytes[at] = static_cast<std::uint8_t>(octet);
        (void)decoded(odd.bytes, odd.bytes.size());
      }
    }
  }
}
