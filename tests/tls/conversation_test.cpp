// What a Conversation does with messages that come from the wrong side, twice, too often, broken,
// or not at all. (With OpenSSL on both ends: pair_test.cpp.)
#include "dissectors/tls/conversation.hpp"
#include "tests/support/catch.hpp"
#include "tests/tls/written.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;
using test::client_hello;
using test::extension;
using test::message;
using test::number;
using test::numbers;
using test::record;
using test::server_hello;
using test::vector_of;

namespace {

constexpr unsigned change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23,
                   heartbeat = 24;
const std::string tls13_chosen = vector_of(extension(43, number(0x0304, 2)), 2);
// client_hello() has 'r' for each octet of its random.
const std::string client_random = [] {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "72";
  return text;
}();

class Talk {
 public:
  explicit Talk(const tls::KeyLog* keys = nullptr, tls::ConversationLimits limits = {})
      : conversation_(keys, limits) {}

  void say(Side side, const std::string& octets) {
    Octets rest{at_[index_of(side)], as_bytes(octets), {++frame_, {}}, std::nullopt};
    at_[index_of(side)] += octets.size();
    while (!rest.bytes.empty()) {
      const std::size_t used = conversation_.take(side, rest);
      rest.bytes = rest.bytes.subspan(used);
      rest.offset += used;
      hear();
    }
  }
  void client(unsigned type, const std::string& fragment) {
    say(Side::client, record(type, fragment));
  }
  void server(unsigned type, const std::string& fragment) {
    say(Side::server, record(type, fragment));
  }
  void lose(Side side, std::size_t octets) {
    conversation_.gap(side, {at_[index_of(side)], octets, GapCause::acknowledged, {++frame_, {}}});
    at_[index_of(side)] += octets;
    hear();
  }
  // The two hellos, of TLS 1.3 or, with a suite of it, TLS 1.2.
  void shake(const std::string& client_extensions = "",
             const std::string& server_extensions = tls13_chosen, unsigned suite = 0x1301,
             unsigned version = 0x0303) {
    client(handshake, message(1, client_hello(client_extensions)));
    server(handshake, message(2, server_hello(server_extensions, suite, version)));
  }

  [[nodiscard]] const tls::Facts& facts() const { return conversation_.facts(); }
  [[nodiscard]] const tls::Conversation& conversation() const { return conversation_; }
  std::array<std::string, 2> text;
  std::array<std::size_t, 2> gaps{};

 private:
  void hear() {
    while (const auto told = conversation_.next()) {
      const auto& [side, event] = *told;
      if (const auto* octets = std::get_if<Octets>(&event)) {
        text[index_of(side)] += as_text(octets->bytes);
      } else {
        ++gaps[index_of(side)];
      }
    }
  }

  tls::Conversation conversation_;
  std::array<StreamOffset, 2> at_{};
  std::uint64_t frame_ = 0;
};

tls::KeyLog log_of(const std::vector<std::string_view>& labels) {
  tls::KeyLog keys;
  for (const std::string_view label : labels)
    keys.take(std::string(label) + ' ' + client_random + ' ' + std::string(96, '0') + '\n');
  return keys;
}
const std::vector<std::string_view> tls13_labels{
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0"};

}  // namespace

TEST_CASE("messages of the wrong side, and ones that are broken, change nothing") {
  Talk talk;
  talk.server(handshake, message(1, client_hello("")));
  talk.client(handshake, message(2, server_hello("")));
  talk.client(handshake, message(1, "short"));
  talk.server(handshake, message(2, "short"));
  talk.client(handshake, message(77, "unknown") + message(254, "") + message(0, ""));
  talk.client(heartbeat, "beat");
  CHECK(talk.facts().step == tls::Step::nothing);
  CHECK_FALSE(talk.facts().client_hello);
  CHECK_FALSE(talk.facts().server_hello);
  CHECK(talk.facts().version() == 0);
  talk.client(change_cipher_spec, "\1");  // without a ServerHello it says nothing
  CHECK(talk.facts().step == tls::Step::nothing);
  CHECK(talk.facts().side[0].records == 5);
}

TEST_CASE("what stands where TLS is due is none") {
  Talk talk;
  CHECK_FALSE(talk.conversation().is_no_tls(Side::server));
  talk.say(Side::server, "500 5.5.1 what?\r\n");
  CHECK(talk.conversation().is_no_tls(Side::server));
  CHECK_FALSE(talk.conversation().is_no_tls(Side::client));
}

TEST_CASE("alerts: only those of two octets, and not without end") {
  Talk talk(nullptr, {.alerts = 3});
  talk.server(alert, "\2");
  talk.server(alert, "\2\50\1");
  CHECK(talk.facts().alerts.empty());
  for (int i = 0; i < 5; ++i) talk.server(alert, "\1\50");
  CHECK(talk.facts().alerts.size() == 3);

  // TLS 1.2 shows which encrypted record is one.
  Talk closed(nullptr, {.alerts = 2});
  closed.shake("", "", 0xc02f);
  closed.client(change_cipher_spec, "\1");
  closed.client(handshake, std::string(40, 'e'));
  closed.server(change_cipher_spec, "\1");
  closed.server(handshake, std::string(40, 'e'));
  CHECK(closed.facts().step == tls::Step::finished);
  for (int i = 0; i < 4; ++i) closed.client(alert, std::string(26, 'e'));
  REQUIRE(closed.facts().alerts.size() == 2);
  CHECK(closed.facts().alerts[0].level == 0);
}

TEST_CASE("certificates are kept up to a number and to a size") {
  const auto certificates = [](std::size_t count, std::size_t octets) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += vector_of(std::string(octets, 'c'), 3);
    return message(11, vector_of(list, 3));
  };
  Talk talk(nullptr, {.certificates = 3, .certificate_octets = 1000});
  talk.shake("", "", 0xc02f);
  talk.server(handshake, certificates(5, 10));
  CHECK(talk.facts().certificates.size() == 3);
  CHECK(talk.facts().step == tls::Step::certificate);
  talk.server(handshake, certificates(3, 400));
  CHECK(talk.facts().certificates.size() == 2);
  talk.client(handshake, certificates(1, 20));
  CHECK(talk.facts().client_certificates.size() == 1);
  CHECK(talk.conversation().held_bytes() >= 820);
}

