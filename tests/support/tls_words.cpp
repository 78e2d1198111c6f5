#include "tests/support/tls_words.hpp"

#include "dissectors/base/ascii.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace smtpscope::test {
namespace {

struct Free {
  void operator()(X509* it) const noexcept { X509_free(it); }
  void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
  void operator()(X509_EXTENSION* it) const noexcept { X509_EXTENSION_free(it); }
};

constexpr std::uint8_t change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23;

std::string octets(std::uint64_t number, unsigned count) {
  std::string text;
  while (count-- > 0) text += static_cast<char>(number >> (8 * count) & 0xff);
  return text;
}

std::string with_length(const std::string& text, unsigned count) {
  return octets(text.size(), count) + text;
}

std::string record(std::uint8_t type, const std::string& fragment) {
  return octets(type, 1) + octets(0x0303, 2) + with_length(fragment, 2);
}

std::string message(std::uint8_t type, const std::string& body) {
  return record(handshake, octets(type, 1) + with_length(body, 3));
}

std::string extension(std::uint16_t type, const std::string& body) {
  return octets(type, 2) + with_length(body, 2);
}

template <typename Number>
Number number_of(std::string_view text, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("no number: " + std::string(text));
  return number;
}

// "name=mx.example.com from=2025-01-01", and words without "=" in their order.
struct Words {
  std::map<std::string, std::string> named;
  std::vector<std::string> plain;

  explicit Words(std::string_view text) {
    for (auto word = ascii::take_word(text); !word.empty(); word = ascii::take_word(text)) {
      const std::size_t equals = word.find('=');
      if (equals == word.npos) {
        plain.emplace_back(word);
      } else {
        named.emplace(word.substr(0, equals), word.substr(equals + 1));
      }
    }
  }
  [[nodiscard]] std::string get(const std::string& name, const std::string& otherwise) const {
    const auto found = named.find(name);
    return found == named.end() ? otherwise : found->second;
  }
};

std::uint16_t version_of(const Words& words) {
  if (words.plain.size() != 2) throw std::invalid_argument("tls hello wants a version");
  const std::string& version = words.plain[1];
  if (version == "3.0") return 0x0300;  // SSL
  if (version.size() != 3 || !version.starts_with("1."))
    throw std::invalid_argument("no version: " + version);
  return static_cast<std::uint16_t>(0x0301 + (version[2] - '0'));
}

std::string suites_of(std::string text) {
  std::string suites;
  for (text += ','; !text.empty(); text.erase(0, text.find(',') + 1))
    suites +=
        octets(number_of<std::uint16_t>(std::string_view(text).substr(0, text.find(',')), 16), 2);
  return suites;
}

std::string client_hello(const Words& words) {
  const std::uint16_t version = version_of(words);
  std::string extensions;
  const std::string name = words.get("name", "");
  if (!name.empty())
    extensions += extension(0, with_length(octets(0, 1) + with_length(name, 2), 2));
  if (version == 0x0304)
    extensions += extension(43, with_length(octets(0x0304, 2) + octets(0x0303, 2), 1));
  const std::string suites =
      suites_of(words.get("suites", version == 0x0304 ? "1301,c02f" : "c02f,002f"));
  return message(1, octets(version == 0x0304 ? 0x0303 : version, 2) + std::string(32, 'C') +
                        octets(0, 1) + with_length(suites, 2) + octets(0x0100, 2) +
                        with_length(extensions, 2));
}

std::string server_hello(const Words& words) {
  const std::uint16_t version = version_of(words);
  const std::string suite = suites_of(words.get("suite", version == 0x0304 ? "1301" : "c02f"));
  const std::string extensions =
      version == 0x0304 ? extension(43, octets(0x0304, 2)) : std::string();
  return message(2, octets(version == 0x0304 ? 0x0303 : version, 2) + std::string(32, 'S') +
                        octets(0, 1) + suite + octets(0, 1) + with_length(extensions, 2));
}

using Key = std::unique_ptr<EVP_PKEY, Free>;

// Ed25519: the same key signs the same octets alike.
Key key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> octets{};
  octets.fill(seed);
  return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets.data(), octets.size()));
}

void set_name(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
}

// "2025-01-01" -> "20250101000000Z"
void set_day(ASN1_TIME* time, std::string day) {
  std::erase(day, '-');
  if (ASN1_TIME_set_string_X509(time, (day + "000000Z").substr(day < "20500101" ? 2 : 0).c_str()) !=
      1)
    throw std::invalid_argument("no day: " + day);
}

std::string certificate(const Words& words) {
  const std::string name = words.get("name", "mx.example.com"), by = words.get("by", "Example-CA");
  const bool is_self_signed = by == "itself";
  const Key own = key_of(1), issuer = key_of(is_self_signed ? 1 : 2);
  const std::unique_ptr<X509, Free> made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  set_name(X509_get_subject_name(made.get()), name);
  set_name(X509_get_issuer_name(made.get()), is_self_signed ? name : by);
  set_day(X509_getm_notBefore(made.get()), words.get("from", "2025-01-01"));
  set_day(X509_getm_notAfter(made.get()), words.get("until", "2035-01-01"));
  X509_set_pubkey(made.get(), own.get());
  const std::unique_ptr<X509_EXTENSION, Free> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str()));
  X509_add_ext(made.get(), names.get(), -1);
  X509_sign(made.get(), issuer.get(), nullptr);
  unsigned char* der = nullptr;
  const int length = i2d_X509(made.get(), &der);
  if (length <= 0) throw std::invalid_argument("no certificate");
  const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return message(11, with_length(with_length(text, 3), 3));
}

const std::string finished =
    record(change_cipher_spec, octets(1, 1)) + record(handshake, std::string(40, '#'));

}  // namespace

std::string tls_octets(Side side, std::string_view text) {
  const Words words(text);
  const std::string what = words.plain.empty() ? std::string() : words.plain.front();
  if (what == "hello") return side == Side::client ? client_hello(words) : server_hello(words);
  if (what == "certificate") return certificate(words);
  if (what == "key") return message(16, with_length(std::string(32, 'K'), 1)) + finished;
  if (what == "done") return finished;
  if (words.plain.size() == 2 && what == "data")
    return record(application_data, std::string(number_of<std::uint16_t>(words.plain[1], 10), '#'));
  if (words.plain.size() == 2 && what == "alert")
    return record(alert, octets(2, 1) + octets(number_of<std::uint8_t>(words.plain[1], 10), 1));
  throw std::invalid_argument("tls wants hello, certificate, key, done, data or alert, not " +
                              std::string(text));
}

}  // namespace smtpscope::test
