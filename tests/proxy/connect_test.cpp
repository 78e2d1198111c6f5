// HTTP CONNECT, both sides, with refusals and second tries.
#include "dissectors/proxy/connect.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using proxy::Reading;
using State = proxy::Reading::State;

namespace {

const std::string ask = "CONNECT mx.example.com:25 HTTP/1.1\r\nHost: mx.example.com:25\r\n\r\n";
const std::string ask_again =
    "CONNECT mx.example.com:25 HTTP/1.1\r\nproxy-authorization:  Basic YWxpY2U6c2VjcmV0\r\n\r\n";
const std::string ok = "HTTP/1.1 200 Connection established\r\n\r\n";

}  // namespace

TEST_CASE("granted") {
  for (std::size_t size = 1; size < ask.size(); ++size) {
    REQUIRE(proxy::read_connect(ask.substr(0, size), "").state == State::more);
  }
  for (std::size_t size = 0; size < ok.size(); ++size) {
    REQUIRE(proxy::read_connect(ask, ok.substr(0, size)).state == State::more);
  }
  const Reading reading = proxy::read_connect(ask + "EHLO c\r\n", ok + "220 mx\r\n");
  REQUIRE(reading.state == State::whole);
  CHECK(reading.octets == std::array<std::size_t, 2>{ask.size(), ok.size()});
  CHECK(reading.facts.destination.text == "mx.example.com");
  CHECK(reading.facts.destination.port == 25);
  CHECK(reading.facts.granted);
  CHECK(reading.facts.answer == 200U);
  CHECK(reading.facts.authorization.empty());
}

// Seen in a capture of a sender of spam.
TEST_CASE("a path behind the port") {
  CHECK(proxy::read_connect("CONNECT mx.example.com:25 / HTTP/1.0\r\n\r\n", ok)
            .facts.destination.port == 25);
}

TEST_CASE("refused, and asked again with a login") {
  const std::string with_body = "HTTP/1.1 407 Login, please\r\nContent-Length: 6\r\n\r\nplease";
  const std::string without_length = "HTTP/1.0 407 Login, please\r\nServer: x\r\n\r\nplease";
  for (const std::string& refusal : {with_body, without_length}) {
    const Reading first = proxy::read_connect(ask, refusal);
    CHECK(first.state == State::more);
    CHECK(first.facts.answer == 407U);
    CHECK(first.facts.refusal == "Login, please");
    const Reading second = proxy::read_connect(ask + ask_again, refusal + ok + "220 mx\r\n");
    REQUIRE(second.state == State::whole);
    CHECK(second.octets ==
          std::array<std::size_t, 2>{ask.size() + ask_again.size(), refusal.size() + ok.size()});
    CHECK(second.facts.authorization == "Basic YWxpY2U6c2VjcmV0");
    CHECK(second.facts.granted);
    CHECK(second.facts.refusal.empty());
  }
}

TEST_CASE("what a proxy says before its answer does not count") {
  const Reading reading = proxy::read_connect(ask, "HTTP/1.1 102 Processing\r\n\r\n" + ok);
  CHECK(reading.state == State::whole);
  CHECK(reading.facts.answer == 200U);
}

TEST_CASE("what is no CONNECT") {
  for (const std::string client :
       {"GET / HTTP/1.1\r\n\r\n", "CONNECT mx.example.com HTTP/1.1\r\n\r\n",
        "CONNECT :25 HTTP/1.1\r\n\r\n", "CONNECT mx.example.com:x HTTP/1.1\r\n\r\n",
        "CONNECT mx.example.com:25\r\n\r\n", "CONNECT mx.example.com:25 SMTP/1.1\r\n\r\n",
        "CONNECT mx.example.com:65536 HTTP/1.1\r\n\r\n"}) {
    INFO(client);
    CHECK(proxy::read_connect(client, "").state == State::none);
  }
  for (const std::string server :
       {"220 mx ESMTP\r\n", "HTTP/2 200", "HTTP/1.1 abc x\r\n\r\n", "HTTP/1.1 20\r\n\r\n"}) {
    INFO(server);
    CHECK(proxy::read_connect(ask, server).state == State::none);
  }
}

TEST_CASE("refusals with little in them, or too much") {
  struct Row {
    const char* name;
    std::string server;
    unsigned answer;
    const char* refusal;
    std::size_t octets;
  };
  const std::string head = "HTTP/1.1 403 Forbidden\r\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"no words", "HTTP/1.1 403\r\n\r\n", 403, "", 16},
      {"a field without a value", head + "Content-Length:\r\n\r\n", 403, "Forbidden", 43},
      {"a length that is none", head + "Content-Length: many\r\n\r\n", 403, "Forbidden", 48},
      {"a body longer than what came", head + "Content-Length: 9\r\n\r\nno", 403, "Forbidden", 47},
      {"a field whose name only begins so", head + "Content-Length-X: 9\r\n\r\n", 403, "Forbidden",
       47},
      {"a line that is no field", head + "Content\r\n\r\n", 403, "Forbidden", 35},
  }));
  DYNAMIC_SECTION(row.name) {
    const Reading reading = proxy::read_connect(ask, row.server);
    CHECK(reading.state == State::more);
    CHECK(reading.facts.answer == row.answer);
    CHECK(reading.facts.refusal == row.refusal);
    CHECK(reading.octets[1] == row.octets);
  }
}

TEST_CASE("behind a request something else may come, and in front of none") {
  const std::string refusal = "HTTP/1.1 407 Login, please\r\nContent-Length: 0\r\n\r\n";
  CHECK(proxy::read_connect(ask + "QUIT\r\n", refusal).octets[0] == ask.size());
  CHECK(proxy::read_connect(ask + "CONN", refusal).octets[0] == ask.size());
  CHECK(proxy::read_connect("CONNECTED\r\n", "").state == State::none);
}