TEST_CASE("sizes of encrypted records are kept up to a number; octets are counted on") {
  Talk talk;
  talk.shake("", "", 0xc02f);
  for (const Side side : {Side::client, Side::server}) {
    talk.say(side, record(change_cipher_spec, "\1"));
    talk.say(side, record(handshake, std::string(40, 'e')));
  }
  for (int i = 0; i < 70; ++i) talk.client(application_data, std::string(30, 'e'));
  CHECK(talk.facts().side[0].sizes.size() == tls::sizes_kept);
  CHECK(talk.facts().side[0].application_octets == 70 * 35);
  CHECK(talk.gaps[0] == 70);
}

TEST_CASE("why it stays closed") {
  using enum tls::Closed;
  struct Row {
    const char* name;
    std::vector<std::string_view> labels;
    std::string client_extensions, server_extensions;
    unsigned suite, version;
    tls::Closed closed;
  };
  for (const Row& row : std::vector<Row>{
           {"other keys", {"CLIENT_RANDOM"}, "", "", 0xc02f, 0x0303, do_not_fit},
           {"no suite of that number", {"CLIENT_RANDOM"}, "", "", 0x5a5a, 0x0303, not_supported},
           {"an export suite", {"CLIENT_RANDOM"}, "", "", 0x0008, 0x0303, do_not_fit},
           {"one with keys of 56 bits", {"CLIENT_RANDOM"}, "", "", 0x0060, 0x0303, not_supported},
           {"a draft before 20", tls13_labels, "", "", 0x1301, 0x7f13, not_supported},
           {"SSL 3.0", {"CLIENT_RANDOM"}, "", "", 0x002f, 0x0300, not_supported},
           {"a version of the future", tls13_labels, "",
            vector_of(extension(43, number(0x0305, 2)), 2), 0x1301, 0x0303, not_supported},
           {"TLS 1.3 with a suite of TLS 1.2", tls13_labels, "", tls13_chosen, 0xc02f, 0x0303,
            no_log},
           {"TLS 1.3 with SM4", tls13_labels, "", tls13_chosen, 0x00c6, 0x0303, not_supported},
           {"TLS 1.3, other keys", tls13_labels, "", tls13_chosen, 0x1301, 0x0303, do_not_fit},
           {"keys of TLS 1.3 for TLS 1.2", tls13_labels, "", "", 0xc02f, 0x0303, no_log},
       }) {
    INFO(row.name);
    const tls::KeyLog keys = log_of(row.labels);
    Talk talk(&keys);
    talk.shake(row.client_extensions, row.server_extensions, row.suite, row.version);
    for (const Side side : {Side::client, Side::server}) {
      talk.say(side, record(change_cipher_spec, "\1"));
      talk.say(side, record(row.server_extensions.empty() ? handshake : application_data,
                            std::string(40, 'e')));
      talk.say(side, record(application_data, std::string(50, 'e')));
    }
    if (row.closed != no_log) CHECK(talk.facts().closed == row.closed);
    CHECK(talk.facts().closed != open);
    CHECK(talk.text == std::array<std::string, 2>{});
  }
}

TEST_CASE("encrypted octets without a handshake: it lies before the capture") {
  const tls::KeyLog keys = log_of(tls13_labels);
  Talk talk(&keys);
  talk.client(application_data, std::string(100, 'e'));
  talk.server(application_data, std::string(100, 'e'));
  CHECK(talk.facts().closed == tls::Closed::no_handshake);
  CHECK(talk.gaps == std::array<std::size_t, 2>{1, 1});
}

