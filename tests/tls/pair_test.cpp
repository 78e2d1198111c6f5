// Conversations against OpenSSL in this process: each version and kind of cipher, and what else a
// connection may do.
#include "tests/tls/pair.hpp"
#include "dissectors/tls/certificate.hpp"
#include "dissectors/tls/fingerprint.hpp"
#include "dissectors/tls/suite.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using test::hear;
using test::Heard;
using test::Pair;
using test::PairSettings;

namespace {

tls::KeyLog keys_of(const Pair& pair) {
  tls::KeyLog keys;
  keys.take(pair.key_log());
  keys.finish();
  return keys;
}

void talk(Pair& pair) {
  pair.say(Side::client, "EHLO client.example.net\r\n");
  pair.say(Side::server, "250-mx.example.com\r\n250 SIZE 10240000\r\n");
  pair.say(Side::client, "MAIL FROM:<alice@example.net>\r\n");
  pair.say(Side::server, std::string(20'000, '2') + "\r\n");  // more than a record holds
  pair.say(Side::client, "QUIT\r\n");
  pair.say(Side::server, "221 2.0.0 Bye\r\n");
}

void say_goodbye(Pair& pair) {
  for (const Side side : {Side::client, Side::server})
    pair.do_as(side, [](SSL* ssl) { SSL_shutdown(ssl); });
}

// What the keys of the two open, which is all that they said.
Heard check_opened(const Pair& pair, std::size_t cut = 1 << 20) {
  const tls::KeyLog keys = keys_of(pair);
  Heard heard = hear(pair, &keys, cut);
  CHECK(heard.facts.closed == tls::Closed::open);
  CHECK(heard.text[0] == pair.said(Side::client));
  CHECK(heard.text[1] == pair.said(Side::server));
  CHECK(heard.gaps == std::array<std::size_t, 2>{});
  return heard;
}

// The words of the first line of a key log with this label.
std::vector<std::string> line_of(const std::string& log, std::string_view label) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    if (all.size() == 3 && all[0] == label) return all;
  }
  FAIL("no line " << label);
  return {};
}

struct Kind {
  int version;
  const char* ciphers;
  const char* suites;
  const char* name;
  std::uint64_t options = 0;
};

const std::vector<Kind> kinds{
    {TLS1_VERSION, "ECDHE-RSA-AES128-SHA", "", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {TLS1_VERSION, "AES256-SHA", "", "TLS_RSA_WITH_AES_256_CBC_SHA", SSL_OP_NO_ENCRYPT_THEN_MAC},
    {TLS1_1_VERSION, "CAMELLIA128-SHA", "", "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    {TLS1_1_VERSION, "DHE-RSA-AES256-SHA", "", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
     SSL_OP_NO_ENCRYPT_THEN_MAC},
    {TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", "", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", "", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     SSL_OP_NO_EXTENDED_MASTER_SECRET},
    {TLS1_2_VERSION, "ECDHE-RSA-CHACHA20-POLY1305", "",
     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    {TLS1_2_VERSION, "AES128-CCM", "", "TLS_RSA_WITH_AES_128_CCM"},
    {TLS1_2_VERSION, "AES256-CCM8", "", "TLS_RSA_WITH_AES_256_CCM_8"},
    {TLS1_2_VERSION, "ECDHE-ARIA128-GCM-SHA256", "", "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"},
    {TLS1_2_VERSION, "AES128-SHA256", "", "TLS_RSA_WITH_AES_128_CBC_SHA256",
     SSL_OP_NO_ENCRYPT_THEN_MAC},
    {TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", "", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    {TLS1_2_VERSION, "NULL-SHA256", "", "TLS_RSA_WITH_NULL_SHA256"},
    {TLS1_2_VERSION, "ECDHE-RSA-NULL-SHA", "", "TLS_ECDHE_RSA_WITH_NULL_SHA"},
    {TLS1_2_VERSION, "ADH-AES128-GCM-SHA256", "", "TLS_DH_anon_WITH_AES_128_GCM_SHA256"},
    {TLS1_3_VERSION, "", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {TLS1_3_VERSION, "", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {TLS1_3_VERSION, "", "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {TLS1_3_VERSION, "", "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {TLS1_3_VERSION, "", "TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_8_SHA256"},
};

PairSettings settings_of(const Kind& kind) {
  PairSettings settings;
  settings.version = kind.version;
  settings.ciphers = kind.ciphers;
  settings.suites = kind.suites;
  settings.options = kind.options;
  return settings;
}

// The two have shaken hands and talked; `shaken` by Side: records of the handshake.
struct Conversed {
  explicit Conversed(const Kind& kind) : pair(settings_of(kind)) {
    pair.shake_hands();
    shaken = {test::count_records(pair, Side::client), test::count_records(pair, Side::server)};
    talk(pair);
    keys = keys_of(pair);
  }
  [[nodiscard]] Heard hear_without(Side side, std::size_t record) const {
    return hear(pair, &keys, 1 << 20, test::LostRecord{side, record});
  }

  Pair pair;
  std::array<std::size_t, 2> shaken{};
  tls::KeyLog keys;
};

}  // namespace

TEST_CASE("what OpenSSL's two ends say is opened: all versions and kinds of ciphers, in any cuts") {
  for (const Kind& kind : kinds) {
    INFO(kind.version << ' ' << kind.name);
    Pair pair(settings_of(kind));
    pair.shake_hands();
    talk(pair);
    say_goodbye(pair);
    for (const std::size_t cut : {1U << 20, 1460U, 7U, 1U}) {
      INFO("cut into " << cut);
      const Heard heard = check_opened(pair, cut);
      CHECK(heard.facts.version() == kind.version);
      CHECK(tls::suite_name(heard.facts.server_hello->suite) == kind.name);
      CHECK(heard.facts.step == tls::Step::finished);
      CHECK(heard.facts.fatal_alert() == nullptr);
      REQUIRE(heard.facts.alerts.size() == 2);  // both say goodbye
      CHECK(tls::alert_name(heard.facts.alerts[0].description) == "close_notify");
    }
    const Heard closed = hear(pair, nullptr);
    CHECK(closed.facts.closed == tls::Closed::no_log);
    CHECK(closed.text == std::array<std::string, 2>{});
    CHECK(closed.facts.step == tls::Step::finished);
    CHECK(closed.facts.side[0].plain_octets == 0);
    CHECK(closed.gaps[0] >= 3);
    const tls::KeyLog other;
    CHECK(hear(pair, &other).facts.closed == tls::Closed::no_key);
  }
}

TEST_CASE(
    "a record that never came is a gap, and what follows is opened where its cipher allows it") {
  for (const Kind& kind : kinds) {
    INFO(kind.version << ' ' << kind.name);
    const Conversed both(kind);
    const Pair& pair = both.pair;
    const std::size_t first = both.shaken[index_of(Side::client)];
    // Each of the client's: one command each, so the others must be whole. CBC of TLS 1.0 goes on
    // in the record behind the next one, as that one is needed to begin with. (It sends an empty
    // record ahead of each other.)
    for (std::size_t lost = first; lost < test::count_records(pair, Side::client); ++lost) {
      INFO("lost " << lost);
      const Heard heard = both.hear_without(Side::client, lost);
      CHECK(heard.text[1] == pair.said(Side::server));
      CHECK(heard.gaps[0] >= 1);
      CHECK(heard.facts.closed == tls::Closed::open);
      if (kind.version > TLS1_VERSION) {
        std::string rest = pair.said(Side::client);
        const std::array<std::string, 3> said{"EHLO client.example.net\r\n",
                                              "MAIL FROM:<alice@example.net>\r\n", "QUIT\r\n"};
        const std::string& missing = said.at(lost - first);
        rest.erase(rest.find(missing), missing.size());
        CHECK(heard.text[0] == rest);
        CHECK(heard.gaps[0] == 1);
      }
    }
  }
}

TEST_CASE("no single lost record of a handshake invents anything") {
  for (const Kind& kind : kinds) {
    INFO(kind.version << ' ' << kind.name);
    const Conversed both(kind);
    const Pair& pair = both.pair;
    for (const Side side : {Side::client, Side::server}) {
      for (std::size_t lost = 0; lost < both.shaken[index_of(side)]; ++lost) {
        INFO((side == Side::client ? "client's " : "server's ") << lost);
        const Heard heard = both.hear_without(side, lost);
        for (const std::size_t i : {0U, 1U}) {
          const std::string& said = pair.said(i == 0 ? Side::client : Side::server);
          const std::string& text = heard.text[i];
          CHECK((said == text || said.ends_with(text) || heard.gaps[i] > 0));
          for (const char c : {'E', 'Q', '1'})
            CHECK(std::ranges::count(text, c) <= std::ranges::count(said, c));
        }
      }
    }
  }
}

TEST_CASE("a session taken up again, in TLS 1.2 and 1.3") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO(version);
    PairSettings settings;
    settings.version = version;
    settings.server = [](SSL_CTX* server) {
      SSL_CTX_set_session_id_context(server, reinterpret_cast<const unsigned char*>("a"), 1);
    };
    Pair pair(settings);
    pair.shake_hands();
    talk(pair);
    CHECK_FALSE(hear(pair, nullptr).facts.resumed);
    pair.reconnect();
    pair.shake_hands();
    REQUIRE(SSL_session_reused(pair.end(Side::client)) == 1);
    talk(pair);
    const Heard heard = check_opened(pair);
    CHECK(heard.facts.resumed);
    CHECK(heard.facts.certificates.empty());
  }
}

TEST_CASE("0-RTT data") {
  const bool refuses = GENERATE(false, true);
  PairSettings settings;
  settings.server = [&](SSL_CTX* server) {
    SSL_CTX_set_session_id_context(server, reinterpret_cast<const unsigned char*>("a"), 1);
    SSL_CTX_set_max_early_data(server, 16384);
    SSL_CTX_set_options(server, SSL_OP_NO_ANTI_REPLAY);
  };
  Pair pair(settings);
  pair.shake_hands();
  pair.reconnect();
  const std::string early = "EHLO early.example.net\r\n";
  pair.do_as(Side::client, [&](SSL* ssl) {
    std::size_t written = 0;
    REQUIRE(SSL_write_early_data(ssl, early.data(), early.size(), &written) == 1);
  });
  std::string read(early.size(), '\0');
  if (!refuses) {
    pair.do_as(Side::server, [&](SSL* ssl) {
      std::size_t got = 0;
      REQUIRE(SSL_read_early_data(ssl, read.data(), read.size(), &got) ==
              SSL_READ_EARLY_DATA_SUCCESS);
      REQUIRE(read == early);
      char octet = 0;
      SSL_read_early_data(ssl, &octet, 1, &got);
    });
  }
  pair.shake_hands();
  talk(pair);
  const tls::KeyLog keys = keys_of(pair);
  const Heard heard = hear(pair, &keys);
  REQUIRE(heard.facts.client_hello);
  CHECK(heard.facts.client_hello->early_data);
  CHECK(heard.facts.early_data);
  CHECK(heard.text[1] == pair.said(Side::server));
  if (refuses) {
    CHECK(heard.text[0].ends_with(pair.said(Side::client)));
  } else {
    CHECK(heard.text[0] == early + pair.said(Side::client));
  }
  CHECK(heard.facts.step == tls::Step::finished);
}

TEST_CASE("premaster secrets of a key log, by the encrypted ones and by the client's random") {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    for (const std::uint64_t options :
         {std::uint64_t{0}, std::uint64_t{SSL_OP_NO_EXTENDED_MASTER_SECRET}}) {
      INFO(version << " " << options);
      Pair pair({.version = version,
                 .ciphers = "AES128-SHA:@SECLEVEL=0",
                 .suites = {},
                 .options = options,
                 .client = {},
                 .server = {}});
      pair.shake_hands();
      talk(pair);
      // OpenSSL writes the premaster secret, too.
      const auto by_encrypted = line_of(pair.key_log(), "RSA"),
                 by_random = line_of(pair.key_log(), "CLIENT_RANDOM");
      for (const std::string& line :
           {"RSA " + by_encrypted[1] + ' ' + by_encrypted[2],
            "PMS_CLIENT_RANDOM " + by_random[1] + ' ' + by_encrypted[2]}) {
        INFO(line);
        tls::KeyLog keys;
        keys.take(line);
        keys.finish();
        for (const std::size_t cut : {std::size_t{1} << 20, std::size_t{7}}) {
          const Heard heard = hear(pair, &keys, cut);
          CHECK(heard.facts.closed == tls::Closed::open);
          CHECK(heard.facts.server_hello->extended_master_secret == (options == 0));
          CHECK(heard.text[0] == pair.said(Side::client));
          CHECK(heard.text[1] == pair.said(Side::server));
        }
      }
      tls::KeyLog others;
      others.take("RSA 0123456789abcdef " + by_encrypted[2] + "\n");
      CHECK(hear(pair, &others).facts.closed == tls::Closed::no_key);
    }
  }
}

TEST_CASE("another ClientHello is asked for") {
  PairSettings settings;
  settings.client = [](SSL_CTX* client) { SSL_CTX_set1_groups_list(client, "X25519:P-384"); };
  settings.server = [](SSL_CTX* server) { SSL_CTX_set1_groups_list(server, "P-384"); };
  Pair pair(settings);
  pair.shake_hands();
  talk(pair);
  const Heard heard = check_opened(pair);
  CHECK(heard.facts.hello_retry);
  CHECK(heard.facts.server_hello->group == 24);
}

TEST_CASE("keys that change in the middle") {
  Pair pair(PairSettings{});
  pair.shake_hands();
  talk(pair);
  for (const Side side : {Side::client, Side::server}) {
    pair.do_as(side,
               [](SSL* ssl) { REQUIRE(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1); });
    pair.say(side, "with new keys\r\n");
  }
  const Heard heard = check_opened(pair);
  CHECK(heard.facts.key_updates == 2);
}

TEST_CASE("a second handshake inside the first one") {
  PairSettings settings;
  settings.version = TLS1_2_VERSION;
  Pair pair(settings);
  pair.shake_hands();
  pair.say(Side::client, "EHLO client.example.net\r\n");
  pair.do_as(Side::server, [](SSL* ssl) {
    REQUIRE(SSL_renegotiate(ssl) == 1);
    SSL_do_handshake(ssl);
  });
  pair.do_as(Side::client, [](SSL* ssl) {
    char octet = 0;
    SSL_read(ssl, &octet, 1);  // the HelloRequest
  });
  pair.shake_hands();
  talk(pair);
  const Heard heard = check_opened(pair);
  CHECK(heard.facts.renegotiated);
}

TEST_CASE("a client that shows a certificate") {
  const test::Identity identity = test::make_identity("EC", "email:alice@example.net");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO(version);
    PairSettings settings;
    settings.version = version;
    settings.client = [&](SSL_CTX* client) {
      SSL_CTX_use_certificate(client, identity.certificate.get());
      SSL_CTX_use_PrivateKey(client, identity.key.get());
    };
    settings.server = [](SSL_CTX* server) {
      SSL_CTX_set_verify(server, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    };
    Pair pair(settings);
    pair.shake_hands();
    talk(pair);
    const Heard heard = check_opened(pair);
    CHECK(heard.facts.client_asked);
    REQUIRE(heard.facts.client_certificates.size() == 1);
    const auto certificate = tls::read_certificate(heard.facts.client_certificates.front());
    REQUIRE(certificate);
    CHECK(certificate->key == "EC 256");
    CHECK(certificate->names.empty());  // an address is no host
    CHECK(hear(pair, nullptr).facts.client_asked == (version == TLS1_2_VERSION));
  }
}

TEST_CASE("a client that does not trust says so; in TLS 1.3 only who has the keys can read it") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO(version);
    PairSettings settings;
    settings.version = version;
    settings.client = [](SSL_CTX* client) { SSL_CTX_set_verify(client, SSL_VERIFY_PEER, nullptr); };
    Pair pair(settings);
    pair.shake_hands();
    const tls::KeyLog keys = keys_of(pair);
    const tls::Facts opened = hear(pair, &keys).facts, closed = hear(pair, nullptr).facts;
    const tls::Facts& seen = version == TLS1_2_VERSION ? closed : opened;
    REQUIRE(seen.fatal_alert() != nullptr);
    CHECK(tls::alert_name(seen.fatal_alert()->description) == "unknown_ca");
    CHECK(seen.fatal_alert()->from == Side::client);
    CHECK(closed.sealed_alert.has_value() ==
          (version == TLS1_3_VERSION && closed.fatal_alert() == nullptr));
    CHECK(opened.step < tls::Step::finished);
  }
}

TEST_CASE("the names, key and days of a certificate that OpenSSL made") {
  const test::Identity identity = test::make_identity(
      "RSA",
      "DNS:mx.example.com,email:postmaster@example.com,IP:192.0.2.25,IP:2001:db8::25,URI:https://example.com/");
  unsigned char* der = nullptr;
  const int length = i2d_X509(identity.certificate.get(), &der);
  REQUIRE(length > 0);
  const auto certificate = tls::read_certificate({der, static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  REQUIRE(certificate);
  CHECK(certificate->names ==
        std::vector<std::string>{"mx.example.com", "192.0.2.25", "2001:db8:0:0:0:0:0:25"});
  CHECK(certificate->key == "RSA 2048");
  CHECK(certificate->is_self_signed);
  CHECK(certificate->not_after - certificate->not_before == std::chrono::hours(24));
}

TEST_CASE("fingerprints are the same for two hellos of one client") {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    INFO(version);
    PairSettings settings;
    settings.version = version;
    std::array<std::string, 2> prints;
    for (std::string& print : prints) {
      Pair pair(settings);
      pair.shake_hands();
      const tls::Facts facts = hear(pair, nullptr).facts;
      REQUIRE(facts.client_hello);
      REQUIRE(facts.server_hello);
      print = tls::ja3(*facts.client_hello) + ' ' + tls::ja4(*facts.client_hello) + ' ' +
              tls::ja3s(*facts.server_hello);
    }
    CHECK(prints[0] == prints[1]);
    const std::string shown = version == TLS1_VERSION     ? "t10d"
                              : version == TLS1_1_VERSION ? "t11d"
                              : version == TLS1_2_VERSION ? "t12d"
                                                          : "t13d";
    CHECK(prints[0].find(' ' + shown) != std::string::npos);
  }
}
