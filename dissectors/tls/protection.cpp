#include "dissectors/tls/protection.hpp"

#include "dissectors/tls/digest.hpp"
#include "dissectors/tls/openssl.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace smtpscope::tls {
namespace {

constexpr std::size_t nonce_octets = 12;
constexpr std::size_t explicit_nonce_octets = 8;  // of GCM and CCM in TLS 1.2

std::size_t tag_octets(Mode mode) noexcept { return mode == Mode::ccm8 ? 8 : 16; }

// "AES-128-GCM", as OpenSSL calls it.
std::string openssl_name(const Suite& suite) {
  if (suite.cipher == "CHACHA20") return "ChaCha20-Poly1305";
  if (suite.cipher == "3DES_EDE") return "DES-EDE3-CBC";
  if (suite.cipher.starts_with("RC4_")) return "RC4";
  if (suite.cipher == "DES40") return "DES-CBC";
  std::string name(suite.cipher);
  std::ranges::replace(name, '_', '-');
  if (name == "SEED" || name == "IDEA" || name == "DES" || name == "RC2") return name + "-CBC";
  switch (suite.mode) {
    case Mode::cbc:
      return name + "-CBC";
    case Mode::gcm:
      return name + "-GCM";
    case Mode::ccm:
    case Mode::ccm8:
      return name + "-CCM";
    case Mode::null:
    case Mode::stream:
    case Mode::poly1305:
    case Mode::other:
      break;
  }
  return {};
}

void put64(std::uint8_t* out, std::uint64_t value) noexcept {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

// What a MAC or a tag proves besides the octets: sequence number, type, version, length.
std::array<std::uint8_t, 13> proven_header(std::uint64_t sequence, const Record& record,
                                           std::size_t length) noexcept {
  std::array<std::uint8_t, 13> header{};
  put64(header.data(), sequence);
  header[8] = static_cast<std::uint8_t>(record.type);
  header[9] = static_cast<std::uint8_t>(record.version >> 8);
  header[10] = static_cast<std::uint8_t>(record.version);
  header[11] = static_cast<std::uint8_t>(length >> 8);
  header[12] = static_cast<std::uint8_t>(length);
  return header;
}

// TLS 1.3, whose early drafts had nothing beside the octets proven.
bool proves_header(std::uint16_t version) noexcept {
  return !is_known_draft(version) || version >= tls13_draft25;
}

int as_int(std::size_t size) noexcept { return static_cast<int>(size); }

}  // namespace

struct Protection::Cipher {
  Owned<EVP_CIPHER> algorithm;
  Owned<EVP_CIPHER_CTX> context;
  RecordKeys keys;
};

Protection::Protection(Suite suite, std::uint16_t version, MacOrder order)
    : suite_(suite), version_(version), order_(order), cipher_(std::make_unique<Cipher>()) {}
Protection::Protection(Protection&&) noexcept = default;
Protection& Protection::operator=(Protection&&) noexcept = default;
Protection::~Protection() = default;

std::optional<Protection> Protection::make(const Suite& suite, std::uint16_t version,
                                           const RecordKeys& keys, MacOrder order) {
  if (suite.mode == Mode::other || keys.key.size() != suite.key_octets) return std::nullopt;
  if (!suite.is_aead() && (suite.mac == Hash::none || keys.mac.size() != octets_of(suite.mac)))
    return std::nullopt;
  Protection made(suite, version, order);
  Cipher& cipher = *made.cipher_;
  cipher.keys = keys;
  if (suite.mode == Mode::null) return made;
  if (suite.key_octets == 0) return std::nullopt;
  cipher.algorithm = library().cipher(openssl_name(suite).c_str());
  cipher.context.reset(EVP_CIPHER_CTX_new());
  if (!cipher.algorithm || !cipher.context) return std::nullopt;
  // The key once, where it may stay; CCM wants its lengths first, for each record anew.
  const bool key_first = suite.mode != Mode::ccm && suite.mode != Mode::ccm8;
  if (key_first && EVP_DecryptInit_ex2(cipher.context.get(), cipher.algorithm.get(),
                                       keys.key.octets().data(), nullptr, nullptr) != 1) {
    return std::nullopt;
  }
  EVP_CIPHER_CTX_set_padding(cipher.context.get(), 0);
  made.chain_.assign(keys.iv.octets().begin(), keys.iv.octets().end());
  return made;
}

void Protection::lost_some() noexcept {
  tries_ = lost_records_max;
  is_broken_ = is_broken_ || suite_.mode == Mode::stream;
  chain_lost_ = is_chained();
}

// CBC of TLS 1.0: a record begins where the one before has ended.
bool Protection::is_chained() const noexcept {
  return suite_.mode == Mode::cbc && version_ <= tls10;
}

void Protection::note_chain(const Record& record) {
  const std::size_t mac_outside = order_ == MacOrder::encrypt_then_mac ? octets_of(suite_.mac) : 0;
  const std::size_t block = suite_.block_octets;
  if (record.fragment.size() < mac_outside + block) return;
  const Bytes last = record.fragment.first(record.fragment.size() - mac_outside).last(block);
  chain_.assign(last.begin(), last.end());
}

std::optional<PlainRecord> Protection::open(const Record& record) {
  if (is_broken_) return std::nullopt;
  if (std::exchange(chain_lost_, false)) {
    note_chain(record);
    ++sequence_;
    return std::nullopt;
  }
  auto plain = try_to_open(record);
  if (is_chained()) note_chain(record);
  if (plain) return plain;
  ++sequence_;
  tries_ /= 2;  // it may be damaged; but who has other keys is not tried for long
  return std::nullopt;
}

std::optional<PlainRecord> Protection::try_to_open(const Record& record) {
  const std::uint64_t last = sequence_ + tries_;
  for (std::uint64_t sequence = sequence_; sequence <= last; ++sequence) {
    const auto plain = open_as(record, sequence);
    if (!plain) continue;
    skipped_ = sequence - sequence_;
    sequence_ = sequence + 1;
    tries_ = 0;
    ++opened_;
    return plain;
  }
  return std::nullopt;
}

std::optional<PlainRecord> Protection::open_as(const Record& record, std::uint64_t sequence) {
  switch (suite_.mode) {
    case Mode::gcm:
    case Mode::ccm:
    case Mode::ccm8:
    case Mode::poly1305:
      return open_aead(record, sequence);
    case Mode::cbc:
      return open_block(record, sequence);
    case Mode::null:
    case Mode::stream:
      return open_stream(record, sequence);
    case Mode::other:
      break;
  }
  return std::nullopt;
}

// ---- AEAD ---------------------------------------------------------------------------------------
std::optional<PlainRecord> Protection::open_aead(const Record& record, std::uint64_t sequence) {
  const bool explicit_nonce = version_ < tls13 && suite_.mode != Mode::poly1305;
  const std::size_t tag = tag_octets(suite_.mode),
                    ahead = explicit_nonce ? explicit_nonce_octets : 0;
  if (record.fragment.size() < ahead + tag) return std::nullopt;
  const std::size_t length = record.fragment.size() - ahead - tag;
  const Bytes sealed = record.fragment.subspan(ahead, length), proof = record.fragment.last(tag);

  std::array<std::uint8_t, nonce_octets> nonce{};
  const Bytes iv = cipher_->keys.iv.octets();
  std::ranges::copy(iv, nonce.begin());
  if (explicit_nonce) {
    std::ranges::copy(record.fragment.first(ahead),
                      nonce.begin() + static_cast<std::ptrdiff_t>(iv.size()));
  } else {
    std::array<std::uint8_t, 8> number{};
    put64(number.data(), sequence);
    for (std::size_t i = 0; i < number.size(); ++i) nonce[4 + i] ^= number[i];
  }
  const auto proven = proven_header(sequence, record, length);
  const Bytes with = version_ < tls13          ? Bytes(proven)
                     : proves_header(version_) ? record.header
                                               : Bytes();

  buffer_.resize(std::max(buffer_.size(), length + 1));
  EVP_CIPHER_CTX* const context = cipher_->context.get();
  const bool is_ccm = suite_.mode == Mode::ccm || suite_.mode == Mode::ccm8;
  auto* const tag_octets_of = const_cast<std::uint8_t*>(proof.data());
  int written = 0;
  if (is_ccm) {
    if (EVP_DecryptInit_ex2(context, cipher_->algorithm.get(), nullptr, nullptr, nullptr) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, nonce_octets, nullptr) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, as_int(tag), tag_octets_of) != 1 ||
        EVP_DecryptInit_ex2(context, nullptr, cipher_->keys.key.octets().data(), nonce.data(),
                            nullptr) != 1 ||
        EVP_DecryptUpdate(context, nullptr, &written, nullptr, as_int(length)) != 1) {
      return std::nullopt;
    }
  } else if (EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) != 1 ||
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, as_int(tag), tag_octets_of) != 1) {
    return std::nullopt;
  }
  if (!with.empty() &&
      EVP_DecryptUpdate(context, nullptr, &written, with.data(), as_int(with.size())) != 1)
    return std::nullopt;
  if (EVP_DecryptUpdate(context, buffer_.data(), &written, sealed.data(), as_int(length)) != 1)
    return std::nullopt;
  // CCM has proven it with the octets; the others prove it now.
  if (!is_ccm && EVP_DecryptFinal_ex(context, buffer_.data() + written, &written) != 1)
    return std::nullopt;
  const Bytes plain = Bytes(buffer_).first(length);
  if (version_ >= tls13) return inner(plain);
  return PlainRecord{record.type, plain};
}