TEST_CASE("early data for which there is no suite, or no key") {
  const std::string early = vector_of(extension(42, ""), 2);
  for (const std::string& suites :
       {numbers({0xc02f, 0x5a5a}), numbers({0x00c6}), std::string(), numbers({0x1301})}) {
    const tls::KeyLog keys = log_of({"CLIENT_HANDSHAKE_TRAFFIC_SECRET"});
    Talk talk(&keys);
    talk.client(handshake, message(1, client_hello(early, 0x0303, suites)));
    talk.client(application_data, std::string(60, 'e'));
    CHECK(talk.facts().client_hello->early_data);
    CHECK(talk.facts().early_data);
    // Data is no answer to a server that has not spoken.
    CHECK(talk.facts().step == tls::Step::client_hello);
    CHECK(talk.text[0].empty());
    CHECK(talk.gaps[0] == 1);
    // Refused by a HelloRetryRequest: the second hello offers none.
    std::string retry = server_hello(tls13_chosen);
    constexpr std::string_view retry_random(
        "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c",
        32);
    retry.replace(2, 32, retry_random);
    talk.server(handshake, message(2, retry));
    CHECK(talk.facts().hello_retry);
    CHECK(talk.facts().step == tls::Step::hello_retry);
    talk.client(handshake, message(1, client_hello(early)));
    talk.server(handshake, message(2, server_hello(tls13_chosen)));
    CHECK(talk.facts().step == tls::Step::server_hello);
  }
}

TEST_CASE("TLS 1.3 without keys: the end of the handshake, and a record as short as an alert") {
  Talk talk;
  talk.shake();
  talk.server(change_cipher_spec, "\1");
  talk.server(application_data, std::string(900, 'e'));
  CHECK(talk.facts().step == tls::Step::server_hello);
  SECTION("a Finished") {
    talk.client(application_data, std::string(53, 'e'));
    CHECK(talk.facts().step == tls::Step::client_key);
    talk.server(application_data, std::string(200, 'e'));
    CHECK(talk.facts().step == tls::Step::finished);
    CHECK_FALSE(talk.facts().sealed_alert);
  }
  SECTION("an alert") {
    talk.client(application_data, std::string(19, 'e'));
    REQUIRE(talk.facts().sealed_alert);
    CHECK(talk.facts().sealed_alert->step == tls::Step::server_hello);
  }
  SECTION("a hole where the Finished was due") {
    talk.lose(Side::client, 58);
    talk.client(application_data, std::string(80, 'e'));
    CHECK(talk.facts().step == tls::Step::client_key);
  }
}

TEST_CASE("TLS 1.3 without keys, CCM_8: its tag and so its alert are shorter") {
  Talk talk;
  talk.shake("", tls13_chosen, 0x1305);
  talk.server(application_data, std::string(900, 'e'));
  talk.client(application_data, std::string(11, 'e'));
  CHECK(talk.facts().sealed_alert);
}

TEST_CASE("with a hole in the handshake, keys that fit nothing are tried four times and no more") {
  const tls::KeyLog keys = log_of(tls13_labels);
  Talk talk(&keys);
  talk.shake();
  talk.lose(Side::server, 900);
  for (int i = 0; i < 8; ++i) talk.server(application_data, std::string(100, 'e'));
  talk.lose(Side::client, 58);
  for (int i = 0; i < 8; ++i) talk.client(application_data, std::string(100, 'e'));
  CHECK(talk.facts().closed == tls::Closed::do_not_fit);
  CHECK(talk.text == std::array<std::string, 2>{});
}

TEST_CASE("a second handshake that nobody can follow, and a session taken up by its id") {
  Talk talk;
  talk.shake("", "", 0xc02f);
  CHECK_FALSE(talk.facts().resumed);
  talk.client(handshake, message(24, "\1"));  // a KeyUpdate has no place in TLS 1.2
  CHECK(talk.facts().key_updates == 0);

  Talk again;
  again.client(handshake, message(1, client_hello("")));
  std::string same =
      number(0x0303, 2) + std::string(32, 's') + vector_of("session", 1) + number(0xc02f, 2) + '\0';
  again.server(handshake, message(2, same));
  CHECK(again.facts().resumed);

  Talk server_alone;
  server_alone.server(handshake, message(2, same));
  CHECK_FALSE(server_alone.facts().resumed);
}

TEST_CASE("a conversation can be moved") {
  Talk talk;
  talk.shake();
  tls::Conversation first(nullptr);
  tls::Conversation moved(std::move(first));
  const std::string hello = record(handshake, message(1, client_hello("")));
  (void)moved.take(Side::client, {0, as_bytes(hello), {1, {}}, std::nullopt});
  tls::Conversation assigned(nullptr);
  assigned = std::move(moved);
  CHECK(assigned.facts().step == tls::Step::client_hello);
  CHECK(assigned.take_facts().client_hello);
}
