// Sessions behind a proxy: the dialogue as without one, what the proxy said beside it, and every
// octet in its place.
#include "analyzer/session/analyzer.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"
#include "tests/support/talk.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;

namespace {

const std::string header = "C: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\n";
const std::string dialogue =
    "S: 220 mx.example.com ESMTP\nC: EHLO client.example.net\nS: 250 mx.example.com\nC: QUIT\nS: "
    "221 bye\nclose\n";
const std::string told = "greeting=220 EHLO=250 QUIT=221";

std::string socks(std::string_view port) {
  return "C: \\x05\\x01\\0\\\nS: \\x05\\0\\\nC: \\x05\\x01\\0\\x03\\x0emx.example.com" +
         std::string(port) + "\\\nS: \\x05\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\\n";
}
const std::string connect =
    "C: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.0 200 Ok\\r\\n\n";

}  // namespace

TEST_CASE("the dialogue behind a proxy, on any port") {
  struct Row {
    const char* name;
    std::string script;
    const char* protocol;
    std::string party;  // the real client, or the server that was asked for
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"PROXY v1", "connect\n" + header + dialogue, "PROXY v1", "203.0.113.7:4444"},
      {"PROXY v1 on another port", "connect port=8025\n" + header + dialogue, "PROXY v1",
       "203.0.113.7:4444"},
      {"PROXY v1, octet by octet", "connect port=8025\ncut 1\n" + header + dialogue, "PROXY v1",
       "203.0.113.7:4444"},
      {"PROXY v1 without the SYN", "midstream port=8025\n" + header + dialogue, "PROXY v1",
       "203.0.113.7:4444"},
      {"SOCKS 5", "connect port=1080\n" + socks("\\0\\x19") + dialogue, "socks5",
       "mx.example.com:25"},
      {"SOCKS 5 to a port that tells nothing",
       "connect port=1080\n" + socks("\\x1f\\x90") + dialogue, "socks5", "mx.example.com:8080"},
      {"CONNECT", "connect port=3128\n" + connect + dialogue, "HTTP CONNECT", "mx.example.com:25"},
      {"CONNECT, captured behind its answer", "connect port=3128\nswap\n" + connect + dialogue,
       "HTTP CONNECT", "mx.example.com:25"},
      {"CONNECT, octet by octet",
       "connect port=3128\ncut 1\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\nProxy-Connection: Keep-Alive\\r\\n"
       "User-Agent: " +
           std::string(200, 'x') + "\\r\\n\nS: HTTP/1.0 200 Ok\\r\\n\n" + dialogue,
       "HTTP CONNECT", "mx.example.com:25"},
      {"CONNECT, from the middle", "midstream port=3128\n" + connect + dialogue, "HTTP CONNECT",
       "mx.example.com:25"},
  }));
  DYNAMIC_SECTION(row.name) {
    const session::Session session = test::session_of(row.script);
    const bool whole = row.script.starts_with("connect");
    CHECK(test::summary_of(session.exchanges) == (whole ? told : "greeting=220 EHLO=250 QUIT=221"));
    REQUIRE(session.proxy);
    CHECK(proxy::name_of(session.proxy->said.protocol) == row.protocol);
    const bool is_header = proxy::is_header(session.proxy->said.protocol);
    CHECK(session::to_string(is_header ? session.proxy->said.client
                                       : session.proxy->said.destination) == row.party);
    CHECK(session.client.port == 40000);
    CHECK(session.first_octets[0].starts_with("EHLO"));
    CHECK(session.first_octets[1].starts_with("220"));
    // Told, and of the prelude, to the octet.
    CHECK(session.dialogue_octets(Side::client) ==
          std::string_view("EHLO client.example.net\r\nQUIT\r\n").size());
    CHECK(session.dialogue_octets(Side::server) ==
          std::string_view("220 mx.example.com ESMTP\r\n250 mx.example.com\r\n221 bye\r\n").size());
    CHECK(session.missing == std::array<std::uint64_t, 2>{});
    CHECK(session.skipped == std::array<std::uint64_t, 2>{});
  }
}

TEST_CASE("a proxy's words sent twice contradict nothing in the dialogue behind it") {
  const session::Session session =
      test::session_of("connect port=1080\nagain\n" + socks("\\0\\x19") + dialogue);
  REQUIRE(session.proxy);
  CHECK(session.reassembly[0].conflicting_octets == 0);
  CHECK(session.overlaps.empty());
}

TEST_CASE("other protocols behind a proxy are no mail") {
  const std::string web = "C: GET / HTTP/1.1\\r\\n\nS: HTTP/1.1 200 Ok\nclose\n";
  CHECK(test::sessions_of("connect port=8080\n" +
                          std::string("C: PROXY TCP4 192.0.2.1 192.0.2.2 1 8080\n") + web)
            .empty());
  CHECK(test::sessions_of("connect port=1080\n" + socks("\\0\\x50") + web).empty());
  CHECK(test::sessions_of("connect port=3128\nC: CONNECT www.example.com:443 HTTP/1.1\\r\\n\nS: "
                          "HTTP/1.1 200 Ok\\r\\n\nC: "
                          "\\x16\\x03\\x01\\0\\x05hello\\\nclose\n")
            .empty());
  CHECK(test::sessions_of("connect port=3128\nC: CONNECT www.example.com:443 HTTP/1.1\\r\\n\nS: "
                          "HTTP/1.1 403 No\\r\\n\n"
                          "close\n")
            .empty());
}

TEST_CASE("the service is that of the server which was asked for") {
  CHECK(test::session_of("connect port=1080\n" + socks("\\0\\x19") + dialogue).service ==
        session::Service::mx);
  CHECK(test::session_of("connect port=1080\n" + socks("\\x02\\x4b") + dialogue).service ==
        session::Service::submission);
}

TEST_CASE("the wait for the greeting begins where the proxy ends") {
  const session::Session session =
      test::session_of("connect port=3128\nwait 5s\n" + connect + dialogue);
  CHECK(session::wait_of(session, 0) == std::chrono::milliseconds{10});
}

TEST_CASE("a header that the server does not know") {
  const session::Session apart = test::session_of(
      "connect\n" + header + "S: 220 mx ESMTP\nS: 500 what?\nC: EHLO c\nS: 250 mx\nclose\n");
  CHECK(test::summary_of(apart.exchanges) == "greeting=220 !=500 EHLO=250");
  CHECK(apart.proxy->answered == 1);

  const session::Session together = test::session_of(
      "connect\nS: 220 mx ESMTP\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\\r\\nEHLO c\nS: "
      "500 what?\nS: 250 mx\nclose\n");
  CHECK(test::summary_of(together.exchanges) == "greeting=220 !=500 EHLO=250");
  CHECK(together.proxy->answered == 1);

  // Whoever takes the header refuses EHLO by other codes, and 50x later on is what it says it is.
  const session::Session taken =
      test::session_of("connect\n" + header +
                       "S: 220 mx ESMTP\nC: EHLO c\nS: 550 no\nC: HELO c\nS: 500 no\nclose\n");
  CHECK(test::summary_of(taken.exchanges) == "greeting=220 EHLO=550 HELO=500");
  CHECK(taken.proxy->answered == session::no_exchange);
}

TEST_CASE("TLS from the first octet behind a header") {
  const session::Session session = test::session_of("connect port=465\n" + header +
                                                    "C: \\x16\\x03\\x01\\0\\x05hello\\\nclose\n");
  REQUIRE(session.tls);
  CHECK(session.tls->mode == smtp::TlsFacts::Mode::implicit);
  CHECK(session.tls->client_octets == 10);
}
