#include "dissectors/tls/suite.hpp"

#include "dissectors/tls/suite_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smtpscope::tls {
namespace {

const SuiteName* find_name(std::uint16_t id) noexcept {
  const auto* const found = std::ranges::lower_bound(suite_names, id, {}, &SuiteName::id);
  return found == suite_names.end() || found->id != id ? nullptr : found;
}

bool take_end(std::string_view& text, std::string_view end) noexcept {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

Hash take_hash(std::string_view& name) noexcept {
  static constexpr std::pair<std::string_view, Hash> hashes[] = {{"_SHA384", Hash::sha384},
                                                                 {"_SHA256", Hash::sha256},
                                                                 {"_SHA", Hash::sha1},
                                                                 {"_MD5", Hash::md5}};
  for (const auto& [end, hash] : hashes) {
    if (take_end(name, end)) return hash;
  }
  return Hash::none;
}

Mode take_mode(std::string_view& name) noexcept {
  static constexpr std::pair<std::string_view, Mode> modes[] = {{"_CBC", Mode::cbc},
                                                                {"_GCM", Mode::gcm},
                                                                {"_CCM_8", Mode::ccm8},
                                                                {"_CCM", Mode::ccm},
                                                                {"_POLY1305", Mode::poly1305}};
  // Ciphers of the export age name the bits that are left behind their mode: DES_CBC_40,
  // RC2_CBC_40.
  if (name.ends_with("_CBC_40")) {
    name.remove_suffix(7);
    return Mode::cbc;
  }
  for (const auto& [end, mode] : modes) {
    if (take_end(name, end)) return mode;
  }
  return name == "NULL" ? Mode::null : name.starts_with("RC4") ? Mode::stream : Mode::other;
}

struct CipherRow {
  std::string_view name;
  std::uint8_t key_octets, block_octets;
};
constexpr CipherRow ciphers[] = {
    {"NULL", 0, 0},       {"RC4_128", 16, 0},       {"3DES_EDE", 24, 8},      {"DES", 8, 8},
    {"AES_128", 16, 16},  {"AES_256", 32, 16},      {"CHACHA20", 32, 0},      {"SEED", 16, 16},
    {"IDEA", 16, 8},      {"CAMELLIA_128", 16, 16}, {"CAMELLIA_256", 32, 16}, {"ARIA_128", 16, 16},
    {"ARIA_256", 32, 16}, {"RC4_40", 16, 0},        {"RC2", 16, 8},           {"DES40", 8, 8},
};

constexpr std::uint8_t export_material_octets = 5;  // 40 bits

struct VersionRow {
  std::uint16_t version;
  std::string_view name, word;
};
constexpr VersionRow versions[] = {{ssl30, "SSL 3.0", "SSLv3"},
                                   {tls10, "TLS 1.0", "TLSv1"},
                                   {tls11, "TLS 1.1", "TLSv1.1"},
                                   {tls12, "TLS 1.2", "TLSv1.2"},
                                   {tls13, "TLS 1.3", "TLSv1.3"}};

std::string words_of(std::uint16_t version, std::string_view VersionRow::*words) {
  const auto* const row = std::ranges::find(versions, version, &VersionRow::version);
  if (row != std::ranges::end(versions)) return std::string(row->*words);
  if (is_known_draft(version))
    return fmt::format("{} draft {}", words_of(tls13, words), version & 0xff);
  return fmt::format("0x{:04x}", version);
}

}  // namespace

std::string version_name(std::uint16_t version) { return words_of(version, &VersionRow::name); }

std::string version_word(std::uint16_t version) { return words_of(version, &VersionRow::word); }

std::size_t octets_of(Hash hash) noexcept {
  switch (hash) {
    case Hash::md5:
      return 16;
    case Hash::sha1:
      return 20;
    case Hash::sha256:
      return 32;
    case Hash::sha384:
      return 48;
    case Hash::none:
    case Hash::other:
      break;
  }
  return 0;
}

std::optional<Suite> find_suite(std::uint16_t id) noexcept {
  const SuiteName* const row = find_name(id);
  if (row == nullptr) return std::nullopt;
  Suite suite;
  suite.id = id;
  std::string_view name = row->name;
  if (const std::size_t with = name.find("_WITH_"); with != std::string_view::npos) {
    suite.exchange = name.substr(0, with);
    name.remove_prefix(with + 6);
  }
  const Hash hash = take_hash(name);
  suite.mode = take_mode(name);
  suite.cipher = name;
  // AES_128_CCM and kin end without a hash, and have SHA-256 (RFC 6655).
  suite.prf = hash == Hash::sha384 ? Hash::sha384 : Hash::sha256;
  suite.mac = suite.is_aead() ? Hash::none : hash;
  const auto* const cipher = std::ranges::find(ciphers, name, &CipherRow::name);
  if (cipher == std::ranges::end(ciphers)) return suite;
  suite.key_octets = cipher->key_octets;
  suite.key_material_octets = suite.is_export() ? export_material_octets : cipher->key_octets;
  suite.block_octets = cipher->block_octets;
  return suite;
}

std::string suite_name(std::uint16_t id) {
  const SuiteName* const row = find_name(id);
  return row == nullptr ? fmt::format("0x{:04x}", id) : "TLS_" + std::string(row->name);
}

std::string_view alert_name(std::uint8_t description) noexcept {
  static constexpr std::pair<std::uint8_t, std::string_view> alerts[] = {
      {0, "close_notify"},
      {10, "unexpected_message"},
      {20, "bad_record_mac"},
      {21, "decryption_failed"},
      {22, "record_overflow"},
      {30, "decompression_failure"},
      {40, "handshake_failure"},
      {41, "no_certificate"},
      {42, "bad_certificate"},
      {43, "unsupported_certificate"},
      {44, "certificate_revoked"},
      {45, "certificate_expired"},
      {46, "certificate_unknown"},
      {47, "illegal_parameter"},
      {48, "unknown_ca"},
      {49, "access_denied"},
      {50, "decode_error"},
      {51, "decrypt_error"},
      {60, "export_restriction"},
      {70, "protocol_version"},
      {71, "insufficient_security"},
      {80, "internal_error"},
      {86, "inappropriate_fallback"},
      {90, "user_canceled"},
      {100, "no_renegotiation"},
      {109, "missing_extension"},
      {110, "unsupported_extension"},
      {111, "certificate_unobtainable"},
      {112, "unrecognized_name"},
      {113, "bad_certificate_status_response"},
      {114, "bad_certificate_hash_value"},
      {115, "unknown_psk_identity"},
      {116, "certificate_required"},
      {120, "no_application_protocol"},
      {121, "ech_required"},
  };
  const auto* const found =
      std::ranges::find(alerts, description, [](const auto& row) { return row.first; });
  return found == std::ranges::end(alerts) ? std::string_view() : found->second;
}

}  // namespace smtpscope::tls
