#include "analyzer/ip/duplicates.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <chrono>
#include <functional>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp start{std::chrono::seconds{1'767'323'045}};

// 100 octets from the client, of IPv4.
net::Segment data_segment(std::uint32_t sequence = 1000) {
  net::Segment segment;
  segment.source = endpoint_of("192.0.2.10:40000");
  segment.destination = endpoint_of("198.51.100.25:25");
  segment.sequence = {sequence};
  segment.acknowledgement = {5000};
  segment.flags = {.psh = true, .ack = true};
  segment.window = 501;
  segment.hop_limit = 64;
  segment.payload_length = 100;
  segment.identification = static_cast<std::uint16_t>(sequence);
  segment.checksum = 0x1234;
  segment.timestamp = 77;
  segment.place_mark = 1;
  return segment;
}

net::Segment with(net::Segment segment, const std::function<void(net::Segment&)>& change) {
  change(segment);
  return segment;
}

net::Segment without_id(net::Segment segment) {
  segment.identification = 0;
  return segment;
}
net::Segment bare(net::Segment segment) {
  segment.identification = 0;
  segment.timestamp.reset();
  return segment;
}
net::Segment only_ack(net::Segment segment) {
  segment.flags = {.ack = true};
  segment.payload_length = 0;
  return segment;
}

bool is_duplicate(const net::Segment& first, const net::Segment& second, Nanoseconds later) {
  ip::DuplicateFinder finder;
  REQUIRE_FALSE(finder.is_duplicate(first, start));
  return finder.is_duplicate(second, start + later);
}

}  // namespace

TEST_CASE("the same packet once more, and how much later it may come") {
  struct Row {
    const char* name;
    net::Segment segment;
    Nanoseconds most;  // that is still a duplicate
  };
  const auto row = GENERATE(values<Row>({
      {"data, IPv4", data_segment(), 20ms},
      {"an ACK, IPv4", only_ack(data_segment()), 20ms},
      {"a SYN, IPv4", with(data_segment(), [](auto& s) { s.flags = {.syn = true}; }), 20ms},
      {"data without identification", without_id(data_segment()), 2ms},
      {"data without timestamps, too", bare(data_segment()), 200us},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(is_duplicate(row.segment, row.segment, 0ns));
    CHECK(is_duplicate(row.segment, row.segment, row.most));
    CHECK(is_duplicate(row.segment, row.segment, -row.most));
    CHECK_FALSE(is_duplicate(row.segment, row.segment, row.most + 1ns));
    CHECK_FALSE(is_duplicate(row.segment, row.segment, -row.most - 1ns));
  }
}

TEST_CASE("whatever TCP says anew is no duplicate") {
  struct Row {
    const char* name;
    std::function<void(net::Segment&)> change;
  };
  const auto row = GENERATE(values<Row>({
      {"a retransmission has another identification", [](auto& s) { ++s.identification; }},
      {"another sequence number", [](auto& s) { s.sequence = s.sequence + 1; }},
      {"another acknowledgement", [](auto& s) { s.acknowledgement = s.acknowledgement + 1; }},
      {"another window", [](auto& s) { ++s.window; }},
      {"other flags", [](auto& s) { s.flags.fin = true; }},
      {"another length", [](auto& s) { ++s.payload_length; }},
      {"other octets: another checksum", [](auto& s) { ++s.checksum; }},
      {"a later timestamp", [](auto& s) { ++*s.timestamp; }},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK_FALSE(is_duplicate(data_segment(), with(data_segment(), row.change), 0ns));
  }
}

TEST_CASE("the other direction says something else with the same numbers") {
  const auto turned = with(data_segment(), [](auto& s) { std::swap(s.source, s.destination); });
  CHECK_FALSE(is_duplicate(data_segment(), turned, 0ns));
}

TEST_CASE("another place is proof where there is no identification") {
  for (const auto& change : std::vector<std::function<void(net::Segment&)>>{
           [](auto& s) { s.place_mark = 2; }, [](auto& s) { --s.hop_limit; }}) {
    const net::Segment first = bare(only_ack(data_segment()));
    CHECK(is_duplicate(first, with(first, change), 20ms));
    CHECK_FALSE(is_duplicate(first, with(first, change), 21ms));
  }
}

TEST_CASE("equal ACKs in a row tell of a loss, unless the connection is captured twice") {
  const net::Segment ack = without_id(only_ack(data_segment()));
  ip::DuplicateFinder finder;
  CHECK_FALSE(finder.is_duplicate(ack, start));
  CHECK_FALSE(finder.is_duplicate(ack, start + 10us));
  CHECK_FALSE(finder.is_duplicate(ack, start + 20us));
  const net::Segment data = without_id(data_segment(2000));
  CHECK_FALSE(finder.is_duplicate(data, start + 30us));
  CHECK(finder.is_duplicate(data, start + 40us));
  CHECK(finder.is_duplicate(ack, start + 50us));
  CHECK(finder.found() == 2);
}

TEST_CASE("a keep-alive is none: it comes later") {
  const net::Segment probe =
      with(bare(only_ack(data_segment())), [](auto& s) { s.sequence = {999}; });
  CHECK_FALSE(is_duplicate(probe, probe, 1s));
}

TEST_CASE("copies that come behind many others are found, as far as is remembered") {
  const std::size_t remembered = ip::DuplicateLimits{}.remembered;
  ip::DuplicateFinder finder;
  for (std::uint32_t i = 1; i <= remembered; ++i) {
    REQUIRE_FALSE(finder.is_duplicate(data_segment(i * 1000), start));
    auto answer =
        with(only_ack(data_segment(i)), [](auto& s) { std::swap(s.source, s.destination); });
    REQUIRE_FALSE(finder.is_duplicate(answer, start));
  }
  for (std::uint32_t i = 1; i <= remembered; ++i) {
    CHECK(finder.is_duplicate(data_segment(i * 1000), start + 1ms));
  }
  CHECK_FALSE(finder.is_duplicate(data_segment(1'000'000), start + 1ms));
  CHECK_FALSE(finder.is_duplicate(data_segment(1000), start + 1ms));  // the oldest one is forgotten
}

TEST_CASE("three and four times is no more than twice") {
  ip::DuplicateFinder finder;
  CHECK_FALSE(finder.is_duplicate(data_segment(), start));
  for (int i = 1; i <= 3; ++i) CHECK(finder.is_duplicate(data_segment(), start + i * 1ms));
  CHECK(finder.found() == 3);
}

TEST_CASE("an ICMP error is captured twice, or a second packet was lost") {
  net::IcmpError error;
  error.reporter = endpoint_of("203.0.113.1:0").address;
  error.type = 3;
  error.code = 4;
  error.source = endpoint_of("192.0.2.10:40000");
  error.destination = endpoint_of("198.51.100.25:25");
  error.sequence = {1000};
  error.identification = 7;
  net::IcmpError other = error;
  other.identification = 8;
  ip::DuplicateFinder finder;
  CHECK_FALSE(finder.is_duplicate(error, start));
  CHECK(finder.is_duplicate(error, start + 3us));
  CHECK_FALSE(finder.is_duplicate(other, start + 4us));
  CHECK(finder.is_duplicate(error, start + 5us));
  CHECK_FALSE(finder.is_duplicate(error, start + 30ms));
  CHECK(finder.found() == 2);
}

TEST_CASE("nothing to remember, nothing to find") {
  ip::DuplicateFinder finder({.remembered = 0});
  CHECK_FALSE(finder.is_duplicate(data_segment(), start));
  CHECK_FALSE(finder.is_duplicate(data_segment(), start));
}