// TLS 1.3 keeps the type behind the octets, and zeros behind that (RFC 8446, 5.2).
std::optional<PlainRecord> Protection::inner(Bytes octets) {
  while (!octets.empty() && octets.back() == 0) octets = octets.first(octets.size() - 1);
  if (octets.empty()) return std::nullopt;
  return PlainRecord{static_cast<ContentType>(octets.back()), octets.first(octets.size() - 1)};
}

// ---- CBC ----------------------------------------------------------------------------------------
bool Protection::proves(Bytes mac, std::uint64_t sequence, const Record& record,
                        Bytes octets) const {
  const auto header = proven_header(sequence, record, octets.size());
  const Secret right = hmac(suite_.mac, cipher_->keys.mac.octets(), {Bytes(header), octets});
  return !right.empty() && std::ranges::equal(right.octets(), mac);
}

Bytes Protection::decrypted(Bytes input) {
  buffer_.resize(std::max(buffer_.size(), input.size()));
  int written = 0;
  if (EVP_DecryptUpdate(cipher_->context.get(), buffer_.data(), &written, input.data(),
                        as_int(input.size())) != 1)
    return {};
  return Bytes(buffer_).first(static_cast<std::size_t>(written));
}

std::optional<PlainRecord> Protection::open_block(const Record& record, std::uint64_t sequence) {
  const std::size_t block = suite_.block_octets, mac = octets_of(suite_.mac);
  const bool explicit_iv = version_ > tls10;
  Bytes fragment = record.fragment;
  const bool mac_outside = order_ == MacOrder::encrypt_then_mac;
  if (mac_outside) {
    if (fragment.size() < mac ||
        !proves(fragment.last(mac), sequence, record, fragment.first(fragment.size() - mac))) {
      return std::nullopt;
    }
    fragment = fragment.first(fragment.size() - mac);
  }
  const Bytes iv = explicit_iv ? fragment.first(std::min(block, fragment.size())) : Bytes(chain_);
  if (explicit_iv) fragment = fragment.subspan(iv.size());
  if (iv.size() != block || fragment.empty() || fragment.size() % block != 0) return std::nullopt;
  if (EVP_DecryptInit_ex2(cipher_->context.get(), nullptr, nullptr, iv.data(), nullptr) != 1)
    return std::nullopt;
  Bytes plain = decrypted(fragment);
  if (plain.size() != fragment.size()) return std::nullopt;
  // Padding: its length stands in each of its octets, and once more behind them.
  const std::size_t padding = std::size_t{plain.back()} + 1;
  const std::size_t inside = mac_outside ? 0 : mac;
  if (padding + inside > plain.size()) return std::nullopt;
  plain = plain.first(plain.size() - padding);
  if (mac_outside) return PlainRecord{record.type, plain};
  const Bytes octets = plain.first(plain.size() - mac);
  if (!proves(plain.last(mac), sequence, record, octets)) return std::nullopt;
  return PlainRecord{record.type, octets};
}

// ---- RC4, or nothing but a MAC ------------------------------------------------------------------
std::optional<PlainRecord> Protection::open_stream(const Record& record, std::uint64_t sequence) {
  const std::size_t mac = octets_of(suite_.mac);
  if (record.fragment.size() < mac) return std::nullopt;
  const Bytes plain = suite_.mode == Mode::null ? record.fragment : decrypted(record.fragment);
  if (plain.size() != record.fragment.size()) return std::nullopt;
  const Bytes octets = plain.first(plain.size() - mac);
  if (!proves(plain.last(mac), sequence, record, octets)) return std::nullopt;
  return PlainRecord{record.type, octets};
}

}  // namespace smtpscope::tls
