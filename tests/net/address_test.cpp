#include "dissectors/net/address.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using namespace smtpscope;
using smtpscope::test::address_of;
using smtpscope::test::endpoint_of;

TEST_CASE("addresses are written as RFC 5952 wants") {
  struct Row {
    const char* name;
    std::string_view in;
    std::string out;
  };
  const auto row = GENERATE(values<Row>({
      {"v4", "192.0.2.1", "192.0.2.1"},
      {"v4, all zeros", "0.0.0.0", "0.0.0.0"},
      {"v4, all ones", "255.255.255.255", "255.255.255.255"},
      {"leading zeros go", "2001:0db8:0000:0001:0002:0003:0004:0005", "2001:db8:0:1:2:3:4:5"},
      {"lower case", "2001:DB8::ABCD", "2001:db8::abcd"},
      {"zeros at the end", "2001:db8:0:0:0:0:0:0", "2001:db8::"},
      {"zeros at the start", "0:0:0:0:0:0:0:1", "::1"},
      {"all zeros", "0:0:0:0:0:0:0:0", "::"},
      {"one zero group is no ::", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"the longest run", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"the first of equal runs", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"a run in the middle", "1:2:0:0:0:6:7:8", "1:2::6:7:8"},
      {"mapped v4", "0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"},
      {"compatible v4 is not mapped", "::c000:201", "::c000:201"},
      {"no group is zero", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(to_string(address_of(row.in)) == row.out); }
}

TEST_CASE("endpoints") {
  CHECK(to_string(endpoint_of("192.0.2.1:25")) == "192.0.2.1:25");
  CHECK(to_string(endpoint_of("[2001:db8::1]:65535")) == "[2001:db8::1]:65535");
  CHECK(to_string(net::Endpoint{}) == "0.0.0.0:0");
}

TEST_CASE("addresses and endpoints have an order, and v4 is no v6") {
  const std::set<net::IpAddress> addresses{address_of("192.0.2.2"), address_of("192.0.2.1"),
                                           address_of("c000:0201::"), address_of("192.0.2.1")};
  CHECK(addresses.size() == 3);
  CHECK(*addresses.begin() == address_of("192.0.2.1"));
  CHECK(endpoint_of("192.0.2.1:25") < endpoint_of("192.0.2.1:26"));
  CHECK(endpoint_of("192.0.2.1:65535") < endpoint_of("192.0.2.2:1"));
}

TEST_CASE("addresses are read as they are written") {
  using smtpscope::net::parse_address;
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "::ffff:192.0.2.1"}) {
    INFO(text);
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == text);
  }
  for (const char* text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "2001:db8:::1", "mx.example.com", "[::1]"}) {
    INFO(text);
    CHECK_FALSE(parse_address(text));
  }
  CHECK_FALSE(parse_address(std::string_view("192.0.2.1\0", 10)));
  CHECK_FALSE(parse_address(std::string(100, '1')));
}
