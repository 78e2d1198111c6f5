#include "dissectors/tls/certificate.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/tls/digest.hpp"
#include "dissectors/tls/openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

namespace smtpscope::tls {
namespace {

struct FreeX509 {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(GENERAL_NAMES* names) const noexcept { GENERAL_NAMES_free(names); }
};

std::string text_of(const ASN1_STRING* string) {
  if (string == nullptr) return {};
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return text;
}

// In the order of the certificate: "CN=mx.example.com,O=Example".
std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, FreeX509> bio(BIO_new(BIO_s_mem()));
  constexpr unsigned long form = (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, form) < 0) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

std::string common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
}

std::string address_text(Bytes octets) {
  if (octets.size() == 4)
    return fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
  if (octets.size() != 16) return {};
  std::string text;
  for (std::size_t at = 0; at < 16; at += 2)
    text += fmt::format("{}{:x}", at == 0 ? "" : ":", be16(octets, at));
  return text;
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> found;
  const std::unique_ptr<GENERAL_NAMES, FreeX509> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return found;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && found.size() < certificate_names_kept;
       ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    const bool is_dns = name->type == GEN_DNS;
    if (!is_dns && name->type != GEN_IPADD) continue;
    const ASN1_STRING* const value = is_dns ? name->d.dNSName : name->d.iPAddress;
    const Bytes octets(ASN1_STRING_get0_data(value),
                       static_cast<std::size_t>(ASN1_STRING_length(value)));
    std::string text = is_dns ? std::string(as_text(octets)) : address_text(octets);
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  using namespace std::chrono;
  const year_month_day day{year(parts.tm_year + 1900),
                           month(static_cast<unsigned>(parts.tm_mon + 1)),
                           std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return sys_days(day) + hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec);
}

// A signature with a key that is larger than any in use would take long to verify: then the names
// have to do.
bool is_signed_by_itself(X509* certificate) {
  constexpr int bits_max = 4096;
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  const bool verifies = key != nullptr && EVP_PKEY_get_bits(key) <= bits_max;
  return X509_self_signed(certificate, verifies ? 1 : 0) == 1;
}

std::string key_text(X509* certificate) {
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr) return {};
  const char* const name = EVP_PKEY_get0_type_name(key);
  return fmt::format("{} {}", name != nullptr ? name : "?", EVP_PKEY_get_bits(key));
}

bool matches(std::string_view pattern, std::string_view host) noexcept {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (!pattern.starts_with("*.")) return ascii::equal_no_case(pattern, host);
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 &&
         ascii::equal_no_case(pattern.substr(2), host.substr(dot + 1));
}

}  // namespace

std::optional<Certificate> read_certificate(Bytes der) {
  std::unique_ptr<X509, FreeX509> certificate(X509_new_ex(library().context(), nullptr));
  X509* raw = certificate.release();
  const unsigned char* at = der.data();
  raw = d2i_X509(&raw, &at, static_cast<long>(der.size()));  // frees it where it fails
  certificate.reset(raw);
  if (!certificate) {
    ERR_clear_error();
    return std::nullopt;
  }
  Certificate read;
  const X509_NAME* const subject = X509_get_subject_name(certificate.get());
  read.subject = name_text(subject);
  read.issuer = name_text(X509_get_issuer_name(certificate.get()));
  read.common_name = common_name_of(subject);
  read.names = names_of(certificate.get());
  read.not_before = time_of(X509_get0_notBefore(certificate.get()));
  read.not_after = time_of(X509_get0_notAfter(certificate.get()));
  read.key = key_text(certificate.get());
  read.sha256 = hex_digest(Hash::sha256, as_text(der));
  read.is_self_signed = is_signed_by_itself(certificate.get());
  ERR_clear_error();
  return read;
}

bool is_for(const Certificate& certificate, std::string_view host) noexcept {
  if (certificate.names.empty()) return matches(certificate.common_name, host);
  return std::ranges::any_of(certificate.names,
                             [&](const std::string& name) { return matches(name, host); });
}

}  // namespace smtpscope::tls
