// What is read of a certificate, what of it may be missing or odd, and for whom it is.
#include "dissectors/tls/certificate.hpp"

#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/tls_words.hpp"
#include "tests/tls/pair.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

std::vector<std::uint8_t> der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  REQUIRE(length > 0);
  std::vector<std::uint8_t> octets(der, der + length);
  OPENSSL_free(der);
  return octets;
}

void add_names(X509* certificate, GENERAL_NAMES* names) {
  REQUIRE(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1);
  GENERAL_NAMES_free(names);
}

GENERAL_NAME* address(const std::string& octets) {
  ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(octets.data()),
                        static_cast<int>(octets.size()));
  GENERAL_NAME* const name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, GEN_IPADD, value);
  return name;
}

GENERAL_NAME* host(const std::string& text) {
  ASN1_IA5STRING* const value = ASN1_IA5STRING_new();
  ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  GENERAL_NAME* const name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, GEN_DNS, value);
  return name;
}

}  // namespace

TEST_CASE("for whom a certificate is") {
  struct Row {
    const char* name;
    std::vector<std::string> names;
    std::string host;
    bool is_for;
  };
  for (const Row& row : std::vector<Row>{
           {"itself", {"mx.example.com"}, "mx.example.com", true},
           {"in other letters", {"MX.example.com"}, "mx.EXAMPLE.com", true},
           {"with a dot at its end", {"mx.example.com"}, "mx.example.com.", true},
           {"another", {"www.example.com"}, "mx.example.com", false},
           {"one of several", {"a.example.com", "mx.example.com"}, "mx.example.com", true},
           {"a wildcard", {"*.example.com"}, "mx.example.com", true},
           {"a wildcard is one label", {"*.example.com"}, "a.mx.example.com", false},
           {"a wildcard is not none", {"*.example.com"}, "example.com", false},
           {"a wildcard is not an empty one", {"*.example.com"}, ".example.com", false},
           {"an address", {"192.0.2.1"}, "192.0.2.1", true},
           {"the common name does not count beside names",
            {"a.example.com"},
            "common.example.com",
            false},
           {"the common name without names", {}, "common.example.com", true},
       }) {
    INFO(row.name);
    tls::Certificate certificate;
    certificate.common_name = "common.example.com";
    certificate.names = row.names;
    CHECK(tls::is_for(certificate, row.host) == row.is_for);
  }
}

TEST_CASE("a certificate is read; what is none is nothing") {
  const std::string message =
      test::tls_octets(Side::server, "certificate name=mx.example.net until=2099-12-31");
  const Bytes body = as_bytes(message).subspan(tls::record_header_octets + 4);
  const auto chain = tls::read_certificates(body, 0x0303);
  REQUIRE(chain.size() == 1);
  const auto certificate = tls::read_certificate(chain.front());
  REQUIRE(certificate);
  CHECK(certificate->subject == "CN=mx.example.net");
  CHECK(certificate->issuer == "CN=Example-CA");
  CHECK(certificate->names == std::vector<std::string>{"mx.example.net"});
  CHECK_FALSE(certificate->is_self_signed);
  CHECK(certificate->not_after == std::chrono::sys_days(std::chrono::year(2099) / 12 / 31));
  CHECK(certificate->sha256.size() == 64);
  for (std::size_t octets = 0; octets < chain.front().size(); octets += 7)
    CHECK_FALSE(tls::read_certificate(chain.front().first(octets)));
}

