// Records that a Protection has to refuse: of no cipher that is known, of other keys, damaged, cut
// off.
#include "dissectors/tls/protection.hpp"
#include "tests/support/catch.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

tls::RecordKeys keys_for(const tls::Suite& suite, std::uint16_t version) {
  tls::RecordKeys keys;
  keys.mac = tls::Secret(octets_of(suite.mac));
  keys.key = tls::Secret(std::size_t{suite.key_octets});
  keys.iv = tls::Secret(tls::iv_octets(suite, version));
  return keys;
}

struct Row {
  const char* name;
  std::uint16_t suite;
  std::uint16_t version;
  tls::MacOrder order = tls::MacOrder::mac_then_encrypt;
};
const std::vector<Row> rows{
    {"GCM", 0xc02f, tls::tls12},
    {"GCM of TLS 1.3", 0x1302, tls::tls13},
    {"CCM", 0xc09c, tls::tls12},
    {"CCM_8", 0xc0a0, tls::tls12},
    {"CCM of TLS 1.3", 0x1304, tls::tls13},
    {"ChaCha20", 0xcca8, tls::tls12},
    {"CBC of TLS 1.0", 0x002f, tls::tls10},
    {"CBC of TLS 1.1", 0x002f, tls::tls11},
    {"CBC of TLS 1.2, MAC outside", 0xc027, tls::tls12, tls::MacOrder::encrypt_then_mac},
    {"CBC of TLS 1.0, MAC outside", 0x002f, tls::tls10, tls::MacOrder::encrypt_then_mac},
    {"3DES", 0x000a, tls::tls10},
    {"SHA-384", 0xc028, tls::tls12},
    {"nothing but a MAC", 0x003b, tls::tls12}};

struct Wire {
  explicit Wire(std::size_t octets, std::uint8_t fill = 0x5a)
      : octets_(tls::record_header_octets + octets, fill) {}
  [[nodiscard]] tls::Record record() const {
    const Bytes all = octets_;
    return {tls::ContentType::application_data,
            0x0303,
            all.first(tls::record_header_octets),
            all.subspan(tls::record_header_octets),
            {0, octets_.size()},
            {1, {}},
            {1, {}}};
  }
  std::vector<std::uint8_t> octets_;
};

// The first record of a side of TLS 1.3 whose AES-128-GCM key and nonce are zeros, around these
// octets.
std::vector<std::uint8_t> sealed_with_zeros(const std::string& inside, bool proves_header = true) {
  constexpr std::size_t tag = 16;
  const std::array<std::uint8_t, tag> zeros{};
  const std::size_t length = inside.size() + tag;
  std::vector<std::uint8_t> wire{23, 3, 3, static_cast<std::uint8_t>(length >> 8),
                                 static_cast<std::uint8_t>(length)};
  wire.resize(tls::record_header_octets + length);
  std::uint8_t* const out = wire.data() + tls::record_header_octets;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int written = 0;
  const auto* const text = reinterpret_cast<const std::uint8_t*>(inside.data());
  REQUIRE(EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, zeros.data(),
                             zeros.data()) == 1);
  if (proves_header)
    REQUIRE(EVP_EncryptUpdate(context.get(), nullptr, &written, wire.data(),
                              tls::record_header_octets) == 1);
  REQUIRE(EVP_EncryptUpdate(context.get(), out, &written, text, static_cast<int>(inside.size())) ==
          1);
  REQUIRE(EVP_EncryptFinal_ex(context.get(), out + inside.size(), &written) == 1);
  REQUIRE(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag, out + inside.size()) == 1);
  return wire;
}

}  // namespace

TEST_CASE("a fragment that these keys have not made is refused, of whatever length") {
  for (const Row& row : rows) {
    INFO(row.name);
    const auto suite = tls::find_suite(row.suite);
    REQUIRE(suite);
    auto protection =
        tls::Protection::make(*suite, row.version, keys_for(*suite, row.version), row.order);
    REQUIRE(protection);
    for (std::size_t octets = 0; octets < 200; ++octets)
      CHECK_FALSE(protection->open(Wire(octets).record()));
    protection->lost_some();
    for (std::size_t octets = 0; octets < 100; octets += 16)
      CHECK_FALSE(protection->open(Wire(octets).record()));
    CHECK(protection->opened() == 0);
  }
}

TEST_CASE("keys of other sizes than the suite's make no protection") {
  for (const Row& row : rows) {
    INFO(row.name);
    const auto suite = tls::find_suite(row.suite);
    REQUIRE(suite);
    tls::RecordKeys keys = keys_for(*suite, row.version);
    keys.key = tls::Secret(keys.key.size() + 1);
    CHECK_FALSE(tls::Protection::make(*suite, row.version, keys));
    if (suite->is_aead()) continue;
    keys = keys_for(*suite, row.version);
    keys.mac = tls::Secret(keys.mac.size() + 1);
    CHECK_FALSE(tls::Protection::make(*suite, row.version, keys));
  }
}

