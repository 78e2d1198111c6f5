// SOCKS 4, 4a and 5, both sides, whole and in every beginning.
#include "dissectors/proxy/socks.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace smtpscope;
using namespace std::string_view_literals;
using proxy::Address;
using proxy::Protocol;
using proxy::Reading;
using State = proxy::Reading::State;

namespace {

constexpr std::string_view ask_name = "\x05\x01\0\x03\x0emx.example.com\0\x19"sv;
constexpr std::string_view ok = "\x05\0\0\x01\0\0\0\0\0\0"sv;

std::string joined(std::string_view a, std::string_view b, std::string_view c = {}) {
  return std::string(a) + std::string(b) + std::string(c);
}

// What is there of both sides is enough at the very end only, and what follows belongs to the
// dialogue.
Reading whole(std::string_view client, std::string_view server) {
  for (std::size_t size = 1; size < client.size(); ++size) {
    INFO("client " << size);
    REQUIRE(proxy::read_socks(client.substr(0, size), {}).state == State::more);
  }
  for (std::size_t size = 0; size < server.size(); ++size) {
    INFO("server " << size);
    REQUIRE(proxy::read_socks(client, server.substr(0, size)).state == State::more);
  }
  const Reading reading = proxy::read_socks(client, server);
  REQUIRE(reading.state == State::whole);
  REQUIRE(reading.octets == std::array<std::size_t, 2>{client.size(), server.size()});
  const Reading longer =
      proxy::read_socks(joined(client, "EHLO c\r\n"), joined(server, "220 mx\r\n"));
  CHECK(longer.octets == reading.octets);
  CHECK(longer.facts == reading.facts);
  return reading;
}

}  // namespace

TEST_CASE("SOCKS 5 without a login") {
  const Reading named = whole(joined("\x05\x02\0\x01"sv, ask_name), joined("\x05\0"sv, ok));
  CHECK(named.facts.protocol == Protocol::socks5);
  CHECK(named.facts.destination.text == "mx.example.com");
  CHECK(named.facts.destination.port == 25);
  CHECK(named.facts.granted);
  CHECK(named.facts.answer == 0U);
  CHECK(named.facts.user.empty());

  const Reading v4 = whole(joined("\x05\x01\0"sv, "\x05\x01\0\x01\xc6\x33\x64\x19\x02\x4b"sv),
                           joined("\x05\0"sv, ok));
  CHECK(v4.facts.destination.kind == Address::Kind::ipv4);
  CHECK(v4.facts.destination.octets[0] == 0xc6);
  CHECK(v4.facts.destination.port == 587);

  const std::string v6 = joined("\x05\x01\0\x05\x01\0\x04"sv, std::string(16, '\x20'), "\0\x19"sv);
  CHECK(whole(v6, joined("\x05\0\x05\0\0\x04"sv, std::string(16, '\x20'), "\0\x19"sv))
            .facts.destination.kind == Address::Kind::ipv6);
}

TEST_CASE("SOCKS 5 with user and password") {
  const std::string login = joined("\x05\x01\x02"sv,
                                   "\x01\x05"
                                   "alice"
                                   "\x06"
                                   "secret"sv);
  const Reading in = whole(joined(login, ask_name), joined("\x05\x02\x01\0"sv, ok));
  CHECK(in.facts.user == "alice");
  CHECK(in.facts.password == "secret");
  CHECK(in.facts.granted);

  const Reading out = whole(login, "\x05\x02\x01\x01"sv);
  CHECK_FALSE(out.facts.granted);
  CHECK(out.facts.refusal == "login refused");
  CHECK_FALSE(out.facts.asked);
}

TEST_CASE("SOCKS 5 refuses") {
  const Reading refused =
      whole(joined("\x05\x01\0"sv, ask_name), "\x05\0\x05\x05\0\x01\0\0\0\0\0\0"sv);
  CHECK_FALSE(refused.facts.granted);
  CHECK(refused.facts.answer == 5U);
  CHECK(proxy::meaning_of(Protocol::socks5, 5) == "connection refused");
  CHECK(proxy::meaning_of(Protocol::socks5, 9).empty());
  CHECK_FALSE(whole("\x05\x01\0"sv, "\x05\xff"sv).facts.refusal.empty());
}

TEST_CASE("SOCKS 4 and 4a") {
  const Reading four = whole(
      "\x04\x01\0\x19\xc6\x33\x64\x19"
      "alice\0"sv,
      "\0\x5a\0\x19\0\0\0\0"sv);
  CHECK(four.facts.protocol == Protocol::socks4);
  CHECK(four.facts.user == "alice");
  CHECK(four.facts.destination.octets[3] == 0x19);
  CHECK(four.facts.destination.port == 25);
  CHECK(four.facts.granted);

  const Reading named =
      whole("\x04\x01\0\x19\0\0\0\x01\0mx.example.com\0"sv, "\0\x5b\0\0\0\0\0\0"sv);
  CHECK(named.facts.protocol == Protocol::socks4a);
  CHECK(named.facts.destination.text == "mx.example.com");
  CHECK(named.facts.destination.port == 25);
  CHECK_FALSE(named.facts.granted);
  CHECK(proxy::meaning_of(Protocol::socks4a, *named.facts.answer) == "rejected or failed");
}

TEST_CASE("what is no SOCKS") {
  struct Row {
    const char* name;
    std::string_view client, server;
  };
  const auto row = GENERATE(values<Row>({
      {"mail", "EHLO"sv, ""sv},
      {"no methods", "\x05\0"sv, ""sv},
      {"another command", "\x05\x01\0\x05\x02\0\x01"sv, ""sv},
      {"another kind of address", "\x05\x01\0\x05\x01\0\x02"sv, ""sv},
      {"SOCKS 4, another command", "\x04\x02"sv, ""sv},
      {"another answer", "\x05\x01\0"sv, "220 mx\r\n"sv},
      {"a method that nobody reads", "\x05\x01\x01"sv, "\x05\x01"sv},
      {"another answer to SOCKS 4", "\x04\x01\0\x19\xc6\x33\x64\x19\0"sv, "\0\x10"sv},
      {"a login of another version", "\x05\x01\x02"sv, "\x05\x02\x02\0"sv},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(proxy::read_socks(row.client, row.server).state == State::none);
  }
}

TEST_CASE("names, and what answers mean") {
  using enum proxy::Protocol;
  for (const auto protocol : {proxy_v1, proxy_v2, socks4, socks4a, socks5, http_connect}) {
    CHECK_FALSE(proxy::name_of(protocol).empty());
    CHECK(proxy::is_header(protocol) == (protocol == proxy_v1 || protocol == proxy_v2));
  }
  for (const unsigned answer : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) {
    CHECK_FALSE(proxy::meaning_of(socks5, answer).empty());
  }
  CHECK(proxy::meaning_of(socks5, 9).empty());
  for (const auto protocol : {socks4, socks4a}) {
    for (const unsigned answer : {90U, 91U, 92U, 93U})
      CHECK_FALSE(proxy::meaning_of(protocol, answer).empty());
    CHECK(proxy::meaning_of(protocol, 89).empty());
    CHECK(proxy::meaning_of(protocol, 94).empty());
  }
  CHECK(proxy::meaning_of(http_connect, 91).empty());
}