TEST_CASE("a certificate without names, and one with odd ones or too many") {
  const test::Identity plain = test::make_identity("EC", "");
  const auto without = tls::read_certificate(der_of(plain.certificate.get()));
  REQUIRE(without);
  CHECK(without->names.empty());
  CHECK(without->common_name == "mx.example.com");
  CHECK(tls::is_for(*without, "mx.example.com"));
  CHECK_FALSE(tls::is_for(*without, ""));

  const test::Identity odd = test::make_identity("EC", "");
  GENERAL_NAMES* names = GENERAL_NAMES_new();
  for (const std::string& octets :
       {std::string(), std::string(5, 'a'), std::string("\xc0\0\2\x19", 4)})
    sk_GENERAL_NAME_push(names, address(octets));
  for (const std::string& text :
       {std::string(), std::string("a\0b", 3), std::string("mx.example.net")})
    sk_GENERAL_NAME_push(names, host(text));
  add_names(odd.certificate.get(), names);
  const auto read = tls::read_certificate(der_of(odd.certificate.get()));
  REQUIRE(read);
  CHECK(read->names ==
        std::vector<std::string>{"192.0.2.25", std::string("a\0b", 3), "mx.example.net"});

  const test::Identity many = test::make_identity("EC", "");
  names = GENERAL_NAMES_new();
  for (int i = 0; i < 150; ++i)
    sk_GENERAL_NAME_push(names, host("mx" + std::to_string(i) + ".example.com"));
  add_names(many.certificate.get(), names);
  CHECK(tls::read_certificate(der_of(many.certificate.get()))->names.size() ==
        tls::certificate_names_kept);
}

TEST_CASE("a certificate of nobody in particular") {
  const test::Identity identity = test::make_identity("EC", "");
  X509_NAME* const nobody = X509_NAME_new();
  X509_set_subject_name(identity.certificate.get(), nobody);
  X509_NAME_free(nobody);
  const auto read = tls::read_certificate(der_of(identity.certificate.get()));
  REQUIRE(read);
  CHECK(read->subject.empty());
  CHECK(read->common_name.empty());
  CHECK(read->issuer == "CN=mx.example.com");
  CHECK_FALSE(read->is_self_signed);
  CHECK_FALSE(tls::is_for(*read, "mx.example.com"));
}

TEST_CASE("of several common names the last one counts, in whatever letters") {
  const test::Identity identity = test::make_identity("EC", "");
  X509_NAME* const name = X509_get_subject_name(identity.certificate.get());
  const std::u16string wide = u"caf\u00e9.example.com";
  std::string bmp;
  for (const char16_t unit : wide) (bmp += static_cast<char>(unit >> 8)) += static_cast<char>(unit);
  X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_BMPSTRING,
                             reinterpret_cast<const unsigned char*>(bmp.data()),
                             static_cast<int>(bmp.size()), -1, 0);
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("Example"), -1, -1, 0);
  const auto read = tls::read_certificate(der_of(identity.certificate.get()));
  REQUIRE(read);
  CHECK(read->common_name == "caf\xc3\xa9.example.com");
  CHECK(read->subject.starts_with("O=Example"));
}

TEST_CASE("a key that is none, and one that nobody uses, are told as far as they go") {
  const test::Identity identity = test::make_identity("EC", "");
  std::vector<std::uint8_t> der = der_of(identity.certificate.get());
  // The point on the curve: behind the BIT STRING of 66 octets.
  const std::array<std::uint8_t, 4> bits{0x03, 0x42, 0x00, 0x04};
  const auto point = std::ranges::search(der, bits);
  REQUIRE_FALSE(point.empty());
  point[3] = 0x05;  // no form of a point
  const auto read = tls::read_certificate(der);
  REQUIRE(read);
  CHECK(read->key.empty());
  CHECK_FALSE(read->is_self_signed);

  const test::Identity edwards = test::make_identity("ED25519", "");
  CHECK(tls::read_certificate(der_of(edwards.certificate.get()))->key == "ED25519 256");
}

TEST_CASE("days that are none") {
  const test::Identity identity = test::make_identity("EC", "");
  std::vector<std::uint8_t> der = der_of(identity.certificate.get());
  // Both are UTCTime, of 13 octets: the first becomes one of month 99.
  const std::array<std::uint8_t, 2> utc_time{0x17, 0x0d};
  const auto day = std::ranges::search(der, utc_time);
  REQUIRE_FALSE(day.empty());
  const auto at = static_cast<std::size_t>(day.begin() - der.begin());
  der[at + 4] = der[at + 5] = '9';
  const auto read = tls::read_certificate(der);
  if (read) CHECK(read->not_before == std::chrono::sys_seconds{});
}
