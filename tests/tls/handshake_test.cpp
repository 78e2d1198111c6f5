// Handshake messages: joined, read, and what of them is cut off or lies about its length.
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/fingerprint.hpp"
#include "tests/support/catch.hpp"
#include "tests/tls/written.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;
using test::client_hello;
using test::extension;
using test::message;
using test::number;
using test::numbers;
using test::server_hello;
using test::vector_of;

namespace {

const std::string all_extensions = vector_of(
    extension(0, vector_of(number(1, 1) + vector_of("other kind", 2) + number(0, 1) +
                               vector_of("mx.example.com", 2),
                           2)) +
        extension(10, vector_of(numbers({29, 23}), 2)) +
        extension(11, vector_of(std::string("\0\1", 2), 1)) +
        extension(13, vector_of(numbers({0x0403, 0x0a0a, 0x0804}), 2)) +
        extension(16, vector_of(vector_of("smtp", 1) + vector_of("h2", 1), 2)) +
        extension(35, "ticket") + extension(42, "") +
        extension(43, vector_of(numbers({0x1a1a, 0x0304, 0x0303}), 1)) + extension(0xfe0d, "ech") +
        extension(0x0a0a, "") + extension(0x5555, "of nobody") + extension(41, "psk"),
    2);

}  // namespace

TEST_CASE("a ClientHello with all that is read of one") {
  const std::string body = client_hello(all_extensions);
  const auto hello = tls::read_client_hello(as_bytes(body));
  REQUIRE(hello);
  CHECK(hello->version == 0x0303);
  CHECK(hello->random[31] == 'r');
  CHECK(hello->session_id.size() == 7);
  CHECK(hello->suites == std::vector<std::uint16_t>{0x0a0a, 0x1301, 0xc02f});
  CHECK(hello->extensions.size() == 12);
  CHECK(hello->server_name == "mx.example.com");
  CHECK(hello->groups == std::vector<std::uint16_t>{29, 23});
  CHECK(hello->point_formats == std::vector<std::uint8_t>{0, 1});
  CHECK(hello->signatures == std::vector<std::uint16_t>{0x0403, 0x0a0a, 0x0804});
  CHECK(hello->alpn == std::vector<std::string>{"smtp", "h2"});
  CHECK(hello->session_ticket);
  CHECK(hello->early_data);
  CHECK(hello->pre_shared_key);
  CHECK(hello->encrypted_client_hello);
  CHECK(hello->highest_version() == 0x0304);  // and not GREASE's 0x1a1a
}

TEST_CASE("a hello that is cut off gives what stands before the cut, or nothing") {
  const std::string body = client_hello(all_extensions);
  const std::size_t fixed = client_hello("").size();
  for (std::size_t octets = 0; octets < body.size(); ++octets) {
    const auto hello = tls::read_client_hello(as_bytes(body).first(octets));
    CHECK(hello.has_value() == (octets >= fixed));
    if (hello) CHECK(hello->extensions.size() < 12);
  }
  const std::string answer = server_hello(vector_of(extension(43, number(0x0304, 2)), 2));
  const std::size_t fixed_answer = server_hello("").size();
  for (std::size_t octets = 0; octets < answer.size(); ++octets) {
    const auto hello = tls::read_server_hello(as_bytes(answer).first(octets));
    CHECK(hello.has_value() == (octets >= fixed_answer));
    if (hello) CHECK(hello->version == 0x0303);
  }
}

