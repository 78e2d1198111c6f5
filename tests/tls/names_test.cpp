// The words for TLS's numbers: suites, versions, alerts, messages, steps.
#include "dissectors/tls/digest.hpp"
#include "dissectors/tls/facts.hpp"
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/key_schedule.hpp"
#include "dissectors/tls/suite.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace smtpscope;

TEST_CASE("a suite is what its name says") {
  using enum tls::Mode;
  struct Row {
    std::uint16_t id;
    const char* name;
    const char* exchange;
    const char* cipher;
    tls::Mode mode;
    tls::Hash mac, prf;
    std::size_t key_octets, block_octets;
  };
  constexpr auto none = tls::Hash::none, md5 = tls::Hash::md5, sha1 = tls::Hash::sha1,
                 sha256 = tls::Hash::sha256, sha384 = tls::Hash::sha384;
  for (const Row& row : std::vector<Row>{
           {0x0001, "TLS_RSA_WITH_NULL_MD5", "RSA", "NULL", null, md5, sha256, 0, 0},
           {0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RSA", "RC4_128", stream, md5, sha256, 16, 0},
           {0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RSA", "RC4_128", stream, sha1, sha256, 16, 0},
           {0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", "RSA_EXPORT", "DES40", cbc, sha1, sha256,
            8, 8},
           {0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "RSA_EXPORT", "RC2", cbc, md5, sha256, 16,
            8},
           {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "RSA_EXPORT", "RC4_40", stream, md5, sha256,
            16, 0},
           {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA", "3DES_EDE", cbc, sha1, sha256, 24, 8},
           {0x0034, "TLS_DH_anon_WITH_AES_128_CBC_SHA", "DH_anon", "AES_128", cbc, sha1, sha256, 16,
            16},
           {0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE_ECDSA", "AES_256", cbc,
            sha384, sha384, 32, 16},
           {0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE_RSA", "AES_256", gcm, none,
            sha384, 32, 16},
           {0xc09c, "TLS_RSA_WITH_AES_128_CCM", "RSA", "AES_128", ccm, none, sha256, 16, 16},
           {0xc0a0, "TLS_RSA_WITH_AES_128_CCM_8", "RSA", "AES_128", ccm8, none, sha256, 16, 16},
           {0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE_RSA", "CHACHA20",
            poly1305, none, sha256, 32, 0},
           {0x1302, "TLS_AES_256_GCM_SHA384", "", "AES_256", gcm, none, sha384, 32, 16},
           {0xc0b4, "TLS_SHA256_SHA256", "", "SHA256", other, sha256, sha256, 0, 0},
       }) {
    INFO(row.name);
    CHECK(tls::suite_name(row.id) == row.name);
    const auto suite = tls::find_suite(row.id);
    REQUIRE(suite);
    CHECK(suite->id == row.id);
    CHECK(suite->exchange == row.exchange);
    CHECK(suite->cipher == row.cipher);
    CHECK(suite->mode == row.mode);
    CHECK(suite->mac == row.mac);
    CHECK(suite->prf == row.prf);
    CHECK(std::size_t{suite->key_octets} == row.key_octets);
    CHECK(std::size_t{suite->block_octets} == row.block_octets);
  }
  CHECK_FALSE(tls::find_suite(0x0a0a));  // GREASE
  CHECK_FALSE(tls::find_suite(0xffff));
  CHECK(tls::suite_name(0x0a0a) == "0x0a0a");
}

TEST_CASE("what a suite is good for") {
  struct Row {
    std::uint16_t id;
    bool is_export, is_anonymous, has_forward_secrecy, is_aead;
  };
  for (const Row& row : std::vector<Row>{{0x0003, true, false, false, false},  // RSA_EXPORT, RC4
                                         // DH_anon_EXPORT, RC4.
                                         {0x0017, true, true, true, false},
                                         {0x0035, false, false, false, false},  // RSA
                                         {0x0033, false, false, true, false},   // DHE_RSA
                                         {0xc02f, false, false, true, true},    // ECDHE_RSA, GCM
                                         {0xc0a0, false, false, false, true},   // RSA, CCM_8
                                         {0xc018, false, true, true, false},    // ECDH_anon
                                         // ECDH_RSA: a fixed key.
                                         {0xc00e, false, false, false, false},
                                         {0x1303, false, false, true, true},     // TLS 1.3
                                         {0x1304, false, false, true, true}}) {  // CCM
    INFO(tls::suite_name(row.id));
    const auto suite = tls::find_suite(row.id);
    REQUIRE(suite);
    CHECK((suite->is_export() || suite->exchange.find("EXPORT") != std::string_view::npos) ==
          row.is_export);
    CHECK(suite->is_anonymous() == row.is_anonymous);
    CHECK(suite->has_forward_secrecy() == row.has_forward_secrecy);
    CHECK(suite->is_aead() == row.is_aead);
  }
}

TEST_CASE("versions, for people and as OpenSSL writes them") {
  struct Row {
    std::uint16_t version;
    const char *name, *word;
  };
  for (const Row& row :
       {Row{0x0300, "SSL 3.0", "SSLv3"}, Row{0x0301, "TLS 1.0", "TLSv1"},
        Row{0x0302, "TLS 1.1", "TLSv1.1"}, Row{0x0303, "TLS 1.2", "TLSv1.2"},
        Row{0x0304, "TLS 1.3", "TLSv1.3"}, Row{0x7f12, "0x7f12", "0x7f12"},
        Row{0x7f14, "TLS 1.3 draft 20", "TLSv1.3 draft 20"},
        Row{0x7f1c, "TLS 1.3 draft 28", "TLSv1.3 draft 28"}, Row{0x7f1d, "0x7f1d", "0x7f1d"}}) {
    CHECK(tls::version_name(row.version) == row.name);
    CHECK(tls::version_word(row.version) == row.word);
  }
}

TEST_CASE("each message, step and alert has a name of its own") {
  std::set<std::string_view> names;
  std::size_t count = 0;
  for (unsigned number = 0; number < 256; ++number) {
    const std::string_view name = tls::name_of(static_cast<tls::HandshakeType>(number));
    if (!name.empty()) names.insert(name), ++count;
  }
  CHECK(count == 16);
  CHECK(names.size() == count);
  CHECK(tls::name_of(tls::HandshakeType::client_hello) == "ClientHello");

  std::set<std::string_view> steps, words;
  for (unsigned step = 0; step <= static_cast<unsigned>(tls::Step::finished); ++step) {
    steps.insert(tls::name_of(static_cast<tls::Step>(step)));
    words.insert(tls::word_of(static_cast<tls::Step>(step)));
  }
  CHECK(steps.size() == 7);
  CHECK(words.size() == 7);
  CHECK_FALSE(steps.contains(""));
  CHECK_FALSE(words.contains(""));
  CHECK(tls::name_of(static_cast<tls::Step>(7)).empty());
  CHECK(tls::word_of(static_cast<tls::Step>(7)).empty());

  CHECK(tls::alert_name(0) == "close_notify");
  CHECK(tls::alert_name(48) == "unknown_ca");
  CHECK(tls::alert_name(121) == "ech_required");
  CHECK(tls::alert_name(1).empty());
}

TEST_CASE("the alert that broke TLS off is neither a warning nor a goodbye") {
  tls::Facts facts;
  CHECK(facts.fatal_alert() == nullptr);
  facts.alerts = {{Side::client, 2, 0, {}, {}},    // close_notify
                  {Side::client, 2, 90, {}, {}},   // user_canceled
                  {Side::client, 1, 112, {}, {}},  // a warning
                  {Side::client, 0, 0, {}, {}}};   // encrypted
  CHECK(facts.fatal_alert() == nullptr);
  facts.alerts.push_back({Side::server, 2, 40, {}, {}});
  facts.alerts.push_back({Side::server, 2, 80, {}, {}});
  REQUIRE(facts.fatal_alert() != nullptr);
  CHECK(facts.fatal_alert()->description == 40);
}

// RFC 2202 and RFC 4231, each its first case with the key of text, "Jefe".
TEST_CASE("HMAC, as its RFCs compute it") {
  const auto hex = [](const tls::Secret& secret) {
    std::string digits;
    for (const std::uint8_t octet : secret.octets()) {
      digits += "0123456789abcdef"[octet >> 4];
      digits += "0123456789abcdef"[octet & 15];
    }
    return digits;
  };
  const Bytes key = as_bytes("Jefe"), begin = as_bytes("what do ya want "),
              end = as_bytes("for nothing?");
  CHECK(hex(tls::hmac(tls::Hash::md5, key, {begin, end})) == "750c783e6ab0b503eaa86e310a5db738");
  CHECK(hex(tls::hmac(tls::Hash::sha1, key, {begin, end})) ==
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hex(tls::hmac(tls::Hash::sha256, key, {begin, end})) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(
      hex(tls::hmac(tls::Hash::sha384, key, {begin, end})) ==
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
  CHECK(tls::hmac(tls::Hash::md5, {}, {}).size() == 16);
  for (const tls::Hash hash : {tls::Hash::none, tls::Hash::other}) {
    CHECK(tls::hmac(hash, key, {begin}).empty());
    CHECK(tls::hex_digest(hash, "a").empty());
    CHECK(tls::octets_of(hash) == 0);
  }
  CHECK(tls::hex_digest(tls::Hash::sha256, "") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("the fixed part of a nonce") {
  const auto octets = [](std::uint16_t suite, std::uint16_t version) {
    return tls::iv_octets(*tls::find_suite(suite), version);
  };
  CHECK(octets(0x1301, tls::tls13) == 12);
  CHECK(octets(0xcca8, tls::tls12) == 12);
  CHECK(octets(0xc02f, tls::tls12) == 4);
  CHECK(octets(0x002f, tls::tls10) == 16);
  CHECK(octets(0x002f, tls::tls11) == 0);  // it stands in each record
  CHECK(octets(0x0005, tls::tls10) == 0);
}

// The expected keys were worked out by hand, with another HMAC, after RFC 2246, 6.3.1.
TEST_CASE("suites of the export age derive their keys once more") {
  struct Row {
    std::uint16_t suite, version;
    const char *mac, *client, *server, *client_iv, *server_iv;
  };
  const auto digits = [](const tls::Secret& secret) {
    std::string text;
    for (const std::uint8_t octet : secret.octets()) text += fmt::format("{:02x}", octet);
    return text;
  };
  tls::Secret master(48);
  std::ranges::fill(std::span(master.data(), master.size()), std::uint8_t{0x0b});
  tls::Random client{}, server{};
  client.fill(0xc1);
  server.fill(0x5e);
  for (const Row& row :
       {Row{0x0008, tls::tls10, "f5f73b23ed513bbc9ef6869b3b03d7fce31c1887", "24786e33f46446e4",
            "2d135dcbf90471e3", "3910eeda2cd8da38", "a09a5ac44129b150"},
        Row{0x0003, tls::tls12, "ec1972d528ed2eba8e5ba68f3d29db3b",
            "d6de192071606f82fdf3eac545e7f465", "a7aa1fa9ea200702146a3647d619bb08", "", ""}}) {
    INFO(tls::suite_name(row.suite));
    const auto keys =
        tls::keys_of_master(*tls::find_suite(row.suite), row.version, master, client, server);
    CHECK(digits(keys.client.mac) == row.mac);
    CHECK(digits(keys.client.key) == row.client);
    CHECK(digits(keys.server.key) == row.server);
    CHECK(digits(keys.client.iv) == row.client_iv);
    CHECK(digits(keys.server.iv) == row.server_iv);
  }
}
