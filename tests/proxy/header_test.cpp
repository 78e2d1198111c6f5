// The PROXY header, versions 1 and 2: every field, every beginning of it, and what is none.
#include "dissectors/proxy/header.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace std::string_view_literals;
using proxy::Address;
using proxy::Reading;
using State = proxy::Reading::State;

namespace {

constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view v4_addresses = "\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\0\x19"sv;

std::string number(std::size_t value) {
  return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
}
std::string version_2(char command, char family, std::string_view body) {
  return std::string(signature) + command + family + number(body.size()) + std::string(body);
}
std::string tlv(char type, std::string_view value) {
  return type + number(value.size()) + std::string(value);
}

// "192.0.2.1:56324", "2001:db8:0:0:0:0:0:1 25"
std::string text(const Address& address) {
  std::string out;
  switch (address.kind) {
    case Address::Kind::none:
      return "none";
    case Address::Kind::ipv4:
      for (std::size_t i = 0; i < 4; ++i)
        out += (i == 0 ? "" : ".") + std::to_string(address.octets[i]);
      break;
    case Address::Kind::ipv6:
      for (std::size_t i = 0; i < 16; i += 2) {
        constexpr std::string_view digits = "0123456789abcdef";
        const unsigned group = address.octets[i] * 256U + address.octets[i + 1];
        out += i == 0 ? "" : ":";
        for (unsigned shift = 16; shift > 0; shift -= 4) out += digits[group >> (shift - 4) & 0xfU];
      }
      break;
    case Address::Kind::name:
    case Address::Kind::path:
      return address.text;
  }
  return out + ' ' + std::to_string(address.port);
}

// All beginnings of a header ask for more, and what follows it changes nothing.
Reading whole(const std::string& header) {
  for (std::size_t size = 0; size < header.size(); ++size) {
    INFO(size);
    REQUIRE(proxy::read_header(std::string_view(header).substr(0, size)).state == State::more);
  }
  const Reading reading = proxy::read_header(header);
  REQUIRE(reading.state == State::whole);
  REQUIRE(reading.octets == std::array<std::size_t, 2>{header.size(), 0});
  const Reading longer = proxy::read_header(header + "EHLO client.example.net\r\n");
  CHECK(longer.octets == reading.octets);
  CHECK(longer.facts == reading.facts);
  return reading;
}

}  // namespace