TEST_CASE("extensions that lie about their lengths") {
  struct Row {
    const char* name;
    std::string extension;
  };
  const std::string far_too_long = number(0xffff, 2) + "abc";
  for (const Row& row : std::vector<Row>{
           {"names", extension(0, far_too_long)},
           {"a name", extension(0, vector_of(number(0, 1) + far_too_long, 2))},
           {"no name at all", extension(0, vector_of("", 2))},
           {"another kind alone", extension(0, vector_of(number(1, 1) + vector_of("other", 2), 2))},
           {"groups", extension(10, far_too_long)},
           {"half a group", extension(10, vector_of("a", 2))},
           {"protocols", extension(16, far_too_long)},
           {"a protocol", extension(16, vector_of("\xff"
                                                  "a",
                                                  2))},
           {"versions", extension(43,
                                  "\xff"
                                  "a")},
           {"an empty ticket", extension(35, "")},
       }) {
    INFO(row.name);
    const std::string body = client_hello(vector_of(row.extension, 2));
    const auto hello = tls::read_client_hello(as_bytes(body));
    REQUIRE(hello);
    CHECK(hello->extensions.size() == 1);
    CHECK(hello->server_name.empty());
    CHECK(hello->groups.empty());
    CHECK(hello->alpn.empty());
    CHECK(hello->versions.empty());
    CHECK_FALSE(hello->session_ticket);
    CHECK(hello->highest_version() == 0x0303);
  }
}

TEST_CASE("a ServerHello with all that is read of one") {
  const std::string body =
      server_hello(vector_of(extension(43, number(0x0304, 2)) + extension(22, "") +
                                 extension(23, "") + extension(41, number(0, 2)) +
                                 extension(51, number(29, 2) + "key") + extension(0x5555, ""),
                             2));
  const auto hello = tls::read_server_hello(as_bytes(body));
  REQUIRE(hello);
  CHECK(hello->version == 0x0304);
  CHECK(hello->suite == 0x1301);
  CHECK(hello->encrypt_then_mac);
  CHECK(hello->extended_master_secret);
  CHECK(hello->pre_shared_key);
  CHECK(hello->group == 29);
  CHECK_FALSE(hello->is_hello_retry);

  const std::string odd = server_hello(vector_of(extension(43, "a") + extension(51, "b"), 2));
  const auto second = tls::read_server_hello(as_bytes(odd));
  REQUIRE(second);
  CHECK(second->version == 0x0303);
  CHECK_FALSE(second->group);
}

TEST_CASE("the ServerHello of drafts of TLS 1.3 before 22 has neither session nor compression") {
  const std::string extensions = vector_of(extension(51, number(29, 2) + "key"), 2);
  const std::string random(32, 'r');
  for (const unsigned draft : {0x7f14U, 0x7f15U}) {
    const std::string body = number(draft, 2) + random + number(0x1303, 2) + extensions;
    const auto hello = tls::read_server_hello(as_bytes(body));
    REQUIRE(hello);
    CHECK(hello->version == draft);
    CHECK(hello->suite == 0x1303);
    CHECK(hello->session_id.empty());
    CHECK(hello->group == 29);
  }
  const std::string later = server_hello(vector_of(extension(43, number(0x7f16, 2)), 2));
  const auto hello = tls::read_server_hello(as_bytes(later));
  REQUIRE(hello);
  CHECK(hello->version == 0x7f16);
  CHECK(hello->suite == 0x1301);
}

TEST_CASE("a chain of certificates, of TLS 1.2 and 1.3, whole and cut off") {
  const std::string old =
      vector_of(vector_of("first", 3) + vector_of("", 3) + vector_of("second", 3), 3);
  const auto chain = tls::read_certificates(as_bytes(old), 0x0303);
  REQUIRE(chain.size() == 2);  // an empty one is none
  CHECK(as_text(chain[0]) == "first");
  CHECK(as_text(chain[1]) == "second");

  const std::string newer =
      vector_of("", 1) + vector_of(vector_of("first", 3) + vector_of("its extensions", 2) +
                                       vector_of("second", 3) + vector_of("", 2),
                                   3);
  CHECK(tls::read_certificates(as_bytes(newer), 0x0304).size() == 2);
  CHECK(tls::read_certificates({}, 0x0303).empty());
  for (std::size_t octets = 0; octets < old.size(); ++octets)
    // The list's own length says too much.
    CHECK(tls::read_certificates(as_bytes(old).first(octets), 0x0303).empty());
  const std::string cut_inside = vector_of(vector_of("first", 3) + number(100, 3) + "second", 3);
  CHECK(tls::read_certificates(as_bytes(cut_inside), 0x0303).size() == 1);
}