TEST_CASE("suites whose ciphers are not known here make no protection") {
  for (const std::uint16_t id :
       {std::uint16_t{0x0060}, std::uint16_t{0x0061}, std::uint16_t{0x0000}, std::uint16_t{0xc0b4},
        std::uint16_t{0xc100}, std::uint16_t{0x0080}}) {
    INFO(tls::suite_name(id));
    const auto suite = tls::find_suite(id);
    REQUIRE(suite);
    CHECK_FALSE(tls::Protection::make(*suite, tls::tls12, keys_for(*suite, tls::tls12)));
  }
  // One whose mode is known and its cipher is not, one that no cipher of OpenSSL has, and one
  // without a MAC.
  tls::Suite made = *tls::find_suite(0xc02f);
  made.cipher = "AES_512";
  CHECK_FALSE(tls::Protection::make(made, tls::tls12, keys_for(made, tls::tls12)));
  made = *tls::find_suite(0x002f);
  made.mac = tls::Hash::none;
  CHECK_FALSE(tls::Protection::make(made, tls::tls12, keys_for(made, tls::tls12)));
}

TEST_CASE("old ciphers that OpenSSL may or may not have are no trouble") {
  for (const std::uint16_t id :
       {std::uint16_t{0x0009}, std::uint16_t{0x0007}, std::uint16_t{0x0096}, std::uint16_t{0x0005},
        std::uint16_t{0x0004}, std::uint16_t{0x0003}, std::uint16_t{0x0006},
        std::uint16_t{0x0008}}) {
    INFO(tls::suite_name(id));
    const auto suite = tls::find_suite(id);
    REQUIRE(suite);
    auto protection = tls::Protection::make(*suite, tls::tls10, keys_for(*suite, tls::tls10));
    if (!protection) continue;  // an OpenSSL without its legacy provider
    for (std::size_t octets = 0; octets < 80; ++octets)
      CHECK_FALSE(protection->open(Wire(octets).record()));
    if (suite->mode != tls::Mode::stream) continue;
    protection->lost_some();  // and RC4 never goes on
    CHECK_FALSE(protection->open(Wire(64).record()));
  }
}

TEST_CASE(
    "TLS 1.3: the type stands behind the octets, and zeros behind that; nothing but zeros is no record") {
  const auto suite = tls::find_suite(0x1301);
  REQUIRE(suite);
  struct Inside {
    std::string octets;
    bool opens;
  };
  for (const Inside& row :
       {Inside{"QUIT\r\n\x17", true}, Inside{std::string("QUIT\r\n\x17\0\0\0", 10), true},
        Inside{"", false}, Inside{std::string(1, '\0'), false},
        Inside{std::string(50, '\0'), false}}) {
    const std::vector<std::uint8_t> wire = sealed_with_zeros(row.octets);
    const Bytes all = wire;
    auto protection = tls::Protection::make(*suite, tls::tls13, keys_for(*suite, tls::tls13));
    REQUIRE(protection);
    const auto plain = protection->open({tls::ContentType::application_data,
                                         0x0303,
                                         all.first(tls::record_header_octets),
                                         all.subspan(tls::record_header_octets),
                                         {0, wire.size()},
                                         {1, {}},
                                         {1, {}}});
    REQUIRE(plain.has_value() == row.opens);
    if (plain) CHECK(as_text(plain->octets) == "QUIT\r\n");
  }
}

TEST_CASE("the drafts of TLS 1.3 before 25 proved nothing of a record but its octets") {
  const auto suite = tls::find_suite(0x1301);
  REQUIRE(suite);
  struct Row {
    std::uint16_t version;
    bool proves_header;
  };
  for (const auto& [version, proves_header] :
       {Row{0x7f14, false}, Row{0x7f18, false}, Row{0x7f19, true}, Row{0x7f1c, true},
        Row{tls::tls13, true}}) {
    for (const bool is_header_proven : {false, true}) {
      INFO(tls::version_name(version) << " " << is_header_proven);
      const std::vector<std::uint8_t> wire = sealed_with_zeros("QUIT\r\n\x17", is_header_proven);
      const Bytes all = wire;
      auto protection = tls::Protection::make(*suite, version, keys_for(*suite, version));
      REQUIRE(protection);
      const auto plain = protection->open({tls::ContentType::application_data,
                                           0x0303,
                                           all.first(tls::record_header_octets),
                                           all.subspan(tls::record_header_octets),
                                           {0, wire.size()},
                                           {1, {}},
                                           {1, {}}});
      CHECK(plain.has_value() == (proves_header == is_header_proven));
    }
  }
}