TEST_CASE("version 1") {
  struct Row {
    const char* line;
    const char* client;
    const char* server;
  };
  const auto row = GENERATE(values<Row>({
      {"PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "192.0.2.1 56324", "198.51.100.1 25"},
      {"PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255 65535", "0.0.0.0 0"},
      {"PROXY TCP6 2001:db8::1 2001:db8:2::25 40000 587\r\n",
       "2001:0db8:0000:0000:0000:0000:0000:0001 40000",
       "2001:0db8:0002:0000:0000:0000:0000:0025 587"},
      {"PROXY TCP6 ::1 :: 1 2\r\n", "0000:0000:0000:0000:0000:0000:0000:0001 1",
       "0000:0000:0000:0000:0000:0000:0000:0000 2"},
      {"PROXY TCP6 ::ffff:192.0.2.1 1:2:3:4:5:6:7:8 1 2\r\n",
       "0000:0000:0000:0000:0000:ffff:c000:0201 1", "0001:0002:0003:0004:0005:0006:0007:0008 2"},
      {"PROXY UNKNOWN\r\n", "none", "none"},
      {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "none", "none"},
  }));
  DYNAMIC_SECTION(row.line) {
    const Reading reading = whole(row.line);
    CHECK(reading.facts.protocol == proxy::Protocol::proxy_v1);
    CHECK(text(reading.facts.client) == row.client);
    CHECK(text(reading.facts.server) == row.server);
    CHECK(reading.facts.local == (text(reading.facts.client) == "none"));
  }
}

TEST_CASE("what is no header") {
  for (const std::string& octets :
       std::vector<std::string>{"EHLO client.example.net\r\n",
                                "POST / HTTP/1.1\r\n",
                                "PROXYTCP4",
                                "proxy TCP4 ",
                                "PROXY TCP5 a b 1 2\r\n",
                                "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
                                "PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
                                "PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n",
                                "PROXY TCP4 192.0.2.1.1 198.51.100.1 1 2\r\n",
                                "PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n",
                                "PROXY TCP4 192.0.2.1 198.51.100.1 1 +2\r\n",
                                "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n",
                                "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n",
                                "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
                                "PROXY TCP6 1::2::3 :: 1 2\r\n",
                                "PROXY TCP6 1:2:3:4:5:6:7 :: 1 2\r\n",
                                "PROXY TCP6 1:2:3:4:5:6:7:8:9 :: 1 2\r\n",
                                "PROXY TCP6 1:2:3:4::5:6:7:8 :: 1 2\r\n",
                                "PROXY TCP6 12345:: :: 1 2\r\n",
                                "PROXY UNKNOWNS\r\n",
                                "PROXY \r\n",
                                std::string("PROXY UNKNOWN ") + std::string(100, 'x') + "\r\n",
                                "\r\n\r\n\r\n",
                                std::string(signature) + std::string("\x11\x11\0\0", 4),
                                std::string(signature) + std::string("\x22\x11\0\0", 4)}) {
    INFO(octets);
    CHECK(proxy::read_header(octets).state == State::none);
  }
  CHECK(proxy::read_header(std::string(106, 'x').replace(0, 14, "PROXY UNKNOWN ")).state ==
        State::more);
}

TEST_CASE("version 2: addresses") {
  const Reading v4 = whole(version_2('\x21', '\x11', v4_addresses));
  CHECK(v4.facts.protocol == proxy::Protocol::proxy_v2);
  CHECK(text(v4.facts.client) == "192.0.2.1 56324");
  CHECK(text(v4.facts.server) == "198.51.100.1 25");
  CHECK_FALSE(v4.facts.local);
  CHECK_FALSE(v4.facts.malformed);

  std::string v6(36, '\0');
  v6[0] = '\x20', v6[15] = '\x01', v6[31] = '\x02', v6[33] = '\x19', v6[35] = '\x1a';
  CHECK(text(whole(version_2('\x21', '\x21', v6)).facts.client) ==
        "2000:0000:0000:0000:0000:0000:0000:0001 25");
  CHECK(text(whole(version_2('\x21', '\x21', v6)).facts.server) ==
        "0000:0000:0000:0000:0000:0000:0000:0002 26");

  std::string local_sockets(216, '\0');
  local_sockets.replace(0, 13, "/run/a.socket").replace(108, 5, std::string_view("\0name", 5));
  const Reading paths = whole(version_2('\x21', '\x31', local_sockets));
  CHECK(text(paths.facts.client) == "/run/a.socket");
  CHECK(text(paths.facts.server) == std::string_view("\0name", 5));

  const Reading local =
      whole(version_2('\x20', '\x11', v4_addresses));  // the addresses are to be ignored
  CHECK(local.facts.local);
  CHECK(text(local.facts.client) == "none");
  CHECK(text(whole(version_2('\x20', '\0', "")).facts.server) == "none");
  CHECK_FALSE(whole(version_2('\x21', '\0', "")).facts.malformed);
  CHECK(whole(version_2('\x21', '\x11', v4_addresses.substr(0, 11))).facts.malformed);
}

TEST_CASE("version 2: what stands behind the addresses") {
  const std::string ssl =
      tlv(proxy::tlv_ssl, std::string("\x03\0\0\0\0", 5) + tlv(proxy::tlv_ssl_version, "TLSv1.3") +
                              tlv(proxy::tlv_ssl_cn, "client.example.net"));
  const std::string body = std::string(v4_addresses) + tlv(proxy::tlv_authority, "mx.example.com") +
                           tlv(proxy::tlv_noop, "...") + ssl + tlv(proxy::tlv_unique_id, "A1") +
                           tlv('\xe0', "own");
  const Reading reading = whole(version_2('\x21', '\x11', body));
  const std::vector<proxy::Tlv> expected = {{proxy::tlv_authority, "mx.example.com"},
                                            {proxy::tlv_ssl_version, "TLSv1.3"},
                                            {proxy::tlv_ssl_cn, "client.example.net"},
                                            {proxy::tlv_unique_id, "A1"},
                                            {0xe0, "own"}};
  CHECK(reading.facts.tlvs == expected);
  REQUIRE(reading.facts.tls);
  CHECK(reading.facts.tls->certificate);
  CHECK(reading.facts.tls->verified);
  CHECK_FALSE(reading.facts.malformed);

  const std::string unverified = tlv(proxy::tlv_ssl, std::string("\x03\0\0\0\x13", 5));
  CHECK_FALSE(
      whole(version_2('\x21', '\x11', std::string(v4_addresses) + unverified)).facts.tls->verified);
  const std::string too_long = tlv(proxy::tlv_alpn, "h2").replace(2, 1, "\x09");
  CHECK(whole(version_2('\x21', '\x11', std::string(v4_addresses) + too_long)).facts.malformed);
  CHECK(whole(version_2('\x21', '\x11', std::string(v4_addresses) + tlv(proxy::tlv_ssl, "abc")))
            .facts.malformed);
}

TEST_CASE("a header that is longer than what is read of it is counted") {
  const std::string body = std::string(v4_addresses) + tlv(proxy::tlv_alpn, "smtp") +
                           tlv('\xe0', std::string(60000, 'x'));
  const std::string header = version_2('\x21', '\x11', body);
  CHECK(
      proxy::read_header(std::string_view(header).substr(0, proxy::header_octets_read - 1)).state ==
      State::more);
  for (const std::size_t size : {proxy::header_octets_read, header.size()}) {
    const Reading reading = proxy::read_header(std::string_view(header).substr(0, size));
    CHECK(reading.state == State::whole);
    CHECK(reading.octets[0] == header.size());
    CHECK(text(reading.facts.client) == "192.0.2.1 56324");
    CHECK(reading.facts.tlvs == std::vector<proxy::Tlv>{{proxy::tlv_alpn, "smtp"}});
    CHECK(reading.facts.malformed);
  }
}

TEST_CASE("where nothing more can be read, the length that is announced has to do") {
  const std::string header = version_2('\x21', '\x11', v4_addresses);
  const Reading cut = proxy::read_cut_header(std::string_view(header).substr(0, 20));
  CHECK(cut.state == State::whole);
  CHECK(cut.octets[0] == header.size());
  CHECK(cut.facts.malformed);
  CHECK(proxy::read_cut_header(std::string_view(header).substr(0, 15)).state == State::more);
  CHECK(proxy::read_cut_header("PROXY TCP4 192.0.2.1 ").state == State::more);
}