TEST_CASE("messages are joined from records, however they are cut") {
  const std::string stream =
      message(1, "one") + message(2, "") + message(11, std::string(700, 'c'));
  for (std::size_t cut = 1; cut <= stream.size(); cut += 5) {
    tls::HandshakeReader reader;
    std::vector<std::pair<tls::HandshakeType, std::size_t>> told;
    for (std::size_t at = 0; at < stream.size(); at += cut) {
      reader.take(as_bytes(stream).subspan(at, std::min(cut, stream.size() - at)));
      while (const auto next = reader.next()) {
        CHECK(next->whole.size() == next->body.size() + 4);
        told.emplace_back(next->type, next->body.size());
      }
    }
    CHECK(told == std::vector<std::pair<tls::HandshakeType, std::size_t>>{
                      {tls::HandshakeType::client_hello, 3},
                      {tls::HandshakeType::server_hello, 0},
                      {tls::HandshakeType::certificate, 700}});
    CHECK_FALSE(reader.pending());
    CHECK_FALSE(reader.broken());
  }
}

TEST_CASE("behind a hole no further message can be read, and no message is kept without bound") {
  tls::HandshakeReader reader;
  reader.take(as_bytes("\1"));
  CHECK(reader.pending());
  reader.gap();
  reader.take(as_bytes(message(1, "one")));
  CHECK(reader.broken());
  CHECK_FALSE(reader.next());

  tls::HandshakeReader flooded;
  const std::string head = number(11, 1) + number(0xffffff, 3), more(16'384, 'c');
  flooded.take(as_bytes(head));
  for (int i = 0; i < 32 && !flooded.broken(); ++i) {
    flooded.take(as_bytes(more));
    CHECK_FALSE(flooded.next());
    CHECK(flooded.held_octets() <= tls::handshake_octets_max);
  }
  CHECK(flooded.broken());
  CHECK(flooded.held_octets() == 0);
}

TEST_CASE("JA4 tells version, name, counts and protocol in clear") {
  struct Row {
    const char* name;
    std::string extensions;
    unsigned version;
    const char* head;
  };
  const auto alpn = [](const std::string& protocol) {
    return vector_of(extension(16, vector_of(vector_of(protocol, 1), 2)), 2);
  };
  for (const Row& row :
       std::vector<Row>{{"all of it", all_extensions, 0x0303, "t13d0211sp_"},
                        {"nothing but suites", "", 0x0303, "t12i020000_"},
                        {"SSL 3.0", "", 0x0300, "ts3i020000_"},
                        {"TLS 1.0", "", 0x0301, "t10i020000_"},
                        {"TLS 1.1", "", 0x0302, "t11i020000_"},
                        {"no version that is known", "", 0x7f12, "t00i020000_"},
                        {"one character", alpn("x"), 0x0303, "t12i0201xx_"},
                        {"an empty protocol", alpn(""), 0x0303, "t12i020100_"},
                        {"no letter at its end", alpn("h\xab"), 0x0303, "t12i02016b_"},
                        {"no letter at its beginning", alpn("\xabh"), 0x0303, "t12i0201a8_"}}) {
    INFO(row.name);
    const std::string body = client_hello(row.extensions, row.version);
    const auto hello = tls::read_client_hello(as_bytes(body));
    REQUIRE(hello);
    const std::string print = tls::ja4(*hello);
    CHECK(print.starts_with(row.head));
    CHECK(print.size() == 36);
    CHECK((print.ends_with("_000000000000") ==
           (row.extensions.empty() || hello->extensions.size() == 1)));
    CHECK(tls::ja3(*hello).size() == 32);
  }
}
